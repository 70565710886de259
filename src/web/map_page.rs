//! The map page and the results in its panel. Neither knows a feature: the handler brings fields and cards.

use askama::Template;

use super::fields::{self, Chip, Field};
use super::{Card, Page};

/// The layers a reader can switch, in their order, each with the address of its list.
pub const LAYERS: &[(&str, &str)] =
    &[("organisations", "/organizacje"), ("support", "/wsparcie"), ("premises", "/lokale")];

/// The filters of one layer.
#[derive(Debug, Clone)]
pub struct FilterGroup {
    /// The layer.
    pub layer: &'static str,
    /// Its filters, without the district, which all layers share.
    pub fields: Vec<Field>,
}

impl FilterGroup {
    /// The filters of a layer as its list has them.
    pub fn new(layer: &'static str, mut fields: Vec<Field>) -> Self {
        fields.retain(|field| !field.is_district());
        Self { layer, fields }
    }

    fn used(&self) -> usize {
        self.fields.iter().map(Field::used).sum()
    }
}

/// The map page. It needs nothing from the database.
#[derive(Template)]
#[template(path = "map/map.html")]
pub struct MapPage {
    /// The request.
    pub page: Page,
    /// Filters by layer.
    pub groups: Vec<FilterGroup>,
    /// Layers that are on.
    pub layers: Vec<String>,
    /// What the script needs to know: JSON made safe by [`super::jsonld::script`].
    pub config: String,
}

impl MapPage {
    fn is_on(&self, layer: &str) -> bool {
        self.layers.iter().any(|on| on == layer)
    }

    fn q(&self) -> &str {
        self.page.params.all("q").next().unwrap_or_default()
    }

    fn district(&self) -> Field {
        Field::district(&self.page)
    }
}

/// The results of one layer.
#[derive(Debug, Clone)]
pub struct ResultGroup {
    /// The layer; also the prefix of its words.
    pub layer: &'static str,
    /// How many pass the filters in the part of the map in sight.
    pub total: i64,
    /// The first of them.
    pub cards: Vec<Card>,
}

/// What the map's panel lists: `GET /?fragment=results`.
#[derive(Template)]
#[template(path = "map/results.html")]
pub struct Results {
    /// The request.
    pub page: Page,
    /// All filters of the layers in sight, for the chips.
    pub fields: Vec<Field>,
    /// Results by layer, in the order of [`LAYERS`]; layers that are off are left out.
    pub groups: Vec<ResultGroup>,
    /// True when the request names things (`ids=`): several in one place.
    pub picked: bool,
}

impl Results {
    fn status(&self) -> String {
        let counts = self.groups.iter().filter(|group| group.total > 0);
        let words: Vec<_> = counts.map(|group| self.page.n(&format!("{}-count", group.layer), &group.total)).collect();
        if words.is_empty() { self.page.t("results-none") } else { words.join(", ") }
    }

    fn chips(&self) -> Vec<Chip> {
        fields::chips(&self.page, &self.fields)
    }

    fn is_empty(&self) -> bool {
        self.groups.iter().all(|group| group.total == 0)
    }

    fn title(&self, layer: &str) -> String {
        self.page.t(&format!("{layer}-title"))
    }

    /// The list twin of a layer with the same filters and box.
    fn list_link(&self, layer: &str) -> String {
        let path = LAYERS.iter().find(|(name, _)| *name == layer).map_or("/", |(_, path)| path);
        let map_only = ["fragment", "layers", "at", "item", "basemap", "ids", "lang", "limit"];
        format!("{path}?{}", self.page.params.query(|name, _| !map_only.contains(&name)))
    }

    /// Where to be told of what is new in this part of the map, and the key of the words: premises, and what organisations offer.
    fn notice_link(&self, layer: &str) -> Option<(String, &'static str)> {
        let (list, words, known): (_, _, &[&str]) = match layer {
            "premises" => ("lokale", "notices-tell-me-premises", &["use", "area_min", "area_max", "accessible"]),
            "organisations" => ("oferty", "notices-tell-me-offers", &[]),
            _ => return None,
        };
        let kept = self.page.params.query(|name, value| match name {
            "q" | "bbox" | "within" | "near" | "radius_m" | "area" => true,
            "status" => layer == "premises" && matches!(value, "free" | "open_call"),
            _ => known.contains(&name),
        });
        Some((format!("/powiadomienia/nowe?rodzaj={list}{}{kept}", if kept.is_empty() { "" } else { "&" }), words))
    }
}
