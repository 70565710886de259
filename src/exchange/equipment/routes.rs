//! Pages of equipment.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;

use super::{Equipment, Filter, SORTS, fields, queries};
use crate::access::{Routes, Rule};
use crate::app::App;
use crate::error::{Error, Result};
use crate::exchange;
use crate::web::list::{PAGE_SIZE, Paging};
use crate::web::list_page::{self, ListPage};
use crate::web::{Page, html, jsonld};

/// Routes of equipment.
pub fn routes() -> Routes {
    Routes::new().get("/sprzet", Rule::ANYONE, list).get("/sprzet/{slug}", Rule::ANYONE, detail)
}

/// `GET /sprzet`
async fn list(State(app): State<App>, page: Page) -> Result<Response> {
    let filter = Filter::parse(&page.params)?;
    let sort = list_page::sort(&page, SORTS)?;
    let ids = queries::matching_ids(&app.pool, &filter).await?;
    let paging = Paging::of(&page.params, ids.len())?;
    let rows = queries::summaries(&app.pool, page.lang, &ids, sort, PAGE_SIZE, paging.offset()).await?;
    let cards = rows.iter().map(|row| row.card(&page)).collect();
    let fields = fields(&page, &exchange::queries::categories(&app.pool, page.lang).await?);
    ListPage { page, kind: "equipment", layer: "", fields, sorts: SORTS, paging, cards }.respond()
}

#[derive(Template)]
#[template(path = "exchange/equipment.html")]
struct DetailPage {
    page: Page,
    equipment: Equipment,
    jsonld: String,
}

/// `GET /sprzet/{slug}`
async fn detail(State(app): State<App>, page: Page, Path(slug): Path<String>) -> Result<Response> {
    let equipment = queries::detail(&app.pool, page.lang, &slug)
        .await?
        .ok_or_else(|| Error::NotFound(format!("there is no equipment “{slug}”")))?;
    let jsonld = jsonld::script(&describe(&page, &equipment));
    html(&DetailPage { page, equipment, jsonld })
}

/// schema.org `Offer` of a thing lent or given.
fn describe(page: &Page, equipment: &Equipment) -> serde_json::Value {
    let owner = equipment.party.item().map(|item| page.absolute(&format!("/{item}")));
    // GoodRelations names for what happens to the thing, as schema.org uses them.
    let function = if equipment.mode == "lend" { "LeaseOut" } else { "Dispose" };
    jsonld::prune(json!({
        "@context": "https://schema.org",
        "@type": "Offer",
        "url": page.canonical(),
        "price": 0,
        "priceCurrency": "PLN",
        "businessFunction": format!("http://purl.org/goodrelations/v1#{function}"),
        "offeredBy": { "@type": "Organization", "name": equipment.party.name, "url": owner },
        "itemOffered": {
            "@type": "Product",
            "name": equipment.name,
            "description": equipment.description,
            "category": equipment.category.name,
        },
    }))
}
