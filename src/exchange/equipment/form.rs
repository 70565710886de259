//! A thing as its form sends it.

use super::{Equipment, MODES};
use crate::access::Post;
use crate::error::Result;
use crate::exchange::photos::{self, Picked};
use crate::web::{Check, Form};

/// Most pieces of a thing.
const MOST_PIECES: i32 = 1000;

/// What a form may change of a thing.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// What it is, in a few words.
    pub name: String,
    /// Plain text.
    pub description: String,
    /// Code of the category.
    pub category: String,
    /// `lend` or `give`.
    pub mode: &'static str,
    /// How many pieces.
    pub quantity: i32,
    /// On what terms, in words.
    pub terms: String,
    /// Photos in their order.
    pub photos: Vec<Picked>,
}

/// Reads the form; what is wrong is noted at its field. `attached` are the photos that the thing has.
pub(super) async fn read(
    post: &Post,
    check: &mut Check<'_>,
    categories: &[(String, String)],
    attached: &[i64],
) -> Result<Draft> {
    let codes: Vec<&str> = categories.iter().map(|(code, _)| code.as_str()).collect();
    let mut draft = Draft {
        name: check.line("name", 3..=120),
        category: check.choice("category", &codes).to_owned(),
        mode: check.choice("mode", MODES),
        quantity: check.integer("quantity", 1..=MOST_PIECES).unwrap_or_default(),
        description: check.text("description", 10..=5000),
        terms: check.text("terms", 0..=2000),
        photos: Vec::new(),
    };
    if draft.quantity == 0 {
        check.fail("quantity", "form-error-required");
    }
    draft.photos = photos::read(post, check, attached).await?;
    Ok(draft)
}

/// A thing as its form shows it.
pub(super) fn filled(thing: &Equipment) -> Form {
    Form::of([
        ("name", thing.name.clone()),
        ("category", thing.category.code.clone()),
        ("mode", thing.mode.clone()),
        ("quantity", thing.quantity.to_string()),
        ("description", thing.description.clone()),
        ("terms", thing.terms.clone()),
    ])
}
