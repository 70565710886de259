//! Pages of equipment.

use axum::extract::State;
use axum::response::Response;

use super::{EQUIPMENT, Filter, SORTS, detail, fields, queries};
use crate::access::{Routes, Rule, Who};
use crate::app::App;
use crate::error::Result;
use crate::exchange;
use crate::search;
use crate::search::place::Asked;
use crate::web::Page;
use crate::web::list::{PAGE_SIZE, Paging};
use crate::web::list_page::{self, ListPage};

/// Routes of equipment that everybody may call.
pub fn routes() -> Routes {
    const SEEN: Rule = Rule::of(EQUIPMENT, &[Who::Reader, Who::Representative, Who::Official]);
    Routes::new().get("/sprzet", Rule::ANYONE, list).get("/sprzet/{slug}", SEEN, detail::detail)
}

/// `GET /sprzet`
async fn list(State(app): State<App>, page: Page) -> Result<Response> {
    let place = match search::place::asked(&app, &page, SORTS).await? {
        Asked::Answer(answer) => return Ok(*answer),
        Asked::Field(field) => field,
    };
    let filter = Filter::parse(&page.params)?;
    let sort = list_page::sort(&page, SORTS)?;
    let ids = queries::matching_ids(&app.pool, &filter).await?;
    let paging = Paging::of(&page.params, ids.len())?;
    let rows = queries::summaries(&app.pool, page.lang, &ids, sort, PAGE_SIZE, paging.offset()).await?;
    let cards = rows.iter().map(|row| row.card(&page)).collect();
    let fields = fields(&page, &exchange::queries::categories(&app.pool, page.lang).await?);
    ListPage {
        filters: Filter::PARAMS,
        page,
        kind: "equipment",
        layer: "",
        fields,
        sorts: SORTS.to_vec(),
        place,
        paging,
        cards,
    }
    .respond()
}
