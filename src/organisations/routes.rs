//! Pages of organisations.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::{
    Filter, Organisation, Own, SORTS, Section, UsedPremises, claims, fields, flags, history, profile, proposals,
    queries, verification,
};
use crate::access::{Routes, Rule};
use crate::app::App;
use crate::error::{Error, Result};
use crate::exchange;
use crate::search;
use crate::search::place::Asked;
use crate::web::list::{PAGE_SIZE, Paging};
use crate::web::list_page::{self, ListPage};
use crate::web::{Badge, Card, Fact, Page, form_page, html, jsonld};

/// Routes of this feature.
pub fn routes() -> Routes {
    Routes::new()
        .get("/organizacje", Rule::ANYONE, list)
        .get("/organizacje/{slug}", Rule::ANYONE, detail)
        .merge(claims::routes())
        .merge(proposals::routes())
        .merge(profile::edit::routes())
        .merge(history::routes())
        .merge(verification::routes())
}

/// `GET /organizacje`
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
    let (kind, layer) = ("organisations", "organisations");
    ListPage { filters: Filter::PARAMS, fields: fields(&page), page, kind, layer, sorts, place, paging, cards }
        .respond()
}

#[derive(Template)]
#[template(path = "organisations/detail.html")]
struct DetailPage {
    page: Page,
    organisation: Organisation,
    badges: Vec<Badge>,
    /// Parts of the page: anchor, words, cards.
    sections: Vec<Section>,
    jsonld: String,
    own: Own,
}

impl DetailPage {
    fn headings(&self) -> (&'static str, &'static str) {
        self.page.headings()
    }
}

/// `GET /organizacje/{slug}`
async fn detail(State(app): State<App>, page: Page, Path(slug): Path<String>) -> Result<Response> {
    let organisation = queries::detail(&app.pool, &slug)
        .await?
        .ok_or_else(|| Error::NotFound(format!("there is no organisation “{slug}”")))?;
    let id = organisation.id;
    let premises = queries::premises_today(&app.pool, id).await?;
    let [offers, demand, equipment] = exchange::cards_of(&app.pool, &page, id).await?;
    let sections = [
        ("oferta", "organisation-offers", offers),
        ("zapotrzebowanie", "organisation-demand", demand),
        ("sprzet", "organisation-equipment", equipment),
        ("lokal", "organisation-premises", premises.iter().map(|premises| premises.card(&page)).collect()),
    ];
    let section =
        |(anchor, title, cards): (&'static str, &str, Vec<Card>)| Section { anchor, title: page.t(title), cards };
    let sections = sections.into_iter().filter(|(_, _, cards)| !cards.is_empty()).map(section).collect();
    let badges = badges(&page, &organisation);
    let own = Own::of(&page, &organisation);
    let jsonld = jsonld::script(&describe(&page, &organisation));
    let detail = DetailPage { page, organisation, badges, sections, jsonld, own };
    if own.may_edit { form_page(StatusCode::OK, &detail.page, &detail) } else { html(&detail) }
}

/// Badges of an organisation's page.
pub(super) fn badges(page: &Page, organisation: &Organisation) -> Vec<Badge> {
    flags(
        page,
        organisation.social_enterprise,
        organisation.public_benefit.then_some("organisation-public-benefit-long"),
        organisation.prosocial_mark,
    )
}

/// schema.org `NGO` or `Organization`.
fn describe(page: &Page, organisation: &Organisation) -> serde_json::Value {
    let of_members = ["social_cooperative", "work_cooperative", "disabled_cooperative", "non_profit_company"];
    let kind = if of_members.contains(&organisation.legal_form.as_str()) { "Organization" } else { "NGO" };
    let activities: Vec<_> = organisation.activities.iter().map(|code| page.code("activity", code)).collect();
    jsonld::prune(json!({
        "@context": "https://schema.org",
        "@type": kind,
        "name": organisation.name,
        "description": organisation.tagline,
        "url": page.canonical(),
        "sameAs": organisation.contact.website,
        "telephone": organisation.contact.phone,
        "email": organisation.contact.email,
        "taxID": organisation.nip,
        "identifier": organisation.krs,
        "knowsAbout": activities,
        "address": organisation.place.address_jsonld(),
        "location": { "@type": "Place", "geo": organisation.place.geo_jsonld() },
    }))
}

impl UsedPremises {
    fn card(&self, page: &Page) -> Card {
        let (mark, icon) = if self.status == "reserved" { ("reserved", "lock") } else { ("occupied", "door-closed") };
        Card {
            item: format!("lokale/{}", self.slug),
            layer: "premises",
            feature_id: Some(self.id),
            position: Some([self.lon, self.lat]),
            mark,
            icon,
            kicker: page.code("use", &self.use_code),
            title: self.name.clone(),
            facts: [
                Fact::of("ruler", page.t("premises-area"), page.lang.area_m2(self.area_m2)),
                Fact::of(
                    "calendar",
                    page.t("organisation-premises-since"),
                    page.x("since", &page.lang.date(self.since)),
                ),
            ]
            .into_iter()
            .flatten()
            .collect(),
            ..Card::default()
        }
    }
}
