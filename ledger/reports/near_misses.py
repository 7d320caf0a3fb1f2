"""Names that differ by one slip of the hand: perhaps one target, which nobody but a person can tell."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, Final

from ledger.model.targets import key_text

# Beyond so many names they are not compared; so many variants are held at a time.
MOST: Final = 100_000
_TOGETHER: Final = 300_000
# In short names one letter is no slip.
_SHORTEST: Final = 6
_KINDS: Final = ("account", "hashtag", "channel", "page")


def near_misses(db: sqlite3.Connection) -> tuple[list[dict[str, Any]], int]:
    """Return pairs of names that differ by one letter left out, put in, changed or exchanged with its neighbour.

    Digits are no slip. Names that one order names side by side are two, and those recorded as one are left out. The
    second value is how many names there are where they are too many to be compared, else 0.
    """
    rows = db.execute("SELECT DISTINCT target FROM statuses ORDER BY target LIMIT ?", (MOST + 1,)).fetchall()
    if len(rows) > MOST:
        return [], int(db.execute("SELECT COUNT(DISTINCT target) FROM statuses").fetchone()[0])
    keys = [row[0] for row in rows]
    found = sorted(pair for pair in _pairs(keys) if not _known(db, *pair))
    return [
        {
            "targets": [key_text(one), key_text(other)],
            "platform": one.split(" ", 1)[0],
            "orders": _orders(db, one, other),
        }
        for one, other in found
    ], 0


def _pairs(keys: Sequence[str]) -> set[tuple[str, str]]:
    stems = [(key, len(key) - len(name)) for key in keys if _counts(name := key.split(" ", 2)[2], key)]
    passes = 1 + sum(len(key) - start for key, start in stems) // _TOGETHER
    found: set[tuple[str, str]] = set()
    for part in range(passes):
        seen: dict[int, list[str]] = {}
        for key, start in stems:
            for variant in _variants(key, start):
                number = hash(variant)
                if number % passes == part:
                    seen.setdefault(number, []).append(key)
        for alike in seen.values():
            found |= {
                (min(one, other), max(one, other))
                for place, one in enumerate(alike)
                for other in alike[place + 1 :]
                if one != other and is_slip(one, other)
            }
    return found


def _counts(name: str, key: str) -> bool:
    return len(name) >= _SHORTEST and key.split(" ", 2)[1] in _KINDS and not name.startswith("~")


def _variants(key: str, start: int) -> Iterator[str]:
    """Give a key as it is, and with each letter of its name left out."""
    yield key
    for place in range(start, len(key)):
        if not key[place].isdecimal():
            yield key[:place] + key[place + 1 :]


def is_slip(one: str, other: str) -> bool:
    """Tell whether a text becomes the other by one letter left out, put in, changed, or exchanged with its neighbour."""
    if len(one) > len(other):
        one, other = other, one
    place = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(other) - len(one) == 1:
        return one[place:] == other[place + 1 :] and not other[place].isdecimal()
    if len(one) != len(other) or place == len(one):
        return False
    if one[place].isdecimal() or other[place].isdecimal():
        return False
    exchanged = one[place : place + 2] == other[place : place + 2][::-1] and one[place + 2 :] == other[place + 2 :]
    return exchanged or one[place + 1 :] == other[place + 1 :]


def _known(db: sqlite3.Connection, one: str, other: str) -> bool:
    """Tell whether two names are said to be one already, or stand in one order as two."""
    alias = "SELECT 1 FROM aliases a JOIN aliases b ON b.same = a.same WHERE a.target = ? AND b.target = ?"
    together = "SELECT 1 FROM statuses a JOIN statuses b ON b.order_no = a.order_no WHERE a.target = ? AND b.target = ?"
    return any(db.execute(query, (one, other)).fetchone() for query in (alias, together))


def _orders(db: sqlite3.Connection, one: str, other: str) -> list[str]:
    """Return the first order that names each of two targets."""
    query = "SELECT o.id FROM statuses s JOIN orders o ON o.order_no = s.order_no WHERE s.target = ? ORDER BY o.order_no LIMIT 1"
    return [str(db.execute(query, (key,)).fetchone()[0]) for key in (one, other)]
