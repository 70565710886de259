//! Every route as an OpenAPI document, for fuzzers: `cargo run --example routes > openapi.json`. `PESTOR_CSRF` is the form token of
//! the session that the fuzzer uses.

use pestor::app;
use serde_json::{Map, Value, json};

/// Fields that forms of the site have.
const FIELDS: &[&str] = &[
    "name", "email", "password", "new_password", "kind", "category", "text", "reason", "decision", "do", "as", "version", "form_key",
    "organisation", "author", "description", "price_kind", "price_pln", "price_unit", "delivery_kind", "districts", "quantity", "budget_min_pln",
    "budget_max_pln", "deadline", "mode", "from", "to", "pieces", "note", "position", "legal_form", "krs", "nip", "regon", "lon", "lat", "value_pln",
    "came_to_order", "social_clause", "rhythm", "role", "municipality", "unit_name", "action", "step", "code", "mail_lang", "terms",
];

fn main() {
    let csrf = std::env::var("PESTOR_CSRF").unwrap_or_default();
    let mut paths: Map<String, Value> = Map::new();
    for listed in app::listed() {
        // Streams never end; these end the session that the fuzzer uses.
        if listed.path == "/changes" || ["/wyloguj", "/konto/sesje/zakoncz", "/konto/usun"].contains(&listed.path) {
            continue;
        }
        let path = listed.path.replace("{*", "{");
        let names = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
        let mut parameters: Vec<Value> = names
            .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string", "minLength": 1 } }))
            .collect();
        for name in ["q", "page", "sort", "bbox", "within", "near", "radius_m", "area", "category", "kind", "status", "on", "lang", "fragment", "do", "id", "przed", "month"] {
            parameters.push(json!({ "name": name, "in": "query", "schema": { "type": "string" } }));
        }
        let mut operation = json!({ "parameters": parameters, "responses": { "default": { "description": "any" } } });
        if listed.method == axum::http::Method::POST {
            let mut properties: Map<String, Value> =
                FIELDS.iter().map(|name| ((*name).to_owned(), json!({ "type": "string" }))).collect();
            properties.insert("csrf".to_owned(), json!({ "type": "string", "enum": [csrf] }));
            operation["requestBody"] = json!({ "required": true, "content": { "application/x-www-form-urlencoded": {
                "schema": { "type": "object", "properties": properties, "required": ["csrf"] } } } });
        }
        let method = listed.method.as_str().to_lowercase();
        let entry = paths.entry(path).or_insert_with(|| json!({}));
        entry[method] = operation;
    }
    let document = json!({ "openapi": "3.0.3", "info": { "title": "PES-TOR, every route", "version": "0" }, "paths": paths });
    println!("{document}");
}
