"""Files that are there whole or not at all, and that stand once the call returns."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from ledger.journal.durable import sync_folder

_FLAGS: Final = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
)


def create_whole(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write a new file and sync it and its folder; raises `FileExistsError` where one is, and `OSError`."""
    _write_new(path, data, mode)
    try:
        sync_folder(path)
    except BaseException:
        os.unlink(path)
        raise


def replace_whole(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Put a file in the place of what was there, and sync both file and folder; raises `OSError`, and then it is as it was.

    Only when the very last step fails, the folder's sync, the new one may stand already.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    # One that a process of the same number left behind.
    with suppress(FileNotFoundError):
        os.unlink(scratch)
    _write_new(scratch, data, mode)
    try:
        os.replace(scratch, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(scratch)
        raise
    sync_folder(path)


def make_folder(path: Path) -> None:
    """Make a folder for its owner alone, and those above it, where they are missing; raises `OSError`."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
        sync_folder(path)


def _write_new(path: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(path, _FLAGS, mode)
    try:
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        with suppress(OSError):
            os.unlink(path)
        raise
