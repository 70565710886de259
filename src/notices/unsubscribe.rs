//! The unsubscribe link of a mail. Whoever has it needs no session; opening it changes nothing, for programs that look into mails open
//! every link: a button does, or the one click of a mail program (RFC 8058), which posts to the same address.

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use sqlx::PgConnection;

use super::queries::{self, Search};
use super::{CONSENT, Kind};
use crate::access::{Routes, Rule};
use crate::accounts;
use crate::app::App;
use crate::error::{Error, Result};
use crate::web::{Form, Page, form_page};

/// Mails that tell of demand that fits own offers.
pub const MATCHES: &str = "matches";

/// Mails that tell what is new by saved searches.
pub const NOTICES: &str = "notices";

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
    /// Searches that can be stopped one by one; those of which mails still come.
    searches: Vec<Search>,
    done: bool,
}

impl Unsubscribe {
    async fn new(app: &App, page: Page, token: String, (account_id, topic): (i64, String), done: bool) -> Result<Self> {
        let mut searches = if topic == NOTICES { queries::searches(&app.pool, account_id).await? } else { Vec::new() };
        searches.retain(|search| !search.paused);
        Ok(Self { page, token, topic, searches, done })
    }

    /// What is done: all mails of the kind are stopped, or one search of several.
    fn done_words(&self) -> String {
        let one = if self.searches.is_empty() { "" } else { "-one" };
        self.page.t(&format!("unsubscribe-{}{one}-done", self.topic))
    }

    /// How they can be had again.
    fn again_words(&self) -> String {
        self.page.code("unsubscribe-again", &self.topic)
    }

    fn icon(&self, kind: &Kind) -> &'static str {
        kind.mark().1
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
    let meaning = meaning(&app, &token).await?;
    let template = Unsubscribe::new(&app, page, token, meaning, false).await?;
    form_page(StatusCode::OK, &template.page, &template)
}

/// `POST /wypisz/{token}`: stops all mails of the link's kind; with `search`, those of this saved search.
async fn stop(State(app): State<App>, page: Page, Path(token): Path<String>, request: Request) -> Result<Response> {
    let (account_id, topic) = meaning(&app, &token).await?;
    let (parts, body) = request.into_parts();
    // Whatever a mail program sends: whoever presses its button wants no more of these.
    let form = Form::read(&parts.headers, body).await.unwrap_or_default();
    let mut transaction = app.pool.begin().await?;
    match topic.as_str() {
        MATCHES => queries::set_wants_matches(&mut transaction, account_id, false).await?,
        NOTICES => match form.value("search") {
            "" => {
                queries::pause_all(&mut transaction, account_id, None).await?;
                accounts::queries::withdraw_consent(&mut transaction, account_id, CONSENT).await?;
            }
            search => {
                let wrong = |_| Error::parameter("search", "is not the number of a search");
                queries::pause_all(&mut transaction, account_id, Some(search.parse().map_err(wrong)?)).await?;
            }
        },
        _ => {}
    }
    transaction.commit().await?;
    let template = Unsubscribe::new(&app, page, token, (account_id, topic), true).await?;
    form_page(StatusCode::OK, &template.page, &template)
}
