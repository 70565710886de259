//! Lines and rings cut at the edge of a tile, in tile units (extent [`EXTENT`], x to the east, y to the south).

use super::mend::mend;

/// Width and height of a tile in its own units.
pub const EXTENT: i32 = 4096;

/// How far beyond its edges a tile shows things, in the same units: 8 px of 512, so that strokes and symbols at the edge
/// are whole.
pub const BUFFER: i32 = 64;

const LEAST: f64 = -BUFFER as f64;
const GREATEST: f64 = (EXTENT + BUFFER) as f64;

/// A position in whole tile units.
pub type Vertex = [i32; 2];

fn round([x, y]: [f64; 2]) -> Vertex {
    [x.round() as i32, y.round() as i32]
}

/// Parts of a line inside the tile and its buffer, in whole units; each has at least two vertices and none twice in a row.
pub fn clip_line(line: &[[f64; 2]]) -> Vec<Vec<Vertex>> {
    let mut parts: Vec<Vec<Vertex>> = Vec::new();
    let mut part: Vec<Vertex> = Vec::new();
    let mut finish = |part: &mut Vec<Vertex>| {
        let mut done = std::mem::take(part);
        done.dedup();
        if done.len() > 1 {
            parts.push(done);
        }
    };
    for pair in line.windows(2) {
        let Some((from, to)) = clip_segment(pair[0], pair[1]) else {
            finish(&mut part);
            continue;
        };
        if part.is_empty() {
            part.push(round(pair[0].map_at(pair[1], from)));
        }
        part.push(round(pair[0].map_at(pair[1], to)));
        if to < 1.0 {
            finish(&mut part);
        }
    }
    finish(&mut part);
    parts
}

trait Along {
    fn map_at(self, to: Self, at: f64) -> Self;
}

impl Along for [f64; 2] {
    /// The position a fraction of the way to another; exact at both ends.
    fn map_at(self, to: Self, at: f64) -> Self {
        if at >= 1.0 { to } else { [0, 1].map(|axis| self[axis] + (to[axis] - self[axis]) * at) }
    }
}

/// From and to which fraction a segment is inside (Liang–Barsky).
fn clip_segment(from: [f64; 2], to: [f64; 2]) -> Option<(f64, f64)> {
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    for axis in [0, 1] {
        let delta = to[axis] - from[axis];
        for (step, room) in [(-delta, from[axis] - LEAST), (delta, GREATEST - from[axis])] {
            if step == 0.0 && room < 0.0 {
                return None;
            } else if step < 0.0 {
                enter = enter.max(room / step);
            } else if step > 0.0 {
                leave = leave.min(room / step);
            }
        }
    }
    (enter <= leave).then_some((enter, leave))
}

/// The area of rings inside the tile and its buffer as valid polygons in whole units.
///
/// Exterior rings have positive area by the shoelace formula, interior ones negative, as the specification has it (4.3.4.4);
/// each exterior is followed by its interiors; rings are not closed. Pieces smaller than `least_area` square units are dropped.
///
/// Cutting ring by ring (Sutherland–Hodgman) leaves bridges along the edge, and rounding can make rings cross; both are
/// mended.
pub fn clip_rings(rings: impl IntoIterator<Item = Vec<[f64; 2]>>, least_area: u64) -> Vec<Vec<Vertex>> {
    let cut = rings.into_iter().map(clip_ring).filter(|ring| ring.len() > 2);
    mend(cut.map(|ring| ring.into_iter().map(round).collect()).collect(), least_area)
}

/// Cuts a ring at the four edges in turn.
fn clip_ring(mut ring: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    let mut cut = Vec::with_capacity(ring.len() + 4);
    for (axis, edge, sign) in [(0, LEAST, 1.0), (0, GREATEST, -1.0), (1, LEAST, 1.0), (1, GREATEST, -1.0)] {
        let depth = |xy: [f64; 2]| (xy[axis] - edge) * sign;
        if ring.iter().all(|&xy| depth(xy) >= 0.0) {
            continue;
        }
        let Some(&(mut before)) = ring.last() else {
            break;
        };
        for &xy in &ring {
            if (depth(xy) >= 0.0) != (depth(before) >= 0.0) {
                let mut crossing = before.map_at(xy, depth(before) / (depth(before) - depth(xy)));
                crossing[axis] = edge;
                cut.push(crossing);
            }
            if depth(xy) >= 0.0 {
                cut.push(xy);
            }
            before = xy;
        }
        std::mem::swap(&mut ring, &mut cut);
        cut.clear();
    }
    ring
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Area, Coord, LineString, MultiPolygon, Polygon, Validation};
    use proptest::prelude::*;

    fn area(ring: &[Vertex]) -> i64 {
        let next = ring.iter().cycle().skip(1);
        let cross = |(a, b): (&Vertex, &Vertex)| i64::from(a[0]) * i64::from(b[1]) - i64::from(b[0]) * i64::from(a[1]);
        ring.iter().zip(next).map(cross).sum()
    }

    fn polygons(rings: &[Vec<Vertex>]) -> MultiPolygon<f64> {
        let mut polygons: Vec<Polygon<f64>> = Vec::new();
        for ring in rings {
            let line: LineString<f64> = ring.iter().map(|&[x, y]| Coord { x: x.into(), y: y.into() }).collect();
            if area(ring) > 0 {
                polygons.push(Polygon::new(line, vec![]));
            } else {
                polygons.last_mut().expect("an exterior ring comes first").interiors_push(line);
            }
        }
        MultiPolygon(polygons)
    }

    #[test]
    fn lines_leave_and_come_back() {
        let line = [[-200.0, 10.0], [100.0, 10.0], [100.0, 5000.0], [200.0, 5000.0], [200.0, 4000.0]];
        assert_eq!(clip_line(&line), [vec![[-64, 10], [100, 10], [100, 4160]], vec![[200, 4160], [200, 4000]]]);
        assert!(clip_line(&[[-500.0, 0.0], [-100.0, 4000.0]]).is_empty());
        assert!(clip_line(&[[5.0, 5.0], [5.2, 5.2]]).is_empty(), "no zero-length part");
        assert_eq!(clip_line(&[[-100.0, -28.0], [-28.0, -100.0], [0.0, 0.0]]), [[[-18, -64], [0, 0]]]);
    }

    #[test]
    fn a_u_across_the_edge_becomes_two_polygons() {
        // Its bottom lies beyond the buffer: cutting alone would leave a bridge along the edge.
        let u = [
            [-500.0, 0.0],
            [100.0, 0.0],
            [100.0, 100.0],
            [-400.0, 100.0],
            [-400.0, 200.0],
            [100.0, 200.0],
            [100.0, 300.0],
            [-500.0, 300.0],
        ];
        let rings = clip_rings([u.to_vec()], 0);
        assert_eq!(rings.iter().map(|ring| area(ring)).collect::<Vec<_>>(), [2 * 164 * 100, 2 * 164 * 100]);
    }

    #[test]
    fn a_hole_and_the_whole_tile() {
        let square = |a: f64, b: f64| vec![[a, a], [b, a], [b, b], [a, b]];
        let hole: Vec<_> = square(1000.0, 2000.0).into_iter().rev().collect();
        let rings = clip_rings([square(-1e6, 1e6), hole], 0);
        assert_eq!(rings.len(), 2);
        assert_eq!((area(&rings[0]), area(&rings[1])), (2 * 4224 * 4224, -2 * 1000 * 1000));
        assert!(clip_rings([square(5000.0, 6000.0)], 0).is_empty());
        assert!(clip_rings([square(10.1, 10.4)], 0).is_empty(), "nothing is left of what is smaller than a unit");
        assert!(clip_rings([square(10.0, 11.0)], 4).is_empty(), "nor of what is too small to see");
        assert_eq!(clip_rings([square(10.0, 12.0)], 4).len(), 1);
    }

    fn star(centre: [f64; 2], radii: &[f64]) -> Vec<[f64; 2]> {
        let step = std::f64::consts::TAU / radii.len() as f64;
        (0..radii.len())
            .map(|at| at as f64 * step)
            .zip(radii)
            .map(|(turn, radius)| [centre[0] + radius * turn.cos(), centre[1] + radius * turn.sin()])
            .collect()
    }

    #[test]
    fn a_tangle_whose_crossings_are_rounded_across_lines() {
        let ring = [
            [0.0, 1828.0068466652099],
            [3644.7066867671037, -70.04552521941908],
            [94.57758199339361, 3275.3911294530203],
            [3636.518069771582, -256.4706029225397],
            [1099.8935091158028, 2264.186180316518],
            [0.0, 0.0],
            [3006.112541184733, 457.6831423217044],
        ];
        let drawn = polygons(&clip_rings([ring.to_vec()], 0));
        assert!(drawn.is_valid(), "{:?} {:?}", drawn.validation_errors(), drawn);
    }

    proptest! {
        #[test]
        fn stars_with_holes_stay_valid(
            x in -2000.0..6000.0f64, y in -2000.0..6000.0f64,
            outer in prop::collection::vec(1.0..4000.0f64, 3..40),
            inner in 0.05..0.95f64,
        ) {
            let hole: Vec<f64> = outer.iter().map(|radius| radius * inner).collect();
            let ring = star([x, y], &outer);
            let mut inside = star([x, y], &hole);
            inside.reverse();
            let rings = clip_rings([ring.clone(), inside.clone()], 0);
            let drawn = polygons(&rings);
            prop_assert!(drawn.is_valid(), "{:?} {:?}", drawn.validation_errors(), drawn);
            for &[x, y] in rings.iter().flatten() {
                prop_assert!((-BUFFER..=EXTENT + BUFFER).contains(&x) && (-BUFFER..=EXTENT + BUFFER).contains(&y));
            }
            if outer.len() > 4 {
                // Against the boolean operations of `geo`, on the unrounded rings.
                let line = |ring: &[[f64; 2]]| ring.iter().map(|&[x, y]| Coord { x, y }).collect::<LineString<f64>>();
                let whole = Polygon::new(line(&ring), vec![line(&inside)]);
                let tile = geo::Rect::new((LEAST, LEAST), (GREATEST, GREATEST)).to_polygon();
                let expected = geo::BooleanOps::intersection(&whole, &tile).unsigned_area();
                let edge: f64 = 4.0 * GREATEST + outer.iter().sum::<f64>() * 8.0;
                prop_assert!((drawn.unsigned_area() - expected).abs() <= edge, "{} {}", drawn.unsigned_area(), expected);
            }
        }

        #[test]
        fn any_tangle_becomes_valid(ring in prop::collection::vec((-300.0..4400.0f64, -300.0..4400.0f64), 0..30)) {
            let ring: Vec<[f64; 2]> = ring.into_iter().map(|(x, y)| [x, y]).collect();
            let drawn = polygons(&clip_rings([ring], 0));
            prop_assert!(drawn.is_valid(), "{:?} {:?}", drawn.validation_errors(), drawn);
        }

        #[test]
        fn parts_of_lines_stay_inside(line in prop::collection::vec((-9000.0..9000.0f64, -9000.0..9000.0f64), 0..30)) {
            let line: Vec<[f64; 2]> = line.into_iter().map(|(x, y)| [x, y]).collect();
            for part in clip_line(&line) {
                prop_assert!(part.len() > 1 && part.windows(2).all(|pair| pair[0] != pair[1]));
                prop_assert!(part.iter().flatten().all(|axis| (-BUFFER..=EXTENT + BUFFER).contains(axis)));
            }
        }
    }
}
