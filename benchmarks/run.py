"""Measure the ledger against its budgets: `python benchmarks/run.py`; see README.md beside this file."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from csv_import import csv_import
from ledgers import ROOT, Ledgers, Program, format_size, parse_size
from measure import NotMeasured, Stopwatch
from peers import peers
from rows import ROWS, Bench
from table import TABLES, as_markdown, as_text

# By the order in which they run: the peers' programs are there once they were installed.
ALL: Final = (*ROWS, "peers", "csv-import")
RESULTS: Final = Path(__file__).with_name("RESULTS.md")


def main() -> int:
    """Run what was asked for; return 0 if every budget was held, 1 if one was not, 2 if something was not measured."""
    asked = _asked()
    folder = asked.work.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    watch = Stopwatch(folder, asked.runs)
    program = Program(watch)
    bench = Bench(watch, program, Ledgers(watch, program), asked.targets)
    begun, load = datetime.now(UTC), os.getloadavg()[0]
    _say("installing")
    try:
        program.install()
    except NotMeasured as error:
        _say(str(error))
        return 2
    failed = _run(bench, asked.only, install=asked.peers)
    bench.notes += bench.unsteady()
    machine = _machine(program, begun, load)
    for name in TABLES:
        if name in bench.figures:
            print(as_text(name, bench.figures[name]))
    print("\n".join([*machine, *bench.notes]))
    if asked.write:
        _write(bench, machine)
        print(f"written: {RESULTS.name}")
    over = any(figure.over for figures in bench.figures.values() for figure in figures)
    return 2 if failed else int(over)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--targets", type=_sizes, default="10k,1M", help="sizes, 10k to 10M (default: %(default)s)")
    parser.add_argument("--only", choices=[*ALL], action="append", help="this row; may be repeated")
    parser.add_argument("--peers", action="store_true", help="install the peers in the work folder, and measure them")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "benchmarks", help="where all is made")
    parser.add_argument("--runs", type=int, default=15, help="rounds of each row, 1 to 50 (default: %(default)s)")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}; not with --only")
    asked = parser.parse_args()
    if not 1 <= asked.runs <= 50:
        parser.error("--runs: 1 to 50")
    if asked.write and asked.only:
        parser.error("--write: the results are written whole, not for some rows --only")
    return asked


def _sizes(text: str) -> list[int]:
    try:
        return sorted({parse_size(part) for part in text.split(",")})
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _run(bench: Bench, only: list[str] | None, *, install: bool) -> bool:
    """Run the rows; return whether one could not be measured."""
    failed = False
    for name in ALL:
        if only and name not in only and not (name == "peers" and install):
            continue
        _say(f"measuring {name}")
        try:
            if name == "peers":
                peers(bench, install=install)
            elif name == "csv-import":
                csv_import(bench)
            else:
                ROWS[name](bench)
        except NotMeasured as error:
            failed = True
            bench.notes.append(f"{name}: not measured: {error}")
    return failed


def _machine(program: Program, begun: datetime, load: float) -> list[str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    openssl = "openssl" if shutil.which("openssl") else "no openssl"
    return [
        f"date: {begun:%Y-%m-%d}",
        f"machine: {os.cpu_count()} cores, {memory:.0f} GiB of memory, {platform.system()} {platform.machine()}, {openssl}",
        f"versions: Python {platform.python_version()}, {program.versions()}",
        f"other work on the machine when it began: a load of {load:.1f}",
    ]


def _write(bench: Bench, machine: list[str]) -> None:
    sizes = ", ".join(format_size(size) for size in bench.sizes)
    text = [
        "# Results\n",
        "Written by `python benchmarks/run.py --write`; README.md beside this file says how it measures.\n",
        "\n".join(f"- {line}" for line in [*machine, f"ledgers: {sizes} targets; up to {bench.watch.runs} rounds"])
        + "\n",
        *(as_markdown(name, bench.figures[name]) for name in TABLES if name in bench.figures),
    ]
    if bench.notes:
        text.append("## Notes\n\n" + "\n".join(f"- {note}" for note in bench.notes) + "\n")
    RESULTS.write_text("\n".join(text), "utf-8")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
