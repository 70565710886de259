//! A thing in a list, whichever kind it is: lists, the map's panel and the search draw the same card.

use super::PhotoView;

/// What a list shows of one thing.
#[derive(Debug, Clone, Default)]
pub struct Card {
    /// Path of its page without the first slash: `organizacje/slug`.
    pub item: String,
    /// Map layer whose mark stands for it (an offer's is its organisation's); empty when nothing on the map does.
    pub layer: &'static str,
    /// Feature id of that mark.
    pub feature_id: Option<i64>,
    /// Where the mark is: longitude and latitude, degrees.
    pub position: Option<[f64; 2]>,
    /// A photo of it.
    pub photo: Option<PhotoView>,
    /// Shape and colour in front of the title: `organisations`, `support`, a premises status, `offers`, `demand`, `equipment`.
    pub mark: &'static str,
    /// Code of the main activity area, which the glyph of an organisation's mark on the map shows; may be empty.
    pub activity: String,
    /// Icon in the mark.
    pub icon: &'static str,
    /// Small line above the title: what kind of thing it is.
    pub kicker: String,
    /// Its name.
    pub title: String,
    /// One line on what it is.
    pub text: String,
    /// States and distinctions.
    pub badges: Vec<Badge>,
    /// Short facts, each with an icon.
    pub facts: Vec<Fact>,
}

impl Card {
    /// Address of its page.
    pub fn href(&self) -> String {
        format!("/{}", self.item)
    }
}

/// A state or distinction; icon, colour and words say the same.
#[derive(Debug, Clone)]
pub struct Badge {
    /// CSS classes beside `badge`: `status status-free`, `badge-mark`.
    pub class: String,
    /// Icon of the sprite.
    pub icon: &'static str,
    /// Words.
    pub label: String,
}

impl Badge {
    /// A badge in the quiet colour.
    pub fn new(icon: &'static str, label: impl Into<String>) -> Self {
        Self { class: String::new(), icon, label: label.into() }
    }

    /// The same badge with CSS classes of its own.
    #[must_use]
    pub fn class(mut self, class: impl Into<String>) -> Self {
        self.class = class.into();
        self
    }
}

/// A short fact about a thing.
#[derive(Debug, Clone)]
pub struct Fact {
    /// Icon of the sprite.
    pub icon: &'static str,
    /// What the fact is about, for people who do not see the icon.
    pub label: String,
    /// The fact.
    pub text: String,
}

impl Fact {
    /// A fact, unless its text is empty.
    pub fn of(icon: &'static str, label: String, text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        (!text.is_empty()).then_some(Self { icon, label, text })
    }
}
