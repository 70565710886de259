//! Pages of offers.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::{Filter, OFFER, Offer, SORTS, fields, queries};
use crate::access::{Routes, Rule, Who};
use crate::app::App;
use crate::error::{Error, Result};
use crate::exchange::manage::Manage;
use crate::exchange::{self, near};
use crate::questions;
use crate::search;
use crate::search::place::Asked;
use crate::web::list::{PAGE_SIZE, Paging};
use crate::web::list_page::{self, ListPage};
use crate::web::{Card, Page, PhotoView, form_page, html, jsonld};

/// Routes of offers that everybody may call.
pub fn routes() -> Routes {
    const SEEN: Rule = Rule::of(OFFER, &[Who::Reader, Who::Representative, Who::Official]);
    Routes::new().get("/oferty", Rule::ANYONE, list).get("/oferty/{slug}", SEEN, detail)
}

/// `GET /oferty`
async fn list(State(app): State<App>, page: Page) -> Result<Response> {
    let place = match search::place::asked(&app, &page, SORTS).await? {
        Asked::Answer(answer) => return Ok(*answer),
        Asked::Field(field) => field,
    };
    let filter = Filter::parse(&page.params)?;
    let sort = list_page::sort(&page, SORTS)?;
    let ids = queries::matching_ids(&app.pool, &filter).await?;
    let paging = Paging::of(&page.params, ids.len())?;
    let cards: Vec<Card> = if sort == "distance" {
        let from = near::origin(&app.pool, &page, filter.common.near, filter.common.within.as_deref()).await?;
        let nearest = queries::nearest(&app.pool, &ids, from, PAGE_SIZE, paging.offset()).await?;
        let ids: Vec<i64> = nearest.iter().map(|(id, _)| *id).collect();
        let rows = queries::summaries(&app.pool, page.lang, &ids, "given", PAGE_SIZE, 0).await?;
        near::cards(&page, rows.iter().map(|row| (row.id, row.card(&page))), &nearest)
    } else {
        let rows = queries::summaries(&app.pool, page.lang, &ids, sort, PAGE_SIZE, paging.offset()).await?;
        rows.iter().map(|row| row.card(&page)).collect()
    };
    let fields = fields(&page, &exchange::queries::categories(&app.pool, page.lang).await?);
    ListPage {
        filters: Filter::PARAMS,
        page,
        kind: "offers",
        layer: "",
        fields,
        sorts: SORTS.to_vec(),
        place,
        paging,
        cards,
    }
    .respond()
}

#[derive(Template)]
#[template(path = "exchange/offer.html")]
struct DetailPage {
    page: Page,
    offer: Offer,
    photos: Vec<PhotoView>,
    manage: Option<Manage>,
    questions: questions::View,
    /// Empty where not everybody sees the offer.
    jsonld: String,
}

/// `GET /oferty/{slug}`
async fn detail(State(app): State<App>, page: Page, Path(slug): Path<String>) -> Result<Response> {
    let missing = || Error::NotFound(format!("there is no offer “{slug}”"));
    let offer = queries::detail(&app.pool, page.lang, &slug).await?.ok_or_else(missing)?;
    let manage = offer.manage(&page);
    // The rule lets officials in; drafts of organisations are not for them.
    if !offer.shown && manage.is_none() {
        return Err(missing());
    }
    let photos: Vec<_> =
        queries::photos(&app.pool, offer.id).await?.iter().map(exchange::photos::Picked::view).collect();
    let jsonld = if offer.shown { jsonld::script(&describe(&page, &offer, &photos)) } else { String::new() };
    let manage = manage.filter(|_| !page.is_fragment());
    let questions = questions::of(&app.pool, &page, "offer", offer.id).await?;
    let has_forms = page.viewer.is_some();
    let template = DetailPage { page, offer, photos, manage, questions, jsonld };
    if has_forms {
        return form_page(StatusCode::OK, &template.page, &template);
    }
    html(&template)
}

/// schema.org `Offer` of a `Product` or `Service`.
fn describe(page: &Page, offer: &Offer, photos: &[PhotoView]) -> serde_json::Value {
    let seller = offer.party.item().map(|item| page.absolute(&format!("/{item}")));
    let currency = if offer.price_pln.is_some() { "PLN" } else { "" };
    let images: Vec<String> = photos.iter().map(|photo| page.absolute(&photo.large_url)).collect();
    jsonld::prune(json!({
        "@context": "https://schema.org",
        "@type": "Offer",
        "url": page.canonical(),
        "price": offer.price_pln,
        "priceCurrency": currency,
        "areaServed": offer.delivery(page),
        "seller": { "@type": "Organization", "name": offer.party.name, "url": seller },
        "itemOffered": {
            "@type": if offer.kind == "service" { "Service" } else { "Product" },
            "name": offer.name,
            "description": offer.description,
            "category": offer.category.name,
            "image": images,
        },
    }))
}
