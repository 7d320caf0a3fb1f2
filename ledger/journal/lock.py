"""An exclusive lock on the ledger, between processes and between threads."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from ledger.errors import Damaged, Locked, Refused, WriteFailed
from ledger.journal.signals import held_back

_POLL: Final = 0.02

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _give(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _give(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


class LedgerLock:
    """The lock of one ledger: the file `<name>.lock` beside it, which stays.

    The ledger itself cannot carry it: it may not exist yet, and on Windows a locked range cannot be read by others.
    """

    def __init__(self, ledger: Path) -> None:
        self.path = Path(os.path.realpath(ledger) + ".lock")
        self._thread = threading.RLock()
        self._ledger = Path(os.path.realpath(ledger))
        self._descriptors: list[int] = []
        self._depth = 0

    def acquire(self, timeout: float) -> None:
        """Wait up to `timeout` seconds for the lock; raises `Locked` when another keeps it."""
        if not self._thread.acquire(timeout=max(0.0, timeout)):
            raise Locked(self._busy(timeout))
        if self._depth == 0:
            try:
                end = time.monotonic() + timeout
                self._wait(self._opened(), end, timeout)
                # A backup or another program may hold the ledger itself.
                if sys.platform != "win32" and self._ledger.is_file():
                    self._wait(os.open(self._ledger, os.O_RDONLY | os.O_CLOEXEC), end, timeout)
            except BaseException as error:
                self._let_go()
                self._thread.release()
                if isinstance(error, PermissionError):
                    raise Damaged(f"{self._ledger}: cannot be read ({error.strerror})") from error
                raise
        self._depth += 1

    def release(self) -> None:
        """Let go of the lock."""
        self._depth -= 1
        if self._depth == 0:
            self._let_go()
        self._thread.release()

    def _let_go(self) -> None:
        while self._descriptors:
            descriptor = self._descriptors.pop()
            # Windows refuses to unlock what was never locked; closing lets go in any case.
            with suppress(OSError):
                _give(descriptor)
            # What stands in the ledger does not depend on it.
            with suppress(OSError):
                os.close(descriptor)

    def _wait(self, descriptor: int, end: float, timeout: float) -> None:
        self._descriptors.append(descriptor)
        while True:
            try:
                _take(descriptor)
            except BlockingIOError as error:
                if held_back():
                    raise Locked(
                        f"{self._ledger.name}: stopped while another process was writing; nothing was added"
                    ) from error
                if time.monotonic() >= end:
                    raise Locked(self._busy(timeout)) from error
                time.sleep(_POLL)
            except PermissionError as error:
                # How Windows says that another holds it.
                if sys.platform != "win32" or time.monotonic() >= end:
                    raise Locked(self._busy(timeout)) from error
                time.sleep(_POLL)
            except OSError as error:
                raise WriteFailed(
                    f"{self._ledger}: cannot be locked here ({error.strerror}); nothing was added; "
                    "keep the ledger on a disk that has locks"
                ) from error
            else:
                return

    def _opened(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
        try:
            return os.open(self.path, flags, 0o600)
        except FileNotFoundError:
            raise Refused(f"{self.path.parent}: there is no such folder; create it, or choose another --file") from None
        except IsADirectoryError:
            raise Damaged(f"{self.path}: is a folder, where the ledger's lock should be; move it away") from None
        except OSError as error:
            raise WriteFailed(
                f"{self.path}: cannot be opened for writing ({error.strerror}); nothing was added; "
                "check the folder's permissions"
            ) from error

    def _busy(self, timeout: float) -> str:
        name = self.path.name.removesuffix(".lock")
        return (
            f"{name}: another process is writing to it, and did not finish within {timeout:g} s; nothing was added: "
            "try again when it is done"
        )
