"""A copy of a ledger for the public: the same lines, but for those of confidential orders, and chosen disclosures.

A line that is withheld is replaced by `{"kind":"withheld","leaf":HASH,"record":{…},"seq":N,"~":…}`, which has the leaf
hash that it states: the copy has the root of the ledger, and every checkpoint and proof holds for it too. Its `record` is
what the copy's figures need of it, on the keeper's word: no hash covers it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from ledger.errors import WriteFailed
from ledger.evidence.publishing.choice import Choice
from ledger.evidence.publishing.hidden import hidden_aliases, hidden_orders
from ledger.evidence.publishing.redaction import WITHHELD as NAME
from ledger.evidence.publishing.redaction import redacted
from ledger.index.database import Index
from ledger.journal.durable import write_once
from ledger.journal.line import WITHHELD, decode_line, encode_line, leaf_hash
from ledger.journal.private import DISCLOSED
from ledger.journal.sealing import digest_of, digests_in
from ledger.model.targets import parse_target

LEDGER: Final = "ledger.jsonl"
_BLOCK: Final = 1 << 20


class Published(NamedTuple):
    """What a copy shows: its lines, how many of them and of whose orders are withheld, how much is disclosed.

    `private` are the private fields of the ledger; `disclosed` and `kept` count the values that the copy discloses and
    those that it does not, among those that the ledger itself can.
    """

    lines: int
    withheld: int
    orders: int
    related: int
    private: list[str]
    disclosed: int
    kept: int


def write_copy(index: Index, folder: Path, disclose: Iterable[str], *, confidential: bool) -> Published:
    """Write the copy's ledger and disclosures into a folder that is there and empty.

    `disclose` holds private fields, targets, or `all`. With `confidential`, confidential orders are shown like any.
    Raises `Refused` for what cannot be disclosed, `WriteFailed` when the disk does not take it.
    """
    wanted = list(disclose)
    choice = Choice(index, wanted)
    orders, related = (set[int](), set[int]()) if confidential else hidden_orders(index)
    hidden = _entries_of(index, orders | related)
    if hidden:
        hidden |= hidden_aliases(index, orders | related)
    pseudonyms = _Pseudonyms(index)
    stated: set[str] = set()
    lines = withheld = 0
    with closing(sqlite3.connect("")) as chosen:
        chosen.execute("CREATE TABLE chosen (digest TEXT PRIMARY KEY) WITHOUT ROWID")

        def shown() -> Iterator[bytes]:
            nonlocal lines, withheld
            for seq, (_, raw) in enumerate(index.file.scan(end=index.length)):
                lines += 1
                if raw.startswith(WITHHELD):
                    # This is a copy itself.
                    withheld += 1
                    yield raw
                    continue
                order_no = hidden.get(seq)
                if hidden and order_no is None:
                    record = decode_line(raw)
                    if record.get("kind") == "erasure" and not stated.issuperset(record["erased"]):
                        # It would show that a target of an order that is shown is also one of an order that is not.
                        order_no = pseudonyms.order_of(seq)
                    stated.update(digests_in(record))
                if order_no is not None:
                    withheld += 1
                    yield pseudonyms.stand_in(raw, seq, order_no)
                    continue
                if wanted:
                    rows = [(digest,) for digest in choice.of(decode_line(raw))]
                    chosen.executemany("INSERT OR IGNORE INTO chosen VALUES (?)", rows)
                yield raw

        _write(folder / LEDGER, shown())
        disclosed = kept = 0

        def disclosures() -> Iterator[bytes]:
            nonlocal disclosed, kept
            for line in _disclosures(index):
                query = "SELECT 1 FROM chosen WHERE digest = ?"
                if chosen.execute(query, (digest_of(line.decode("ascii")),)).fetchone():
                    disclosed += 1
                    yield line
                else:
                    kept += 1

        if index.vault is not None:
            _write(folder / f"{LEDGER}{DISCLOSED}", disclosures())
    private = sorted(index.vault.fields) if index.vault is not None else []
    return Published(lines, withheld, len(orders), len(related), private, disclosed, kept)


def _entries_of(index: Index, orders: set[int]) -> dict[int, int]:
    """Return the entries of some orders, each with the number of its order."""
    query = "SELECT e.seq, e.order_no FROM json_each(?) j CROSS JOIN entries e ON e.order_no = j.value"
    return dict(index.db.execute(query, (msgspec.json.encode(sorted(orders)).decode(),)).fetchall())


class _Pseudonyms:
    """Names for the targets of withheld orders, made for one copy: nothing links them to those of other orders."""

    def __init__(self, index: Index) -> None:
        self._db = index.db
        self._names: dict[str, str] = {}

    def name(self, order_no: int) -> str:
        """Return an id for an order that no other order has."""
        found = f"{NAME}-{order_no}"
        while self._db.execute("SELECT 1 FROM orders WHERE id = ?", (found,)).fetchone():
            found += "x"
        return found

    def order_of(self, seq: int) -> int:
        """Return the number of an entry's order."""
        return int(self._db.execute("SELECT order_no FROM entries WHERE seq = ?", (seq,)).fetchone()[0])

    def stand_in(self, raw: bytes, seq: int, order_no: int) -> bytes:
        """Return the line that stands for one of an order, or of an alias, of which figures need nothing."""
        line: dict[str, Any] = {"kind": "withheld", "leaf": leaf_hash(raw), "seq": seq}
        if self._db.execute("SELECT 1 FROM orders WHERE order_no = ?", (order_no,)).fetchone():
            line["record"] = redacted(decode_line(raw), self.name(order_no), self.of_order(order_no))
        return encode_line(line)

    def of_order(self, order_no: int) -> Callable[[str], str]:
        """Return what gives the names of an order's targets."""
        query = "SELECT platform FROM orders WHERE order_no = ?"
        platform = str(self._db.execute(query, (order_no,)).fetchone()[0])

        def pseudonym(text: str) -> str:
            target = parse_target(text, platform)
            if target.key not in self._names:
                self._names[target.key] = f"{target.kind}:~{digest_of(os.urandom(16).hex())}"
            return self._names[target.key]

        return pseudonym


def _disclosures(index: Index) -> Iterator[bytes]:
    """Give every line of the file of disclosures that may be one."""
    if index.vault is not None:
        yield from (line for _, line in index.vault.file.scan() if line.strip() and line.isascii())


def _write(path: Path, lines: Iterable[bytes]) -> None:
    """Write lines to a new file and make them durable."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o644)
        try:
            block = bytearray()
            for line in lines:
                block += line + b"\n"
                if len(block) >= _BLOCK:
                    write_once(descriptor, block)
                    block = bytearray()
            if block:
                write_once(descriptor, block)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise WriteFailed(f"{path}: cannot be written ({error.strerror}); nothing was published") from error
