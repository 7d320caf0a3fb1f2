"""The index file: open it, trust nothing in it that the ledger does not bear out, rebuild it when in doubt."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import msgspec

from ledger.errors import Damaged, Refused
from ledger.index.reading import follow
from ledger.index.sqlite import MEMORY, TIMEOUT, beside, connect, is_cut, new, put_in_place
from ledger.journal.file import JournalFile, Tail
from ledger.journal.line import WITHHELD, content_digest, counted, leaf_hash
from ledger.model.entries import FORMAT, Genesis, Withheld, line_decoder
from ledger.model.moments import zone_info

if TYPE_CHECKING:
    from ledger.index.vault import Vault

# Counts up whenever the rows mean something else: an index of another version is rebuilt.
VERSION: Final = 13
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
        # What the private fields say; None in a ledger that has none.
        self.vault: Vault | None = None
        self._private: list[str] = []
        self.scratch: Path | None = None
        # Whether it stands beside the ledger, and not in memory alone.
        self.kept = False
        self._use(self._temporary(file.state()) if fresh or speaker else self._open())

    def _use(self, db: sqlite3.Connection) -> None:
        self.db = db
        if self.vault is not None:
            self.vault.db = db

    @property
    def zone(self) -> str:
        """The ledger's reporting zone."""
        return self._zone

    @property
    def withheld(self) -> int:
        """How many lines this copy of the ledger does not show."""
        return int(self.meta.get("withheld", "0"))

    @classmethod
    def empty(cls, file: JournalFile, genesis: bytes, *, in_memory: bool = False) -> Self:
        """Return the index of a ledger that is about to begin with this line; it takes its place at the first entry."""
        index = cls.__new__(cls)
        index.file, index.progress, index.warnings, index.length = file, None, [], 0
        index.speaker = index.vault = None
        index.path = Path(os.path.realpath(file.path) + SUFFIX)
        index.meta, index.kept = {}, False
        index._begin(genesis)  # noqa: SLF001 - its own class
        index.scratch = None if in_memory else beside(index.path)
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
        self._private = entry.private
        self.meta["genesis"] = leaf_hash(raw)

    def _open_vault(self, db: sqlite3.Connection) -> None:
        """Make what the private fields say readable, if the ledger has any."""
        self.vault = None
        if self._private:
            # Most ledgers have no private fields, and start faster without.
            from ledger.index.vault import Vault
            from ledger.journal.private import PrivateFile

            self.vault = Vault(db, PrivateFile(self.file.path), self._private, self.meta)
            if self.vault.file.is_open_to_others():
                self.warnings.append(f"{self.vault.file.name}: others can read it; `chmod 600` keeps it yours alone")

    def read_line(self, start: int, size: int) -> bytes:
        """Return a line by its place, private fields in clear as far as they are disclosed here."""
        return self._clear(self.file.read(start, size))

    def _clear(self, raw: bytes) -> bytes:
        raw = counted(raw)
        return raw if self.vault is None else self.vault.read(raw)

    def adopt(self) -> bool:
        """Put a new index in the place of the old one, and close it; tell whether that could be done."""
        try:
            if self.vault is not None and self.vault.file.state() != self.vault.seen:
                # Something was erased meanwhile, perhaps: what was read before must not come back.
                return False
            return self.scratch is not None and put_in_place(self.db, self.scratch, self.path, VERSION)
        finally:
            self.abandon()

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
        self._use(self._rebuilt(self.file.state()))

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
                self.kept = True
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
            self._open_vault(db)
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
        if self.vault is not None and not self.vault.is_noted(self.meta) and not self.vault.has_grown(self.meta):
            # Disclosures were taken away or changed.
            return False
        if length == tail.length and head == tail.head:
            if not same_file or (self.meta["mtime"] != str(info.st_mtime_ns) and not tail.torn):
                return False
            self.length = length
            return self.vault is None or self.vault.is_noted(self.meta)
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
        if self.vault is not None:
            self.vault.catch_up()
        seq = int(self.meta.get("seq", -1))
        head = self.meta.get("head", "")
        for at, raw in self.file.scan(start, end=tail.length):
            entry, opened = follow(
                raw, seq + 1, head, self._clear, f"{self.file.path.name}, line {seq + 2} (byte {at})"
            )
            seq, head = seq + 1, leaf_hash(raw)
            if isinstance(entry, Genesis):
                self._begin(raw)
                self._open_vault(db)
                if self.vault is not None:
                    self.vault.catch_up()
                continue
            if writing is None:
                writing = Writing(db, self.read_line, self.zone, self.speaker)
            if raw.startswith(WITHHELD):
                self.meta["withheld"] = str(self.withheld + 1)
            if isinstance(entry, Withheld):
                writing.pass_over(seq, at, len(raw))
                continue
            order_no = writing.enter(seq, at, len(raw), entry, content_digest(msgspec.json.decode(opened)))
            if self.vault is not None:
                self.vault.name(msgspec.json.decode(counted(raw)), writing.platform(order_no))
        if writing is not None:
            writing.project(self.progress)
        self.stamp(db, tail)

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
        if self.vault is not None:
            self.vault.note(self.meta)
        db.executemany("REPLACE INTO meta VALUES (?, ?)", list(self.meta.items()))

    def _rebuilt(self, tail: Tail) -> sqlite3.Connection:
        """Make the index from nothing, beside the old one, and put it in its place."""
        self.kept = False
        self.scratch = beside(self.path)
        if self.scratch is not None:
            try:
                self._build(tail, self.scratch)
                if self.adopt():
                    db = connect(self.path)
                    self.kept = True
                    return db
            except (sqlite3.DatabaseError, FileNotFoundError):
                # The disk is full or failing, perhaps, or somebody took the new one away.
                pass
            finally:
                self.abandon()
                self.scratch = None
        try:
            return self._build(tail, MEMORY)
        except sqlite3.Error as error:
            raise Damaged(f"{self.file.path}: no index can be made of it ({error}): is there room?") from error

    def _temporary(self, tail: Tail) -> sqlite3.Connection:
        """Make an index that is gone when it is closed, in a file that has no name if there is room for one."""
        try:
            return self._build(tail, "")
        except sqlite3.DatabaseError:
            return self._build(tail, MEMORY)

    def _build(self, tail: Tail, place: Path | str) -> sqlite3.Connection:
        self.meta = {}
        self.vault = None
        self.db = new(place)
        try:
            self.db.execute("BEGIN")
            self.enter_lines(self.db, 0, tail)
            self.db.execute("COMMIT")
        except BaseException:
            self.abandon()
            raise
        return self.db
