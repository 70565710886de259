//! What people see and change of their own account.

use askama::Template;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::queries::{self, Session, Settings};
use super::tickets::{self, Purpose};
use super::{letters, password};
use crate::access::{self, Post, Routes, Rule, Thing, Viewer, Who};
use crate::app::App;
use crate::error::{Error, Result};
use crate::web::{Form, FormView, Lang, Page, form_page};

/// A session, by its key.
pub const SESSION: Thing =
    Thing { name: "session", find: |pool, key| Box::pin(async move { queries::owned_session(&pool, &key).await }) };

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/konto", Rule::SIGNED_IN, page)
        .post("/konto", Rule::SIGNED_IN, change)
        .post("/konto/haslo", Rule::SIGNED_IN, change_password)
        .post("/konto/e-mail", Rule::SIGNED_IN, change_email)
        .get("/konto/e-mail/{token}", Rule::ANYONE, confirm_email_page)
        .post("/konto/e-mail/{token}", Rule::ANYONE, confirm_email)
        .post("/konto/sesje/{id}/zakoncz", Rule::of(SESSION, &[Who::Author]), end_session)
        .post("/konto/sesje/zakoncz", Rule::SIGNED_IN, end_sessions)
        .get("/konto/dane.json", Rule::SIGNED_IN, data)
        .get("/konto/usun", Rule::SIGNED_IN, delete_page)
        .post("/konto/usun", Rule::SIGNED_IN, delete)
}

#[derive(Template)]
#[template(path = "accounts/settings.html")]
struct SettingsPage {
    page: Page,
    viewer: Viewer,
    form: FormView,
    settings: Settings,
    sessions: Vec<Session>,
    /// True when the role may not do without a second factor.
    second_factor_required: bool,
    saved: bool,
}

impl SettingsPage {
    fn langs(&self) -> Vec<(String, String)> {
        [Lang::Pl, Lang::En].map(|lang| (lang.tag().to_owned(), lang.t("lang-name"))).to_vec()
    }

    fn is_this(&self, session: &Session) -> bool {
        session.id == self.viewer.session_id
    }
}

/// `GET /konto`
async fn page(State(app): State<App>, page: Page) -> Result<Response> {
    show(&app, page, None, StatusCode::OK).await
}

async fn show(app: &App, page: Page, form: Option<FormView>, status: StatusCode) -> Result<Response> {
    let viewer = page.viewer.clone().ok_or(Error::SignIn)?;
    let settings = queries::settings(&app.pool, viewer.account_id).await?;
    let sessions = queries::sessions(&app.pool, viewer.account_id).await?;
    let form = form
        .unwrap_or_else(|| Form::of([("name", settings.name.clone()), ("mail_lang", settings.lang.clone())]).view());
    let saved = page.params.one("zapisano")?.is_some();
    let second_factor_required = viewer.is_office() && app.config.second_factor_required;
    let viewer = (*viewer).clone();
    let template = SettingsPage { page: page.clone(), viewer, form, settings, sessions, second_factor_required, saved };
    form_page(status, &page, &template)
}

/// The settings once more, with a field that is wrong.
pub(super) async fn wrong(app: &App, page: Page, form: FormView, field: &str, key: &str) -> Result<Response> {
    let text = page.t(key);
    show(app, page, Some(form.with_error(field, text)), StatusCode::UNPROCESSABLE_ENTITY).await
}

/// `POST /konto`
async fn change(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let mut check = post.form.check(post.page.lang);
    let name = check.line("name", 2..=120);
    let lang = check.choice("mail_lang", &["pl", "en"]);
    if let Err(form) = check.finish() {
        return show(&post.app, post.page, Some(form), StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let mut transaction = access::queries::begin_as(&post.app.pool, &viewer).await?;
    queries::change(&mut transaction, viewer.account_id, &name, lang).await?;
    transaction.commit().await?;
    Ok(Post::see("/konto?zapisano=1"))
}

/// True when the form's `password` is the account's. Ten tries in a quarter of an hour.
async fn knows_password(post: &Post, viewer: &Viewer) -> Result<bool> {
    access::queries::throttle(&post.app.pool, &format!("password of {}", viewer.account_id), 10, 900).await?;
    let stored = queries::password_hash(&post.app.pool, viewer.account_id).await?;
    password::is_right(post.form.value("password"), stored.as_deref()).await
}

/// `POST /konto/haslo`: every other session ends.
async fn change_password(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    if !knows_password(&post, &viewer).await? {
        return wrong(&post.app, post.page, post.form.view(), "password", "password-not-yours").await;
    }
    let new = post.form.value("new_password").to_owned();
    if let Some(key) = password::weakness(&new, &viewer.email, &viewer.name) {
        return wrong(&post.app, post.page, post.form.view(), "new_password", key).await;
    }
    let hash = password::hashed(&new).await?;
    let mut transaction = access::queries::begin_as(&post.app.pool, &viewer).await?;
    queries::set_password(&mut transaction, viewer.account_id, &hash).await?;
    queries::end_sessions(&mut transaction, viewer.account_id, Some(viewer.session_id)).await?;
    let to = (viewer.lang, viewer.email.as_str());
    letters::send(&mut transaction, &post.app, to, "password-changed", "", Some(post.page.absolute("/haslo"))).await?;
    transaction.commit().await?;
    Ok(Post::see("/konto?zapisano=1"))
}

/// `POST /konto/e-mail`: the address changes once its mail was read.
async fn change_email(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let mut check = post.form.check(post.page.lang);
    let email = check.email("email");
    if let Err(form) = check.finish() {
        return show(&post.app, post.page, Some(form), StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    if !knows_password(&post, &viewer).await? {
        return wrong(&post.app, post.page, post.form.view(), "password", "password-not-yours").await;
    }
    super::throttle_mails(&post, "change-email", &email).await?;
    let taken = queries::by_email(&post.app.pool, &email).await?.is_some();
    let mut transaction = access::queries::begin_as(&post.app.pool, &viewer).await?;
    let to = (viewer.lang, email.as_str());
    if taken {
        // Only whoever reads that address learns that it has an account.
        let url = post.page.absolute("/logowanie");
        letters::send(&mut transaction, &post.app, to, "register-known", &viewer.name, Some(url)).await?;
    } else {
        let id = Some(viewer.account_id);
        let token = tickets::issue(&mut transaction, Purpose::ChangeEmail, &email, id, &()).await?;
        let url = post.page.absolute(&format!("/konto/e-mail/{token}"));
        letters::send(&mut transaction, &post.app, to, "change-email", &viewer.name, Some(url)).await?;
    }
    transaction.commit().await?;
    super::sent(post.page, "change-email", &email)
}

#[derive(Template)]
#[template(path = "accounts/confirm_email.html")]
struct ConfirmEmailPage {
    page: Page,
    email: String,
}

/// `GET /konto/e-mail/{token}`
async fn confirm_email_page(State(app): State<App>, page: Page, Path(token): Path<String>) -> Result<Response> {
    let ticket = tickets::look(&app.pool, Purpose::ChangeEmail, &token).await?;
    form_page(StatusCode::OK, &page.clone(), &ConfirmEmailPage { page, email: ticket.email })
}

/// `POST /konto/e-mail/{token}`: the old address hears of it.
async fn confirm_email(post: Post) -> Result<Response> {
    let token = post.path.first().cloned().unwrap_or_default();
    let mut transaction = post.app.pool.begin().await?;
    let ticket = tickets::take(&mut transaction, Purpose::ChangeEmail, &token).await?;
    let gone = || Error::NotFound("there is no such account any more".to_owned());
    let id = ticket.account_id.ok_or_else(gone)?;
    let (old, lang, role) = queries::address(&mut transaction, id).await?.ok_or_else(gone)?;
    access::queries::act_as(&mut transaction, id, role).await?;
    if !queries::move_to(&mut transaction, id, &ticket.email).await? {
        return Err(Error::NotFound("there is an account of this address already".to_owned()));
    }
    letters::send(&mut transaction, &post.app, (lang, &old), "email-changed", &ticket.email, None).await?;
    transaction.commit().await?;
    Ok(Post::see("/konto?zapisano=1"))
}

/// `POST /konto/sesje/{id}/zakoncz`
async fn end_session(post: Post) -> Result<Response> {
    let mut connection = post.app.pool.acquire().await?;
    queries::end_session(&mut connection, post.owned.id).await?;
    Ok(Post::see("/konto?zapisano=1"))
}

/// `POST /konto/sesje/zakoncz`: signs out everywhere, here too.
async fn end_sessions(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let mut connection = post.app.pool.acquire().await?;
    queries::end_sessions(&mut connection, viewer.account_id, None).await?;
    Ok(Post::see("/logowanie"))
}

/// `GET /konto/dane.json`: everything that is known of an account (art. 15 and 20 of the GDPR).
async fn data(State(app): State<App>, page: Page) -> Result<Response> {
    let viewer = page.viewer.ok_or(Error::SignIn)?;
    let data = queries::data(&app.pool, viewer.account_id).await?;
    let headers = [
        (header::CONTENT_DISPOSITION, "attachment; filename=\"pes-tor-moje-dane.json\""),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, Json(data)).into_response())
}

#[derive(Template)]
#[template(path = "accounts/delete.html")]
struct DeletePage {
    page: Page,
    form: FormView,
}

/// `GET /konto/usun`
async fn delete_page(page: Page) -> Result<Response> {
    form_page(StatusCode::OK, &page.clone(), &DeletePage { page, form: FormView::default() })
}

/// `POST /konto/usun`: the person goes, what organisations and the office published stays.
async fn delete(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    if !knows_password(&post, &viewer).await? {
        let form = post.form.view().with_error("password", post.page.t("password-not-yours"));
        let page = post.page;
        return form_page(StatusCode::UNPROCESSABLE_ENTITY, &page.clone(), &DeletePage { page, form });
    }
    let mut transaction = access::queries::begin_as(&post.app.pool, &viewer).await?;
    if !queries::delete(&mut transaction, viewer.account_id).await? {
        let form = post.form.view().with_error("password", post.page.t("delete-last-administrator"));
        let page = post.page;
        return form_page(StatusCode::CONFLICT, &page.clone(), &DeletePage { page, form });
    }
    let to = (viewer.lang, viewer.email.as_str());
    letters::send(&mut transaction, &post.app, to, "deleted", &viewer.name, None).await?;
    transaction.commit().await?;
    Ok(Post::see("/"))
}
