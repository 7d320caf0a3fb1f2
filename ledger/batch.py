"""One append, of one entry or of many: decide on each, write them together, then index them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, Final

import msgspec

from ledger.deciding import Decided, Desk
from ledger.errors import LedgerError, Refused, WriteFailed
from ledger.index.database import Index
from ledger.index.reading import number_of_order
from ledger.index.writing import Writing
from ledger.journal.file import JournalFile, Tail
from ledger.journal.line import LONGEST_LINE, content_digest, encode_line, leaf_hash
from ledger.model.entries import Alias, Correction, Entry, Erasure, Order
from ledger.model.receipt import Receipt
from ledger.model.targets import platform_key

if TYPE_CHECKING:
    from ledger.drafting import Draft

# What a batch holds in memory before it moves to a temporary file, in bytes.
IN_MEMORY: Final = 4 << 20


class _Spool:
    """Lines on their way to the file; they stand at the offsets that they will have there.

    Raises `WriteFailed` where there is no room to keep them.
    """

    def __init__(self, base: int) -> None:
        self.base = base
        self.size = 0
        self._memory = bytearray()
        self._file: IO[bytes] | None = None

    def add(self, line: bytes) -> int:
        """Keep a line; return the offset that it will have."""
        at = self.base + self.size
        self.size += len(line) + 1
        try:
            if self._file is None and len(self._memory) + len(line) > IN_MEMORY:
                import tempfile

                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the spool
                self._file.write(self._memory)
                self._memory = bytearray()
            if self._file is None:
                self._memory += line + b"\n"
            else:
                self._file.seek(0, 2)
                self._file.write(line + b"\n")
        except OSError as error:
            raise _no_room(error) from error
        return at

    def read(self, start: int, size: int) -> bytes:
        """Return a line by its offset in the file to be."""
        start -= self.base
        if self._file is None:
            return bytes(self._memory[start : start + size])
        try:
            self._file.seek(start)
            return self._file.read(size)
        except OSError as error:
            raise _no_room(error) from error

    def lines(self) -> Iterator[bytes]:
        """Return all lines in turn, without their ends."""
        if self._file is None:
            yield from bytes(self._memory).split(b"\n")[:-1]
            return
        try:
            self._file.seek(0)
            for line in self._file:
                yield line[:-1]
        except OSError as error:
            raise _no_room(error) from error

    def close(self) -> None:
        """Let go of the temporary file."""
        if self._file is not None:
            # What it could not write yet nobody asks for any more.
            with suppress(OSError):
                self._file.close()


def _no_room(error: OSError) -> WriteFailed:
    return WriteFailed(f"there is no room to work in ({error.strerror}); nothing was added")


class Batch:
    """Entries that are added together or not at all; used under the ledger's lock.

    `genesis` is the ledger's first line if it is to be written too.
    """

    def __init__(self, file: JournalFile, index: Index, tail: Tail, genesis: bytes | None) -> None:
        self.file, self.index, self.tail = file, index, tail
        self.spool = _Spool(tail.length)
        self.vault = index.vault
        # Disclosures of private fields on their way to their own file.
        self.private = _Spool(self.vault.length if self.vault is not None else 0)
        self.seq, self.head = tail.seq, tail.head
        self.db = index.db
        self.db.execute("BEGIN IMMEDIATE")
        self.writing = Writing(self.db, self._line, index.zone)
        self.desk = Desk(self.writing)
        self.added = 0
        if genesis is not None:
            self._keep(genesis)

    def _line(self, start: int, size: int) -> bytes:
        if start < self.spool.base:
            return self.index.read_line(start, size)
        raw = self.spool.read(start, size)
        return raw if self.vault is None else self.vault.read(raw)

    def _keep(self, line: bytes) -> int:
        self.seq += 1
        self.head = leaf_hash(line)
        return self.spool.add(line)

    def add(self, record: dict[str, Any], recorded_at: str, digest: bytes | None = None) -> Receipt:
        """Decide on an entry and take it in; raises `Refused` and changes nothing when it cannot be.

        `digest` is that of its content, where it is known already.
        """
        seq = self.seq + 1
        decided: Decided = self.desk.decide(record, seq, recorded_at)
        record = decided.record | {"seq": seq, "prev": self.head, "recorded_at": recorded_at}
        self._take(record, decided.entry, self._sealed(record, decided), digest)
        return Receipt(
            seq, self.head, record, decided.entry, decided.order, decided.postings, decided.notes, decided.fold
        )

    def add_draft(self, draft: Draft, recorded_at: str) -> bool:
        """Take in an order and what followed it as they were drafted; tell whether that could be done.

        If not, nothing has changed: they are to be decided on one by one.
        """
        if self.vault is not None or not self.desk.is_free(*draft.names):
            return False
        first = self.seq + 1
        lines = []
        for record, digest in zip(draft.records, draft.digests, strict=True):
            line = encode_line(record | {"seq": self.seq + 1, "prev": self.head, "recorded_at": recorded_at})
            lines.append((self._keep(line), len(line), digest))
        self.writing.take(first, lines, draft.rows.numbered(first))
        self.added += len(lines)
        return True

    def _sealed(self, record: dict[str, Any], decided: Decided) -> dict[str, Any]:
        """Return a record as it stands in its line: private fields as digests."""
        if self.vault is None:
            return record
        entry = decided.entry
        if isinstance(entry, Order | Alias):
            platform = platform_key(entry.platform)
        elif isinstance(entry, Correction):
            platform = self.writing.platform(self.writing.order_of(entry.of, self.seq + 1))
        else:
            platform = self.writing.platform(number_of_order(self.db, decided.order))
        return self.vault.seal(record, platform, self.private.add)

    def erase(self, erasure: Erasure, recorded_at: str) -> int:
        """Take in that private values are erased; return the number of the entry."""
        fields: dict[str, Any] = msgspec.to_builtins(erasure)
        record = {name: value for name, value in fields.items() if value not in (None, [])}
        record |= {"seq": self.seq + 1, "prev": self.head, "recorded_at": recorded_at}
        sealed = record if self.vault is None else self.vault.seal(record, "", self.private.add)
        self._take(record, erasure, sealed, None)
        return self.seq

    def _take(
        self, record: dict[str, Any], entry: Entry | Erasure, sealed: dict[str, Any], digest: bytes | None
    ) -> None:
        """Keep an entry's line; `sealed` is the record as it stands there."""
        line = encode_line(sealed)
        if len(line) > LONGEST_LINE:
            raise Refused(
                f"the entry has {len(line):,} bytes, the most is {LONGEST_LINE:,}: divide its targets over several"
            )
        start = self._keep(line)
        self.writing.enter(self.seq, start, len(line), entry, digest or content_digest(record))
        self.added += 1

    def commit(self) -> str | None:
        """Write all lines and index them; return a warning if the index could not follow.

        Raises `WriteFailed` when the lines could not be written; then nothing was added.
        """
        try:
            tail = self._write()
        except BaseException:
            self.rollback()
            raise
        try:
            self.desk.settle()
            self.writing.project(self.index.progress)
            self.index.stamp(self.db, tail)
            self.db.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whatever befalls the index, the entry stands
            self.rollback()
            return f"{self.index.path.name}: {error}; the entry stands, the index is made anew when it is next needed"
        finally:
            self._close()
        return None

    def _write(self) -> Tail:
        """Write the lines, and before them what discloses their private fields."""
        if self.vault is None or not self.private.size:
            return self.file.append(self.spool.lines(), self.tail, named=self.index.kept)
        self.vault.added(self.vault.file.append(self.private.lines(), self.private.base))
        try:
            return self.file.append(self.spool.lines(), self.tail, named=self.index.kept)
        except BaseException:
            if not self._may_stand():
                self.vault.file.cut(self.private.base)
            raise

    def _may_stand(self) -> bool:
        """Tell whether lines may be in the file though writing them failed."""
        try:
            return self.file.size() > self.tail.length
        except LedgerError:
            return True

    def _close(self) -> None:
        self.spool.close()
        self.private.close()

    def rollback(self) -> None:
        """Forget everything that was taken in."""
        self._close()
        with suppress(sqlite3.Error):
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")


class Matching:
    """Finds entries that the ledger holds already, so that importing again adds nothing.

    An order with an id matches the order of that id; any other entry matches by content, the k-th of identical ones
    with the k-th.
    """

    def __init__(self, batch: Batch) -> None:
        self.db = batch.db
        self.last = batch.tail.seq
        self._seen: dict[bytes, int] = {}

    def find(self, record: dict[str, Any]) -> tuple[int | None, bool, bytes | None]:
        """Return the number of the entry that this one is, whether its content is the same, and its content's digest.

        No digest is made of an order whose id is new, nor in a ledger that holds nothing.
        """
        row = None
        if self.last < 1:
            # A ledger that only begins holds nothing.
            return None, False, None
        if record.get("kind") == "order" and isinstance(record.get("id"), str):
            query = "SELECT e.seq, e.digest FROM orders o JOIN entries e ON e.seq = o.order_no WHERE o.id = ?"
            row = self.db.execute(query, (record["id"],)).fetchone()
            if row is None or row[0] > self.last:
                return None, False, None
        digest = content_digest(record)
        if row is not None:
            return int(row[0]), bytes(row[1]) == digest, digest
        rows = self.db.execute(
            "SELECT e.seq, o.id FROM entries e LEFT JOIN orders o ON o.order_no = e.seq "
            "WHERE e.digest = ? AND e.seq <= ? ORDER BY e.seq",
            (digest, self.last),
        )
        alike = [seq for seq, name in rows if name is None or name.startswith(f"ord-{seq:04d}")]
        skip = self._seen.get(digest, 0) if alike else 0
        if skip >= len(alike):
            return None, False, digest
        self._seen[digest] = skip + 1
        return int(alike[skip]), True, digest

    def is_met(self, digest: bytes) -> bool:
        """Tell whether all entries of the ledger with a content were found in this import."""
        n = self.db.execute(
            "SELECT count(*) FROM entries WHERE digest = ? AND seq <= ?", (digest, self.last)
        ).fetchone()[0]
        return self._seen.get(digest, 0) >= int(n)

    def is_waiting(self, record: dict[str, Any]) -> bool:
        """Tell whether the ledger holds an entry of this content that this import has not come to yet."""
        return not self.is_met(content_digest(record))
