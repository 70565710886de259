"""Municipal premises and four years of their status, ending open on the day the demo is set."""
from datetime import date, timedelta

from common import Seldom, TODAY, boolean, number, pick, write_csv
from geography import CITY, rows
from organisations import quoted
import geo

FIELDS = ["source_id", "source", "name", "street", "house_number", "unit_number", "postal_code", "city", "storey",
          "area_m2", "use", "technical_condition", "utilities", "accessible", "accessibility_note", "administrator",
          "administrator_contact", "remarks", "lon", "lat", "district", "footprint_wkt", "source_url", "licence",
          "verified_on", "photos"]
PERIODS = ["source_id", "source", "premises", "status", "from", "to", "organisation", "tenant_name", "title",
           "letting_mode", "rent_pln_per_m2", "call_announcement", "call_deadline", "note"]
UTILITIES = dict(e="electricity", w="water", s="sewage", h="heating", g="gas", i="internet", t="toilet")
ADMINISTRATORS = {"Z": ("ZGM – Zakład Gospodarki Mieszkaniowej", "ul. Grudziądzka 159B, Toruń"),
                  "E": ("Wydział Edukacji", ""), "K": ("Wydział Kultury", ""), "S": ("Wydział Sportu i Turystyki", "")}
REAL = {("ul. Lindego", "12"), ("ul. Mickiewicza", "60"), ("ul. Mickiewicza", "61"), ("ul. Mickiewicza", "110"),
        ("ul. Gagarina", "152")}
REAL_SOURCE = {"ul. Gagarina": "Miasto Toruń, ogłoszenie o naborze na lokale przy ul. Gagarina 152"}
START, NOW = date(2022, 11, 1), date.fromisoformat(TODAY)
BASE_RENT = {"Stare Miasto": 17.0, "Bydgoskie Przedmieście": 15.0, "Chełmińskie Przedmieście": 14.5}
# Discounts by activity after the order of the mayor (2017–2018 pages), as fractions of the base rate.
DISCOUNT = {**dict.fromkeys(("social_assistance", "charity", "disability"), 0.7),
            **dict.fromkeys(("education", "culture", "sport", "children_leisure", "health", "public_safety", "rescue",
                             "tradition"), 0.5)}
SUITS = {"culture": {"culture", "tradition"}, "sport": {"sport"}, "education": {"education", "children_leisure"},
         "shop": {"social_economy", "economic_development"},
         "workshop": {"ecology", "tradition", "economic_development", "technology", "social_economy"},
         "services": {"health", "disability", "elderly", "family_support", "social_assistance", "addictions",
                      "migrants", "consumers", "reintegration", "family_rights"},
         "shared": {"local_communities", "volunteering", "social_economy", "elderly"},
         "storage": {"charity", "disaster_relief", "rescue", "sport"},
         "office": {"human_rights", "employment", "european_integration", "gender_equality", "volunteering",
                    "veterans", "animals", "ecology", "minorities", "tourism", "technology", "charity"}}
FORMER = ["Stowarzyszenie „Zielona Furtka” (rozwiązane)", "Fundacja „Lampion” (przeniesiona do innej gminy)",
          "Spółdzielnia Socjalna „Nożyce” (w likwidacji)", "Stowarzyszenie „Półka z Książkami” (rozwiązane)",
          "Klub Sportowy „Kometa z Podwórka” (rozwiązany)", "Fundacja „Krok Obok” (wykreślona z rejestru)",
          "Stowarzyszenie „Dobre Popołudnie” (rozwiązane)", "Fundacja „Siedem Dni” (przeniesiona do innej gminy)"]
RENOVATION = ["Wymiana instalacji elektrycznej i malowanie.", "Remont łazienki i wymiana drzwi wejściowych.",
              "Osuszanie ścian i nowe posadzki.", "Prace po zalaniu, rozliczone z ubezpieczenia.",
              "Wymiana okien w całym budynku.", "Przyłączenie do sieci ciepłowniczej.",
              "Usunięcie progów i budowa podjazdu.", "Bieżący remont po zdaniu lokalu przez najemcę."]
CALL = ["Nabór ofert na lokal z przeznaczeniem na działalność społeczną.",
        "Otwarty nabór ofert organizacji pozarządowych, umowa na 12 miesięcy z możliwością przedłużenia.",
        "Nabór dla podmiotów ekonomii społecznej. Lokal można obejrzeć po umówieniu się z administratorem."]
OPEN_CALLS = {  # premises → (since, deadline, announcement)
    ("ul. Gagarina", "152", "2"): ("2026-11-02", "2026-12-18", "Nabór ofert na prowadzenie sklepu społecznego. Do oferty "
        "należy dołączyć odpis z KRS, statut oraz ostatnie sprawozdanie finansowe i merytoryczne."),
    ("ul. Gagarina", "152", "18"): ("2026-11-02", "2026-12-18", "Nabór ofert na prowadzenie kawiarni społecznej. Do "
        "oferty należy dołączyć odpis z KRS, statut oraz ostatnie sprawozdanie finansowe i merytoryczne."),
    ("ul. Podmurna", "76", "1"): ("2026-10-19", "2026-12-04", "Nabór na usługi rzemieślnicze lub pracownię z zajęciami "
        "dla mieszkańców. Pierwszeństwo mają oferty z programem nauki zawodu."),
    ("Szosa Chełmińska", "80", ""): ("2026-11-16", "2027-01-29", "Nabór na działalność handlową, naprawczą lub "
        "magazynową podmiotów ekonomii społecznej. Wizja lokalna 8 grudnia 2026 r. o godz. 10."),
    ("ul. gen. Andersa", "24", "2"): ("2026-11-09", "2027-02-26", "Nabór na lokal handlowo-usługowy na lewym brzegu. "
        "Ocena ofert: oferta dla mieszkańców 50 %, doświadczenie 30 %, zatrudnienie 20 %."),
    ("ul. Legionów", "116", ""): ("2026-11-19", "2027-03-19", "Nabór na punkt usług społecznych dla osób starszych. "
        "Oferty składa się w siedzibie administratora."),
}


def build(world, addresses):
    """Premises rows, each with the private keys _row, _status and _district for the periods."""
    out = []
    for i, row in enumerate(rows("premises.txt"), 1):
        street, house, unit, storey, area, use, condition, utilities, accessible, admin, status, mark, note, remarks = row
        n, road = int(house), world.by_address[street]
        addresses.taken.add((street, n))
        area, footprint = float(area), ""
        depth = min(16.0, max(9.0, (area * 0.8) ** 0.5))
        front = max(10.0, area * 1.15 / depth)
        at, direction = road.place(n, 7.0 + depth / 2 if mark == "F" else 12.0 if road.rank < 3 else 9.0)
        # Where another street is in the way, the house moves along its own; a second unit stands beside the first.
        for step in (0, 8, -8, 16, -16, 24, -24, 32, -32):
            p = geo.shifted(at, direction, step + (18 if unit == "18" else 0))
            corners = rectangle(p, direction, front, depth)
            if addresses.fits(p) and (mark != "F" or clear(corners, world)):
                break
        else:
            raise ValueError(f"no room for {street} {house}")
        if mark == "F":
            footprint = geo.wkt_polygon(geo.right_handed([geo.rounded(c) for c in corners]))
        p = geo.rounded(p)
        addresses.remember(street, p)
        name, contact = ADMINISTRATORS[admin]
        real = (street, house) in REAL
        out.append({
            "source_id": f"premises-{i:02}", "source": REAL_SOURCE.get(street, "Miasto Toruń, wykaz lokali dla organizacji, 2018")
            if real else "demo", "name": f"{street} {house}" + (f" lok. {unit}" if unit else ""), "street": street,
            "house_number": house, "unit_number": unit, "postal_code": "87-100", "city": CITY, "storey": storey,
            "area_m2": f"{area:.2f}", "use": use, "technical_condition": condition,
            "utilities": ";".join(UTILITIES[c] for c in utilities), "accessible": boolean(accessible == "yes"),
            "accessibility_note": note, "administrator": name, "administrator_contact": contact, "remarks": remarks,
            "lon": f"{p[0]:.6f}", "lat": f"{p[1]:.6f}", "district": world.district_of(p), "footprint_wkt": footprint,
            "source_url": "", "licence": "" if real else "CC0 1.0",
            "verified_on": "" if real else f"2026-{2 + i % 9:02}-{1 + i % 28:02}", "photos": "",
            "_status": status, "_area": area})
    write_csv("premises.csv", FIELDS, [{k: r[k] for k in FIELDS} for r in out])
    return out


def clear(corners, world):
    """No street or railway runs through the building."""
    ring = geo.closed(corners)
    return not any(geo.in_box(corners[0], geo.box(s.line), 1e-3) and geo.crossings(s.line, ring) for s in world.streets)


def rectangle(p, direction, front, depth):
    (x, y), (dx, dy) = geo.to_m(p), direction
    return [geo.from_m((x + dx * a * front / 2 - dy * b * depth / 2, y + dy * a * front / 2 + dx * b * depth / 2))
            for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]


def tenants(premises, texts):
    """Who occupies or has reserved what today: {premises source_id: index of the organisation's text}."""
    index = {quoted(name): i for i, (_, _, name, _, _) in enumerate(texts)}
    by_name = {unit["name"]: unit["source_id"] for unit in premises}
    return {by_name[unit]: index[words] for unit, words in rows("tenants.txt")}


class History:
    """Builds the periods of one unit backwards from today to the first day of the history."""

    def __init__(self, unit, organisations, today_tenant, banks):
        self.unit, self.key = unit, unit["source_id"]
        self.organisations, self.tenant, self.banks = organisations, today_tenant, banks
        self.end, self.periods, self.mode = None, [], ""

    def chance(self, what, percent):
        return number(f"{self.key}/{what}/{len(self.periods)}", 100) < percent

    def days(self, low, high):
        return low + number(f"{self.key}/days/{len(self.periods)}", high - low + 1)

    def rent(self, organisation, day):
        unit = self.unit
        base = BASE_RENT.get(unit["district"], 13.0) * 1.04 ** (day.year - 2023)
        main = organisation["activities"].split(";")[0] if organisation else "culture"
        rent = base * (1 - DISCOUNT.get(main, 0.3))
        rent *= {"underground": 0.8, "attic": 0.7, "outbuilding": 0.7}.get(unit["storey"], 1.0)
        return f"{min(14.0, max(3.0, rent)):.2f}"

    def put(self, status, since, **columns):
        """One period before those already there; returns False when the beginning of the history is reached."""
        since = max(since, START)
        period = dict.fromkeys(PERIODS, "")
        period.update(status=status, to=self.end.isoformat() if self.end else "", premises=self.key, source="demo", **columns)
        period["from"] = since.isoformat()
        self.periods.append(period)
        self.end = since
        return since > START

    def before(self, low, high):
        return (self.end or NOW) - timedelta(days=self.days(low, high))

    def occupied(self, organisation, years, first):
        """Terms of twelve months from the first of a month, the youngest first; the rent follows the year."""
        lending = self.unit["administrator"].startswith("Wydział") and number(self.key + "/title", 10) < 6
        tenant = "" if organisation else self.banks["former"].take(self.key + "/former")
        self.mode = pick(f"{self.key}/mode/{len(self.periods)}", ["open_call", "open_call", "open_call", "direct"])
        since = first.replace(day=1)
        for term in range(years):
            last = term == years - 1
            if not self.put("occupied", since, organisation=organisation["source_id"] if organisation else "",
                            tenant_name=tenant, title="lending" if lending else "lease",
                            letting_mode=self.mode if last else "direct",
                            rent_pln_per_m2="" if lending else self.rent(organisation, since),
                            note="" if last else "Przedłużenie na kolejne 12 miesięcy po przyjęciu sprawozdania."):
                return False
            since = since.replace(year=since.year - 1)
        return True

    def somebody_else(self):
        if self.chance("former", 25):
            return None
        options = [o for o in self.organisations if o is not self.tenant
                   and o["activities"].split(";")[0] in SUITS[self.unit["use"]]]
        return pick(f"{self.key}/past/{len(self.periods)}", options)

    def call_before(self):
        """What comes before a new tenant: reserved, call, perhaps renovation."""
        holder = self.periods[-1]
        if not self.put("reserved", self.before(14, 35), organisation=holder["organisation"],
                        tenant_name=holder["tenant_name"], note="Po rozstrzygnięciu, przed podpisaniem umowy."):
            return False
        if self.mode == "direct":
            return self.put("free", self.before(20, 110))
        deadline = self.end - timedelta(days=10)
        if not self.put("open_call", self.before(35, 60), call_deadline=deadline.isoformat(),
                        call_announcement=self.banks["call"].take(self.key + "/call")):
            return False
        if self.chance("renovation", 45):
            return self.put("renovation", self.before(45, 150), note=self.banks["renovation"].take(self.key + "/why"))
        if self.chance("free", 60):
            return self.put("free", self.before(20, 110))
        return True

    def past(self):
        """Tenants and gaps back to the beginning."""
        while True:
            if not self.occupied(self.somebody_else(), 1 + self.days(0, 2), self.before(365, 365)):
                return
            if not self.call_before():
                return

    def build(self):
        unit, status = self.unit, self.unit["_status"]
        if status == "occupied":
            if self.occupied(self.tenant, 1 + self.days(0, 3), self.before(15, 350)) and self.call_before():
                self.past()
        elif status == "open_call":
            since, deadline, text = OPEN_CALLS[unit["street"], unit["house_number"], unit["unit_number"]]
            self.put("open_call", date.fromisoformat(since), call_deadline=deadline, call_announcement=text)
            if self.put("renovation", self.before(60, 160), note=self.banks["renovation"].take(self.key + "/why")):
                self.past()
        elif status == "reserved":
            self.put("reserved", self.before(6, 24), organisation=self.tenant["source_id"],
                     note="Oferta wybrana, trwa przygotowanie umowy najmu.")
            self.put("open_call", self.before(40, 60), call_deadline=(self.end - timedelta(days=9)).isoformat(),
                     call_announcement=self.banks["call"].take(self.key + "/call"))
            self.past()
        elif status == "renovation":
            self.put("renovation", self.before(30, 120), note=unit["remarks"])
            self.past()
        elif status == "withdrawn":
            self.put("withdrawn", self.before(200, 420), note=unit["remarks"])
            self.put("free", self.before(60, 160))
            self.past()
        else:
            unsold = number(self.key + "/unsold", 2)
            self.put("free", self.before(25, 260), note="Nabór zakończony bez ofert." if unsold else pick(
                self.key + "/note", ["Najemca zdał lokal przed terminem.", "Najemca przeniósł się do większego lokalu.",
                                     "Umowa wygasła, najemca nie złożył wniosku o przedłużenie."]))
            if unsold:
                self.put("open_call", self.before(40, 60), call_deadline=(self.end - timedelta(days=8)).isoformat(),
                         call_announcement=self.banks["call"].take(self.key + "/call"))
            self.past()
        return self.periods[::-1]


def build_periods(premises, organisations, tenant_of):
    banks = {"former": Seldom(FORMER), "call": Seldom(CALL), "renovation": Seldom(RENOVATION)}
    out = []
    for unit in premises:
        tenant = organisations[tenant_of[unit["source_id"]]] if unit["source_id"] in tenant_of else None
        for n, period in enumerate(History(unit, organisations, tenant, banks).build(), 1):
            period["source_id"] = f"{unit['source_id']}-{n:02}"
            out.append(period)
    write_csv("premises-periods.csv", PERIODS, out)
    return out
