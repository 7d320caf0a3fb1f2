"""Results too long for the memory: written aside while they are made, and given out once they are whole."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from ledger.cli.output import check_output, printing
from ledger.errors import WriteFailed

# What standard output waits for in memory before it goes to a temporary file, in bytes.
_IN_MEMORY: Final = 4 << 20


class Spool:
    """Text on its way out: `size` in bytes and `sha256` in hex are those of what was written last."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file, self._name = file, name
        self.size = 0
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """The SHA-256 of what was written."""
        return self._hash.hexdigest()

    def write(self, texts: Iterable[str]) -> None:
        """Write texts in the place of all that was written before; raises `WriteFailed`."""
        try:
            self._file.seek(0)
            self._file.truncate(0)
            self.size = 0
            self._hash = hashlib.sha256()
            for text in texts:
                raw = text.encode()
                self._file.write(raw)
                self._hash.update(raw)
                self.size += len(raw)
            self._file.flush()
        except OSError as error:
            raise WriteFailed(f"{self._name}: cannot be written ({error.strerror}); nothing was written") from error


@contextmanager
def spooled(out: Path | None) -> Iterator[Spool]:
    """Give what takes a result, and put it into a file or on standard output at the end, if nothing was raised.

    Raises `WriteFailed` when it cannot be written, and then a file is as it was; `Refused` where it would take the place
    of a ledger or a key.
    """
    if out is None:
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
            yield Spool(file, "the temporary folder")
            file.seek(0)
            with printing() as stream:
                shutil.copyfileobj(file, stream)
        return
    check_output(out)
    scratch = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with _writing(out), scratch.open("wb") as file:
            yield Spool(file, str(out))
            file.flush()
            os.fsync(file.fileno())
        with _writing(out):
            os.replace(scratch, out)
    finally:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)


@contextmanager
def _writing(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WriteFailed(f"{out}: cannot be written ({error.strerror}); it is as it was") from error
