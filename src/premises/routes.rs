//! Pages of the premises.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;

use super::rent::RentPolicy;
use super::{Filter, Period, Premises, SORTS, fields, mark, media, queries, status_badge};
use crate::access::{Routes, Rule};
use crate::app::App;
use crate::error::{Error, Result};
use crate::search;
use crate::search::place::Asked;
use crate::web::list::{PAGE_SIZE, Paging};
use crate::web::list_page::{self, ListPage};
use crate::web::{Badge, Field, Page, html, jsonld};

/// Addresses of this feature.
pub fn routes() -> Routes {
    Routes::new().get("/lokale", Rule::ANYONE, list).get("/lokale/{slug}", Rule::ANYONE, detail).get(
        "/media/{file}",
        Rule::OPEN,
        media::picture,
    )
}

/// `GET /lokale`
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
    let rows =
        queries::summaries(&app.pool, &ids, filter.on, sort, filter.common.near, PAGE_SIZE, paging.offset()).await?;
    let cards = rows.iter().map(|row| row.card(&page)).collect();
    let cards = list_page::with_distances(&page, filter.common.near, cards);
    // Beside each status stands how many units would be listed with it.
    let any_status = Filter { statuses: Vec::new(), ..filter.clone() };
    let others = if filter.statuses.is_empty() { ids } else { queries::matching_ids(&app.pool, &any_status).await? };
    let counts = queries::status_counts(&app.pool, &others, filter.on).await?;
    let administrators = queries::administrators(&app.pool).await?;
    let mut fields: Vec<Field> = fields(&page).into_iter().map(|field| field.counted("status", &counts)).collect();
    fields.push(Field::pick(&page, "administrator", administrators.into_iter().map(|one| (one.slug, one.name))));
    fields.push(Field::day(&page, "on"));
    let (kind, layer) = ("premises", "premises");
    ListPage { filters: Filter::PARAMS, fields, page, kind, layer, sorts, place, paging, cards }.respond()
}

#[derive(Template)]
#[template(path = "premises/detail.html")]
struct DetailPage {
    page: Page,
    premises: Premises,
    status: Badge,
    rent_policy: Option<RentPolicy>,
    jsonld: String,
}

impl DetailPage {
    /// One sentence for search engines and shared links.
    fn description(&self) -> String {
        let summary = &self.premises.summary;
        let mut parts = vec![
            self.page.code("status", &summary.status),
            self.page.lang.area_m2(summary.area_m2),
            self.page.code("storey", &summary.storey),
            self.page.code("use", &summary.use_code),
            summary.place.district.clone(),
        ];
        parts.retain(|part| !part.is_empty());
        format!("{}: {}", self.page.t("premises-one"), parts.join(", "))
    }

    fn marks(&self) -> (&'static str, &'static str) {
        mark(&self.premises.summary.status)
    }

    fn status_of(&self, period: &Period) -> Badge {
        status_badge(&self.page, &period.status)
    }

    /// First and last day of a period: `01.03.2024 – 28.02.2026`, `od 01.03.2026`.
    fn span(&self, period: &Period) -> String {
        let from = self.page.lang.date(period.from);
        match period.to {
            Some(to) => format!("{from} – {}", self.page.lang.date(to)),
            None => self.page.x("premises-since", &from),
        }
    }
}

/// `GET /lokale/{slug}`
async fn detail(State(app): State<App>, page: Page, Path(slug): Path<String>) -> Result<Response> {
    let premises = queries::detail(&app.pool, &slug)
        .await?
        .ok_or_else(|| Error::NotFound(format!("there are no premises “{slug}”")))?;
    let status = status_badge(&page, &premises.summary.status);
    let rent_policy = app.config.rent_policies.iter().find(|policy| policy.teryt == premises.teryt).cloned();
    let jsonld = jsonld::script(&describe(&page, &premises));
    html(&DetailPage { page, premises, status, rent_policy, jsonld })
}

/// schema.org `Accommodation`; area in m² (UN/CEFACT code MTK).
fn describe(page: &Page, premises: &Premises) -> serde_json::Value {
    let summary = &premises.summary;
    let feature = |code: &String| json!({ "@type": "LocationFeatureSpecification", "name": page.code("utility", code), "value": true });
    let photos: Vec<_> = premises.photos.iter().map(|photo| page.absolute(&format!("/media/{}", photo.file))).collect();
    jsonld::prune(json!({
        "@context": "https://schema.org",
        "@type": "Accommodation",
        "name": summary.name,
        "description": page.code("status-help", &summary.status),
        "url": page.canonical(),
        "floorSize": { "@type": "QuantitativeValue", "value": summary.area_m2, "unitCode": "MTK" },
        "floorLevel": page.code("storey", &summary.storey),
        "amenityFeature": premises.utilities.iter().map(feature).collect::<Vec<_>>(),
        "image": photos,
        "address": summary.place.address_jsonld(),
        "geo": summary.place.geo_jsonld(),
    }))
}
