"""Municipality, districts and the schematic basemap, from the banks areas, lines, districts and streets."""
import json
from pathlib import Path

import geo

BANKS = Path(__file__).parent / "banks"
DEMO = Path(__file__).parent.parent / "demo"
TERYT, CITY = "0463011", "Toruń"
OSM = "ODbL 1.0, © OpenStreetMap contributors"
SCHEMATIC = "schematic drawing made for this demo"


def rows(name):
    """Lines of a bank without comments; fields separated by ` | `."""
    for line in (BANKS / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield [field.strip() for field in line.split("|")]


def write_geojson(name, features, attribution):
    collection = {"type": "FeatureCollection", "attribution": attribution, "features": features}
    text = json.dumps(collection, ensure_ascii=False, separators=(",", ":"))
    (DEMO / name).write_text(text.replace('{"type":"Feature",', '\n{"type":"Feature",') + "\n", encoding="utf-8")


def feature(properties, kind, coordinates):
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


class Street:
    """A street with its schematic course; house number 2·n and 2·n−1 face each other across it."""

    def __init__(self, kind, name, address, rank, highest, odd_side, points):
        self.kind, self.name, self.address = kind, name, address
        self.rank, self.highest, self.odd_side = int(rank), int(highest), odd_side
        self.line = [geo.rounded(p) for p in geo.smooth(geo.parse_points(points), 45.0)]

    def place(self, number, setback_m):
        """Where the house with this number stands, and the direction of the street there."""
        at = geo.length_m(self.line) * min(0.985, (number + 1.0) / (self.highest + 2.0))
        p, direction = geo.along(self.line, at)
        if self.line[0] == self.line[-1]:
            # A market square: houses stand around it, none inside.
            left = -setback_m if geo.area(self.line) > 0 else setback_m
        else:
            left = setback_m if (number % 2 == 1) == (self.odd_side == "L") else -setback_m
        return geo.offset(p, direction, left), direction


class Geography:
    def __init__(self):
        raw = json.loads((BANKS / "torun_boundary.geojson").read_text(encoding="utf-8"))
        ring = raw["features"][0]["geometry"]["coordinates"][0]
        self.boundary = geo.right_handed(geo.closed(geo.drop_repeats(ring)))
        self.lines = {}
        for line in (BANKS / "lines.txt").read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                name, points = line.split(":")
                self.lines[name] = geo.parse_points(points)
        self.streets = [Street(*row) for row in rows("streets.txt")]
        self.by_address = {s.address: s for s in self.streets if s.address}
        self.districts = self._districts()
        self.boxes = {name: geo.box(ring) for name, ring in self.districts.items()}
        self.areas = self._areas()
        self.vistula = next(a["rings"] for a in self.areas if a["name"] == "Wisła")

    def _districts(self):
        parts = {"_city": self.boundary}
        for whole, left, right, line in rows("districts.txt"):
            points = self.lines[line[1:]] if line.startswith("@") else geo.parse_points(line)
            try:
                parts[left], parts[right] = geo.split(parts.pop(whole), geo.smooth(points, 120.0))
            except ValueError as error:
                raise ValueError(f"cut of {whole} into {left} and {right}: {error}") from error
        names = sorted(parts)
        return dict(zip(names, geo.share_vertices([parts[n] for n in names])))

    def _areas(self):
        areas = []
        for kind, name, rank, rings in rows("areas.txt"):
            straight, kind = kind.endswith("!"), kind.rstrip("!")
            built = []
            for i, spec in enumerate(rings.split("#")):
                spec = spec.strip()
                if spec == "@vistula":
                    ring = geo.smooth(self.lines["north_bank"], 90.0) + geo.smooth(self.lines["south_bank"], 90.0)
                elif spec == "@kepa":
                    ring = geo.smooth(self.lines["kepa"] + self.lines["kepa"][:1], 60.0, closed=True)
                elif spec in ("@drweca", "@struga"):
                    ring = ribbon(geo.smooth(self.lines[spec[1:] + "_line"], 40.0), 22.0 if spec == "@drweca" else 4.0)
                else:
                    points = geo.parse_points(spec)
                    ring = points if straight else geo.smooth(points + points[:1], 60.0, closed=True)
                built.append(geo.right_handed(geo.drop_repeats(geo.closed(ring)), hole=i > 0))
            areas.append({"kind": kind, "name": name, "rank": int(rank), "rings": built, "box": geo.box(built[0])})
        return areas

    def district_of(self, p):
        for name, ring in self.districts.items():
            if geo.in_box(p, self.boxes[name]) and geo.inside(p, ring):
                return name
        return None

    def buildable(self, p):
        """Inside the city and neither in water nor in a park or forest."""
        return geo.inside(p, self.boundary) and not any(
            geo.in_box(p, a["box"]) and geo.inside_polygon(p, a["rings"]) for a in self.areas)

    def write(self):
        DEMO.mkdir(exist_ok=True)
        write_geojson("municipalities.geojson", [feature(
            {"source_id": TERYT, "source": "osm", "teryt": TERYT, "name": CITY},
            "Polygon", [self.boundary])], f"city limits: {OSM}")
        write_geojson("districts.geojson", [feature(
            {"source_id": f"district-{i:02}", "source": "demo", "name": name}, "Polygon", [ring])
            for i, (name, ring) in enumerate(self.districts.items(), 1)], f"{SCHEMATIC}; city limits: {OSM}")
        drawn = []
        for i, area in enumerate(self.areas, 1):
            drawn.append(feature({"source_id": f"area-{i:02}", "source": "demo", "kind": area["kind"],
                                  "name": area["name"], "rank": area["rank"]}, "Polygon", area["rings"]))
        for i, s in enumerate(self.streets, 1):
            drawn.append(feature({"source_id": f"line-{i:03}", "source": "demo", "kind": s.kind,
                                  "name": s.name, "rank": s.rank}, "LineString", s.line))
        write_geojson("schematic.geojson", drawn, SCHEMATIC)


def ribbon(line, half_width_m):
    """A polygon along a line; the direction at each vertex is the mean of its two segments."""
    left, right = [], []
    for i, p in enumerate(line):
        a, b = geo.to_m(line[max(0, i - 1)]), geo.to_m(line[min(len(line) - 1, i + 1)])
        dx, dy = b[0] - a[0], b[1] - a[1]
        n = (dx * dx + dy * dy) ** 0.5
        left.append(geo.offset(p, (dx / n, dy / n), half_width_m))
        right.append(geo.offset(p, (dx / n, dy / n), -half_width_m))
    return left + right[::-1]


if __name__ == "__main__":
    Geography().write()
