//! The tiles of a collection as OGC API – Tiles describes them; the tiles themselves are at `/tiles`.

use axum::extract::State;
use serde_json::{Value, json};

use super::answer::link;
use super::*;

const JSON: &str = "application/json";

/// The one tile matrix set, in which the web's maps are cut.
const SET: &str = "WebMercatorQuad";

/// Its name in OGC's register.
const SET_URI: &str = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad";

const SCHEME: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme";

fn is_set(set: &str) -> Result<()> {
    let unknown = || Error::NotFound(format!("there is no tile matrix set “{set}”; {SET} is"));
    (set == SET).then_some(()).ok_or_else(unknown)
}

/// `GET /ogc/collections/{id}/tiles`
pub async fn tilesets(State(app): State<App>, page: Page, headers: HeaderMap, path: Part) -> Result<Response> {
    let kind = collection(&part(path)?)?;
    let answer = Answer::new(page, &headers, &[])?;
    let own = answer.at(&format!("/collections/{}/tiles/{SET}", kind.name()));
    let set = describe(&app, &answer, kind, vec![link("self", JSON, &own, SET)]);
    let document = json!({ "title": answer.page.t(&format!("data-title-{}", kind.name())), "tilesets": [set], "links": answer.selves(JSON) });
    answer.document(&app, JSON, &document)
}

/// `GET /ogc/collections/{id}/tiles/{set}`
pub async fn tileset(State(app): State<App>, page: Page, headers: HeaderMap, path: Parts) -> Result<Response> {
    let (id, set) = part(path)?;
    let kind = collection(&id)?;
    is_set(&set)?;
    let answer = Answer::new(page, &headers, &[])?;
    let document = describe(&app, &answer, kind, answer.selves(JSON));
    answer.document(&app, JSON, &document)
}

fn describe(app: &App, answer: &Answer, kind: Kind, mut links: Vec<Value>) -> Value {
    let name = kind.name();
    let template = answer.page.absolute(&format!("/tiles/{name}/{{tileMatrix}}/{{tileCol}}/{{tileRow}}.mvt"));
    links.extend([
        link(SCHEME, JSON, &answer.at(&format!("/tileMatrixSets/{SET}")), SET),
        json!({ "rel": "item", "type": "application/vnd.mapbox-vector-tile", "href": template, "title": "Tiles", "templated": true }),
        link("describedby", JSON, &answer.page.absolute(&format!("/tiles/{name}.json")), "TileJSON"),
        link("http://www.opengis.net/def/rel/ogc/1.0/geodata", JSON, &answer.at(&format!("/collections/{name}")), name),
    ]);
    let dimension = if matches!(kind, Kind::Districts | Kind::Municipalities) { 2 } else { 0 };
    json!({
        "title": answer.page.t(&format!("data-title-{name}")),
        "description": answer.page.t(&format!("data-about-{name}")),
        "attribution": app.config.open_data.publisher(&answer.page.site.municipality),
        "license": app.config.open_data.licence_url,
        "dataType": "vector",
        "crs": "http://www.opengis.net/def/crs/EPSG/0/3857",
        "tileMatrixSetURI": SET_URI,
        "layers": [{ "id": name, "dataType": "vector", "geometryDimension": dimension }],
        "links": links,
    })
}

/// `GET /ogc/tileMatrixSets`
pub async fn matrix_sets(State(app): State<App>, page: Page, headers: HeaderMap) -> Result<Response> {
    let answer = Answer::new(page, &headers, &[])?;
    let own = link("self", JSON, &answer.at(&format!("/tileMatrixSets/{SET}")), SET);
    let document = json!({ "title": "Tile matrix sets", "links": answer.selves(JSON),
        "tileMatrixSets": [{ "id": SET, "title": "Google Maps Compatible for the World", "uri": SET_URI, "links": [own] }] });
    answer.document(&app, JSON, &document)
}

/// `GET /ogc/tileMatrixSets/{set}` (OGC 17-083r4, annex D)
pub async fn matrix_set(State(app): State<App>, page: Page, headers: HeaderMap, path: Part) -> Result<Response> {
    is_set(&part(path)?)?;
    let answer = Answer::new(page, &headers, &[])?;
    // Half of the equator, metres; metres of a pixel of 0.28 mm at zoom 0 make the scale.
    let half = 20_037_508.342_789_244;
    let matrices: Vec<Value> = (0..=22)
        .map(|zoom: u32| {
            let across = 1_u32 << zoom;
            let cell = 2.0 * half / 256.0 / f64::from(across);
            json!({ "id": zoom.to_string(), "scaleDenominator": cell / 0.000_28, "cellSize": cell, "cornerOfOrigin": "topLeft",
                "pointOfOrigin": [-half, half], "matrixWidth": across, "matrixHeight": across, "tileWidth": 256, "tileHeight": 256 })
        })
        .collect();
    let document = json!({ "id": SET, "title": "Google Maps Compatible for the World", "uri": SET_URI,
        "crs": "http://www.opengis.net/def/crs/EPSG/0/3857", "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible", "tileMatrices": matrices,
        "links": answer.selves(JSON) });
    answer.document(&app, JSON, &document)
}
