"""Foreign entries on their way into a ledger."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any, Final, NamedTuple

from ledger.errors import Refused

_OF_ROW: Final = re.compile(r"row-([0-9a-f]{20})(?:-([1-9][0-9]*))?")


class Anew(Exception):
    """What gave foreign entries found that they were not whole: it is to be asked for all of them from the beginning."""


class Incoming(NamedTuple):
    """A foreign entry: where it stands (file and line), its record, and what other entries of its file call it.

    `group` is the file that labels hold in; `of` is the label of the entry that a correction is about. Without a
    record, `problem` says why.

    `file`, `line`, `column` and `value` say the same place in parts, for the list of what was refused. Entries with
    the same `bundle` that is not empty stand next to each other and are added together or not at all, and what it says of
    an order is all that its source says of it; without one, an entry is by itself. `rows` is how many rows of the source
    an entry accounts for: 1, and 0 for the entries that follow the first of a bundle. `total` marks a total row of a
    table: it has no record, and is counted, not added. `part` names what it is where a line may hold several: a notice, a
    document.
    """

    where: str
    record: Mapping[str, Any] | None
    group: str = ""
    label: int | str | None = None
    of: int | str | None = None
    problem: str = ""
    file: str = ""
    line: int | None = None
    column: str = ""
    value: str = ""
    bundle: str = ""
    rows: int = 1
    total: bool = False
    part: str = ""


def id_of_row(digest: str, n: int) -> str:
    """Return the id of the n-th order, from 1, of those whose source gives them none and says the same of each."""
    return f"row-{digest}" if n == 1 else f"row-{digest}-{n}"


def twins_of(name: str) -> Iterator[str]:
    """Give all ids, one after the other, of orders that are the same as one whose id `id_of_row` made; none for another."""
    match = _OF_ROW.fullmatch(name)
    if match is not None:
        yield from (id_of_row(match[1], n) for n in count(1))


def label(value: object) -> int | str | None:
    """Return what an entry can be called: a whole number or a text; None for anything else."""
    return value if isinstance(value, int | str) and not isinstance(value, bool) else None


class Labels:
    """Which number each labelled entry has got, file by file.

    Labels that count up as the numbers do are kept as one run: a file of any length needs no more memory.
    """

    def __init__(self) -> None:
        # First label, first number, length; by ascending label.
        self._runs: dict[str, list[list[int]]] = {}
        self._others: dict[tuple[str, int | str], int] = {}
        self._twice: set[tuple[str, int | str]] = set()

    def put(self, item: Incoming, seq: int) -> None:
        """Note the number of an entry under its label, if it has one."""
        if item.label is None:
            return
        runs = self._runs.setdefault(item.group, [])
        if isinstance(item.label, int) and runs:
            first, number, length = runs[-1]
            if (item.label, seq) == (first + length, number + length):
                runs[-1][2] += 1
                return
        if self._find(item.group, item.label) is not None:
            self._twice.add((item.group, item.label))
        elif isinstance(item.label, int) and (not runs or item.label >= runs[-1][0] + runs[-1][2]):
            runs.append([item.label, seq, 1])
        else:
            self._others[item.group, item.label] = seq

    def _find(self, group: str, name: int | str) -> int | None:
        runs = self._runs.get(group, [])
        if isinstance(name, int) and (at := bisect_right(runs, name, key=lambda run: run[0])):
            first, number, length = runs[at - 1]
            if name < first + length:
                return number + name - first
        return self._others.get((group, name))

    def number(self, item: Incoming) -> int | None:
        """Return the number of the entry that this one is about, None if it says none; raises `Refused`."""
        if item.of is None:
            return None
        if (item.group, item.of) in self._twice:
            raise Refused(f"of: {item.of!r} is what two entries of this file are called: give each its own")
        found = self._find(item.group, item.of)
        if found is None:
            raise Refused(f"of: {item.of} is no entry that stands before this one in the same file")
        return found
