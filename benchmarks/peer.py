"""What the peers' own processes do: `python peer.py PEER WORK FILE …`; run with the Python that has them.

A weekly table is printed as lines `WEEK STATUS NUMBER`, a week by its Monday.
"""

from __future__ import annotations

import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

_WEEKLY: Final = """
WITH days AS (SELECT day, status, count(*) AS n FROM postings GROUP BY day, status)
SELECT date_trunc('week', day)::DATE, status, sum(n) FROM days GROUP BY ALL ORDER BY ALL
"""
_JSON_WEEKLY: Final = """
WITH e AS (
    SELECT * FROM read_json(?, format = 'newline_delimited', columns = {
        kind: 'VARCHAR', id: 'VARCHAR', "order": 'VARCHAR', action: 'VARCHAR', received: 'DATE', "at": 'DATE',
        targets: 'VARCHAR[]', "all": 'BOOLEAN'})),
moved AS (
    SELECT received AS day, 'pending' AS status, len(targets) AS n FROM e WHERE kind = 'order'
    UNION ALL
    SELECT r."at", r.action, CASE WHEN r."all" THEN len(o.targets) ELSE len(r.targets) END
    FROM e r JOIN e o ON o.id = r."order" WHERE r.kind = 'response')
SELECT date_trunc('week', day)::DATE, status, sum(n) FROM moved GROUP BY ALL ORDER BY ALL
"""


def duckdb(work: str, file: str, source: str = "") -> None:
    """Keep the postings in a table of DuckDB's own, or read the entries as they are."""
    import duckdb as peer  # type: ignore[import-not-found, unused-ignore]

    if work == "weekly-json":
        rows = peer.execute(_JSON_WEEKLY, [file]).fetchall()
        _print(rows)
        return
    with peer.connect(file) as db:
        if work == "make":
            db.execute("CREATE TABLE postings (day DATE, status VARCHAR, target VARCHAR, order_id VARCHAR)")
            db.execute("INSERT INTO postings SELECT * FROM read_csv(?, header = true)", [source])
        elif work == "weekly":
            _print(db.execute(_WEEKLY).fetchall())
        else:
            rows = [("2025-03-01", "pending", f"@added_{letter}", "added") for letter in "abc"]
            db.executemany("INSERT INTO postings VALUES (?, ?, ?, ?)", rows)


def tinydb(work: str, file: str, source: str = "") -> None:
    """Keep the entries as documents in TinyDB's own file."""
    from tinydb import TinyDB

    with TinyDB(file) as db:
        if work == "make":
            import json

            with Path(source).open(encoding="utf-8") as lines:
                db.insert_multiple([json.loads(line) for line in lines])
        elif work == "weekly":
            _print(_weeks(db))
        else:
            names = [f"@added_{letter}" for letter in "abc"]
            db.insert({"kind": "order", "id": "added", "received": "2025-03-01", "targets": names})


def _weeks(entries: Any) -> list[tuple[str, str, int]]:
    orders = {entry["id"]: len(entry["targets"]) for entry in entries if entry["kind"] == "order"}
    found: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        if entry["kind"] == "order":
            found[_monday(entry["received"]), "pending"] += len(entry["targets"])
        else:
            number = orders[entry["order"]] if entry.get("all") else len(entry["targets"])
            found[_monday(entry["at"]), entry["action"]] += number
    return [(week, status, number) for (week, status), number in sorted(found.items())]


def _monday(text: str) -> str:
    day = date.fromisoformat(text)
    return (day - timedelta(days=day.weekday())).isoformat()


def _print(rows: list[tuple[Any, ...]]) -> None:
    for row in rows:
        print(*row)


if __name__ == "__main__":
    {"duckdb": duckdb, "tinydb": tinydb}[sys.argv[1]](*sys.argv[2:])
