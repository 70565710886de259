//! Mails about accounts.

use sqlx::PgConnection;

use crate::app::App;
use crate::error::Result;
use crate::mail::{self, Letter, Part};
use crate::web::Lang;

/// A letter about an account: words of `mail-{what}-subject`, `-text` (with `$x`) and, where there is something to do, `-button`.
pub async fn send(
    connection: &mut PgConnection,
    app: &App,
    (lang, recipient): (Lang, &str),
    what: &str,
    x: &str,
    url: Option<String>,
) -> Result<()> {
    let mut parts = vec![Part::Text(lang.x(&format!("mail-{what}-text"), x))];
    if let Some(url) = url {
        parts.push(Part::Button { label: lang.t(&format!("mail-{what}-button")), url });
    }
    let letter = Letter {
        lang,
        subject: lang.x(&format!("mail-{what}-subject"), x),
        parts,
        reason: lang.t("mail-account-reason"),
        unsubscribe_url: None,
    };
    mail::enqueue(connection, &app.config.mail, recipient, &letter, None).await
}
