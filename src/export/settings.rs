//! Under whose name and which licence the site's data goes out.

use serde::Deserialize;

use super::{About, Kind};
use crate::web::{Lang, Site};

/// The settings `[open_data]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenData {
    /// Who publishes; empty = PES-TOR with the municipality's name.
    pub publisher: String,
    /// Where to write about the data; empty = nowhere.
    pub contact_email: String,
    /// Name of the licence.
    pub licence: String,
    /// Address of its text.
    pub licence_url: String,
}

impl Default for OpenData {
    fn default() -> Self {
        Self {
            publisher: String::new(),
            contact_email: String::new(),
            licence: "CC BY 4.0".to_owned(),
            licence_url: "https://creativecommons.org/licenses/by/4.0/".to_owned(),
        }
    }
}

impl OpenData {
    /// Who publishes.
    pub fn publisher(&self, municipality: &str) -> String {
        if self.publisher.is_empty() {
            format!("PES-TOR {municipality}").trim_end().to_owned()
        } else {
            self.publisher.clone()
        }
    }

    /// What files of a kind say of themselves; with the site's address they carry what the site shows beside.
    pub fn about(&self, kind: Kind, lang: Lang, site: &Site, base_url: Option<String>) -> About {
        About {
            title: lang.t(&format!("data-title-{}", kind.name())),
            attribution: self.publisher(&site.municipality),
            licence: self.licence.clone(),
            licence_url: self.licence_url.clone(),
            base_url,
        }
    }
}
