//! `place=` of a list: an address as people write it becomes a circle, `near=lon,lat&radius_m=`. It needs no script.

use axum::response::{IntoResponse, Redirect, Response};

use super::queries::{self, Hit};
use crate::app::App;
use crate::error::{Error, Result};
use crate::web::Page;
use crate::web::place_field::{PlaceField, PlaceHit, RADII_M, USUAL_RADIUS_M};

/// Parameters that only ask for a circle; an answer's address has it instead.
const ASKING: [&str; 2] = ["place", "place_radius_m"];

/// How many places are looked through.
const MOST: i64 = 20;

/// How many of them are offered.
const OFFERED: usize = 8;

/// What becomes of a request that may ask for a place.
pub enum Asked {
    /// It leads to the same list with the circle.
    Answer(Box<Response>),
    /// The list is shown with this field: empty, or with what is still to be decided.
    Field(PlaceField),
}

/// Reads `place` and `place_radius_m` of a list whose orders are `sorts`.
///
/// # Errors
/// A parameter is given twice or wrong; the database fails.
pub async fn asked(app: &App, page: &Page, sorts: &[&str]) -> Result<Asked> {
    let text = page.params.one("place")?;
    let wanted = radius(page)?;
    let (near, radius_m) = (page.params.one("near")?, page.params.one("radius_m")?);
    let radius_m = wanted.or(radius_m).unwrap_or(USUAL_RADIUS_M);
    let Some(text) = text else {
        return Ok(match (near, wanted) {
            (Some(near), Some(_)) => go(page, &circle(page, near, radius_m, sorts)),
            _ => Asked::Field(PlaceField::default()),
        });
    };
    if text.chars().count() > 200 {
        return Err(Error::parameter("place", "is longer than 200 characters"));
    }
    let mut hits: Vec<PlaceHit> = Vec::new();
    for hit in places(queries::search(&app.pool, text, MOST).await?) {
        let query = query(page, &hit, radius_m, sorts);
        // Two things at one address are one place.
        if !hits.iter().any(|other| other.query == query) {
            hits.push(PlaceHit { detail: super::routes::detail(page, &hit), label: hit.label, query });
        }
    }
    hits.truncate(OFFERED);
    match &hits[..] {
        [only] => Ok(go(page, &only.query)),
        _ => Ok(Asked::Field(PlaceField { text: text.to_owned(), hits })),
    }
}

/// What can be the middle of a circle: addresses, streets and other places, or, where there is none of them, things that are somewhere.
fn places(hits: Vec<Hit>) -> Vec<Hit> {
    let is_place = |hit: &Hit| hit.item.is_none();
    let somewhere = hits.into_iter().filter(|hit| hit.lon.is_some() && hit.lat.is_some());
    let (places, things): (Vec<Hit>, Vec<Hit>) = somewhere.partition(is_place);
    if places.is_empty() { things } else { places }
}

/// The list's address with a place: its district where it is one, else a circle around it.
fn query(page: &Page, hit: &Hit, radius_m: &str, sorts: &[&str]) -> String {
    let district = page.site.districts.iter().find(|district| hit.kind == "district" && district.name == hit.label);
    if let Some(district) = district {
        let rest = page.params.query(|name, _| !moved(name) && name != "within");
        return joined(rest, &[("within", &district.slug)]);
    }
    let near = format!("{:.5},{:.5}", hit.lon.unwrap_or_default(), hit.lat.unwrap_or_default());
    circle(page, &near, radius_m, sorts)
}

fn circle(page: &Page, near: &str, radius_m: &str, sorts: &[&str]) -> String {
    let rest = page.params.query(|name, _| !moved(name));
    let sorted = page.params.all("sort").next().is_some() || !sorts.contains(&"distance");
    let order: &[(&str, &str)] = if sorted { &[] } else { &[("sort", "distance")] };
    joined(rest, &[&[("near", near), ("radius_m", radius_m)], order].concat())
}

/// Parameters that a new place takes the place of; it also leads to the first page.
fn moved(name: &str) -> bool {
    ASKING.contains(&name) || matches!(name, "near" | "radius_m" | "page")
}

fn joined(rest: String, pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(rest).extend_pairs(pairs).finish()
}

fn go(page: &Page, query: &str) -> Asked {
    Asked::Answer(Box::new(Redirect::to(&format!("{}?{query}", page.path)).into_response()))
}

fn radius(page: &Page) -> Result<Option<&str>> {
    let wanted = page.params.one("place_radius_m")?;
    match wanted.filter(|wanted| !RADII_M.contains(wanted)) {
        Some(wrong) => {
            Err(Error::parameter("place_radius_m", format!("“{wrong}” is not one of {}", RADII_M.join(", "))))
        }
        None => Ok(wanted),
    }
}
