"""SQLite files: make one, open one, tell one that is cut, left behind or on media that nobody writes to."""

from __future__ import annotations

import glob
import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

from ledger.journal.durable import sync_folder

MEMORY: Final = ":memory:"
# How long a writer waits for readers, in seconds.
TIMEOUT: Final = 10


def is_left(scratch: Path) -> bool:
    """Tell whether the process that was making this index is gone."""
    pid = scratch.suffix.removeprefix(".new-").partition("-")[0]
    # Elsewhere signal 0 is one like any other.
    if os.name != "posix" or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:
        return False
    return False


def beside(path: Path) -> Path | None:
    """Make a file for a new index beside the old one; None where nothing can be written."""
    for left in path.parent.glob(f"{glob.escape(path.name)}.new-*"):
        if left.suffix.split("-")[:2] == [".new", str(os.getpid())] or is_left(left):
            with suppress(OSError):
                os.unlink(left)
    scratch = Path(f"{path}.new-{os.getpid()}")
    try:
        os.close(os.open(scratch, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError:
        return None
    return scratch


def put_in_place(db: sqlite3.Connection, scratch: Path, path: Path, version: int) -> bool:
    """Close a new index and put it in the place of the old one; tell whether that could be done."""
    try:
        db.execute(f"PRAGMA user_version = {version}")
        db.execute("PRAGMA journal_mode = WAL")
        db.close()
        # An index that is there says that the ledger's name is durable too: whoever began it may have been killed.
        sync_folder(path)
        # What SQLite kept beside the old one must not be taken for the new one's.
        for suffix in ("", "-wal", "-shm", "-journal"):
            with suppress(FileNotFoundError):
                os.unlink(f"{path}{suffix}")
        os.replace(scratch, path)
    except (OSError, sqlite3.Error):
        # It is a cache: without it, the next command makes it anew.
        return False
    return True


def new(path: Path | str) -> sqlite3.Connection:
    """Make an index that holds nothing yet: in a file, in one without a name (an empty text), or in memory."""
    db = sqlite3.connect(path, isolation_level=None, uri=True)
    db.execute("PRAGMA journal_mode = MEMORY")
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA cache_size = -4096")
    db.executescript(Path(__file__).with_name("schema.sql").read_text(encoding="utf-8"))
    return db


def is_cut(path: Path) -> bool:
    """Tell whether a SQLite file lacks pages that its header counts; SQLite itself takes half a page for a whole one."""
    try:
        with path.open("rb") as file:
            head = file.read(32)
    except OSError:
        # SQLite says what it is that cannot be read.
        return False
    pages, size = int.from_bytes(head[28:32]), int.from_bytes(head[16:18])
    return pages * (1 << 16 if size == 1 else size) > path.stat().st_size


def connect(path: Path) -> sqlite3.Connection:
    """Open an index; raises `FileNotFoundError` when another is put in its place meanwhile."""
    before = os.stat(path)
    db = sqlite3.connect(path, timeout=TIMEOUT, isolation_level=None)
    try:
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("SELECT 1 FROM meta").fetchone()
        # SQLite finds its write-ahead log by name: it must be that of this file, and not of one that came after it.
        if not os.path.samestat(before, os.stat(path)):
            raise FileNotFoundError(path)
    except sqlite3.OperationalError:
        db.close()
        if not is_read_only(path):
            raise
        db = sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True, isolation_level=None)
    except OSError:
        db.close()
        raise
    return db


def is_read_only(path: Path) -> bool:
    """Tell whether a file is on media that nobody writes to, so that it can be taken as it is."""
    return not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))
