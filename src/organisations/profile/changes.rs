//! What changed in a profile, in words that people understand.

use serde_json::{Value, json};

use super::Profile;
use crate::web::Page;

/// Columns of profiles in the order of the form, of organisations and of support institutions.
const COLUMNS: &[&str] = &[
    "name",
    "legal_form",
    "kind",
    "services",
    "operator",
    "area_of_operation",
    "social_enterprise",
    "public_benefit",
    "prosocial_mark",
    "activities",
    "krs",
    "nip",
    "regon",
    "tagline",
    "description",
    "street",
    "house_number",
    "postal_code",
    "city",
    "point",
    "phone",
    "email",
    "website",
    "opening_hours",
    "links",
];

/// One thing that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What.
    pub label: String,
    /// What it was.
    pub before: String,
    /// What it is.
    pub after: String,
}

/// Where two rows differ, both as JSON with the names of the columns. What only one of them has counts as empty in the other.
pub fn changes(page: &Page, before: &Value, after: &Value) -> Vec<Change> {
    let differs = |column: &&&str| before.get(**column) != after.get(**column);
    COLUMNS
        .iter()
        .filter(differs)
        .map(|column| Change {
            label: page.code("profile", column),
            before: words(page, column, before.get(*column).unwrap_or(&Value::Null)),
            after: words(page, column, after.get(*column).unwrap_or(&Value::Null)),
        })
        .filter(|change| change.before != change.after)
        .collect()
}

/// A value as people read it.
fn words(page: &Page, column: &str, value: &Value) -> String {
    let code = |code: &Value| {
        let prefix = match column {
            "legal_form" => "legal-form",
            "kind" => "support-kind",
            "activities" => "activity",
            "services" => "service",
            _ => return None,
        };
        code.as_str().filter(|code| !code.is_empty()).map(|code| page.code(prefix, code))
    };
    match value {
        Value::Bool(yes) => page.t(if *yes { "profile-yes" } else { "profile-no" }),
        Value::Array(items) if !items.is_empty() => {
            let words = items.iter().map(|item| code(item).or_else(|| item.as_str().map(str::to_owned)));
            words.map(Option::unwrap_or_default).collect::<Vec<_>>().join(", ")
        }
        Value::String(text) if !text.is_empty() => code(value).unwrap_or_else(|| text.clone()),
        Value::Object(shape) => match shape.get("coordinates").and_then(Value::as_array).map(Vec::as_slice) {
            Some([lon, lat]) => {
                let degrees = |number: &Value| format!("{:.5}", number.as_f64().unwrap_or_default());
                format!("{}, {}", degrees(lat), degrees(lon))
            }
            _ => page.t("profile-none"),
        },
        _ => page.t("profile-none"),
    }
}

impl Profile {
    /// As JSON with the names of the columns, the point as the log of changes has it.
    pub fn columns(&self) -> Value {
        let mut columns = serde_json::to_value(self).unwrap_or_default();
        columns["point"] = match self.lon.zip(self.lat) {
            Some((lon, lat)) => json!({ "coordinates": [lon, lat] }),
            None => Value::Null,
        };
        columns
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::web::{Lang, Site};

    #[test]
    fn changes_are_told_in_words() {
        let page = Page::bare(Lang::Pl, "/", "", Arc::new(Site::unknown(false)), String::new());
        let before = Profile { legal_form: "cis".to_owned(), lon: Some(18.6), lat: Some(53.0), ..Profile::default() };
        let after = Profile {
            legal_form: "kis".to_owned(),
            public_benefit: true,
            activities: vec!["sport".to_owned(), "charity".to_owned()],
            krs: Some("0000123456".to_owned()),
            ..Profile::default()
        };
        let said: Vec<_> = changes(&page, &before.columns(), &after.columns())
            .into_iter()
            .map(|change| format!("{}: {} → {}", change.label, change.before, change.after))
            .collect();
        assert_eq!(
            said,
            [
                "Forma prawna: centrum integracji społecznej (CIS) → klub integracji społecznej (KIS)",
                "Organizacja pożytku publicznego (OPP): nie → tak",
                "Sfery działalności: brak → kultura fizyczna, działalność charytatywna",
                "KRS: brak → 0000123456",
                "Położenie na mapie: 53.00000, 18.60000 → brak",
            ]
        );
    }
}
