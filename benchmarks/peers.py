"""The same work by other programs, beside the ledger: a weekly table, and one insert."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from generate import postings_of
from ledgers import format_size, installed_versions, new_environment, pip_install
from measure import NotMeasured, Work, compare, same
from rows import MILLION, Bench, add_order, bare
from table import Figure

PACKAGES: Final = ("sqlite-utils", "duckdb", "tinydb")
_SCRIPT: Final = Path(__file__).with_name("peer.py")
# Beyond this, a journal of plain text takes minutes a run.
_LARGEST_TEXT: Final = 100_000
_SQLITE_WEEKLY: Final = (
    "WITH days AS (SELECT day, status, count(*) AS n FROM postings GROUP BY day, status) "
    "SELECT date(day, 'weekday 0', '-6 days') AS week, status, sum(n) AS n FROM days GROUP BY week, status ORDER BY 1, 2"
)
_INSERTED: Final = [
    {"day": "2025-03-01", "status": "pending", "target": f"@added_{letter}", "order_id": "added"} for letter in "abc"
]

Command = Sequence[str | Path]


@dataclass(frozen=True)
class Peer:
    """One program: its own store and what makes it, outside the clock; its weekly table; its insert if it has one."""

    name: str
    weekly: Command
    store: Path | None = None
    make: Sequence[Command] = ()
    insert: Command | None = None
    checked: bool = True


def peers(bench: Bench, *, install: bool) -> None:
    """Measure all peers that are installed; install those that pip can, if asked to."""
    folder = bench.watch.folder / "peers"
    python = folder / "bin" / "python"
    if install:
        try:
            new_environment(bench.watch, folder)
            pip_install(bench.watch, python, *PACKAGES)
        except NotMeasured as error:
            bench.notes.append(f"peers: {error}")
    there = installed_versions(bench.watch, python, PACKAGES) if python.exists() else ""
    missing = [name for name in PACKAGES if f"{name} " not in there]
    if there:
        bench.notes.append(f"peers: {there}")
    if missing:
        bench.notes.append(
            f"peers: {', '.join(missing)} skipped, not installed; --peers installs them in the work folder"
        )
    if shutil.which("hledger") is None:
        bench.notes.append("peers: hledger skipped, not installed")
    for size in bench.sizes:
        if size > MILLION:
            bench.notes.append(f"peers: skipped at {format_size(size)}, above {format_size(MILLION)}")
            continue
        for peer in _at(bench, size, python, missing):
            try:
                _measure(bench, size, peer)
            except NotMeasured as error:
                bench.notes.append(f"peers: {peer.name} at {format_size(size)} not measured: {error}")


def _at(bench: Bench, size: int, python: Path, missing: Sequence[str]) -> Iterator[Peer]:
    """Give the peers that are installed, with their work on the data of a ledger of a size."""
    label, source = format_size(size), bench.ledgers.entries(size)

    def store(end: str) -> Path:
        return bench.watch.folder / f"peer-{label}.{end}"

    table = store("csv")
    if {"duckdb", "sqlite-utils"} - set(missing):
        _write_table(table, size)
    if "duckdb" not in missing:
        own, db = (python, _SCRIPT, "duckdb"), store("duckdb")
        yield Peer("duckdb over the JSON", (*own, "weekly-json", source))
        yield Peer(
            "duckdb, own table", (*own, "weekly", db), db, [(*own, "make", db, table)], insert=(*own, "insert", db)
        )
    if "sqlite-utils" not in missing:
        program, db, rows = python.with_name("sqlite-utils"), store("sqlite"), store("rows.json")
        rows.write_text(json.dumps(_INSERTED), "utf-8")
        yield Peer(
            "sqlite-utils",
            (program, "query", db, _SQLITE_WEEKLY, "--tsv", "--no-headers"),
            db,
            [
                (program, "insert", db, "postings", table, "--csv"),
                (program, "create-index", db, "postings", "day", "status"),
            ],
            insert=(program, "insert", db, "postings", rows),
        )
    if "tinydb" not in missing:
        own, db = (python, _SCRIPT, "tinydb"), store("tinydb.json")
        yield Peer("tinydb", (*own, "weekly", db), db, [(*own, "make", db, source)], insert=(*own, "insert", db))
    hledger = shutil.which("hledger")
    if hledger is not None and size > _LARGEST_TEXT:
        bench.notes.append(f"peers: hledger skipped at {label}, above {format_size(_LARGEST_TEXT)}")
    elif hledger is not None:
        journal = store("journal")
        _write_journal(journal, size)
        yield Peer(
            "hledger", (hledger, "-f", journal, "balance", "--weekly", "--depth", "1", "-O", "csv"), checked=False
        )


def _measure(bench: Bench, size: int, peer: Peer) -> None:
    """Measure one peer in turn with the ledger; raises `NotMeasured` if its weekly table is another one."""
    if peer.store is not None:
        peer.store.unlink(missing_ok=True)
    for command in peer.make:
        bench.watch.once(command)
    ledger = (bench.program.ledger, "--file", bench.ledgers.get(size))
    if peer.checked:
        _check(bench, peer, ledger)
    pairs = [("weekly table", Work("ledger", same(*ledger, "report")), peer.weekly)]
    if peer.insert is not None:
        pairs.append(("insert", Work("ledger", lambda number: (*ledger, *add_order(0, number))), peer.insert))
    for name, own, command in pairs:
        taken = bench.watch.rounds(own, Work("peer", same(*command)))
        runs = taken["peer"]
        ratio = compare(runs, (1, taken["ledger"]))
        bench.add(
            "peers",
            Figure(
                f"{name}: {peer.name}", format_size(size), "ledger", ratio, len(runs), bare(runs, (1, taken["ledger"]))
            ),
        )


def _check(bench: Bench, peer: Peer, ledger: Command) -> None:
    theirs: dict[tuple[str, str], int] = {}
    for line in bench.watch.output(peer.weekly).splitlines():
        week, status, number = line.split()
        theirs[week, status] = int(number)
    ours: dict[tuple[str, str], int] = {}
    last = max(week for week, _ in theirs)
    for period in json.loads(bench.watch.output([*ledger, "report", "-O", "json"]))["periods"]:
        year, number = period["label"].split("-W")
        week = date.fromisocalendar(int(year), int(number), 1).isoformat()
        moved = {status: amount["n"] for status, amount in period["moved"].items() if status != "pending"}
        moved["pending"] = period["ordered"]["n"]
        # What this run has added to the ledger came in later than all that it was made with.
        ours |= {(week, status): amount for status, amount in moved.items() if amount and week <= last}
    if ours != theirs:
        raise NotMeasured("its weekly table is not the ledger's")


def _write_table(path: Path, size: int) -> None:
    """Write the postings as a table, one row for each target that moved."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["day", "status", "target", "order_id"])
        for order, day, _, after, names in postings_of(size):
            rows.writerows([day, after, name, order] for name in names)


def _write_journal(path: Path, size: int) -> None:
    """Write the postings as a plain-text journal, one transaction for each entry."""
    with path.open("w", encoding="utf-8") as file:
        for order, day, before, after, names in postings_of(size):
            file.write(f"{day} {order}\n")
            for name in names:
                file.write(f"    {after}    1 target  ; {name}\n    {before}    -1 target\n")
            file.write("\n")
