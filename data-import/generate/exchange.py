"""Categories, offers, demand and equipment: every text is written by hand in the banks."""
import re

from common import write_csv
from geography import rows

SOURCE = "demo"


def write_categories():
    write_csv("categories.csv", ["code", "name_pl", "name_en", "cpv"],
              [dict(zip(("code", "name_pl", "name_en", "cpv"), row)) for row in rows("categories.txt")])


def author(words, by_words, column):
    """The columns that say whose the row is: an organisation by the words in its quotation marks, or a unit by name."""
    if words.startswith("!"):
        return {"organisation": "", column: words[1:].strip()}
    return {"organisation": by_words[words], column: ""}


def build(people):
    by_words = {re.search("„(.+)”", p["name"]).group(1): p["source_id"] for p in people if "„" in p["name"]}
    write_categories()
    offers = [{"source_id": f"offer-{i:03}", "source": SOURCE, "organisation": by_words[who], "kind": kind, "name": name,
               "description": text, "category": category, "price_pln": price, "price_unit": unit, "delivery_area": area}
              for i, (who, kind, name, category, price, unit, area, text) in enumerate(rows("offers.txt"), 1)]
    write_csv("offers.csv", list(offers[0]), offers)
    demand = [{"source_id": f"demand-{i:03}", "source": SOURCE, **author(who, by_words, "unit_name"), "name": name,
               "description": text, "category": category, "quantity": quantity, "budget_min_pln": low,
               "budget_max_pln": high, "deadline": deadline}
              for i, (who, name, category, quantity, low, high, deadline, text) in enumerate(rows("demand.txt"), 1)]
    write_csv("demand.csv", list(demand[0]), demand)
    equipment = [{"source_id": f"equipment-{i:03}", "source": SOURCE, **author(who, by_words, "owner_name"), "name": name,
                  "description": text, "category": category, "mode": mode, "quantity": quantity, "terms": terms}
                 for i, (who, name, category, mode, quantity, text, terms) in enumerate(rows("equipment.txt"), 1)]
    write_csv("equipment.csv", list(equipment[0]), equipment)
