//! Pages of offers.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;

use super::{Filter, Offer, SORTS, fields, queries};
use crate::access::{Routes, Rule};
use crate::app::App;
use crate::error::{Error, Result};
use crate::exchange;
use crate::web::list::{PAGE_SIZE, Paging};
use crate::web::list_page::{self, ListPage};
use crate::web::{Page, html, jsonld};

/// Routes of offers.
pub fn routes() -> Routes {
    Routes::new().get("/oferty", Rule::ANYONE, list).get("/oferty/{slug}", Rule::ANYONE, detail)
}

/// `GET /oferty`
async fn list(State(app): State<App>, page: Page) -> Result<Response> {
    let filter = Filter::parse(&page.params)?;
    let sort = list_page::sort(&page, SORTS)?;
    let ids = queries::matching_ids(&app.pool, &filter).await?;
    let paging = Paging::of(&page.params, ids.len())?;
    let rows = queries::summaries(&app.pool, page.lang, &ids, sort, PAGE_SIZE, paging.offset()).await?;
    let cards = rows.iter().map(|row| row.card(&page)).collect();
    let fields = fields(&page, &exchange::queries::categories(&app.pool, page.lang).await?);
    ListPage { page, kind: "offers", layer: "", fields, sorts: SORTS, paging, cards }.respond()
}

#[derive(Template)]
#[template(path = "exchange/offer.html")]
struct DetailPage {
    page: Page,
    offer: Offer,
    jsonld: String,
}

/// `GET /oferty/{slug}`
async fn detail(State(app): State<App>, page: Page, Path(slug): Path<String>) -> Result<Response> {
    let offer = queries::detail(&app.pool, page.lang, &slug)
        .await?
        .ok_or_else(|| Error::NotFound(format!("there is no offer “{slug}”")))?;
    let jsonld = jsonld::script(&describe(&page, &offer));
    html(&DetailPage { page, offer, jsonld })
}

/// schema.org `Offer` of a `Product` or `Service`.
fn describe(page: &Page, offer: &Offer) -> serde_json::Value {
    let seller = offer.party.item().map(|item| page.absolute(&format!("/{item}")));
    let currency = if offer.price_pln.is_some() { "PLN" } else { "" };
    jsonld::prune(json!({
        "@context": "https://schema.org",
        "@type": "Offer",
        "url": page.canonical(),
        "price": offer.price_pln,
        "priceCurrency": currency,
        "areaServed": offer.delivery_area,
        "seller": { "@type": "Organization", "name": offer.party.name, "url": seller },
        "itemOffered": {
            "@type": if offer.kind == "service" { "Service" } else { "Product" },
            "name": offer.name,
            "description": offer.description,
            "category": offer.category.name,
        },
    }))
}
