//! What keeps people from being flooded.

use axum::http::StatusCode;
use sqlx::PgConnection;

use super::{Party, queries};
use crate::access::{Viewer, queries::throttle};
use crate::error::{Error, Result};
use crate::web::Check;

/// Longest message, in characters.
pub const LONGEST: usize = 5000;
/// Most links in a message.
const LINKS: usize = 5;
/// To how many recipients one text may go in a day.
const COPIES: i64 = 3;
/// Most new conversations in an hour and in a day; officials ask around.
const THREADS: [(i32, i32); 2] = [(5, 3600), (20, 24 * 3600)];
/// Most messages in an hour.
const MESSAGES: i32 = 60;
/// Most reports in a day.
const REPORTS: i32 = 20;

/// Reads the text of a message.
pub fn text(check: &mut Check<'_>) -> String {
    let text = check.text("text", 1..=LONGEST);
    if links(&text) > LINKS {
        check.fail("text", "contact-error-links");
    }
    text
}

/// How many links a text holds, written with their scheme or without.
fn links(text: &str) -> usize {
    let text = text.to_lowercase().replace("://www.", "://");
    text.matches("://").count() + text.matches("www.").count()
}

/// What forbids a message, as the status of the answer and the key of its words. Only what is committed counts.
///
/// # Errors
/// The database fails.
pub async fn refusal(
    connection: &mut PgConnection,
    viewer: &Viewer,
    begins: bool,
    text: &str,
    other: &Party,
) -> Result<Option<(StatusCode, &'static str)>> {
    let id = viewer.account_id;
    let mut limits = vec![(format!("messages of {id}"), MESSAGES, 3600, "contact-error-messages")];
    if begins && !viewer.is_office() {
        for (most, span_s) in THREADS {
            limits.push((format!("conversations of {id} in {span_s} s"), most, span_s, "contact-error-threads"));
        }
    }
    for (key, most, span_s, words) in limits {
        match throttle(&mut *connection, &key, most, span_s).await {
            Err(Error::TooMany { .. }) => return Ok(Some((StatusCode::TOO_MANY_REQUESTS, words))),
            done => done?,
        }
    }
    let copies = queries::abuse::copies(connection, id, text, other).await?;
    Ok((copies >= COPIES).then_some((StatusCode::UNPROCESSABLE_ENTITY, "contact-error-copies")))
}

/// Counts a report.
///
/// # Errors
/// There were too many today, or the database fails.
pub async fn count_report(connection: &mut PgConnection, viewer: &Viewer) -> Result<()> {
    throttle(connection, &format!("reports of {}", viewer.account_id), REPORTS, 24 * 3600).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_count_once() {
        for (text, count) in [
            ("bez linków, wwwalniony", 0),
            ("https://a.example www.b.example HTTPS://WWW.C.EXAMPLE", 3),
            ("http://a.example,http://b.example", 2),
        ] {
            assert_eq!(links(text), count, "{text}");
        }
    }
}
