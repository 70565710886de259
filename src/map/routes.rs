//! The map's addresses.

use std::convert::Infallible;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use serde_json::json;
use tower_http::set_header::SetResponseHeaderLayer;

use super::{embed, page, tiles};
use crate::access::{Routes, Rule};
use crate::app::App;

/// Tiles. They go without the layers that pages need: most requests are for tiles, and their answers are ready in memory.
pub fn tile_routes() -> Routes {
    Routes::new().get("/tiles/{layers}/{z}/{x}/{file}", Rule::OPEN, tiles::tile)
}

/// TileJSON, style, the map page, and whether the server lives and can serve.
pub fn routes() -> Routes {
    // Public data, for any other map too. Pages may not be embedded elsewhere, but tiles may be loaded from there.
    let open = |(name, value)| SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value));
    let [anyone, anywhere] = tiles::OPEN.map(open);
    let for_any_map = Routes::new()
        .get("/tiles/{file}", Rule::OPEN, tiles::tilejson)
        .get("/style.json", Rule::OPEN, async |State(app): State<App>, headers| {
            tiles::style(&app, "style.json", &headers).await
        })
        .get("/style-dark.json", Rule::OPEN, async |State(app): State<App>, headers| {
            tiles::style(&app, "style-dark.json", &headers).await
        })
        .around(|router| router.layer(anyone).layer(anywhere));
    Routes::new()
        .merge(for_any_map)
        .get("/", Rule::ANYONE, page::map)
        .get("/embed", Rule::OPEN, embed::map)
        .get("/osadz", Rule::ANYONE, embed::snippet)
        .get("/changes", Rule::OPEN, changes)
        .get("/healthz", Rule::OPEN, async || "ok\n")
        .get("/readyz", Rule::OPEN, readyz)
}

/// `GET /changes`: server-sent events with the version of the data, at once and after every change. An open map follows
/// by them.
async fn changes(State(app): State<App>) -> impl IntoResponse {
    let events = app.map.changes().map(|version| Ok::<_, Infallible>(Event::default().data(version.to_string())));
    ([(header::CACHE_CONTROL, "no-store")], Sse::new(events).keep_alive(KeepAlive::default()))
}

/// `GET /readyz`: whether the database answers and the map was read; rows that cannot be drawn, with reasons.
async fn readyz(State(app): State<App>) -> Response {
    let database = match sqlx::query_scalar!(r#"select 1 as "one!""#).fetch_one(&app.pool).await {
        Ok(_) => "ok",
        Err(_) => "unreachable",
    };
    let map = if app.map.is_ready() { "ok" } else { "loading" };
    let refused = app.map.refused().into_iter();
    let refused = refused.map(|(source, row)| json!({ "layer": source, "id": row.id, "reason": row.reason }));
    let body = json!({
        "database": database,
        "map": map,
        "data_version": app.map.data_version(),
        "not_drawn": refused.collect::<Vec<_>>(),
    });
    let status = if database == "ok" && map == "ok" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
