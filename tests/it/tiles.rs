//! Our tiles against PostGIS's own (`ST_AsMVT`) of the same rows, and against places that are known.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use geo::{Area, BooleanOps, Contains, Distance, Euclidean, Geometry, MultiPolygon, Point};

use crate::decode::{self, Layer};
use crate::support::{Site, demo_site, shared_data};

/// One unit of a tile 4,096 units wide.
const UNIT: f64 = 1.0;

async fn ours(site: &Site, layer: &str, tile: (u8, u32, u32)) -> Vec<Layer> {
    let (z, x, y) = tile;
    let answer = site.get(&format!("/tiles/{layer}/{z}/{x}/{y}.mvt")).await;
    if answer.status == StatusCode::NO_CONTENT { Vec::new() } else { decode::read(&answer.bytes).expect("ours") }
}

/// What PostGIS makes of a layer's rows: `rows` selects `id` and `geom` (EPSG:4326).
async fn theirs(site: &Site, layer: &str, rows: &str, (z, x, y): (u8, u32, u32)) -> Vec<Layer> {
    let query = format!(
        "select st_asmvt(t, '{layer}', 4096, 'geom', 'id') from (
             select id, 1 as one, st_asmvtgeom(st_transform(geom, 3857), st_tileenvelope({z}, {x}, {y}), 4096, 64, true) as geom
             from ({rows}) r order by id
         ) t where geom is not null"
    );
    let bytes: Vec<u8> =
        sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(&site.app.pool).await.expect("ST_AsMVT");
    decode::read(&bytes).expect("theirs")
}

fn by_id(tile: &[Layer]) -> BTreeMap<u64, &Geometry<f64>> {
    tile.iter().flat_map(|layer| &layer.features).map(|feature| (feature.id, &feature.geometry)).collect()
}

fn around(z: u8, longitude: f64, latitude: f64, reach: u32) -> Vec<(u8, u32, u32)> {
    let (x, y) = pestor::geo::to_world(longitude, latitude);
    let n = f64::from(1u32 << z);
    let (x, y) = ((x * n) as u32, (y * n) as u32);
    (x - reach..=x + reach).flat_map(|x| (y - reach..=y + reach).map(move |y| (z, x, y))).collect()
}

#[tokio::test]
async fn points_are_those_of_postgis() {
    let site = demo_site().await;
    let mut compared = 0;
    for (layer, table) in
        [("organisations", "organisation"), ("support", "support_institution"), ("premises", "premises")]
    {
        let rows = format!("select id, point as geom from {table} where point is not null");
        for tile in
            [around(13, 18.605, 53.0105, 2), around(14, 18.605, 53.0105, 3), around(16, 18.605, 53.0105, 1)].concat()
        {
            let (ours, theirs) = (ours(&site, layer, tile).await, theirs(&site, layer, &rows, tile).await);
            let (ours, theirs) = (by_id(&ours), by_id(&theirs));
            assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>(), "{layer} {tile:?}");
            for (id, geometry) in &ours {
                let (Geometry::Point(a), Geometry::Point(b)) = (geometry, theirs[id]) else {
                    panic!("{layer} {tile:?} {id}: {geometry:?} against {:?}", theirs[id]);
                };
                assert!((a.x() - b.x()).abs() <= UNIT && (a.y() - b.y()).abs() <= UNIT, "{layer} {tile:?} {id}");
                compared += 1;
            }
        }
    }
    assert!(compared > 500, "only {compared} points were compared");
}

fn polygons(geometry: &Geometry<f64>) -> MultiPolygon<f64> {
    match geometry {
        Geometry::Polygon(polygon) => polygon.clone().into(),
        Geometry::MultiPolygon(polygons) => polygons.clone(),
        other => panic!("not a polygon: {other:?}"),
    }
}

#[tokio::test]
async fn polygons_are_those_of_postgis() {
    let site = demo_site().await;
    let mut compared = 0;
    for (layer, rows) in [
        ("districts", "select id, area as geom from district"),
        ("footprints", "select id, footprint as geom from premises where footprint is not null"),
        ("municipalities", "select id, boundary as geom from municipality"),
    ] {
        for tile in [around(14, 18.605, 53.0105, 2), around(15, 18.57, 53.02, 1)].concat() {
            let (ours, theirs) = (ours(&site, layer, tile).await, theirs(&site, layer, rows, tile).await);
            let (ours, theirs) = (by_id(&ours), by_id(&theirs));
            // What is only a sliver of the buffer may round away on either side.
            let ids: Vec<u64> = ours.keys().chain(theirs.keys()).copied().collect();
            for id in ids {
                let empty = Geometry::MultiPolygon(MultiPolygon::new(Vec::new()));
                let a = polygons(ours.get(&id).copied().unwrap_or(&empty));
                let b = polygons(theirs.get(&id).copied().unwrap_or(&empty));
                // Where the two differ, the strip is at most a unit wide along the outline.
                let outline = |p: &MultiPolygon<f64>| -> f64 {
                    p.iter()
                        .flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()))
                        .flat_map(|ring| ring.lines())
                        .map(|line| Euclidean.distance(Point(line.start), Point(line.end)))
                        .sum()
                };
                let differing = a.xor(&b).unsigned_area();
                let allowed = UNIT * outline(&a).max(outline(&b)) + 4.0;
                assert!(differing <= allowed, "{layer} {tile:?} {id}: {differing} units² differ, {allowed} allowed");
                compared += 1;
            }
        }
    }
    assert!(compared > 100, "only {compared} polygons were compared");
}

#[tokio::test]
async fn monuments_of_torun_lie_inside_its_boundary_in_our_tiles() {
    let Some(file) = shared_data("torun/torun_monuments_wikidata.csv") else { return };
    let site = demo_site().await;
    let mut reader = csv::Reader::from_path(file).expect("a CSV file");
    let headers = reader.headers().expect("headers").clone();
    let column = |name: &str| headers.iter().position(|header| header == name).expect("a column");
    let (lat, lon) = (column("lat.value"), column("lon.value"));
    let mut inside = 0;
    for row in reader.records() {
        let row = row.expect("a row");
        let (lat, lon): (f64, f64) = (row[lat].parse().expect("latitude"), row[lon].parse().expect("longitude"));
        let (x, y) = pestor::geo::to_world(lon, lat);
        let n = f64::from(1u32 << 14);
        let tile = ours(&site, "municipalities", (14, (x * n) as u32, (y * n) as u32)).await;
        let at = Point::new((x * n).fract() * 4096.0, (y * n).fract() * 4096.0);
        assert!(tile.iter().flat_map(|l| &l.features).any(|f| f.geometry.contains(&at)), "{lon} {lat} is outside");
        inside += 1;
    }
    assert_eq!(inside, 71);
}

#[tokio::test]
async fn golden_tiles() {
    let site = demo_site().await;
    for (name, path) in [
        ("all-layers-z0", "/tiles/organisations,support,premises/0/0/0.mvt"),
        ("clusters-z11", "/tiles/organisations,support,premises/11/1129/667.mvt"),
        ("free-premises-z12", "/tiles/premises/12/2259/1334.mvt?status=free"),
        ("footprints-z16", "/tiles/footprints,premises/16/36154/21345.mvt"),
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        insta::assert_snapshot!(name, decode::describe(&answer.bytes));
    }
}
