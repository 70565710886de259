"""Writes all demo files: python3 data-import/generate/build.py (standard library only, same bytes every time)."""
from common import number
import exchange
from geography import Geography
import organisations
import premises
import support

if __name__ == "__main__":
    world = Geography()
    world.write()
    addresses = organisations.Addresses(world)
    support.build(world, addresses)
    units = premises.build(world, addresses)
    texts = organisations.read()
    tenant_of = premises.tenants(units, texts)
    # Most tenants have their seat in the premises they rent; some only work there.
    seats = {tenant_of[u["source_id"]]: u for u in units
             if u["_status"] == "occupied" and u["use"] != "storage" and number(u["source_id"] + "/seat", 10) < 7}
    people = organisations.build(world, texts, addresses, seats)
    premises.build_periods(units, people, tenant_of)
    exchange.build(people)
