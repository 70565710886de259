//! The built web part, carried in the program: scripts, style sheets, fonts, the map style.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use serde::Deserialize;

use crate::error::{Error, Result};

#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Dist;

/// An entry of Vite's manifest.
#[derive(Debug, Default, Deserialize)]
struct Entry {
    file: String,
    #[serde(default)]
    css: Vec<String>,
}

static MANIFEST: LazyLock<HashMap<String, Entry>> = LazyLock::new(|| {
    let file = Dist::get(".vite/manifest.json");
    file.and_then(|file| serde_json::from_slice(&file.data).ok()).unwrap_or_else(|| {
        tracing::error!("the web part was not built into this program (npm run build in web/)");
        HashMap::new()
    })
});

/// Address of the script or style sheet that an entry became.
pub fn script(entry: &str) -> String {
    MANIFEST.get(entry).map(|entry| format!("/{}", entry.file)).unwrap_or_default()
}

/// Addresses of the style sheets that an entry needs; a style sheet is its own.
pub fn styles(entry: &str) -> Vec<String> {
    let Some(found) = MANIFEST.get(entry) else { return Vec::new() };
    let own = found.file.ends_with(".css").then_some(&found.file);
    own.into_iter().chain(&found.css).map(|file| format!("/{file}")).collect()
}

/// A file of the built web part as text.
pub fn text(path: &str) -> Option<String> {
    Dist::get(path).and_then(|file| String::from_utf8(file.data.into_owned()).ok())
}

/// `GET /assets/{*path}`: names carry a hash of the content, so they may be kept for ever.
pub async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Result<Response> {
    file(&format!("assets/{path}"), &headers, "public, max-age=31536000, immutable")
}

/// `GET /favicon.svg`, `/robots.txt` and other files with fixed names.
pub async fn fixed(path: &'static str, headers: HeaderMap) -> Result<Response> {
    file(path, &headers, "public, max-age=3600")
}

fn file(path: &str, headers: &HeaderMap, cache: &'static str) -> Result<Response> {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // The build leaves compressed twins beside the larger files.
    let packed = [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(encoding, _)| accepted.contains(encoding))
        .find_map(|(encoding, suffix)| Some((Dist::get(&format!("{path}.{suffix}"))?, Some(encoding))));
    let (found, encoding) = packed
        .or_else(|| Dist::get(path).map(|file| (file, None)))
        .ok_or_else(|| Error::NotFound(format!("there is no file /{path}")))?;
    let mut response = found.data.into_owned().into_response();
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Ok(response)
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
