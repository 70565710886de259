"""Support institutions: real public bodies with the facts known of them, and fictional ones that say so."""
from common import write_csv
from geography import BANKS, CITY
import geo

FIELDS = ["source_id", "source", "name", "kind", "services", "operator", "area_of_operation", "tagline", "description",
          "street", "house_number", "postal_code", "city", "phone", "email", "website", "opening_hours", "links", "lon",
          "lat", "licence", "verified_on"]
REAL_SOURCE = "Publikacje miasta i projektu PES-TOR (2012–2018)"
HOURS = ["poniedziałek–piątek 8:00–16:00", "wtorek–czwartek 10:00–18:00", "poniedziałek–czwartek 9:00–17:00"]


def read():
    for line in (BANKS / "support.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            # Only a lone bar separates columns: a link is written label|url, without spaces.
            yield [field.strip() for field in (" " + line + " ").replace(" |", " | ").split(" | ")]


def build(world, addresses):
    out = []
    for i, row in enumerate(read(), 1):
        (kind, services, name, operator, area, street, number, point, phone, email, website, tagline, description,
         links, real) = row
        real = real == "r"
        if point:
            p = geo.parse_points(point)[0]
        else:
            p = geo.rounded(world.by_address[street].place(int(number), 12.0)[0])
            addresses.taken.add((street, int(number)))
            addresses.remember(street, p)
        out.append({
            "source_id": f"support-{i:02}", "source": REAL_SOURCE if real else "demo", "name": name, "kind": kind,
            "services": services, "operator": operator, "area_of_operation": area, "tagline": tagline,
            "description": description, "street": street, "house_number": number, "postal_code": "87-100" if street else "",
            "city": CITY, "phone": phone, "email": email, "website": website,
            "opening_hours": "" if real else HOURS[i % 3], "links": links, "lon": f"{p[0]:.6f}", "lat": f"{p[1]:.6f}",
            "licence": "" if real else "CC0 1.0", "verified_on": "" if real else f"2026-10-{i:02}"})
    write_csv("support.csv", FIELDS, out)
    return out
