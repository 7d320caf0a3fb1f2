"""The import of a table through a mapping, beside `sqlite-utils insert --csv` of the same file."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

from generate import entries
from ledgers import format_size
from measure import Ratio, Run, Work, compare, median, same
from rows import GROWTH, MILLION, SMALL_IMPORT, Bench, bare
from table import Figure

ROWS_A_SECOND: Final = 100_000
# A table of one order a row makes as many orders: beyond this, each run takes minutes.
_MOST_ORDERS: Final = 100_000
_HEADER: Final = ("Order", "Authority", "Country", "Received", "Account", "Outcome", "Closed")
_ORDER: Final = """
id = { template = "order-{Order}" }
authority = { column = "Authority" }
jurisdiction = { column = "Country" }
platform = "twitter"
received = { column = "Received", format = "ISO" }
targets = { column = "Account" }
"""
_RESPONSE: Final = """
[[order.response]]
action = { column = "Outcome", values = { "Complied" = "withheld" } }
at = { column = "Closed", format = "ISO" }
"""
_TARGETS: Final = f"""schema = "ledger-mapping/1"
[rows]
each = "target"
group_by = ["Order"]
[[order]]{_ORDER}{_RESPONSE}"""
_ORDERS: Final = f"""schema = "ledger-mapping/1"
[table]
ignore = ["Outcome", "Closed"]
[[order]]{_ORDER.replace("{Order}", "{Order}-{Account}")}"""
# What each row of the table is, the mapping that says so, up to how many rows; the budget is about the first.
_KINDS: Final = (("a row a target", _TARGETS, MILLION), ("a row an order", _ORDERS, _MOST_ORDERS))


def csv_import(bench: Bench) -> None:
    """Measure imports of tables of as many rows as a ledger has targets, and the memory that they take."""
    # What the memory of larger ones is compared with is measured too.
    sizes = sorted({*bench.sizes, *([SMALL_IMPORT] if max(bench.sizes) > SMALL_IMPORT else [])})
    for name, mapping, most in _KINDS:
        peaks = {size: _one_table(bench, name, mapping, size) for size in sizes if size <= most}
        _growth(bench, name, peaks)


def _one_table(bench: Bench, name: str, mapping: str, size: int) -> list[Run]:
    label = format_size(size)
    work = f"import csv, {name}"
    folder = bench.watch.folder
    table, ledger, mapped = folder / f"table-{label}.csv", folder / "csv.jsonl", folder / "table.toml"
    store, program = folder / "csv.sqlite", folder / "peers" / "bin" / "sqlite-utils"
    if not table.exists():
        _write(table, size)
    mapped.write_text(mapping, "utf-8")

    def clear() -> None:
        for end in ("", ".index", ".index-wal", ".index-shm", ".lock"):
            Path(f"{ledger}{end}").unlink(missing_ok=True)

    own = Work(work, same(bench.program.ledger, "--file", ledger, "import", table, "--map", mapped), clear, heavy=True)
    peer = Work(
        "sqlite-utils",
        same(program, "insert", store, "rows", table, "--csv"),
        lambda: store.unlink(missing_ok=True),
        heavy=True,
    )
    taken = bench.watch.rounds(own, *([peer] if program.exists() else []))
    runs = taken[own.name]
    if program.exists():
        beside = taken[peer.name]
        bench.add(
            "bulk",
            Figure(
                work, label, "sqlite-utils insert --csv", compare(runs, (1, beside)), len(runs), bare(runs, (1, beside))
            ),
        )
    else:
        bench.notes.append(f"{work}: not beside sqlite-utils, which is not installed; --peers installs it")
    rates = [size / run.seconds for run in runs]
    ratio = Ratio(max(rates) / ROWS_A_SECOND, median(rates) / ROWS_A_SECOND)
    speed = f"{max(rates):,.0f} rows/s, {median(rates):,.0f} rows/s"
    budget = 1.0 if size >= MILLION else None
    bench.add("bulk", Figure(work, label, "100,000 rows/s", ratio, len(runs), speed, budget, reach=True))
    bench.memory(work, size, runs)
    return runs


def _growth(bench: Bench, name: str, peaks: dict[int, list[Run]]) -> None:
    """Compare the memory of each larger import with that of a small one."""
    small = [run.peak for run in peaks.get(SMALL_IMPORT, [])]
    for size, runs in peaks.items():
        if small and size > SMALL_IMPORT:
            own = [run.peak for run in runs]
            ratio = Ratio(max(own) / max(small), median(own) / median(small))
            most = f"{max(own) / 1e6:.0f} MB, {max(small) / 1e6:.0f} MB"
            of = f"itself at {format_size(SMALL_IMPORT)}"
            bench.add("memory", Figure(f"import csv, {name}", format_size(size), of, ratio, len(runs), most, GROWTH))


def _write(path: Path, size: int) -> None:
    """Write the orders of a ledger of a size as a table, one row for each account."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(_HEADER)
        for entry in entries(size):
            if entry["kind"] == "order":
                number = entry["id"].removeprefix("BENCH-")
                said = (number, entry["authority"], entry["jurisdiction"], entry["received"])
                rows.writerows((*said, name, "Complied", entry["received"]) for name in entry["targets"])
