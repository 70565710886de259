//! OGC API – Features and Tiles, as GIS programs ask.

use std::collections::BTreeSet;
use std::path::PathBuf;

use axum::http::StatusCode;
use serde_json::Value;
use tokio::process::Command;

use crate::support::{Site, demo_site};

async fn json(site: &Site, path: &str) -> Value {
    let answer = site.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    serde_json::from_slice(&answer.bytes).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Addresses of all links anywhere in a document.
fn links(value: &Value, found: &mut Vec<(String, String, String)>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| links(value, found)),
        Value::Object(object) => {
            if let (Some(rel), Some(href)) = (value["rel"].as_str(), value["href"].as_str()) {
                let media_type = value["type"].as_str().unwrap_or_default();
                found.push((rel.to_owned(), href.to_owned(), media_type.to_owned()));
            }
            object.values().for_each(|value| links(value, found));
        }
        _ => {}
    }
}

#[tokio::test]
async fn every_link_leads_to_what_it_promises() {
    let site = demo_site().await;
    let mut asked = BTreeSet::new();
    let mut open = vec!["/ogc/".to_owned()];
    let mut rels = BTreeSet::new();
    while let Some(path) = open.pop() {
        if !asked.insert(path.clone()) || asked.len() > 400 {
            continue;
        }
        let answer = site.get(&path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        if !answer.header("content-type").contains("json") || !path.starts_with("/ogc") {
            continue;
        }
        let mut found = Vec::new();
        links(&serde_json::from_slice(&answer.bytes).expect("JSON"), &mut found);
        for (rel, href, media_type) in found {
            rels.insert(rel);
            let Some(path) = href.strip_prefix("http://pestor.test") else {
                assert!(href.starts_with("https://creativecommons.org"), "{href} is not absolute");
                continue;
            };
            // Tiles of the middle of the town.
            let path = path.replace("{tileMatrix}", "11").replace("{tileCol}", "1129").replace("{tileRow}", "667");
            let one = site.get(&path).await;
            assert!(one.status.is_success(), "{path}: {}", one.status);
            let (promised, given) = (media_type.split(';').next(), one.header("content-type").split(';').next());
            assert!(
                media_type.is_empty() || one.status == StatusCode::NO_CONTENT || promised == given,
                "{path}: {promised:?} {given:?}"
            );
            if path.starts_with("/ogc") {
                open.push(path);
            }
        }
    }
    for rel in [
        "self",
        "alternate",
        "service-desc",
        "service-doc",
        "conformance",
        "data",
        "items",
        "collection",
        "license",
        "item",
    ] {
        assert!(rels.contains(rel), "no link is {rel}: {rels:?}");
    }
    assert!(asked.len() > 50, "only {} documents", asked.len());
}

#[tokio::test]
async fn gdal_copies_a_whole_collection_page_by_page() {
    let site = demo_site().await;
    let url = site.listen().await;
    for name in ["organisations", "support", "premises", "districts", "municipalities"] {
        let count = json(&site, &format!("/ogc/collections/{name}/items?limit=1")).await["numberMatched"]
            .as_u64()
            .expect("a count");
        let output =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("ogc-{}-{name}.geojson", std::process::id()));
        std::fs::remove_file(&output).ok();
        let run = Command::new("ogr2ogr")
            .args([
                "-f",
                "GeoJSON",
                output.to_str().expect("UTF-8"),
                &format!("OAPIF:{url}/ogc"),
                name,
                "-oo",
                "PAGE_SIZE=7",
            ])
            .output()
            .await
            .expect("ogr2ogr (gdal-bin) is installed");
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        let copy: Value = serde_json::from_slice(&std::fs::read(&output).expect("read")).expect("JSON");
        let features = copy["features"].as_array().expect("features");
        assert_eq!(u64::try_from(features.len()), Ok(count), "{name}");
        let ours = json(&site, &format!("/ogc/collections/{name}/items?limit=5000")).await;
        for (theirs, ours) in features.iter().zip(ours["features"].as_array().expect("features")) {
            assert_eq!(theirs["properties"]["name"], ours["properties"]["name"]);
            let keys = |value: &Value| {
                value["properties"].as_object().map(|keys| keys.keys().cloned().collect::<BTreeSet<_>>())
            };
            assert!(keys(theirs).expect("keys").is_superset(&keys(ours).expect("keys")), "{theirs} {ours}");
        }
        std::fs::remove_file(&output).ok();
    }
}

#[tokio::test]
async fn coordinates_come_as_they_are_asked_for() {
    let site = demo_site().await;
    let position = async |epsg: i32| {
        let crs = format!("http://www.opengis.net/def/crs/EPSG/0/{epsg}");
        let answer = site.get(&format!("/ogc/collections/premises/items?limit=1&crs={crs}")).await;
        assert_eq!(answer.header("content-crs"), format!("<{crs}>"));
        let page: Value = serde_json::from_slice(&answer.bytes).expect("JSON");
        let position = page["features"][0]["geometry"]["coordinates"].clone();
        [position[0].as_f64().expect("a number"), position[1].as_f64().expect("a number")]
    };
    let right: (f64, f64, f64, f64, f64, f64) = sqlx::query_as(
        "select st_y(point), st_x(point), st_y(st_transform(point, 2180)), st_x(st_transform(point, 2180)),
             st_x(st_transform(point, 3857)), st_y(st_transform(point, 3857)) from premises order by id limit 1",
    )
    .fetch_one(&site.app.pool)
    .await
    .expect("a point");
    assert_eq!(position(4326).await, [right.0, right.1], "latitude first");
    let [northing, easting] = position(2180).await;
    assert!((northing - right.2).abs() < 0.001 && (easting - right.3).abs() < 0.001, "northing first");
    let [x, y] = position(3857).await;
    assert!((x - right.4).abs() < 0.001 && (y - right.5).abs() < 0.001);
    // A box without width or height is a place, and holds what is at it.
    for epsg in [3857, 2180] {
        let [a, b] = position(epsg).await;
        for (bbox, least) in
            [(format!("{a},{b},{a},{b}"), 1), (format!("{a},{b},{},{b}", a + 1.0), 1), ("0,0,0,0".to_owned(), 0)]
        {
            let crs = format!("http://www.opengis.net/def/crs/EPSG/0/{epsg}");
            for name in ["organisations", "support", "premises", "districts", "municipalities"] {
                let page = json(&site, &format!("/ogc/collections/{name}/items?bbox={bbox}&bbox-crs={crs}")).await;
                let found = page["numberMatched"].as_u64().expect("a count");
                assert!(name != "premises" || found >= least && found < 10, "{name} {bbox} {epsg}: {found}");
            }
        }
    }
    // The same box in four systems holds the same.
    let boxes: Vec<(String, String)> = sqlx::query_as(
        "with b as (select st_makeenvelope(18.59, 53.0, 18.62, 53.02, 4326) as e), m as (
             select st_envelope(st_transform(e, 2180)) as p, st_envelope(st_transform(e, 3857)) as w from b)
         select 'EPSG/0/4326', '53.0,18.59,53.02,18.62' union all
         select 'EPSG/0/3857', st_xmin(w) || ',' || st_ymin(w) || ',' || st_xmax(w) || ',' || st_ymax(w) from m union all
         select 'EPSG/0/2180', st_ymin(p) || ',' || st_xmin(p) || ',' || st_ymax(p) || ',' || st_xmax(p) from m",
    )
    .fetch_all(&site.app.pool)
    .await
    .expect("boxes");
    let ids = async |query: String| {
        let page = json(&site, &format!("/ogc/collections/organisations/items?limit=5000&{query}")).await;
        let ids: BTreeSet<String> = page["features"]
            .as_array()
            .expect("features")
            .iter()
            .filter_map(|f| f["id"].as_str().map(str::to_owned))
            .collect();
        ids
    };
    let plain = ids("bbox=18.59,53.0,18.62,53.02".to_owned()).await;
    assert!(plain.len() > 5);
    for (crs, corners) in boxes {
        let found = ids(format!("bbox={corners}&bbox-crs=http://www.opengis.net/def/crs/{crs}")).await;
        if crs.ends_with("2180") {
            // Turned against the meridians, the box around the box is a little wider.
            assert!(found.is_superset(&plain) && found.len() < plain.len() + 15, "{crs}");
        } else {
            assert_eq!(found, plain, "{crs}");
        }
    }
}

#[tokio::test]
async fn features_are_chosen_by_attribute_and_time() {
    let site = demo_site().await;
    let count = async |query: &str| {
        json(&site, &format!("/ogc/collections/premises/items?{query}")).await["numberMatched"].as_u64()
    };
    let free: i64 =
        sqlx::query_scalar("select count(*) from premises_period where status = 'free' and valid @> current_date")
            .fetch_one(&site.app.pool)
            .await
            .expect("a count");
    assert_eq!(count("status=free").await, u64::try_from(free).ok());
    site.sql("alter table premises disable trigger premises_touch; update premises set updated_at = '2020-05-05 12:00Z'; update premises set updated_at = '2021-05-05 12:00Z' where id % 2 = 0").await;
    let later: i64 = sqlx::query_scalar("select count(*) from premises where id % 2 = 0")
        .fetch_one(&site.app.pool)
        .await
        .expect("a count");
    let later = u64::try_from(later).ok();
    for span in [
        "2021-01-01T00:00:00Z/..",
        "2021-05-05T12:00:00Z",
        "2021-05-05",
        "2021-05-05T14:00:00%2B02:00/2022-01-01T00:00:00Z",
    ] {
        assert_eq!(count(&format!("datetime={span}")).await, later, "{span}");
    }
    assert_eq!(count("datetime=../2019-01-01T00:00:00Z").await, Some(0));
    for (query, parameter) in [
        ("datetime=yesterday", "datetime"),
        ("bbox=1,2", "bbox"),
        ("crs=EPSG:4326", "crs"),
        ("bbox-crs=x", "bbox-crs"),
        ("limit=0", "limit"),
        ("limit=x", "limit"),
        ("bbox=", "bbox"),
        ("datetime=", "datetime"),
        ("crs=", "crs"),
        ("status=free&lang=&f=json", "lang"),
        ("limit=+", "limit"),
        ("colour=", "colour"),
        ("bbox=18,52,0,19,53", "bbox"),
        ("offset=-1", "offset"),
        ("f=xml", "f"),
        ("status=fre", "status"),
        ("colour=red", "colour"),
        ("bbox=9e99,0,9.1e99,1&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/3857", "bbox"),
    ] {
        let answer = site.get(&format!("/ogc/collections/premises/items?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}: {}", answer.text());
        let problem: Value = serde_json::from_slice(&answer.bytes).expect("JSON");
        assert_eq!(problem["parameter"], parameter, "{query}");
    }
    assert_eq!(site.get("/ogc/collections/nothing/items").await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.get("/ogc/collections/premises/items/nothing").await.status, StatusCode::NOT_FOUND);
    let more = json(&site, "/ogc/collections/premises/items?limit=1000000").await;
    assert_eq!(more["numberReturned"], more["numberMatched"], "more than the most is the most");
}

#[tokio::test]
async fn people_see_pages() {
    let site = demo_site().await;
    for path in [
        "/ogc",
        "/ogc/",
        "/ogc/api",
        "/ogc/conformance",
        "/ogc/collections",
        "/ogc/collections/premises",
        "/ogc/collections/premises/items",
        "/ogc/tileMatrixSets/WebMercatorQuad",
    ] {
        let answer = site.page(path).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (StatusCode::OK, "text/html; charset=utf-8"),
            "{path}"
        );
        assert!(answer.text().contains("<h1>"), "{path}");
    }
}
