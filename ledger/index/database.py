"""The index file: open it, trust nothing in it that the ledger does not bear out, rebuild it when in doubt."""

from __future__ import annotations

import glob
import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

import msgspec

from ledger.errors import Damaged, Refused
from ledger.index.sqlite import MEMORY, TIMEOUT, connect, is_cut, is_left, new
from ledger.journal.file import JournalFile, Tail
from ledger.journal.line import check_line, content_digest, leaf_hash
from ledger.model.entries import FORMAT, Genesis, Line, line_decoder
from ledger.model.moments import zone_info

# Counts up whenever the rows mean something else: an index of another version is rebuilt.
VERSION: Final = 8
SUFFIX: Final = ".index"
# How often a file is looked at again that others add to.
_LOOKS: Final = 3
# How long a reader waits to enter what was added while somebody else writes, in milliseconds.
_PATIENCE: Final = 2_000

Warn = Callable[[str], None]
Progress = Callable[[int, int], None]


class Index:
    """What the ledger says, ready to be asked; caught up with the file when it is opened.

    `warnings` collects what the reader should know; `length` is the length in bytes of the ledger that is indexed.
    With a `speaker` it is a temporary one of what that one states alone; `fresh` makes a temporary one anew.
    """

    def __init__(
        self, file: JournalFile, progress: Progress | None = None, *, speaker: str | None = None, fresh: bool = False
    ) -> None:
        self.file = file
        self.speaker = speaker
        self.path = Path(os.path.realpath(file.path) + SUFFIX)
        self.progress = progress
        self.warnings: list[str] = []
        self.length = 0
        self.meta: dict[str, str] = {}
        self._zone = "UTC"
        self.scratch: Path | None = None
        self.db = self._temporary(file.state()) if fresh or speaker else self._open()

    @property
    def zone(self) -> str:
        """The ledger's reporting zone."""
        return self._zone

    @classmethod
    def empty(cls, file: JournalFile, genesis: bytes, *, in_memory: bool = False) -> Self:
        """Return the index of a ledger that is about to begin with this line; it takes its place at the first entry."""
        index = cls.__new__(cls)
        index.file, index.progress, index.warnings, index.length = file, None, [], 0
        index.speaker = None
        index.path = Path(os.path.realpath(file.path) + SUFFIX)
        index.meta = {}
        index._begin(genesis)  # noqa: SLF001 - its own class
        index.scratch = None if in_memory else index._scratch()  # noqa: SLF001 - its own class
        try:
            index.db = new(index.scratch or MEMORY)
        except sqlite3.Error:
            index.abandon()
            index.scratch = None
            index.db = new(MEMORY)
        return index

    def _begin(self, raw: bytes) -> None:
        """Take the ledger's own facts from its first line; raises `Damaged` when it is none."""
        try:
            entry = line_decoder.decode(raw)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise Damaged(f"{self.file.path.name}, line 1: {error}; run ledger verify") from error
        if not isinstance(entry, Genesis):
            raise Damaged(f"{self.file.path.name}, line 1: is not the first line of a ledger; run ledger verify")
        if entry.version != FORMAT:
            raise Damaged(
                f"{self.file.path}: has version {entry.version} of the format, this program knows {FORMAT}; "
                "use the version that wrote it, or a newer one"
            )
        try:
            zone_info(entry.timezone)
        except Refused as error:
            raise Damaged(f"{self.file.path}, line 1: timezone: {error}") from error
        self._zone = entry.timezone
        self.meta["genesis"] = leaf_hash(raw)

    def _scratch(self) -> Path | None:
        """Make a file for a new index beside the old one; None where nothing can be written."""
        for left in self.path.parent.glob(f"{glob.escape(self.path.name)}.new-*"):
            if left.suffix == f".new-{os.getpid()}" or is_left(left):
                with suppress(OSError):
                    os.unlink(left)
        scratch = Path(f"{self.path}.new-{os.getpid()}")
        try:
            os.close(os.open(scratch, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except OSError:
            return None
        return scratch

    def adopt(self) -> bool:
        """Put a new index in the place of the old one, and close it; tell whether that could be done."""
        try:
            if self.scratch is None:
                return False
            self.db.execute(f"PRAGMA user_version = {VERSION}")
            self.db.execute("PRAGMA journal_mode = WAL")
            self.db.close()
            # What SQLite kept beside the old one must not be taken for the new one's.
            for suffix in ("", "-wal", "-shm", "-journal"):
                with suppress(FileNotFoundError):
                    os.unlink(f"{self.path}{suffix}")
            os.replace(self.scratch, self.path)
        except (OSError, sqlite3.Error):
            # It is a cache: without it, the next command makes it anew.
            return False
        finally:
            self.abandon()
        return True

    def abandon(self) -> None:
        """Throw a new index away."""
        # Where even an empty index could not be made, there is none to close.
        with suppress(sqlite3.Error, AttributeError):
            self.db.close()
        if self.scratch is not None:
            with suppress(OSError):
                os.unlink(self.scratch)

    def close(self) -> None:
        """Let go of the index file."""
        self.db.close()

    def discard(self) -> None:
        """Throw the index away and make it anew; it is a cache."""
        with suppress(sqlite3.Error):
            self.db.close()
        self.db = self._rebuilt(self.file.state())

    def _open(self) -> sqlite3.Connection:
        tail = self.file.state()
        db = None
        for attempt in ("first", "last"):
            try:
                db = self._existing(tail)
            except sqlite3.OperationalError as error:
                if attempt == "first":
                    # Others may have closed it, or put another in its place, at this very moment.
                    continue
                self.warnings.append(
                    f"{self.path.name}: cannot be used ({error}); the figures come from the ledger itself"
                )
            except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
                # What is damaged may stand in SQLite's message, which is then no text.
                self.warnings.append(f"{self.path.name}: {error}; rebuilt from the ledger")
            except FileNotFoundError:
                # Somebody took it away just now.
                continue
            break
        return db if db is not None else self._rebuilt(tail)

    def _existing(self, tail: Tail) -> sqlite3.Connection | None:
        """Return the index if it is one of this ledger, caught up; None if it must be made anew."""
        if not self.path.exists() or self.path.stat().st_size == 0:
            return None
        if is_cut(self.path):
            self.warnings.append(f"{self.path.name}: is shorter than it was; rebuilt from the ledger")
            return None
        db = connect(self.path)
        try:
            if self._matches(db, tail):
                return db
        except BaseException:
            db.close()
            raise
        db.close()
        return None

    def _matches(self, db: sqlite3.Connection, tail: Tail) -> bool:
        if db.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            return False
        self.meta = dict(db.execute("SELECT name, value FROM meta"))
        try:
            noted = self.meta["genesis"]
            self._begin(self.file.first())
            if noted != self.meta["genesis"]:
                self._warn_of_another()
                return False
            return self._current(db, tail)
        except (KeyError, ValueError, TypeError, Damaged) as error:
            # Whether it is the index or the ledger that is damaged shows when it is made anew.
            self.warnings.append(f"{self.path.name}: what it notes about the ledger is damaged ({error}); made anew")
            return False

    def _warn_of_another(self) -> None:
        self.warnings.append(
            f"{self.file.path.name} does not continue what was indexed before: if nobody replaced it, "
            "run ledger verify; the index is rebuilt"
        )

    def _current(self, db: sqlite3.Connection, tail: Tail) -> bool:
        """Tell whether the index is that of the file as it is now, after entering what was added since."""
        length, head = int(self.meta["length"]), self.meta["head"]
        info = self.file.stat()
        for _ in range(_LOOKS):
            if length <= tail.length and (info.st_size == tail.length or tail.torn):
                break
            # Somebody added entries after we looked at the file.
            tail, info = self.file.state(), self.file.stat()
        same_file = self.meta["inode"] == str(info.st_ino)
        if length == tail.length and head == tail.head:
            if not same_file or (self.meta["mtime"] != str(info.st_mtime_ns) and not tail.torn):
                return False
            self.length = length
            return True
        if length > tail.length or not self._extends(length, head):
            self._warn_of_another()
            return False
        if not same_file:
            return False
        return self._catch_up(db)

    def _extends(self, length: int, head: str) -> bool:
        start = int(self.meta["head_start"])
        return length > start and leaf_hash(self.file.read(start, length - 1 - start)) == head

    def _catch_up(self, db: sqlite3.Connection) -> bool:
        """Enter the lines that were added since; tell whether that could be done.

        Another process may do the same, so what is to be done is looked at again under the lock.
        """
        db.execute(f"PRAGMA busy_timeout = {_PATIENCE}")
        try:
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                return False
            # What is indexed is a whole state of the ledger, before those entries.
            self.warnings.append("another process is adding entries; the figures are those before them")
            self.length = int(self.meta["length"])
            return True
        finally:
            db.execute(f"PRAGMA busy_timeout = {TIMEOUT * 1000}")
        try:
            self.meta = dict(db.execute("SELECT name, value FROM meta"))
            self.enter_lines(db, int(self.meta["length"]), self.file.state())
            db.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            raise
        return True

    def enter_lines(self, db: sqlite3.Connection, start: int, tail: Tail) -> None:
        """Enter the file's lines from an offset on, within a transaction."""
        # Loaded when there is something to enter: most commands find the index caught up.
        from ledger.index.writing import Writing

        writing: Writing | None = None
        seq = int(self.meta.get("seq", -1))
        head = self.meta.get("head", "")
        for at, raw in self.file.scan(start, end=tail.length):
            entry = self._read(raw, seq + 1, head)
            seq, head = seq + 1, leaf_hash(raw)
            if isinstance(entry, Genesis):
                self._begin(raw)
                continue
            if writing is None:
                writing = Writing(db, self.file.read, self.zone, self.speaker)
            digest = content_digest(msgspec.json.decode(raw))
            writing.enter(seq, at, len(raw), entry, digest)
        if writing is not None:
            writing.project(self.progress)
        self.stamp(db, tail)

    def _read(self, raw: bytes, seq: int, head: str) -> Line:
        """Read one line, refusing to make figures of a file that does not hold together."""
        where = f"{self.file.path.name}, line {seq + 1}"
        if not check_line(raw):
            raise Damaged(f"{where}: its check does not fit its content; run ledger verify to see what is damaged")
        try:
            entry: Line = line_decoder.decode(raw)
            envelope = _envelope.decode(raw)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise Damaged(f"{where}: {error}; a newer version may have written it; run ledger verify") from error
        if envelope.seq != seq or envelope.prev != head or isinstance(entry, Genesis) != (seq == 0):
            raise Damaged(f"{where}: does not follow from the line before; run ledger verify")
        return entry

    def stamp(self, db: sqlite3.Connection, tail: Tail) -> None:
        """Note which state of the file is indexed."""
        info = self.file.stat()
        self.length = tail.length
        self.meta |= {
            "length": str(tail.length),
            "head": tail.head,
            "head_start": str(tail.head_offset),
            "seq": str(tail.seq),
            "mtime": str(info.st_mtime_ns),
            "inode": str(info.st_ino),
        }
        db.executemany("REPLACE INTO meta VALUES (?, ?)", list(self.meta.items()))

    def _rebuilt(self, tail: Tail) -> sqlite3.Connection:
        """Make the index from nothing, beside the old one, and put it in its place."""
        self.scratch = self._scratch()
        if self.scratch is not None:
            try:
                self._build(tail, self.scratch)
                if self.adopt():
                    return connect(self.path)
            except (sqlite3.OperationalError, FileNotFoundError):
                # The disk is full, perhaps, or somebody took the new one away.
                pass
            finally:
                self.abandon()
                self.scratch = None
        return self._build(tail, MEMORY)

    def _temporary(self, tail: Tail) -> sqlite3.Connection:
        """Make an index that is gone when it is closed, in a file that has no name if there is room for one."""
        try:
            return self._build(tail, "")
        except sqlite3.OperationalError:
            return self._build(tail, MEMORY)

    def _build(self, tail: Tail, place: Path | str) -> sqlite3.Connection:
        self.meta = {}
        self.db = new(place)
        try:
            self.db.execute("BEGIN")
            self.enter_lines(self.db, 0, tail)
            self.db.execute("COMMIT")
        except BaseException:
            self.abandon()
            raise
        return self.db


class _Envelope(msgspec.Struct):
    seq: int
    prev: str


_envelope: Final = msgspec.json.Decoder(_Envelope)
