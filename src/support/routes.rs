//! Pages of the support institutions.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;

use super::{Filter, Institution, SORTS, fields, queries};
use crate::access::{Routes, Rule};
use crate::app::App;
use crate::error::{Error, Result};
use crate::search;
use crate::search::place::Asked;
use crate::web::list::{PAGE_SIZE, Paging};
use crate::web::list_page::{self, ListPage};
use crate::web::{Page, html, jsonld};

/// Addresses of this feature.
pub fn routes() -> Routes {
    Routes::new()
        .get("/wsparcie", Rule::ANYONE, list)
        .get("/wsparcie/{slug}", Rule::ANYONE, detail)
        .merge(super::edit::routes())
}

/// `GET /wsparcie`
async fn list(State(app): State<App>, page: Page) -> Result<Response> {
    let sorts = list_page::sorts(&page, SORTS);
    let place = match search::place::asked(&app, &page, &[SORTS, &["distance"]].concat()).await? {
        Asked::Answer(answer) => return Ok(*answer),
        Asked::Field(field) => field,
    };
    let filter = Filter::parse(&page.params)?;
    let sort = list_page::sort(&page, &sorts)?;
    let ids = queries::matching_ids(&app.pool, &filter).await?;
    let paging = Paging::of(&page.params, ids.len())?;
    let rows = queries::summaries(&app.pool, &ids, sort, filter.common.near, PAGE_SIZE, paging.offset()).await?;
    let cards = rows.iter().map(|row| row.card(&page)).collect();
    let cards = list_page::with_distances(&page, filter.common.near, cards);
    let (kind, layer) = ("support", "support");
    ListPage { filters: Filter::PARAMS, fields: fields(&page), page, kind, layer, sorts, place, paging, cards }
        .respond()
}

#[derive(Template)]
#[template(path = "support/detail.html")]
struct DetailPage {
    page: Page,
    institution: Institution,
    jsonld: String,
    /// Whoever looks keeps this page.
    may_edit: bool,
}

impl DetailPage {
    fn headings(&self) -> (&'static str, &'static str) {
        self.page.headings()
    }
}

/// `GET /wsparcie/{slug}`
async fn detail(State(app): State<App>, page: Page, Path(slug): Path<String>) -> Result<Response> {
    let institution = queries::detail(&app.pool, &slug)
        .await?
        .ok_or_else(|| Error::NotFound(format!("there is no support institution “{slug}”")))?;
    let jsonld = jsonld::script(&describe(&page, &institution));
    let may_edit = page.viewer.as_ref().is_some_and(|viewer| {
        viewer.institutions.contains(&institution.summary.id)
            || viewer.is_official_of(Some(institution.municipality_id))
    });
    html(&DetailPage { page, institution, jsonld, may_edit })
}

/// schema.org `GovernmentOffice` or `Organization`.
fn describe(page: &Page, institution: &Institution) -> serde_json::Value {
    let summary = &institution.summary;
    let public = ["rops", "city_office", "marshal_office"].contains(&summary.kind.as_str());
    let services: Vec<_> = summary
        .services
        .iter()
        .map(|code| json!({ "@type": "Offer", "itemOffered": { "@type": "Service", "name": page.code("service", code) } }))
        .collect();
    jsonld::prune(json!({
        "@context": "https://schema.org",
        "@type": if public { "GovernmentOffice" } else { "Organization" },
        "name": summary.name,
        "description": summary.tagline,
        "url": page.canonical(),
        "sameAs": institution.contact.website,
        "telephone": institution.contact.phone,
        "email": institution.contact.email,
        "parentOrganization": { "@type": "Organization", "name": institution.operator },
        "areaServed": institution.area_of_operation,
        "makesOffer": services,
        "address": summary.place.address_jsonld(),
        "location": { "@type": "Place", "geo": summary.place.geo_jsonld() },
    }))
}
