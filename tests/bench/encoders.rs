//! Our encoder against the `mvt` crate, in one run: milliseconds for a tile of a layer, and how many times ours the crate's are.
//!
//! `cargo run --release --example encoders`. The layers are like those of a whole country's densest tiles: 1,500 points with six
//! properties, and 1,500 outlines of houses with three. The crate gets vertices in tile units, ready to write; ours is asked for
//! the whole way from features in memory, so it looks for them in the index, projects, clips and mends besides.

use std::hint::black_box;
use std::time::Instant;

use geozero::mvt::Message;
use mvt::{GeomEncoder, GeomType, Tile};
use pestor::geo::{TileCoord, from_world};
use pestor::tiles::pack::Builder;
use pestor::tiles::render::{Layer, render};
use pestor::tiles::snapshot::Snapshot;
use pestor::tiles::{Feature, LayerSpec, Shows, SourceSpec, Value};

/// Features in a tile.
const FEATURES: u64 = 1_500;

/// Tiles in a pass, and passes; the two take turns, and the median pass counts.
const TILES: u32 = 50;
const PASSES: usize = 21;

const SOURCE: SourceSpec = SourceSpec {
    name: "things",
    fields: &[("id", ""), ("name", ""), ("kind", ""), ("activity", ""), ("offers", ""), ("accessible", "")],
    timed: None,
};
const POINTS: LayerSpec = LayerSpec {
    name: "points",
    description: "",
    source: "things",
    shows: Shows::Places { counted_as: None },
    fields: &["id", "name", "kind", "activity", "offers", "accessible"],
    minzoom: 0,
    maxzoom: 14,
};
const OUTLINES: LayerSpec = LayerSpec {
    name: "outlines",
    shows: Shows::Outlines { keep_tiny: true },
    fields: &["id", "name", "kind"],
    ..POINTS
};

struct Thing {
    id: u64,
    slug: String,
    name: String,
    kind: &'static str,
    activity: &'static str,
    offers: i64,
    accessible: bool,
    /// North-west corner of its house, in tile units; the house is 24 wide and 16 high, and lacks a corner.
    at: [i32; 2],
}

impl Thing {
    fn outline(&self) -> [[i32; 2]; 6] {
        let [x, y] = self.at;
        [[x, y], [x + 24, y], [x + 24, y + 9], [x + 13, y + 9], [x + 13, y + 16], [x, y + 16]]
    }
}

/// The same things every time.
fn things() -> Vec<Thing> {
    let mut state = 42u64;
    let mut random = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let kinds = ["association", "foundation", "social_cooperative", "kis", "cis"];
    let activities = ["culture", "sport", "education", "health", "ecology", "elderly", "animals"];
    let thing = |id| Thing {
        id,
        slug: format!("stowarzyszenie-przyjaciol-miasta-{id}"),
        name: format!("Stowarzyszenie Przyjaciół Miasta nr {id}"),
        kind: kinds[random(5) as usize],
        activity: activities[random(7) as usize],
        offers: random(4) as i64,
        accessible: random(2) == 1,
        at: [random(4000) as i32, random(4000) as i32],
    };
    (1..=FEATURES).map(thing).collect()
}

/// The tile that all things are in.
const COORD: [u32; 2] = [4519, 2668];
const ZOOM: u8 = 13;

fn snapshot(things: &[Thing]) -> Snapshot {
    let degrees = |[x, y]: [i32; 2]| {
        let world = |tile: u32, unit: i32| (f64::from(tile) + f64::from(unit) / 4096.0) / f64::from(1u32 << ZOOM);
        from_world(world(COORD[0], x), world(COORD[1], y))
    };
    let mut builder = Builder::new(SOURCE);
    for thing in things {
        let ring: geo::LineString = thing.outline().map(degrees).to_vec().into();
        builder.push(&Feature {
            id: thing.id,
            place: Some(degrees(thing.at).into()),
            outline: Some(geo::Polygon::new(ring, Vec::new()).into()),
            properties: &[
                ("id", (&thing.slug).into()),
                ("name", (&thing.name).into()),
                ("kind", thing.kind.into()),
                ("activity", thing.activity.into()),
                ("offers", Value::Int(thing.offers)),
                ("accessible", thing.accessible.into()),
            ],
            ..Feature::default()
        });
    }
    let (packed, refused) = builder.finish();
    assert!(refused.is_empty());
    Snapshot::new(packed, false, 0)
}

fn ours(spec: LayerSpec, snapshot: &Snapshot) -> Vec<u8> {
    let mut tile = Vec::new();
    let coord = TileCoord::new(ZOOM, COORD[0], COORD[1]).expect("a tile");
    render(&mut tile, &Layer::new(spec, &SOURCE), snapshot, None, coord);
    tile
}

fn theirs(spec: LayerSpec, things: &[Thing]) -> Result<Vec<u8>, mvt::Error> {
    let mut tile = Tile::new(4096);
    let mut layer = tile.create_layer(spec.name);
    let outlines = matches!(spec.shows, Shows::Outlines { .. });
    for thing in things {
        let mut geometry = GeomEncoder::new(if outlines { GeomType::Polygon } else { GeomType::Point });
        let outline = thing.outline();
        for [x, y] in if outlines { &outline[..] } else { &outline[..1] } {
            geometry.add_point(*x, *y)?;
        }
        let mut feature = layer.into_feature(geometry.encode()?);
        feature.set_id(thing.id);
        feature.add_tag_string("id", &thing.slug);
        feature.add_tag_string("name", &thing.name);
        feature.add_tag_string("kind", thing.kind);
        if !outlines {
            feature.add_tag_string("activity", thing.activity);
            feature.add_tag_uint("offers", thing.offers.unsigned_abs());
            feature.add_tag_bool("accessible", thing.accessible);
        }
        layer = feature.into_layer();
    }
    tile.add_layer(layer)?;
    tile.to_bytes()
}

/// Milliseconds for one tile.
fn time(make: impl Fn() -> Vec<u8>) -> f64 {
    let start = Instant::now();
    for _ in 0..TILES {
        black_box(make());
    }
    start.elapsed().as_secs_f64() * 1e3 / f64::from(TILES)
}

fn main() -> Result<(), mvt::Error> {
    let things = things();
    let snapshot = snapshot(&things);
    println!("{:<10} {:>9} {:>9} {:>6}", "layer", "ours, ms", "mvt, ms", "ratio");
    for spec in [POINTS, OUTLINES] {
        let features = |tile: &[u8]| geozero::mvt::Tile::decode(tile).expect("a tile").layers[0].features.len();
        assert_eq!(features(&ours(spec, &snapshot)), features(&theirs(spec, &things)?), "the same task");
        let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
        for _ in 0..PASSES {
            our_times.push(time(|| ours(spec, &snapshot)));
            their_times.push(time(|| theirs(spec, &things).unwrap_or_default()));
        }
        let median = |times: &mut Vec<f64>| {
            times.sort_by(f64::total_cmp);
            times[PASSES / 2]
        };
        let (ours, theirs) = (median(&mut our_times), median(&mut their_times));
        println!("{:<10} {ours:>9.3} {theirs:>9.3} {:>6.1}", spec.name, theirs / ours);
    }
    Ok(())
}
