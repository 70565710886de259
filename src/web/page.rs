//! What a template needs to know about the request and the site.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use super::{Lang, Params, assets};
use crate::access::Viewer;
use crate::access::guard::{self, Asking};
use crate::access::tokens::{self, Cookie};
use crate::app::App;
use crate::districts::District;
use crate::error::{Error, Problem, Result};

/// The town the site is about.
#[derive(Debug, Clone)]
pub struct Site {
    /// Name of the municipality; empty while none is known.
    pub municipality: String,
    /// TERYT code; empty while none is known.
    pub teryt: String,
    /// West, south, east, north in degrees.
    pub bounds: [f64; 4],
    /// Its districts in alphabetical order, for filters.
    pub districts: Vec<District>,
    /// True when the data is made up.
    pub demo: bool,
}

impl Site {
    /// Before the database told anything: Poland.
    pub fn unknown(demo: bool) -> Self {
        Self {
            municipality: String::new(),
            teryt: String::new(),
            bounds: [14.07, 49.0, 24.15, 54.84],
            districts: Vec::new(),
            demo,
        }
    }
}

/// The request as a template sees it.
#[derive(Debug, Clone)]
pub struct Page {
    /// Language of the answer.
    pub lang: Lang,
    /// Path of the request, percent-encoded as it came.
    pub path: String,
    /// Its parameters.
    pub params: Params,
    /// The town.
    pub site: Arc<Site>,
    /// `https://host` for absolute links.
    pub base_url: String,
    /// Whoever is signed in.
    pub viewer: Option<Arc<Viewer>>,
    /// Token that every form on the page carries.
    pub csrf: String,
    /// True when the browser sent the cookie that the token goes with.
    pub came_with_cookie: bool,
    /// `Set-Cookie` that a page with a form gives to a browser that has none.
    pub new_cookie: Option<String>,
}

impl Page {
    /// A page that nobody asked for: in tests, and where words and addresses are needed without a request.
    pub fn bare(lang: Lang, path: &str, query: &str, site: Arc<Site>, base_url: String) -> Self {
        Self {
            lang,
            path: path.to_owned(),
            params: Params::parse(query),
            site,
            base_url,
            viewer: None,
            csrf: String::new(),
            came_with_cookie: false,
            new_cookie: None,
        }
    }

    /// The form token of a browser, for the cookie that it sent.
    fn csrf_of(&self, app: &App, headers: &HeaderMap, signed_in: bool) -> String {
        let kind = if signed_in { Cookie::Session } else { Cookie::Visit };
        kind.read(&app.config, headers).map_or_else(|| self.csrf.clone(), |cookie| tokens::csrf(&cookie))
    }

    /// Words by key.
    pub fn t(&self, key: &str) -> String {
        self.lang.t(key)
    }

    /// Words by key, with the plural that goes with a number.
    pub fn n(&self, key: &str, n: &i64) -> String {
        self.lang.n(key, *n)
    }

    /// Words by key, with a text in them.
    pub fn x(&self, key: &str, x: &str) -> String {
        self.lang.x(key, x)
    }

    /// Words for a code: `code("status", "free")` looks up `status-free`; underscores become hyphens.
    pub fn code(&self, prefix: &str, code: &str) -> String {
        self.lang.t(&format!("{prefix}-{}", code.replace('_', "-")))
    }

    /// This page in another language, everything else kept.
    pub fn in_language(&self, tag: &str) -> String {
        format!("{}?{}", self.path, self.params.with("lang", Some(tag)))
    }

    /// Absolute address of a path.
    pub fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    /// Address of this page without parameters, for `link rel=canonical`.
    pub fn canonical(&self) -> String {
        self.absolute(&self.path)
    }

    /// Address of a built script (`src/map.ts`).
    pub fn script(&self, entry: &str) -> String {
        assets::script(entry)
    }

    /// Addresses of the style sheets that an entry needs.
    pub fn styles(&self, entry: &str) -> Vec<String> {
        assets::styles(entry)
    }

    /// True when the path is this one or lies under it; navigation marks such links.
    pub fn is_at(&self, path: &str) -> bool {
        self.path == path || (path != "/" && self.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
    }

    /// Elements of a thing's heading and of its parts: one level lower in the map's panel, under the map's own heading.
    pub fn headings(&self) -> (&'static str, &'static str) {
        if self.is_fragment() { ("h2", "h3") } else { ("h1", "h2") }
    }

    /// True when only the inner part is wanted (`?fragment=…`).
    pub fn is_fragment(&self) -> bool {
        self.params.all("fragment").next().is_some()
    }
}

impl FromRequestParts<App> for Page {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let params = Params::parse(parts.uri.query().unwrap_or_default());
        let lang = match params.one("lang")? {
            Some(tag) => {
                Lang::from_tag(tag).ok_or_else(|| Error::parameter("lang", format!("“{tag}” is not pl or en")))?
            }
            None => remembered(&parts.headers).unwrap_or_default(),
        };
        let viewer = parts.extensions.get::<Asking>().and_then(|asking| asking.0.clone());
        // Who is signed in has the session's cookie; for others one is made where a page has a form.
        let kind = if viewer.is_some() { Cookie::Session } else { Cookie::Visit };
        let cookie = kind.read(&app.config, &parts.headers);
        let came_with_cookie = cookie.is_some();
        let cookie = cookie.unwrap_or_else(tokens::random);
        Ok(Self {
            lang,
            path: parts.uri.path().to_owned(),
            params,
            site: app.site(),
            base_url: base_url(app, &parts.headers),
            viewer,
            csrf: tokens::csrf(&cookie),
            came_with_cookie,
            new_cookie: (!came_with_cookie).then(|| kind.set(&app.config, &cookie, 12 * 60 * 60)),
        })
    }
}

/// `scheme://host` of the site: as configured, else as the request named it.
pub fn base_url(app: &App, headers: &HeaderMap) -> String {
    app.config.base_url.clone().unwrap_or_else(|| {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        format!("http://{host}")
    })
}

/// The language kept in the cookie.
fn remembered(headers: &HeaderMap) -> Option<Lang> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix("lang=").and_then(Lang::from_tag))
}

/// Middleware: a language chosen by `?lang=` is kept in a cookie; answers differ by it.
pub async fn remember_language(request: Request, next: Next) -> Response {
    let params = Params::parse(request.uri().query().unwrap_or_default());
    let chosen = params.one("lang").ok().flatten().and_then(Lang::from_tag);
    let mut response = next.run(request).await;
    let is_html =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_html {
        let headers = response.headers_mut();
        headers.append(header::VARY, HeaderValue::from_static("cookie"));
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
        if let Some(lang) = chosen {
            let cookie = format!("lang={}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly", lang.tag());
            if let Ok(value) = HeaderValue::from_str(&cookie) {
                headers.append(header::SET_COOKIE, value);
            }
        }
    }
    response
}

/// A template as an answer.
///
/// # Errors
/// The template fails to render.
pub fn html(template: &impl Template) -> Result<Response> {
    Ok(Html(template.render()?).into_response())
}

/// A page with a form as an answer: a browser that has no cookie for the form's token gets one.
///
/// # Errors
/// The template fails to render.
pub fn form_page(status: StatusCode, page: &Page, template: &impl Template) -> Result<Response> {
    let mut response = (status, Html(template.render()?)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    if let Some(cookie) = page.new_cookie.as_ref().and_then(|cookie| HeaderValue::from_str(cookie).ok()) {
        headers.append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    page: Page,
    status: u16,
    parameter: Option<String>,
}

impl ErrorPage {
    /// What the parameter held, as it was sent.
    fn value(&self) -> String {
        let name = self.parameter.as_deref().unwrap_or_default();
        self.page.params.all(name).collect::<Vec<_>>().join(", ")
    }

    /// What would be right, in words; the exact sentence is for programs.
    fn hint_key(&self) -> &'static str {
        match self.parameter.as_deref().unwrap_or_default() {
            "area_min" | "area_max" => "error-hint-area",
            "page" => "error-hint-page",
            "on" => "error-hint-day",
            "q" => "error-hint-q",
            "bbox" => "error-hint-bbox",
            "within" => "error-hint-within",
            "near" | "radius_m" => "error-hint-near",
            "area" => "error-hint-drawn",
            _ => "error-hint-choice",
        }
    }

    fn title_key(&self) -> &'static str {
        match self.status {
            401 => "error-title-401",
            403 => "error-title-403",
            404 => "error-title-404",
            409 => "error-title-409",
            429 => "error-title-429",
            503 => "error-title-503",
            400..500 => "error-title-400",
            _ => "error-title-500",
        }
    }

    fn help_key(&self) -> &'static str {
        match self.status {
            401 => "error-help-401",
            403 => "error-help-403",
            404 => "error-help-404",
            409 => "error-help-409",
            429 => "error-help-429",
            503 => "error-help-503",
            400..500 => "error-help-400",
            _ => "error-help-500",
        }
    }
}

/// Middleware: where a browser asked for a page and something went wrong, the problem becomes a page for people.
pub async fn error_page(State(app): State<App>, request: Request, next: Next) -> Response {
    let wants_html = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    let (mut parts, body) = request.into_parts();
    let headers = parts.headers.clone();
    let page = if wants_html { page_for_error(&mut parts, &app).await } else { None };
    let response = next.run(Request::from_parts(parts, body)).await;
    let (Some(page), Some(problem)) = (page, response.extensions().get::<Problem>().cloned()) else {
        return response;
    };
    // Whoever is signed in sees so here too; without the database nobody is.
    let page = match guard::viewer(&app, &headers).await {
        Ok(viewer) => Page { csrf: page.csrf_of(&app, &headers, viewer.is_some()), viewer, ..page },
        Err(_) => page,
    };
    let template = ErrorPage { page, status: problem.status, parameter: problem.parameter };
    let Ok(text) = template.render() else { return response };
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = (status, Html(text)).into_response();
    if let Some(after) = response.headers().get(header::RETRY_AFTER) {
        answer.headers_mut().insert(header::RETRY_AFTER, after.clone());
    }
    answer
}

/// The request's page, also where the request itself is at fault (`lang=xx`).
async fn page_for_error(parts: &mut Parts, app: &App) -> Option<Page> {
    if let Ok(page) = Page::from_request_parts(parts, app).await {
        return Some(page);
    }
    let (mut bare, ()) = Request::builder().uri(parts.uri.path()).body(()).ok()?.into_parts();
    bare.headers = parts.headers.clone();
    Page::from_request_parts(&mut bare, app).await.ok()
}
