"""The file of a stock TinyDB: `{"orders": {"1": {…}, "2": {…}}, "_default": {…}}`, tables of documents by number.

Documents that are entries of this ledger are taken as such: those with a `kind`, and those of the tables `orders`,
`responses`, `follow-ups`, `corrections` and `aliases`. All others are rows of a table whose columns are the names of
their members, and need a mapping, as a CSV does.

From one table entries come as they stand in the file. From several come the orders first, then what followed them, then
the corrections, in each of these as they stand in the file. It is read piece by piece, once for each of these; only the
places of documents that are mapped are kept, some 100 bytes each.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple

from ledger.errors import Refused
from ledger.exchange.foreign import unique_members
from ledger.exchange.json_text import JsonText, Place
from ledger.model.incoming import Incoming, label

if TYPE_CHECKING:
    from ledger.exchange.tables.mapping import TableMapping

_TABLES: Final = {
    "orders": "order",
    "responses": "response",
    "follow-ups": "follow-up",
    "follow_ups": "follow-up",
    "corrections": "correction",
    "aliases": "alias",
}
# In which of three readings an entry comes: orders, what followed, corrections.
_READING: Final = {"order": 0, "correction": 2}


class _Document(NamedTuple):
    """A document: its table and number, where it stands, its members, the kind of entry that it is, or why it is none."""

    table: str
    number: str
    place: Place
    members: Any
    kind: str
    problem: str

    @property
    def where(self) -> str:
        return f"table {self.table!r}, document {self.number}"


def tinydb_entries(
    name: str,
    stream: Callable[[], IO[bytes]],
    mapping: TableMapping | None,
    zone: str,
    tell: Callable[[str], None],
) -> Iterator[Incoming]:
    """Give the entries of all tables; what is no entry comes without a record. `stream` opens the file each time."""
    try:
        kinds = {document.table for document in _documents(stream)}
        readings: list[set[int]] = [{0, 1, 2}] if len(kinds) < 2 else [{0}, {1}, {2}]
        if mapping is not None and mapping.orders:
            yield from _mapped(name, stream, mapping, zone, tell)
        for number, wanted in enumerate(readings):
            for document in _documents(stream):
                if document.kind:
                    if document.kind != "genesis" and _READING.get(document.kind, 1) in wanted:
                        yield _entry(name, document)
                elif number == 0 and (mapping is None or document.problem):
                    yield _refused(name, document)
        if mapping is not None and not mapping.orders:
            yield from _mapped(name, stream, mapping, zone, tell)
    except Refused as error:
        yield Incoming(name, None, problem=str(error), file=name, rows=0)
        return
    if not kinds:
        yield Incoming(name, None, problem="holds no documents", file=name, rows=0)


def _documents(stream: Callable[[], IO[bytes]]) -> Iterator[_Document]:
    """Give all documents in the order of the file; raises `Refused` for what is no such file."""
    fractions: list[str] = []

    def kept(text: str) -> str:
        fractions.append(text)
        return text

    decoder = json.JSONDecoder(object_pairs_hook=unique_members, parse_float=kept, parse_constant=kept)
    with stream() as source:
        text = JsonText(source, decoder)
        if not text.opens("{"):
            raise Refused(f'{text.place()}: is no TinyDB file: {{"table": {{"1": {{…}}}}}} is needed')
        for table, place in text.members():
            if not text.opens("{"):
                raise Refused(f"{place}: is no TinyDB file: the table {table!r} is no object of documents")
            for number, spot in text.members():
                fractions.clear()
                members, problem = text.value()
                kind = ""
                if not problem and not isinstance(members, dict):
                    problem = "is no document: an object is needed"
                elif not problem:
                    kind = _kind(table, members)
                    if kind and fractions:
                        kind, problem = "", f"{fractions[0]} is not a whole number: write it as text"
                    elif not kind:
                        problem = _unfit(members)
                yield _Document(table, number, spot, members, kind, problem)
        if not text.at_end():
            raise Refused(f"{text.place()}: something follows the tables")


def _kind(table: str, members: dict[str, Any]) -> str:
    """Return the kind of entry that a document is, or says to be; nothing for one that is to be mapped."""
    kind = members.get("kind", _TABLES.get(table, ""))
    return kind if isinstance(kind, str) else repr(kind)


def _unfit(members: dict[str, Any]) -> str:
    """Say why a document cannot be a row of a table; nothing if it can."""
    if not members:
        return "is empty: it has no members"
    if not _is_unicode(members):
        return "holds a text that is not valid Unicode"
    for name, value in members.items():
        if isinstance(value, list) and any(isinstance(item, str) and ";" in item for item in value):
            return f"{name}: a text of this list holds a semicolon, by which lists are divided: make it a document of its own"
    return ""


def _is_unicode(members: dict[str, Any]) -> bool:
    try:
        json.dumps(members, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _entry(name: str, document: _Document) -> Incoming:
    record = {"kind": document.kind} | document.members
    # Entries of a ledger have their numbers; else a document is known by its own.
    number: object = int(document.number) if document.number.isdecimal() else None
    called = label(record.get("seq", number))
    found = Incoming(f"{name}, {document.where}", record, name, called, label(record.get("of")))
    return found._replace(file=name, line=document.place.line, part=document.where)


def _refused(name: str, document: _Document) -> Incoming:
    why = document.problem or (
        "is no entry of a ledger (it has no `kind`): say with --map FILE.toml what its members mean, as for a table"
    )
    place = document.place
    where = f"{name}, {document.where}" + (f", {place}" if document.problem else "")
    return Incoming(where, None, problem=why, file=name, line=place.line, part=document.where)


def _mapped(
    name: str, stream: Callable[[], IO[bytes]], mapping: TableMapping, zone: str, tell: Callable[[str], None]
) -> Iterator[Incoming]:
    """Give the entries of those documents that a mapping is for: as a table, each of them a row."""
    from ledger.exchange.tables.csv_entries import csv_entries

    with as_table(stream) as table:
        if table is None:
            return
        path, places = table
        plain = mapping._replace(encoding="utf-8", delimiter=",", header_line=None, header=None)
        for item in csv_entries(name, lambda: path.open("rb"), plain, zone, tell):
            # What is wrong with the table as a whole stands at its header, which no document is.
            if item.line in (None, 1):
                yield item._replace(where=name, line=None)
                continue
            place, where = places.of(item.line)
            bundle = f"{item.bundle} {where}" if item.bundle else ""
            yield item._replace(where=f"{name}, {where}", line=place, bundle=bundle, part=where)


class Places:
    """Which document a line of the table made of them is."""

    def __init__(self) -> None:
        self._begins, self._lines = array("Q"), array("Q")
        self._tables: dict[str, int] = {}
        self._of = array("L")
        self._numbers: list[str] = []

    def put(self, begins: int, document: _Document) -> None:
        """Note that a document begins at a line."""
        self._begins.append(begins)
        self._lines.append(document.place.line)
        self._of.append(self._tables.setdefault(document.table, len(self._tables)))
        self._numbers.append(document.number)

    def of(self, line: int) -> tuple[int, str]:
        """Return the line of the file, and which table and document it is."""
        at = max(0, bisect_right(self._begins, line) - 1)
        return self._lines[at], f"table {list(self._tables)[self._of[at]]!r}, document {self._numbers[at]}"


@contextmanager
def as_table(stream: Callable[[], IO[bytes]]) -> Iterator[tuple[Path, Places] | None]:
    """Give a file in which the documents that are no entries stand as CSV, and which line is which; None if there are none."""

    def rows() -> Iterator[_Document]:
        return (document for document in _documents(stream) if not document.kind and not document.problem)

    columns: dict[str, None] = {}
    for document in rows():
        columns.update(dict.fromkeys(document.members))
    if not columns:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        path, places, line = Path(folder) / "documents.csv", Places(), 1
        with path.open("w", encoding="utf-8", newline="") as file:
            text = _line(columns)
            for document in rows():
                file.write(text)
                line += text.count("\n")
                places.put(line, document)
                text = _line(_cell(document.members.get(column)) for column in columns)
            file.write(text)
        yield path, places


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


def _cell(value: Any) -> str:
    """Return a member as a cell: texts and numbers as written, lists joined by semicolons, objects as JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        return "; ".join(_cell(item) for item in value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
