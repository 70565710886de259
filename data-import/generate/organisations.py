"""The fictional organisations: texts from the banks, identifiers, addresses along real streets."""
import re

from common import Seldom, boolean, krs, nip, number, pick, regon, write_csv
from geography import BANKS, CITY, rows
import geo

FIELDS = ["source_id", "source", "name", "legal_form", "social_enterprise", "public_benefit", "prosocial_mark",
          "activities", "krs", "nip", "regon", "tagline", "description", "street", "house_number", "postal_code",
          "city", "phone", "email", "website", "opening_hours", "lon", "lat", "district", "licence", "verified_on"]
LICENCE = "CC0 1.0"
TRADING = {"social_cooperative", "work_cooperative", "disabled_cooperative", "non_profit_company", "cis", "zaz"}
NO_REGISTER = {"ordinary_association", "cis", "kis", "wtz", "zaz", "church_legal_person", "rural_housewives_circle"}
DAYS = ["w poniedziałki", "we wtorki", "w środy", "w czwartki", "w piątki", "w soboty"]
HOURS = ["poniedziałek–piątek 9:00–15:00", "poniedziałek–czwartek 10:00–16:00", "wtorek i czwartek 15:00–19:00",
         "środa 12:00–18:00", "poniedziałek 14:00–18:00, piątek 9:00–13:00", "poniedziałek–piątek 8:00–16:00",
         "wtorek–sobota 10:00–18:00", "czwartek 16:00–20:00", "po uzgodnieniu telefonicznym", ""]
ASCII = str.maketrans("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "acelnoszzACELNOSZZ")
# How many of the organisations have their seat in a district; the inner city is the densest.
WEIGHTS = {"Stare Miasto": 46, "Bydgoskie Przedmieście": 38, "Chełmińskie Przedmieście": 16, "Mokre": 26,
           "Jakubskie Przedmieście": 13, "Rubinkowo": 20, "Na Skarpie": 13, "Bielany": 12, "Koniuchy": 11,
           "Wrzosy": 8, "Podgórz": 8, "Stawki": 6, "Bielawy": 4, "Kaszczorek": 4, "Rudak": 3, "Glinki": 3,
           "Winnica": 3, "Czerniewice": 3, "Grębocin nad Strugą": 2, "Katarzynka": 4, "Jar": 3, "Barbarka": 1,
           "Starotoruńskie Przedmieście": 3, "Majdany": 3, "Piaski": 2}
# A word of the name that ties an organisation to a place.
PLACES = {"Mokrem": "Mokre", "Batorego": "Mokre", "Podgórza": "Podgórz", "Rubinkow": "Rubinkowo", "Stawki": "Stawki",
          "Glinkach": "Glinki", "Wrzosy": "Wrzosy", "Kaszczorek": "Kaszczorek", "Czerniewiczanki": "Czerniewice",
          "Grębocińskie": "Grębocin nad Strugą", "Bielan": "Bielany", "Jakubskiego": "Jakubskie Przedmieście",
          "Katarzynka": "Katarzynka", "Rudak": "Rudak", "Jaru": "Jar", "Winnica": "Winnica", "Rybaki": "Bydgoskie Przedmieście",
          "Mostow": "Stare Miasto", "Starów": "Stare Miasto", "Rynku": "Stare Miasto", "Skarpie": "Na Skarpie",
          "Skarpy": "Kaszczorek", "Koci Kwartał": "Stare Miasto", "Bydgoskie": "Bydgoskie Przedmieście"}


class Addresses:
    """Real streets, house numbers used at most once unless a building is shared on purpose."""

    def __init__(self, world):
        self.world, self.taken, self._points = world, set(), {}
        self.boxes = [(s, geo.box(s.line)) for s in world.streets]
        self.by_district = {}
        for street in world.streets:
            if not street.address:
                continue
            for n in range(1, street.highest + 1):
                p, direction = street.place(n, 14.0 if street.rank < 3 else 9.0)
                p = geo.rounded(p)
                if self.fits(p):
                    self.by_district.setdefault(world.district_of(p), {}).setdefault(street.address, []).append((n, p, direction))

    def fits(self, p):
        if not self.world.buildable(p) or geo.distance_to_line_m(p, self.world.boundary) < 25:
            return False
        return all(geo.distance_to_line_m(p, s.line) > 5 for s, box in self.boxes if geo.in_box(p, box, 1e-4))

    def take(self, key, district):
        streets = self.by_district[district]
        names = sorted(streets)
        for attempt in range(400):
            # Longer streets have more houses, so choose among houses of the district's streets, main streets twice.
            name = pick(f"{key}/street/{attempt}", names)
            n, p, direction = pick(f"{key}/house/{attempt}", streets[name])
            near = any(geo.distance_m(p, q) < 12 for q in self.taken_points(name))
            if (name, n) not in self.taken and not near:
                self.taken.add((name, n))
                self.remember(name, p)
                return name, n, p, direction
        raise ValueError(f"no free address in {district}")

    def remember(self, street, p):
        self._points.setdefault(street, []).append(p)

    def taken_points(self, name):
        return self._points.get(name, [])


def postal_code(key):
    return "87-100"


def fill(text, key, form):
    # Social cooperatives and integration centres exist in Poland since the middle of the 2000s.
    year = 2008 + number(key + "/year", 15) if form in TRADING | {"kis"} else 1991 + number(key + "/year", 32)
    return text.format(year=year,
                       day=pick(key + "/day", DAYS), hour=f"{9 + number(key + '/hour', 9)}:00",
                       late=f"{17 + number(key + '/late', 4)}:00")


def slug(name):
    words = quoted(name).translate(ASCII).lower()
    return re.sub("[^a-z0-9]+", "-", words).strip("-")


def quoted(name):
    """The words in the quotation marks of a name, or the whole name."""
    found = re.search("„(.+?)”", name)
    return found.group(1) if found else name


def place_of(name):
    return next((d for word, d in PLACES.items() if word in name), None)


def read():
    return [row for i in (1, 2, 3) for row in rows(f"organisations-{i}.txt")]


def build(world, texts, addresses, seats):
    """All organisations as CSV rows; seats: {index: the municipal unit where the organisation has its seat}."""
    closings = Seldom(line for (line,) in rows("practical.txt"))
    # Who lives by selling does not ask for volunteers or gifts.
    unfit = [c for c in closings.uses if re.search("wolontariuszy|Darowizny|Listę rzeczy|chce pomóc|wniosków", c)]
    second = dict(rows("organisations-second.txt"))
    slots = [d for d, w in WEIGHTS.items() for _ in range(w)]
    tied = {name: place_of(name) for _, _, name, _, _ in texts if place_of(name)}
    for district in tied.values():
        if district in slots:
            slots.remove(district)
    free = [name for _, _, name, _, _ in texts if name not in tied]
    slots.sort(key=lambda d: d)
    order = sorted(range(len(slots)), key=lambda i: number(f"slot/{i}", 1 << 60))
    district_of = {name: slots[order[i % len(order)]] for i, name in enumerate(free)} | tied
    out, last_in = [], {}
    for i, (form, activities, name, tagline, lead) in enumerate(texts, 1):
        key = f"organisation/{slug(name)}"
        district = district_of[name]
        shared, seat = last_in.get(district), seats.get(i - 1)
        if seat:
            street, p = seat["street"], (float(seat["lon"]), float(seat["lat"]))
            house_text = seat["house_number"] + (f"/{seat['unit_number']}" if seat["unit_number"] else "")
        elif shared and shared[3] < 3 and number(key + "/share", 100) < 9:
            street, house, p, n = shared
            last_in[district] = (street, house, p, n + 1)
            house_text = f"{house}/{n + 1}"
        else:
            street, house, p, _ = addresses.take(key, district)
            last_in[district] = (street, house, p, 1)
            suffix = pick(key + "/suffix", ["", "", "", "", "a", "/1", "/2", "/4", "b", ""])
            house_text = f"{house}{suffix}"
        shape = number(key + "/shape", 20)
        description, template = f"{lead}\n\n{second[quoted(name)]}" if shape else lead, ""
        if shape > 12:
            template = closings.take(key + "/closing", unfit if form in TRADING else ())
            description += (" " if shape < 16 else "\n\n") + fill(template, key, form)
        has_site = number(key + "/site", 10) < 6 or "na stronie" in description
        has_phone = number(key + "/phone", 10) < 8 or "telefon" in template.lower()
        out.append({
            "source_id": f"org-{i:03}", "source": "demo", "name": name, "legal_form": form,
            "social_enterprise": boolean(form in TRADING and number(key + "/se", 10) < 7),
            "public_benefit": boolean(form in ("association", "foundation", "sports_club") and number(key + "/opp", 10) < 4),
            "prosocial_mark": boolean(form in TRADING and number(key + "/mark", 10) < 4),
            "activities": activities, "krs": "" if form in NO_REGISTER else krs(i), "nip": nip(1000 + i * 37),
            "regon": regon(1000 + i * 53), "tagline": tagline, "description": description, "street": street,
            "house_number": house_text, "postal_code": postal_code(key), "city": CITY,
            "phone": f"56 000 {i // 100:02} {i % 100:02}" if has_phone else "",
            "email": f"{slug(name)}@example.org", "website": f"https://example.org/{slug(name)}" if has_site else "",
            "opening_hours": "" if "{day}" in template else pick(key + "/hours", HOURS), "lon": f"{p[0]:.6f}", "lat": f"{p[1]:.6f}",
            "district": world.district_of(p), "licence": LICENCE,
            "verified_on": f"2026-{1 + number(key + '/month', 10):02}-{1 + number(key + '/date', 28):02}"})
    write_csv("organisations.csv", FIELDS, out)
    return out
