//! The filters of a list as a form shows them, and as chips that take each of them away again.
//!
//! A list and the map's panel draw the same fields, so that they mean the same.

use super::Page;
use super::format::parse_iso_date;

/// A value that can be chosen.
#[derive(Debug, Clone)]
pub struct Choice {
    /// Value in the web address.
    pub value: String,
    /// Words on screen.
    pub label: String,
    /// True when the request chose it.
    pub chosen: bool,
    /// How many things it would show, where that is said.
    pub count: Option<i64>,
}

/// A number that can be typed.
#[derive(Debug, Clone)]
pub struct Bound {
    /// Name of the parameter.
    pub name: &'static str,
    /// Word beside it: from, to.
    pub label: String,
    /// What the request gave.
    pub value: String,
}

/// One filter of a form.
#[derive(Debug, Clone)]
pub enum Field {
    /// Any of several values: check boxes.
    Codes {
        /// Name of the parameter.
        name: &'static str,
        /// What is chosen.
        label: String,
        /// The values.
        choices: Vec<Choice>,
    },
    /// One value of several or none: a drop-down list.
    Pick {
        /// Name of the parameter.
        name: &'static str,
        /// What is chosen.
        label: String,
        /// Words for "no matter which".
        any: String,
        /// The values.
        choices: Vec<Choice>,
    },
    /// A span of numbers.
    Range {
        /// What is measured, with its unit.
        label: String,
        /// Lower and upper end.
        bounds: [Bound; 2],
        /// Unit behind the numbers.
        unit: &'static str,
    },
    /// Yes or no matter: one check box, `true`.
    Toggle {
        /// Name of the parameter.
        name: &'static str,
        /// What is asked for.
        label: String,
        /// True when the request asks for it.
        chosen: bool,
    },
    /// A day.
    Day {
        /// Name of the parameter.
        name: &'static str,
        /// What happens on it.
        label: String,
        /// What the request gave, as `2026-11-21`.
        value: String,
    },
}

impl Field {
    /// Check boxes for codes; the words are `filter-{name}` and `{prefix}-{code}`.
    pub fn codes(page: &Page, name: &'static str, prefix: &str, codes: &[&str]) -> Self {
        let pairs = codes.iter().map(|code| ((*code).to_owned(), page.code(prefix, code)));
        Self::Codes { name, label: page.code("filter", name), choices: choices(page, name, pairs) }
    }

    /// A drop-down list of values and their words; `filter-{name}` and `filter-{name}-any` say what and "no matter which".
    pub fn pick(page: &Page, name: &'static str, values: impl IntoIterator<Item = (String, String)>) -> Self {
        Self::Pick {
            name,
            label: page.code("filter", name),
            any: page.code("filter", &format!("{name}-any")),
            choices: choices(page, name, values),
        }
    }

    /// The districts of the town.
    pub fn district(page: &Page) -> Self {
        Self::pick(page, "within", page.site.districts.iter().map(|d| (d.slug.clone(), d.name.clone())))
    }

    /// True for the drop-down list of districts.
    pub fn is_district(&self) -> bool {
        matches!(self, Self::Pick { name: "within", .. })
    }

    /// Two numbers, from and to; `filter-{what}` says what.
    pub fn range(page: &Page, what: &str, names: [&'static str; 2], unit: &'static str) -> Self {
        let bound = |name: &'static str, word: &str| Bound {
            name,
            label: page.t(word),
            value: page.params.all(name).next().unwrap_or_default().to_owned(),
        };
        let [min, max] = names;
        let bounds = [bound(min, "filter-from"), bound(max, "filter-to")];
        Self::Range { label: page.code("filter", what), bounds, unit }
    }

    /// One check box; `filter-{name}` says what it asks for.
    pub fn toggle(page: &Page, name: &'static str) -> Self {
        Self::Toggle { name, label: page.code("filter", name), chosen: page.params.all(name).any(|v| v == "true") }
    }

    /// A day; `filter-{name}` says what happens on it.
    pub fn day(page: &Page, name: &'static str) -> Self {
        let value = page.params.all(name).next().unwrap_or_default().to_owned();
        Self::Day { name, label: page.code("filter", name), value }
    }

    /// The check boxes of one parameter with how many things each of them would show; any other field as it is.
    #[must_use]
    pub fn counted(mut self, parameter: &str, counts: &[(String, i64)]) -> Self {
        if let Self::Codes { name, choices, .. } = &mut self
            && *name == parameter
        {
            for choice in choices {
                let found = counts.iter().find(|(value, _)| *value == choice.value);
                choice.count = Some(found.map_or(0, |(_, count)| *count));
            }
        }
        self
    }

    /// True when a form shows the group open: it says counts, or the request uses it.
    pub fn is_open(&self) -> bool {
        let says_counts =
            matches!(self, Self::Codes { choices, .. } if choices.iter().any(|choice| choice.count.is_some()));
        says_counts || self.is_used()
    }

    /// True when the request uses it.
    pub fn is_used(&self) -> bool {
        match self {
            Self::Codes { choices, .. } | Self::Pick { choices, .. } => choices.iter().any(|choice| choice.chosen),
            Self::Range { bounds, .. } => bounds.iter().any(|bound| !bound.value.is_empty()),
            Self::Toggle { chosen, .. } => *chosen,
            Self::Day { value, .. } => !value.is_empty(),
        }
    }

    /// How many of its values the request chose.
    pub fn used(&self) -> usize {
        match self {
            Self::Codes { choices, .. } => choices.iter().filter(|choice| choice.chosen).count(),
            _ => usize::from(self.is_used()),
        }
    }
}

fn choices(page: &Page, name: &str, values: impl IntoIterator<Item = (String, String)>) -> Vec<Choice> {
    let choice = |(value, label): (String, String)| {
        let chosen = page.params.all(name).any(|given| given == value);
        Choice { value, label, chosen, count: None }
    };
    values.into_iter().map(choice).collect()
}

/// A filter that is set, and the address without it.
#[derive(Debug, Clone)]
pub struct Chip {
    /// Name of the parameter.
    pub name: String,
    /// Its value.
    pub value: String,
    /// What it does, in words.
    pub label: String,
    /// Query string of the same page without it.
    pub without: String,
}

/// A chip for every filter that the request sets: text and box first, then the fields in their order.
pub fn chips(page: &Page, fields: &[Field]) -> Vec<Chip> {
    let mut chips = Vec::new();
    let mut add = |name: &str, value: &str, label: String| {
        let without = page.params.query(|n, v| !(n == name && v == value) && n != "page" && n != "fragment");
        chips.push(Chip { name: name.to_owned(), value: value.to_owned(), label, without });
    };
    if let Some(q) = page.params.all("q").next() {
        add("q", q, page.x("chip-text", q));
    }
    // On the map the box is simply what one looks at.
    if let Some(bbox) = page.params.all("bbox").next().filter(|_| page.path != "/") {
        add("bbox", bbox, page.t("chip-box"));
    }
    if let Some(near) = page.params.all("near").next() {
        // The circle goes with its middle, and so does the order by the distance from it.
        let without = page
            .params
            .query(|n, v| !matches!(n, "near" | "radius_m" | "page" | "fragment") && (n, v) != ("sort", "distance"));
        let radius = page.params.all("radius_m").next().and_then(|metres| metres.parse::<f64>().ok());
        let label = match radius {
            Some(metres) => page.x("chip-near-radius", &page.lang.distance(metres)),
            None => page.t("chip-near"),
        };
        chips.push(Chip { name: "near".to_owned(), value: near.to_owned(), label, without });
    }
    let mut add = |name: &str, value: &str, label: String| {
        let without = page.params.query(|n, v| !(n == name && v == value) && n != "page" && n != "fragment");
        chips.push(Chip { name: name.to_owned(), value: value.to_owned(), label, without });
    };
    if let Some(area) = page.params.all("area").next() {
        add("area", area, page.t("chip-area"));
    }
    for field in fields {
        match field {
            Field::Codes { name, choices, .. } | Field::Pick { name, choices, .. } => {
                for choice in choices.iter().filter(|choice| choice.chosen) {
                    add(name, &choice.value, choice.label.clone());
                }
            }
            Field::Range { label, bounds, unit } => {
                for bound in bounds.iter().filter(|bound| !bound.value.is_empty()) {
                    add(bound.name, &bound.value, format!("{label} {} {} {unit}", bound.label, bound.value));
                }
            }
            Field::Toggle { name, label, chosen } => {
                if *chosen {
                    add(name, "true", label.clone());
                }
            }
            Field::Day { name, label, value } => {
                if let Some(day) = parse_iso_date(value) {
                    add(name, value, format!("{label}: {}", page.lang.date(day)));
                }
            }
        }
    }
    chips
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::web::{Lang, Site};

    fn page(query: &str) -> Page {
        Page::bare(Lang::Pl, "/organizacje", query, Arc::new(Site::unknown(false)), String::new())
    }

    #[test]
    fn a_chip_takes_one_filter_away_and_goes_to_the_first_page() {
        let page = page("q=chleb&has=offers&has=demand&page=3");
        let fields = [Field::codes(&page, "has", "has", &["offers", "demand", "equipment"])];
        let chips = chips(&page, &fields);
        assert_eq!(chips.iter().map(|chip| chip.value.as_str()).collect::<Vec<_>>(), ["chleb", "offers", "demand"]);
        assert_eq!(chips[0].without, "has=offers&has=demand");
        assert_eq!(chips[1].without, "q=chleb&has=demand");
        assert_eq!(fields[0].used(), 2);
    }
}
