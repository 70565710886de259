//! Telling those whom a demand may interest, once; and closing demand at its deadline.
//!
//! Whom it may interest: whoever acts for an organisation of the municipality that offers something in the demand's category, or
//! something that the list of offers finds by its title. Mails are written in the transaction that opens the demand; one that opened in
//! another way (an official approved it, the deadline moved) is told of by [`run_due`]. Whichever comes first takes the demand.

use sqlx::PgConnection;

use super::queries;
use crate::app::App;
use crate::error::Result;
use crate::mail::{self, Item, Letter, Mail, Part};
use crate::notices::unsubscribe;
use crate::web::Lang;

/// Most letters of a description that a mail quotes.
const QUOTED: usize = 400;

/// Tells of an open demand, unless that was done before; `base_url` is that of the site.
///
/// # Errors
/// The database fails.
pub async fn tell(tx: &mut PgConnection, settings: &Mail, base_url: &str, id: i64) -> Result<()> {
    let Some(demand) = queries::take_to_match(tx, id).await? else { return Ok(()) };
    for recipient in queries::recipients(tx, id).await? {
        // One that cannot be written to keeps nobody else from being told.
        if mail::address(&recipient.email).is_none() || !queries::note_match(tx, id, recipient.account_id).await? {
            continue;
        }
        let lang = Lang::from_tag(&recipient.lang).unwrap_or_default();
        let link = unsubscribe::link(tx, base_url, recipient.account_id, unsubscribe::MATCHES).await?;
        let url = format!("{base_url}/zapotrzebowanie/{}", demand.slug);
        let author = if demand.author.is_empty() { lang.t("demand-author-gone") } else { demand.author.clone() };
        let deadline = demand.deadline.map(|day| lang.x("match-mail-deadline", &lang.date(day)));
        let facts: Vec<String> = [Some(lang.x("match-mail-author", &author)), deadline].into_iter().flatten().collect();
        let letter = Letter {
            lang,
            subject: lang.x("match-mail-subject", &demand.name),
            parts: vec![
                Part::Text(lang.t("match-mail-intro")),
                Part::List(vec![Item { title: demand.name.clone(), url: url.clone(), text: facts.join(" ") }]),
                Part::Quote(shortened(&demand.description)),
                Part::Button { label: lang.t("match-mail-button"), url },
            ],
            reason: lang.x("match-mail-reason", &recipient.organisations.join(", ")),
            unsubscribe_url: Some(link),
        };
        let key = format!("demand {id} account {}", recipient.account_id);
        mail::enqueue(tx, settings, &recipient.email, &letter, Some(&key)).await?;
    }
    Ok(())
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// What has to be done about demand: closes what is past its deadline and tells the authors, and tells of what opened without anybody
/// being told. Cheap when nothing is due; safe on several nodes at once.
///
/// # Errors
/// The database fails; what was done is done, the rest is left to the next time.
pub async fn run_due(app: &App) -> Result<()> {
    let base_url = app.absolute("");
    loop {
        let mut tx = app.pool.begin().await?;
        let closed = queries::close_due(&mut tx).await?;
        for demand in &closed {
            let Some(email) = demand.email.as_deref().filter(|email| mail::address(email).is_some()) else { continue };
            let lang = demand.lang.as_deref().and_then(Lang::from_tag).unwrap_or_default();
            let letter = Letter {
                lang,
                subject: lang.x("closed-mail-subject", &demand.name),
                parts: vec![
                    Part::Text(lang.x("closed-mail-text", &demand.name)),
                    Part::Button {
                        label: lang.t("closed-mail-button"),
                        url: format!("{base_url}/zapotrzebowanie/{}", demand.slug),
                    },
                ],
                reason: lang.t("closed-mail-reason"),
                unsubscribe_url: None,
            };
            mail::enqueue(&mut tx, &app.config.mail, email, &letter, None).await?;
        }
        tx.commit().await?;
        if closed.is_empty() {
            break;
        }
    }
    for id in queries::to_match(&app.pool).await? {
        let mut tx = app.pool.begin().await?;
        tell(&mut tx, &app.config.mail, &base_url, id).await?;
        tx.commit().await?;
    }
    Ok(())
}
