//! Rings in whole numbers made into valid polygons.

use std::collections::HashMap;

use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::{IntOverlayOptions, Overlay, ShapeType};
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::core::solver::Solver;
use i_overlay::i_float::int::point::IntPoint;

use super::clip::Vertex;

/// Where lines cross at a sharp angle, moving the crossing to whole numbers can make a new one; a further pass sees that.
const MOST_PASSES: usize = 4;

/// The area inside more exteriors (positive by the shoelace formula) than interiors (negative), as simple rings that do not
/// cross, each exterior followed by its interiors; pieces smaller than `least_area` are dropped.
///
/// This is i_overlay's work (`geo` computes its boolean operations with it too), asked here on its own grid of whole numbers:
/// nothing is rounded after it, so what is valid stays so.
pub(super) fn mend(rings: Vec<Vec<Vertex>>, least_area: u64) -> Vec<Vec<Vertex>> {
    if let [ring] = &rings[..]
        && let Some(whole) = already_good(ring, least_area)
    {
        return vec![whole];
    }
    overlay(rings, least_area)
}

/// Most vertices that [`already_good`] looks at: it compares every edge with every other.
const MOST_COMPARED: usize = 32;

/// The ring as [`overlay`] would give it back, where it is a simple exterior with area enough. Most outlines of houses are, and there
/// are many of them.
fn already_good(ring: &[Vertex], least_area: u64) -> Option<Vec<Vertex>> {
    if ring.len() > MOST_COMPARED {
        return None;
    }
    let mut kept = ring.to_vec();
    kept.dedup();
    while kept.len() > 1 && kept.first() == kept.last() {
        kept.pop();
    }
    let count = kept.len();
    let turn = |a: Vertex, b: Vertex, c: Vertex| -> i64 {
        let [ax, ay, bx, by, cx, cy] = [a[0], a[1], b[0], b[1], c[0], c[1]].map(i64::from);
        (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    };
    if count < 3 {
        return None;
    }
    // Straight on: the vertex says nothing, or the ring turns back on itself. Either is for the other way.
    if (0..count).any(|at| turn(kept[at], kept[(at + 1) % count], kept[(at + 2) % count]) == 0) {
        return None;
    }
    let twice_area: i64 = (1..count - 1).map(|at| turn(kept[0], kept[at], kept[at + 1])).sum();
    if twice_area <= 2 * least_area.cast_signed() {
        return None;
    }
    let meet = |a: Vertex, b: Vertex, c: Vertex, d: Vertex| {
        let apart =
            |axis: usize| a[axis].max(b[axis]) < c[axis].min(d[axis]) || c[axis].max(d[axis]) < a[axis].min(b[axis]);
        let one_side = |side: [i64; 2]| (side[0] > 0 && side[1] > 0) || (side[0] < 0 && side[1] < 0);
        !apart(0) && !apart(1) && !one_side([turn(a, b, c), turn(a, b, d)]) && !one_side([turn(c, d, a), turn(c, d, b)])
    };
    for first in 0..count {
        for second in first + 2..count {
            let neighbours = first == 0 && second == count - 1;
            if !neighbours && meet(kept[first], kept[(first + 1) % count], kept[second], kept[(second + 1) % count]) {
                return None;
            }
        }
    }
    // Begins where the overlay begins: before the westernmost vertex.
    let start = (0..count).min_by_key(|&at| kept[at])?;
    kept.rotate_left((start + count - 1) % count);
    Some(kept)
}

/// The same for any rings.
fn overlay(rings: Vec<Vec<Vertex>>, least_area: u64) -> Vec<Vec<Vertex>> {
    let mut contours: Vec<Vec<IntPoint>> =
        rings.into_iter().map(|ring| ring.into_iter().map(IntPoint::from).collect()).collect();
    // A place on a straight edge is kept until the rings are split: another part of the ring may touch it there.
    let options = IntOverlayOptions {
        min_output_area: least_area,
        preserve_output_collinear: true,
        ..IntOverlayOptions::default()
    };
    let size = |contours: &[Vec<IntPoint>]| (contours.len(), contours.iter().map(Vec::len).sum::<usize>());
    for _ in 0..MOST_PASSES {
        let mut overlay = Overlay::new_custom(size(&contours).1, options, Solver::default());
        overlay.add_contours(&contours, ShapeType::Subject);
        // Positive: inside an exterior once more than inside an interior. A loop turned inside out by rounding is no area.
        let shapes = overlay.overlay(OverlayRule::Subject, FillRule::Positive);
        let mended = shapes.into_iter().flatten().flat_map(split).collect::<Vec<_>>();
        let settled = size(&mended) == size(&contours);
        contours = mended;
        if settled {
            break;
        }
    }
    let corners = contours.into_iter().map(corners_only).filter(|ring| ring.len() > 2).collect();
    nest(corners).into_iter().map(|ring| ring.into_iter().map(|point| [point.x, point.y]).collect()).collect()
}

/// The ring without the vertices that lie on the straight line between their neighbours.
fn corners_only(ring: Vec<IntPoint>) -> Vec<IntPoint> {
    let count = ring.len();
    let straight = |at: usize| {
        let [before, here, after] = [count - 1, 0, 1].map(|step| ring[(at + step) % count]);
        let [dx, dy, ex, ey] =
            [here.x - before.x, here.y - before.y, after.x - here.x, after.y - here.y].map(i64::from);
        dx * ey == dy * ex
    };
    (0..count).filter(|&at| !straight(at)).map(|at| ring[at]).collect()
}

/// Takes a ring that comes back to a place apart into loops that do not: an exterior that touches itself is an exterior and an
/// interior, or two exteriors. (i_overlay's own option for this can turn a touching interior into an exterior.)
fn split(ring: Vec<IntPoint>) -> Vec<Vec<IntPoint>> {
    let mut loops = Vec::new();
    let mut path: Vec<IntPoint> = Vec::with_capacity(ring.len());
    let mut on_path: HashMap<IntPoint, usize> = HashMap::with_capacity(ring.len());
    for point in ring {
        if let Some(&at) = on_path.get(&point) {
            for left in &path[at + 1..] {
                on_path.remove(left);
            }
            loops.push(path.split_off(at));
        } else {
            on_path.insert(point, path.len());
        }
        if path.last() != Some(&point) {
            path.push(point);
        }
    }
    loops.push(path);
    loops.retain(|ring| ring.len() > 2);
    loops
}

/// Puts every interior after the exterior that it lies in, the smallest if there are several.
fn nest(rings: Vec<Vec<IntPoint>>) -> Vec<Vec<IntPoint>> {
    let (mut exteriors, interiors): (Vec<_>, Vec<_>) = rings.into_iter().partition(|ring| twice_area(ring) > 0);
    exteriors.sort_by_cached_key(|ring| twice_area(ring));
    let mut nested: Vec<Vec<Vec<IntPoint>>> = exteriors.into_iter().map(|ring| vec![ring]).collect();
    for interior in interiors {
        let last = nested.len().saturating_sub(1);
        let home = nested[..last].iter().position(|polygon| lies_in(&interior, &polygon[0])).unwrap_or(last);
        if let Some(polygon) = nested.get_mut(home) {
            polygon.push(interior);
        }
    }
    nested.into_iter().flatten().collect()
}

fn twice_area(ring: &[IntPoint]) -> i64 {
    edges(ring).map(|(a, b)| i64::from(a.x) * i64::from(b.y) - i64::from(b.x) * i64::from(a.y)).sum()
}

fn edges(ring: &[IntPoint]) -> impl Iterator<Item = (IntPoint, IntPoint)> {
    ring.iter().copied().zip(ring.iter().copied().cycle().skip(1))
}

/// Whether one ring lies in another that it does not cross: asked of its first vertex, or middle of an edge, that is not on the other.
fn lies_in(ring: &[IntPoint], other: &[IntPoint]) -> bool {
    // In half units, so that middles are whole.
    let asked = edges(ring).flat_map(|(a, b)| [[2 * a.x, 2 * a.y], [a.x + b.x, a.y + b.y]]);
    asked.map(|point| side(point.map(i64::from), other)).find(|side| *side != 0).is_some_and(|side| side > 0)
}

/// Positive inside the ring, zero on it, negative outside; the point is in half units.
fn side([x, y]: [i64; 2], ring: &[IntPoint]) -> i8 {
    let mut inside = false;
    for (a, b) in edges(ring) {
        let [ax, ay, bx, by] = [a.x, a.y, b.x, b.y].map(|axis| 2 * i64::from(axis));
        let turn = (bx - ax) * (y - ay) - (by - ay) * (x - ax);
        if turn == 0 && (x - ax) * (x - bx) <= 0 && (y - ay) * (y - by) <= 0 {
            return 0;
        }
        if (ay > y) != (by > y) && (turn > 0) == (by > ay) {
            inside = !inside;
        }
    }
    if inside { 1 } else { -1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The short way gives what the long way gives.
        #[test]
        fn good_rings_stay_as_they_are(
            ring in prop::collection::vec(prop::array::uniform2(-64i32..200), 1..9),
            least_area in prop::sample::select(vec![0u64, 4]),
        ) {
            if let Some(ring) = already_good(&ring, least_area) {
                prop_assert_eq!(vec![ring.clone()], overlay(vec![ring], least_area));
            }
        }

        #[test]
        fn houses_need_no_overlay(x in 0i32..4000, y in 0i32..4000, a in 3i32..60, b in 3i32..60) {
            let house = vec![[x, y], [x + a, y + 1], [x + a - 2, y + b], [x - 1, y + b + 1]];
            let good = already_good(&house, 4);
            prop_assert!(good.is_some());
            prop_assert_eq!(good, overlay(vec![house], 4).pop());
        }
    }
}
