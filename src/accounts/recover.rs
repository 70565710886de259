//! A forgotten password.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::register::{ChoosePassword, choose_page};
use super::tickets::{self, Purpose};
use super::{letters, password, queries, sign_in};
use crate::access::{self, Post, Routes, Rule};
use crate::app::App;
use crate::error::{Error, Result};
use crate::web::{FormView, Page, form_page};

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/haslo", Rule::ANYONE, page)
        .post("/haslo", Rule::ANYONE, ask)
        .get("/haslo/{token}", Rule::ANYONE, new_page)
        .post("/haslo/{token}", Rule::ANYONE, set)
}

#[derive(Template)]
#[template(path = "accounts/forgot.html")]
struct ForgotPage {
    page: Page,
    form: FormView,
}

/// `GET /haslo`
async fn page(page: Page) -> Result<Response> {
    form_page(StatusCode::OK, &page.clone(), &ForgotPage { page, form: FormView::default() })
}

/// `POST /haslo`: a known and an unknown address get the same answer, and a mail each.
async fn ask(post: Post) -> Result<Response> {
    let lang = post.page.lang;
    let mut check = post.form.check(lang);
    let email = check.email("email");
    if let Err(form) = check.finish() {
        let page = post.page;
        return form_page(StatusCode::UNPROCESSABLE_ENTITY, &page.clone(), &ForgotPage { page, form });
    }
    super::throttle_mails(&post, "reset", &email).await?;
    let account = queries::by_email(&post.app.pool, &email).await?.filter(|account| account.enabled);
    let mut transaction = post.app.pool.begin().await?;
    let to = (lang, email.as_str());
    match account {
        Some(account) => {
            let token = tickets::issue(&mut transaction, Purpose::Reset, &email, Some(account.id), &()).await?;
            let url = post.page.absolute(&format!("/haslo/{token}"));
            letters::send(&mut transaction, &post.app, to, "reset", "", Some(url)).await?;
        }
        None => {
            let url = post.page.absolute("/rejestracja");
            letters::send(&mut transaction, &post.app, to, "reset-unknown", "", Some(url)).await?;
        }
    }
    transaction.commit().await?;
    super::sent(post.page, "reset", &email)
}

/// `GET /haslo/{token}`
async fn new_page(State(app): State<App>, page: Page, Path(token): Path<String>) -> Result<Response> {
    choose_page(&app, page, Purpose::Reset, "reset", &token).await
}

/// `POST /haslo/{token}`: sets the password and ends every session; the second factor, where there is one, is still asked for.
async fn set(post: Post) -> Result<Response> {
    let token = post.path.first().cloned().unwrap_or_default();
    let ticket = tickets::look(&post.app.pool, Purpose::Reset, &token).await?;
    let email = ticket.email;
    let mut check = post.form.check(post.page.lang);
    let new = super::new_password(&mut check, &post.form, &email, "");
    if let Err(form) = check.finish() {
        let page = post.page;
        let template = ChoosePassword { page: page.clone(), form, what: "reset", email };
        return form_page(StatusCode::UNPROCESSABLE_ENTITY, &page, &template);
    }
    let hash = password::hashed(&new).await?;
    let account = queries::by_email(&post.app.pool, &email).await?.filter(|account| account.enabled);
    let account = account.ok_or_else(|| Error::NotFound("there is no such account any more".to_owned()))?;
    let mut transaction = post.app.pool.begin().await?;
    access::queries::act_as(&mut transaction, account.id, account.role).await?;
    tickets::take(&mut transaction, Purpose::Reset, &token).await?;
    queries::set_password(&mut transaction, account.id, &hash).await?;
    queries::end_sessions(&mut transaction, account.id, None).await?;
    let to = (post.page.lang, email.as_str());
    letters::send(&mut transaction, &post.app, to, "password-changed", "", Some(post.page.absolute("/haslo"))).await?;
    transaction.commit().await?;
    sign_in::begin(&post.app, &post.headers, account.id, account.role, false, "/panel").await
}
