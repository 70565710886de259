//! An offer as its form sends it.

use super::{DELIVERY_KINDS, KINDS, Offer};
use crate::access::Post;
use crate::error::Result;
use crate::exchange::photos::{self, Picked};
use crate::exchange::queries;
use crate::web::{Check, Form};

/// Dearest offer, PLN.
const DEAREST_PLN: f64 = 10_000_000.0;

/// What a form may change of an offer.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// `product` or `service`.
    pub kind: &'static str,
    /// What it is, in a few words.
    pub name: String,
    /// Plain text.
    pub description: String,
    /// Code of the category.
    pub category: String,
    /// Price with tax, PLN; none = by arrangement.
    pub price_pln: Option<f64>,
    /// What the price is for.
    pub price_unit: String,
    /// Code of how far it is delivered.
    pub delivery_kind: &'static str,
    /// How far from the organisation, metres.
    pub delivery_radius_m: Option<i32>,
    /// Slugs of the districts that it is delivered to.
    pub districts: Vec<String>,
    /// Photos in their order.
    pub photos: Vec<Picked>,
}

/// What can be chosen in the form: value and words.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    /// Categories.
    pub categories: Vec<(String, String)>,
    /// Districts of the organisation's municipality.
    pub districts: Vec<(String, String)>,
}

impl Choices {
    /// Those for an offer of this municipality; none = the organisation is still to be chosen.
    pub async fn of(post: &crate::app::App, lang: crate::web::Lang, municipality_id: Option<i64>) -> Result<Self> {
        let categories = queries::categories(&post.pool, lang).await?;
        let districts = match municipality_id {
            Some(id) => queries::districts(&post.pool, id).await?,
            None => Vec::new(),
        };
        let categories = categories.into_iter().map(|category| (category.code, category.name)).collect();
        Ok(Self { categories, districts })
    }
}

/// Reads the form; what is wrong is noted at its field. `attached` are the photos that the offer has.
pub(super) async fn read(post: &Post, check: &mut Check<'_>, choices: &Choices, attached: &[i64]) -> Result<Draft> {
    fn values(pairs: &[(String, String)]) -> Vec<&str> {
        pairs.iter().map(|(value, _)| value.as_str()).collect()
    }
    let mut draft = Draft {
        kind: check.choice("kind", KINDS),
        name: check.line("name", 3..=120),
        category: check.choice("category", &values(&choices.categories)).to_owned(),
        description: check.text("description", 10..=5000),
        ..Draft::default()
    };
    if check.choice("price_kind", &["fixed", "arrangement"]) == "fixed" {
        draft.price_pln = check.number("price_pln", 0.0..=DEAREST_PLN);
        draft.price_unit = check.line("price_unit", 0..=40);
        if draft.price_pln.is_none() {
            check.fail("price_pln", "offer-error-price");
        }
    }
    draft.delivery_kind = check.choice("delivery_kind", DELIVERY_KINDS);
    match draft.delivery_kind {
        "districts" => {
            draft.districts = check.choices("districts", &values(&choices.districts));
            if draft.districts.is_empty() {
                check.fail("districts", "offer-error-districts");
            }
        }
        "radius" => {
            draft.delivery_radius_m = check.integer("delivery_radius_km", 1..=500).map(|km| km * 1000);
            if draft.delivery_radius_m.is_none() {
                check.fail("delivery_radius_km", "offer-error-radius");
            }
        }
        _ => {}
    }
    draft.photos = photos::read(post, check, attached).await?;
    Ok(draft)
}

/// An offer as its form shows it.
pub(super) fn filled(offer: &Offer) -> Form {
    let number = |price: f64| format!("{price:.2}").replace('.', ",");
    let mut fields = vec![
        ("kind", offer.kind.clone()),
        ("name", offer.name.clone()),
        ("category", offer.category.code.clone()),
        ("description", offer.description.clone()),
        ("price_kind", if offer.price_pln.is_some() { "fixed" } else { "arrangement" }.to_owned()),
        ("price_pln", offer.price_pln.map(number).unwrap_or_default()),
        ("price_unit", offer.price_unit.clone()),
        ("delivery_kind", offer.delivery_kind.clone().unwrap_or_default()),
        (
            "delivery_radius_km",
            offer.delivery_radius_m.map(|metres| (metres / 1000).max(1).to_string()).unwrap_or_default(),
        ),
    ];
    fields.extend(offer.district_slugs.iter().map(|slug| ("districts", slug.clone())));
    Form::of(fields)
}
