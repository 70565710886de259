//! `/basemaps/…`: the files of basemaps that lie on this server.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tower::ServiceExt;
use tower_http::services::ServeFile;

use super::{Archive, BasemapError, attribution};
use crate::access::{Routes, Rule};
use crate::app::App;
use crate::error::{Error, Result};
use crate::geo::TileCoord;
use crate::web::page::base_url;
use crate::web::{Params, accept, etag};

/// No tile is larger once it is unpacked; what says so is broken.
const LARGEST_TILE: usize = 64 << 20;

/// Routes of this feature.
pub fn routes() -> Routes {
    Routes::new().get("/basemaps/{id}", Rule::OPEN, basemap).get("/basemaps/{id}/{z}/{x}/{y}", Rule::OPEN, tile)
}

/// `GET /basemaps/{id}`: TileJSON of an MBTiles file, or a PMTiles file in the ranges that the browser asks for.
async fn basemap(State(app): State<App>, Path(id): Path<String>, request: Request) -> Result<Response> {
    let basemap = app.config.basemaps.iter().find(|basemap| basemap.id == id);
    let basemap = basemap.filter(|basemap| basemap.local_file().is_some()).ok_or_else(|| unknown(&id))?;
    if let Some(archive) = app.basemaps.get(&id).await {
        let archive = archive.map_err(|error| told(&id, &error))?;
        let template =
            format!("{}/basemaps/{id}/{{z}}/{{x}}/{{y}}?v={}", base_url(&app, request.headers()), archive.version);
        let json = archive.tilejson(&template, &attribution(basemap, true));
        return Ok(([(header::CACHE_CONTROL, "no-cache")], Json(json)).into_response());
    }
    let file = basemap.local_file().ok_or_else(|| unknown(&id))?;
    let answer = ServeFile::new(file).oneshot(request).await.map_err(Error::internal)?;
    if answer.status() == StatusCode::NOT_FOUND {
        return Err(missing(&id));
    }
    Ok(answer.into_response())
}

/// `GET /basemaps/{id}/{z}/{x}/{y}`: a vector tile as it is stored; 204 where the file has none.
async fn tile(
    State(app): State<App>,
    path: std::result::Result<Path<(String, String, String, String)>, PathRejection>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response> {
    let Path((id, z, x, y)) = path.map_err(|rejection| Error::BadPath(rejection.body_text()))?;
    params.only(&[])?;
    let at = TileCoord::parse(&z, &x, &y).map_err(|error| Error::BadPath(error.to_string()))?;
    let archive = app.basemaps.get(&id).await.ok_or_else(|| unknown(&id))?.map_err(|error| told(&id, &error))?;
    let tile = archive.tile(at).await.map_err(|error| told(&id, &error))?;
    answer(&archive, tile, &headers, params.all("v").any(|version| version == archive.version))
}

fn answer(archive: &Archive, tile: Option<Vec<u8>>, asked: &HeaderMap, exact: bool) -> Result<Response> {
    let cache = if exact { "public, max-age=31536000, immutable" } else { "public, no-cache" };
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    let Some(tile) = tile else { return Ok(response) };
    let packed = tile.starts_with(&[0x1f, 0x8b]);
    let as_stored = !packed || accept::encoding(asked, "gzip");
    let tag = super::etag(&tile, if as_stored { "" } else { "-plain" });
    let known = etag::matches(asked, &tag);
    headers.insert(header::ETAG, tag);
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/vnd.mapbox-vector-tile"));
    if packed && as_stored {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    let bytes = if as_stored {
        tile
    } else {
        unpacked(&tile).ok_or_else(|| Error::internal(format!("{}: a tile is broken", archive.path.display())))?
    };
    *response.status_mut() = StatusCode::OK;
    *response.body_mut() = bytes.into();
    Ok(response)
}

/// What is in a gzip file. Its last four bytes say how much that is (RFC 1952, 2.3.1).
fn unpacked(gzip: &[u8]) -> Option<Vec<u8>> {
    let length = u32::from_le_bytes(*gzip.last_chunk()?) as usize;
    let mut bytes = vec![0; Some(length).filter(|length| *length <= LARGEST_TILE)?];
    let written = libdeflater::Decompressor::new().gzip_decompress(gzip, &mut bytes).ok()?;
    (written == length).then_some(bytes)
}

fn unknown(id: &str) -> Error {
    Error::NotFound(format!("there is no basemap “{id}” here"))
}

fn missing(id: &str) -> Error {
    Error::NotFound(format!("the file of the basemap “{id}” is missing"))
}

/// What a visitor is told of a file that cannot be shown; the log says which and why.
fn told(id: &str, error: &BasemapError) -> Error {
    tracing::warn!(basemap = id, %error, "a basemap cannot be shown");
    match error {
        BasemapError::Missing(_) => missing(id),
        BasemapError::Broken { .. } => Error::NotFound(format!("the file of the basemap “{id}” cannot be read")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Basemap, BasemapKind};

    #[test]
    fn only_whole_gzip_is_unpacked() {
        let mut bytes = vec![0; 200];
        let length = libdeflater::Compressor::new(libdeflater::CompressionLvl::default())
            .gzip_compress(b"a tile", &mut bytes)
            .expect("packed");
        bytes.truncate(length);
        assert_eq!(unpacked(&bytes).as_deref(), Some(&b"a tile"[..]));
        for cut in 0..length {
            assert_eq!(unpacked(&bytes[..cut]), None, "cut at {cut}");
        }
        bytes[length - 4..].fill(0xff);
        assert_eq!(unpacked(&bytes), None, "four gigabytes are not made room for");
    }

    #[test]
    fn openstreetmap_is_named_unless_the_configuration_names_somebody() {
        let mut basemap: Basemap =
            toml::from_str("id = 'a'\nkind = 'mbtiles'\nlabel_pl = 'A'\nlabel_en = 'A'\nurl = 'a.mbtiles'")
                .expect("one");
        assert!(attribution(&basemap, true).contains("© autorzy OpenStreetMap"));
        basemap.attribution = "Miasto".to_owned();
        assert_eq!(attribution(&basemap, true), "Miasto");
        basemap = Basemap { kind: BasemapKind::Raster, attribution: String::new(), ..basemap };
        assert_eq!(attribution(&basemap, true), "");
    }
}
