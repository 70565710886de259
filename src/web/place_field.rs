//! The field of a list in which people write the place around which they look.

use super::Page;

/// Radii that are offered, metres.
pub const RADII_M: [&str; 6] = ["250", "500", "1000", "2000", "5000", "10000"];

/// The radius of those who choose none, metres.
pub const USUAL_RADIUS_M: &str = "1000";

/// What was written there and is still to be decided; empty where nothing was.
#[derive(Debug, Clone, Default)]
pub struct PlaceField {
    /// As it was written.
    pub text: String,
    /// Places it may mean; none although something was written = nothing is known by it.
    pub hits: Vec<PlaceHit>,
}

/// A place it may mean.
#[derive(Debug, Clone)]
pub struct PlaceHit {
    /// Its name.
    pub label: String,
    /// What tells it from others of that name.
    pub detail: String,
    /// Parameters of the list around it.
    pub query: String,
}

impl PlaceField {
    /// True when nothing is known by what was written.
    pub fn is_unknown(&self) -> bool {
        !self.text.is_empty() && self.hits.is_empty()
    }

    /// The radii as a choice: value and words, the one in use first with an empty value, because it needs no saying.
    pub fn radii(&self, page: &Page) -> Vec<(&'static str, String, bool)> {
        let asked = page.params.all("place_radius_m").chain(page.params.all("radius_m")).next();
        let given = asked.filter(|asked| RADII_M.contains(asked));
        let (chosen, written) = (given.unwrap_or(USUAL_RADIUS_M), page.params.all("place_radius_m").next().is_some());
        let choice = |radius: &'static str| {
            let is_chosen = radius == chosen;
            (if is_chosen && !written { "" } else { radius }, distance(page, radius), is_chosen)
        };
        RADII_M.into_iter().map(choice).collect()
    }
}

fn distance(page: &Page, metres: &str) -> String {
    page.lang.distance(metres.parse().unwrap_or_default())
}
