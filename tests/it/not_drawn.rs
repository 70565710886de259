//! Rows whose geometry cannot be drawn: the schema keeps them out, but a map must not go dark should one be there all the same.

use axum::http::StatusCode;
use geo::{Area, BoundingRect, Geometry, Validation};

use crate::decode::{self, Feature};
use crate::support::{Site, demo_site};

/// Takes away what the schema keeps them out with, and what would look at them meanwhile.
const UNGUARDED: &str = "
    alter table municipality drop constraint municipality_boundary_valid;
    alter table district drop constraint district_area_valid, disable trigger user, enable trigger district_slug,
        enable trigger district_layer_insert, enable trigger district_layer_update;
    alter table schematic_feature drop constraint schematic_feature_geom_valid;
    alter table organisation drop constraint organisation_point_usable, disable trigger organisation_place;
    alter table support_institution drop constraint support_institution_point_usable, disable trigger support_institution_place;
    alter table premises drop constraint premises_point_usable, drop constraint premises_footprint_valid,
        disable trigger premises_place;
    create function bad(text) returns geometry language sql immutable as 'select st_setsrid(st_geomfromtext($1), 4326)'";

/// Of each table: columns and values that any row needs beside its name, the column of the bad geometry, its layer.
const TABLES: [(&str, &str, &str, &str, &str); 6] = [
    ("municipality", "teryt", "lpad((random() * 999999)::int::text, 7, '1')", "boundary", "municipalities"),
    ("district", "municipality_id", "1", "area", "districts"),
    ("schematic_feature", "municipality_id, kind", "1, 'green'", "geom", "schematic"),
    ("organisation", "municipality_id, legal_form", "1, 'kis'", "point", "organisations"),
    ("support_institution", "municipality_id, kind", "1, 'other'", "point", "support"),
    (
        "premises",
        "municipality_id, storey, area_m2, use, technical_condition, point",
        "1, 'ground', 10, 'office', 'good', bad('POINT(18.605 53.0105)')",
        "footprint",
        "premises",
    ),
];

/// Geometries by table, and a part of the sentence that says why it is not drawn.
const BAD: [(&str, &str, &str); 23] = [
    ("municipality", "MULTIPOLYGON EMPTY", "empty"),
    ("municipality", "MULTIPOLYGON(((179 50, -179 50, -179 51, 179 51, 179 50)))", "antimeridian"),
    ("municipality", "MULTIPOLYGON(((18 86, 19 86, 19 87, 18 87, 18 86)))", "latitude"),
    ("district", "MULTIPOLYGON EMPTY", "empty"),
    ("district", "MULTIPOLYGON(((18 53, 18.1 53, 18.2 53, 18 53)))", "no area"),
    ("district", "MULTIPOLYGON(((18 53, 18.1 53, NaN 53.1, 18 53)))", "finite"),
    ("schematic_feature", "GEOMETRYCOLLECTION(LINESTRING(18.5 53, 18.6 53), POINT(18.6 53))", "collection"),
    ("schematic_feature", "GEOMETRYCOLLECTION EMPTY", "empty"),
    ("schematic_feature", "LINESTRING EMPTY", "empty"),
    ("schematic_feature", "LINESTRING(18.5 53, 18.5 53)", "two different"),
    ("schematic_feature", "LINESTRING(-179 53, 179 53)", "antimeridian"),
    ("schematic_feature", "LINESTRING(18 53, 18.1 NaN)", "finite"),
    ("schematic_feature", "POINT(18.6 53)", "not an outline"),
    ("schematic_feature", "CIRCULARSTRING(18.5 53, 18.55 53.05, 18.6 53)", "cannot be read"),
    ("schematic_feature", "TIN(((18 53, 18.1 53, 18 53.1, 18 53)))", "cannot be read"),
    ("organisation", "POINT EMPTY", "no geometry"),
    ("organisation", "POINT(18.6 89)", "latitude 89"),
    ("organisation", "POINT(NaN 53)", "finite"),
    ("organisation", "POINT(181 53)", "longitude 181"),
    ("support_institution", "POINT EMPTY", "no geometry"),
    ("support_institution", "POINT(18.6 -86)", "latitude -86"),
    ("premises", "MULTIPOLYGON(((179 50, -179 50, -179 51, 179 51, 179 50)))", "outline: it crosses the antimeridian"),
    ("premises", "MULTIPOLYGON(((18.6 53, 18.61 53, 18.62 53, 18.6 53)))", "outline: a ring"),
];

/// What `/readyz` says is not drawn: layer, id and reason.
async fn not_drawn(site: &Site) -> Vec<(String, i64, String)> {
    let answer = site.get("/readyz").await;
    assert_eq!(answer.status, StatusCode::OK);
    let text = |row: &serde_json::Value, key: &str| row[key].as_str().expect("text").to_owned();
    let rows = answer.json()["not_drawn"].as_array().expect("a list").clone();
    rows.iter().map(|row| (text(row, "layer"), row["id"].as_i64().expect("an id"), text(row, "reason"))).collect()
}

/// What the tiles around the centre of Toruń show of a layer from zoom 0 to 16.
async fn shown(site: &Site, layer: &str) -> Vec<Feature> {
    let mut features = Vec::new();
    let (x, y) = pestor::geo::to_world(18.605, 53.0105);
    for zoom in 0..=16 {
        let size = f64::from(1u32 << zoom);
        let answer = site.get(&format!("/tiles/{layer}/{zoom}/{}/{}.mvt", (x * size) as u32, (y * size) as u32)).await;
        assert!([StatusCode::OK, StatusCode::NO_CONTENT].contains(&answer.status), "{layer} {zoom}: {answer:?}");
        features
            .extend(decode::read(&answer.bytes).expect("a vector tile").into_iter().flat_map(|layer| layer.features));
    }
    features
}

async fn insert(site: &Site, table: &str, wkt: &str) -> i64 {
    let (_, columns, values, geometry, _) = TABLES.iter().find(|(name, ..)| *name == table).expect("a table");
    let statement = format!(
        "insert into {table} (name, {columns}, {geometry}) values (md5(random()::text), {values}, bad('{wkt}')) returning id"
    );
    let id = sqlx::query_scalar(sqlx::AssertSqlSafe(statement.clone())).fetch_one(&site.app.pool).await;
    id.unwrap_or_else(|error| panic!("{statement}: {error}"))
}

#[tokio::test]
async fn a_bad_geometry_is_named_and_breaks_nothing() {
    let site = demo_site().await;
    assert_eq!(not_drawn(&site).await, []);
    site.sql(UNGUARDED).await;
    let mut before = Vec::new();
    for (.., layer) in TABLES {
        before.push(shown(&site, layer).await.len());
    }
    let mut bad = Vec::new();
    for (table, wkt, reason) in BAD {
        let layer = TABLES.iter().find(|(name, ..)| *name == table).expect("a table").4;
        bad.push((layer, insert(&site, table, wkt).await, reason, table));
    }
    site.until("all are named", async || not_drawn(&site).await.len() >= bad.len()).await;
    // Neither another change of their layers nor reading everything again names them again.
    for again in [
        "update municipality set name = name || '!'; update district set name = name || '!'; update schematic_feature set rank = 1;
         update organisation set tagline = 'x'; update support_institution set tagline = 'x'; update premises set remarks = 'x'",
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
        "update layer_version set version = version + 1, complete_since = version + 1; notify pestor_layers",
    ] {
        let version = site.app.map.data_version();
        site.sql(again).await;
        if again.starts_with("update") {
            site.until("it is read", async || site.app.map.data_version() > version).await;
        }
        let named = not_drawn(&site).await;
        assert_eq!(named.len(), bad.len(), "{named:?}");
        for (layer, id, reason, _) in &bad {
            let said = named.iter().filter(|(l, i, _)| l == layer && i == id).collect::<Vec<_>>();
            assert!(said.len() == 1 && said[0].2.contains(reason), "{layer} {id} {reason}: {said:?}");
        }
    }
    for ((.., layer), before) in TABLES.iter().zip(before) {
        let now = shown(&site, layer).await.len();
        // The two new units stand where others do.
        assert!(now >= before && (*layer == "premises" || now == before), "{layer}: {before} became {now}");
    }

    // Mended, each is on the map.
    for (layer, id, _, table) in &bad {
        let geometry = TABLES.iter().find(|(name, ..)| name == table).expect("a table").3;
        let good = match geometry {
            "point" => "POINT(18.605 53.0105)",
            "geom" => "LINESTRING(18.6 53.01, 18.61 53.011)",
            _ => "MULTIPOLYGON(((18.6 53, 18.61 53, 18.61 53.02, 18.6 53.02, 18.6 53)))",
        };
        site.sql(&format!("update {table} set {geometry} = bad('{good}') where id = {id}")).await;
        site.until("it is not named any more", async || {
            !not_drawn(&site).await.iter().any(|(l, i, _)| l == layer && i == id)
        })
        .await;
        let layer = if *layer == "premises" { "footprints" } else { layer };
        assert!(shown(&site, layer).await.iter().any(|feature| feature.id == id.unsigned_abs()), "{layer} {id}");
    }
    assert_eq!(not_drawn(&site).await, []);
}

#[tokio::test]
async fn a_ring_that_crosses_itself_is_drawn_mended() {
    let site = demo_site().await;
    site.sql(UNGUARDED).await;
    // A hat with its tip crossed over, and a square with a hole that leaves it.
    for wkt in [
        "MULTIPOLYGON(((18.6 53, 18.62 53, 18.609 53.02, 18.611 53.02, 18.6 53)))",
        "MULTIPOLYGON(((18.6 53, 18.62 53, 18.62 53.02, 18.6 53.02, 18.6 53), (18.61 53.01, 18.63 53.01, 18.63 53.015, 18.61 53.01)))",
    ] {
        let id = insert(&site, "district", wkt).await.unsigned_abs();
        let mut drawn = Vec::new();
        site.until("it is drawn", async || shown(&site, "districts").await.iter().any(|feature| feature.id == id))
            .await;
        drawn.extend(shown(&site, "districts").await.into_iter().filter(|feature| feature.id == id));
        for feature in &drawn {
            assert!(feature.geometry.is_valid() && feature.geometry.unsigned_area() > 0.0, "{}", feature.wkt);
            assert!(matches!(feature.geometry, Geometry::Polygon(_) | Geometry::MultiPolygon(_)));
            let bounds = feature.geometry.bounding_rect().expect("something");
            assert!(bounds.min().x >= -128.0 && bounds.max().x <= 4096.0 + 128.0, "{}", feature.wkt);
        }
        assert!(drawn.len() > 8, "{} tiles show it", drawn.len());
    }
    assert_eq!(not_drawn(&site).await, []);
}
