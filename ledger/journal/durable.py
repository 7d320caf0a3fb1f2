"""What is asked of the operating system so that bytes, and the names of files, stay on the disk."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path


def write_once(descriptor: int, block: bytes | bytearray) -> int:
    """Write a block and return its length; raises `OSError` when the disk took only a part."""
    written = os.write(descriptor, block)
    if written != len(block):
        raise OSError(errno.ENOSPC, "the disk took only a part")
    return written


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of some bytes, in as many parts as the disk takes them."""
    while data:
        data = data[os.write(descriptor, data) :]


def sync_folder(path: Path) -> None:
    """Make the name of a new file durable."""
    if os.name != "posix":
        return
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        close(descriptor)


def close(descriptor: int) -> None:
    """Close a file of which nothing more is wanted: what was written is synced by then, or taken back."""
    with suppress(OSError):
        os.close(descriptor)


if hasattr(os, "pread"):
    pread = os.pread
else:

    def pread(descriptor: int, size: int, start: int) -> bytes:
        """Read from a place of a file; where it stands means nothing then."""
        os.lseek(descriptor, start, os.SEEK_SET)
        return os.read(descriptor, size)
