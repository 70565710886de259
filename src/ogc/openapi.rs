//! `GET /ogc/api`: what OGC API clients are told, in OpenAPI 3.0.

use axum::extract::State;
use serde_json::{Map, Value, json};

use super::crs::Crs;
use super::items::{MOST, USUAL, filters};
use super::*;
use crate::api::find;
use crate::api::openapi::{geometry_schema, operation, problem_schema, text};

/// Media type that OGC API asks for.
const MEDIA_TYPE: &str = "application/vnd.oai.openapi+json;version=3.0";

/// `GET /ogc/api`
pub async fn document(State(app): State<App>, page: Page, headers: HeaderMap) -> Result<Response> {
    let answer = Answer::new(page, &headers, &[])?;
    let document = describe(&answer.page.base_url);
    answer.document(&app, MEDIA_TYPE, &document)
}

fn describe(base: &str) -> Value {
    let form = json!({ "name": "f", "in": "query", "description": "Form of the answer.",
        "schema": { "type": "string", "enum": ["json", "html"] } });
    let lang = json!({ "name": "lang", "in": "query", "description": "Language of words.",
        "schema": { "type": "string", "enum": ["pl", "en"] } });
    let always = || vec![form.clone(), lang.clone()];
    let words = json!({ "text/html": { "schema": { "type": "string" } } });
    let found = |about: &str, media_type: &str, schema: &str| {
        let mut content = words.clone();
        content[media_type] = json!({ "schema": { "$ref": format!("#/components/schemas/{schema}") } });
        json!({ "description": about, "content": content })
    };
    let json = "application/json";
    let mut paths = Map::new();
    for (path, id, about) in [
        ("/ogc/", "landing", "Where to begin."),
        ("/ogc/conformance", "conformance", "Conformance classes."),
        ("/ogc/collections", "collections", "All collections."),
        ("/ogc/tileMatrixSets", "tileMatrixSets", "How tiles are cut."),
        ("/ogc/tileMatrixSets/WebMercatorQuad", "webMercatorQuad", "The one way of cutting tiles."),
    ] {
        paths.insert(path.to_owned(), operation(id, about, always(), found(about, json, "document")));
    }
    let crs = |name: &str, about: &str| {
        json!({ "name": name, "in": "query", "description": about,
            "schema": { "type": "string", "format": "uri", "enum": Crs::ALL.map(Crs::uri), "default": Crs::Crs84.uri() } })
    };
    for kind in COLLECTIONS {
        let name = kind.name();
        for (rest, about) in [
            ("", "The collection."),
            ("/tiles", "Its tiles."),
            ("/tiles/WebMercatorQuad", "Its tiles on the web's grid."),
        ] {
            let id = format!("{name}{}", rest.replace('/', "-"));
            let path = format!("/ogc/collections/{name}{rest}");
            paths.insert(path, operation(&id, about, always(), found(about, json, "document")));
        }
        let wanted: Vec<&str> = filters(kind).collect();
        let mut parameters = always();
        parameters
            .extend(find::describe(kind).into_iter().filter(|one| wanted.iter().any(|name| one["name"] == *name)));
        parameters.extend([
            json!({ "name": "limit", "in": "query", "description": "Features of a page; more than the maximum is the maximum.", "style": "form",
                "explode": false, "schema": { "type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL } }),
            json!({ "name": "offset", "in": "query", "description": "Features to pass over.", "schema": { "type": "integer", "minimum": 0, "default": 0 } }),
            json!({ "name": "bbox", "in": "query", "description": "Lower corner, upper corner, in the coordinates of bbox-crs.", "style": "form",
                "explode": false, "schema": { "type": "array", "items": { "type": "number" },
                    "oneOf": [{ "minItems": 4, "maxItems": 4 }, { "minItems": 6, "maxItems": 6 }] } }),
            crs("bbox-crs", "Coordinate system of bbox."),
            crs("crs", "Coordinate system of the features."),
            json!({ "name": "datetime", "in": "query", "description": "When features last changed: a moment, or two with / between.", "style": "form",
                "explode": false, "schema": text() }),
        ]);
        let path = format!("/ogc/collections/{name}/items");
        let about = "Features by their keys.";
        let answer = found(about, "application/geo+json", "features");
        paths.insert(path.clone(), operation(&format!("{name}-items"), about, parameters, answer));
        let mut parameters = always();
        parameters.extend([
            json!({ "name": "feature", "in": "path", "required": true, "schema": text() }),
            crs("crs", "Coordinate system of the feature."),
        ]);
        let answer = found("The feature.", "application/geo+json", "feature");
        paths.insert(
            format!("{path}/{{feature}}"),
            operation(&format!("{name}-item"), "One feature.", parameters, answer),
        );
    }
    json!({
        "openapi": "3.0.3",
        "info": { "title": "PES-TOR: OGC API", "version": env!("CARGO_PKG_VERSION") },
        "servers": [{ "url": base }],
        "paths": paths,
        "components": { "schemas": {
            "problem": problem_schema(),
            "geometry": geometry_schema(),
            "document": { "type": "object", "required": ["links"], "properties": { "links": { "type": "array", "items": { "$ref": "#/components/schemas/link" } } } },
            "link": { "type": "object", "required": ["rel", "href"], "properties": {
                "rel": { "type": "string" }, "href": { "type": "string" }, "type": { "type": "string" }, "title": { "type": "string" } } },
            "feature": { "type": "object", "required": ["type", "id", "properties", "geometry"], "properties": {
                "type": { "type": "string", "enum": ["Feature"] },
                "id": { "type": "string" },
                "properties": { "type": "object" },
                "geometry": { "$ref": "#/components/schemas/geometry" },
                "links": { "type": "array", "items": { "$ref": "#/components/schemas/link" } } } },
            "features": { "type": "object", "required": ["type", "numberMatched", "numberReturned", "links", "features"], "properties": {
                "type": { "type": "string", "enum": ["FeatureCollection"] },
                "numberMatched": { "type": "integer" },
                "numberReturned": { "type": "integer" },
                "timeStamp": { "type": "string", "format": "date-time" },
                "links": { "type": "array", "items": { "$ref": "#/components/schemas/link" } },
                "features": { "type": "array", "items": { "$ref": "#/components/schemas/feature" } } } },
        } },
    })
}
