//! What the map shows: each tile layer's fixed facts, and where its rows come from.

use super::facts::{ORGANISATION_TIMED, PREMISES_TIMED};
use crate::tiles::{LayerSpec, Shows, SourceSpec};

const ORGANISATION_FIELDS: &[(&str, &str)] = &[
    ("id", "Slug: /organizacje/{id}"),
    ("name", "Name"),
    ("legal_form", "Legal form, by code"),
    ("activity", "Main activity area, by code; absent where none is known"),
    ("social_enterprise", "Has the status of a social enterprise"),
    ("offers", "Number of offers"),
    ("demand", "Number of open demands"),
    ("equipment", "Number of pieces of equipment lent or given"),
];

const SUPPORT_FIELDS: &[(&str, &str)] =
    &[("id", "Slug: /wsparcie/{id}"), ("name", "Name"), ("kind", "Kind of institution, by code")];

const PREMISES_FIELDS: &[(&str, &str)] = &[
    ("id", "Slug: /lokale/{id}"),
    ("name", "Address"),
    ("status", "free, open_call, reserved, occupied, renovation or withdrawn"),
    ("area_m2", "Usable area, m²"),
    ("use", "What it is fit for, by code"),
    ("accessible", "A wheelchair user gets in without help"),
];

const fn source(name: &'static str, fields: &'static [(&'static str, &'static str)]) -> SourceSpec {
    SourceSpec { name, fields, timed: None }
}

/// What is read from the database. Each is named as the layer of `layer_version` that tells of its changes.
pub const SOURCES: &[SourceSpec] = &[
    source("municipalities", &[("id", "Slug"), ("name", "Name"), ("teryt", "TERYT code")]),
    source("districts", &[("id", "Slug"), ("name", "Name")]),
    source(
        "schematic",
        &[
            ("kind", "water, green, street, bridge or rail"),
            ("name", "Label; absent for none"),
            ("rank", "1 seen from afar … 3 close by"),
        ],
    ),
    SourceSpec { timed: Some(PREMISES_TIMED), ..source("premises", PREMISES_FIELDS) },
    SourceSpec { timed: Some(ORGANISATION_TIMED), ..source("organisations", ORGANISATION_FIELDS) },
    source("support", SUPPORT_FIELDS),
];

const fn outlines(
    name: &'static str,
    description: &'static str,
    fields: &'static [&'static str],
    keep_tiny: bool,
) -> LayerSpec {
    LayerSpec { name, description, source: name, shows: Shows::Outlines { keep_tiny }, fields, minzoom: 0, maxzoom: 14 }
}

const fn places(name: &'static str, description: &'static str, fields: &'static [&'static str]) -> LayerSpec {
    let shows = Shows::Places { counted_as: None };
    LayerSpec { name, description, source: name, shows, fields, minzoom: 0, maxzoom: 14 }
}

/// Every layer there is, in the order in which it is drawn, the topmost last.
pub const LAYERS: &[LayerSpec] = &[
    outlines("municipalities", "Gminas", &["id", "name", "teryt"], true),
    outlines("districts", "Parts of a municipality", &["id", "name"], false),
    outlines(
        "schematic",
        "Waters, parks, main streets, bridges and railways of the schematic basemap",
        &["kind", "name", "rank"],
        false,
    ),
    LayerSpec {
        source: "premises",
        minzoom: 13,
        ..outlines("footprints", "Outlines of municipal premises", &["id", "name", "status"], true)
    },
    places(
        "organisations",
        "Organisations of the social economy",
        &["id", "name", "legal_form", "activity", "social_enterprise", "offers", "demand", "equipment"],
    ),
    places("support", "Institutions that support organisations", &["id", "name", "kind"]),
    LayerSpec {
        shows: Shows::Places {
            counted_as: Some(("free_count", "Clusters: number of premises that are free or in an open call")),
        },
        ..places(
            "premises",
            "Municipal premises for organisations",
            &["id", "name", "status", "area_m2", "use", "accessible"],
        )
    },
];

/// Whom the map names. Where boundaries come from is a fact about the data, so it stays visible on every basemap.
pub const ATTRIBUTION: &str = r#"© <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a>"#;
