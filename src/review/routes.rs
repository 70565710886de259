//! `/urzad/kolejka`: the queue of what waits for officials, and their decisions.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::decide;
use super::queries::{self, Waiting};
use crate::access::{self, Post, Routes, Rule, Thing, Who};
use crate::accounts;
use crate::app::App;
use crate::error::{Error, Result};
use crate::mail::{self, Letter, Part};
use crate::web::{FormView, Page, form_page};

/// Something in the queue, by its key.
pub const REVIEW: Thing =
    Thing { name: "review", find: |pool, key| Box::pin(async move { queries::owned(&pool, &key).await }) };

/// Addresses of this feature.
pub fn routes() -> Routes {
    Routes::new().get("/urzad/kolejka", Rule::OFFICIALS, queue).post(
        "/urzad/kolejka/{id}",
        Rule::of(REVIEW, &[Who::Official]),
        decision,
    )
}

/// Something in the queue with the thing that it is about.
struct Row {
    waiting: Waiting,
    title: String,
    path: String,
    form: FormView,
}

#[derive(Template)]
#[template(path = "review/queue.html")]
struct QueuePage {
    page: Page,
    rows: Vec<Row>,
    /// True for what was decided.
    decided: bool,
    /// True right after a decision.
    done: bool,
}

/// `GET /urzad/kolejka`
async fn queue(State(app): State<App>, page: Page) -> Result<Response> {
    show(&app, page, None, StatusCode::OK).await
}

async fn show(app: &App, page: Page, wrong: Option<(i64, FormView)>, status: StatusCode) -> Result<Response> {
    let viewer = page.viewer.clone().ok_or(Error::SignIn)?;
    let decided = page.params.one("zalatwione")?.is_some();
    let done = page.params.one("zapisano")?.is_some();
    let mut rows = Vec::new();
    for waiting in queries::queue(&app.pool, viewer.municipality_id, decided).await? {
        let (title, path) = decide::named(&app.pool, &waiting.thing, waiting.thing_id).await?.unwrap_or_default();
        let form = wrong.as_ref().filter(|(id, _)| *id == waiting.id).map(|(_, form)| form.clone()).unwrap_or_default();
        rows.push(Row { waiting, title, path, form });
    }
    form_page(status, &page.clone(), &QueuePage { page, rows, decided, done })
}

/// `POST /urzad/kolejka/{id}`: decision, what it does, and the author's mail, together or not at all.
async fn decision(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let id = post.owned.id;
    let mut check = post.form.check(post.page.lang);
    let approved = check.choice("decision", &["approve", "refuse"]) == "approve";
    let reason = check.text("reason", 0..=2000);
    if !approved && reason.is_empty() {
        check.fail("reason", "review-reason-needed");
    }
    if let Err(form) = check.finish() {
        return show(&post.app, post.page, Some((id, form)), StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let title_of = |decided: &queries::Decided| (decided.thing.clone(), decided.thing_id);
    let mut transaction = access::queries::begin_as(&post.app.pool, &viewer).await?;
    let Some(decided) = queries::decide(&mut transaction, id, viewer.account_id, approved, &reason).await? else {
        // A colleague was faster: the queue shows what they decided.
        return Ok(Post::see("/urzad/kolejka?zalatwione=1"));
    };
    decide::carry_out(&mut transaction, &decided.kind, &decided.thing, decided.thing_id, approved).await?;
    let (thing, thing_id) = title_of(&decided);
    let (title, path) = decide::named(&post.app.pool, &thing, thing_id).await?.unwrap_or_default();
    if let Some(author) = decided.author_id
        && let Some((email, lang, _)) = accounts::queries::address(&mut transaction, author).await?
    {
        if decided.kind == "first_post" && approved {
            queries::trust(&mut transaction, author).await?;
        }
        let outcome = if approved { "approved" } else { "refused" };
        let words = format!("mail-review-{}-{outcome}", decided.kind.replace('_', "-"));
        let mut parts = vec![Part::Text(lang.x(&words, &title))];
        if !reason.is_empty() {
            parts.push(Part::Quote(reason));
        }
        // What was taken down or never came has no page to look at.
        if approved != (decided.kind == "report") && !path.is_empty() {
            parts.push(Part::Button { label: lang.t("mail-review-button"), url: post.page.absolute(&path) });
        }
        let letter = Letter {
            lang,
            subject: lang.x(&format!("{words}-subject"), &title),
            parts,
            reason: lang.t("mail-account-reason"),
            unsubscribe_url: None,
        };
        mail::enqueue(&mut transaction, &post.app.config.mail, &email, &letter, None).await?;
    }
    transaction.commit().await?;
    Ok(Post::see("/urzad/kolejka?zapisano=1"))
}
