//! `/api/v1`: every list for programs, with the filters of its page: JSON pages, files, feeds, single records.

pub mod files;
pub mod find;
pub mod lists;
pub mod openapi;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::access::{Routes, Rule};
use crate::app::App;
use crate::error::{Error, Result};
use crate::export::{Format, Kind};
use crate::map::tiles;
use crate::web::{Params, etag};

/// Addresses for programs. Public data: pages of other sites may load it too.
pub fn routes() -> Routes {
    open(
        Routes::new()
            .get("/api/v1/openapi.json", Rule::OPEN, openapi::document)
            .get("/api/v1/{file}", Rule::OPEN, list)
            .get("/api/v1/{list}/{slug}", Rule::OPEN, lists::item),
    )
}

/// The same routes, for pages of other sites too.
pub fn open(routes: Routes) -> Routes {
    let layer = |(name, value)| SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value));
    let [anyone, anywhere] = tiles::OPEN.map(layer);
    routes.around(|router| router.layer(anyone).layer(anywhere))
}

/// `GET /api/v1/{list}`, `{list}.csv`, `.xlsx`, `.geojson`, `.gpkg`, `.atom`
async fn list(
    State(app): State<App>,
    file: std::result::Result<Path<String>, PathRejection>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response> {
    let Path(file) = file.map_err(|error| Error::BadPath(error.body_text()))?;
    let (name, ending) = file.split_once('.').unwrap_or((&file, ""));
    let unknown = || Error::NotFound(format!("there is no data set “{file}”; /api/v1/openapi.json names all"));
    let kind = Kind::of(name).ok_or_else(unknown)?;
    match ending {
        "" if find::LISTS.contains(&kind) => lists::page(&app, kind, &params, &headers).await,
        "atom" if find::LISTS.contains(&kind) => files::atom(&app, kind, &params, &headers).await,
        ending => {
            let format = Format::ALL.into_iter().find(|format| format.ending() == ending).ok_or_else(unknown)?;
            files::file(&app, kind, format, &params, &headers).await
        }
    }
}

/// The entity tag of everything that is made of the data as it is now; nothing while the map was not read yet, for then the
/// version of the data is not known.
fn tag(app: &App) -> Option<HeaderValue> {
    let version = app.map.data_version();
    let tag = format!("\"{version:x}-{}\"", env!("CARGO_PKG_VERSION"));
    app.map.is_ready().then(|| HeaderValue::from_str(&tag).ok()).flatten()
}

/// The answer to a client that has what there is.
pub fn not_modified(app: &App, headers: &HeaderMap) -> Option<Response> {
    let tag = tag(app).filter(|tag| etag::matches(headers, tag))?;
    Some(fresh(app, (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response()))
}

/// Puts the version of the data on an answer; a client asks again, and is told that nothing changed.
pub fn fresh(app: &App, mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
    // Compressed or not, the same data: a weak tag.
    if let Some(tag) = tag(app).and_then(|tag| HeaderValue::from_maybe_shared([b"W/", tag.as_bytes()].concat()).ok()) {
        headers.insert(header::ETAG, tag);
    }
    response
}
