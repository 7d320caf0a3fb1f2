"""One row a target: rows of the same order, adjacent or not, become that order and what followed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

from ledger.errors import Refused
from ledger.exchange.tables.cells import Columns, Fault, Unfit, maker
from ledger.exchange.tables.identity import Identity
from ledger.exchange.tables.made import EntryMaker, Record, picker
from ledger.exchange.tables.mapping import TableMapping
from ledger.exchange.tables.runs import Keys, Run, Runs, Segment
from ledger.exchange.tables.screen import Screen, bundled, refused
from ledger.exchange.tables.table import Block, Table
from ledger.model.incoming import Anew, Incoming


def grouped(
    table: Table, mapping: TableMapping, columns: Columns, scattered: set[str] | None = None
) -> Iterator[Incoming]:
    """Give the orders of a table in which each row is a target, and what is set aside, or refused by itself.

    Rows may stand anywhere, so the table is read to its end before its first order is given. While `scattered` is empty,
    each order is given when another one begins. Where that turns out to be wrong, the name of the table is added to it, and
    no table is read so any more: each would have all before it read again. Raises `Anew` then.
    """
    if scattered is None or scattered:
        yield from _gathered(table, mapping, columns)
        return
    groups = _Groups(table.name, mapping, columns)
    keys = Keys()
    try:
        for found in _collected(table, mapping, columns):
            if isinstance(found, Incoming):
                yield found
            elif keys.is_new(found[0]):
                yield from groups.entries(found[1])
            else:
                scattered.add(table.name)
                raise Anew
    except Refused as error:
        # The table breaks off: none of its orders is whole.
        scattered.add(table.name)
        raise Anew from error
    finally:
        keys.close()
        groups.identity.close()


def _gathered(table: Table, mapping: TableMapping, columns: Columns) -> Iterator[Incoming]:
    """Give first what is set aside, or refused by itself, then the orders, those first whose first row stands first."""
    runs = Runs()
    try:
        for found in _collected(table, mapping, columns):
            if isinstance(found, Incoming):
                yield found
            else:
                runs.put(*found)
        groups = _Groups(table.name, mapping, columns)
        try:
            for group in runs.groups():
                yield from groups.entries([segment for run in group for segment in run])
        finally:
            groups.identity.close()
    except Refused as error:
        # An order may go on behind it, so none of them is whole.
        name = table.name
        where, _, problem = str(error).removeprefix(f"{name}, ").partition(": ")
        line = int(where.split()[-1])
        problem += "; nothing of this table is taken"
        # With the row that broke it off.
        rows = runs.rows + 1
        yield Incoming(f"{name}, {where}", None, problem=problem, file=name, line=line, rows=rows)
    finally:
        runs.close()


class _Plan:
    """Which cells of a row say what, where each row is a target."""

    def __init__(self, mapping: TableMapping, columns: Columns) -> None:
        (order,) = mapping.orders
        field = order.field("targets")
        assert field is not None  # noqa: S101 - the mapping was held against it
        self.column = field.columns[0]
        self.targets = maker(field, columns)
        # The column of the target, if a cell of it is one target as it stands; else -1.
        self.place = columns.place(field.column) if field.column and field.values is None and not field.split else -1
        names = [name for item in order.fields if item is not field for name in item.columns]
        names += [name for fact in order.facts for name in fact.columns]
        names += [*mapping.group_by, *(rule.column for rule in mapping.left_out)]
        told = {columns.place(name) for name in names}
        self.rest = picker(sorted(told))
        self.key = [columns.place(name) for name in mapping.group_by]
        self.last_key = max(self.key)
        self.has_spare = not set(range(len(columns.header))) <= told | {self.place}
        self.spare = picker(sorted(set(range(len(columns.header))) - told - {self.place}))


def _collected(table: Table, mapping: TableMapping, columns: Columns) -> Iterator[Incoming | tuple[str, Run]]:
    """Give rows that are of one order and stand together, with what tells it apart; and rows set aside or refused."""
    gathering = _Gathering(table, mapping, columns)
    try:
        for line, rows in _alike(table, gathering.plan):
            if gathering.go_on(rows):
                continue
            # The first one may begin what the others go on with.
            yield from gathering.begin(line, rows[0])
            if gathering.go_on(rows[1:]):
                continue
            for at, cells in enumerate(rows[1:], line + 1):
                if not gathering.go_on([cells]):
                    yield from gathering.begin(at, cells)
    except Refused:
        # The rows before it are counted.
        yield from gathering.end()
        raise
    yield from gathering.end()


def _alike(table: Table, plan: _Plan) -> Iterator[Block]:
    """Give rows that stand together and differ in their targets alone, as far as they were read together."""
    for line, rows in table.blocks:
        if len(rows) == 1:
            yield Block(line, rows)
            continue
        begin = 0
        # As one they are compared ten times as fast as one by one.
        for _, group in groupby(map(plan.rest, rows)):
            end = begin + len([*group])
            yield Block(line + begin, rows[begin:end])
            begin = end


class _Gathering:
    """Gathers the rows of an order as long as they stand together."""

    def __init__(self, table: Table, mapping: TableMapping, columns: Columns) -> None:
        self._table, self._mapping, self._columns = table, mapping, columns
        self.plan = _Plan(mapping, columns)
        self._screen = Screen(table, mapping, columns)
        self._width, self._sums = self._screen.width, self._screen.sums
        # A row that differs from the one above it in its target alone needs no second look: nearly all rows.
        self._quick = self.plan.place >= 0 and not table.controls
        # What the last row says but its target, if more may go on from it; whether it leaves out nothing; its targets.
        self._before: Any = None
        self._whole = False
        self._targets: list[str] = []
        self._key = ""
        self._run: Run = []

    def go_on(self, rows: list[list[str]]) -> bool:
        """Take rows that are alike as further targets of the last one; tell whether they all are such."""
        if not rows:
            return True
        plan, place = self.plan, self.plan.place
        if not self._quick or len(rows[0]) != self._width or plan.rest(rows[0]) != self._before:
            return False
        targets = [cells[place].strip() for cells in rows]
        if not self._mapping.empty.isdisjoint(map(str.casefold, targets)):
            return False
        if not self._whole and any(map(self._sums, targets)):
            return False
        if plan.has_spare and any(map(self._sums, chain.from_iterable(map(plan.spare, rows)))):
            return False
        self._targets += targets
        return True

    def begin(self, line: int, cells: list[str]) -> Iterator[Incoming | tuple[str, Run]]:
        """Look at a row by itself; give what it ends, and why it is set aside or refused."""
        plan = self.plan
        aside = self._screen.aside(line, cells)
        if aside is not None:
            yield aside
            if aside.total:
                return
        # A row that is too short to say its order is taken to be of the one above it.
        whole = len(cells) > plan.last_key
        parts = [self._columns.told_by(place, cells) for place in plan.key] if whole else self._key.split("\x1f")
        if (found := "\x1f".join(parts)) != self._key:
            yield from self.end()
            self._key, self._run = found, []
        problem: Fault | None = None
        if aside is None:
            self._targets, problem = _targets_of(cells, parts, plan, self._mapping)
            if problem := self._screen.fault(cells) or problem:
                yield from refused(self._table.name, line, [problem])
        if aside is not None or problem is not None:
            self._run.append((line, None, [], 0))
            self._before = None
        else:
            self._run.append((line, cells, self._targets, 1 if plan.place < 0 else 0))
            self._before, self._whole = plan.rest(cells), self._screen.complete(cells)

    def end(self) -> Iterator[tuple[str, Run]]:
        """Give the rows gathered last, if there are any."""
        if self._run:
            yield self._key, self._run


def _targets_of(cells: list[str], key: list[str], plan: _Plan, mapping: TableMapping) -> tuple[list[str], Fault | None]:
    """Return the targets that a row names, or why it cannot be taken."""
    try:
        targets = plan.targets(cells) or []
    except Unfit as error:
        return [], error.fault
    if not targets:
        return [], Unfit(plan.column, "", "is empty: it names no target").fault
    if not any(key):
        return [], Unfit(mapping.group_by[0], "", "is empty, and rows are made one order by it").fault
    return targets, None


class _Groups:
    """Makes the entries of the rows of one order."""

    def __init__(self, name: str, mapping: TableMapping, columns: Columns) -> None:
        (order,) = mapping.orders
        self._name = name
        self._columns = columns
        self._order = EntryMaker(order, columns, without="targets")
        self._facts = [EntryMaker(fact, columns) for fact in order.facts]
        self.identity = Identity(mapping.orders, columns, mapping.group_by)

    def entries(self, segments: list[Segment]) -> Iterator[Incoming]:
        """Give an order and what followed it; if one of its rows is refused, so are the others."""
        name = self._name
        bad = [line for line, cells, _, _ in segments if cells is None]
        good = [segment for segment in segments if segment[1] is not None]
        rows = sum(alike or len(targets) for _, _, targets, alike in good)
        if not good:
            return
        first = good[0]
        for segment in good:
            problem = self._differs(first, segment)
            if problem is not None:
                yield from refused(name, segment[0], [problem])
                bad.append(segment[0])
                rows -= 1
        if not bad:
            problems: list[tuple[int, Fault]] = []
            records = self._made(good, problems)
            if not problems:
                yield from bundled(name, first[0], records, rows)
                return
            for line in dict.fromkeys(line for line, _ in problems):
                yield from refused(name, line, [found for at, found in problems if at == line])
                bad.append(line)
                rows -= 1
        if rows:
            why = f"stands in one order with line {bad[0]:,}, which is refused"
            yield Incoming(f"{name}, line {first[0]}", None, problem=why, file=name, line=first[0], rows=rows)

    def _differs(self, first: Segment, other: Segment) -> Fault | None:
        """Return what a row says about the order otherwise than the first one."""
        here, there = other[1] or [], first[1] or []
        # What is written in two ways may say the same.
        pick, make = self._order.pick, self._order.make
        if pick(here) == pick(there) or make(here, []) == make(there, []):
            return None
        for place in self._order.places:
            cell = here[place].strip()
            if self._columns.told_by(place, here) != self._columns.told_by(place, there):
                column = self._columns.header[place]
                why = f"{cell!r} is not what the first row of the same order says (line {first[0]:,}: {there[place].strip()!r})"
                return Unfit(column, cell, why).fault
        return None

    def _made(self, segments: list[Segment], problems: list[tuple[int, Fault]]) -> list[Record]:
        line, cells, _, _ = segments[0]
        found: list[Fault] = []
        order = self._order.make(cells or [], found)
        problems += [(line, problem) for problem in found]
        if order is None:
            return []
        order["targets"] = [target for _, _, targets, _ in segments for target in targets]
        order.setdefault("id", self.identity.of([order], cells or []))
        facts: list[tuple[str, int, Record]] = []
        for number, fact in enumerate(self._facts):
            alike: dict[tuple[str, ...], tuple[int, list[str], list[str]]] = {}
            for line, cells, targets, _ in segments:
                key = fact.pick(cells)
                if key in alike:
                    alike[key][2].extend(targets)
                else:
                    alike[key] = (line, cells or [], list(targets))
            for line, cells, targets in alike.values():
                found = []
                record = fact.make(cells, found)
                problems += [(line, problem) for problem in found]
                if record is not None:
                    record |= {"order": order["id"]} | ({"targets": targets} if fact.names_targets else {})
                    facts.append((str(record.get("at", "")), number, record))
        # Each follows the one before: what comes late has all before it read again.
        return [order, *(record for *_, record in sorted(facts, key=itemgetter(0, 1)))]
