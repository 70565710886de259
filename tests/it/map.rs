//! Tiles, TileJSON, style, and how the map follows the database.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use serde_json::Value as Json;

use crate::decode::{self, Feature, Layer};
use crate::support::{Answer, Site, demo_site, empty_site};

/// The tile of Toruń's centre at a zoom.
fn centre(zoom: u8) -> String {
    tile_at(zoom, 18.605, 53.0105)
}

fn tile_at(zoom: u8, longitude: f64, latitude: f64) -> String {
    let (x, y) = pestor::geo::to_world(longitude, latitude);
    let n = f64::from(1u32 << zoom);
    format!("{zoom}/{}/{}", (x * n).floor(), (y * n).floor())
}

fn decoded(answer: &Answer) -> Vec<Layer> {
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    decode::read(&answer.bytes).expect("a vector tile")
}

/// Features of a layer, none where the tile has no such layer.
fn features<'a>(tile: &'a [Layer], layer: &str) -> &'a [Feature] {
    tile.iter().find(|l| l.name == layer).map_or(&[], |l| &l.features)
}

async fn count(site: &Site, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(&site.app.pool).await.expect("count")
}

/// How many things of a layer the lowest zoom's tile accounts for.
async fn total(site: &Site, layer: &str, query: &str, property: &str) -> i64 {
    let answer = site.get(&format!("/tiles/{layer}/0/0/0.mvt?{query}")).await;
    if answer.status == StatusCode::NO_CONTENT {
        return 0;
    }
    let own = if property == "point_count" { 1 } else { 0 };
    features(&decoded(&answer), layer)
        .iter()
        .map(|f| f.properties.get(property).map_or(own, |n| n.as_i64().expect("number")))
        .sum()
}

#[tokio::test]
async fn bad_requests_are_told_apart_and_name_what_is_wrong() {
    let site = demo_site().await;
    for (path, status, word) in [
        ("/tiles/nope/0/0/0.mvt", 404, "nope"),
        ("/tiles/nope.json", 404, "nope"),
        ("/tiles/organisations/23/0/0.mvt", 400, "23"),
        ("/tiles/organisations/1/2/0.mvt", 400, "2"),
        ("/tiles/organisations/1/0/-1.mvt", 400, "-1"),
        ("/tiles/organisations/x/0/0.mvt", 400, "x"),
        ("/tiles/organisations/1/99999999999999999999/0.mvt", 400, "99999999999999999999"),
        ("/tiles/organisations/0/0/0.pbf", 404, ".mvt"),
        ("/tiles/organisations/0/0/0.mvt?colour=red", 400, "colour"),
        ("/tiles/organisations/0/0/0.mvt?status=free", 400, "status"),
        ("/tiles/premises/0/0/0.mvt?status=fre", 400, "status"),
        ("/tiles/premises/0/0/0.mvt?area_min=big", 400, "area_min"),
        ("/tiles/premises/0/0/0.mvt?bbox=1,2,3", 400, "bbox"),
        ("/tiles/premises/0/0/0.mvt?bbox=19,53,18,54", 400, "bbox"),
        ("/tiles/premises/0/0/0.mvt?within=atlantyda", 400, "within"),
        ("/tiles/premises.json?status=fre", 400, "status"),
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.text());
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
        let problem = answer.json();
        assert_eq!(problem["status"], status, "{path}");
        let said = format!("{} {}", problem["detail"], problem["parameter"]);
        assert!(said.contains(word), "{path}: {said}");
    }
}

#[tokio::test]
async fn tiles_are_compressed_tagged_and_cached() {
    let site = demo_site().await;
    let path = format!("/tiles/organisations,premises/{}.mvt", centre(13));
    let plain = site.get(&path).await;
    assert_eq!(plain.header("content-type"), "application/vnd.mapbox-vector-tile");
    let zipped = site.send(&path, &[("accept-encoding", "gzip")]).await;
    assert_eq!(zipped.header("content-encoding"), "gzip");
    let mut unzipped = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&zipped.bytes[..]), &mut unzipped).expect("gzip");
    assert_eq!(unzipped, plain.bytes, "the same tile");
    assert_ne!(zipped.header("etag"), plain.header("etag"), "another tag for another representation");

    let tag = zipped.header("etag").to_owned();
    let again = site.send(&path, &[("accept-encoding", "gzip"), ("if-none-match", &tag)]).await;
    assert_eq!((again.status, again.bytes.len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(again.header("etag"), tag);

    let json = site.get("/tiles/organisations,premises.json").await.json();
    let template = json["tiles"][0].as_str().expect("a template").to_owned();
    let versioned = template.replace("{z}/{x}/{y}", &centre(13)).replace("http://pestor.test", "");
    assert!(site.get(&versioned).await.header("cache-control").contains("immutable"));
    assert_eq!(plain.header("cache-control"), "public, no-cache");

    let sea = site.get("/tiles/organisations/13/0/0.mvt").await;
    assert_eq!((sea.status, sea.bytes.len()), (StatusCode::NO_CONTENT, 0));
}

#[tokio::test]
async fn cluster_counts_add_up_at_every_zoom() {
    let site = demo_site().await;
    let organisations = count(&site, "select count(*) from organisation where point is not null").await;
    assert!(organisations >= 208);
    let free = count(
        &site,
        "select count(*) from premises_period where valid @> current_date and status in ('free', 'open_call')",
    )
    .await;
    assert_eq!(total(&site, "organisations", "", "point_count").await, organisations);
    assert_eq!(total(&site, "premises", "", "point_count").await, 83);
    assert_eq!(total(&site, "premises", "", "free_count").await, free);

    let foundations = count(&site, "select count(*) from organisation where legal_form = 'foundation'").await;
    assert_eq!(total(&site, "organisations", "legal_form=foundation", "point_count").await, foundations);
    let both = count(
        &site,
        "select count(*) from premises p join premises_period s on s.premises_id = p.id and s.valid @> current_date
         where s.status in ('free', 'open_call') and p.area_m2 >= 50",
    )
    .await;
    assert!(both > 0);
    assert_eq!(total(&site, "premises", "status=free&status=open_call&area_min=50", "point_count").await, both);
}

#[tokio::test]
async fn map_and_list_agree_on_every_filter() {
    let site = demo_site().await;
    for (layer, list, query) in [
        ("organisations", "/organizacje", "has=offers"),
        ("organisations", "/organizacje", "has=offers&has=equipment&legal_form=association"),
        ("organisations", "/organizacje", "activity=culture&within=bielany"),
        ("organisations", "/organizacje", "q=fundacja"),
        ("premises", "/lokale", "accessible=true"),
        ("premises", "/lokale", "status=occupied&use=office&area_max=80"),
        ("premises", "/lokale", "bbox=18.59,53.0,18.62,53.02"),
        ("support", "/wsparcie", "kind=owes&kind=rops"),
    ] {
        let on_map = total(&site, layer, query, "point_count").await;
        let page = site.page(&format!("{list}?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{list}?{query}");
        assert_eq!(page.total(), on_map, "{list}?{query}");
    }
}

#[tokio::test]
async fn every_feature_is_itself_from_zoom_13() {
    let site = demo_site().await;
    let answer = site.get(&format!("/tiles/organisations,support,premises,footprints/{}.mvt", centre(13))).await;
    let tile = decoded(&answer);
    for layer in ["organisations", "support", "premises"] {
        let found = features(&tile, layer);
        assert!(!found.is_empty(), "{layer}");
        let itself = |f: &Feature| f.properties.contains_key("id") && !f.properties.contains_key("point_count");
        assert!(found.iter().all(itself), "{layer}");
    }
    assert!(!features(&tile, "footprints").is_empty());
    let below = site.get(&format!("/tiles/footprints/{}.mvt", centre(12))).await;
    assert_eq!(below.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_changed_row_is_on_the_map_without_a_reload() {
    let site = demo_site().await;
    let id = count(
        &site,
        "select p.id from premises p join premises_period s on s.premises_id = p.id
         where s.valid @> current_date and s.status = 'occupied' order by p.id limit 1",
    )
    .await;
    let free = total(&site, "premises", "", "free_count").await;
    let listed = total(&site, "premises", "status=free", "point_count").await;
    site.sql(&format!(
        "update premises_period set status = 'free', organisation_id = null, tenant_name = '', title = null
         where premises_id = {id} and valid @> current_date"
    ))
    .await;
    site.until("the cluster counts follow", async || total(&site, "premises", "", "free_count").await == free + 1)
        .await;
    assert_eq!(total(&site, "premises", "status=free", "point_count").await, listed + 1);

    site.sql("delete from organisation").await;
    site.until("the organisations are gone", async || total(&site, "organisations", "", "point_count").await == 0)
        .await;
}

#[tokio::test]
async fn open_pages_hear_of_changes_until_the_server_stops() {
    let site = demo_site().await;
    let mut stream = reqwest::get(format!("{}/changes", site.listen().await)).await.expect("a stream");
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let version = site.app.map.data_version();
    assert_eq!(stream.chunk().await.expect("open").expect("an event"), format!("data: {version}\n\n"));
    site.sql("delete from support_institution").await;
    assert_eq!(stream.chunk().await.expect("open").expect("an event"), format!("data: {}\n\n", version + 1));
    site.app.map.stop();
    assert_eq!(stream.chunk().await.expect("closed in order"), None);
}

#[tokio::test]
async fn premises_are_seen_as_of_another_day() {
    let site = demo_site().await;
    let then = count(
        &site,
        "select count(*) from premises_period where valid @> date '2024-02-01' and status in ('free', 'open_call')",
    )
    .await;
    let now = total(&site, "premises", "", "free_count").await;
    assert_ne!(then, now, "a day that differs");
    assert_eq!(total(&site, "premises", "on=2024-02-01", "free_count").await, then);
    assert_eq!(total(&site, "premises", "on=2024-02-01&status=free&status=open_call", "point_count").await, then);
    assert_eq!(total(&site, "premises", "", "free_count").await, now, "the present is untouched");
    site.sql("delete from premises_period").await;
    site.until("the past follows too", async || total(&site, "premises", "on=2024-02-01", "free_count").await == 0)
        .await;
}

#[tokio::test]
async fn a_change_whose_announcement_was_lost_comes_with_the_next_one() {
    let site = demo_site().await;
    site.sql(
        "begin; set local session_replication_role = replica; delete from support_institution;
         update layer_version set version = version + 1 where layer = 'support';
         insert into layer_change select layer, version from layer_version where layer = 'support'; commit;
         notify pestor_layers, 'organisations'",
    )
    .await;
    site.until("the layer is read", async || total(&site, "support", "", "point_count").await == 0).await;
}

#[tokio::test]
async fn a_lost_connection_loses_no_change() {
    let site = demo_site().await;
    site.sql("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
        .await;
    site.sql("delete from support_institution").await;
    site.until("the change is seen", async || total(&site, "support", "", "point_count").await == 0).await;
}

#[tokio::test]
async fn tilejson_tells_what_the_tiles_hold() {
    let site = demo_site().await;
    let names = "municipalities,districts,schematic,organisations,support,premises,footprints";
    let answer = site.get(&format!("/tiles/{names}.json?q=a&v=old")).await;
    let json = answer.json();
    assert_eq!(json["tilejson"], "3.0.0");
    let template = json["tiles"][0].as_str().expect("template");
    assert!(
        template.starts_with(&format!("http://pestor.test/tiles/{names}/{{z}}/{{x}}/{{y}}.mvt?q=a&v=")),
        "{template}"
    );
    let [west, south, east, north] = std::array::from_fn(|i| json["bounds"][i].as_f64().expect("a bound"));
    assert!(west < 18.605 && east > 18.605 && south < 53.01 && north > 53.01);

    // Every property sent is described, over all zooms.
    for zoom in [0, 6, 10, 12, 13, 14, 16] {
        let tile = decoded(&site.get(&format!("/tiles/{names}/{}.mvt", centre(zoom))).await);
        for layer in &tile {
            let fields = json["vector_layers"].as_array().expect("layers").iter().find(|l| l["id"] == layer.name);
            let fields = fields.expect("described")["fields"].as_object().expect("fields");
            for key in layer.features.iter().flat_map(|feature| feature.properties.keys()) {
                assert!(fields.contains_key(key), "{}.{key} is not described", layer.name);
            }
        }
    }
}

#[tokio::test]
async fn the_style_uses_only_what_the_server_sends() {
    let site = demo_site().await;
    let mut sent: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let names = "municipalities,districts,schematic,organisations,support,premises,footprints";
    for zoom in [8, 10, 11, 12, 13, 14] {
        for layer in decoded(&site.get(&format!("/tiles/{names}/{}.mvt", centre(zoom))).await) {
            let keys = layer.features.into_iter().flat_map(|feature| feature.properties.into_keys());
            sent.entry(layer.name).or_default().extend(keys);
        }
    }
    // What the page's script reads besides.
    let read: BTreeMap<String, Vec<String>> =
        serde_json::from_str(include_str!("../../tiles-style/properties.json")).expect("JSON");
    for (layer, properties) in read {
        let keys = sent.get(&layer).unwrap_or_else(|| panic!("{layer} is never sent"));
        for property in properties {
            assert!(keys.contains(&property), "{layer}.{property} is never sent");
        }
    }
    for file in ["/style.json", "/style-dark.json"] {
        let style = site.get(file).await.json();
        let sources = style["sources"].as_object().expect("sources").values();
        for source in sources.filter(|source| source["type"] == "vector") {
            assert!(source["url"].as_str().expect("an address").starts_with("http://pestor.test/tiles/"), "{file}");
        }
        assert!(style["sprite"][0]["url"].as_str().expect("an address").starts_with("http://pestor.test/"), "{file}");
        for layer in style["layers"].as_array().expect("layers") {
            let Some(source_layer) = layer["source-layer"].as_str() else { continue };
            let keys = sent.get(source_layer).unwrap_or_else(|| panic!("{file}: {source_layer} is never sent"));
            let mut used = Vec::new();
            collect_properties(layer, &mut used);
            for property in used {
                assert!(
                    keys.contains(&property),
                    "{file}: {} uses {source_layer}.{property}, which is never sent",
                    layer["id"]
                );
            }
        }
    }
}

/// Names that `["get", name]` and `["has", name]` expressions read.
fn collect_properties(value: &Json, into: &mut Vec<String>) {
    match value {
        Json::Array(items) => {
            if let [operator, Json::String(name)] = &items[..]
                && (operator == "get" || operator == "has")
            {
                into.push(name.clone());
            }
            items.iter().for_each(|item| collect_properties(item, into));
        }
        Json::Object(map) => map.values().for_each(|item| collect_properties(item, into)),
        _ => {}
    }
}

#[tokio::test]
async fn an_empty_instance_has_an_empty_map() {
    let site = empty_site().await;
    assert_eq!(site.get("/tiles/organisations,premises/0/0/0.mvt").await.status, StatusCode::NO_CONTENT);
    assert_eq!(site.get("/tiles/organisations.json").await.json()["bounds"][0], -180.0);
    assert_eq!(site.get("/readyz").await.status, StatusCode::OK);
}
