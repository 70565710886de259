//! `/tiles/…`: vector tiles and their TileJSON; `/style.json`.

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{self, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::facts::filter_params;
use super::{Map, layers::LAYERS};
use crate::app::App;
use crate::error::{Error, Result};
use crate::geo::TileCoord;
use crate::tiles::engine::{Encoding, TileBody, View};
use crate::web::page::base_url;
use crate::web::{Params, accept, assets, etag};

/// Media type of a vector tile (Mapbox Vector Tile specification 2.1, section 3).
const MVT: &str = "application/vnd.mapbox-vector-tile";

/// The layers named in a path, and the parameters checked against what they know.
fn layers(names: &str, params: &Params) -> Result<Vec<&'static str>> {
    let mut found = Vec::new();
    for name in names.split(',') {
        let layer = LAYERS
            .iter()
            .find(|layer| layer.name == name)
            .ok_or_else(|| Error::NotFound(format!("there is no layer “{name}”")))?;
        found.push(layer.name);
    }
    // Which of repeated names is meant makes no difference; how many of them there are should have a bound.
    found.sort_unstable();
    found.dedup();
    let known: Vec<&[&str]> = found.iter().map(|layer| filter_params(layer)).collect();
    params.only(&known)?;
    Ok(found)
}

/// How long a cache may keep what was asked with a version: for ever, if it is the version of what is answered.
fn cache_control<'a>(map: &Map, view: &View, mut asked: impl Iterator<Item = &'a str>) -> HeaderValue {
    let exact = asked.next().is_some_and(|first| {
        let version = map.engine.version(view);
        first == version || asked.any(|v| v == version)
    });
    HeaderValue::from_static(if exact { "public, max-age=31536000, immutable" } else { "public, no-cache" })
}

/// Headers that let other sites load what is answered.
pub const OPEN: [(HeaderName, &str); 2] = [
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
];

/// `GET /tiles/{layers}/{z}/{x}/{y}.mvt`; 404 for an unknown layer, 400 for a bad coordinate or parameter, 503 while the map was not
/// read yet.
pub async fn tile(
    State(app): State<App>,
    path: std::result::Result<Path<(String, String, String, String)>, PathRejection>,
    params: Params,
    request: Request,
) -> Response {
    let found = match path {
        Ok(Path(path)) => find(&app, &path, &params, request.headers()).await,
        Err(rejection) => Err(Error::BadPath(rejection.body_text())),
    };
    found.unwrap_or_else(|error| open(error.into_response()))
}

async fn find(
    app: &App,
    (names, z, x, file): &(String, String, String, String),
    params: &Params,
    headers: &HeaderMap,
) -> Result<Response> {
    let layers = layers(names, params)?;
    let y = file
        .strip_suffix(".mvt")
        .ok_or_else(|| Error::NotFound("tiles are at /tiles/{layers}/{z}/{x}/{y}.mvt".to_owned()))?;
    let coord = TileCoord::parse(z, x, y).map_err(|error| Error::BadPath(error.to_string()))?;
    let map = ready(&app.map)?;
    let view = map.view(&app.pool, &layers, params).await?;
    let encoding = encoding(headers);
    let tile = map.engine.tile(&view, coord, encoding).await.map_err(Error::internal)?;
    Ok(answer(tile, encoding, headers, cache_control(map, &view, params.all("v"))))
}

/// The answer to a request for a tile that is ready: no filters but `v`, and in the cache. It says what [`tile`] would say, sooner.
pub fn at_hand<B>(app: &App, request: &http::Request<B>) -> Option<Response> {
    let mut path = request.uri().path().strip_prefix("/tiles/")?.split('/');
    let [names, z, x, file] = [path.next()?, path.next()?, path.next()?, path.next()?];
    let version = match request.uri().query() {
        None => None,
        Some(query) => Some(query.strip_prefix("v=").filter(|v| v.bytes().all(|byte| byte.is_ascii_hexdigit()))?),
    };
    if request.method() != Method::GET || path.next().is_some() || !app.map.is_ready() {
        return None;
    }
    let coord = TileCoord::parse(z, x, file.strip_suffix(".mvt")?).ok()?;
    let view = app.map.engine.unfiltered(names.split(','))?;
    let encoding = encoding(request.headers());
    let tile = app.map.engine.at_hand(&view, coord, encoding)?;
    Some(answer(tile, encoding, request.headers(), cache_control(&app.map, &view, version.into_iter())))
}

fn answer(tile: Option<TileBody>, encoding: Encoding, asked: &HeaderMap, cache_control: HeaderValue) -> Response {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, cache_control);
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    // Said here, as the router would say it of what it answers.
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    match tile {
        None => *response.status_mut() = StatusCode::NO_CONTENT,
        Some(tile) if etag::matches(asked, &tile.etag) => {
            headers.insert(header::ETAG, tile.etag);
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            // Who asks has the other headers with the tile.
            return response;
        }
        Some(tile) => {
            headers.insert(header::CONTENT_LENGTH, tile.bytes.len().into());
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MVT));
            headers.extend(encoding.name().map(|name| (header::CONTENT_ENCODING, HeaderValue::from_static(name))));
            headers.insert(header::ETAG, tile.etag);
            *response.body_mut() = tile.bytes.into();
        }
    }
    open(response)
}

/// Lets other sites load it.
fn open(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    for (name, value) in OPEN {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// `GET /tiles/{layers}.json`: TileJSON 3.0, its tile address carrying the filters and the data's version.
///
/// # Errors
/// 404 for an unknown layer, 400 for a bad parameter, 503 while the map was not read yet.
pub async fn tilejson(
    State(app): State<App>,
    path: std::result::Result<Path<String>, PathRejection>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response> {
    let Path(file) = path.map_err(|rejection| Error::BadPath(rejection.body_text()))?;
    let names =
        file.strip_suffix(".json").ok_or_else(|| Error::NotFound("TileJSON is at /tiles/{layers}.json".to_owned()))?;
    let layers = layers(names, &params)?;
    let map = ready(&app.map)?;
    // Says at once what is wrong with a filter, not only in each tile.
    let view = map.view(&app.pool, &layers, &params).await?;
    let query = params.with("v", Some(&map.engine.version(&view)));
    let template = format!("{}/tiles/{names}/{{z}}/{{x}}/{{y}}.mvt?{query}", base_url(&app, &headers));
    let mut json = map.engine.tilejson(&view, template);
    json.attribution = Some(super::layers::ATTRIBUTION.to_owned());
    Ok(([(header::CACHE_CONTROL, "no-cache")], Json(json)).into_response())
}

/// `GET /style.json` and `/style-dark.json`: the map style, its sources at this site's address.
///
/// # Errors
/// 404 where the web part was not built in.
pub async fn style(app: &App, file: &'static str, headers: &HeaderMap) -> Result<Response> {
    let text = assets::text(file).ok_or_else(|| Error::NotFound(format!("{file} was not built into the program")))?;
    let mut style: serde_json::Value = serde_json::from_str(&text).map_err(Error::internal)?;
    let base = base_url(app, headers);
    for source in style["sources"].as_object_mut().into_iter().flat_map(|sources| sources.values_mut()) {
        if let Some(path) = source["url"].as_str().filter(|path| path.starts_with('/')) {
            source["url"] = format!("{base}{path}").into();
        }
    }
    for sprite in style["sprite"].as_array_mut().into_iter().flatten() {
        if let Some(path) = sprite["url"].as_str().filter(|path| path.starts_with('/')) {
            sprite["url"] = format!("{base}{path}").into();
        }
    }
    Ok(([(header::CACHE_CONTROL, "no-cache")], Json(style)).into_response())
}

/// The map, once it has been read.
fn ready(map: &Map) -> Result<&Map> {
    if map.is_ready() { Ok(map) } else { Err(Error::Unavailable("the map was not read yet".to_owned())) }
}

/// The content coding to answer in: Brotli before gzip, where the client takes both.
fn encoding(headers: &HeaderMap) -> Encoding {
    if headers.get(header::ACCEPT_ENCODING).is_some_and(|value| value == "gzip") {
        return Encoding::Gzip;
    }
    let accepts = |wanted| accept::encoding(headers, wanted);
    if accepts("br") {
        Encoding::Brotli
    } else if accepts("gzip") {
        Encoding::Gzip
    } else {
        Encoding::Identity
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn the_client_chooses_the_encoding() {
        let chosen = |value| encoding(&headers(header::ACCEPT_ENCODING, value));
        assert_eq!(chosen("gzip, deflate, br, zstd"), Encoding::Brotli);
        assert_eq!(chosen("gzip, br;q=0"), Encoding::Gzip);
        assert_eq!(chosen("identity"), Encoding::Identity);
        assert_eq!(encoding(&HeaderMap::new()), Encoding::Identity);
    }

    #[test]
    fn unknown_layers_and_parameters_are_told_apart() {
        assert!(matches!(layers("organisations,nope", &Params::default()), Err(Error::NotFound(_))));
        assert!(matches!(layers("districts", &Params::parse("status=free")), Err(Error::BadParameter { .. })));
        assert!(layers("premises,districts,premises", &Params::parse("status=free&v=1")).is_ok_and(|l| l.len() == 2));
    }
}
