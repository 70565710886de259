use std::collections::{BTreeMap, BTreeSet};

use geo::{
    Area, BooleanOps, BoundingRect, Coord, Distance, Euclidean, Geometry, LineString, MapCoords, Point, Polygon,
    Validation,
};
use proptest::prelude::*;

use super::*;
use crate::geo::to_world;
use crate::tiles::{ClusterSpec, Feature, LayerSpec, Value, decode};

const PLAIN: LayerSpec = LayerSpec {
    name: "things",
    description: "",
    minzoom: 0,
    maxzoom: 14,
    cluster: None,
    fields: &[],
    keep_tiny: false,
};
const CLUSTER: ClusterSpec = ClusterSpec { radius_px: 50.0, counted_as: Some("free_count") };
const CLUSTERED: LayerSpec = LayerSpec { cluster: Some(CLUSTER), ..PLAIN };

fn feature(id: u64, geometry: impl Into<Geometry<f64>>) -> Feature {
    Feature {
        id,
        geometry: geometry.into(),
        properties: vec![("name", format!("No {id}").into())],
        counted: id.is_multiple_of(3),
    }
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
fn shown(snapshot: &Snapshot, filter: Option<&IdSet>, coord: TileCoord) -> Vec<decode::Feature> {
    let clusters = snapshot.spec.cluster.map(|spec| Clusters::build(snapshot, spec, filter));
    shown_with(snapshot, clusters.as_ref(), filter, coord)
}

fn shown_with(
    snapshot: &Snapshot,
    clusters: Option<&Clusters>,
    filter: Option<&IdSet>,
    coord: TileCoord,
) -> Vec<decode::Feature> {
    let mut bytes = Vec::new();
    render(&mut bytes, snapshot, clusters, filter, coord);
    decode::read(&bytes).unwrap().pop().map_or(vec![], |layer| layer.features)
}

/// Whether a point belongs to the tile, rather than to its buffer.
fn at_home(feature: &decode::Feature) -> bool {
    let Geometry::Point(point) = feature.geometry else { panic!("{feature:?}") };
    (0.0..4096.0).contains(&point.x()) && (0.0..4096.0).contains(&point.y())
}

#[test]
fn a_cluster_and_its_members() {
    let points = [(1, 18.60), (2, 18.61), (3, 18.62), (9, 18.63)].map(|(id, x)| feature(id, Point::new(x, 53.0)));
    let snapshot = Snapshot::build(CLUSTERED, points).0;
    let properties = |feature: &decode::Feature| serde_json::to_value(&feature.properties).unwrap();
    // A hundredth of a degree is 29 px at zoom 11: pairs join there, the pairs at zoom 10.
    let together = shown(&snapshot, None, tile_at(5, 18.6, 53.0));
    let expected = serde_json::json!({"point_count": 4, "expansion_zoom": 11, "free_count": 2});
    assert_eq!((together.len(), properties(&together[0])), (1, expected));
    let apart = shown(&snapshot, None, tile_at(13, 18.60, 53.0));
    assert_eq!((apart[0].id, properties(&apart[0])), (1, serde_json::json!({"name": "No 1"})));
    let filter = IdSet::new(vec![2, 77]);
    let one = shown(&snapshot, Some(&filter), tile_at(5, 18.6, 53.0));
    assert_eq!((one.len(), one[0].id, properties(&one[0])), (1, 2, serde_json::json!({"name": "No 2"})));
    assert!(shown(&snapshot, Some(&IdSet::new(vec![])), tile(0, 0, 0)).is_empty());
}

#[test]
fn below_its_lowest_zoom_a_layer_is_not_there() {
    let snapshot = Snapshot::build(LayerSpec { minzoom: 3, ..PLAIN }, [feature(1, Point::new(0.1, 0.1))]).0;
    assert!(shown(&snapshot, None, tile(2, 2, 1)).is_empty());
    assert_eq!(shown(&snapshot, None, tile(3, 4, 3)).len(), 1);
}

#[test]
fn tiny_polygons_are_dropped_or_kept_as_a_square() {
    let house = geo::Rect::new((18.6, 53.01), (18.6001, 53.0101)).to_polygon();
    let drop = Snapshot::build(PLAIN, [feature(1, house.clone())]).0;
    let keep = Snapshot::build(LayerSpec { keep_tiny: true, ..PLAIN }, [feature(1, house)]).0;
    assert!(shown(&drop, None, tile_at(6, 18.6, 53.01)).is_empty());
    let square = shown(&keep, None, tile_at(6, 18.6, 53.01)).remove(0);
    assert_eq!(square.geometry.unsigned_area(), 16.0);
    assert_eq!(shown(&drop, None, tile_at(14, 18.6, 53.01)).len(), 1);
}

#[test]
fn lines_are_simplified_until_the_highest_zoom() {
    let wave =
        |turns: i32| (0..=turns).map(|at| Coord { x: 18.0 + f64::from(at) * 1e-4, y: 53.0 + f64::from(at % 2) * 1e-5 });
    let snapshot = Snapshot::build(PLAIN, [feature(1, wave(100).collect::<LineString<f64>>())]).0;
    let count = |coord| {
        let features = shown(&snapshot, None, coord);
        let Geometry::LineString(line) = &features[0].geometry else { panic!("{features:?}") };
        line.0.len()
    };
    assert_eq!(count(tile_at(10, 18.0001, 53.0)), 2);
    assert!(count(tile_at(14, 18.0001, 53.0)) > 50);
}

#[test]
fn the_antimeridian_and_the_edge_of_the_map() {
    let corners = [(1, -180.0, 85.0), (2, 180.0, 85.0), (3, -180.0, -85.05), (4, 180.0, -85.05)];
    let snapshot = Snapshot::build(PLAIN, corners.map(|(id, x, y)| feature(id, Point::new(x, y)))).0;
    let homes: Vec<u64> = tiles(2)
        .flat_map(|coord| shown(&snapshot, None, coord).into_iter().filter(at_home).map(|feature| feature.id))
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

proptest! {
    #[test]
    fn every_point_and_cluster_has_one_home(
        points in prop::collection::vec((-180.0..=180.0f64, -85.05..=85.05f64), 1..60),
        chosen in prop::option::of(prop::collection::vec(1u64..60, 0..60)),
        z in 0u8..4,
    ) {
        let features = (1u64..).zip(&points).map(|(id, &(x, y))| feature(id, Point::new(x, y)));
        let snapshot = Snapshot::build(CLUSTERED, features).0;
        let filter = chosen.map(IdSet::new);
        let passing = (1..=points.len() as u64).filter(|id| filter.as_ref().is_none_or(|ids| ids.contains(*id)));
        let (count, counted) = passing.fold((0, 0), |(count, counted), id| (count + 1, counted + u64::from(id % 3 == 0)));
        let clusters = Clusters::build(&snapshot, CLUSTER, filter.as_ref());
        let (mut points, mut free, mut ids) = (0, 0, BTreeSet::new());
        for coord in tiles(z) {
            for feature in shown_with(&snapshot, Some(&clusters), filter.as_ref(), coord).iter().filter(|one| at_home(one)) {
                prop_assert!(ids.insert(feature.id), "{} is in two tiles", feature.id);
                points += feature.number("point_count").unwrap_or(1);
                free += feature.number("free_count").unwrap_or(u64::from(feature.id % 3 == 0 && feature.id < 1 << 48));
            }
        }
        prop_assert_eq!((points, free), (count, counted));
    }

    #[test]
    fn at_high_zooms_too(x in -179.9..179.9f64, y in -85.0..85.0f64, z in 13u8..=22, bits in prop::array::uniform2(any::<bool>())) {
        // Also points that lie exactly on a tile's edge or corner.
        let size = f64::from(1u32 << z);
        let (wx, wy) = to_world(x, y);
        let [wx, wy] = [(wx, bits[0]), (wy, bits[1])].map(|(axis, snap)| if snap { (axis * size).round() / size } else { axis });
        let (x, y) = crate::geo::from_world(wx, wy);
        let snapshot = Snapshot::build(CLUSTERED, [feature(7, Point::new(x, y))]).0;
        let (column, row) = ((wx * size) as i64, (wy * size) as i64);
        let mut homes = 0;
        for (x, y) in (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (column + dx, row + dy))) {
            if let Ok(coord) = TileCoord::new(z, x as u32, y as u32) {
                homes += shown_with(&snapshot, None, None, coord).iter().filter(|feature| at_home(feature)).count();
            }
        }
        prop_assert_eq!(homes, 1);
    }

    #[test]
    fn polygons_are_valid_and_keep_their_area(polygons in prop::collection::vec(stars(), 1..3), z in 0u8..4) {
        let units = f64::from(4096u32 << z);
        let features = (1u64..).zip(&polygons).map(|(id, polygon)| feature(id, polygon.clone()));
        let snapshot = Snapshot::build(PLAIN, features).0;
        let mut area: BTreeMap<u64, f64> = BTreeMap::new();
        let originals: Vec<Polygon<f64>> = polygons.iter().map(|polygon| polygon.map_coords(|Coord { x, y }| {
            let (x, y) = to_world(x, y);
            Coord { x: x * units, y: y * units }
        })).collect();
        for coord in tiles(z) {
            for feature in shown(&snapshot, None, coord) {
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
        number in prop::num::f64::ANY,
    ) {
        let coords: Vec<Coord<f64>> = numbers.iter().map(|&(x, y)| Coord { x, y }).collect();
        let line = LineString(coords.clone());
        let mut features = vec![feature(1, line.clone()), feature(2, Polygon::new(line.clone(), vec![line]))];
        features.extend((3..).zip(&coords).map(|(id, coord)| feature(id, Point(*coord))));
        features[0].properties.push(("number", Value::Float(number)));
        let coord = tile(z, x % (1 << z), y % (1 << z));
        for spec in [PLAIN, CLUSTERED, LayerSpec { keep_tiny: true, ..PLAIN }] {
            let (snapshot, refused) = Snapshot::build(spec, features.clone());
            prop_assert_eq!(snapshot.len() + refused.len(), features.len());
            for coord in [coord, tile(0, 0, 0)] {
                for feature in shown(&snapshot, None, coord) {
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
