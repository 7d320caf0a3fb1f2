"""The file of disclosures beside a ledger with private fields: one a line, added before the line that needs them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from ledger.errors import Damaged, WriteFailed
from ledger.journal.durable import close, sync_folder, write_once

PRIVATE: Final = ".private"
DISCLOSED: Final = ".disclosed"
_BLOCK: Final = 1 << 20


class State(NamedTuple):
    """What tells one state of the file from another: its length in bytes, when it was changed, which file it is."""

    length: int
    changed: int
    inode: int


class PrivateFile:
    """`<ledger>.private`, of its keeper alone; a published copy has `<ledger>.disclosed` in its place."""

    def __init__(self, ledger: Path) -> None:
        real = os.path.realpath(ledger)
        self.own = Path(real + PRIVATE)
        published = Path(real + DISCLOSED)
        self.path = published if published.exists() and not self.own.exists() else self.own

    @property
    def name(self) -> str:
        """Its name without its folder."""
        return self.path.name

    def state(self) -> State:
        """Return what state the file is in; all zeros where there is none."""
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            return State(0, 0, 0)
        except OSError as error:
            raise Damaged(f"{self.path}: cannot be read ({error.strerror})") from error
        return State(found.st_size, found.st_mtime_ns, found.st_ino)

    def is_open_to_others(self) -> bool:
        """Tell whether other users of the machine may read it."""
        if os.name != "posix" or self.path != self.own:
            return False
        try:
            return bool(os.stat(self.own).st_mode & 0o077)
        except OSError:
            return False

    def scan(self, start: int = 0) -> Iterator[tuple[int, bytes]]:
        """Give each whole line with its offset; an unfinished last one is passed over."""
        try:
            with self.path.open("rb") as file:
                file.seek(start)
                at, rest = start, b""
                while block := file.read(_BLOCK):
                    lines = (rest + block).split(b"\n")
                    rest = lines.pop()
                    for line in lines:
                        yield at, line
                        at += len(line) + 1
        except FileNotFoundError:
            return
        except OSError as error:
            raise Damaged(f"{self.path}: cannot be read ({error.strerror})") from error

    def at(self, starts: Iterable[int]) -> list[bytes]:
        """Return the lines that begin at these offsets."""
        try:
            with self.path.open("rb") as file:
                return [file.readline().rstrip(b"\n") for start in starts if file.seek(start) >= 0]
        except OSError as error:
            raise Damaged(f"{self.path}: cannot be read ({error.strerror})") from error

    def append(self, lines: Iterable[bytes], at: int) -> int:
        """Write lines at an offset, make them durable, return the new end; an unfinished line there is cut off first.

        Only whoever holds the ledger's lock calls it. Raises `WriteFailed`; the file then ends at `at`.
        """
        flags = os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        flags |= getattr(os, "O_NOFOLLOW", 0)
        new = not self.own.exists()
        try:
            descriptor = os.open(self.own, flags | (os.O_CREAT | os.O_EXCL if new else 0), 0o600)
        except OSError as error:
            raise WriteFailed(f"{self.own}: cannot be written ({error.strerror}); nothing was added") from error
        try:
            self._check_end(descriptor, at)
            end = self._write(descriptor, lines, at)
            os.fsync(descriptor)
            if new or not at:
                # Whoever made it may have been killed before its name was durable.
                sync_folder(self.own)
        except WriteFailed:
            raise
        except OSError as error:
            self._cut(descriptor, at)
            raise WriteFailed(f"{self.own}: could not be written ({error.strerror}); nothing was added") from error
        except BaseException:
            self._cut(descriptor, at)
            raise
        finally:
            close(descriptor)
        return end

    def _check_end(self, descriptor: int, at: int) -> None:
        size = os.fstat(descriptor).st_size
        os.lseek(descriptor, at, os.SEEK_SET)
        if size < at or b"\n" in os.read(descriptor, max(size - at, 0)):
            raise WriteFailed(
                f"{self.own}: was changed by another program meanwhile; nothing was added: try again, "
                "or restore it from a backup"
            )
        if size > at:
            # Of an addition that was stopped: no line needs it.
            os.ftruncate(descriptor, at)

    @staticmethod
    def _write(descriptor: int, lines: Iterable[bytes], at: int) -> int:
        block = bytearray()
        for line in lines:
            block += line + b"\n"
            if len(block) >= _BLOCK:
                at += write_once(descriptor, block)
                block = bytearray()
        return at + (write_once(descriptor, block) if block else 0)

    @staticmethod
    def _cut(descriptor: int, at: int) -> None:
        # What cannot be cut off stays; no line needs it.
        with suppress(OSError):
            os.ftruncate(descriptor, at)

    def cut(self, at: int) -> None:
        """Take back what was added behind an offset, as the lines that need it could not be written."""
        with suppress(OSError):
            os.truncate(self.own, at)

    def wipe(self, unwanted: Callable[[bytes], bool]) -> int:
        """Overwrite the lines that are not to stay, where they stand, and make that durable; return how many.

        Raises `WriteFailed` when that cannot be done; some of them may be gone then.
        """
        wiped = 0
        try:
            descriptor = os.open(self.own, os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0))
            try:
                end = 0
                for at, line in self.scan():
                    end = at + len(line) + 1
                    if line.strip() and unwanted(line):
                        _overwrite(descriptor, at, b" " * len(line))
                        wiped += 1
                # An unfinished line is that of an addition that was stopped.
                os.ftruncate(descriptor, end)
                os.fsync(descriptor)
            finally:
                close(descriptor)
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise WriteFailed(f"{self.own}: could not be overwritten ({error.strerror})") from error
        return wiped


def _overwrite(descriptor: int, at: int, data: bytes) -> None:
    os.lseek(descriptor, at, os.SEEK_SET)
    while data:
        data = data[os.write(descriptor, data) :]
