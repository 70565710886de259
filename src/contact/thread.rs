//! The list of one's conversations, and a conversation.

use askama::Template;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::queries::{self, Message, Summary, Thread};
use super::{Obstacle, Totals, form_key, letters, limits, outcome};
use crate::access::{self, Owned, Post};
use crate::app::App;
use crate::error::{Error, Result};
use crate::web::list::{PAGE_SIZE, Paging};
use crate::web::{FormView, Page, form_page, html};

/// How many messages a page shows unless it is asked for all.
const SHOWN: i64 = 50;
/// How many it shows then.
const ALL: i64 = 5000;

#[derive(Template)]
#[template(path = "contact/list.html")]
struct ListPage {
    page: Page,
    threads: Vec<Summary>,
    paging: Paging,
    unread: i64,
    /// For officials: what conversations of their municipality came to.
    totals: Option<Totals>,
}

/// `GET /wiadomosci`
pub(super) async fn list(State(app): State<App>, page: Page) -> Result<Response> {
    let viewer = page.viewer.clone().ok_or(Error::SignIn)?;
    let total = queries::count(&app.pool, viewer.account_id).await?;
    let paging = Paging::parse(&page.params, total)?;
    let threads = queries::summaries(&app.pool, viewer.account_id, PAGE_SIZE, paging.offset()).await?;
    let unread = queries::unread(&app.pool, &viewer).await?;
    let totals = if viewer.is_office() {
        Some(queries::outcome::totals(&app.pool, viewer.municipality_id).await?)
    } else {
        None
    };
    html(&ListPage { page, threads, paging, unread, totals })
}

#[derive(Template)]
#[template(path = "contact/thread.html")]
struct ThreadPage {
    page: Page,
    thread: Thread,
    messages: Vec<Message>,
    /// True when there are earlier messages that the page does not show.
    more: bool,
    obstacle: Option<Obstacle>,
    form: FormView,
    outcome: FormView,
    /// What was just done, where it cannot be seen otherwise.
    done: Option<&'static str>,
}

impl ThreadPage {
    fn limit(&self) -> String {
        format!("maxlength=\"{}\" required", limits::LONGEST)
    }

    /// Who the other side is, in words.
    fn other(&self) -> String {
        if self.thread.other_name.is_empty() {
            self.page.t("contact-deleted-account")
        } else {
            self.thread.other_name.clone()
        }
    }

    fn author(&self, message: &Message) -> String {
        message.author.clone().unwrap_or_else(|| self.page.t("contact-deleted-account"))
    }

    /// The name of the author's side where it is more than the author.
    fn party(&self, message: &Message) -> &str {
        let name = if message.side == self.thread.side { &self.thread.my_name } else { &self.thread.other_name };
        if message.author.as_ref() == Some(name) { "" } else { name }
    }

    /// The first message that was not on the screen before.
    fn is_first_new(&self, message: &Message) -> bool {
        self.messages.iter().find(|one| one.new).is_some_and(|first| first.id == message.id)
    }

    fn outcome_choices(&self) -> Vec<(String, String)> {
        ["yes", "no", "not_yet"].map(|code| (code.to_owned(), self.page.code("outcome", code))).to_vec()
    }

    fn clause_choices(&self) -> Vec<(String, String)> {
        ["yes", "no"].map(|code| (code.to_owned(), self.page.code("outcome-clause", code))).to_vec()
    }
}

fn obstacle(thread: &Thread) -> Option<Obstacle> {
    if thread.closed {
        Some(Obstacle::Closed)
    } else if thread.blocked {
        Some(Obstacle::Blocked)
    } else {
        (thread.readers == 0).then_some(Obstacle::Nobody)
    }
}

/// A conversation as an answer: with the form for a message and that for the outcome as they are given, or fresh ones.
async fn show(
    app: &App,
    page: &Page,
    thread: Thread,
    status: StatusCode,
    form: Option<FormView>,
    outcome: Option<FormView>,
) -> Result<Response> {
    let viewer = page.viewer.as_ref().ok_or(Error::SignIn)?;
    let most = if page.params.one("wszystkie")?.is_some() { ALL } else { SHOWN };
    let mut messages = queries::messages(&app.pool, &thread, viewer.account_id, most + 1).await?;
    let more = messages.len() > usize::try_from(most).unwrap_or(usize::MAX);
    if more {
        messages.remove(0);
    }
    if let Some(last) = messages.last() {
        queries::read(&app.pool, thread.id, viewer.account_id, last.id).await?;
    }
    let done = match page.params.one("stan")? {
        Some("zgloszono") => Some("contact-reported"),
        Some("zablokowano") => Some("contact-block-done"),
        Some("odblokowano") => Some("contact-unblock-done"),
        Some("wynik") => Some("outcome-thanks"),
        _ => None,
    };
    let outcome = outcome.or_else(|| thread.outcome.as_ref().map(outcome::form_of)).unwrap_or_default();
    let (obstacle, form) = (obstacle(&thread), form.unwrap_or_default());
    let template = ThreadPage { page: page.clone(), thread, messages, more, obstacle, form, outcome, done };
    form_page(status, page, &template)
}

/// `GET /wiadomosci/{key}`
pub(super) async fn page(State(app): State<App>, page: Page, Extension(owned): Extension<Owned>) -> Result<Response> {
    let viewer = page.viewer.clone().ok_or(Error::SignIn)?;
    let thread = queries::thread(&app.pool, owned.id, viewer.account_id).await?;
    show(&app, &page, thread, StatusCode::OK, None, None).await
}

/// The page once more, with what is wrong with the outcome.
pub(super) async fn outcome_again(post: &Post, thread: Thread, status: StatusCode, form: FormView) -> Result<Response> {
    show(&post.app, &post.page, thread, status, None, Some(form)).await
}

/// `POST /wiadomosci/{key}`
pub(super) async fn reply(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let mut check = post.form.check(post.page.lang);
    let text = limits::text(&mut check);
    let wrong = check.finish();
    let mut transaction = access::queries::begin_as(&post.app.pool, &viewer).await?;
    if wrong.is_ok() {
        let location = format!("/wiadomosci/{}#ostatnia", post.path.first().map_or("", String::as_str));
        let key = form_key(&post.form)?;
        let before = access::queries::taken_before(&mut transaction, key, viewer.account_id, &location).await?;
        if let Some(before) = before {
            return Ok(Post::see(&before));
        }
        // What is done to the conversation at the same time is known before the message is judged.
        queries::lock(&mut transaction, post.owned.id).await?;
    }
    let thread = queries::thread(&mut *transaction, post.owned.id, viewer.account_id).await?;
    let refusal = match (wrong, obstacle(&thread)) {
        (_, Some(obstacle)) => {
            Some((obstacle.status(), post.form.view().with_error("text", post.page.t(obstacle.words()))))
        }
        (Err(form), None) => Some((StatusCode::UNPROCESSABLE_ENTITY, form)),
        (Ok(()), None) => {
            let other = queries::abuse::opposite(&mut transaction, thread.id, &thread.side).await?;
            let refusal = limits::refusal(&mut transaction, &viewer, false, &text, &other).await?;
            refusal.map(|(status, words)| (status, post.form.view().with_error("text", post.page.t(words))))
        }
    };
    if let Some((status, form)) = refusal {
        drop(transaction);
        return show(&post.app, &post.page, thread, status, Some(form), None).await;
    }
    queries::add(&mut transaction, thread.id, &thread.side, viewer.account_id, &text).await?;
    letters::tell(&mut transaction, &post.app, thread.id).await?;
    transaction.commit().await?;
    Ok(Post::see(&format!("/wiadomosci/{}#ostatnia", thread.key)))
}

/// `POST /wiadomosci/{key}/zakoncz`
pub(super) async fn close(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let mut transaction = access::queries::begin_as(&post.app.pool, &viewer).await?;
    queries::lock(&mut transaction, post.owned.id).await?;
    let thread = queries::thread(&mut *transaction, post.owned.id, viewer.account_id).await?;
    if !queries::close(&mut transaction, thread.id).await? && !thread.closed {
        let form = post.form.view().with_error("text", post.page.t("contact-close-unanswered"));
        drop(transaction);
        return show(&post.app, &post.page, thread, StatusCode::CONFLICT, Some(form), None).await;
    }
    transaction.commit().await?;
    Ok(Post::see(&format!("/wiadomosci/{}", thread.key)))
}
