//! `GET /api/v1/search`: suggestions of the search box.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use serde::Serialize;

use super::queries::{self, Hit};
use crate::access::{Routes, Rule};
use crate::app::App;
use crate::error::{Error, Result};
use crate::web::Page;

/// Most suggestions that can be asked for, and how many come unasked.
const MOST: i64 = 20;
const USUAL: i64 = 8;

/// Addresses of the search.
pub fn routes() -> Routes {
    Routes::new().get("/api/v1/search", Rule::OPEN, search)
}

/// The answer.
#[derive(Debug, Serialize)]
struct Found {
    /// Best first.
    results: Vec<Suggestion>,
}

/// Something found.
#[derive(Debug, Serialize)]
struct Suggestion {
    /// organisation, support, premises, offer, demand, equipment, municipality, district, landmark, street or address.
    kind: String,
    /// Its name.
    label: String,
    /// A line that tells it from others of that name, in the request's language.
    detail: String,
    /// Path of its page without the first slash; null for places.
    item: Option<String>,
    /// Degrees, WGS 84; null where it has no place of its own.
    lon: Option<f64>,
    /// Degrees, WGS 84; null where it has no place of its own.
    lat: Option<f64>,
    /// West, south, east, north, for what has an extent.
    bbox: Option<Vec<f64>>,
}

async fn search(State(app): State<App>, page: Page) -> Result<([(HeaderName, &'static str); 2], Json<Found>)> {
    page.params.only(&[&["q", "limit", "lang"]])?;
    let q = page.params.one("q")?.ok_or_else(|| Error::parameter("q", "is missing: the text to look for"))?;
    if q.chars().count() > 200 {
        return Err(Error::parameter("q", "is longer than 200 characters"));
    }
    let expected = format!("a number from 1 to {MOST}");
    let limit = page.params.parsed::<i64>("limit", &expected)?.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(Error::parameter("limit", format!("“{limit}” is not {expected}")));
    }
    let hits = queries::search(&app.pool, q, limit).await?;
    let results = hits.into_iter().map(|hit| suggestion(&page, hit)).collect();
    // Words depend on the language, which a cookie may choose.
    Ok(([(header::CACHE_CONTROL, "private, no-cache"), (header::VARY, "cookie")], Json(Found { results })))
}

/// A line that tells it from others of that name.
pub(super) fn detail(page: &Page, hit: &Hit) -> String {
    let code = hit.code.as_deref().unwrap_or_default();
    let what = match hit.kind.as_str() {
        "organisation" => page.code("legal-form", code),
        "support" => page.code("support-kind", code),
        "premises" => page.code("status", code),
        "street" => page.code("search-kind", code),
        kind => page.code("search-kind", kind),
    };
    let area = hit.area_m2.map(|area| page.lang.area_m2(area));
    let parts = [Some(what), hit.note.clone(), area];
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    parts.join(" · ")
}

fn suggestion(page: &Page, hit: Hit) -> Suggestion {
    Suggestion {
        detail: detail(page, &hit),
        kind: hit.kind,
        label: hit.label,
        item: hit.item,
        lon: hit.lon,
        lat: hit.lat,
        bbox: hit.bbox,
    }
}
