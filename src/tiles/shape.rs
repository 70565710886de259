//! Geometry ready for tiles: projected once, oriented, every vertex weighed for simplification.

use geo::{Coord, CoordsIter, Geometry, Line, LineString, Polygon};

use super::index::{NOWHERE, Rect, around};
use crate::geo::{MAX_LATITUDE, to_world};

/// A line, or a ring that its last position joins to its first, in world coordinates.
#[derive(Debug)]
pub(super) struct Path {
    /// Positions.
    pub xy: Vec<[f64; 2]>,
    /// For every position, the greatest tolerance (in world units) of Douglas–Peucker simplification it survives.
    /// Weighing the whole line once, rather than simplifying what a tile sees of it, makes neighbouring tiles agree.
    pub weight: Vec<f32>,
}

/// Kind of an outline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The feature has none.
    None,
    /// One line or several.
    Lines,
    /// Rings of one polygon or several, in any order: exterior ones have positive area by the shoelace formula
    /// in world coordinates, interior ones negative.
    Rings,
}

/// World coordinates of a longitude and latitude.
///
/// # Errors
/// Why it cannot be on the map: not finite, or out of range.
pub(super) fn project_place([longitude, latitude]: [f64; 2]) -> Result<[f64; 2], String> {
    check_position(longitude, latitude)?;
    if latitude.abs() > MAX_LATITUDE {
        return Err(format!("latitude {latitude} is outside -{MAX_LATITUDE:.2} to {MAX_LATITUDE:.2}"));
    }
    Ok(world(Coord { x: longitude, y: latitude }))
}

/// Projects a line or an area.
///
/// # Errors
/// Why it cannot be on the map: empty, out of range, not finite, across the antimeridian, too few positions, a point, or a mixed
/// collection. Rings that cross themselves are not looked for (that is the database's task); they are mended when a tile is written.
pub(super) fn project(geometry: &Geometry<f64>) -> Result<(Kind, Vec<Path>), String> {
    check_range(geometry)?;
    Ok(match geometry {
        Geometry::Line(line) => (Kind::Lines, lines(&[LineString::from(line)])?),
        Geometry::LineString(line) => (Kind::Lines, lines(std::slice::from_ref(line))?),
        Geometry::MultiLineString(parts) => (Kind::Lines, lines(&parts.0)?),
        Geometry::Polygon(polygon) => (Kind::Rings, rings(std::slice::from_ref(polygon))?),
        Geometry::MultiPolygon(parts) => (Kind::Rings, rings(&parts.0)?),
        Geometry::Rect(rect) => (Kind::Rings, rings(&[rect.to_polygon()])?),
        Geometry::Triangle(triangle) => (Kind::Rings, rings(&[triangle.to_polygon()])?),
        Geometry::GeometryCollection(_) => return Err("a geometry collection is not drawn".into()),
        Geometry::Point(_) | Geometry::MultiPoint(_) => return Err("a point is not an outline".into()),
    })
}

fn check_position(longitude: f64, latitude: f64) -> Result<(), String> {
    if !longitude.is_finite() || !latitude.is_finite() {
        return Err("a coordinate is not a finite number".into());
    }
    if !(-180.0..=180.0).contains(&longitude) {
        return Err(format!("longitude {longitude} is outside -180 to 180"));
    }
    if !(-90.0..=90.0).contains(&latitude) {
        return Err(format!("latitude {latitude} is outside -{MAX_LATITUDE:.2} to {MAX_LATITUDE:.2}"));
    }
    Ok(())
}

/// Some part of it must lie inside the square of the map.
fn check_range(geometry: &Geometry<f64>) -> Result<(), String> {
    let mut any = false;
    let (mut least, mut greatest) = (f64::INFINITY, f64::NEG_INFINITY);
    for Coord { x, y } in geometry.coords_iter() {
        check_position(x, y)?;
        any = true;
        (least, greatest) = (least.min(y), greatest.max(y));
    }
    match (any, least <= MAX_LATITUDE && greatest >= -MAX_LATITUDE) {
        (false, _) => Err("the geometry is empty".into()),
        (true, false) => Err(format!("all of it lies beyond latitude {MAX_LATITUDE:.2}")),
        (true, true) => Ok(()),
    }
}

/// World coordinates, with latitudes beyond the map's edge drawn at the edge.
fn world(coord: Coord<f64>) -> [f64; 2] {
    let (x, y) = to_world(coord.x, coord.y.clamp(-MAX_LATITUDE, MAX_LATITUDE));
    [x.clamp(0.0, 1.0), y.clamp(0.0, 1.0)]
}

/// Positions of a line, none twice in a row; no step may cross the eastern and western edge of the map.
fn positions(line: &LineString<f64>) -> Result<Vec<[f64; 2]>, String> {
    // Along that edge (Antarctica) both ends are at 180 degrees.
    let across = |line: Line<f64>| line.dx().abs() > 180.0 && (line.start.x.abs() < 180.0 || line.end.x.abs() < 180.0);
    if line.lines().any(across) {
        return Err("it crosses the antimeridian; cut it there in two".into());
    }
    let mut xy: Vec<[f64; 2]> = line.0.iter().map(|&coord| world(coord)).collect();
    xy.dedup();
    Ok(xy)
}

fn lines(parts: &[LineString<f64>]) -> Result<Vec<Path>, String> {
    let mut paths = Vec::with_capacity(parts.len());
    for part in parts.iter().filter(|part| !part.0.is_empty()) {
        let xy = positions(part)?;
        if xy.len() < 2 {
            return Err("a line has fewer than two different positions".into());
        }
        paths.push(Path { weight: weigh(&xy), xy });
    }
    Ok(paths)
}

fn rings(polygons: &[Polygon<f64>]) -> Result<Vec<Path>, String> {
    let mut paths = Vec::new();
    for polygon in polygons.iter().filter(|polygon| !polygon.exterior().0.is_empty()) {
        let exterior = std::iter::once((polygon.exterior(), true));
        for (ring, outer) in exterior.chain(polygon.interiors().iter().map(|ring| (ring, false))) {
            let mut xy = positions(ring)?;
            let area = twice_area(&xy);
            if xy.len() < 4 || area == 0.0 {
                return Err("a ring encloses no area".into());
            }
            if (area > 0.0) != outer {
                xy.reverse();
            }
            let mut weight = weigh(&xy);
            xy.pop();
            weight.pop();
            paths.push(Path { weight, xy });
        }
    }
    Ok(paths)
}

/// Shoelace formula, taken from the first position so that small rings keep their precision.
fn twice_area(ring: &[[f64; 2]]) -> f64 {
    let Some(&[x0, y0]) = ring.first() else {
        return 0.0;
    };
    ring.windows(2).map(|pair| (pair[0][0] - x0) * (pair[1][1] - y0) - (pair[1][0] - x0) * (pair[0][1] - y0)).sum()
}

/// Weight of every vertex: its distance from the chord that Douglas–Peucker measures it against, but never more than the
/// weight of the vertex that split the line there, so that choosing by weight is choosing what the algorithm keeps.
fn weigh(xy: &[[f64; 2]]) -> Vec<f32> {
    let mut weight = vec![0f32; xy.len()];
    if let Some(last) = xy.len().checked_sub(1) {
        (weight[0], weight[last]) = (f32::INFINITY, f32::INFINITY);
        let mut open = vec![(0, last, f32::INFINITY)];
        while let Some((from, to, limit)) = open.pop() {
            let farthest = (from + 1..to)
                .map(|at| (at, distance(xy[at], xy[from], xy[to])))
                .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
            if let Some((at, distance)) = farthest {
                weight[at] = (distance as f32).min(limit);
                open.push((from, at, weight[at]));
                open.push((at, to, weight[at]));
            }
        }
    }
    weight
}

/// Distance of a point from a segment.
fn distance([x, y]: [f64; 2], [x0, y0]: [f64; 2], [x1, y1]: [f64; 2]) -> f64 {
    let (dx, dy) = (x1 - x0, y1 - y0);
    let square = dx * dx + dy * dy;
    let along = if square > 0.0 { (((x - x0) * dx + (y - y0) * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
    (x - x0 - along * dx).hypot(y - y0 - along * dy)
}

/// Outlines of many features, one after the other.
#[derive(Debug, Default)]
pub(super) struct Outlines {
    kinds: Vec<Kind>,
    /// Box around each, rounded outwards.
    boxes: Vec<[f32; 4]>,
    /// For each, where its paths end.
    path_ends: Vec<u32>,
    /// For each path, where its positions end.
    position_ends: Vec<u32>,
    xy: Vec<[f64; 2]>,
    weight: Vec<f32>,
}

/// The outline of one feature.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outline<'a> {
    pub kind: Kind,
    all: &'a Outlines,
    first_path: usize,
    end_path: usize,
}

impl Outlines {
    /// Adds one. Outlines are added to every feature or to none.
    pub(super) fn push<'a>(&mut self, kind: Kind, paths: impl IntoIterator<Item = (&'a [[f64; 2]], &'a [f32])>) {
        let mut rect = NOWHERE;
        for (xy, weight) in paths {
            rect = xy.iter().fold(rect, |rect, &[x, y]| around(&rect, &[x, y, x, y]));
            self.xy.extend_from_slice(xy);
            self.weight.extend_from_slice(weight);
            // 2³² positions are 80 GiB.
            self.position_ends.push(self.xy.len() as u32);
        }
        self.path_ends.push(self.position_ends.len() as u32);
        self.kinds.push(kind);
        let low = |edge: f64| if f64::from(edge as f32) > edge { (edge as f32).next_down() } else { edge as f32 };
        let high = |edge: f64| if f64::from(edge as f32) < edge { (edge as f32).next_up() } else { edge as f32 };
        self.boxes.push([low(rect[0]), low(rect[1]), high(rect[2]), high(rect[3])]);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// Number of features.
    pub(super) fn len(&self) -> usize {
        self.kinds.len()
    }

    /// Box around one, a little too large; [`NOWHERE`] around nothing.
    pub(super) fn bounds(&self, at: usize) -> Rect {
        self.boxes[at].map(f64::from)
    }

    /// One of them.
    pub(super) fn get(&self, at: usize) -> Outline<'_> {
        let first_path = if at == 0 { 0 } else { self.path_ends[at - 1] as usize };
        Outline { kind: self.kinds[at], all: self, first_path, end_path: self.path_ends[at] as usize }
    }

    /// Gives back memory that was kept for more.
    pub(super) fn shrink(&mut self) {
        self.kinds.shrink_to_fit();
        self.boxes.shrink_to_fit();
        self.path_ends.shrink_to_fit();
        self.position_ends.shrink_to_fit();
        self.xy.shrink_to_fit();
        self.weight.shrink_to_fit();
    }

    /// Size in memory, bytes.
    pub(super) fn size(&self) -> usize {
        self.kinds.capacity()
            + self.boxes.capacity() * 16
            + (self.path_ends.capacity() + self.position_ends.capacity() + self.weight.capacity()) * 4
            + self.xy.capacity() * 16
    }
}

impl<'a> Outline<'a> {
    /// Positions and weights of each path.
    pub(super) fn paths(self) -> impl Iterator<Item = (&'a [[f64; 2]], &'a [f32])> {
        let all = self.all;
        (self.first_path..self.end_path).map(move |path| {
            let start = if path == 0 { 0 } else { all.position_ends[path - 1] as usize };
            let range = start..all.position_ends[path] as usize;
            (&all.xy[range.clone()], &all.weight[range])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{line_string, point, polygon};
    use proptest::prelude::*;

    fn reason(geometry: impl Into<Geometry<f64>>) -> String {
        project(&geometry.into()).unwrap_err()
    }

    #[test]
    fn what_cannot_be_drawn_is_named() {
        assert!(project_place([f64::NAN, 1.0]).unwrap_err().contains("finite"));
        assert!(project_place([181.0, 1.0]).unwrap_err().contains("longitude 181"));
        assert!(project_place([18.0, 86.0]).unwrap_err().contains("latitude 86"));
        assert!(reason(line_string![(x: 1.0, y: 1.0), (x: 2.0, y: f64::INFINITY)]).contains("finite"));
        assert!(reason(line_string![(x: 179.0, y: 1.0), (x: -179.0, y: 1.0)]).contains("antimeridian"));
        assert!(reason(point!(x: 1.0, y: 1.0)).contains("not an outline"));
        assert!(reason(line_string![(x: 1.0, y: 88.0), (x: 2.0, y: 89.0)]).contains("beyond latitude"));
        assert!(reason(line_string![(x: 1.0, y: 1.0), (x: 1.0, y: 1.0)]).contains("two different"));
        assert!(reason(line_string![]).contains("empty"));
        assert!(reason(polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 2.0, y: 0.0)]).contains("area"));
        assert!(
            reason(Geometry::GeometryCollection(geo::GeometryCollection::from(vec![point!(x: 1.0, y: 1.0)])))
                .contains("collection")
        );
    }

    #[test]
    fn rings_are_oriented_and_polar_parts_clamped() {
        let antarctica = polygon![
            exterior: [(x: -180.0, y: -90.0), (x: -180.0, y: -60.0), (x: 180.0, y: -60.0), (x: 180.0, y: -90.0)],
            interiors: [[(x: 0.0, y: -70.0), (x: 10.0, y: -70.0), (x: 10.0, y: -75.0)]],
        ];
        let (kind, rings) = project(&antarctica.into()).unwrap();
        let area = |ring: &Path| twice_area(&[&ring.xy[..], &ring.xy[..1]].concat());
        assert!(kind == Kind::Rings && area(&rings[0]) > 0.0 && area(&rings[1]) < 0.0);
        let mut outlines = Outlines::default();
        outlines.push(Kind::None, []);
        outlines.push(kind, rings.iter().map(|ring| (&ring.xy[..], &ring.weight[..])));
        assert_eq!((outlines.len(), outlines.bounds(1)[3]), (2, 1.0));
        assert!(outlines.get(0).paths().count() == 0 && outlines.get(1).paths().count() == 2);
        assert_eq!(outlines.get(1).paths().next().unwrap().0, &rings[0].xy[..]);
    }

    proptest! {
        /// The classical recursive algorithm and the choice by weight keep the same vertices.
        #[test]
        fn weights_agree_with_douglas_peucker(
            xy in prop::collection::vec((0.0..1.0f64, 0.0..1.0f64), 2..60),
            tolerance in 0.0..0.5f64,
        ) {
            fn classic(xy: &[[f64; 2]], from: usize, to: usize, tolerance: f64, kept: &mut Vec<usize>) {
                let far = (from + 1..to).map(|at| (at, distance(xy[at], xy[from], xy[to])))
                    .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
                if let Some((at, distance)) = far && (distance as f32) > tolerance as f32 {
                    classic(xy, from, at, tolerance, kept);
                    kept.push(at);
                    classic(xy, at, to, tolerance, kept);
                }
            }
            let xy: Vec<[f64; 2]> = xy.into_iter().map(|(x, y)| [x, y]).collect();
            let mut kept = vec![0];
            classic(&xy, 0, xy.len() - 1, tolerance, &mut kept);
            kept.push(xy.len() - 1);
            let weight = weigh(&xy);
            let chosen: Vec<usize> = (0..xy.len()).filter(|&at| weight[at] > tolerance as f32).collect();
            prop_assert_eq!(chosen, kept);
        }

        #[test]
        fn any_point_is_projected_or_refused(x in prop::num::f64::ANY, y in prop::num::f64::ANY) {
            if let Ok(place) = project_place([x, y]) {
                prop_assert!(place.iter().all(|axis| (0.0..=1.0).contains(axis)));
            }
        }
    }
}
