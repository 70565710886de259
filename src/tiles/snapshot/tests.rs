use proptest::prelude::*;

use super::*;
use crate::tiles::render::{Layer, render};
use crate::tiles::{Facts, Feature, LayerSpec, Period, Shows, Timed, Value};

const SOURCE: SourceSpec = SourceSpec {
    name: "things",
    fields: &[("name", ""), ("rank", ""), ("status", "")],
    timed: Some(Timed {
        property: Some("status"),
        values: &["taken", "free"],
        otherwise: Some(0),
        first_trait: 1,
        counted: 0b10,
    }),
};
const PLACES: LayerSpec = LayerSpec {
    name: "places",
    description: "",
    source: "things",
    shows: Shows::Places { counted_as: Some(("free_count", "")) },
    fields: &["name", "rank", "status"],
    minzoom: 0,
    maxzoom: 14,
};
const OUTLINES: LayerSpec =
    LayerSpec { name: "outlines", shows: Shows::Outlines { keep_tiny: true }, fields: &["status", "name"], ..PLACES };

/// A thing of a town one degree wide, and whether it is there at all.
#[derive(Debug, Clone)]
struct Thing {
    id: u64,
    at: Option<(f64, f64)>,
    name: u8,
    free: bool,
    built: bool,
}

fn thing() -> impl Strategy<Value = Thing> {
    let place = prop::option::weighted(0.8, (18.0..19.0f64, 53.0..54.0f64));
    (1u64..30, place, 0u8..4, any::<bool>(), any::<bool>()).prop_map(|(id, at, name, free, built)| Thing {
        id,
        at,
        name,
        free,
        built,
    })
}

fn builder<'a>(things: impl IntoIterator<Item = &'a Thing>) -> Builder {
    let mut builder = Builder::new(SOURCE);
    for thing in things {
        let Some((x, y)) = thing.at else { continue };
        let house = geo::Rect::new((x, y), (x + 0.01, y + 0.01)).to_polygon().into();
        builder.push(&Feature {
            id: thing.id,
            place: Some([x, y]),
            outline: thing.built.then_some(house),
            properties: &[("name", Value::Str(&format!("No {}", thing.name))), ("rank", Value::Int(thing.name.into()))],
            facts: Facts { traits: 1, groups: [1, 2], measure: u32::from(thing.name) },
            periods: if thing.free { &[Period { from: 0, until: 9, value: 1 }] } else { &[] },
        });
    }
    builder
}

fn tile(snapshot: &Snapshot, coord: TileCoord) -> Vec<u8> {
    let mut tile = Vec::new();
    for layer in [PLACES, OUTLINES] {
        render(&mut tile, &Layer::new(layer, &SOURCE), snapshot, None, coord);
    }
    tile
}

/// The tiles of a place at all zooms.
fn tiles_at((x, y): (f64, f64)) -> impl Iterator<Item = TileCoord> {
    let (x, y) = crate::geo::to_world(x, y);
    (0..=16).map(move |z| {
        let size = f64::from(1u32 << z);
        TileCoord::new(z, (x * size) as u32, (y * size) as u32).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// However it came about, the same content has the same digest and makes the same tiles, byte for byte.
    #[test]
    fn changes_come_to_the_same_as_reading_all(
        first in prop::collection::btree_map(1u64..30, thing(), 0..25),
        steps in prop::collection::vec(prop::collection::vec(thing(), 1..5), 1..8),
        packed_after in prop::option::of(0usize..8),
        look in (18.0..19.0f64, 53.0..54.0f64),
    ) {
        let mut things: std::collections::BTreeMap<u64, Thing> = first.into_iter().map(|(id, thing)| (id, Thing { id, ..thing })).collect();
        let mut snapshot = Snapshot::new(builder(things.values()).finish().0, true, 5);
        for (number, step) in steps.iter().enumerate() {
            let changed: std::collections::BTreeMap<u64, &Thing> = step.iter().map(|thing| (thing.id, thing)).collect();
            let ids: Vec<u64> = changed.keys().copied().collect();
            let change = snapshot.changed(&ids, builder(changed.values().copied()));
            things.extend(changed.into_iter().map(|(id, thing)| (id, thing.clone())));
            snapshot = change.snapshot;
            if packed_after == Some(number) {
                snapshot.pack();
                snapshot.look_up_today();
            }
            let anew = Snapshot::new(builder(things.values()).finish().0, true, 5);
            prop_assert_eq!((snapshot.len(), snapshot.digest()), (anew.len(), anew.digest()));
            let places = things.values().filter_map(|thing| thing.at).take(3).chain([look]);
            for coord in places.flat_map(tiles_at) {
                prop_assert!(tile(&snapshot, coord) == tile(&anew, coord), "{coord:?}");
            }
            let later = (snapshot.on(9), anew.on(9));
            prop_assert!(tile(&later.0, TileCoord::new(0, 0, 0).unwrap()) == tile(&later.1, TileCoord::new(0, 0, 0).unwrap()));
        }
    }
}

#[test]
fn what_stays_the_same_touches_nothing() {
    let one = Thing { id: 1, at: Some((18.5, 53.5)), name: 1, free: true, built: true };
    let two = Thing { id: 2, at: Some((18.6, 53.5)), ..one.clone() };
    let snapshot = Snapshot::new(builder([&one, &two]).finish().0, true, 5);
    let change = snapshot.changed(&[1, 7], builder([&one]));
    assert!(change.touched.is_empty() && change.snapshot.digest() == snapshot.digest());
    let moved = Thing { at: Some((18.7, 53.5)), ..one.clone() };
    let change = snapshot.changed(&[1], builder([&moved]));
    assert_eq!((change.touched.len(), change.snapshot.len()), (2, 2));
    let change = change.snapshot.changed(&[1], builder([&moved]));
    assert!(change.touched.is_empty(), "also in the small part");
    let change = change.snapshot.changed(&[1, 2], builder([]));
    assert!(
        change.snapshot.is_empty()
            && change.snapshot.digest() == Snapshot::new(builder([]).finish().0, true, 5).digest()
    );
}

#[test]
fn a_grown_small_part_is_packed() {
    let things: Vec<Thing> = (1..=3000)
        .map(|id| Thing { id, at: Some((18.0 + id as f64 / 5000.0, 53.5)), name: 1, free: false, built: false })
        .collect();
    let snapshot = Snapshot::new(builder([]).finish().0, true, 5);
    let change = snapshot.changed(&[], builder(&things[..2000]));
    assert!(change.snapshot.is_apart());
    let change = change.snapshot.changed(&[], builder(&things[2000..]));
    assert!(!change.snapshot.is_apart() && change.snapshot.len() == 3000);
}
