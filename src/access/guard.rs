//! What stands before every handler: who asks, from where, and whether the route's rule lets them.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath, RawPathParams, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::routes::Rules;
use super::tokens::{self, Cookie};
use super::{Owned, Pending, Rule, Viewer, queries};
use crate::app::App;
use crate::error::{Error, Result};
use crate::web::page::base_url;
use crate::web::{Form, Page};

/// Address of the client's end of the connection, put into the request by the server.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Whose request it is; in the request's extensions once the guard looked.
#[derive(Debug, Clone)]
pub struct Asking(pub Option<Arc<Viewer>>);

/// The parameters of the path in their order; in the request's extensions.
#[derive(Debug, Clone)]
pub struct PathParams(pub Vec<String>);

/// Middleware of every listed route.
pub async fn guard(State((app, rules)): State<(App, Rules)>, request: Request, next: Next) -> Result<Response> {
    let rule = request.extensions().get::<MatchedPath>().and_then(|path| rules.of(request.method(), path.as_str()));
    let Some(rule) = rule else {
        // A method that the route does not have: the router says so.
        return Ok(next.run(request).await);
    };
    if !rule.looks {
        return Ok(next.run(request).await);
    }
    let (mut parts, body) = request.into_parts();
    let safe = matches!(parts.method, Method::GET | Method::HEAD);
    if !safe {
        check_origin(&app, &parts.headers)?;
    }
    let viewer = match viewer(&app, &parts.headers).await {
        // What needs nobody needs no database either.
        Err(Error::Unavailable(_)) if safe && rule.allows(None, None) && rule.thing.is_none() => None,
        found => found?,
    };
    let path: Vec<String> = RawPathParams::from_request_parts(&mut parts, &())
        .await
        .map_err(|error| Error::BadPath(error.to_string()))?
        .iter()
        .map(|(_, value)| value.to_owned())
        .collect();
    let owned = owned(&app, rule, &path).await?;
    if !rule.allows(viewer.as_deref(), owned.as_ref()) {
        return refuse(&parts.uri, &parts.method, rule, viewer.as_deref(), owned.as_ref());
    }
    parts.extensions.insert(Asking(viewer.clone()));
    parts.extensions.insert(PathParams(path));
    if let Some(owned) = owned {
        parts.extensions.insert(owned);
    }
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if viewer.is_some() {
        // After signing out, the way back shows nothing of it.
        response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-store"));
    }
    Ok(response)
}

/// The thing that the path names, where the rule has one.
async fn owned(app: &App, rule: Rule, path: &[String]) -> Result<Option<Owned>> {
    let Some(thing) = rule.thing else { return Ok(None) };
    let missing = || Error::NotFound(format!("there is no such {}", thing.name));
    let key = path.first().filter(|key| !key.contains('\0')).ok_or_else(missing)?;
    (thing.find)(app.pool.clone(), key.clone()).await?.ok_or_else(missing).map(Some)
}

/// Whose session the request's cookie names.
///
/// # Errors
/// The database fails.
pub async fn viewer(app: &App, headers: &HeaderMap) -> Result<Option<Arc<Viewer>>> {
    let Some(token) = Cookie::Session.read(&app.config, headers) else { return Ok(None) };
    let found = queries::viewer(&app.pool, &tokens::digest(&token), app.config.second_factor_required).await?;
    Ok(found.map(Arc::new))
}

/// The answer to somebody who may not.
fn refuse(
    uri: &axum::http::Uri,
    method: &Method,
    rule: Rule,
    viewer: Option<&Viewer>,
    owned: Option<&Owned>,
) -> Result<Response> {
    if owned.is_some_and(|owned| !owned.public) && rule.who.contains(&super::Who::Reader) {
        return Err(Error::NotFound("there is no such page".to_owned()));
    }
    let next = match viewer.map(|viewer| viewer.pending) {
        None => "/logowanie",
        Some(Some(Pending::Code)) => "/logowanie/kod",
        Some(Some(Pending::SetUp)) => "/konto/drugi-skladnik",
        Some(None) => return Err(Error::Forbidden("this account may not do that".to_owned())),
    };
    if method != Method::GET {
        return Err(Error::SignIn);
    }
    let back = uri.path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str);
    let back = form_urlencoded::Serializer::new(String::new()).append_pair("dalej", back).finish();
    Ok(Redirect::to(&format!("{next}?{back}")).into_response())
}

/// Refuses an unsafe request that another site made a browser send.
///
/// # Errors
/// The browser says that it came from elsewhere.
fn check_origin(app: &App, headers: &HeaderMap) -> Result<()> {
    let foreign = || Err(Error::Forbidden("the form was sent from another site".to_owned()));
    if headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none") {
        return foreign();
    }
    match headers.get(header::ORIGIN) {
        Some(origin) if origin.as_bytes() != base_url(app, headers).as_bytes() => foreign(),
        _ => Ok(()),
    }
}

/// Address of the client: that of the connection, or, behind proxies of the configuration, the last one they did not add
/// themselves to `X-Forwarded-For`.
pub fn client(app: &App, headers: &HeaderMap, peer: Option<Peer>) -> Option<IpAddr> {
    let mut client = peer?.0;
    let trusted = |address: &IpAddr| app.config.trusted_proxies.contains(address);
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let forwarded: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
    for hop in forwarded.iter().rev() {
        match hop.parse() {
            Ok(address) if trusted(&client) => client = address,
            _ => break,
        }
    }
    Some(client)
}

/// A form that may be acted on.
pub struct Post {
    /// The site.
    pub app: App,
    /// The request as a page sees it.
    pub page: Page,
    /// Parameters of the path in their order.
    pub path: Vec<String>,
    /// The thing that the first of them names, where the route's rule has one.
    pub owned: Owned,
    /// What was filled in.
    pub form: Form,
    /// Address of the client, where it is known.
    pub client: Option<IpAddr>,
    /// Headers of the request.
    pub headers: HeaderMap,
}

impl Post {
    /// Reads the form and compares its token.
    ///
    /// # Errors
    /// The body is no form, is too large, or its token is not that of this browser.
    pub async fn read(app: App, request: Request) -> Result<Self> {
        let (mut parts, body) = request.into_parts();
        let page = Page::from_request_parts(&mut parts, &app).await?;
        let form = Form::read(&parts.headers, body).await?;
        if !tokens::equal(form.value("csrf"), &page.csrf) || !page.came_with_cookie {
            return Err(Error::Forbidden("the form's token is not that of this browser".to_owned()));
        }
        let client = client(&app, &parts.headers, parts.extensions.get::<Peer>().copied());
        let path = parts.extensions.remove::<PathParams>().map(|path| path.0).unwrap_or_default();
        let owned = parts.extensions.remove::<Owned>().unwrap_or_default();
        Ok(Self { app, page, path, owned, form, client, headers: parts.headers })
    }

    /// Whoever is signed in.
    ///
    /// # Errors
    /// Nobody is.
    pub fn viewer(&self) -> Result<Arc<Viewer>> {
        self.page.viewer.clone().ok_or(Error::SignIn)
    }

    /// Leads on to a page after a form was taken (303).
    pub fn see(path: &str) -> Response {
        (StatusCode::SEE_OTHER, [(header::LOCATION, path)]).into_response()
    }
}
