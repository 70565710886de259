//! The page of a list, the same for every kind of thing: heading, filters, chips, cards, pages.

use askama::Template;
use axum::response::Response;

use super::area::Near;
use super::card::{Card, Fact};
use super::fields::{self, Chip, Field};
use super::list::Paging;
use super::place_field::PlaceField;
use super::{Page, html};
use crate::error::{Error, Result};

/// A list page. Its words are `{kind}-title`, `-intro`, `-count` (of `$n`), `-search`, `-empty` and `sort-{sort}`.
#[derive(Template)]
#[template(path = "list.html")]
pub struct ListPage {
    /// The request.
    pub page: Page,
    /// Prefix of its words: `organisations`, `support`, `premises`, `offers`, `demand`, `equipment`.
    pub kind: &'static str,
    /// Map layer that shows the same things; empty when none does.
    pub layer: &'static str,
    /// Filters beside the text.
    pub fields: Vec<Field>,
    /// Names of the parameters that filter it.
    pub filters: &'static [&'static str],
    /// Orders to choose from, the usual one first.
    pub sorts: Vec<&'static str>,
    /// Around which place the reader looks, as far as that is not decided yet.
    pub place: PlaceField,
    /// Where in the list the reader is.
    pub paging: Paging,
    /// What this page of the list shows.
    pub cards: Vec<Card>,
}

impl ListPage {
    /// The page as an answer.
    ///
    /// # Errors
    /// The template fails to render.
    pub fn respond(&self) -> Result<Response> {
        html(self)
    }

    fn word(&self, what: &str) -> String {
        self.page.t(&format!("{}-{what}", self.kind))
    }

    fn count(&self) -> String {
        self.page.n(&format!("{}-count", self.kind), &self.paging.total)
    }

    fn chips(&self) -> Vec<Chip> {
        fields::chips(&self.page, &self.fields)
    }

    fn used(&self) -> usize {
        self.fields.iter().map(Field::used).sum()
    }

    fn is_exchange(&self) -> bool {
        matches!(self.kind, "offers" | "demand" | "equipment")
    }

    /// Where a new thing is posted; equipment has no form yet.
    fn add_link(&self) -> Option<&'static str> {
        match self.kind {
            "offers" => Some("/oferty/nowa"),
            "demand" => Some("/zapotrzebowanie/nowe"),
            _ => None,
        }
    }

    /// Where to be told of new things like these; filters that only look at what there is are left out.
    fn notice_link(&self) -> Option<String> {
        if !self.is_exchange() && self.kind != "premises" {
            return None;
        }
        let kept = self.page.params.query(|name, value| match name {
            "page" | "sort" | "fragment" | "lang" | "on" | "place" | "place_radius_m" => false,
            "status" => matches!(value, "free" | "open_call"),
            _ => true,
        });
        let list = self.page.path.trim_start_matches('/');
        Some(format!("/powiadomienia/nowe?rodzaj={list}{}{kept}", if kept.is_empty() { "" } else { "&" }))
    }

    /// From where distances are told.
    fn distance_note(&self) -> String {
        let (params, site) = (&self.page.params, &self.page.site);
        if params.all("near").next().is_some() {
            return self.page.t("distance-from-place");
        }
        let district = params.all("within").next().and_then(|slug| site.districts.iter().find(|d| d.slug == slug));
        match district {
            Some(district) => self.page.x("distance-from-district", &district.name),
            None => self.page.t("distance-from-town"),
        }
    }

    fn q(&self) -> &str {
        self.page.params.all("q").next().unwrap_or_default()
    }

    fn sort(&self) -> &str {
        self.page.params.all("sort").next().unwrap_or(self.sorts[0])
    }

    fn page_link(&self, number: &i64) -> String {
        let number = number.to_string();
        format!("{}?{}", self.page.path, self.page.params.with("page", Some(&number)))
    }

    fn sort_link(&self, sort: &str) -> String {
        let kept = self.page.params.query(|name, _| name != "page" && name != "sort");
        format!("{}?{kept}{}sort={sort}", self.page.path, if kept.is_empty() { "" } else { "&" })
    }

    /// The same filters on the map.
    fn map_link(&self) -> String {
        let kept = self.page.params.query(|name, _| !matches!(name, "page" | "sort" | "fragment" | "lang"));
        format!("/?layers={}{}{kept}", self.layer, if kept.is_empty() { "" } else { "&" })
    }

    /// The list with the same filters as a file; what is no filter of it (trackers, too) stays behind.
    fn file_link(&self, ending: &str) -> String {
        let kept = self.page.params.query(|name, _| self.filters.contains(&name));
        format!("/api/v1/{}.{ending}{}{kept}", self.kind, if kept.is_empty() { "" } else { "?" })
    }

    /// Page numbers worth a link: the ends and the neighbours; `None` stands for a gap.
    fn numbers(&self) -> Vec<Option<i64>> {
        let Paging { page, pages, .. } = self.paging;
        let mut numbers: Vec<Option<i64>> = Vec::new();
        for number in (1..=pages).filter(|n| *n == 1 || *n == pages || (n - page).abs() <= 1) {
            if numbers.last().copied().flatten().is_some_and(|last| number > last + 1) {
                numbers.push(None);
            }
            numbers.push(Some(number));
        }
        numbers
    }
}

/// The orders of a list: near a place also by the distance from it.
pub fn sorts(page: &Page, known: &[&'static str]) -> Vec<&'static str> {
    let mut sorts = known.to_vec();
    if page.params.all("near").next().is_some() && !sorts.contains(&"distance") {
        sorts.push("distance");
    }
    sorts
}

/// Cards of which each says how far it is, where a place is asked for.
pub fn with_distances(page: &Page, near: Option<Near>, mut cards: Vec<Card>) -> Vec<Card> {
    let Some(near) = near else { return cards };
    for card in &mut cards {
        if let Some(position) = card.position {
            let words = page.lang.distance(near.metres_to(position));
            card.facts.extend(Fact::of("route", page.t("distance"), words));
        }
    }
    cards
}

/// Reads `sort`; the first of `known` is the usual order.
///
/// # Errors
/// It is given twice or is not in the list.
pub fn sort<'a>(page: &Page, known: &[&'a str]) -> Result<&'a str> {
    let Some(wanted) = page.params.one("sort")? else { return Ok(known[0]) };
    let found = known.iter().find(|sort| **sort == wanted);
    found.copied().ok_or_else(|| Error::parameter("sort", format!("“{wanted}” is not one of {}", known.join(", "))))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::web::{Lang, Site};

    #[test]
    fn page_numbers_show_the_ends_and_the_neighbours() {
        let page =
            Page::bare(Lang::En, "/oferty", "q=a&sort=price&page=5", Arc::new(Site::unknown(false)), String::new());
        assert!(sort(&page, &["name", "colour"]).is_err());
        let paging = Paging { page: 5, pages: 9, total: 200 };
        let sorts = vec!["name", "price"];
        let (fields, cards, place) = (Vec::new(), Vec::new(), PlaceField::default());
        let list = ListPage { page, kind: "offers", layer: "", filters: &["q"], fields, sorts, place, paging, cards };
        assert_eq!(list.numbers(), [Some(1), None, Some(4), Some(5), Some(6), None, Some(9)]);
        assert_eq!(list.page_link(&6), "/oferty?q=a&sort=price&page=6");
        assert_eq!(list.sort_link("name"), "/oferty?q=a&sort=name");
        assert_eq!(list.file_link("csv"), "/api/v1/offers.csv?q=a");
    }
}
