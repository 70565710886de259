//! What came of a conversation: both sides are asked once, some time after its last message.

use axum::http::StatusCode;
use axum::response::Response;

use super::queries::letters::Named;
use super::queries::outcome::{self, Answer};
use super::{letters, queries, thread};
use crate::access::{Post, queries::begin_as};
use crate::app::App;
use crate::error::{Error, Result};
use crate::mail::{self, Letter, Part};
use crate::web::{Form, FormView, Lang};

/// How long after the last message both sides are asked, days; a conversation that was ended is asked about at once.
const AFTER_DAYS: i32 = 14;
/// Highest value of an order, PLN.
const HIGHEST_PLN: f64 = 100_000_000.0;

/// What conversations came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Totals {
    /// Conversations.
    pub threads: i64,
    /// Of them, those that were answered.
    pub answered: i64,
    /// Those that came to an order.
    pub orders: i64,
    /// What the orders are worth with tax, PLN.
    pub value_pln: f64,
    /// Orders with a social clause.
    pub with_social_clause: i64,
}

/// Asks about the conversations that came to their end.
///
/// # Errors
/// The database fails.
pub async fn ask_what_is_due(app: &App) -> Result<()> {
    loop {
        let mut transaction = app.pool.begin().await?;
        let Some(thread) = outcome::take(&mut transaction, AFTER_DAYS).await? else { return Ok(()) };
        for person in outcome::asked(&mut transaction, thread.id).await? {
            let letter = letter(app, person.lang, &thread);
            let key = format!("outcome {} to {}", thread.id, person.account_id);
            mail::enqueue(&mut transaction, &app.config.mail, &person.email, &letter, Some(&key)).await?;
        }
        transaction.commit().await?;
    }
}

fn letter(app: &App, lang: Lang, thread: &Named) -> Letter {
    Letter {
        lang,
        subject: lang.x("outcome-mail-subject", &thread.subject),
        parts: vec![
            Part::Text(lang.t("outcome-mail-text")),
            Part::Button { label: lang.t("outcome-mail-answer"), url: letters::url(app, thread, "#wynik") },
        ],
        reason: lang.t("contact-mail-reason"),
        unsubscribe_url: None,
    }
}

/// The form as it was last answered.
pub(super) fn form_of(answer: &queries::Outcome) -> FormView {
    let social_clause = answer.social_clause.map(|used| if used { "yes" } else { "no" });
    Form::of([
        ("came_to_order", answer.came_to_order.clone().unwrap_or_default()),
        ("value_pln", answer.value_pln.map(|value| format!("{value:.2}").replace('.', ",")).unwrap_or_default()),
        ("social_clause", social_clause.unwrap_or_default().to_owned()),
    ])
    .view()
}

/// `POST /wiadomosci/{key}/wynik`
pub(super) async fn answer(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let mut transaction = begin_as(&post.app.pool, &viewer).await?;
    let mine = queries::thread(&mut *transaction, post.owned.id, viewer.account_id).await?;
    if mine.outcome.is_none() {
        return Err(Error::NotFound("nobody has asked about this conversation yet".to_owned()));
    }
    let mut check = post.form.check(post.page.lang);
    let came_to_order = check.choice("came_to_order", &["yes", "no", "not_yet"]);
    let (mut value_pln, mut social_clause) = (None, None);
    if came_to_order == "yes" {
        value_pln = check.number("value_pln", 0.0..=HIGHEST_PLN);
        social_clause = Some(check.choice("social_clause", &["yes", "no"]) == "yes");
    }
    let version = check.integer("version", 1..=i32::MAX).unwrap_or_default();
    if let Err(form) = check.finish() {
        return thread::outcome_again(&post, mine, StatusCode::UNPROCESSABLE_ENTITY, form).await;
    }
    let answer = Answer { came_to_order, value_pln, social_clause, version };
    if !outcome::save(&mut *transaction, mine.id, &mine.side, &answer).await? {
        let form = post.form.view().with_error("came_to_order", post.page.t("form-error-changed"));
        return thread::outcome_again(&post, mine, StatusCode::CONFLICT, form).await;
    }
    transaction.commit().await?;
    Ok(Post::see(&format!("/wiadomosci/{}?stan=wynik#wynik", mine.key)))
}
