//! The unsubscribe link of a mail. Whoever has it needs no session; opening it changes nothing, for programs that look into mails open
//! every link: a button does, or the one click of a mail program (RFC 8058), which posts to the same address.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use sqlx::PgConnection;

use super::queries;
use crate::access::{Routes, Rule};
use crate::app::App;
use crate::error::{Error, Result};
use crate::web::{Page, form_page};

/// Mails that tell of demand that fits own offers.
pub const MATCHES: &str = "matches";

/// Routes of the links.
pub fn routes() -> Routes {
    Routes::new().get("/wypisz/{token}", Rule::ANYONE, ask).post_by_link("/wypisz/{token}", stop)
}

/// The unsubscribe link of an account for a kind of mails.
///
/// # Errors
/// The database fails.
pub async fn link(connection: &mut PgConnection, base_url: &str, account_id: i64, topic: &str) -> Result<String> {
    Ok(format!("{base_url}/wypisz/{}", queries::token(connection, account_id, topic).await?))
}

#[derive(Template)]
#[template(path = "notices/unsubscribe.html")]
struct Unsubscribe {
    page: Page,
    token: String,
    /// What is stopped, as a part of keys.
    topic: String,
    done: bool,
}

impl Unsubscribe {
    fn done_words(&self) -> String {
        self.page.t(&format!("unsubscribe-{}-done", self.topic))
    }
}

/// Account and kind of mails of a link.
async fn meaning(app: &App, token: &str) -> Result<(i64, String)> {
    let missing = || Error::NotFound("there is no such unsubscribe link".to_owned());
    let ours = token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !ours {
        return Err(missing());
    }
    queries::meaning(&app.pool, token).await?.ok_or_else(missing)
}

/// `GET /wypisz/{token}`
async fn ask(State(app): State<App>, page: Page, Path(token): Path<String>) -> Result<Response> {
    let (_, topic) = meaning(&app, &token).await?;
    let template = Unsubscribe { page, token, topic, done: false };
    form_page(StatusCode::OK, &template.page, &template)
}

/// `POST /wypisz/{token}`
async fn stop(State(app): State<App>, page: Page, Path(token): Path<String>) -> Result<Response> {
    let (account_id, topic) = meaning(&app, &token).await?;
    let mut connection = app.pool.acquire().await?;
    if topic == MATCHES {
        queries::set_wants_matches(&mut connection, account_id, false).await?;
    }
    let template = Unsubscribe { page, token, topic, done: true };
    form_page(StatusCode::OK, &template.page, &template)
}
