"""The ledger's file: append without ever losing or half-writing an entry, read without a lock (DESIGN, section 3)."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from ledger.errors import Damaged, LedgerError, Missing, Refused, WriteFailed
from ledger.journal.durable import close, pread, sync_folder, write_all, write_once
from ledger.journal.line import check_line, leaf_hash
from ledger.journal.lock import LedgerLock

_BLOCK: Final = 1 << 20
_LONGEST: Final = 64 << 20
# The first line has six short texts.
_GENESIS: Final = 1 << 16

# How every ledger begins: its genesis line in canonical form.
_FIRST: Final = b'{"created":"'


_UNDONE: Final = "nothing was added"


class Tail(NamedTuple):
    """The end of the file: whole lines only.

    `length` in bytes up to the last LF; `seq` and `head` (leaf hash, hex) of the last whole line, -1 and empty for
    none; `head_offset` where it starts; `torn` whether bytes without an LF follow.
    """

    length: int
    seq: int
    head: str
    head_offset: int
    torn: bool


EMPTY: Final = Tail(0, -1, "", 0, torn=False)


class _Seq(msgspec.Struct):
    seq: int


_seq: Final = msgspec.json.Decoder(_Seq)


class JournalFile:
    """The file of one ledger. Readers need no lock; whoever appends holds it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = LedgerLock(path)
        self._reader: int | None = None

    @contextmanager
    def lock(self, timeout: float) -> Iterator[None]:
        """Hold the ledger against all other writers; raises `Locked` after `timeout` seconds."""
        self._lock.acquire(timeout)
        try:
            yield
        finally:
            self._lock.release()

    def close(self) -> None:
        """Let go of the file."""
        if self._reader is not None:
            reader, self._reader = self._reader, None
            close(reader)

    def exists(self) -> bool:
        """Tell whether there is a file with anything in it."""
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise Damaged(f"{self.path}: cannot be read ({error.strerror})") from error
        self._check_regular(found.st_mode)
        return found.st_size > 0

    def _check_regular(self, mode: int) -> None:
        if not stat.S_ISREG(mode):
            raise Damaged(f"{self.path}: is not a file, so it is no ledger; choose another with --file")

    def _descriptor(self) -> int:
        if self._reader is None:
            flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
            try:
                descriptor = os.open(self.path, flags | getattr(os, "O_CLOEXEC", 0))
            except FileNotFoundError:
                raise Missing(
                    f"{self.path}: there is no ledger here; `ledger init` or the first `ledger add-order` makes one"
                ) from None
            except OSError as error:
                raise Damaged(f"{self.path}: cannot be read ({error.strerror})") from error
            try:
                self._check_regular(os.fstat(descriptor).st_mode)
            except Damaged:
                close(descriptor)
                raise
            self._reader = descriptor
        return self._reader

    def read(self, start: int, size: int) -> bytes:
        """Return a line by its place; raises `Damaged` when it is not there whole or its check does not fit."""
        raw = self.read_bytes(start, size)
        if len(raw) != size or not check_line(raw):
            raise Damaged(f"{self.path}: the line at byte {start} is not what it was; run ledger verify")
        return raw

    def read_bytes(self, start: int, size: int) -> bytes:
        """Return up to `size` bytes from an offset."""
        descriptor = self._descriptor()
        parts = []
        while size > 0:
            try:
                part = pread(descriptor, min(size, 16 * _BLOCK), start)
            except OSError as error:
                raise Damaged(f"{self.path}: cannot be read ({error.strerror})") from error
            if not part:
                break
            parts.append(part)
            start += len(part)
            size -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _whole(self, start: int, size: int) -> bytes:
        """Return so many bytes from an offset; raises `Damaged` when they cannot all be read."""
        found = self.read_bytes(start, size)
        if len(found) != size:
            raise Damaged(
                f"{self.path}: could not be read whole at byte {start + len(found)}; try again, or check the disk"
            )
        return found

    def size(self) -> int:
        """Return the file's size in bytes, unfinished lines included."""
        return self.stat().st_size

    def stat(self) -> os.stat_result:
        """Return what the operating system knows about the file."""
        return os.fstat(self._descriptor())

    def first(self) -> bytes:
        """Return the first line; raises `Damaged` when it is not that of a ledger."""
        for _, raw in self.scan(end=min(self.size(), _GENESIS)):
            if raw.startswith(_FIRST) and check_line(raw):
                return raw
            break
        raise Damaged(self._no_ledger())

    def check_begun(self) -> None:
        """Raise `Damaged` for a file that is no ledger; one whose first line is damaged is one by its second."""
        found = [
            raw
            for _, raw in zip(range(2), (raw for _, raw in self.scan(end=min(self.size(), 2 * _GENESIS))), strict=False)
        ]
        if not found or not (found[0].startswith(_FIRST) or any(map(check_line, found))):
            raise Damaged(self._no_ledger())

    def state(self) -> Tail:
        """Read the end of the file; raises `Missing`, or `Damaged` when its last whole line is no line of a ledger.

        A last line in which zeros stand for lost bytes is an unfinished one: no line that was written whole has any.
        """
        while True:
            size = self.size()
            try:
                return self._state(size)
            except Damaged:
                # Whoever adds entries may have taken back what could not be written.
                if self.size() == size:
                    raise

    def _state(self, size: int) -> Tail:
        end = size if size and self.read_bytes(size - 1, 1) == b"\n" else self._line_break(size) + 1
        start = self._line_break(end - 1) + 1 if end else 0
        raw = self._whole(start, end - 1 - start) if end else b""
        if end and end == size and b"\0" in raw and not check_line(raw):
            end = start
            start = self._line_break(end - 1) + 1 if end else 0
            raw = self._whole(start, end - 1 - start) if end else b""
        if end == 0:
            head = self._whole(0, min(size, len(_FIRST)))
            # A first line that was cut may go; another program's file may not. Some disks leave zeros for lost bytes.
            if any(byte not in (0, expected) for byte, expected in zip(head, _FIRST, strict=False)):
                raise Damaged(self._no_ledger())
            return Tail(0, -1, "", 0, torn=size > 0)
        if not check_line(raw):
            raise Damaged(self._no_ledger())
        try:
            seq = _seq.decode(raw).seq
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise Damaged(f"{self.path}: the last line is no entry ({error}); run ledger verify") from error
        return Tail(end, seq, leaf_hash(raw), start, torn=end < size)

    def _no_ledger(self) -> str:
        """Say what is wrong with a file whose end is not that of a ledger."""
        head = self.read_bytes(0, 4096)
        if head.startswith(_FIRST):
            return f"{self.path}: the last line is damaged; nothing was changed: run ledger verify"
        if re.match(rb'\s*\{\s*"[^"]*"\s*:\s*\{\s*(?:\}|"\d+"\s*:\s*\{)', head):
            return f"{self.path}: is a JSON file of TinyDB, not a ledger; choose another with --file"
        return f"{self.path}: is no ledger, or its first line is damaged; choose another with --file"

    def _line_break(self, end: int) -> int:
        """Return where the last LF before an offset is, -1 when there is none."""
        first = end
        while end > 0:
            start = max(0, end - (1 << 16))
            found = self._whole(start, end - start).rfind(b"\n")
            if found >= 0:
                return start + found
            if first - start > _LONGEST:
                raise Damaged(f"{self.path}: has a line of more than {_LONGEST >> 20} MiB, so it is no ledger")
            end = start
        return -1

    def scan(self, start: int = 0, *, end: int | None = None) -> Iterator[tuple[int, bytes]]:
        """Give each whole line with its offset, in large blocks; an unfinished last line is passed over."""
        at, rest = start, b""
        position = start
        while end is None or position < end:
            size = _BLOCK if end is None else min(_BLOCK, end - position)
            block = self.read_bytes(position, size)
            if not block:
                return
            position += len(block)
            lines = (rest + block).split(b"\n")
            rest = lines.pop()
            for line in lines:
                yield at, line
                at += len(line) + 1
            if len(rest) > _LONGEST:
                raise Damaged(f"{self.path}: has a line of more than {_LONGEST >> 20} MiB, so it is no ledger")

    def repair_tail(self, tail: Tail) -> Path | None:
        """Cut an unfinished last line, under the lock, after saving it beside the file; return where it went."""
        size = self.size()
        if size == tail.length:
            return None
        torn = self._whole(tail.length, size - tail.length)
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        try:
            # Opened first: a ledger that cannot be cut must not leave a copy at each attempt.
            descriptor = os.open(self.path, os.O_RDWR | getattr(os, "O_BINARY", 0))
            try:
                saved = self._save(torn, stamp)
                os.ftruncate(descriptor, tail.length)
                os.fsync(descriptor)
            finally:
                close(descriptor)
        except OSError as error:
            raise WriteFailed(
                f"{self.path}: its unfinished last line could not be saved and cut ({error.strerror}); nothing was added"
            ) from error
        return saved

    def _save(self, torn: bytes, stamp: str) -> Path:
        number = 0
        while True:
            number += 1
            saved = self.path.with_name(f"{self.path.name}.torn-{stamp}-{number}")
            with suppress(FileExistsError):
                descriptor = os.open(saved, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
                break
        try:
            write_all(descriptor, torn)
            os.fsync(descriptor)
        except BaseException:
            os.unlink(saved)
            raise
        finally:
            close(descriptor)
        sync_folder(saved)
        return saved

    def append(self, lines: Iterable[bytes], tail: Tail, *, named: bool = True) -> Tail:
        """Write lines after a known end, make them durable, return the new end; the lock is held.

        `named` says that the file's own name is known to be durable: whoever began it may have been killed before. Raises `WriteFailed` when that cannot be done; the file is then as it was.
        """
        flags = os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        flags |= getattr(os, "O_NONBLOCK", 0)
        new = False
        try:
            try:
                descriptor = os.open(self.path, flags)
            except FileNotFoundError:
                # A link to a ledger that is yet to begin is followed; O_EXCL alone would refuse it.
                descriptor = os.open(os.path.realpath(self.path), flags | os.O_CREAT | os.O_EXCL, 0o600)
                new = True
        except FileNotFoundError:
            raise Refused(f"{self.path.parent}: there is no such folder; create it, or choose another --file") from None
        except OSError as error:
            raise WriteFailed(f"{self.path}: cannot be written ({error.strerror}); nothing was added") from error
        try:
            found = os.fstat(descriptor)
            self._check_regular(found.st_mode)
            if found.st_size != tail.length:
                raise WriteFailed(
                    f"{self.path}: was changed by another program meanwhile; nothing was added: try again"
                )
            return self._write(descriptor, lines, tail, new=new, named=named and tail.seq >= 0)
        finally:
            close(descriptor)

    def _write(self, descriptor: int, lines: Iterable[bytes], tail: Tail, *, new: bool, named: bool) -> Tail:
        try:
            end = _write_lines(descriptor, lines, tail)
            if os.fstat(descriptor).st_size != end.length:
                raise OSError(errno.EIO, "the file did not grow by what was written")  # noqa: TRY301 - undone below like any failed write
            # Never tried twice: after a failed fsync the pages may be lost though a second one succeeds.
            os.fsync(descriptor)
            if new or not named:
                sync_folder(Path(os.path.realpath(self.path)))
        except BaseException as error:
            undone = self._undo(descriptor, tail, new=new)
            if undone == _UNDONE and (isinstance(error, LedgerError) or not isinstance(error, Exception)):
                raise
            reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
            raise WriteFailed(f"{self.path}: could not be written ({reason}); {undone}") from error
        return end

    def _undo(self, descriptor: int, tail: Tail, *, new: bool) -> str:
        """Bring the file back to its old length; say what state it is in."""
        try:
            os.ftruncate(descriptor, tail.length)
        except OSError as error:
            return f"and could not be cut back ({error.strerror}): run ledger verify before you add anything"
        try:
            os.fsync(descriptor)
        except OSError as error:
            return f"it was cut back, but the disk does not confirm it ({error.strerror}): check the disk, then run ledger verify"
        finally:
            if new:
                # An empty file left behind is as good as none.
                with suppress(OSError):
                    os.unlink(os.path.realpath(self.path))
        return _UNDONE


def _write_lines(descriptor: int, lines: Iterable[bytes], tail: Tail) -> Tail:
    """Write lines in blocks of a MiB or more; a batch that is smaller is one write."""
    length, seq, head, start = tail.length, tail.seq, tail.head, tail.head_offset
    block = bytearray()
    last = b""
    written = tail.length
    for line in lines:
        block += line
        block += b"\n"
        start, length, seq, last = length, length + len(line) + 1, seq + 1, line
        if len(block) >= _BLOCK:
            written += write_once(descriptor, block)
            block = bytearray()
    if block:
        written += write_once(descriptor, block)
    if last:
        head = leaf_hash(last)
    return Tail(written, seq, head, start, torn=False)
