//! `GET /dane` and the catalogue.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use time::OffsetDateTime;

use super::dcat::{self, Writing};
use super::{Dataset, datasets};
use crate::access::{Routes, Rule};
use crate::api;
use crate::api::files::list_path;
use crate::app::App;
use crate::error::Result;
use crate::export::settings::OpenData;
use crate::web::{Page, Params, html, page};

/// Addresses of open data.
pub fn routes() -> Routes {
    let catalogue = Routes::new()
        .get("/dane/katalog", Rule::OPEN, async |state, params, headers: HeaderMap| {
            let writing = accepted(&headers);
            catalogue(state, params, headers, writing).await
        })
        .get("/dane/katalog.ttl", Rule::OPEN, async |state, params, headers| {
            catalogue(state, params, headers, Writing::Turtle).await
        })
        .get("/dane/katalog.rdf", Rule::OPEN, async |state, params, headers| {
            catalogue(state, params, headers, Writing::Xml).await
        })
        .get("/dane/katalog.jsonld", Rule::OPEN, async |state, params, headers| {
            catalogue(state, params, headers, Writing::JsonLd).await
        });
    Routes::new().get("/dane", Rule::ANYONE, open_data).merge(api::open(catalogue))
}

#[derive(Template)]
#[template(path = "catalogue/page.html")]
struct OpenDataPage {
    page: Page,
    datasets: Vec<Dataset>,
    settings: OpenData,
}

impl OpenDataPage {
    fn publisher(&self) -> String {
        self.settings.publisher(&self.page.site.municipality)
    }

    fn day(&self, at: &OffsetDateTime) -> String {
        self.page.lang.date(at.date())
    }

    /// The list for people, where there is one.
    fn list(&self, dataset: &Dataset) -> Option<&'static str> {
        Some(list_path(dataset.kind)).filter(|path| *path != "/dane" && dataset.kind.name() != "premises-periods")
    }
}

/// `GET /dane`
async fn open_data(State(app): State<App>, page: Page) -> Result<Response> {
    let datasets = datasets(&app).await?;
    html(&OpenDataPage { page, datasets, settings: app.config.open_data.clone() })
}

/// The first way of writing that a client names; RDF/XML, which all of them read, where it names none.
fn accepted(headers: &HeaderMap) -> Writing {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let known = |text: &str| match text.split(';').next().unwrap_or_default().trim() {
        "text/turtle" => Some(Writing::Turtle),
        "application/ld+json" | "application/json" => Some(Writing::JsonLd),
        "application/rdf+xml" => Some(Writing::Xml),
        _ => None,
    };
    accept.split(',').find_map(known).unwrap_or(Writing::Xml)
}

/// `GET /dane/katalog`, `.ttl`, `.rdf`, `.jsonld`
async fn catalogue(State(app): State<App>, params: Params, headers: HeaderMap, writing: Writing) -> Result<Response> {
    params.only(&[])?;
    if let Some(answer) = api::not_modified(&app, &headers) {
        return Ok(answer);
    }
    let graph = dcat::graph(&app, &page::base_url(&app, &headers), &datasets(&app).await?);
    let mut response =
        api::fresh(&app, ([(header::CONTENT_TYPE, writing.media_type())], writing.write(&graph)).into_response());
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}
