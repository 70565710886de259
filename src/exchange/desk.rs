//! `/panel/gielda`: everything that somebody has on the exchange, with what to do next.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::manage::{DESK, Manage};
use super::{demand, equipment, offers};
use crate::access::queries::begin_as;
use crate::access::{Post, Routes, Rule, Viewer};
use crate::app::App;
use crate::error::{Error, Result};
use crate::notices;
use crate::web::{Fact, Page, form_page};

/// Most things of a kind that the overview shows.
const MOST: i64 = 300;

/// Routes of the overview.
pub fn routes() -> Routes {
    Routes::new().get("/panel/gielda", Rule::SIGNED_IN, desk).post(
        "/panel/gielda/powiadomienia",
        Rule::SIGNED_IN,
        set_mails,
    )
}

/// A thing of somebody's.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its name.
    pub title: String,
    /// Short facts.
    pub facts: Vec<Fact>,
    /// Its state and what can be done.
    pub manage: Manage,
}

/// Things of one kind.
#[derive(Debug, Clone)]
pub struct Part {
    /// Prefix of its words: `desk-{kind}`, and after it `-new`, `-empty` and `-nobody`.
    pub kind: &'static str,
    /// Where a new one is made; none where this account cannot make one.
    pub add: Option<&'static str>,
    /// The things, those that wait for their owner first.
    pub rows: Vec<Row>,
}

impl Part {
    fn word(&self, page: &Page, what: &str) -> String {
        page.t(&format!("desk-{}-{what}", self.kind))
    }
}

#[derive(Template)]
#[template(path = "exchange/desk.html")]
struct DeskPage {
    page: Page,
    parts: Vec<Part>,
    /// Whether mails tell of demand that fits; none for those who offer nothing.
    mails: Option<bool>,
}

/// `GET /panel/gielda`
async fn desk(State(app): State<App>, page: Page) -> Result<Response> {
    let viewer = page.viewer.clone().ok_or(Error::SignIn)?;
    let parts = vec![
        offers_of(&app, &page, &viewer).await?,
        demand_of(&app, &page, &viewer).await?,
        equipment_of(&app, &page, &viewer).await?,
    ];
    let mails = match viewer.organisations.is_empty() {
        true => None,
        false => Some(notices::queries::wants_matches(&app.pool, viewer.account_id).await?),
    };
    let template = DeskPage { page, parts, mails };
    form_page(StatusCode::OK, &template.page, &template)
}

/// Drafts and what else waits for its owner come first.
fn sorted<T>(mut things: Vec<T>, state: impl Fn(&T) -> &str) -> Vec<T> {
    let order = ["draft", "hidden", "pending", "answered", "open", "published", "closed"];
    things.sort_by_key(|thing| order.iter().position(|known| *known == state(thing)).unwrap_or(order.len()));
    things
}

async fn offers_of(app: &App, page: &Page, viewer: &Viewer) -> Result<Part> {
    let organisations: Vec<i64> = viewer.organisations.iter().map(|one| one.id).collect();
    let ids = offers::queries::ids_of(&app.pool, &organisations).await?;
    let found = offers::queries::summaries(&app.pool, page.lang, &ids, "newest", MOST, 0).await?;
    let row = |offer: &offers::Offer| {
        let whose = if organisations.len() > 1 { offer.party.name.clone() } else { String::new() };
        let facts = [
            Fact::of("wallet", page.t("offer-price"), offer.price(page)),
            Fact::of("users", page.t("organisation"), whose),
        ];
        let manage = offer.manage(page)?;
        Some(Row { title: offer.name.clone(), facts: facts.into_iter().flatten().collect(), manage })
    };
    let rows = sorted(found, |offer| &offer.state).iter().filter_map(row).collect();
    Ok(Part { kind: "offers", add: (!organisations.is_empty()).then_some("/oferty/nowa"), rows })
}

async fn demand_of(app: &App, page: &Page, viewer: &Viewer) -> Result<Part> {
    let ids = demand::queries::ids_of(&app.pool, viewer).await?;
    let found = demand::queries::summaries(&app.pool, page.lang, &ids, "newest", MOST, 0).await?;
    let row = |demand: &demand::Demand| {
        let deadline = demand.deadline.map(|day| page.x("until", &page.lang.date(day))).unwrap_or_default();
        let facts = [
            Fact::of("calendar", page.t("demand-deadline"), deadline),
            Fact::of("users", page.t("demand-author"), demand.party.name.clone()),
        ];
        let manage = demand.manage(page)?;
        Some(Row { title: demand.name.clone(), facts: facts.into_iter().flatten().collect(), manage })
    };
    let rows = sorted(found, |demand| &demand.state).iter().filter_map(row).collect();
    Ok(Part { kind: "demand", add: Some("/zapotrzebowanie/nowe"), rows })
}

async fn equipment_of(app: &App, page: &Page, viewer: &Viewer) -> Result<Part> {
    let organisations: Vec<i64> = viewer.organisations.iter().map(|one| one.id).collect();
    let office = viewer.municipality_id.filter(|_| viewer.is_office());
    let ids = equipment::queries::ids_of(&app.pool, &organisations, office).await?;
    let found = equipment::queries::summaries(&app.pool, page.lang, &ids, "newest", MOST, 0).await?;
    let row = |thing: &equipment::Equipment| {
        let facts = [
            Fact::of("repeat", page.t("filter-mode"), page.code("mode", &thing.mode)),
            Fact::of("box", page.t("equipment-quantity"), thing.pieces(page)),
            Fact::of("users", page.t("equipment-owner"), thing.party.name.clone()),
        ];
        let manage = thing.manage(page)?;
        Some(Row { title: thing.name.clone(), facts: facts.into_iter().flatten().collect(), manage })
    };
    let rows = sorted(found, |thing| &thing.state).iter().filter_map(row).collect();
    let add = (!equipment::edit::owners(viewer).is_empty()).then_some("/sprzet/nowy");
    Ok(Part { kind: "equipment", add, rows })
}

/// `POST /panel/gielda/powiadomienia`
async fn set_mails(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let wants = match post.form.value("do") {
        "on" => true,
        "off" => false,
        _ => return Err(Error::BadForm("“do” is neither on nor off".to_owned())),
    };
    let mut tx = begin_as(&post.app.pool, &viewer).await?;
    notices::queries::set_wants_matches(&mut tx, viewer.account_id, wants).await?;
    tx.commit().await?;
    Ok(Post::see(DESK))
}
