//! Address and position of a thing, as pages write them.

use serde_json::{Value, json};

use super::Page;

/// Where something is and how to reach it. Empty text = not known.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// Street with its kind (ul., pl., al.).
    pub street: String,
    /// Building and unit number.
    pub house_number: String,
    /// NN-NNN.
    pub postal_code: String,
    /// Town.
    pub city: String,
    /// District's name.
    pub district: String,
    /// Longitude and latitude, degrees.
    pub position: Option<[f64; 2]>,
    /// How sure the position is, by code, where it was looked up by the address; empty where it was given.
    pub accuracy: String,
}

impl Place {
    /// Street and number.
    pub fn street_line(&self) -> String {
        format!("{} {}", self.street, self.house_number).trim().to_owned()
    }

    /// Postal code and town.
    pub fn city_line(&self) -> String {
        format!("{} {}", self.postal_code, self.city).trim().to_owned()
    }

    /// Street, number and district in one line, for cards.
    pub fn short(&self) -> String {
        [self.street_line(), self.district.clone()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// Street, number and district, and how sure the point is where it is not the building's.
    pub fn on_card(&self, page: &Page) -> String {
        let parts = [self.short(), self.accuracy_on_card(page)];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    }

    /// "accuracy: street" where the point is not the building's; else nothing.
    pub fn accuracy_on_card(&self, page: &Page) -> String {
        match self.accuracy.as_str() {
            "" | "address" => String::new(),
            _ => self.accuracy_words(page),
        }
    }

    /// "accuracy: street", for a point that was looked up.
    pub fn accuracy_words(&self, page: &Page) -> String {
        page.x("accuracy", &page.code("location", &self.accuracy))
    }

    /// True when nothing is known.
    pub fn is_empty(&self) -> bool {
        self.short().is_empty() && self.city_line().is_empty() && self.position.is_none()
    }

    /// `geo:` address for the route (RFC 5870: latitude first); the query lets Android show a pin.
    pub fn geo(&self) -> Option<String> {
        self.position.map(|[lon, lat]| format!("geo:{lat:.6},{lon:.6}?q={lat:.6},{lon:.6}"))
    }

    /// `PostalAddress` of schema.org.
    pub fn address_jsonld(&self) -> Value {
        json!({ "@type": "PostalAddress", "streetAddress": self.street_line(), "postalCode": self.postal_code,
            "addressLocality": self.city, "addressCountry": if self.city.is_empty() { "" } else { "PL" } })
    }

    /// `GeoCoordinates` of schema.org.
    pub fn geo_jsonld(&self) -> Value {
        match self.position {
            Some([lon, lat]) => json!({ "@type": "GeoCoordinates", "latitude": lat, "longitude": lon }),
            None => Value::Null,
        }
    }
}

/// Telephone, e-mail, web page and hours. Empty text = not known.
#[derive(Debug, Clone, Default)]
pub struct Contact {
    /// Telephone as written.
    pub phone: String,
    /// E-mail address.
    pub email: String,
    /// Address with `http://` or `https://`.
    pub website: String,
    /// Opening hours in words.
    pub opening_hours: String,
}

impl Contact {
    /// The web page without scheme and last slash, as people write it.
    pub fn website_label(&self) -> &str {
        let bare = self.website.split_once("://").map_or(self.website.as_str(), |(_, rest)| rest);
        bare.strip_prefix("www.").unwrap_or(bare).trim_end_matches('/')
    }

    /// True when nothing is known.
    pub fn is_empty(&self) -> bool {
        [&self.phone, &self.email, &self.website, &self.opening_hours].iter().all(|text| text.is_empty())
    }
}

/// `tel:` address of a telephone number as people write it: digits and a leading plus.
pub fn tel(phone: &str) -> String {
    let digits = |c: &char| c.is_ascii_digit() || *c == '+';
    format!("tel:{}", phone.chars().filter(digits).collect::<String>())
}
