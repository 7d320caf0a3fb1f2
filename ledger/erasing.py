"""Erase private values for good: record that they are erased, overwrite what discloses them, forget them in the index."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ledger.errors import LedgerError, Refused, WriteFailed
from ledger.index.database import Index
from ledger.index.reading import records
from ledger.index.vault import Vault
from ledger.journal.line import check_members, decode_line
from ledger.journal.sealing import digest_of, digests_in, target_digests, texts_of
from ledger.journal.signals import defer_signals
from ledger.model.entries import PRIVATE, Correction, Erasure
from ledger.model.targets import possible_keys

if TYPE_CHECKING:
    from ledger.book import Ledger


class Erased(NamedTuple):
    """What was erased: the entry that records it, how many values by how many disclosures, where it stands in clear yet.

    `seq` is None where it was recorded before and only had to be done. `clear` are the entries in which the text of an
    erased target stands in a field that is not private, `corrections` those that state the same fields of the entry,
    `elsewhere` those with other private values in which its name is a word.
    """

    seq: int | None
    values: int
    disclosures: int
    fields: list[str]
    clear: list[int]
    corrections: list[int]
    elsewhere: list[int]


class _Values(NamedTuple):
    """Digests to erase, the names of their fields, the texts of targets among them; where these stand privately else."""

    digests: set[str]
    fields: set[str]
    texts: set[str]
    elsewhere: list[int]


def erase(book: Ledger, seq: int, what: str | None, reason: str, recorded_by: str | None = None) -> Erased:
    """Erase the private values of an entry: all, those of one field, or one of its targets, wherever that stands.

    The erasure is recorded first; then what discloses the values is overwritten, and the index made anew. Killed in
    between, the next addition or erasure finishes it. Raises `Refused` where there is nothing to erase, `WriteFailed`
    where it could not be recorded or done.
    """
    if not reason.strip():
        raise Refused("reason: is empty: say why it is erased")
    check_members({"reason": reason, "recorded_by": recorded_by})
    with defer_signals(), book.file.lock(book.timeout):
        book.refresh()
        vault = book.index.vault
        if vault is None:
            raise Refused(
                f"{book.path}: has no private fields, so nothing in it can be erased; `ledger init --private` "
                "fixes them when a ledger is begun"
            )
        if vault.file.path != vault.file.own or not vault.file.own.exists():
            raise Refused(f"{vault.file.own}: is not here: erase in the ledger that this is a copy of")
        wiped = finish(book) if is_unfinished(book.index) else 0
        vault = book.index.vault or vault
        try:
            values = _values(book, vault, seq, what)
        except Refused:
            if not wiped:
                raise
            # What was asked for was recorded before, and is done now.
            return Erased(None, 0, wiped, [what.replace("-", "_")] if what in PRIVATE else ["targets"], [], [], [])
        count = len(values.digests)
        clear = _spread(book, values)
        corrections = _corrections(book, seq, values.fields)
        recorded = _recorded(book, values.digests)
        number = None
        if values.digests - recorded:
            entry = Erasure(
                of=seq,
                reason=reason,
                erased=sorted(values.digests - recorded),
                fields=sorted(values.fields),
                recorded_by=recorded_by,
            )
            number = book.add_erasure(entry)
        try:
            disclosures = finish(book)
        except WriteFailed as error:
            done = f"recorded as entry {number}" if number is not None else "recorded before"
            raise WriteFailed(f"{error}; the erasure is {done}, but not done: run it again") from error
        return Erased(number, count, disclosures, sorted(values.fields), clear, corrections, values.elsewhere)


def _values(book: Ledger, vault: Vault, seq: int, what: str | None) -> _Values:
    """Return the private values of an entry that are meant; raises `Refused` for what it does not have."""
    query = "SELECT start, size, order_no FROM entries WHERE seq = ?"
    row = book.ask(lambda db: db.execute(query, (seq,)).fetchone())
    if row is None or row[2] < 0:
        raise Refused(f"there is no entry {seq} to erase from: `ledger timeline --order ID` shows the numbers")
    line = decode_line(book.file.read(row[0], row[1]))
    said = vault.look(digests_in(line))
    targets = {digest: said[digest][1] for digest in target_digests(line) if digest in said}
    fields = {digest: name for digest, (name, _) in said.items() if name is not None}
    name = (what or "").replace("-", "_")
    if what is None:
        found = _Values({*targets, *fields}, {*fields.values()}, {*targets.values()}, [])
    elif name == "targets":
        found = _Values({*targets}, set(), {*targets.values()}, [])
    elif name in PRIVATE:
        found = _Values({digest for digest, field in fields.items() if field == name}, {name}, set(), [])
    else:
        platform = book.ask(
            lambda db: db.execute("SELECT platform FROM orders WHERE order_no = ?", (row[2],)).fetchone()
        )
        keys = {*possible_keys(what, [platform[0]])}
        chosen = {digest: text for digest, text in targets.items() if keys & {*possible_keys(text, [platform[0]])}}
        found = _Values({*chosen}, set(), {*chosen.values()}, [])
    if not found.digests:
        raise Refused(
            f"entry {seq} has no private {'values' if what is None else what} that this ledger discloses: "
            f"`ledger show {seq}` shows what it has; what is erased already is gone"
        )
    return found if not found.texts else found._replace(fields={*found.fields, "targets"})


def _corrections(book: Ledger, seq: int, fields: set[str]) -> list[int]:
    """Return the corrections of an entry that state one of these fields anew."""
    query = "SELECT order_no FROM entries WHERE seq = ?"
    order_no = int(book.ask(lambda db: db.execute(query, (seq,)).fetchone())[0])
    found = book.ask(lambda db: records(db, book.read_line, order_no))
    return [
        item.seq
        for item in found
        if isinstance(item.entry, Correction) and item.entry.of == seq and fields & item.entry.set.keys()
    ]


def _recorded(book: Ledger, digests: set[str]) -> set[str]:
    """Return those digests whose erasure is recorded already."""
    query = "SELECT e.digest FROM json_each(?) j CROSS JOIN erasures e ON e.digest = j.value"
    asked = msgspec.json.encode(sorted(digests)).decode()
    return {str(row[0]) for row in book.ask(lambda db: db.execute(query, (asked,)).fetchall())}


def _lines(book: Ledger) -> Iterator[tuple[int, bytes, dict[str, Any]]]:
    for seq, (_, raw) in enumerate(book.file.scan()):
        yield seq, raw, decode_line(raw)


def _spread(book: Ledger, values: _Values) -> list[int]:
    """Add the digests of the erased targets' texts in all entries; return where such a text stands in clear."""
    names = [re.escape(text.lstrip("@#").encode()) for text in values.texts]
    stands = re.compile(rb"(?<![\w-])(?:" + b"|".join(names) + rb")(?![\w-])", re.IGNORECASE).search if names else None
    # Other private values in which the name stands as a word: they are erased by themselves.
    vault = book.index.vault
    rows = vault.db.execute("SELECT digest, value FROM disclosures") if vault is not None and stands is not None else []
    private = {digest for digest, value in rows if digest not in values.digests and stands and stands(value.encode())}
    clear = []
    for seq, raw, record in _lines(book):
        private -= values.digests
        if private and seq not in values.elsewhere and not private.isdisjoint(digests_in(record)):
            values.elsewhere.append(seq)
        values.digests.update(given for target, given in texts_of(record) if target in values.digests)
        if stands is not None and stands(raw):
            clear.append(seq)
    return clear


def finish(book: Ledger) -> int:
    """Overwrite every disclosure that no entry needs, then make the index anew; return how many; the lock is held.

    Raises `WriteFailed` when that cannot be done.
    """
    index = book.index
    if index.vault is None:
        return 0
    with closing(sqlite3.connect("")) as needed:
        needed.execute("CREATE TABLE needed (digest TEXT PRIMARY KEY) WITHOUT ROWID")
        for _, _, record in _lines(book):
            rows = [(digest,) for digest in digests_in(record)]
            needed.executemany("INSERT OR IGNORE INTO needed VALUES (?)", rows)
        for _, _, record in _lines(book):
            if record.get("kind") == "erasure":
                needed.executemany("DELETE FROM needed WHERE digest = ?", [(digest,) for digest in record["erased"]])

        def unwanted(line: bytes) -> bool:
            if not line.isascii():
                return True
            row = needed.execute("SELECT 1 FROM needed WHERE digest = ?", (digest_of(line.decode("ascii")),)).fetchone()
            return row is None

        wiped = index.vault.file.wipe(unwanted)
    path = index.path
    book.refresh()
    for suffix in ("", "-wal", "-shm", "-journal"):
        try:
            with suppress(FileNotFoundError):
                os.unlink(f"{path}{suffix}")
        except OSError as error:
            raise WriteFailed(
                f"{path}{suffix}: holds what was erased and cannot be deleted ({error.strerror})"
            ) from error
    with suppress(LedgerError):
        # It is a cache: what hinders it now, the next command says.
        _ = book.index
    return wiped


def is_unfinished(index: Index) -> bool:
    """Tell whether something is recorded as erased whose disclosure is still there, whole or in part."""
    query = "SELECT 1 FROM erasures e CROSS JOIN disclosures d ON d.digest = e.digest LIMIT 1"
    if index.vault is None or index.vault.file.path != index.vault.file.own:
        return False
    return index.vault.half_wiped or index.db.execute(query).fetchone() is not None
