//! How long what is kept of people is kept. The page `/prywatnosc` says the same.

use crate::app::App;
use crate::error::Result;
use crate::mail::{self, Letter, Part};
use crate::web::Lang;

use super::queries;

/// Years without a sign-in after which an account goes.
pub const INACTIVE_YEARS: i32 = 3;
/// Days between the warning and the deletion.
pub const WARNING_DAYS: i32 = 30;
/// Years that the log of changes is kept.
pub const AUDIT_YEARS: i32 = 6;

/// Forgets what need not be kept any more, and warns those whose accounts will go.
///
/// # Errors
/// The database fails.
pub async fn run_due(app: &App) -> Result<()> {
    queries::forget(&app.pool, AUDIT_YEARS).await?;
    let mut transaction = app.pool.begin().await?;
    for (email, lang) in queries::warn_inactive(&mut transaction, INACTIVE_YEARS).await? {
        let lang = Lang::from_tag(&lang).unwrap_or_default();
        let letter = Letter {
            lang,
            subject: lang.t("mail-inactive-subject"),
            parts: vec![
                Part::Text(lang.n("mail-inactive-text", i64::from(WARNING_DAYS))),
                Part::Button { label: lang.t("mail-register-known-button"), url: app.absolute("/logowanie") },
            ],
            reason: lang.t("mail-account-reason"),
            unsubscribe_url: None,
        };
        mail::enqueue(&mut transaction, &app.config.mail, &email, &letter, None).await?;
    }
    transaction.commit().await?;
    queries::delete_inactive(&app.pool, WARNING_DAYS).await
}
