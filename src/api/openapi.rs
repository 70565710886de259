//! `GET /api/v1/openapi.json`: the API in its own words, made of the same tables that it checks by.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::find::{self, LISTS};
use super::lists::{MOST, USUAL};
use crate::app::App;
use crate::error::Result;
use crate::export::{Format, Kind};
use crate::web::{Params, page};

/// `GET /api/v1/openapi.json`
pub async fn document(State(app): State<App>, params: Params, headers: HeaderMap) -> Result<Response> {
    params.only(&[])?;
    Ok(Json(describe(&page::base_url(&app, &headers))).into_response())
}

/// An answer that goes wrong, as every operation has it.
pub fn problem(about: &str) -> Value {
    json!({ "description": about, "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/problem" } } } })
}

/// The schema of [`problem`].
pub fn problem_schema() -> Value {
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "parameter": { "type": "string", "description": "The parameter that is wrong" },
        },
    })
}

/// The schema of a text that says something; an empty parameter is refused.
pub fn text() -> Value {
    json!({ "type": "string", "minLength": 1, "pattern": "\\S" })
}

/// The schema of a geometry of GeoJSON.
pub fn geometry_schema() -> Value {
    json!({
        "type": "object",
        "nullable": true,
        "required": ["type", "coordinates"],
        "properties": {
            "type": { "type": "string", "enum": ["Point", "Polygon", "MultiPolygon"] },
            "coordinates": { "type": "array", "items": {} },
        },
    })
}

fn describe(base: &str) -> Value {
    let mut paths = Map::new();
    let mut schemas = Map::new();
    schemas.insert("problem".to_owned(), problem_schema());
    schemas.insert("geometry".to_owned(), geometry_schema());
    for kind in LISTS {
        let name = kind.name();
        schemas.insert(name.to_owned(), record(kind));
        let filters = find::describe(kind);
        let mut parameters = filters.clone();
        parameters.push(json!({ "name": "limit", "in": "query", "description": "Records of a page.",
            "schema": { "type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL } }));
        parameters.push(json!({ "name": "page", "in": "query", "description": "Number of the page.",
            "schema": { "type": "integer", "minimum": 1, "maximum": 1_000_000_000, "default": 1 } }));
        let found =
            json!({ "description": "A page of records.", "content": { "application/json": { "schema": list(name) } } });
        paths.insert(
            format!("/api/v1/{name}"),
            operation(&format!("list-{name}"), "Records by their keys.", parameters, found),
        );
        let slug = json!({ "name": "slug", "in": "path", "required": true, "schema": text() });
        let one = json!({ "description": "The record.", "content": { "application/json": {
            "schema": { "$ref": format!("#/components/schemas/{name}") } } } });
        paths.insert(
            format!("/api/v1/{name}/{{slug}}"),
            operation(&format!("get-{name}"), "One record.", vec![slug], one),
        );
        for (ending, media_type) in Format::ALL
            .map(|format| (format.ending(), format.media_type()))
            .into_iter()
            .chain([("atom", "application/atom+xml; charset=utf-8")])
        {
            let about = if ending == "atom" { "What changed last." } else { "All records that pass, as a file." };
            let media_type = media_type.split(';').next().unwrap_or(media_type);
            let schema = match ending {
                "geojson" => json!({ "type": "object" }),
                "csv" | "atom" => json!({ "type": "string" }),
                _ => json!({ "type": "string", "format": "binary" }),
            };
            let file = json!({ "description": about, "content": { media_type: { "schema": schema } } });
            paths.insert(
                format!("/api/v1/{name}.{ending}"),
                operation(&format!("{ending}-{name}"), about, filters.clone(), file),
            );
        }
    }
    for kind in [Kind::Municipalities, Kind::PremisesPeriods, Kind::Categories] {
        for format in Format::ALL {
            let (name, ending) = (kind.name(), format.ending());
            let about = "All records that pass, as a file.";
            let media_type = format.media_type().split(';').next().unwrap_or_default();
            let schema =
                if format == Format::Geojson { json!({ "type": "object" }) } else { json!({ "type": "string" }) };
            let file = json!({ "description": about, "content": { media_type: { "schema": schema } } });
            paths.insert(
                format!("/api/v1/{name}.{ending}"),
                operation(&format!("{ending}-{name}"), about, find::describe(kind), file),
            );
        }
    }
    paths.insert("/api/v1/search".to_owned(), search());
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": "PES-TOR",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Lists of the site for programs. A repeated parameter means any of its values; a wrong, empty or unknown one is a 400 that names it.",
        },
        "servers": [{ "url": base }],
        "paths": paths,
        "components": { "schemas": schemas },
    })
}

/// A `GET` that may be told not to be right.
pub fn operation(id: &str, about: &str, parameters: Vec<Value>, found: Value) -> Value {
    json!({ "get": {
        "operationId": id,
        "summary": about,
        "parameters": parameters,
        "responses": {
            "200": found,
            "304": { "description": "Nothing changed since the entity tag." },
            "400": problem("A parameter is wrong."),
            "404": problem("There is no such thing."),
            "503": problem("Try again in a moment."),
        },
    } })
}

fn record(kind: Kind) -> Value {
    let mut properties = find::properties(kind);
    properties["id"] = json!({ "type": "string", "description": "Name in web addresses" });
    properties["geometry"] = json!({ "$ref": "#/components/schemas/geometry" });
    let required: Vec<String> = properties.as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default();
    json!({ "type": "object", "properties": properties, "required": required })
}

fn list(name: &str) -> Value {
    let link = json!({ "type": "string", "nullable": true });
    json!({
        "type": "object",
        "required": ["total", "page", "limit", "licence", "attribution", "links", "items"],
        "properties": {
            "total": { "type": "integer", "description": "How many records pass the filter" },
            "page": { "type": "integer" },
            "limit": { "type": "integer" },
            "licence": { "type": "string" },
            "attribution": { "type": "string" },
            "links": { "type": "object", "properties": { "self": link, "next": link, "prev": link, "csv": link, "geojson": link } },
            "items": { "type": "array", "items": { "$ref": format!("#/components/schemas/{name}") } },
        },
    })
}

fn search() -> Value {
    let parameters = vec![
        json!({ "name": "q", "in": "query", "required": true, "description": "Text to look for.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 200, "pattern": "\\S" } }),
        json!({ "name": "limit", "in": "query", "schema": { "type": "integer", "minimum": 1, "maximum": 20, "default": 8 } }),
        json!({ "name": "lang", "in": "query", "schema": { "type": "string", "enum": ["pl", "en"] } }),
    ];
    let number = json!({ "type": "number", "nullable": true });
    let result = json!({
        "type": "object",
        "required": ["kind", "label", "detail", "item", "lon", "lat", "bbox"],
        "properties": {
            "kind": { "type": "string" },
            "label": { "type": "string" },
            "detail": { "type": "string" },
            "item": { "type": "string", "nullable": true, "description": "Path of its page without the first slash" },
            "lon": number,
            "lat": number,
            "bbox": { "type": "array", "nullable": true, "items": { "type": "number" } },
        },
    });
    let found = json!({ "description": "Suggestions, the best first.", "content": { "application/json": { "schema": {
        "type": "object", "required": ["results"], "properties": { "results": { "type": "array", "items": result } } } } } });
    operation("search", "Suggestions of the search box.", parameters, found)
}
