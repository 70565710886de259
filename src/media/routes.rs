//! Uploaded photos and documents as they are served: bytes from the database, never decoded again.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use xxhash_rust::xxh3::xxh3_128;

use super::{document, queries};
use crate::access::{Routes, Rule};
use crate::app::App;
use crate::error::{Error, Result};
use crate::web::etag;

/// Addresses of this feature.
pub fn routes() -> Routes {
    Routes::new().get("/zdjecia/{key}/{size}", Rule::OPEN, photo).get(
        "/zalaczniki/{key}/{file}",
        Rule::OPEN,
        attachment,
    )
}

/// Whether the database can have it at all.
fn is_key(key: &str) -> bool {
    key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
}

/// `GET /zdjecia/{key}/{size}.jpg`: what stands behind an address never changes.
async fn photo(
    State(app): State<App>,
    Path((key, file)): Path<(String, String)>,
    asked: HeaderMap,
) -> Result<Response> {
    let missing = || Error::NotFound("there is no such photo".to_owned());
    let size = file.strip_suffix(".jpg").filter(|size| is_key(&key) && ["large", "small"].contains(size));
    let bytes = queries::photo_bytes(&app.pool, &key, size.ok_or_else(missing)?).await?.ok_or_else(missing)?;
    let tag = HeaderValue::try_from(format!("\"{:032x}\"", xxh3_128(&bytes))).map_err(Error::internal)?;
    let known = etag::matches(&asked, &tag);
    let headers =
        [(header::ETAG, tag), (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"))];
    if known {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    Ok((headers, [(header::CONTENT_TYPE, "image/jpeg")], bytes).into_response())
}

/// `GET /zalaczniki/{key}/{file}`: saved, never opened in the page's place, so that what a document may do has no origin to do it in.
async fn attachment(State(app): State<App>, Path((key, file)): Path<(String, String)>) -> Result<Response> {
    let missing = || Error::NotFound("there is no such document".to_owned());
    // The database takes no zero byte in a text.
    if !is_key(&key) || file.contains('\0') {
        return Err(missing());
    }
    let bytes = queries::document_bytes(&app.pool, &key, &file).await?.ok_or_else(missing)?;
    let disposition = HeaderValue::try_from(document::content_disposition(&file)).map_err(Error::internal)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/pdf")),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
    ];
    Ok((headers, bytes).into_response())
}
