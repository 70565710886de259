//! Claims: somebody finds their organisation in the register and says why they may act for it; a colleague or an official
//! decides. Several may represent one organisation.

pub mod queries;
mod routes;
mod team;

use sqlx::PgConnection;

use crate::access::{Routes, Thing};
use crate::error::Result;
use crate::mail::{self, Letter, Part};
use crate::web::{Lang, Page};

/// A claim, named by its number.
pub const CLAIM: Thing =
    Thing { name: "claim", find: |pool, key| Box::pin(async move { queries::owned(&pool, &key).await }) };

/// Lengths of a reason, characters.
const REASON: std::ops::RangeInclusive<usize> = 10..=1000;

pub(super) fn routes() -> Routes {
    routes::routes().merge(team::routes())
}

/// Tells a colleague that somebody wants to join.
fn letter_to_colleague(
    page: &Page,
    lang: Lang,
    organisation: &str,
    slug: &str,
    position: &str,
    reason: &str,
) -> Letter {
    let name = page.viewer.as_ref().map(|viewer| viewer.name.clone()).unwrap_or_default();
    Letter {
        lang,
        subject: lang.x("claim-mail-subject", organisation),
        parts: vec![
            Part::Text(lang.x("claim-mail-text", organisation)),
            Part::Quote(format!("{name}, {position}\n\n{reason}")),
            Part::Button {
                label: lang.t("claim-mail-button"),
                url: page.absolute(&format!("/organizacje/{slug}/zespol")),
            },
        ],
        reason: lang.x("claim-mail-reason", organisation),
        unsubscribe_url: None,
    }
}

/// Tells somebody what was decided of their claim.
fn letter_of_decision(page: &Page, decided: &queries::Decided, approved: bool, reason: &str) -> Letter {
    let lang = decided.lang;
    let path = format!("/organizacje/{}", decided.slug);
    let (subject, text, label, path) = if approved {
        ("claim-approved-subject", "claim-approved-text", "claim-approved-button", format!("{path}/edytuj"))
    } else {
        ("claim-refused-subject", "claim-refused-text", "claim-refused-button", path)
    };
    let quote = (!reason.is_empty()).then(|| Part::Quote(reason.to_owned()));
    let button = Part::Button { label: lang.t(label), url: page.absolute(&path) };
    Letter {
        lang,
        subject: lang.x(subject, &decided.organisation),
        parts: [Some(Part::Text(lang.x(text, &decided.organisation))), quote, Some(button)]
            .into_iter()
            .flatten()
            .collect(),
        reason: lang.x("claim-decided-reason", &decided.organisation),
        unsubscribe_url: None,
    }
}

/// Tells somebody that they do not represent an organisation any more.
fn letter_of_removal(page: &Page, lang: Lang, organisation: &str, slug: &str) -> Letter {
    Letter {
        lang,
        subject: lang.x("team-removed-subject", organisation),
        parts: vec![
            Part::Text(lang.x("team-removed-text", organisation)),
            Part::Button {
                label: lang.t("team-removed-button"),
                url: page.absolute(&format!("/organizacje/{slug}/przejmij")),
            },
        ],
        reason: lang.x("claim-decided-reason", organisation),
        unsubscribe_url: None,
    }
}

/// Puts a letter into the outbox, where the recipient has an address that mail can go to.
async fn send(
    connection: &mut PgConnection,
    app: &crate::app::App,
    recipient: &str,
    letter: &Letter,
    key: Option<&str>,
) -> Result<()> {
    match mail::address(recipient) {
        Some(_) => mail::enqueue(connection, &app.config.mail, recipient, letter, key).await,
        None => Ok(()),
    }
}
