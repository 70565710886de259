//! Mails about messages. Nobody is written to more than once in ten minutes about one conversation, unless they followed the
//! mail before; what comes in between is told together.

use sqlx::PgConnection;

use super::queries::letters::{self, Named, News};
use crate::app::App;
use crate::error::Result;
use crate::mail::{self, Letter, Part};
use crate::web::Lang;

/// How long messages are held back after a mail that was not followed, minutes.
const PAUSE_MIN: i32 = 10;
/// How many messages a mail quotes at most; the others are behind its link.
const QUOTED: i64 = 10;

/// Tells those who do not know of a conversation's messages yet. The conversation is locked or new.
///
/// # Errors
/// The database fails.
pub async fn tell(connection: &mut PgConnection, app: &App, thread_id: i64) -> Result<()> {
    let thread = letters::thread(connection, thread_id).await?;
    tell_of(connection, app, &thread).await
}

async fn tell_of(connection: &mut PgConnection, app: &App, thread: &Named) -> Result<()> {
    let mut held = None;
    for person in letters::untold(connection, thread.id, PAUSE_MIN).await? {
        if let Some(not_before) = person.not_before {
            held = held.into_iter().chain([not_before]).min();
            continue;
        }
        let news = letters::news(connection, thread.id, &person.side, person.known_id, QUOTED).await?;
        let Some(last) = news.last() else { continue };
        let key = format!("message {} to {}", last.id, person.account_id);
        let letter = letter(app, person.lang, thread, &news);
        mail::enqueue(connection, &app.config.mail, &person.email, &letter, Some(&key)).await?;
        letters::told(connection, thread.id, person.account_id, last.id).await?;
    }
    letters::hold(connection, thread.id, held).await
}

fn letter(app: &App, lang: Lang, thread: &Named, news: &[News]) -> Letter {
    let mut parts = Vec::new();
    for message in news {
        let author = message.author.clone().unwrap_or_else(|| lang.t("contact-deleted-account"));
        let who = if message.party.is_empty() { author } else { format!("{author} ({})", message.party) };
        parts.push(Part::Text(lang.x("contact-mail-writes", &who)));
        parts.push(Part::Quote(message.text.clone()));
    }
    parts.push(Part::Button { label: lang.t("contact-mail-reply"), url: url(app, thread, "#odpowiedz") });
    parts.push(Part::Text(lang.t("contact-mail-hidden")));
    Letter {
        lang,
        subject: lang.x("contact-mail-subject", &thread.subject),
        parts,
        reason: lang.t("contact-mail-reason"),
        unsubscribe_url: None,
    }
}

/// Absolute address of a conversation.
pub fn url(app: &App, thread: &Named, anchor: &str) -> String {
    // Never by the name that a request gave the site: anybody can send any.
    app.absolute(&format!("/wiadomosci/{}{anchor}", thread.key))
}

/// Tells of the messages that were held back and are due now.
///
/// # Errors
/// The database fails.
pub async fn tell_what_waited(app: &App) -> Result<()> {
    loop {
        let mut transaction = app.pool.begin().await?;
        let Some(thread) = letters::take(&mut transaction).await? else { return Ok(()) };
        tell_of(&mut transaction, app, &thread).await?;
        transaction.commit().await?;
    }
}
