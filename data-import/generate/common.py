"""What the row builders share: repeatable choices, identifiers with checksums, CSV."""
import csv
import hashlib

from geography import DEMO

TODAY = "2026-11-21"


def number(key, modulus):
    """A repeatable number below the modulus, from a key; stays the same when other rows come or go."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % modulus


def pick(key, options):
    return options[number(key, len(options))]


def checksum(digits, weights):
    return sum(int(d) * w for d, w in zip(digits, weights)) % 11


def nip(index):
    """A well-formed NIP under prefix 999, which belongs to no tax office."""
    while True:
        base = f"999{index:06}"
        last = checksum(base, (6, 5, 7, 2, 3, 4, 5, 6, 7))
        if last < 10:
            return f"{base}{last}"
        index += 500_000


def regon(index):
    base = f"99{index:06}"
    return base + str(checksum(base, (8, 9, 2, 3, 4, 5, 6, 7)) % 10)


def krs(index):
    return f"0009{900000 + index:06}"


class Seldom:
    """Hands out the entries of a bank so that each is used as seldom as possible, in a repeatable order."""

    def __init__(self, entries):
        self.uses = {e: 0 for e in entries}

    def take(self, key, forbidden=()):
        free = [e for e in self.uses if e not in forbidden]
        least = min(self.uses[e] for e in free)
        chosen = pick(key, [e for e in free if self.uses[e] == least])
        self.uses[chosen] += 1
        return chosen


def write_csv(name, fields, rows):
    with open(DEMO / name, "w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, fields, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def boolean(value):
    return "true" if value else "false"
