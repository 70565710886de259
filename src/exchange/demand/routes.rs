//! Pages of demand.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::attachments::Attached;
use super::{DEMAND, Demand, Filter, SORTS, fields, queries};
use crate::access::{Routes, Rule, Who};
use crate::app::App;
use crate::error::{Error, Result};
use crate::exchange::manage::Manage;
use crate::exchange::{self, near};
use crate::questions;
use crate::search;
use crate::search::place::Asked;
use crate::web::format::iso_date;
use crate::web::list::{PAGE_SIZE, Paging};
use crate::web::list_page::{self, ListPage};
use crate::web::{Card, Page, form_page, html, jsonld};

/// Routes of demand that everybody may call.
pub fn routes() -> Routes {
    const SEEN: Rule = Rule::of(DEMAND, &[Who::Reader, Who::Author, Who::Representative, Who::Official]);
    Routes::new().get("/zapotrzebowanie", Rule::ANYONE, list).get("/zapotrzebowanie/{slug}", SEEN, detail)
}

/// `GET /zapotrzebowanie`
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
        kind: "demand",
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
#[template(path = "exchange/demand.html")]
struct DetailPage {
    page: Page,
    demand: Demand,
    attachments: Vec<Attached>,
    manage: Option<Manage>,
    questions: questions::View,
    /// Empty where not everybody sees the demand.
    jsonld: String,
}

/// `GET /zapotrzebowanie/{slug}`
async fn detail(State(app): State<App>, page: Page, Path(slug): Path<String>) -> Result<Response> {
    let missing = || Error::NotFound(format!("there is no demand “{slug}”"));
    let demand = queries::detail(&app.pool, page.lang, &slug).await?.ok_or_else(missing)?;
    let manage = demand.manage(&page);
    // The rule lets officials in; drafts of others are not for them.
    if !demand.shown && manage.is_none() {
        return Err(missing());
    }
    let attachments = queries::attachments(&app.pool, demand.id).await?;
    let jsonld = if demand.shown { jsonld::script(&describe(&page, &demand)) } else { String::new() };
    let manage = manage.filter(|_| !page.is_fragment());
    let questions = questions::of(&app.pool, &page, "demand", demand.id).await?;
    let has_forms = page.viewer.is_some();
    let template = DetailPage { page, demand, attachments, manage, questions, jsonld };
    if has_forms {
        return form_page(StatusCode::OK, &template.page, &template);
    }
    html(&template)
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
        "seller": { "@type": if demand.by_person { "Person" } else { "Organization" }, "name": demand.party.name, "url": author },
    }))
}
