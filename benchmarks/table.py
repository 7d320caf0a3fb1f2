"""Figures, each a ratio with its budget beside it, and the tables they are printed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from measure import Ratio


@dataclass(frozen=True)
class Figure:
    """One line: what was measured, in units of what, its budget if it has one, and the bare figure beside it."""

    work: str
    targets: str
    unit: str
    ratio: Ratio
    runs: int
    bare: str
    budget: float | None = None
    # The budget is the least that it must reach, not the most that it may take.
    reach: bool = False

    @property
    def verdict(self) -> str:
        """Hold the figure against its budget; where the median says otherwise, say so too."""
        if self.budget is None:
            return "–"
        held, usual = self._holds(self.ratio.least), self._holds(self.ratio.median)
        if held == usual:
            return "ok" if held else "over"
        return f"{'ok' if held else 'over'} (median {'ok' if usual else 'over'})"

    @property
    def over(self) -> bool:
        """Say whether the budget is not held."""
        return self.budget is not None and not self._holds(self.ratio.least)

    def _holds(self, value: float) -> bool:
        return self.budget is None or (value >= self.budget if self.reach else value <= self.budget)

    def cells(self) -> list[str]:
        """Return the cells of its line."""
        sign = "≥" if self.reach else "≤"
        budget = "–" if self.budget is None else f"{sign} {self.budget:.2f}"
        least, usual = _figure(self.ratio.least), _figure(self.ratio.median)
        return [self.work, self.targets, self.unit, least, usual, budget, self.verdict, str(self.runs), self.bare]


class Table(NamedTuple):
    """A table: its title, what is said above it, and how the judged figure and the bare ones are headed."""

    title: str
    said: str
    judged: str = "best"
    bare: str = "best, median; reference"


TABLES: Final = {
    "time": Table(
        "Time",
        said="Whole processes. The best is the fastest run in units of the fastest run of its reference, and is what is held "
        "against the budget; the median is of the ratios to the reference's run in the same round.",
    ),
    "growth": Table(
        "Growth",
        said="The same runs: each command on a larger ledger in units of the same command on the smallest one. What it prints "
        "costs too, so the lines that it printed on each stand beside.",
        bare="lines here and there",
    ),
    "bulk": Table(
        "Import, index and verification",
        said="A round trip is Python's `json.loads` and `json.dumps` of every line of the same file. In units of a rate or a time "
        "that is the budget, 1.00 just holds it; these count from 1M targets on.",
    ),
    "memory": Table(
        "Memory",
        said="The most that a process held in memory at any time: the most of all runs is held against the budget, which is for up "
        "to 1M targets.",
        judged="most",
        bare="most itself",
    ),
    "peers": Table(
        "Peers",
        said="How many times as long as `ledger` each takes for the same work on the same data, in the same rounds: above 1 it is "
        "slower.",
    ),
}


def lines(name: str, figures: Sequence[Figure]) -> list[list[str]]:
    """Return a table as rows of cells, the head first."""
    table = TABLES[name]
    head = ["work", "targets", "in units of", table.judged, "median", "budget", "verdict", "runs", table.bare]
    return [head, *(figure.cells() for figure in figures)]


def as_text(name: str, figures: Sequence[Figure]) -> str:
    """Return a table for a terminal."""
    rows = lines(name, figures)
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    numbers = (3, 4, 5, 7)
    text = [TABLES[name].title]
    for row in rows:
        cells = [
            cell.rjust(width) if place in numbers else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        text.append("  ".join(cells).rstrip())
    text.insert(2, "─" * sum(widths, 2 * (len(widths) - 1)))
    return "\n".join(text) + "\n"


def as_markdown(name: str, figures: Sequence[Figure]) -> str:
    """Return a table as a section of a page."""
    rows = lines(name, figures)
    marks = ["---", "---", "---", "---:", "---:", "---:", "---", "---:", "---"]
    text = ["| " + " | ".join(row) + " |" for row in [rows[0], marks, *rows[1:]]]
    return f"## {TABLES[name].title}\n\n{TABLES[name].said}\n\n" + "\n".join(text) + "\n"


def _figure(value: float) -> str:
    return f"{value:.2f}" if value < 100 else f"{value:,.0f}"
