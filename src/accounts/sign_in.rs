//! Signing in and out.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::{password, queries};
use crate::access::tokens::{Cookie, digest};
use crate::access::{self, Post, Role, Routes, Rule};
use crate::app::App;
use crate::error::{Error, Result};
use crate::web::{FormView, Page, form_page};

pub(super) fn routes() -> Routes {
    Routes::new().get("/logowanie", Rule::ANYONE, page).post("/logowanie", Rule::ANYONE, sign_in).post(
        "/wyloguj",
        Rule::ANYONE,
        sign_out,
    )
}

#[derive(Template)]
#[template(path = "accounts/sign_in.html")]
struct SignInPage {
    page: Page,
    form: FormView,
    /// Where to lead afterwards.
    next: String,
}

/// `GET /logowanie`
async fn page(State(_): State<App>, page: Page) -> Result<Response> {
    let next = local_path(page.params.one("dalej")?.unwrap_or_default()).to_owned();
    if page.viewer.as_ref().is_some_and(|viewer| viewer.pending.is_none()) {
        return Ok(Post::see(&next));
    }
    form_page(StatusCode::OK, &page.clone(), &SignInPage { page, form: FormView::default(), next })
}

/// `POST /logowanie`: the answer to a wrong password and to an unknown address is the same and takes as long.
async fn sign_in(post: Post) -> Result<Response> {
    let next = local_path(post.form.value("dalej")).to_owned();
    let mut check = post.form.check(post.page.lang);
    let email = check.email("email");
    if post.form.value("password").is_empty() {
        check.fail("password", "form-error-required");
    }
    if let Err(form) = check.finish() {
        return again(StatusCode::UNPROCESSABLE_ENTITY, post.page, form, next);
    }
    throttle(&post, &email).await?;
    let account = queries::by_email(&post.app.pool, &email).await?;
    let stored =
        account.as_ref().filter(|account| account.enabled).and_then(|account| account.password_hash.as_deref());
    let right = password::is_right(post.form.value("password"), stored).await?;
    let Some(account) = account.filter(|_| right) else {
        let form = post.form.view().with_error("email", post.page.t("sign-in-wrong"));
        return again(StatusCode::UNPROCESSABLE_ENTITY, post.page, form, next);
    };
    begin(&post.app, &post.headers, account.id, account.role, false, &next).await
}

/// In a quarter of an hour: ten attempts of a client at an address, a hundred of a client (a whole office sits behind one), a hundred
/// at an address from everywhere: fewer, and anybody could lock anybody out.
async fn throttle(post: &Post, email: &str) -> Result<()> {
    let pool = &post.app.pool;
    let client = post.client.map_or_else(String::new, |client| client.to_string());
    access::queries::throttle(pool, &key("sign-in from", &client), 100, 900).await?;
    access::queries::throttle(pool, &key("sign-in from and as", &format!("{client} {email}")), 10, 900).await?;
    access::queries::throttle(pool, &key("sign-in as", email), 100, 900).await
}

/// A key of the throttle for an address, of mail or of a client, that it does not show.
pub(super) fn key(what: &str, address: &str) -> String {
    format!("{what} {}", data_encoding::HEXLOWER.encode(&digest(address)))
}

fn again(status: StatusCode, page: Page, form: FormView, next: String) -> Result<Response> {
    form_page(status, &page.clone(), &SignInPage { page, form, next })
}

/// Begins a session and leads on.
pub(super) async fn begin(
    app: &App,
    headers: &HeaderMap,
    account_id: i64,
    role: Role,
    second_factor: bool,
    next: &str,
) -> Result<Response> {
    let before = Cookie::Session.read(&app.config, headers);
    let mut transaction = app.pool.begin().await?;
    let device = device(headers);
    let token =
        queries::begin_session(&mut transaction, account_id, role, second_factor, &device, before.as_deref()).await?;
    transaction.commit().await?;
    let mut response = Post::see(next);
    let max_age_s = i64::from(role.absolute_minutes()) * 60;
    for cookie in [Cookie::Session.set(&app.config, &token, max_age_s), Cookie::Visit.clear(&app.config)] {
        response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(&cookie).map_err(Error::internal)?);
    }
    Ok(response)
}

/// `POST /wyloguj`
async fn sign_out(post: Post) -> Result<Response> {
    if let Some(token) = Cookie::Session.read(&post.app.config, &post.headers) {
        let mut connection = post.app.pool.acquire().await?;
        queries::end_session_of_token(&mut connection, &token).await?;
    }
    let mut response = Post::see("/");
    let cookie = Cookie::Session.clear(&post.app.config);
    response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_str(&cookie).map_err(Error::internal)?);
    Ok(response)
}

/// A path of this site to lead to; `/panel` for anything else: no link may lead through us to another site.
pub fn local_path(path: &str) -> &str {
    let local = path.starts_with('/') && !path.starts_with("//") && !path.starts_with("/logowanie");
    // A backslash is a slash to browsers, and control characters are nothing to them.
    let plain = path.bytes().all(|c| c.is_ascii_graphic() && c != b'\\');
    if local && plain && path.len() <= 2000 { path } else { "/panel" }
}

/// Browser and system in a few words, from the header that browsers send.
fn device(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let first =
        |known: &[(&str, &'static str)]| known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    let browser =
        [("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];
    let system = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ];
    [first(&browser), first(&system)].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_led_to() {
        for path in ["/oferty/a?b=c#d", "/", "/panel"] {
            assert_eq!(local_path(path), path);
        }
        for path in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x",
            "\t//evil.example",
            "/logowanie?dalej=/",
        ] {
            assert_eq!(local_path(path), "/panel", "{path}");
        }
    }
}
