"""One open ledger: lock, read, decide, append, index."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from ledger.errors import Damaged, Missing, Refused, WriteFailed
from ledger.index.database import Index, Progress
from ledger.journal.file import EMPTY, JournalFile, Tail
from ledger.journal.line import check_members, encode_line
from ledger.journal.signals import defer_signals, held_back
from ledger.model.entries import ENVELOPE, FORMAT, PRIVATE, normalise
from ledger.model.moments import utc_text, zone_info

if TYPE_CHECKING:
    # Loaded by those who add entries, or who ask through TinyDB: the other commands start faster without.
    from ledger.batch import Batch
    from ledger.importing import Imported, Rejects
    from ledger.journal.tables import LedgerDB, LedgerTable
    from ledger.model.entries import Erasure
    from ledger.model.incoming import Incoming
    from ledger.model.receipt import Receipt

T = TypeVar("T")

TIMEOUT: Final = 10.0


class Ledger:
    """A ledger on disk.

    Reading never locks it. Every addition is decided by the rules under the lock, and stands once the call returns.
    It is of the thread that opened it; others open it anew.
    `warnings` collects what the user should know though it is no error.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] = "ledger.jsonl",
        *,
        timeout: float = TIMEOUT,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        progress: Progress | None = None,
    ) -> None:
        self.path = Path(path)
        self.file = JournalFile(self.path)
        self.timeout = timeout
        self.clock = clock
        self.progress = progress
        self.warnings: list[str] = []
        self._index: Index | None = None
        self._thread = threading.get_ident()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file and the index."""
        if self._index is not None:
            self._index.close()
            self._index = None
        self.file.close()

    def exists(self) -> bool:
        """Tell whether there is a ledger with anything in it."""
        return self.file.exists()

    @cached_property
    def db(self) -> LedgerDB:
        """The ledger as a TinyDB database."""
        from ledger.journal.tables import LedgerDB, LedgerStorage

        db = LedgerDB(self.file)
        if isinstance(db.storage, LedgerStorage):
            db.storage.locate, db.storage.writer = self._locate, self._insert
            db.storage.reveal = self._reveal
        return db

    def table(self, name: str) -> LedgerTable:
        """Return a TinyDB table: orders, responses, follow-ups, corrections or entries."""
        return self.db.table(name)

    @property
    def index(self) -> Index:
        """The index, caught up with the file when it is first asked for; raises `Missing` without a ledger."""
        if self._index is None:
            if self.file.size() == 0:
                raise Missing(
                    f"{self.path}: is empty; `ledger init` or the first `ledger add-order` begins a ledger in it"
                )
            if self.file.state().seq < 0:
                raise Missing(
                    f"{self.path}: holds no whole line, so there is nothing to read; the first entry begins it"
                )
            self._index = self._open_index()
        return self._index

    def ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """Return what the index answers; when it turns out to be damaged, what one made anew answers."""
        self._own_thread()
        index = self.index
        try:
            return question(index.db)
        except UnicodeEncodeError:
            # It is the question that is no text.
            raise
        except (sqlite3.Error, Damaged, LookupError, ValueError, TypeError) as error:
            # Rows that lack, or hold what no row can, show as the last three.
            self.warnings.append(f"{self.path.name}.index: {error}; made anew")
        try:
            self.index.discard()
            return question(self.index.db)
        except sqlite3.Error as error:
            raise Damaged(f"{self.path}: no index can be made of it ({error}): is there room on the disk?") from error

    @property
    def zone(self) -> str:
        """The reporting zone, fixed when the ledger was begun; UTC where there is none yet."""
        return self.index.zone if self.exists() and self.file.state().seq >= 0 else "UTC"

    def read_line(self, start: int, size: int) -> bytes:
        """Return a line by its place, private fields in clear as far as this copy holds what discloses them."""
        return self.index.read_line(start, size)

    def refresh(self) -> None:
        """Look at the file anew, as another process may have added to it."""
        if self._index is not None:
            self._index.close()
            self._index = None

    def _locate(self, seq: int) -> tuple[int, int] | None:
        query = "SELECT start, size FROM entries WHERE seq = ?"
        row = self.ask(lambda db: db.execute(query, (seq,)).fetchone())
        return None if row is None else (int(row[0]), int(row[1]))

    def _reveal(self, document: dict[str, Any]) -> dict[str, Any]:
        vault = self.index.vault
        return document if vault is None else vault.clear(document)

    def _insert(self, records: list[Mapping[str, Any]]) -> list[int]:
        return [receipt.seq for receipt in self.append_all(records)]

    def create(self, origin: str | None = None, timezone: str = "UTC", private: Iterable[str] = ()) -> None:
        """Begin a new ledger; raises `Refused` where there is one, or for a zone or a private field that is not known.

        What `private` fields say stands in the ledger as digests, and in clear in a file of its own beside it.
        """
        from ledger.journal.private import PrivateFile

        zone_info(timezone)
        fields = sorted(set(private))
        for field in fields:
            if field not in PRIVATE:
                raise Refused(f"private: {field!r} is none of {', '.join(PRIVATE)}: figures depend on all others")
        if origin is not None:
            check_members({"origin": origin})
            if not origin.strip() or len(origin) > 200 or not origin.isprintable():
                raise Refused("origin: must be a name of at most 200 printable characters")
        with defer_signals(), self.file.lock(self.timeout):
            if self.file.exists():
                raise Refused(f"{self.path}: is there already; nothing was changed")
            left = PrivateFile(self.path).path
            if left.exists():
                raise Refused(f"{left}: is there already, of another ledger perhaps; nothing was changed: move it away")
            if fields:
                # Where it is missing later, it was lost.
                PrivateFile(self.path).append([], 0)
            self.file.append([self._genesis(origin, timezone, fields)], EMPTY)
        self.refresh()

    def _genesis(self, origin: str | None, timezone: str, private: list[str]) -> bytes:
        identity = os.urandom(16).hex()
        now = utc_text(self.clock())
        genesis = {
            "kind": "genesis",
            "version": FORMAT,
            "origin": origin or f"ledger-{identity[:8]}",
            "id": identity,
            "created": now,
            "timezone": timezone,
            "seq": 0,
            "prev": "",
            "recorded_at": now,
        }
        return encode_line(genesis | {"private": private} if private else genesis)

    def append(self, record: Mapping[str, Any]) -> Receipt:
        """Add one entry; raises `Refused` with the reason, `Locked`, or `WriteFailed`."""
        return self.append_all([record])[0]

    def append_all(self, records: Iterable[Mapping[str, Any]]) -> list[Receipt]:
        """Add entries together or not at all; raises as `append` does."""
        entries = list(records)

        def add(batch: Batch) -> list[Receipt]:
            now = utc_text(self.clock())
            return [batch.add(_plain(record), now) for record in entries]

        return self._write(add)

    def try_out(self, record: Mapping[str, Any]) -> Receipt:
        """Return the receipt that an entry would get, and add nothing."""
        return self._write(lambda batch: batch.add(_plain(record), utc_text(self.clock())), keep=False)

    def add_erasure(self, erasure: Erasure) -> int:
        """Record that private values are erased; return the entry's number. `erasing.erase` does the rest."""
        return self._write(lambda batch: batch.erase(erasure, utc_text(self.clock())))

    @contextmanager
    def _writing(self, *, keep: bool, doubted: bool) -> Iterator[Batch]:
        """Give a batch under the lock; before anything is kept, the file's tail is made whole.

        With the index `doubted`, the batch has a temporary one.
        """
        from ledger.batch import Batch

        with defer_signals(), self.file.lock(self.timeout):
            self.file.close()
            if not self.file.exists():
                yield self._first_batch(in_memory=doubted)
                return
            tail = self.file.state()
            self.refresh()
            if tail.seq >= 0:
                # Before the tail is cut: that changes the file, and the index is of what stands before it.
                self._index = self._open_index(doubted=doubted)
                self._check_vault(self._index, tail)
                self._finish_erasing(keep=keep)
            saved = self.file.repair_tail(tail) if tail.torn and keep else None
            if saved is not None:
                self.warnings.append(f"the last line was unfinished and was cut; its bytes are kept in {saved.name}")
                tail = self.file.state() if tail.length else EMPTY
            if self._index is None:
                yield self._first_batch(in_memory=doubted)
                return
            yield Batch(self.file, self._index, tail, None)

    def _finish_erasing(self, *, keep: bool) -> None:
        """Do what an erasure that was killed has recorded and not done."""
        if not keep or self._index is None or self._index.vault is None:
            return
        from ledger.erasing import finish, is_unfinished

        if is_unfinished(self._index):
            finish(self)
            self._index = self._index or self._open_index()
            self.warnings.append("an erasure that was stopped is finished now")

    def _check_vault(self, index: Index, tail: Tail) -> None:
        """Refuse to add to a ledger whose private part is not here: the same target would get another digest."""
        if index.vault is None:
            return
        own = index.vault.file.own
        if tail.seq > 0 and not own.exists():
            raise Damaged(
                f"{own}: is not here, so this copy of the ledger can only be read; restore it from a backup, "
                "or add to the ledger that it was copied from"
            )
        if lost := index.vault.lost():
            raise Damaged(
                f"{own}: says not all that it did ({lost:,} targets are not disclosed), so nothing is added: "
                "restore it from a backup"
            )

    def _open_index(self, *, doubted: bool = False) -> Index:
        index = Index(self.file, self.progress, fresh=doubted)
        self.warnings += index.warnings
        if index.withheld:
            self.warnings.append(
                f"lines that this copy withholds: {index.withheld:,}; they count as its keeper states, and accounts "
                "that stand under other orders too count twice among the distinct ones"
            )
        return index

    def _first_batch(self, *, in_memory: bool) -> Batch:
        from ledger.batch import Batch

        genesis = self._genesis(None, "UTC", [])
        return Batch(self.file, Index.empty(self.file, genesis, in_memory=in_memory), EMPTY, genesis)

    def _write(self, work: Callable[[Batch], T], *, keep: bool = True) -> T:
        self._own_thread()
        try:
            return self._write_once(work, keep=keep)
        except sqlite3.Error as error:
            # The index is a cache: what befalls it must not cost the entry.
            self.warnings.append(f"{self.path.name}.index: {error}; done without it")
        try:
            return self._write_once(work, keep=keep, doubted=True)
        except sqlite3.Error as error:
            raise WriteFailed(
                f"{self.path}: no room to work out what the entry does ({error}); nothing was added"
            ) from error
        finally:
            self.refresh()

    def _own_thread(self) -> None:
        if threading.get_ident() != self._thread:
            raise Refused(f"{self.path}: an open ledger is of one thread: open it anew in each")

    def _write_once(self, work: Callable[[Batch], T], *, keep: bool, doubted: bool = False) -> T:
        with self._writing(keep=keep, doubted=doubted) as batch:
            first = batch.tail.seq < 0
            try:
                result = work(batch)
                if keep and batch.added:
                    self._commit(batch, first=first)
            finally:
                batch.rollback()
                if first:
                    batch.index.abandon()
        return result

    def _commit(self, batch: Batch, *, first: bool) -> None:
        warning = batch.commit()
        if warning:
            self.warnings.append(warning)
            self.refresh()
        if first:
            if not warning:
                batch.index.adopt()
            self.file.close()
            self.warnings.append(f"began a new ledger in {self.path} (reporting zone UTC)")

    def import_all(
        self,
        source: Callable[[], Iterable[Incoming]],
        *,
        dry_run: bool = False,
        keep_going: bool = False,
        rejects: Rejects | None = None,
    ) -> Imported:
        """Add foreign entries that the ledger does not hold yet; if one is refused, none is, or with `keep_going` all others.

        `source` gives them from the beginning each time it is called; it may raise `Anew` to be called again. Refused
        ones come with where they stand and why, all of them to `rejects`.
        """
        from ledger.importing import Taking, uncollected
        from ledger.model.incoming import Anew

        taking = Taking(keep_going=keep_going, rejects=rejects)

        def take(batch: Batch) -> Imported:
            return taking.take(batch, _stoppable(source()), utc_text(self.clock()))

        with uncollected():
            while True:
                with suppress(Anew):
                    done = self._write(take, keep=not dry_run)
                    if not taking.again:
                        return done


def _stoppable(source: Iterable[Incoming]) -> Iterator[Incoming]:
    """Give foreign entries until an interrupt or a request to end waits: nothing is written before all are taken in."""
    for item in source:
        if held_back():
            raise Refused("stopped while it was read: nothing was added")
        yield item


def _plain(record: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(record, Mapping):
        raise Refused(f"a record is needed, not a {type(record).__name__}")
    for name in ENVELOPE:
        if name in record:
            raise Refused(f"{name}: is set by the ledger itself; leave it out")
    check_members(record)
    return normalise(record)


def open_ledger(path: str | os.PathLike[str] = "ledger.jsonl", **options: Any) -> Ledger:
    """Open a ledger; it need not exist yet, the first entry begins it.

    >>> with ledger.open("ledger.jsonl") as book:
    ...     book.table("orders").search(where("authority") == "MeitY")
    """
    return Ledger(path, **options)
