//! What other programs see over HTTP, and what real files become on the map.

use std::collections::BTreeSet;
use std::path::PathBuf;

use axum::http::StatusCode;
use pestor::geo::to_world;
use pestor::import::{self, Kind, Options};
use tokio::process::Command;

use crate::decode;
use crate::import::options;
use crate::support::{Site, demo_site, empty_site, shared_data};

async fn count(site: &Site, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(&site.app.pool).await.expect(query)
}

#[tokio::test]
async fn gdal_reads_a_tile_over_http() {
    let site = demo_site().await;
    let url = site.listen().await;
    // Zoom 9 holds the whole city in one tile, in clusters; zoom 14 the middle of the Old Town, each thing itself.
    let read = async |layers: &str, tile: &str| {
        let output = Command::new("ogrinfo")
            .args(["-ro", "-al", "-so", &format!("MVT:{url}/tiles/{layers}/{tile}.mvt")])
            .output()
            .await
            .expect("ogrinfo (gdal-bin) is installed");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let layers = "organisations,support,premises,footprints,districts,municipalities,schematic";
    let text = read(layers, "14/9038/5336").await;
    let ours = decode::read(&site.get(&format!("/tiles/{layers}/14/9038/5336.mvt")).await.bytes).expect("a tile");
    assert_eq!(ours.len(), 7, "all layers are in this tile");
    for layer in &ours {
        let part = text.split(&format!("Layer name: {}\n", layer.name)).nth(1).expect("GDAL sees the layer");
        let part = part.split("Layer name:").next().expect("a part");
        assert!(part.contains(&format!("Feature Count: {}\n", layer.features.len())), "{part}");
        for name in layer.features.iter().flat_map(|feature| feature.properties.keys()) {
            assert!(part.contains(&format!("\n{name}: ")), "{}.{name} in {part}", layer.name);
        }
    }
    let premises = text.split("Layer name: premises\n").nth(1).expect("premises");
    for field in ["mvt_id: Integer", "status: String", "area_m2: Real", "accessible: Integer(Boolean)"] {
        assert!(premises.contains(field), "{field} in {premises}");
    }
}

#[tokio::test]
async fn real_files_are_on_the_map_in_their_places() {
    let Some(gminas) = shared_data("boundaries/poland_municipalities.geojson") else { return };
    let Some(register) = shared_data("registers/fr_support_organisations_les_emplois.csv") else { return };
    let site = empty_site().await;
    let report = import::run(&site.app.pool, &options(Kind::Municipalities, gminas)).await.expect("imported");
    assert_eq!(report.inserted, 2477, "{report}");
    let report = import::run(
        &site.app.pool,
        &Options {
            mapping: Some(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data-import/mappings/fr-support.toml")),
            municipality: Some("0463011".to_owned()),
            ..options(Kind::Support, register)
        },
    )
    .await
    .expect("imported");
    assert_eq!((report.inserted, report.refused.len()), (1000, 3), "{report}");

    let institutions = async || {
        let answer = site.get("/tiles/support/0/0/0.mvt").await;
        if answer.status != StatusCode::OK {
            return 0;
        }
        let layers = decode::read(&answer.bytes).expect("a tile");
        layers.iter().flat_map(|layer| &layer.features).map(|f| f.number("point_count").unwrap_or(1)).sum::<u64>()
    };
    site.until("all institutions are on the map", async || institutions().await == 1000).await;

    // Every gmina is in the tiles of Poland at zoom 6.
    let mut seen = BTreeSet::new();
    for x in 34..=36 {
        for y in 20..=22 {
            let answer = site.get(&format!("/tiles/municipalities/6/{x}/{y}.mvt")).await;
            if answer.status == StatusCode::OK {
                let layers = decode::read(&answer.bytes).expect("a tile");
                seen.extend(layers.iter().flat_map(|layer| &layer.features).map(|feature| feature.id));
            }
        }
    }
    assert_eq!(seen.len(), 2477);

    // Each institution lies where the file says: asked for by the tile of its coordinates, found at its point.
    let places: Vec<(i64, f64, f64)> =
        sqlx::query_as("select id, st_x(point), st_y(point) from support_institution order by id limit 200")
            .fetch_all(&site.app.pool)
            .await
            .expect("places");
    for (id, longitude, latitude) in places {
        let (x, y) = to_world(longitude, latitude);
        let n = f64::from(1u32 << 14);
        let (x, y) = (x * n, y * n);
        let answer = site.get(&format!("/tiles/support/14/{}/{}.mvt", x.floor(), y.floor())).await;
        let layers = decode::read(&answer.bytes).expect("a tile");
        let feature = layers.iter().flat_map(|l| &l.features).find(|f| f.id == id.unsigned_abs()).expect("found");
        let geo::Geometry::Point(at) = feature.geometry else { panic!("{:?}", feature.geometry) };
        assert!(
            (at.x() / 4096.0 - x.fract()).abs() < 2.0 / 4096.0 && (at.y() / 4096.0 - y.fract()).abs() < 2.0 / 4096.0
        );
    }
    assert_eq!(count(&site, "select count(*) from support_institution where point is null").await, 0);
}
