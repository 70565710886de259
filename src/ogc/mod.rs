//! OGC API – Features (parts 1 and 2: core, GeoJSON, HTML, OpenAPI 3.0, coordinate systems) and Tiles, for GIS programs.
//!
//! Links are absolute and every feature has every key: GDAL infers a schema from the first features, and QGIS follows links as they
//! are written. Conformance classes are those of OGC 17-069r4, 18-058r1 and 20-057.

mod answer;
mod crs;
mod documents;
mod items;
mod openapi;
mod tiles;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::access::{Routes, Rule};
use crate::api;
use crate::app::App;
use crate::error::{Error, Result};
use crate::export::Kind;
use crate::web::Page;
use answer::Answer;

/// What has a place and goes out as a collection.
pub const COLLECTIONS: [Kind; 5] =
    [Kind::Organisations, Kind::Support, Kind::Premises, Kind::Districts, Kind::Municipalities];

/// Conformance classes that hold here.
pub const CONFORMANCE: [&str; 13] = [
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/tms/2.0/conf/json-tilematrixset",
];

/// Addresses for GIS programs.
pub fn routes() -> Routes {
    api::open(
        Routes::new()
            .get("/ogc", Rule::OPEN, documents::landing)
            .get("/ogc/", Rule::OPEN, documents::landing)
            .get("/ogc/api", Rule::OPEN, openapi::document)
            .get("/ogc/conformance", Rule::OPEN, documents::conformance)
            .get("/ogc/collections", Rule::OPEN, documents::collections)
            .get("/ogc/collections/{id}", Rule::OPEN, documents::collection)
            .get("/ogc/collections/{id}/items", Rule::OPEN, items::items)
            .get("/ogc/collections/{id}/items/{feature}", Rule::OPEN, items::item)
            .get("/ogc/collections/{id}/tiles", Rule::OPEN, tiles::tilesets)
            .get("/ogc/collections/{id}/tiles/{set}", Rule::OPEN, tiles::tileset)
            .get("/ogc/tileMatrixSets", Rule::OPEN, tiles::matrix_sets)
            .get("/ogc/tileMatrixSets/{set}", Rule::OPEN, tiles::matrix_set),
    )
}

/// A path parameter, as far as it can be read.
type Part = std::result::Result<Path<String>, PathRejection>;

/// The same, two of them.
type Parts = std::result::Result<Path<(String, String)>, PathRejection>;

fn part<T>(path: std::result::Result<Path<T>, PathRejection>) -> Result<T> {
    path.map(|Path(part)| part).map_err(|error| Error::BadPath(error.body_text()))
}

/// The collection of a name.
fn collection(id: &str) -> Result<Kind> {
    let found = COLLECTIONS.into_iter().find(|kind| kind.name() == id);
    found.ok_or_else(|| Error::NotFound(format!("there is no collection “{id}”; /ogc/collections names all")))
}
