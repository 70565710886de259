"""Writes all demo files: python3 data-import/generate/build.py (standard library only, same bytes every time)."""
from geography import Geography
import organisations

if __name__ == "__main__":
    world = Geography()
    world.write()
    people, addresses = organisations.build(world)
