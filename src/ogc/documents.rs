//! The documents that lead to features: landing page, conformance, collections.

use axum::extract::State;
use serde_json::{Value, json};

use super::answer::link;
use super::crs::Crs;
use super::*;
use crate::export::queries;

const JSON: &str = "application/json";

/// `GET /ogc/`
pub async fn landing(State(app): State<App>, page: Page, headers: HeaderMap) -> Result<Response> {
    let answer = Answer::new(page, &headers, &[])?;
    let title = format!("PES-TOR {}", answer.page.site.municipality);
    let mut links = answer.selves(JSON);
    let api = "application/vnd.oai.openapi+json;version=3.0";
    links.extend([
        link("service-desc", api, &answer.at("/api"), "OpenAPI 3.0"),
        link("service-doc", "text/html", &answer.at("/api?f=html"), "OpenAPI"),
        link("conformance", JSON, &answer.at("/conformance"), "Conformance"),
        link("data", JSON, &answer.at("/collections"), "Collections"),
        link(
            "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes",
            JSON,
            &answer.at("/tileMatrixSets"),
            "Tile matrix sets",
        ),
        link("license", "text/html", &app.config.open_data.licence_url, &app.config.open_data.licence),
    ]);
    let document = json!({ "title": title.trim(), "description": answer.page.t("site-description"),
        "attribution": app.config.open_data.publisher(&answer.page.site.municipality), "links": links });
    answer.document(&app, JSON, &document)
}

/// `GET /ogc/conformance`
pub async fn conformance(State(app): State<App>, page: Page, headers: HeaderMap) -> Result<Response> {
    let answer = Answer::new(page, &headers, &[])?;
    let document = json!({ "title": "Conformance", "conformsTo": CONFORMANCE, "links": answer.selves(JSON) });
    answer.document(&app, JSON, &document)
}

/// `GET /ogc/collections`
pub async fn collections(State(app): State<App>, page: Page, headers: HeaderMap) -> Result<Response> {
    let answer = Answer::new(page, &headers, &[])?;
    let mut described = Vec::new();
    for kind in COLLECTIONS {
        let bounds = queries::bounds(&mut *app.pool.acquire().await?, kind).await?;
        described.push(describe(&app, &answer, kind, bounds, true));
    }
    let uris = Crs::ALL.map(Crs::uri);
    let document = json!({ "title": answer.page.t("ogc-collections"), "collections": described, "crs": uris, "links": answer.selves(JSON) });
    answer.document(&app, JSON, &document)
}

/// `GET /ogc/collections/{id}`
pub async fn collection(State(app): State<App>, page: Page, headers: HeaderMap, path: Part) -> Result<Response> {
    let kind = super::collection(&part(path)?)?;
    let answer = Answer::new(page, &headers, &[])?;
    let bounds = queries::bounds(&mut *app.pool.acquire().await?, kind).await?;
    let document = describe(&app, &answer, kind, bounds, false);
    answer.document(&app, JSON, &document)
}

/// A collection; in the list of all, `self` is its own address, not the list's.
fn describe(app: &App, answer: &Answer, kind: Kind, bounds: Option<[f64; 4]>, listed: bool) -> Value {
    let name = kind.name();
    let at = |rest: &str| answer.at(&format!("/collections/{name}{rest}"));
    let mut links = if listed { vec![link("self", JSON, &at(""), name)] } else { answer.selves(JSON) };
    let geojson = "application/geo+json";
    links.extend([
        link("items", geojson, &at("/items"), "GeoJSON"),
        link("items", "text/html", &at("/items?f=html"), "HTML"),
        link("http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector", JSON, &at("/tiles"), "Tiles"),
        link("license", "text/html", &app.config.open_data.licence_url, &app.config.open_data.licence),
    ]);
    for format in crate::export::Format::ALL {
        let href = answer.page.absolute(&format!("/api/v1/{name}.{}", format.ending()));
        links.push(link("enclosure", format.media_type(), &href, &answer.page.code("download", format.ending())));
    }
    let bounds = bounds.unwrap_or(answer.page.site.bounds);
    json!({
        "id": name,
        "title": answer.page.t(&format!("data-title-{name}")),
        "description": answer.page.t(&format!("data-about-{name}")),
        "itemType": "feature",
        "extent": {
            "spatial": { "bbox": [bounds], "crs": Crs::Crs84.uri() },
            "temporal": { "interval": [[null, null]], "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian" },
        },
        "crs": Crs::ALL.map(Crs::uri),
        "storageCrs": Crs::Crs84.uri(),
        "links": links,
    })
}
