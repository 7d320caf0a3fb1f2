"""Bring the index up to the file: enter lines, fold the orders they touch, replace those orders' rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ledger.errors import Damaged
from ledger.index.aliases import Aliases, Pair
from ledger.index.distinct import Distinct
from ledger.index.projection import ORDER_COLUMNS, PLACES, Row, Rows, project
from ledger.index.reading import ReadLine, folded, records
from ledger.index.rollups import RollUp
from ledger.model.corrections import Recorded, corrected
from ledger.model.entries import Alias, Correction, Entry, Erasure, Order
from ledger.model.numbers import Numbers
from ledger.model.periods import period_of
from ledger.model.postings import Fold
from ledger.model.targets import parse_targets, platform_key

_FLOW = f"INSERT INTO flows VALUES ({','.join('?' * 15)})"
_PLACE = f"INSERT INTO places VALUES ({','.join('?' * 15)})"
_ADDED = f"INSERT INTO orders VALUES ({','.join('?' * 22)})"
_FILLED = f"UPDATE orders SET {', '.join(f'{name} = ?' for name in (*ORDER_COLUMNS[2:], *PLACES))} WHERE order_no = ?"


def _bare(order_no: int, order: Order, duty: str) -> Row:
    """Return the row of an order that no fold has filled in."""
    platform = platform_key(order.platform)
    known = (order_no, order.id, order.authority, order.reference, order.jurisdiction, platform, "", duty)
    return (*known, "", None, 0, "", None, 0, 0, 0, order.relates_to, 0, 0, "", 0, -1)


class Writing:
    """Changes to the index within one transaction.

    `read_line(start, size)` returns the bytes of a line, also of one that is not in the file yet. With a `speaker`,
    the rows are made of what that one states alone.
    """

    def __init__(self, db: sqlite3.Connection, read_line: ReadLine, zone: str, speaker: str | None = None) -> None:
        self.db, self.read_line, self.zone, self.speaker = db, read_line, zone, speaker
        last = db.execute("SELECT MAX(order_no) FROM orders").fetchone()[0]
        self._before = -1 if last is None else int(last)
        self._touched, self._settled = Numbers(), Numbers()
        self.aliases = Aliases(db)
        self.distinct = Distinct(db)
        self._rollup = RollUp(db)
        self._last_place = int(db.execute("SELECT COALESCE(MAX(place), 0) FROM statuses").fetchone()[0])
        self._histories: dict[tuple[Any, ...], int] = {}
        db.execute("CREATE TEMP TABLE IF NOT EXISTS touched (order_no INTEGER PRIMARY KEY, first_place, last_place)")
        db.execute(
            "CREATE TEMP TABLE IF NOT EXISTS staged (place INTEGER PRIMARY KEY, order_no INTEGER, target TEXT, history INTEGER)"
        )
        db.execute("DELETE FROM staged")

    def pass_over(self, seq: int, start: int, size: int) -> None:
        """Enter a line that belongs to no order that this copy shows."""
        self.db.execute("INSERT INTO entries VALUES (?, ?, ?, -1, x'')", (seq, start, size))

    def platform(self, order_no: int) -> str:
        """Return the platform that an order is addressed to, or an alias is of."""
        row = self.db.execute("SELECT platform FROM orders WHERE order_no = ?", (order_no,)).fetchone()
        if row is None:
            entry = self.records(order_no)[0].entry
            return platform_key(entry.platform) if isinstance(entry, Alias) else ""
        return str(row[0])

    def order_of(self, of: int, seq: int) -> int:
        """Return the number of the order or alias that the entry `of` belongs to; raises `Damaged` when it has none."""
        return self._number("SELECT order_no FROM entries WHERE seq = ?", of, seq)

    def enter(self, seq: int, start: int, size: int, entry: Entry | Erasure, digest: bytes) -> int:
        """Enter one line and return the number of its order, or of its alias; raises `Damaged` when it has none."""
        if isinstance(entry, Order):
            order_no = seq
            self._new_order(seq, entry)
        elif isinstance(entry, Alias):
            order_no = seq
        elif isinstance(entry, Correction | Erasure):
            order_no = self.order_of(entry.of, seq)
        else:
            order_no = self._number("SELECT order_no FROM orders WHERE id = ?", entry.order, seq)
        self.db.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", (seq, start, size, order_no, digest))
        if isinstance(entry, Erasure):
            erased = [(name, seq) for name in entry.erased]
            self.db.executemany("INSERT OR IGNORE INTO erasures VALUES (?, ?)", erased)
            return order_no
        if isinstance(entry, Alias) or (isinstance(entry, Correction) and not self._is_order(order_no)):
            self._put_alias(order_no)
            return order_no
        self._touched.add(order_no)
        if order_no in self._settled:
            self._settled.discard(order_no)
            query = "SELECT first_place, last_place FROM orders WHERE order_no = ?"
            places = self.db.execute(query, (order_no,)).fetchone()
            self.db.execute(f"DELETE FROM {self._statuses} WHERE place BETWEEN ? AND ?", places)
            self._take_away(f"= {order_no}")
        return order_no

    def _take_away(self, orders: str) -> None:
        """Take away the rows of some orders, and what they add to the sums; `orders` is a condition on their numbers."""
        self._rollup.take_away(f"f.order_no {orders}")
        for relation in ("flows", "places", "problems"):
            self.db.execute(f"DELETE FROM {relation} WHERE order_no {orders}")

    def _is_order(self, order_no: int) -> bool:
        return self.db.execute("SELECT 1 FROM orders WHERE order_no = ?", (order_no,)).fetchone() is not None

    def _put_alias(self, seq: int) -> None:
        """Take in what an alias says as it stands, and count the targets anew that it makes one, or two again."""
        names: Pair | None = None
        for _, alias in corrected(self.records(seq)).facts:
            if isinstance(alias, Alias):
                one, other = parse_targets(alias.targets, platform_key(alias.platform))
                names = (one.key, other.key)
        # On a fresh index targets are counted when all lines are entered.
        if not self._fresh:
            affected = self.aliases.affected(seq, names)
            self.distinct.release(f"VALUES {', '.join('(?)' for _ in affected)}", tuple(affected))
        self.aliases.put(seq, names)

    def _number(self, query: str, value: object, seq: int) -> int:
        row = self.db.execute(query, (value,)).fetchone()
        if row is None:
            raise Damaged(f"entry {seq} belongs to {value!r}, which the ledger does not hold: run ledger verify")
        return int(row[0])

    def _new_order(self, seq: int, order: Order) -> None:
        """Make the order known by its id and reference; its fold fills in the rest."""
        row = _bare(seq, order, "")
        try:
            self.db.execute(_ADDED, row)
        except sqlite3.IntegrityError:
            # No program of ours writes it. It stands under a name of its own until somebody voids it.
            self.db.execute(_ADDED, (seq, f"{order.id} (entry {seq})", *row[2:]))

    def records(self, order_no: int) -> list[Recorded]:
        """Return the entries of one order, those of this transaction too."""
        return records(self.db, self.read_line, order_no)

    @property
    def _fresh(self) -> bool:
        """Whether the index held no order before this transaction."""
        return self._before < 0

    @property
    def _statuses(self) -> str:
        """Where the statuses of folded orders go: beside the old ones while those still count."""
        return "statuses" if self._fresh else "staged"

    def settle(self, order_no: int, fold: Fold) -> None:
        """Take the rows of a new order from a fold that has all its entries so far; `project` need not fold it again."""
        if order_no > self._before and order_no in self._touched and order_no not in self._settled:
            self._replace(order_no, project(fold))
            self._settled.add(order_no)

    def project(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Fold every order that was touched and replace its rows and its part in the sums."""
        if self._fresh:
            self._fold_touched(progress)
            self._rollup.write()
            self._sort()
        else:
            self._project_touched(progress)
            self._rollup.write()
        self._touched.clear()
        self._settled.clear()

    def _fold_touched(self, progress: Callable[[int, int], None] | None) -> None:
        count = len(self._touched)
        for done, order_no in enumerate(self._touched):
            if order_no not in self._settled:
                fold, _ = folded(self.db, self.read_line, order_no, self.zone, self.speaker)
                self._replace(order_no, project(fold) if fold is not None else None)
            if progress is not None and done % 500 == 0:
                progress(done, count)

    def _sort(self) -> None:
        """Make what is found faster by, and count what is counted, when all is there."""
        for statement in Path(__file__).with_name("sorted.sql").read_text(encoding="utf-8").split(";"):
            # Not as one script, which would commit first.
            self.db.execute(statement)
        self.distinct.count_all()

    def _project_touched(self, progress: Callable[[int, int], None] | None) -> None:
        db = self.db
        db.execute("DELETE FROM touched")
        old = ((order_no,) for order_no in self._touched if order_no <= self._before)
        db.executemany(
            "INSERT INTO touched SELECT order_no, first_place, last_place FROM orders WHERE order_no = ?", old
        )
        touched = "IN (SELECT order_no FROM touched)"
        stood = "FROM touched t CROSS JOIN statuses s ON s.place BETWEEN t.first_place AND t.last_place"
        self.distinct.release(f"SELECT s.target {stood}")
        self._take_away(touched)
        self._fold_touched(progress)
        self.distinct.release("SELECT target FROM staged")
        db.execute(f"DELETE FROM statuses WHERE place IN (SELECT s.place {stood})")
        db.execute("INSERT INTO statuses SELECT place, order_no, target, history FROM staged")
        self.distinct.settle()

    def _replace(self, order_no: int, rows: Rows | None) -> None:
        if rows is None:
            entry = self.records(order_no)[0].entry
            if isinstance(entry, Order):
                self._fill(_bare(order_no, entry, "void"))
            return
        first = self._last_place + 1
        self._put_members(order_no, rows)
        if not self._fill((*rows.order, first, self._last_place)):
            said = f"an earlier order has the id {rows.order[1]!r}: void this one, and record it anew under another"
            rows.problems.append((order_no, order_no, said))
        self._put_moves(rows)

    def take(self, first: int, lines: list[tuple[int, int, bytes]], rows: Rows) -> None:
        """Enter a new order and what followed it, of which the rows are made already.

        `first` is the order's number, `lines` has the start, the size and the digest of each of the entries.
        """
        first_place = self._last_place + 1
        self._put_members(first, rows)
        self.db.execute(_ADDED, (*rows.order, first_place, self._last_place))
        entries = [(seq, start, size, first, digest) for seq, (start, size, digest) in enumerate(lines, first)]
        self.db.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", entries)
        self._put_moves(rows)
        self._touched.add(first)
        self._settled.add(first)

    def _put_members(self, order_no: int, rows: Rows) -> None:
        for history, (count, names) in zip(rows.histories, rows.members, strict=True):
            # One statement for all that share a history takes a quarter of the time of one for each.
            row = (self._last_place + 1, order_no, self._history(history), names)
            self.db.execute(f"INSERT INTO {self._statuses} SELECT ?1 + key, ?2, value, ?3 FROM json_each(?4)", row)
            self._last_place += count

    def _put_moves(self, rows: Rows) -> None:
        db = self.db
        self._rollup.add(rows)
        db.executemany(_FLOW, rows.flows)
        db.executemany(_PLACE, rows.places)
        if rows.problems:
            db.executemany("INSERT INTO problems VALUES (?, ?, ?)", rows.problems)
        for day in rows.days:
            if ("day", day) not in self._histories:
                self._histories["day", day] = day
                spans = [period_of(day, grain) for grain in ("week", "month", "quarter", "year")]
                begins = (day, *(span.label for span in spans), spans[0].begin, spans[1].begin)
                db.execute("INSERT OR IGNORE INTO days VALUES (?, ?, ?, ?, ?, ?, ?)", begins)

    def _fill(self, row: Row) -> bool:
        """Fill in the row of an order; tell whether it stands under its own id."""
        order_no, name, *others = row
        # What names the row is left as it is: its place in the index of ids need not be found twice.
        if self.db.execute(f"{_FILLED} AND id = ?", (*others, order_no, name)).rowcount:
            return True
        self.db.execute(_FILLED, (*others, order_no))
        return False

    def _history(self, history: tuple[str, str, str, int, str]) -> int:
        number = self._histories.get(history)
        if number is None:
            kind, duty, status, demanded, changes = history
            key = (changes, kind, duty, demanded)
            find = "SELECT history FROM histories WHERE changes = ? AND kind = ? AND duty = ? AND demanded = ?"
            row = self.db.execute(find, key).fetchone()
            if row is None:
                insert = "INSERT INTO histories VALUES (NULL, ?, ?, ?, ?, ?)"
                number = self.db.execute(insert, (kind, duty, status, demanded, changes)).lastrowid or 0
            else:
                number = int(row[0])
            self._histories[history] = number
        return number
