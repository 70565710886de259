//! What the map shows: each tile layer's fixed facts, and where its rows come from.

use crate::tiles::{ClusterSpec, LayerSpec};

const ORGANISATION_FIELDS: &[(&str, &str)] = &[
    ("id", "Slug: /organizacje/{id}"),
    ("name", "Name"),
    ("legal_form", "Legal form, by code"),
    ("activity", "Main activity area, by code; absent where none is known"),
    ("social_enterprise", "Has the status of a social enterprise"),
    ("offers", "Number of offers"),
    ("demand", "Number of demands"),
    ("equipment", "Number of pieces of equipment lent or given"),
    ("point_count", "Clusters: number of organisations"),
    ("expansion_zoom", "Clusters: zoom at which it breaks up"),
];

const SUPPORT_FIELDS: &[(&str, &str)] = &[
    ("id", "Slug: /wsparcie/{id}"),
    ("name", "Name"),
    ("kind", "Kind of institution, by code"),
    ("point_count", "Clusters: number of institutions"),
    ("expansion_zoom", "Clusters: zoom at which it breaks up"),
];

const PREMISES_FIELDS: &[(&str, &str)] = &[
    ("id", "Slug: /lokale/{id}"),
    ("name", "Address"),
    ("status", "free, open_call, reserved, occupied, renovation or withdrawn"),
    ("area_m2", "Usable area, m²"),
    ("use", "What it is fit for, by code"),
    ("accessible", "A wheelchair user gets in without help"),
    ("point_count", "Clusters: number of premises"),
    ("free_count", "Clusters: number of premises that are free or in an open call"),
    ("expansion_zoom", "Clusters: zoom at which it breaks up"),
];

const fn layer(
    name: &'static str,
    description: &'static str,
    fields: &'static [(&'static str, &'static str)],
) -> LayerSpec {
    LayerSpec { name, description, minzoom: 0, maxzoom: 14, cluster: None, fields, keep_tiny: false }
}

const CLUSTER: ClusterSpec = ClusterSpec { radius_px: 44.0, counted_as: None };

/// Every layer there is, in the order in which it is drawn, the topmost last.
pub const LAYERS: &[LayerSpec] = &[
    LayerSpec {
        keep_tiny: true,
        ..layer("municipalities", "Gminas", &[("id", "Slug"), ("name", "Name"), ("teryt", "TERYT code")])
    },
    layer("districts", "Parts of a municipality", &[("id", "Slug"), ("name", "Name")]),
    layer(
        "schematic",
        "Waters, parks, main streets, bridges and railways of the schematic basemap",
        &[
            ("kind", "water, green, street, bridge or rail"),
            ("name", "Label; absent for none"),
            ("rank", "1 seen from afar … 3 close by"),
        ],
    ),
    LayerSpec {
        minzoom: 13,
        keep_tiny: true,
        ..layer(
            "footprints",
            "Outlines of municipal premises",
            &[("id", "Slug: /lokale/{id}"), ("name", "Address"), ("status", "Status, by code")],
        )
    },
    LayerSpec {
        cluster: Some(CLUSTER),
        ..layer("organisations", "Organisations of the social economy", ORGANISATION_FIELDS)
    },
    LayerSpec { cluster: Some(CLUSTER), ..layer("support", "Institutions that support organisations", SUPPORT_FIELDS) },
    LayerSpec {
        cluster: Some(ClusterSpec { counted_as: Some("free_count"), ..CLUSTER }),
        ..layer("premises", "Municipal premises for organisations", PREMISES_FIELDS)
    },
];

/// Whom the map names. Where boundaries come from is a fact about the data, so it stays visible on every basemap.
pub const ATTRIBUTION: &str = r#"© <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a>"#;
