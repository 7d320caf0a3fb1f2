"""The rows of the budget: what each runs, beside what, and what it may cost."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from generate import PER_ORDER, postings
from ledgers import Ledgers, Program, format_size
from measure import NotMeasured, Ratio, Run, Stopwatch, Work, compare, median, same, seconds
from table import Figure

MILLION: Final = 1_000_000
GROWTH: Final = 1.1
MEMORY: Final = 150_000_000
POSTINGS: Final = 200_000
REBUILD: Final = 10.0
UNSTEADY: Final = 1.1
# What the memory of an import is compared with.
SMALL_IMPORT: Final = 100_000
_ROUND_TRIP: Final = """
import json, sys
with open(sys.argv[1], "rb") as file, open("/dev/null", "w") as out:
    for line in file:
        out.write(json.dumps(json.loads(line)))
"""

# The arguments of a command on a ledger of so many orders, in the n-th round.
Arguments = Callable[[int, int], Sequence[str]]


@dataclass
class Bench:
    """All that a row needs, and the figures so far by table."""

    watch: Stopwatch
    program: Program
    ledgers: Ledgers
    sizes: Sequence[int]
    figures: dict[str, list[Figure]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    # The fastest import of typer in each row.
    references: dict[str, float] = field(default_factory=dict)

    def add(self, table: str, figure: Figure) -> None:
        """Take in a figure."""
        self.figures.setdefault(table, []).append(figure)

    def memory(self, work: str, size: int, runs: Sequence[Run]) -> None:
        """Take in the memory of runs."""
        peaks = [run.peak for run in runs]
        ratio = Ratio(max(peaks) / MEMORY, median(peaks) / MEMORY)
        budget = 1.0 if size <= MILLION else None
        most = f"{max(peaks) / 1e6:.0f} MB"
        self.add("memory", Figure(work, format_size(size), "150 MB", ratio, len(runs), most, budget))

    def unsteady(self) -> list[str]:
        """Say which rows had a slow reference: it makes what is measured beside it look better than it is."""
        fastest = min(self.references.values(), default=0.0)
        return [
            f"{work}: its reference was {value / fastest:.2f} times as slow as in another row: measure it again, in quiet"
            for work, value in self.references.items()
            if value > fastest * UNSTEADY
        ]


def bare(runs: Sequence[Run], *parts: tuple[float, Sequence[Run]]) -> str:
    """Return the seconds of the fastest run, of the median one, and of the fastest reference."""
    reference = sum(weight * min(seconds(others)) for weight, others in parts)
    return f"{min(seconds(runs)):.3f} s, {median(seconds(runs)):.3f} s; {reference:.3f} s"


def _order(orders: int, number: int) -> int:
    """Return an order that no round before has touched; the last one is left, as it has no next."""
    return (orders // 2 + number * 43) % (orders - 1)


def add_order(_: int, number: int) -> Sequence[str]:
    """Return the arguments that add an order with three names, another in each round."""
    return (
        "add-order", "--authority", "Authority 7", "--jurisdiction", "IN", "--platform", "twitter", "--basis", "IN-LAW-1",
        "--requires", "block", "--received", "2025-03-01", f"@added_{number}_a", f"@added_{number}_b", f"@added_{number}_c",
    )  # fmt: skip


def _respond(orders: int, number: int) -> Sequence[str]:
    order = _order(orders, number)
    # Each order's names from the tenth to the ninetieth are in no other.
    return ("respond", f"BENCH-{order:07}", "blocked", f"@user_{order * 90 + 50}", "--at", "2025-03-02")


def _timeline(orders: int, number: int) -> Sequence[str]:
    # This name is in two orders, and was unblocked under one.
    return ("timeline", f"@user_{_order(orders, number) * 90 + 95}")


@dataclass(frozen=True)
class Command:
    """A command, what it may take in units of the import of typer, and how much it may grow with the ledger."""

    arguments: Arguments
    budget: float | None
    growth: float | None = GROWTH


def _commands(commands: Mapping[str, Command]) -> Callable[[Bench], None]:
    """Return a row that runs commands on all ledgers in turn with the import of typer."""

    def row(bench: Bench) -> None:
        for work, command in commands.items():
            _one_command(bench, work, command)

    return row


def _one_command(bench: Bench, work: str, command: Command) -> None:
    def on(size: int) -> Work:
        path, orders = bench.ledgers.get(size), size // PER_ORDER
        return Work(
            f"{work} {size}",
            lambda number: (bench.program.ledger, "--file", path, *command.arguments(orders, number)),
        )

    typer = bench.program.import_typer()
    taken = bench.watch.rounds(typer, *(on(size) for size in bench.sizes))
    bench.references[work] = min(seconds(taken[typer.name]))
    smallest = taken[f"{work} {bench.sizes[0]}"]
    of = f"itself at {format_size(bench.sizes[0])}"
    for size in bench.sizes:
        label, runs = format_size(size), taken[f"{work} {size}"]
        ratio = compare(runs, (1, taken[typer.name]))
        bench.add(
            "time",
            Figure(work, label, "import typer", ratio, len(runs), bare(runs, (1, taken[typer.name])), command.budget),
        )
        bench.memory(work, size, runs)
        if size != bench.sizes[0]:
            ratio = compare(runs, (1, smallest))
            printed = f"{runs[-1].lines:,} lines, {smallest[-1].lines:,} lines"
            bench.add("growth", Figure(work, label, of, ratio, len(runs), printed, command.growth))


def _round_trip(bench: Bench, source: Path) -> Work:
    return Work("round trip", same(bench.program.python, "-c", _ROUND_TRIP, source))


def _importing(bench: Bench) -> None:
    peaks: dict[int, list[Run]] = {}
    for size in bench.sizes:
        trip, work = _round_trip(bench, bench.ledgers.entries(size)), bench.ledgers.importing(size)
        taken = bench.watch.rounds(trip, work)
        bench.ledgers.made(size)
        runs = peaks[size] = taken[work.name]
        label, count = format_size(size), len(runs)
        beside = compare(runs, (1, taken[trip.name]))
        bench.add(
            "bulk",
            Figure("import", label, "a round trip of the file", beside, count, bare(runs, (1, taken[trip.name]))),
        )
        rates = [postings(size) / run.seconds for run in runs]
        ratio = Ratio(max(rates) / POSTINGS, median(rates) / POSTINGS)
        speed = f"{max(rates):,.0f} postings/s, {median(rates):,.0f} postings/s"
        budget = 1.0 if size >= MILLION else None
        bench.add("bulk", Figure("import", label, "200,000 postings/s", ratio, count, speed, budget, reach=True))
        bench.memory("import", size, runs)
    _import_growth(bench, peaks)


def _import_growth(bench: Bench, peaks: dict[int, list[Run]]) -> None:
    """Compare the memory of each larger import with that of a small one."""
    larger = [size for size in bench.sizes if size > SMALL_IMPORT]
    if not larger:
        bench.notes.append(f"memory of import: not compared, no ledger is larger than {format_size(SMALL_IMPORT)}")
        return
    if SMALL_IMPORT not in peaks:
        work = bench.ledgers.importing(SMALL_IMPORT)
        peaks[SMALL_IMPORT] = bench.watch.rounds(work)[work.name]
        bench.memory("import", SMALL_IMPORT, peaks[SMALL_IMPORT])
    small = [run.peak for run in peaks[SMALL_IMPORT]]
    of = f"itself at {format_size(SMALL_IMPORT)}"
    for size in larger:
        own = [run.peak for run in peaks[size]]
        ratio = Ratio(max(own) / max(small), median(own) / median(small))
        most = f"{max(own) / 1e6:.0f} MB, {max(small) / 1e6:.0f} MB"
        bench.add("memory", Figure("import", format_size(size), of, ratio, len(own), most, GROWTH))


def _rebuild(bench: Bench) -> None:
    for size in bench.sizes:
        path = bench.ledgers.get(size)

        def forget(path: Path = path) -> None:
            for end in (".index", ".index-wal", ".index-shm"):
                Path(f"{path}{end}").unlink(missing_ok=True)

        trip = _round_trip(bench, path)
        work = Work("rebuild", same(bench.program.ledger, "--file", path, "orders"), forget, heavy=True)
        taken = bench.watch.rounds(trip, work)
        runs, label = taken[work.name], format_size(size)
        beside = compare(runs, (1, taken[trip.name]))
        bench.add(
            "bulk",
            Figure("rebuild", label, "a round trip of the file", beside, len(runs), bare(runs, (1, taken[trip.name]))),
        )
        per = [run.seconds / (size / MILLION) for run in runs]
        ratio = Ratio(min(per) / REBUILD, median(per) / REBUILD)
        pace = f"{min(per):.1f} s per 1M, {median(per):.1f} s per 1M"
        budget = 1.0 if size >= MILLION else None
        bench.add("bulk", Figure("rebuild", label, "10 s per 1M targets", ratio, len(runs), pace, budget))
        bench.memory("rebuild", size, runs)


def _verify(bench: Bench) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        raise NotMeasured("openssl is not installed")
    typer = bench.program.import_typer()
    for size in bench.sizes:
        path, label = bench.ledgers.get(size), format_size(size)
        digest = Work("openssl", same(openssl, "dgst", "-sha256", path))
        works = [
            Work(name, same(bench.program.ledger, "--file", path, *name.split()), heavy=size > SMALL_IMPORT)
            for name in ("verify", "verify --no-index")
        ]
        taken = bench.watch.rounds(typer, digest, *works)
        bench.references[f"verify at {label}"] = min(seconds(taken[typer.name]))
        parts = ((2, taken[typer.name]), (8, taken[digest.name]))
        for work in works:
            runs = taken[work.name]
            ratio = compare(runs, *parts)
            budget = 1.0 if work.name == "verify" else None
            bench.add(
                "bulk", Figure(work.name, label, "2 × typer + 8 × sha256", ratio, len(runs), bare(runs, *parts), budget)
            )
            bench.memory(work.name, size, runs)


def _evidence(bench: Bench) -> None:
    """Measure what reads the whole file once, and then what is new: the first run that is not counted here did that."""

    def kept(orders: int) -> Path:
        return Path(f"{bench.ledgers.path(orders * PER_ORDER)}.checkpoint")

    for size in bench.sizes:
        path = bench.ledgers.get(size)
        # Of the ledger that an earlier run made.
        kept(size // PER_ORDER).unlink(missing_ok=True)
        bench.watch.once(
            (bench.program.ledger, "--file", path, "checkpoint", "--unsigned", "-o", kept(size // PER_ORDER))
        )
    commands: Mapping[str, Command] = {
        "checkpoint": Command(lambda *_: ("checkpoint", "--unsigned"), budget=None),
        "prove": Command(
            lambda orders, number: ("prove", str(_order(orders, number)), "--checkpoint", str(kept(orders))),
            budget=None,
        ),
    }
    _commands(commands)(bench)


# By the order in which they run: the ledgers are made by the first, and the last leave the index as it was.
ROWS: Final[dict[str, Callable[[Bench], None]]] = {
    "import": _importing,
    "add-order": _commands({"add-order": Command(add_order, 2.0)}),
    "respond": _commands({"respond": Command(_respond, 2.0)}),
    "timeline": _commands({"timeline": Command(_timeline, 2.5)}),
    "report": _commands(
        {
            "report": Command(lambda *_: ("report",), 2.5),
            # As many lines on a large ledger as on a small one.
            "report --yearly": Command(lambda *_: ("report", "--yearly"), 2.5),
        }
    ),
    "orders": _commands(
        {
            "orders --open": Command(lambda *_: ("orders", "--open"), 2.5),
            # All of them: what it costs is what it prints.
            "orders": Command(lambda *_: ("orders",), budget=None, growth=None),
        }
    ),
    "evidence": _evidence,
    "verify": _verify,
    "rebuild": _rebuild,
}
