//! Pages of demand.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;

use super::{Demand, Filter, SORTS, fields, queries};
use crate::access::{Routes, Rule};
use crate::app::App;
use crate::error::{Error, Result};
use crate::exchange;
use crate::web::format::iso_date;
use crate::web::list::{PAGE_SIZE, Paging};
use crate::web::list_page::{self, ListPage};
use crate::web::{Page, html, jsonld};

/// Routes of demand.
pub fn routes() -> Routes {
    Routes::new().get("/zapotrzebowanie", Rule::ANYONE, list).get("/zapotrzebowanie/{slug}", Rule::ANYONE, detail)
}

/// `GET /zapotrzebowanie`
async fn list(State(app): State<App>, page: Page) -> Result<Response> {
    let filter = Filter::parse(&page.params)?;
    let sort = list_page::sort(&page, SORTS)?;
    let ids = queries::matching_ids(&app.pool, &filter).await?;
    let paging = Paging::of(&page.params, ids.len())?;
    let rows = queries::summaries(&app.pool, page.lang, &ids, sort, PAGE_SIZE, paging.offset()).await?;
    let cards = rows.iter().map(|row| row.card(&page)).collect();
    let fields = fields(&page, &exchange::queries::categories(&app.pool, page.lang).await?);
    ListPage { page, kind: "demand", layer: "", fields, sorts: SORTS, paging, cards }.respond()
}

#[derive(Template)]
#[template(path = "exchange/demand.html")]
struct DetailPage {
    page: Page,
    demand: Demand,
    jsonld: String,
}

/// `GET /zapotrzebowanie/{slug}`
async fn detail(State(app): State<App>, page: Page, Path(slug): Path<String>) -> Result<Response> {
    let demand = queries::detail(&app.pool, page.lang, &slug)
        .await?
        .ok_or_else(|| Error::NotFound(format!("there is no demand “{slug}”")))?;
    let jsonld = jsonld::script(&describe(&page, &demand));
    html(&DetailPage { page, demand, jsonld })
}

/// schema.org `Demand`.
fn describe(page: &Page, demand: &Demand) -> serde_json::Value {
    let author = demand.party.item().map(|item| page.absolute(&format!("/{item}")));
    let budget = match (demand.budget_min_pln, demand.budget_max_pln) {
        (None, None) => serde_json::Value::Null,
        (min, max) => {
            json!({ "@type": "PriceSpecification", "minPrice": min, "maxPrice": max, "priceCurrency": "PLN" })
        }
    };
    jsonld::prune(json!({
        "@context": "https://schema.org",
        "@type": "Demand",
        "url": page.canonical(),
        "name": demand.name,
        "description": demand.description,
        "validThrough": demand.deadline.map(iso_date),
        "priceSpecification": budget,
        "itemOffered": { "@type": "Product", "name": demand.name, "category": demand.category.name },
        "seller": { "@type": "Organization", "name": demand.party.name, "url": author },
    }))
}
