"""Checks the demo files against what they promise; says every fault and exits 1 if there is one.

python3 data-import/generate/check.py
"""
import csv
import json
import re
import sys
from datetime import date

from common import TODAY, checksum
from geography import DEMO
import geo

FORMS = set("""association ordinary_association foundation social_cooperative work_cooperative disabled_cooperative cis
    kis wtz zaz church_legal_person local_government_association sports_club non_profit_company
    rural_housewives_circle""".split())
ACTIVITIES = set("""social_assistance family_support reintegration charity tradition minorities migrants health
    addictions disability employment gender_equality elderly economic_development technology local_communities education
    children_leisure culture sport ecology animals tourism public_safety human_rights consumers european_integration
    rescue disaster_relief volunteering veterans family_rights social_economy revitalisation""".split())
CODES = {
    ("support", "kind"): "owes roefs rops city_office marshal_office incubator other",
    ("premises", "storey"): "ground upper underground attic outbuilding",
    ("premises", "use"): "office services shop workshop culture education sport storage shared",
    ("premises", "technical_condition"): "good to_refresh to_renovate",
    ("premises-periods", "status"): "free open_call reserved occupied renovation withdrawn",
    ("offers", "kind"): "product service", ("equipment", "mode"): "lend give"}
AT_LEAST = {"organisations": 240, "support": 14, "premises": 83, "categories": 30, "offers": 44, "demand": 38,
            "equipment": 46}
NOW = {"occupied": 55, "free": 12, "open_call": 6, "reserved": 4, "renovation": 4, "withdrawn": 2}
UNIQUE_NAMES = ("organisations", "support", "premises", "offers", "demand", "equipment")
START = "2022-11-01"
faults = []


def fault(*words):
    faults.append(" ".join(map(str, words)))


def table(kind):
    with open(DEMO / f"{kind}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def features(name):
    return json.loads((DEMO / f"{name}.geojson").read_text(encoding="utf-8"))["features"]


def simple(ring):
    """No two edges of the ring cross; neighbours may only touch."""
    edges = sorted(zip(ring, ring[1:]), key=lambda e: min(e[0][0], e[1][0]))
    for i, (a, b) in enumerate(edges):
        for c, d in edges[i + 1:]:
            if min(c[0], d[0]) > max(a[0], b[0]):
                break
            if {tuple(a), tuple(b)} & {tuple(c), tuple(d)}:
                continue
            if geo.segment_crossing(a, b, c, d):
                return False
    return True


def check_rings(what, rings):
    for i, ring in enumerate(rings):
        if len(ring) < 4 or ring[0] != ring[-1]:
            fault(what, "ring", i, "is not closed")
        elif (geo.area(ring) > 0) != (i == 0):
            fault(what, "ring", i, "runs the wrong way (outer rings anticlockwise, holes clockwise)")
        elif not simple(ring):
            fault(what, "ring", i, "crosses itself")


def geography():
    city = features("municipalities")
    if len(city) != 1 or city[0]["properties"]["teryt"] != "0463011":
        fault("municipalities: expected Toruń, 0463011, alone")
    outline = city[0]["geometry"]["coordinates"][0]
    districts = {f["properties"]["name"]: f["geometry"]["coordinates"][0] for f in features("districts")}
    if not 24 <= len(districts) <= 30:
        fault("districts:", len(districts), "of them, expected 24 to 30")
    for kind in ("municipalities", "districts", "schematic"):
        for f in features(kind):
            if f["geometry"]["type"] == "Polygon":
                check_rings(f"{kind} {f['properties'].get('name')}", f["geometry"]["coordinates"])
    missing = geo.area(outline) - sum(geo.area(r) for r in districts.values())
    if abs(missing) > 500:
        fault("districts: together they differ from the city by", round(missing), "m²")
    edges = {}
    for name, ring in districts.items():
        for a, b in zip(ring, ring[1:]):
            edges.setdefault(frozenset((tuple(a), tuple(b))), []).append(name)
    inner = [e for e, names in edges.items() if len(names) == 1
             and all(geo.distance_to_line_m(p, outline) > 1 for p in e)]
    if inner:
        fault("districts:", len(inner), "edges inside the city belong to one district only, e.g.", sorted(inner[0]))
    drawn = features("schematic")
    vistula = next(f["geometry"]["coordinates"] for f in drawn if f["properties"]["name"] == "Wisła")
    for f in drawn:
        p, g = f["properties"], f["geometry"]
        if p["kind"] not in ("water", "green", "street", "bridge", "rail") or p["rank"] not in (1, 2, 3):
            fault("schematic", p["source_id"], "has an unknown kind or rank")
        if p["kind"] in ("street", "rail"):
            line = g["coordinates"]
            if any(geo.inside_polygon(q, vistula) for q in line) or any(geo.crossings(line, r) for r in vistula):
                fault("schematic:", p["name"], "runs into the Vistula")
    if sum(f["properties"]["kind"] == "bridge" for f in drawn) < 3:
        fault("schematic: fewer than three bridges")
    water = [f["geometry"]["coordinates"] for f in drawn if f["properties"]["kind"] == "water"]
    green = [f["geometry"]["coordinates"] for f in drawn if f["properties"]["kind"] == "green"]
    return outline, districts, water, green


def check_point(kind, row, outline, districts, water, green):
    p = (float(row["lon"]), float(row["lat"]))
    who = f"{kind} {row['source_id']} {row['name']}"
    if not geo.inside(p, outline):
        fault(who, "lies outside the city")
    if any(geo.inside_polygon(p, w) for w in water):
        fault(who, "lies in water")
    if any(geo.inside_polygon(p, g) for g in green):
        fault(who, "lies in a park or forest")
    if row.get("district") and not geo.inside(p, districts.get(row["district"], [(0, 0), (0, 0)])):
        fault(who, "does not lie in", row["district"])


def check_organisations(rows):
    for r in rows:
        who = f"organisations {r['source_id']}"
        activities = r["activities"].split(";")
        if r["legal_form"] not in FORMS:
            fault(who, "unknown legal form", r["legal_form"])
        if not set(activities) <= ACTIVITIES or len(set(activities)) != len(activities):
            fault(who, "unknown or repeated activity", r["activities"])
        if r["krs"] and not re.fullmatch(r"0009\d{6}", r["krs"]):
            fault(who, "KRS", r["krs"])
        if checksum(r["nip"], (6, 5, 7, 2, 3, 4, 5, 6, 7)) != int(r["nip"][9]) or len(r["nip"]) != 10:
            fault(who, "NIP", r["nip"])
        if checksum(r["regon"], (8, 9, 2, 3, 4, 5, 6, 7)) % 10 != int(r["regon"][8]) or len(r["regon"]) != 9:
            fault(who, "REGON", r["regon"])
        if not r["email"].endswith("@example.org") or not re.fullmatch(r"(https://example\.org/[a-z0-9-]+)?", r["website"]):
            fault(who, "contact data must not be anybody's:", r["email"], r["website"])
        if not re.fullmatch(r"(56 000 \d\d \d\d)?", r["phone"]):
            fault(who, "phone", r["phone"])
        if len(r["description"]) < 60 or not r["tagline"] or re.search(r"[{}|]|  ", r["description"]):
            fault(who, "text is thin or shows its seams")
    if {r["legal_form"] for r in rows} != FORMS:
        fault("organisations: not every legal form occurs:", FORMS - {r["legal_form"] for r in rows})
    for column in ("name", "krs", "nip", "regon", "email", "description", "tagline"):
        values = [r[column] for r in rows if r[column]]
        for v in sorted({v for v in values if values.count(v) > 1}):
            fault("organisations:", column, "occurs more than once:", v)
    sites = [(r["lon"], r["lat"]) for r in rows]
    for site in set(sites):
        if sites.count(site) > 4:
            fault("organisations: more than four at", site)


def check_periods(periods, premises, organisations):
    known = {o["source_id"] for o in organisations}
    units = {p["source_id"]: [] for p in premises}
    for r in periods:
        who = f"premises-periods {r['source_id']}"
        if r["premises"] not in units:
            fault(who, "unknown premises", r["premises"])
            continue
        units[r["premises"]].append(r)
        if r["organisation"] and r["organisation"] not in known:
            fault(who, "unknown organisation", r["organisation"])
        let = r["status"] in ("occupied", "reserved")
        if not let and (r["organisation"] or r["tenant_name"] or r["title"]):
            fault(who, "has a tenant but is", r["status"])
        if r["status"] == "occupied" and not ((r["organisation"] or r["tenant_name"]) and r["title"] and r["letting_mode"]):
            fault(who, "is occupied without tenant, title or letting mode")
        if r["call_deadline"] and r["status"] != "open_call":
            fault(who, "has a call deadline but is", r["status"])
        if r["rent_pln_per_m2"] and not 3 <= float(r["rent_pln_per_m2"]) <= 14:
            fault(who, "rent", r["rent_pln_per_m2"])
        if r["status"] == "open_call" and not r["to"] and not TODAY < r["call_deadline"] <= "2027-03-31":
            fault(who, "is an open call with deadline", r["call_deadline"])
    now = {}
    for unit, rows in units.items():
        rows.sort(key=lambda r: r["from"])
        if not rows or rows[0]["from"] != START or rows[-1]["to"] or rows[-1]["from"] > TODAY:
            fault("premises-periods:", unit, "is not covered from", START, "to today")
            continue
        for a, b in zip(rows, rows[1:]):
            if a["to"] != b["from"] or date.fromisoformat(a["from"]) >= date.fromisoformat(a["to"]):
                fault("premises-periods:", a["source_id"], "and", b["source_id"], "overlap, leave a gap or are empty")
        now[rows[-1]["status"]] = now.get(rows[-1]["status"], 0) + 1
    if now != NOW:
        fault("premises-periods: today", now, "expected", NOW)


def check_exchange(kinds, organisations):
    known = {o["source_id"] for o in organisations}
    categories = {r["code"] for r in kinds["categories"]}
    for r in kinds["categories"]:
        if not re.fullmatch(r"\d{8}-\d", r["cpv"]) or not re.fullmatch("[a-z][a-z0-9_]*", r["code"]):
            fault("categories:", r["code"], r["cpv"])
    for kind, owner in (("offers", None), ("demand", "unit_name"), ("equipment", "owner_name")):
        for r in kinds[kind]:
            who = f"{kind} {r['source_id']}"
            if r["category"] not in categories:
                fault(who, "unknown category", r["category"])
            if r["organisation"] and r["organisation"] not in known:
                fault(who, "unknown organisation", r["organisation"])
            if bool(r["organisation"]) == bool(owner and r[owner]):
                fault(who, "must have an organisation or a unit, not both")
    for r in kinds["demand"]:
        if float(r["budget_min_pln"]) > float(r["budget_max_pln"]):
            fault("demand", r["source_id"], "budget from is above budget to")
        date.fromisoformat(r["deadline"])
    for r in kinds["equipment"]:
        if int(r["quantity"]) < 1:
            fault("equipment", r["source_id"], "quantity", r["quantity"])
    for r in kinds["offers"]:
        float(r["price_pln"])


def main():
    outline, districts, water, green = geography()
    kinds = {k: table(k) for k in (*AT_LEAST, "premises-periods")}
    for kind, least in AT_LEAST.items():
        if len(kinds[kind]) < least:
            fault(kind, "has", len(kinds[kind]), "rows, expected at least", least)
    if len(kinds["premises"]) != 83:
        fault("premises:", len(kinds["premises"]), "rows, expected 83")
    for kind, rows in kinds.items():
        ids = [r.get("source_id") or r["code"] for r in rows]
        if len(set(ids)) != len(ids):
            fault(kind, "repeats a source_id")
        if kind in UNIQUE_NAMES:
            names = [r["name"] for r in rows]
            for n in sorted({n for n in names if names.count(n) > 1}):
                fault(kind, "repeats the name", n)
        for (of, column), allowed in CODES.items():
            if of == kind:
                for r in rows:
                    if r[column] not in allowed.split():
                        fault(kind, r["source_id"], column, "unknown:", r[column])
    for kind in ("organisations", "support", "premises"):
        for r in kinds[kind]:
            check_point(kind, r, outline, districts, water, green)
    check_organisations(kinds["organisations"])
    check_periods(kinds["premises-periods"], kinds["premises"], kinds["organisations"])
    check_exchange(kinds, kinds["organisations"])
    footprints = 0
    for r in kinds["premises"]:
        if r["footprint_wkt"]:
            footprints += 1
            ring = geo.parse_points(r["footprint_wkt"][10:-2].replace(", ", ",").replace(" ", ";").replace(",", " ").replace(";", ","))
            check_rings(f"premises {r['source_id']} footprint", [ring])
            if not geo.inside((float(r["lon"]), float(r["lat"])), ring):
                fault("premises", r["source_id"], "stands outside its footprint")
            if geo.area(ring) < float(r["area_m2"]):
                fault("premises", r["source_id"], "footprint is smaller than the unit")
    if footprints < 20:
        fault("premises:", footprints, "footprints, expected at least 20")
    for path in sorted(DEMO.iterdir()):
        if path.stat().st_size > 1_000_000:
            fault(path.name, "is over 1 MB")
    for f in faults:
        print(f, file=sys.stderr)
    print(f"{len(faults)} faults" if faults else "demo files: everything holds")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
