"""The ledger as TinyDB documents: every query, and inserts through the rules; nothing that changes what is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NoReturn

from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Document, Table

from ledger.errors import Damaged, Refused
from ledger.journal.file import JournalFile
from ledger.journal.line import check_line, decode_line

# Table names and the kind of entry that each holds; `entries` holds every line.
TABLES: Final = {
    "orders": "order",
    "responses": "response",
    "follow-ups": "follow-up",
    "corrections": "correction",
    "aliases": "alias",
}
ALL: Final = "entries"

Place = tuple[int, int]


class _Documents(Mapping[str, Mapping[str, Any]]):
    """The documents of one table by their number as text, read from the file when they are asked for."""

    def __init__(self, storage: LedgerStorage, table: str) -> None:
        self._storage, self._table = storage, table

    def __iter__(self) -> Iterator[str]:
        return (str(seq) for seq, _ in self._storage.scan(self._table))

    def __len__(self) -> int:
        return sum(1 for _ in self._storage.scan(self._table))

    def __bool__(self) -> bool:
        return next(iter(self), None) is not None

    def __getitem__(self, key: str) -> Mapping[str, Any]:
        document = self._storage.find(self._table, key)
        if document is None:
            raise KeyError(key)
        return document

    def items(self) -> Any:
        """Stream the documents with their numbers; nothing is kept."""
        return ((str(seq), document) for seq, document in self._storage.scan(self._table))

    def values(self) -> Any:
        """Stream the documents; nothing is kept."""
        return (document for _, document in self._storage.scan(self._table))


class LedgerStorage(Storage):
    """A TinyDB storage over the ledger's file.

    `locate` tells where an entry stands, if somebody knows (offset and length by number). `writer` adds records by
    the rules and returns their numbers; without it nothing can be inserted. `reveal` returns a document with its
    private fields in clear.
    """

    def __init__(self, file: JournalFile) -> None:
        self.file = file
        self.locate: Callable[[int], Place | None] | None = None
        self.writer: Callable[[list[Mapping[str, Any]]], list[int]] | None = None
        self.reveal: Callable[[dict[str, Any]], dict[str, Any]] | None = None

    def read(self) -> dict[str, Any]:
        """Return the tables that hold documents, each read only when it is asked for."""
        names = (*TABLES, ALL)
        return {name: documents for name in names if (documents := _Documents(self, name))}

    def documents(self, table: str) -> _Documents:
        """Return one table's documents, to be read when they are asked for."""
        return _Documents(self, table)

    def write(self, data: Mapping[str, Any]) -> NoReturn:
        """Refuse: the ledger is only ever added to."""
        del data
        refuse("rewritten")

    def close(self) -> None:
        """Let go of the file."""
        self.file.close()

    def scan(self, table: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """Give the documents of a table in the order in which they were recorded."""
        kind = TABLES.get(table)
        if (kind is None and table != ALL) or not self.file.exists():
            return
        # Canonical lines name the kind in this one way; the rest need not be decoded.
        needle = b'"kind":"%s"' % kind.encode() if kind else b""
        for seq, (at, raw) in enumerate(self.file.scan()):
            # A line that is passed over is checked too: damage to its kind must not make it vanish.
            if needle in raw or not check_line(raw):
                try:
                    document = decode_line(raw)
                except Damaged as error:
                    if at >= self.file.state().length:
                        # An unfinished line, in which zeros stand for lost bytes.
                        return
                    raise Damaged(f"{self.file.path}, line {seq + 1}: {error}; run ledger verify") from error
                if kind is None or document.get("kind") == kind:
                    yield seq, document if self.reveal is None else self.reveal(document)

    def find(self, table: str, key: str) -> dict[str, Any] | None:
        """Return one document by its number as text; None if the table does not hold it."""
        seq = number_of(key)
        if seq is None or not self.file.exists():
            return None
        document = self._located(seq)
        if document is None:
            # Not placed, or not to be found there: the file decides.
            for number, found in self.scan(table):
                if number >= seq:
                    return found if number == seq else None
            return None
        kind = TABLES.get(table)
        return document if table == ALL or (kind and document.get("kind") == kind) else None

    def _located(self, seq: int) -> dict[str, Any] | None:
        place = self.locate(seq) if self.locate is not None else None
        if place is None:
            return None
        try:
            document = decode_line(self.file.read(*place))
        except Damaged:
            return None
        if document.get("seq") != seq:
            return None
        return document if self.reveal is None else self.reveal(document)


def number_of(key: str) -> int | None:
    """Return the number that a document's key stands for; None if no entry can have that key."""
    if not (key.isascii() and key.isdecimal()) or len(key) > 18 or str(int(key)) != key:
        return None
    return int(key)


def refuse(what: str) -> NoReturn:
    """Say that the ledger does not do this."""
    raise Refused(f"the ledger is append-only and cannot be {what}; to mend an entry, record a correction")


class LedgerTable(Table):
    """A table of entries that can be asked everything and only be added to."""

    def insert(self, document: Mapping[str, Any]) -> int:
        """Add one entry by the rules; return its number. Raises `Refused` with the reason."""
        return self.insert_multiple([document])[0]

    def insert_multiple(self, documents: Iterable[Mapping[str, Any]]) -> list[int]:
        """Add entries by the rules, all or none; return their numbers. Raises `Refused` with the reason."""
        records = [self._record(document) for document in documents]
        storage = self._storage
        if not isinstance(storage, LedgerStorage) or storage.writer is None:
            refuse("written to without its rules: open it with ledger.open()")
        return storage.writer(records)

    def _record(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        if not isinstance(document, Mapping):
            raise ValueError("Document is not a Mapping")  # noqa: TRY004 - what TinyDB raises
        if isinstance(document, Document):
            raise Refused("the ledger numbers its entries itself: insert a plain dict")
        if self.name == ALL:
            return dict(document)
        kind = TABLES.get(self.name)
        if kind is None:
            raise Refused(f"there is no table {self.name!r}: use {', '.join(TABLES)} or {ALL}")
        if document.get("kind", kind) != kind:
            raise Refused(f"kind: the table {self.name} holds a {kind}, not {document['kind']!r}")
        return {"kind": kind} | dict(document)

    def get(self, cond: Any = None, doc_id: int | None = None, doc_ids: list[int] | None = None) -> Any:
        """Return a document by query or number, or several by their numbers in the order of the ledger."""
        if doc_id is None and doc_ids is not None and self._located():
            found = []
            asked = {number_of(str(number)) for number in doc_ids}
            for seq in sorted(number for number in asked if number is not None):
                raw = self._read_table().get(str(seq))
                if raw is not None:
                    found.append(Document(raw, seq))
            return found
        return super().get(cond, doc_id, doc_ids)

    def _located(self) -> bool:
        return isinstance(self._storage, LedgerStorage) and self._storage.locate is not None

    def _read_table(self) -> Any:
        storage = self._storage
        return storage.documents(self.name) if isinstance(storage, LedgerStorage) else {}

    def _get_next_id(self) -> NoReturn:
        refuse("numbered from outside")

    def _update_table(self, updater: Any) -> NoReturn:
        del updater
        refuse("changed")

    def update(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse: entries are never changed."""
        refuse("changed")

    def update_multiple(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse: entries are never changed."""
        refuse("changed")

    def upsert(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse: entries are never changed."""
        refuse("changed")

    def remove(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse: entries are never removed."""
        refuse("erased")

    def truncate(self) -> NoReturn:
        """Refuse: entries are never removed."""
        refuse("erased")


class LedgerDB(TinyDB):
    """TinyDB over one ledger."""

    table_class = LedgerTable
    default_table_name = ALL

    def __init__(self, file: JournalFile) -> None:
        super().__init__(file, storage=LedgerStorage)

    def table(self, name: str, **_: Any) -> LedgerTable:
        """Return a table; no query is cached, since other processes add entries."""
        table = super().table(name, cache_size=0)
        if not isinstance(table, LedgerTable):
            raise TypeError(name)
        return table

    def drop_table(self, name: str) -> NoReturn:
        """Refuse: entries are never removed."""
        del name
        refuse("erased")

    def drop_tables(self) -> NoReturn:
        """Refuse: entries are never removed."""
        refuse("erased")
