//! The page of a thing: what it is, when it is free, who asked for it, and the forms for asking.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use time::Duration;

use super::{Equipment, queries};
use crate::access::Viewer;
use crate::app::App;
use crate::error::{Error, Result};
use crate::exchange;
use crate::exchange::loans::calendar::{self, Free, Month};
use crate::exchange::loans::queries::Which;
use crate::exchange::loans::routes::borrowers;
use crate::exchange::loans::{self, Loan, Step};
use crate::exchange::manage::Manage;
use crate::exchange::photos::Picked;
use crate::questions;
use crate::web::format::{iso_date, parse_iso_date};
use crate::web::{Form, FormView, Page, PhotoView, form_page, jsonld};

/// How many months the page shows.
const MONTHS: i32 = 3;

/// Forms of the page that have to be filled in again.
#[derive(Debug, Clone, Default)]
pub struct Forms {
    wish: Option<FormView>,
    keeping: Option<FormView>,
}

impl Forms {
    /// The one that asks for the thing.
    pub fn wish(form: FormView) -> Self {
        Self { wish: Some(form), ..Self::default() }
    }

    /// The one with which an owner keeps days.
    pub fn keeping(form: FormView) -> Self {
        Self { keeping: Some(form), ..Self::default() }
    }
}

/// What the page says of the bank: when the thing is free, and who asked for it.
struct Bank {
    months: Vec<Month>,
    /// Addresses of the months before and after.
    earlier: Option<String>,
    later: Option<String>,
    /// For whom the viewer can ask.
    borrowers: Vec<(String, String)>,
    /// True where somebody is there to answer.
    answered: bool,
    /// True for whoever lends it.
    own: bool,
    /// What the viewer takes part in, with what they may do next.
    loans: Vec<(Loan, Vec<Step>)>,
    wish: FormView,
    keeping: FormView,
    /// True where the form for keeping days is to be seen at once.
    keeping_open: bool,
    /// Attributes of fields for days: which ones make sense.
    day_limits: String,
}

#[derive(Template)]
#[template(path = "exchange/equipment.html")]
struct DetailPage {
    page: Page,
    equipment: Equipment,
    photos: Vec<PhotoView>,
    manage: Option<Manage>,
    bank: Bank,
    questions: questions::View,
    /// Empty where not everybody sees the thing.
    jsonld: String,
}

/// `GET /sprzet/{slug}`
pub(super) async fn detail(State(app): State<App>, page: Page, Path(slug): Path<String>) -> Result<Response> {
    let missing = || Error::NotFound(format!("there is no equipment “{slug}”"));
    let equipment = queries::detail(&app.pool, page.lang, &slug).await?.ok_or_else(missing)?;
    // The rule lets officials in; drafts of organisations are not for them.
    if !equipment.shown && equipment.manage(&page).is_none() {
        return Err(missing());
    }
    respond(&app, &page, equipment, Forms::default()).await
}

/// The page of a thing; with forms that have to be filled in again it says 422.
///
/// # Errors
/// `month` is no month, or the database fails.
pub async fn respond(app: &App, page: &Page, equipment: Equipment, forms: Forms) -> Result<Response> {
    // A form that was sent elsewhere comes back on the page of its thing.
    let page = Page { path: format!("/sprzet/{}", equipment.slug), ..page.clone() };
    let status = match forms {
        Forms { wish: None, keeping: None } => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let photos: Vec<PhotoView> = queries::photos(&app.pool, equipment.id).await?.iter().map(Picked::view).collect();
    let jsonld = if equipment.shown { jsonld::script(&describe(&page, &equipment, &photos)) } else { String::new() };
    let manage = equipment.manage(&page).filter(|_| !page.is_fragment());
    let bank = bank(app, &page, &equipment, forms).await?;
    let questions = questions::of(&app.pool, &page, "equipment", equipment.id).await?;
    let has_forms = page.viewer.is_some();
    let template = DetailPage { page, equipment, photos, manage, bank, questions, jsonld };
    if has_forms {
        return form_page(status, &template.page, &template);
    }
    crate::web::html(&template)
}

async fn bank(app: &App, page: &Page, equipment: &Equipment, forms: Forms) -> Result<Bank> {
    let today = exchange::queries::today(&app.pool).await?;
    let this = calendar::month_of(today);
    let first = match page.params.one("month")? {
        Some(month) => parse_iso_date(&format!("{month}-01"))
            .ok_or_else(|| Error::parameter("month", format!("“{month}” is not a month like 2026-11")))?,
        None => this,
    };
    let mut months = Vec::new();
    let lent = equipment.mode == "lend";
    if lent {
        let end = calendar::later(first, MONTHS);
        let taken = loans::queries::taken(&app.pool, equipment.id, first, end).await?;
        months = calendar::months(first, MONTHS, today, equipment.quantity.into(), &taken);
    }
    // Nobody can ask for days that are over, or more than a year ahead.
    let link = |months: i32| {
        let month = calendar::later(first, months);
        let to = if month < this { this } else { month };
        let ahead = to <= calendar::later(this, 12);
        (to != first && ahead).then(|| {
            let month = iso_date(to);
            format!("/sprzet/{}?month={}#kalendarz", equipment.slug, &month[..7])
        })
    };
    let viewer: Option<&Viewer> = page.viewer.as_deref().filter(|viewer| viewer.pending.is_none());
    let owner = equipment.owner();
    let mut connection = app.pool.acquire().await?;
    let answered = !loans::people(&mut connection, &owner).await?.is_empty();
    drop(connection);
    let mut taking_part = Vec::new();
    if let Some(viewer) = viewer {
        let all = loans::queries::find(&app.pool, Which { equipment_id: Some(equipment.id), ..Which::default() });
        for loan in all.await? {
            if loan.is_owner(viewer) || loan.is_borrower(viewer) {
                let steps = loan.steps(viewer);
                taking_part.push((loan, steps));
            }
        }
    }
    let borrowers = viewer.map(|viewer| borrowers(viewer, &owner)).unwrap_or_default();
    Ok(Bank {
        months,
        earlier: link(-MONTHS),
        later: link(MONTHS),
        borrowers,
        answered,
        own: viewer.is_some_and(|viewer| owner.is(viewer)),
        loans: taking_part,
        keeping_open: forms.keeping.is_some(),
        wish: forms.wish.unwrap_or_else(|| Form::of([("pieces", "1".to_owned())]).view()),
        keeping: forms.keeping.unwrap_or_else(|| Form::of([("pieces", equipment.quantity.to_string())]).view()),
        day_limits: format!(
            "required min=\"{}\" max=\"{}\"",
            iso_date(today),
            iso_date(today + Duration::days(loans::AHEAD_DAYS + loans::LONGEST_DAYS))
        ),
    })
}

/// schema.org `Offer` of a thing lent or given.
fn describe(page: &Page, equipment: &Equipment, photos: &[PhotoView]) -> serde_json::Value {
    let owner = equipment.party.item().map(|item| page.absolute(&format!("/{item}")));
    let images: Vec<String> = photos.iter().map(|photo| page.absolute(&photo.large_url)).collect();
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
            "image": images,
        },
    }))
}
