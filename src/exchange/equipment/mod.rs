//! Equipment: things lent or given to organisations free of charge.

pub mod detail;
pub mod edit;
mod form;
pub mod queries;
pub mod routes;

use super::loans::Side;
use super::manage::{Hand, Manage};
use super::offers::step;
use super::{Category, Party, category_field, wanted_categories};
use crate::access::{Owned, Thing, Viewer};
use crate::error::Result;
use crate::web::list::Common;
use crate::web::{Badge, Card, Fact, Field, Page, Params, PhotoView};

/// A thing in the path of a route.
pub const EQUIPMENT: Thing =
    Thing { name: "equipment", find: |pool, slug| Box::pin(async move { queries::owned(&pool, &slug).await }) };

/// A thing whose owner alone decides about it: of what an organisation has, officials leave the days to it.
pub const OWN_EQUIPMENT: Thing = Thing {
    name: "own equipment",
    find: |pool, slug| {
        Box::pin(async move {
            let owned = queries::owned(&pool, &slug).await?;
            Ok(owned.map(|owned| Owned {
                municipality_id: owned.municipality_id.filter(|_| owned.organisation_id.is_none()),
                ..owned
            }))
        })
    },
};

/// Codes of modes.
pub const MODES: &[&str] = &["lend", "give"];

/// Orders of the list, the usual one first.
pub const SORTS: &[&str] = &["name", "category", "newest"];

/// Which things are meant. Empty lists mean any.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Text; box and district of the owner.
    pub common: Common,
    /// Any of these categories.
    pub category: Vec<String>,
    /// Any of these modes.
    pub mode: Vec<String>,
}

impl Filter {
    /// Names of its parameters.
    pub const PARAMS: &[&str] = &["q", "bbox", "within", "category", "mode", "near", "radius_m", "area"];

    /// Reads it from the query string.
    ///
    /// # Errors
    /// A value is wrong; the error names its parameter.
    pub fn parse(params: &Params) -> Result<Self> {
        Ok(Self {
            common: Common::parse(params)?,
            category: wanted_categories(params)?,
            mode: params.codes("mode", MODES)?,
        })
    }
}

/// The filters as a form shows them, beside the text.
pub fn fields(page: &Page, categories: &[Category]) -> Vec<Field> {
    vec![category_field(page, categories), Field::codes(page, "mode", "mode", MODES)]
}

/// A thing lent or given.
#[derive(Debug, Clone)]
pub struct Equipment {
    /// Internal key.
    pub id: i64,
    /// Name in web addresses.
    pub slug: String,
    /// What it is, in a few words.
    pub name: String,
    /// Plain text.
    pub description: String,
    /// Category.
    pub category: Category,
    /// `lend` or `give`.
    pub mode: String,
    /// How many pieces.
    pub quantity: i32,
    /// On what terms, in words.
    pub terms: String,
    /// `draft`, `published`, `archived` or `hidden`.
    pub state: String,
    /// True while everybody sees it.
    pub shown: bool,
    /// Counts changes.
    pub version: i32,
    /// Municipality.
    pub municipality_id: i64,
    /// True once everybody saw it.
    pub was_published: bool,
    /// Its first photo.
    pub photo: Option<PhotoView>,
    /// Whose it is.
    pub party: Party,
}

impl Equipment {
    /// Lent or given.
    pub fn badge(&self, page: &Page) -> Badge {
        let (icon, class) = if self.mode == "give" { ("gift", "badge-brand") } else { ("repeat", "badge-info") };
        Badge::new(icon, page.code("mode", &self.mode)).class(class)
    }

    /// How many pieces, in words.
    pub fn pieces(&self, page: &Page) -> String {
        page.n("equipment-pieces", &i64::from(self.quantity))
    }

    /// Whose it is, as far as loans are concerned.
    pub fn owner(&self) -> Side {
        Side {
            organisation: self.party.organisation.clone(),
            municipality_id: self.municipality_id,
            name: self.party.name.clone(),
            whole_office: true,
        }
    }

    /// Who somebody is to this thing.
    pub fn hand(&self, viewer: &Viewer) -> Hand {
        let office = viewer.is_official_of(Some(self.municipality_id));
        Hand { owner: self.owner().is(viewer), office }
    }

    /// What somebody may do with it; nothing for whoever may not. Officials leave the drafts of organisations to them.
    pub fn manage(&self, page: &Page) -> Option<Manage> {
        let viewer = page.viewer.as_deref().filter(|viewer| viewer.pending.is_none())?;
        let hand = self.hand(viewer);
        if !hand.owner && (!hand.office || self.state == "draft") {
            return None;
        }
        let all = ["publish", "draft", "archive", "hide", "show", "delete"];
        let can = all.into_iter().filter(|action| step(&self.state, action, hand, self.was_published).is_some());
        let path = format!("/sprzet/{}", self.slug);
        Some(Manage::new(page, "equipment", path, &self.state, &can.collect::<Vec<_>>(), true))
    }

    /// The card that lists and the map's panel draw.
    pub fn card(&self, page: &Page) -> Card {
        self.party.on(Card {
            item: format!("sprzet/{}", self.slug),
            mark: "equipment",
            icon: "wrench",
            photo: self.photo.clone(),
            kicker: self.category.name.clone(),
            title: self.name.clone(),
            badges: vec![self.badge(page)],
            facts: [
                Fact::of("box", page.t("equipment-quantity"), self.pieces(page)),
                Fact::of("users", page.t("equipment-owner"), self.party.name.clone()),
            ]
            .into_iter()
            .flatten()
            .collect(),
            ..Card::default()
        })
    }
}
