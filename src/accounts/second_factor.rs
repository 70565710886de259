//! The second factor: time-based codes (RFC 6238) of an app, and codes on paper for when the app is lost.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use data_encoding::{BASE32_NOPAD, BASE64};
use totp_rs::{Builder, Totp};

use super::sign_in::local_path;
use super::{password, queries};
use crate::access::tokens::Cookie;
use crate::access::{self, Pending, Post, Routes, Rule, Viewer, Who};
use crate::app::App;
use crate::error::{Error, Result};
use crate::web::{FormView, Page, form_page};

/// Whoever is signed in by password alone.
const HALF: Rule = Rule { who: &[Who::HalfSignedIn], thing: None, looks: true };

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/logowanie/kod", HALF, code_page)
        .post("/logowanie/kod", HALF, code)
        .get("/konto/drugi-skladnik", Rule::SIGNED_IN_OR_SETTING_UP, set_up_page)
        .post("/konto/drugi-skladnik", Rule::SIGNED_IN_OR_SETTING_UP, set_up)
        .post("/konto/drugi-skladnik/usun", Rule::SIGNED_IN, remove)
}

#[derive(Template)]
#[template(path = "accounts/code.html")]
struct CodePage {
    page: Page,
    form: FormView,
    next: String,
}

/// `GET /logowanie/kod`
async fn code_page(page: Page) -> Result<Response> {
    let next = local_path(page.params.one("dalej")?.unwrap_or_default()).to_owned();
    form_page(StatusCode::OK, &page.clone(), &CodePage { page, form: FormView::default(), next })
}

/// `POST /logowanie/kod`
async fn code(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let next = local_path(post.form.value("dalej")).to_owned();
    throttle(&post.app, &viewer).await?;
    let mut transaction = post.app.pool.begin().await?;
    if !is_right(&mut transaction, viewer.account_id, post.form.value("code")).await? {
        let form = post.form.view().with_error("code", post.page.t("code-wrong"));
        let page = post.page;
        return form_page(StatusCode::UNPROCESSABLE_ENTITY, &page.clone(), &CodePage { page, form, next });
    }
    let token = queries::second_factor_given(&mut transaction, viewer.session_id).await?;
    access::queries::forgive(&mut transaction, &attempts(&viewer)).await?;
    transaction.commit().await?;
    with_session(&post.app, Post::see(&next), &viewer, &token)
}

/// Five wrong codes in a quarter of an hour.
async fn throttle(app: &App, viewer: &Viewer) -> Result<()> {
    access::queries::throttle(&app.pool, &attempts(viewer), 5, 900).await
}

fn attempts(viewer: &Viewer) -> String {
    format!("code {}", viewer.account_id)
}

/// True for the present code of an account's app, once, and for a code on paper, once.
async fn is_right(connection: &mut sqlx::PgConnection, account_id: i64, code: &str) -> Result<bool> {
    let code: String = code.chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>().to_uppercase();
    let Some((secret, last)) = queries::totp(connection, account_id).await? else { return Ok(false) };
    if let Some(step) = step(&secret, "", &code)? {
        if last.is_some_and(|last| step <= last) {
            return Ok(false);
        }
        queries::totp_used(connection, account_id, step).await?;
        return Ok(true);
    }
    queries::recovery_used(connection, account_id, &code).await
}

/// The time step whose code this is.
fn step(secret: &[u8], email: &str, code: &str) -> Result<Option<i64>> {
    let step = totp(secret, "PES-TOR", email)?.check_current(code);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

fn totp(secret: &[u8], issuer: &str, email: &str) -> Result<Totp> {
    // A colon parts issuer and account in the address that the app reads.
    let plain = |text: &str| text.replace(':', " ");
    let builder = Builder::new().with_secret(secret.to_vec()).with_issuer(Some(plain(issuer)));
    builder.with_account_name(plain(email)).build().map_err(|error| Error::internal(error.to_string()))
}

#[derive(Template)]
#[template(path = "accounts/second_factor.html")]
struct SetUpPage {
    page: Page,
    form: FormView,
    /// The secret in groups of four, for typing.
    secret: String,
    /// The secret as a picture: PNG in Base64.
    picture: String,
    /// True when the role asks for it.
    required: bool,
}

/// `GET /konto/drugi-skladnik`
async fn set_up_page(State(app): State<App>, page: Page) -> Result<Response> {
    let viewer = page.viewer.clone().ok_or(Error::SignIn)?;
    if queries::settings(&app.pool, viewer.account_id).await?.second_factor {
        return Ok(Post::see("/konto"));
    }
    show_set_up(&app, page, &viewer, FormView::default(), StatusCode::OK).await
}

async fn show_set_up(app: &App, page: Page, viewer: &Viewer, form: FormView, status: StatusCode) -> Result<Response> {
    let mut fresh = [0; 20];
    getrandom::fill(&mut fresh).map_err(|error| Error::internal(error.to_string()))?;
    let secret = queries::offer_totp(&app.pool, viewer.session_id, &fresh).await?;
    let issuer = format!("PES-TOR {}", page.site.municipality);
    let picture = totp(&secret, issuer.trim(), &viewer.email)?;
    let picture = picture.to_qr_png().map_err(|error| Error::internal(error.to_string()))?;
    let text = BASE32_NOPAD.encode(&secret);
    let groups: Vec<&str> = text.as_bytes().chunks(4).filter_map(|group| std::str::from_utf8(group).ok()).collect();
    let required = viewer.pending == Some(Pending::SetUp);
    let (secret, picture) = (groups.join(" "), BASE64.encode(&picture));
    form_page(status, &page.clone(), &SetUpPage { page, form, secret, picture, required })
}

#[derive(Template)]
#[template(path = "accounts/recovery_codes.html")]
struct RecoveryPage {
    page: Page,
    codes: Vec<String>,
}

/// `POST /konto/drugi-skladnik`: with a right code the second factor counts, and every other session ends.
async fn set_up(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    throttle(&post.app, &viewer).await?;
    if queries::settings(&post.app.pool, viewer.account_id).await?.second_factor {
        return Ok(Post::see("/konto"));
    }
    let secret = queries::offered_totp(&post.app.pool, viewer.session_id).await?.unwrap_or_default();
    let code: String = post.form.value("code").chars().filter(char::is_ascii_digit).collect();
    let found = if secret.is_empty() { None } else { step(&secret, &viewer.email, &code)? };
    let Some(step) = found else {
        let form = post.form.view().with_error("code", post.page.t("code-wrong"));
        return show_set_up(&post.app, post.page, &viewer, form, StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    let codes: Vec<String> = (0..10).map(|_| recovery_code()).collect();
    let mut transaction = access::queries::begin_as(&post.app.pool, &viewer).await?;
    queries::set_totp(&mut transaction, viewer.account_id, Some((&secret, step)), &codes).await?;
    queries::end_sessions(&mut transaction, viewer.account_id, Some(viewer.session_id)).await?;
    let token = queries::second_factor_given(&mut transaction, viewer.session_id).await?;
    access::queries::forgive(&mut transaction, &attempts(&viewer)).await?;
    transaction.commit().await?;
    let codes =
        codes.iter().map(|code| format!("{} {} {} {}", &code[..4], &code[4..8], &code[8..12], &code[12..])).collect();
    // The token of the next form goes with the session's new cookie.
    let page = Page { csrf: access::tokens::csrf(&token), ..post.page };
    let response = form_page(StatusCode::OK, &page.clone(), &RecoveryPage { page, codes })?;
    with_session(&post.app, response, &viewer, &token)
}

/// Eighty random bits as sixteen letters and digits.
fn recovery_code() -> String {
    let digest = access::tokens::digest(&access::tokens::random());
    BASE32_NOPAD.encode(&digest[..10])
}

/// `POST /konto/drugi-skladnik/usun`
async fn remove(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    if viewer.is_office() && post.app.config.second_factor_required {
        return Err(Error::Forbidden("this role needs a second factor".to_owned()));
    }
    throttle(&post.app, &viewer).await?;
    let stored = queries::password_hash(&post.app.pool, viewer.account_id).await?;
    if !password::is_right(post.form.value("password"), stored.as_deref()).await? {
        return super::settings::wrong(&post.app, post.page, post.form.view(), "password", "password-not-yours").await;
    }
    let mut transaction = access::queries::begin_as(&post.app.pool, &viewer).await?;
    queries::set_totp(&mut transaction, viewer.account_id, None, &[]).await?;
    transaction.commit().await?;
    Ok(Post::see("/konto?zapisano=1"))
}

/// An answer with the session's new cookie.
fn with_session(app: &App, mut response: Response, viewer: &Viewer, token: &str) -> Result<Response> {
    let cookie = Cookie::Session.set(&app.config, token, i64::from(viewer.role.absolute_minutes()) * 60);
    let headers: &mut HeaderMap = response.headers_mut();
    headers.append(header::SET_COOKIE, HeaderValue::from_str(&cookie).map_err(Error::internal)?);
    Ok(response)
}
