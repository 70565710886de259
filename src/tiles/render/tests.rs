use std::collections::{BTreeMap, BTreeSet};

use geo::{
    Area, BooleanOps, BoundingRect, Coord, Distance, Euclidean, Geometry, LineString, MapCoords, Point, Polygon,
    Validation,
};
use proptest::prelude::*;

use super::*;
use crate::geo::to_world;
use crate::tiles::pack::{Builder, Refused};
use crate::tiles::{Facts, Feature, IdSet, Period, Timed, Value, decode};

const TIMED: Timed =
    Timed { property: Some("status"), values: &["taken", "free"], otherwise: Some(0), first_trait: 8, counted: 0b10 };
const SOURCE: SourceSpec =
    SourceSpec { name: "things", fields: &[("name", ""), ("number", ""), ("status", "")], timed: Some(TIMED) };
const PLAIN: LayerSpec = LayerSpec {
    name: "things",
    description: "",
    source: "things",
    shows: Shows::Outlines { keep_tiny: false },
    fields: &["name", "number"],
    minzoom: 0,
    maxzoom: 14,
};
const TINY_KEPT: LayerSpec = LayerSpec { shows: Shows::Outlines { keep_tiny: true }, ..PLAIN };
const CLUSTERED: LayerSpec = LayerSpec { shows: Shows::Places { counted_as: Some(("free_count", "")) }, ..PLAIN };

/// Every third one is free, from day 10 to day 19.
fn snapshot_of(geometries: impl IntoIterator<Item = (u64, Geometry<f64>)>) -> (Snapshot, Vec<Refused>) {
    let mut builder = Builder::new(SOURCE);
    for (id, geometry) in geometries {
        let name = format!("No {id}");
        let (place, outline) = match geometry {
            Geometry::Point(point) => (Some([point.x(), point.y()]), None),
            other => (None, Some(other)),
        };
        let free: &[Period] = if id.is_multiple_of(3) { &[Period { from: 10, until: 20, value: 1 }] } else { &[] };
        builder.push(&Feature {
            id,
            place,
            outline,
            properties: &[("name", Value::Str(&name))],
            facts: Facts { traits: 1 << (id % 4), groups: [id as u32 % 5, 0], measure: id as u32 },
            periods: free,
        });
    }
    let (packed, refused) = builder.finish();
    (Snapshot::new(packed, true, 10), refused)
}

fn snapshot(geometries: impl IntoIterator<Item = (u64, Geometry<f64>)>) -> Snapshot {
    snapshot_of(geometries).0
}

fn point(id: u64, x: f64, y: f64) -> (u64, Geometry<f64>) {
    (id, Point::new(x, y).into())
}

fn only(ids: impl IntoIterator<Item = u64>) -> Filter {
    Filter { ids: Some(std::sync::Arc::new(ids.into_iter().collect::<IdSet>())), ..Filter::default() }
}

fn tile(z: u8, x: u32, y: u32) -> TileCoord {
    TileCoord::new(z, x, y).unwrap()
}

fn tile_at(z: u8, longitude: f64, latitude: f64) -> TileCoord {
    let (x, y) = to_world(longitude, latitude);
    let size = f64::from(1u32 << z);
    tile(z, (x * size) as u32, (y * size) as u32)
}

fn tiles(z: u8) -> impl Iterator<Item = TileCoord> {
    (0..1 << z).flat_map(move |x| (0..1 << z).map(move |y| tile(z, x, y)))
}

/// Features of the one layer in a tile.
fn shown(spec: LayerSpec, snapshot: &Snapshot, filter: Option<&Filter>, coord: TileCoord) -> Vec<decode::Feature> {
    let mut bytes = Vec::new();
    render(&mut bytes, &Layer::new(spec, &SOURCE), snapshot, filter, coord);
    decode::read(&bytes).unwrap().pop().map_or(vec![], |layer| layer.features)
}

/// Whether a point belongs to the tile, rather than to its buffer.
fn at_home(feature: &decode::Feature) -> bool {
    let Geometry::Point(point) = feature.geometry else { panic!("{feature:?}") };
    (0.0..4096.0).contains(&point.x()) && (0.0..4096.0).contains(&point.y())
}

#[test]
fn a_cluster_and_its_members() {
    let points = [(1, 18.60), (2, 18.61), (3, 18.62), (9, 18.63)].map(|(id, x)| point(id, x, 53.0));
    let snapshot = snapshot(points);
    let properties = |feature: &decode::Feature| serde_json::to_value(&feature.properties).unwrap();
    // All four span 0.03 degrees: 175 px at zoom 12.
    let together = shown(CLUSTERED, &snapshot, None, tile_at(5, 18.6, 53.0));
    let expected = serde_json::json!({"point_count": 4, "expansion_zoom": 12, "free_count": 2});
    assert_eq!((together.len(), properties(&together[0])), (1, expected));
    let apart = shown(CLUSTERED, &snapshot, None, tile_at(13, 18.60, 53.0));
    assert_eq!((apart[0].id, properties(&apart[0])), (1, serde_json::json!({"name": "No 1"})));
    let one = shown(CLUSTERED, &snapshot, Some(&only([2, 77])), tile_at(5, 18.6, 53.0));
    assert_eq!((one.len(), one[0].id, properties(&one[0])), (1, 2, serde_json::json!({"name": "No 2"})));
    assert!(shown(CLUSTERED, &snapshot, Some(&only([])), tile(0, 0, 0)).is_empty());
}

#[test]
fn another_day_another_state() {
    let snapshot = snapshot([point(1, 18.6, 53.0), point(3, 18.6, 53.0)]);
    let spec = LayerSpec { fields: &["name", "status"], ..CLUSTERED };
    let on = |day| Filter { day: Some(day), ..Filter::default() };
    let free = |snapshot: &Snapshot, filter: Option<&Filter>| {
        shown(spec, snapshot, filter, tile(0, 0, 0))[0].number("free_count").unwrap()
    };
    assert_eq!((free(&snapshot, None), free(&snapshot, Some(&on(19))), free(&snapshot, Some(&on(20)))), (1, 1, 0));
    assert_eq!(free(&snapshot.on(30), None), 0);
    let status = |filter: &Filter| {
        let found = shown(spec, &snapshot, Some(filter), tile_at(14, 18.6, 53.0));
        found.iter().map(|feature| feature.properties["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((status(&on(10)), status(&on(9))), (vec!["taken".into(), "free".into()], vec!["taken".into(); 2]));
    let free_only = Filter { traits: vec![1 << 9], ..on(10) };
    assert_eq!(status(&free_only), ["free"]);
}

#[test]
fn below_its_lowest_zoom_a_layer_is_not_there() {
    let snapshot = snapshot([point(1, 0.1, 0.1)]);
    let spec = LayerSpec { minzoom: 3, ..CLUSTERED };
    assert!(shown(spec, &snapshot, None, tile(2, 2, 1)).is_empty());
    assert_eq!(shown(spec, &snapshot, None, tile(3, 4, 3)).len(), 1);
}

#[test]
fn tiny_polygons_are_dropped_or_kept_as_a_square() {
    let house = geo::Rect::new((18.6, 53.01), (18.6001, 53.0101)).to_polygon();
    let snapshot = snapshot([(1, house.into())]);
    assert!(shown(PLAIN, &snapshot, None, tile_at(6, 18.6, 53.01)).is_empty());
    let square = shown(TINY_KEPT, &snapshot, None, tile_at(6, 18.6, 53.01)).remove(0);
    assert_eq!(square.geometry.unsigned_area(), 16.0);
    assert_eq!(shown(PLAIN, &snapshot, None, tile_at(14, 18.6, 53.01)).len(), 1);
}

#[test]
fn lines_are_simplified_until_the_highest_zoom() {
    let wave =
        |turns: i32| (0..=turns).map(|at| Coord { x: 18.0 + f64::from(at) * 1e-4, y: 53.0 + f64::from(at % 2) * 1e-5 });
    let snapshot = snapshot([(1, wave(100).collect::<LineString<f64>>().into())]);
    let count = |coord| {
        let features = shown(PLAIN, &snapshot, None, coord);
        let Geometry::LineString(line) = &features[0].geometry else { panic!("{features:?}") };
        line.0.len()
    };
    assert_eq!(count(tile_at(10, 18.0001, 53.0)), 2);
    assert!(count(tile_at(14, 18.0001, 53.0)) > 50);
}

#[test]
fn the_antimeridian_and_the_edge_of_the_map() {
    let corners = [(1, -180.0, 85.0), (2, 180.0, 85.0), (3, -180.0, -85.05), (4, 180.0, -85.05)];
    let snapshot = snapshot(corners.map(|(id, x, y)| point(id, x, y)));
    let homes: Vec<u64> = tiles(2)
        .flat_map(|coord| {
            shown(CLUSTERED, &snapshot, None, coord).into_iter().filter(at_home).map(|feature| feature.id)
        })
        .collect();
    assert_eq!(homes, [1, 3, 2, 4]);
}

/// A star around a place with a hole of the same form; radii in degrees.
fn star(x: f64, y: f64, radii: &[f64], hole: f64) -> Polygon<f64> {
    let step = std::f64::consts::TAU / radii.len() as f64;
    let ring = |scale: f64| {
        let turn = |at: usize| (at as f64 * step).sin_cos();
        (0..radii.len())
            .map(|at| Coord { x: x + radii[at] * scale * turn(at).1, y: y + radii[at] * scale * turn(at).0 })
            .collect::<LineString<f64>>()
    };
    Polygon::new(ring(1.0), if hole > 0.0 { vec![ring(hole)] } else { vec![] })
}

fn stars() -> impl Strategy<Value = Polygon<f64>> {
    let radii = prop::collection::vec(2.0..25.0f64, 5..25);
    (-150.0..150.0f64, -45.0..45.0f64, radii, prop_oneof![Just(0.0), 0.1..0.9f64])
        .prop_map(|(x, y, radii, hole)| star(x, y, &radii, hole))
}

/// Places all over the world, and crowded ones.
fn places() -> impl Strategy<Value = Vec<(f64, f64)>> {
    let anywhere = (-180.0..=180.0f64, -85.05..=85.05f64);
    let crowded = (17.0..20.0f64, 52.0..54.0f64);
    prop::collection::vec(prop_oneof![anywhere, crowded], 1..80)
}

fn filters() -> impl Strategy<Value = Option<Filter>> {
    let ids = prop::option::of(prop::collection::vec(1u64..80, 0..80));
    let parts = (
        prop::collection::vec(1u64..16, 0..2),
        any::<bool>(),
        prop::collection::vec(0u32..5, 0..3),
        prop::option::of((0u32..80, 0u32..80)),
        any::<bool>(),
        ids,
        prop::option::of(5i32..25),
    );
    prop::option::of(parts.prop_map(|(mut traits, free, group, measure, inside, ids, day)| {
        traits.extend(free.then_some(1 << 9));
        let bbox = crate::geo::Bbox { west: 0.0, south: -20.0, east: 19.0, north: 53.0 };
        Filter {
            traits,
            groups: [group, vec![]],
            measure: measure.map(|(a, b)| [a.min(b), a.max(b)]),
            inside: inside.then(|| crate::tiles::filter::Inside::new(bbox)),
            ids: ids.map(|ids| std::sync::Arc::new(IdSet::new(ids))),
            day,
        }
    }))
}

/// Says the same as [`Filter`], in other words.
fn passes(filter: &Filter, id: u64, (x, y): (f64, f64)) -> bool {
    let free = id.is_multiple_of(3) && (10..20).contains(&filter.day.unwrap_or(10));
    let traits = 1u64 << (id % 4) | if free { 1 << 9 } else { 1 << 8 };
    filter.traits.iter().all(|wanted| wanted & traits > 0)
        && (filter.groups[0].is_empty() || filter.groups[0].contains(&(id as u32 % 5)))
        && filter.measure.is_none_or(|[least, most]| least <= id as u32 && id as u32 <= most)
        && (filter.inside.is_none() || ((0.0..=19.0).contains(&x) && (-20.0..=53.0).contains(&y)))
        && filter.ids.as_ref().is_none_or(|ids| ids.ids().contains(&id))
}

proptest! {
    #[test]
    fn every_point_and_cluster_has_one_home(points in places(), filter in filters(), z in 0u8..5, today in 5i32..25) {
        let snapshot = snapshot((1u64..).zip(&points).map(|(id, &(x, y))| point(id, x, y))).on(today);
        let filter = filter.map(|filter| Filter { day: filter.day.or(Some(10)), ..filter });
        let day = filter.as_ref().and_then(|filter| filter.day).unwrap_or(today);
        let free = |id: u64| u64::from(id.is_multiple_of(3) && (10..20).contains(&day));
        let passing = (1u64..).zip(&points).filter(|(id, at)| filter.as_ref().is_none_or(|filter| passes(filter, *id, **at)));
        let expected = passing.fold((0, 0), |(count, counted), (id, _)| (count + 1, counted + free(id)));
        let (mut count, mut counted, mut ids) = (0, 0, BTreeSet::new());
        for coord in tiles(z) {
            for feature in shown(CLUSTERED, &snapshot, filter.as_ref(), coord).iter().filter(|one| at_home(one)) {
                prop_assert!(ids.insert(feature.id), "{} is in two tiles", feature.id);
                count += feature.number("point_count").unwrap_or(1);
                counted += feature.number("free_count").unwrap_or_else(|| free(feature.id));
            }
        }
        prop_assert_eq!((count, counted), expected);
    }

    #[test]
    fn at_high_zooms_too(x in -179.9..179.9f64, y in -85.0..85.0f64, z in 13u8..=22, bits in prop::array::uniform2(any::<bool>())) {
        // Also points that lie exactly on a tile's edge or corner.
        let size = f64::from(1u32 << z);
        let (wx, wy) = to_world(x, y);
        let [wx, wy] = [(wx, bits[0]), (wy, bits[1])].map(|(axis, snap)| if snap { (axis * size).round() / size } else { axis });
        let (x, y) = crate::geo::from_world(wx, wy);
        let snapshot = snapshot([point(7, x, y)]);
        let (column, row) = ((wx * size) as i64, (wy * size) as i64);
        let mut homes = 0;
        for (x, y) in (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (column + dx, row + dy))) {
            if let Ok(coord) = TileCoord::new(z, x as u32, y as u32) {
                homes += shown(CLUSTERED, &snapshot, None, coord).iter().filter(|feature| at_home(feature)).count();
            }
        }
        prop_assert_eq!(homes, 1);
    }

    #[test]
    fn polygons_are_valid_and_keep_their_area(polygons in prop::collection::vec(stars(), 1..3), z in 0u8..4) {
        let units = f64::from(4096u32 << z);
        let snapshot = snapshot((1u64..).zip(&polygons).map(|(id, polygon)| (id, polygon.clone().into())));
        let mut area: BTreeMap<u64, f64> = BTreeMap::new();
        let originals: Vec<Polygon<f64>> = polygons.iter().map(|polygon| polygon.map_coords(|Coord { x, y }| {
            let (x, y) = to_world(x, y);
            Coord { x: x * units, y: y * units }
        })).collect();
        for coord in tiles(z) {
            for feature in shown(PLAIN, &snapshot, None, coord) {
                prop_assert!(feature.geometry.is_valid(), "{:?}", feature.geometry);
                let parts = match &feature.geometry {
                    Geometry::Polygon(polygon) => geo::MultiPolygon(vec![polygon.clone()]),
                    Geometry::MultiPolygon(parts) => parts.clone(),
                    other => panic!("{other:?}"),
                };
                let inside = parts.intersection(&geo::Rect::new((0.0, 0.0), (4096.0, 4096.0)).to_polygon());
                *area.entry(feature.id).or_default() += inside.unsigned_area();
                // No edge within the tile but those of the feature: the middle of each is near its outline.
                let original = &originals[feature.id as usize - 1];
                let corner = Coord { x: f64::from(coord.x()) * 4096.0, y: f64::from(coord.y()) * 4096.0 };
                for line in parts.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors())).flat_map(LineString::lines) {
                    let middle = (line.start + line.end) / 2.0;
                    let inside = [middle.x, middle.y].iter().all(|axis| (0.0..=4096.0).contains(axis));
                    let away = |ring: &LineString<f64>| Euclidean.distance(&Point(middle + corner), ring);
                    let nearest = original.interiors().iter().map(away).fold(away(original.exterior()), f64::min);
                    prop_assert!(!inside || nearest < 6.0, "an edge {nearest} units from the outline: {line:?}");
                }
            }
        }
        for (id, original) in (1u64..).zip(&originals) {
            // Simplification and rounding move the outline by no more than three units.
            let outline: f64 = std::iter::once(original.exterior()).chain(original.interiors())
                .flat_map(LineString::lines).map(|line| (line.end - line.start).x.hypot((line.end - line.start).y)).sum();
            let missing = (original.unsigned_area() - area.get(&id).copied().unwrap_or_default()).abs();
            prop_assert!(missing <= 3.0 * outline + 16.0, "{missing} of {}", original.unsigned_area());
        }
    }

    #[test]
    fn nothing_panics(
        numbers in prop::collection::vec((any_degree(), any_degree()), 0..12),
        z in 0u8..=22, x in any::<u32>(), y in any::<u32>(),
    ) {
        let coords: Vec<Coord<f64>> = numbers.iter().map(|&(x, y)| Coord { x, y }).collect();
        let line = LineString(coords.clone());
        let mut features: Vec<(u64, Geometry<f64>)> = vec![(1, line.clone().into()), (2, Polygon::new(line.clone(), vec![line]).into())];
        features.extend((3..).zip(&coords).map(|(id, coord)| (id, Point(*coord).into())));
        let coord = tile(z, x % (1 << z), y % (1 << z));
        let (snapshot, refused) = snapshot_of(features.clone());
        prop_assert_eq!(snapshot.len() + refused.len(), features.len());
        for spec in [PLAIN, CLUSTERED, TINY_KEPT] {
            for coord in [coord, tile(0, 0, 0)] {
                for feature in shown(spec, &snapshot, None, coord) {
                    let bounds = feature.geometry.bounding_rect().unwrap();
                    prop_assert!([bounds.min().x, bounds.min().y, bounds.max().x, bounds.max().y].iter().all(|axis| (-64.0..=4160.0).contains(axis)));
                    if !matches!(feature.geometry, Geometry::LineString(_) | Geometry::MultiLineString(_)) {
                        prop_assert!(feature.geometry.is_valid(), "{:?}", feature.geometry);
                    }
                }
            }
        }
    }
}

/// Ordinary degrees, the special ones, and everything else that a float can be.
fn any_degree() -> impl Strategy<Value = f64> {
    let special = [0.0, 90.0, -90.0, 180.0, -180.0, 85.051_128_779_806_59, f64::NAN, f64::INFINITY];
    prop_oneof![8 => -180.0..180.0f64, 8 => -85.0..85.0f64, 2 => prop::sample::select(special.to_vec()), 1 => prop::num::f64::ANY]
}
