use std::io::Read as _;

use super::*;
use crate::tiles::{Feature, IdSet, Period, Timed, Value, decode};

const TIMED: Timed = Timed { property: None, values: &["free"], otherwise: None, first_trait: 0, counted: 1 };
const SOURCES: [SourceSpec; 2] = [
    SourceSpec { name: "points", fields: &[("name", "")], timed: Some(TIMED) },
    SourceSpec { name: "more", fields: &[("name", "")], timed: None },
];
const POINTS: LayerSpec = LayerSpec {
    name: "points",
    description: "Points",
    source: "points",
    shows: Shows::Places { counted_as: Some(("free_count", "")) },
    fields: &["name"],
    minzoom: 0,
    maxzoom: 14,
};
const LAYERS: [LayerSpec; 2] = [POINTS, LayerSpec { name: "areas", source: "more", minzoom: 3, ..POINTS }];

/// Points by id and longitude; even ones are free until day 9.
fn read(engine: &Engine, source: &str, points: &[(u64, f64)]) -> Builder {
    let mut builder = engine.builder(source).unwrap();
    for &(id, x) in points {
        let periods: &[Period] = if id % 2 == 0 { &[Period { from: 0, until: 9, value: 0 }] } else { &[] };
        let name = format!("No {id}");
        builder.push(&Feature {
            id,
            place: Some([x, 53.0]),
            properties: &[("name", Value::Str(&name))],
            periods,
            ..Feature::default()
        });
    }
    builder
}

fn replace(engine: &Engine, source: &str, points: &[(u64, f64)]) -> usize {
    engine.replace(source, read(engine, source, points), 1).unwrap().len()
}

fn change(engine: &Engine, ids: &[u64], points: &[(u64, f64)]) {
    engine.change("points", ids, read(engine, "points", points)).unwrap();
}

fn engine() -> Engine {
    let engine = Engine::new(&SOURCES, &LAYERS, 1 << 20);
    assert_eq!(replace(&engine, "points", &[(1, 18.5), (2, 18.7), (3, 300.0)]), 1);
    replace(&engine, "more", &[(1, 18.5)]);
    engine
}

fn coord_at(z: u8, x: f64) -> TileCoord {
    let (x, y) = crate::geo::to_world(x, 53.0);
    let size = f64::from(1u32 << z);
    TileCoord::new(z, (x * size) as u32, (y * size) as u32).unwrap()
}

fn coord(z: u8) -> TileCoord {
    coord_at(z, 18.5)
}

fn view(engine: &Engine, layers: &[&str]) -> View {
    engine.view(layers, |_| None).unwrap()
}

fn version(engine: &Engine) -> String {
    engine.version(&view(engine, &["points"]))
}

async fn get(engine: &Engine, layers: &[&str], z: u8, encoding: Encoding) -> TileBody {
    engine.tile(&view(engine, layers), coord(z), encoding).await.unwrap().unwrap()
}

fn only(ids: Vec<u64>) -> Option<Filter> {
    Some(Filter { ids: Some(Arc::new(IdSet::new(ids))), ..Filter::default() })
}

#[tokio::test]
async fn encodings_hold_the_same_tile_under_different_tags() {
    let engine = engine();
    let plain = get(&engine, &["points"], 5, Encoding::Identity).await;
    let gzip = get(&engine, &["points"], 5, Encoding::Gzip).await;
    let brotli = get(&engine, &["points"], 5, Encoding::Brotli).await;
    let (mut from_gzip, mut from_brotli) = (Vec::new(), Vec::new());
    flate2::read::GzDecoder::new(&gzip.bytes[..]).read_to_end(&mut from_gzip).unwrap();
    brotli::Decompressor::new(&brotli.bytes[..], 4096).read_to_end(&mut from_brotli).unwrap();
    assert!(from_gzip == plain.bytes && from_brotli == plain.bytes);
    assert!(plain.etag != gzip.etag && gzip.etag != brotli.etag && plain.etag != brotli.etag);
    let tag = plain.etag.to_str().unwrap();
    assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() == 18);
    assert_eq!(plain, get(&engine, &["points"], 5, Encoding::Identity).await);
}

#[tokio::test]
async fn layers_in_any_order_once_each() {
    let engine = engine();
    let both = get(&engine, &["points", "areas"], 5, Encoding::Identity).await;
    assert_eq!(both, get(&engine, &["areas", "points", "areas"], 5, Encoding::Identity).await);
    let names: Vec<_> = decode::read(&both.bytes).unwrap().into_iter().map(|layer| layer.name).collect();
    assert_eq!(names, ["areas", "points"]);
    let low = get(&engine, &["points", "areas"], 2, Encoding::Identity).await;
    assert_eq!(decode::read(&low.bytes).unwrap().len(), 1);
    let unknown = engine.view(&["points", "nothing"], |_| None);
    assert!(matches!(unknown, Err(TileError::UnknownLayer(name)) if name == "nothing"));
    assert!(matches!(engine.builder("nothing"), Err(TileError::UnknownSource(_))));
}

#[tokio::test]
async fn empty_tiles_and_filters() {
    let engine = engine();
    let far = TileCoord::new(5, 0, 0).unwrap();
    assert_eq!(engine.tile(&view(&engine, &["points"]), far, Encoding::Gzip).await.unwrap(), None);
    for (ids, expected) in [(vec![2], vec![2]), (vec![1], vec![1]), (vec![], vec![])] {
        let view = engine.view(&["points"], |_| only(ids.clone())).unwrap();
        let body = engine.tile(&view, coord(5), Encoding::Identity).await.unwrap();
        let shown = body.map_or(vec![], |body| decode::read(&body.bytes).unwrap().remove(0).features);
        assert_eq!(shown.iter().map(|feature| feature.id).collect::<Vec<_>>(), expected);
    }
}

#[tokio::test]
async fn new_data_is_never_hidden_by_the_cache() {
    let engine = engine();
    let (before, old) = (get(&engine, &["points"], 13, Encoding::Gzip).await, version(&engine));
    replace(&engine, "points", &[(1, 18.5), (4, 18.5)]);
    let after = get(&engine, &["points"], 13, Encoding::Gzip).await;
    assert!(before.etag != after.etag && old != version(&engine));
    assert_eq!(engine.snapshot("points").unwrap().len(), 2);
    replace(&engine, "points", &[(1, 18.5), (2, 18.7)]);
    assert_eq!(old, version(&engine), "the same rows have the same version");
    assert_eq!(before, get(&engine, &["points"], 13, Encoding::Gzip).await);
}

/// Whether two answers are one and the same piece of memory, so that the second came from the cache.
fn is_cached(a: &TileBody, b: &TileBody) -> bool {
    a.bytes.as_ptr() == b.bytes.as_ptr()
}

#[tokio::test]
async fn a_change_makes_anew_only_the_tiles_it_touches() {
    let engine = engine();
    let both = view(&engine, &["points", "areas"]);
    let tile = async |z, x| engine.tile(&both, coord_at(z, x), Encoding::Gzip).await.unwrap().unwrap();
    let (here, there, low) = (tile(13, 18.5).await, tile(13, 18.7).await, tile(4, 18.5).await);
    change(&engine, &[2, 4], &[(2, 18.7), (4, 18.7)]);
    assert!(is_cached(&here, &tile(13, 18.5).await), "far from the change");
    assert!(!is_cached(&there, &tile(13, 18.7).await) && !is_cached(&low, &tile(4, 18.5).await));
    let (there, low) = (tile(13, 18.7).await, tile(4, 18.5).await);
    change(&engine, &[2, 77], &[(2, 18.7)]);
    replace(&engine, "points", &[(1, 18.5), (2, 18.7), (4, 18.7)]);
    assert!(is_cached(&there, &tile(13, 18.7).await) && is_cached(&low, &tile(4, 18.5).await), "nothing changed");
    engine.set_today(9);
    assert!(!is_cached(&there, &tile(13, 18.7).await), "another day");
}

#[tokio::test]
async fn two_engines_agree_however_they_came_to_their_state() {
    let (one, other) = (engine(), engine());
    replace(&one, "points", &[(1, 18.5), (2, 18.6), (4, 18.6)]);
    change(&other, &[1, 2, 4], &[(1, 18.5), (2, 18.6), (4, 18.6)]);
    assert_eq!(version(&one), version(&other));
    for z in 0..=16 {
        assert_eq!(get(&one, &["points"], z, Encoding::Gzip).await, get(&other, &["points"], z, Encoding::Gzip).await);
    }
    other.set_today(9);
    assert_ne!(version(&one), version(&other), "what is shown depends on the day");
}

#[test]
fn what_cannot_be_drawn_is_told_once() {
    let engine = engine();
    assert_eq!(
        engine.refused(),
        [("points", Refused { id: 3, reason: "longitude 300 is outside -180 to 180".into() })]
    );
    assert_eq!(replace(&engine, "points", &[(1, 18.5), (3, 300.0)]), 0, "known already");
    assert_eq!(engine.change("points", &[3, 5], read(&engine, "points", &[(3, 300.0), (5, 200.0)])).unwrap().len(), 1);
    change(&engine, &[3], &[(3, 18.5)]);
    assert_eq!(engine.refused().iter().map(|(_, row)| row.id).collect::<Vec<_>>(), [5]);
}

#[tokio::test]
async fn without_room_nothing_is_kept() {
    let engine = Engine::new(&SOURCES, &LAYERS, 0);
    replace(&engine, "points", &[(1, 18.5)]);
    let (first, second) =
        (get(&engine, &["points"], 13, Encoding::Gzip).await, get(&engine, &["points"], 13, Encoding::Gzip).await);
    assert!(first == second && !is_cached(&first, &second));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_while_data_changes() {
    let engine = Arc::new(engine());
    let readers = (0..32).map(|at: u8| {
        let engine = engine.clone();
        tokio::spawn(async move {
            for round in 0..20 {
                let body = get(&engine, &["points", "areas"], (at + round) % 15, Encoding::Identity).await;
                decode::read(&body.bytes).unwrap();
            }
        })
    });
    let readers: Vec<_> = readers.collect();
    for id in 10..40 {
        change(&engine, &[id - 1, id], &[(id, 18.7)]);
        tokio::task::yield_now().await;
    }
    for reader in readers {
        reader.await.unwrap();
    }
}

#[test]
fn tilejson_and_bounds() {
    let engine = engine();
    let bounds = engine.bounds(&view(&engine, &["points"])).unwrap();
    assert!((bounds.west - 18.5).abs() < 1e-9 && (bounds.east - 18.7).abs() < 1e-9);
    let json = engine.tilejson(&view(&engine, &["areas", "points"]), "http://localhost/tiles/{z}/{x}/{y}.mvt".into());
    assert_eq!((json.name.as_str(), json.minzoom, json.vector_layers.len()), ("points,areas", 0, 2));
    let version = |ids: Vec<u64>| engine.version(&engine.view(&["points"], |_| only(ids.clone())).unwrap());
    assert!(version(vec![1]) != version(vec![1, 2]) && version(vec![1]) == version(vec![1, 1]));
}
