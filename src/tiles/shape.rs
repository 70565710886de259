//! Geometry ready for tiles: projected once, oriented, every vertex weighed for simplification.

use geo::{Coord, CoordsIter, Geometry, LineString, Polygon};

use super::index::Rect;
use crate::geo::{MAX_LATITUDE, to_world};

/// A line or a ring in world coordinates. A ring is closed (first position = last).
#[derive(Debug)]
pub(super) struct Path {
    /// Positions.
    pub xy: Box<[[f64; 2]]>,
    /// For every position, the greatest tolerance (in world units) of Douglas–Peucker simplification it survives.
    /// Weighing the whole line once, rather than simplifying what a tile sees of it, makes neighbouring tiles agree.
    pub weight: Box<[f32]>,
}

/// Geometry of a feature in world coordinates.
#[derive(Debug)]
pub(super) enum Shape {
    /// One point or several.
    Points(Box<[[f64; 2]]>),
    /// One line or several.
    Lines(Box<[Path]>),
    /// Rings of one polygon or several, in any order: exterior ones have positive area by the shoelace formula
    /// in world coordinates, interior ones negative.
    Rings(Box<[Path]>),
}

impl Shape {
    /// Projects a geometry.
    ///
    /// # Errors
    /// Why it cannot be on the map: empty, out of range, not finite, too few positions, or a mixed collection. Rings that cross
    /// themselves are not looked for (that is the database's task); they are mended when a tile is written.
    pub(super) fn project(geometry: &Geometry<f64>) -> Result<Self, String> {
        check_range(geometry)?;
        let shape = match geometry {
            Geometry::Point(point) => Self::Points([world(point.0)].into()),
            Geometry::MultiPoint(points) => Self::Points(points.iter().map(|point| world(point.0)).collect()),
            Geometry::Line(line) => Self::Lines(lines(&[LineString::from(line)])?),
            Geometry::LineString(line) => Self::Lines(lines(std::slice::from_ref(line))?),
            Geometry::MultiLineString(parts) => Self::Lines(lines(&parts.0)?),
            Geometry::Polygon(polygon) => Self::Rings(rings(std::slice::from_ref(polygon))?),
            Geometry::MultiPolygon(parts) => Self::Rings(rings(&parts.0)?),
            Geometry::Rect(rect) => Self::Rings(rings(&[rect.to_polygon()])?),
            Geometry::Triangle(triangle) => Self::Rings(rings(&[triangle.to_polygon()])?),
            Geometry::GeometryCollection(_) => {
                return Err("a geometry collection is not drawn".into());
            }
        };
        Ok(shape)
    }

    /// Box around it.
    pub(super) fn bounds(&self) -> Rect {
        let mut rect = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        let mut grow = |xy: &[[f64; 2]]| {
            for &[x, y] in xy {
                rect = [rect[0].min(x), rect[1].min(y), rect[2].max(x), rect[3].max(y)];
            }
        };
        match self {
            Self::Points(points) => grow(points),
            Self::Lines(paths) | Self::Rings(paths) => paths.iter().for_each(|path| grow(&path.xy)),
        }
        rect
    }

    /// Every position, in order; for a digest of the content.
    pub(super) fn positions(&self) -> Box<dyn Iterator<Item = [f64; 2]> + '_> {
        match self {
            Self::Points(points) => Box::new(points.iter().copied()),
            Self::Lines(paths) | Self::Rings(paths) => Box::new(paths.iter().flat_map(|path| path.xy.iter().copied())),
        }
    }
}

/// A point must lie inside the square of the map; of a line or polygon some part must.
fn check_range(geometry: &Geometry<f64>) -> Result<(), String> {
    let mut any = false;
    let mut inside = false;
    let is_point = matches!(geometry, Geometry::Point(_) | Geometry::MultiPoint(_));
    let (mut least, mut greatest) = (f64::INFINITY, f64::NEG_INFINITY);
    for Coord { x, y } in geometry.coords_iter() {
        if !x.is_finite() || !y.is_finite() {
            return Err("a coordinate is not a finite number".into());
        }
        if !(-180.0..=180.0).contains(&x) {
            return Err(format!("longitude {x} is outside -180 to 180"));
        }
        if !(-90.0..=90.0).contains(&y) || (is_point && y.abs() > MAX_LATITUDE) {
            return Err(format!("latitude {y} is outside -{MAX_LATITUDE:.2} to {MAX_LATITUDE:.2}"));
        }
        any = true;
        (least, greatest) = (least.min(y), greatest.max(y));
        inside = inside || (least <= MAX_LATITUDE && greatest >= -MAX_LATITUDE);
    }
    match (any, inside) {
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

fn positions(line: &LineString<f64>) -> Vec<[f64; 2]> {
    let mut xy: Vec<[f64; 2]> = line.0.iter().map(|&coord| world(coord)).collect();
    xy.dedup();
    xy
}

fn lines(parts: &[LineString<f64>]) -> Result<Box<[Path]>, String> {
    let mut paths = Vec::with_capacity(parts.len());
    for part in parts.iter().filter(|part| !part.0.is_empty()) {
        let xy = positions(part);
        if xy.len() < 2 {
            return Err("a line has fewer than two different positions".into());
        }
        paths.push(Path { weight: weigh(&xy), xy: xy.into() });
    }
    Ok(paths.into())
}

fn rings(polygons: &[Polygon<f64>]) -> Result<Box<[Path]>, String> {
    let mut paths = Vec::new();
    for polygon in polygons.iter().filter(|polygon| !polygon.exterior().0.is_empty()) {
        let exterior = std::iter::once((polygon.exterior(), true));
        for (ring, outer) in exterior.chain(polygon.interiors().iter().map(|ring| (ring, false))) {
            let mut xy = positions(ring);
            let area = twice_area(&xy);
            if xy.len() < 4 || area == 0.0 {
                return Err("a ring encloses no area".into());
            }
            if (area > 0.0) != outer {
                xy.reverse();
            }
            paths.push(Path { weight: weigh(&xy), xy: xy.into() });
        }
    }
    Ok(paths.into())
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
fn weigh(xy: &[[f64; 2]]) -> Box<[f32]> {
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
    weight.into()
}

/// Distance of a point from a segment.
fn distance([x, y]: [f64; 2], [x0, y0]: [f64; 2], [x1, y1]: [f64; 2]) -> f64 {
    let (dx, dy) = (x1 - x0, y1 - y0);
    let square = dx * dx + dy * dy;
    let along = if square > 0.0 { (((x - x0) * dx + (y - y0) * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
    (x - x0 - along * dx).hypot(y - y0 - along * dy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{line_string, point, polygon};
    use proptest::prelude::*;

    fn reason(geometry: impl Into<Geometry<f64>>) -> String {
        Shape::project(&geometry.into()).unwrap_err()
    }

    #[test]
    fn what_cannot_be_drawn_is_named() {
        assert!(reason(point!(x: f64::NAN, y: 1.0)).contains("finite"));
        assert!(reason(point!(x: 181.0, y: 1.0)).contains("longitude 181"));
        assert!(reason(point!(x: 18.0, y: 86.0)).contains("latitude 86"));
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
        let shape = Shape::project(&antarctica.into()).unwrap();
        let Shape::Rings(rings) = &shape else { panic!("not rings") };
        assert!(twice_area(&rings[0].xy) > 0.0 && twice_area(&rings[1].xy) < 0.0);
        assert_eq!(shape.bounds()[3], 1.0);
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
            if let Ok(Shape::Points(points)) = Shape::project(&point!(x: x, y: y).into()) {
                prop_assert!(points[0].iter().all(|axis| (0.0..=1.0).contains(axis)));
            }
        }
    }
}
