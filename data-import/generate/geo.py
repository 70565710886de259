"""Plane geometry for the generator: standard library only.

Coordinates are (lon, lat) in WGS 84 unless a name says `_m`: then metres in a local plane whose
origin is 18.6° E, 53.0° N. Across Toruń (22 km) that plane is true to a few decimetres.
"""
import math

M_PER_LAT = 111_195.0
M_PER_LON = M_PER_LAT * math.cos(math.radians(53.01))


def to_m(p):
    return ((p[0] - 18.6) * M_PER_LON, (p[1] - 53.0) * M_PER_LAT)


def from_m(p):
    return (p[0] / M_PER_LON + 18.6, p[1] / M_PER_LAT + 53.0)


def rounded(p):
    return (round(p[0], 6), round(p[1], 6))


def distance_m(a, b):
    (ax, ay), (bx, by) = to_m(a), to_m(b)
    return math.hypot(bx - ax, by - ay)


def length_m(line):
    return sum(distance_m(a, b) for a, b in zip(line, line[1:]))


def parse_points(text):
    return [tuple(float(v) for v in pair.split(",")) for pair in text.split()]


def smooth(points, step_m=60.0, closed=False):
    """A centripetal Catmull–Rom curve through the points: no overshoot, no loops."""
    if len(points) < 3:
        return list(points)
    pts = [to_m(p) for p in points]
    if closed:
        ring = pts[:-1] if pts[0] == pts[-1] else pts
        pts = [ring[-1]] + ring + [ring[0], ring[1]]
    else:
        first = (2 * pts[0][0] - pts[1][0], 2 * pts[0][1] - pts[1][1])
        last = (2 * pts[-1][0] - pts[-2][0], 2 * pts[-1][1] - pts[-2][1])
        pts = [first] + pts + [last]
    out = []
    for p0, p1, p2, p3 in zip(pts, pts[1:], pts[2:], pts[3:]):
        knots = [0.0]
        for a, b in ((p0, p1), (p1, p2), (p2, p3)):
            knots.append(knots[-1] + max(math.hypot(b[0] - a[0], b[1] - a[1]), 1e-6) ** 0.5)
        n = max(1, round(math.hypot(p2[0] - p1[0], p2[1] - p1[1]) / step_m))
        for i in range(n):
            out.append(_catmull_rom((p0, p1, p2, p3), knots, knots[1] + (knots[2] - knots[1]) * i / n))
    out.append(pts[-2])
    result = [from_m(p) for p in out]
    if closed:
        result[-1] = result[0]
    return result


def _catmull_rom(p, k, t):
    def mix(a, b, ta, tb):
        u = (t - ta) / (tb - ta)
        return (a[0] + (b[0] - a[0]) * u, a[1] + (b[1] - a[1]) * u)

    a1, a2, a3 = mix(p[0], p[1], k[0], k[1]), mix(p[1], p[2], k[1], k[2]), mix(p[2], p[3], k[2], k[3])
    return mix(mix(a1, a2, k[0], k[2]), mix(a2, a3, k[1], k[3]), k[1], k[2])


def area(ring):
    """Signed area in square metres; positive when the ring runs anticlockwise (right-hand rule)."""
    pts = [to_m(p) for p in ring]
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(pts, pts[1:] + pts[:1])) / 2


def closed(ring):
    return ring if ring[0] == ring[-1] else ring + [ring[0]]


def right_handed(ring, hole=False):
    ring = closed(list(ring))
    return ring if (area(ring) > 0) != hole else ring[::-1]


def inside(p, ring):
    x, y = p
    hit = False
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1]):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            hit = not hit
    return hit


def box(points):
    """(west, south, east, north)."""
    return (min(p[0] for p in points), min(p[1] for p in points), max(p[0] for p in points), max(p[1] for p in points))


def in_box(p, b, margin=0.0):
    return b[0] - margin <= p[0] <= b[2] + margin and b[1] - margin <= p[1] <= b[3] + margin


def inside_polygon(p, rings):
    return inside(p, rings[0]) and not any(inside(p, hole) for hole in rings[1:])


def distance_to_line_m(p, line):
    px, py = to_m(p)
    best = math.inf
    pts = [to_m(q) for q in line]
    for (ax, ay), (bx, by) in zip(pts, pts[1:]):
        dx, dy = bx - ax, by - ay
        u = ((px - ax) * dx + (py - ay) * dy) / ((dx * dx + dy * dy) or 1e-12)
        u = min(1.0, max(0.0, u))
        best = min(best, math.hypot(px - ax - u * dx, py - ay - u * dy))
    return best


def along(line, distance):
    """Point `distance` metres along the line and the unit direction (in metres) of the line there."""
    for a, b in zip(line, line[1:]):
        seg = distance_m(a, b)
        if distance <= seg or b is line[-1]:
            (ax, ay), (bx, by) = to_m(a), to_m(b)
            u = min(1.0, distance / seg) if seg else 0.0
            return from_m((ax + (bx - ax) * u, ay + (by - ay) * u)), ((bx - ax) / (seg or 1), (by - ay) / (seg or 1))
        distance -= seg
    raise ValueError("empty line")


def offset(p, direction, left_m):
    """The point moved to the left of the direction (negative: to the right)."""
    x, y = to_m(p)
    return from_m((x - direction[1] * left_m, y + direction[0] * left_m))


def shifted(p, direction, forward_m):
    """The point moved along the direction."""
    x, y = to_m(p)
    return from_m((x + direction[0] * forward_m, y + direction[1] * forward_m))


def segment_crossing(a, b, c, d):
    """Parameters (t on ab, u on cd) of the crossing of two segments, or None."""
    rx, ry, sx, sy = b[0] - a[0], b[1] - a[1], d[0] - c[0], d[1] - c[1]
    cross = rx * sy - ry * sx
    if abs(cross) < 1e-18:
        return None
    qx, qy = c[0] - a[0], c[1] - a[1]
    t, u = (qx * sy - qy * sx) / cross, (qx * ry - qy * rx) / cross
    return (t, u) if 0 <= t <= 1 and 0 <= u <= 1 else None


def crossings(line, ring):
    """Where a line meets a closed ring: sorted (position on line, position on ring, point)."""
    found = []
    for i, (a, b) in enumerate(zip(line, line[1:])):
        for j, (c, d) in enumerate(zip(ring, ring[1:])):
            hit = segment_crossing(a, b, c, d)
            if hit:
                t, u = hit
                found.append((i + t, j + u, (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t)))
    found.sort()
    unique = []
    for f in found:
        if not unique or distance_m(unique[-1][2], f[2]) > 0.01:
            unique.append(f)
    return unique


def split(ring, line):
    """Cut an anticlockwise ring by the longest stretch of the line inside it: (left part, right part)."""
    ring = right_handed(ring)
    best = None
    hits = crossings(line, ring)
    for a, b in zip(hits, hits[1:]):
        middle = [line[i] for i in range(math.floor(a[0]) + 1, math.floor(b[0]) + 1) if a[0] < i < b[0]]
        path = [a[2]] + middle + [b[2]]
        probe = along(path, length_m(path) / 2)[0]
        if inside(probe, ring) and (best is None or length_m(path) > length_m(best[0])):
            best = (path, a[1], b[1])
    if best is None:
        raise ValueError("the line does not cross the polygon")
    path, entry, exit_ = best
    left = path + ring_between(ring, exit_, entry)[1:]
    right = path[::-1] + ring_between(ring, entry, exit_)[1:]
    return right_handed(drop_repeats(left)), right_handed(drop_repeats(right))


def ring_between(ring, start, end):
    """The part of a closed ring from position start anticlockwise to position end, both included."""
    n = len(ring) - 1

    def at(pos):
        i, u = int(pos) % n, pos - int(pos)
        a, b = ring[i], ring[i + 1]
        return (a[0] + (b[0] - a[0]) * u, a[1] + (b[1] - a[1]) * u)

    if end <= start:
        end += n
    out = [at(start)]
    out += [ring[i % n] for i in range(math.floor(start) + 1, math.ceil(end)) if start < i < end]
    out.append(at(end % n))
    return out


def drop_repeats(ring):
    out = []
    for p in map(rounded, ring):
        if not out or p != out[-1]:
            out.append(p)
    return out


def share_vertices(rings, tolerance_m=0.3):
    """Give every ring the vertices of its neighbours that lie on its edges, so that borders are shared exactly."""
    vertices = sorted({p for ring in rings for p in ring})
    result = []
    for ring in rings:
        out, own = [], set(ring)
        for a, b in zip(ring, ring[1:]):
            out.append(a)
            west, east = sorted((a[0], b[0]))
            south, north = sorted((a[1], b[1]))
            on_edge = []
            for v in vertices:
                if v[0] < west - 1e-5 or v[0] > east + 1e-5:
                    continue
                if south - 1e-5 <= v[1] <= north + 1e-5 and v not in own \
                        and distance_to_line_m(v, [a, b]) < tolerance_m:
                    on_edge.append(v)
            on_edge.sort(key=lambda v: distance_m(a, v))
            out += [v for v in on_edge if 0 < distance_m(a, v) < distance_m(a, b)]
        out.append(ring[-1])
        result.append(right_handed(drop_repeats(out)))
    return result


def wkt_polygon(ring):
    return "POLYGON ((" + ", ".join(f"{x:.6f} {y:.6f}" for x, y in closed(list(ring))) + "))"
