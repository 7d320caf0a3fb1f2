"""Write entries for a ledger of a given size: orders of 100 accounts, each answered, a tenth unblocked."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

PER_ORDER = 100


def entries(targets: int) -> Iterator[dict[str, Any]]:
    """Give the entries: for each order of 100 accounts the order, a response to all, and for some a partial lift."""
    orders = targets // PER_ORDER
    countries = ("IN", "TR", "DE", "FR", "BR", "KR", "PK", "RU", "US", "AU")
    first = date(2015, 1, 1)
    for number in range(orders):
        day = first + timedelta(days=number * 3650 // orders)
        country = countries[number % len(countries)]
        names = [f"@user_{number * 90 + place}" for place in range(PER_ORDER)]
        order = f"BENCH-{number:07}"
        yield {
            "kind": "order",
            "id": order,
            "authority": f"Authority {number % 50}",
            "jurisdiction": country,
            "platform": "twitter",
            "basis": f"{country}-LAW-{number % 7}",
            "requires": ["block"],
            "received": day.isoformat(),
            "specified": PER_ORDER,
            "targets": names,
        }
        answered = (day + timedelta(days=2)).isoformat()
        yield {
            "kind": "response",
            "order": order,
            "action": "withheld",
            "at": answered,
            "all": True,
            "countries": [country],
        }
        lifted = (day + timedelta(days=30)).isoformat()
        yield {"kind": "response", "order": order, "action": "unblocked", "at": lifted, "targets": names[:10]}


def postings(targets: int) -> int:
    """Return how many postings of single targets these entries make."""
    return targets * 2 + targets // 10


def postings_of(targets: int) -> Iterator[tuple[str, str, str, str, Sequence[str]]]:
    """Give the postings of each entry together: the order, the day, the status before, the one after, the names."""
    names: Sequence[str] = ()
    for entry in entries(targets):
        if entry["kind"] == "order":
            names = entry["targets"]
            yield entry["id"], entry["received"], "ordered", "pending", names
        elif entry.get("all"):
            yield entry["order"], entry["at"], "pending", entry["action"], names
        else:
            yield entry["order"], entry["at"], "withheld", entry["action"], entry["targets"]


if __name__ == "__main__":
    for entry in entries(int(sys.argv[1])):
        sys.stdout.write(json.dumps(entry) + "\n")
