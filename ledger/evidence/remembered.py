"""The newest checkpoint that a key has signed: kept beside it, so that it never signs what contradicts it.

Beside a ledger's key `NAME.key` it is the file `NAME.key.signed`; beside a cosigner's, who sees many ledgers, it is a
file for each of them in the folder `NAME.key.seen`, named after the origin as keys are named. Each holds the checkpoint
with the key's own signature, which is checked when it is read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ledger.errors import Damaged, Refused, WriteFailed
from ledger.evidence.checkpoint import Checkpoint, parse_checkpoint
from ledger.evidence.signing.keyring import file_name
from ledger.evidence.signing.note import (
    COSIGNATURE,
    MOST_BYTES,
    Note,
    VerifierKey,
    check_signatures,
    format_note,
    parse_note,
)
from ledger.evidence.signing.whole import make_folder, replace_whole
from ledger.journal.lock import LedgerLock

_PATIENCE: Final = 10.0


class Remembered:
    """The newest checkpoint that a key signed for one origin; to be read and changed under `held`."""

    def __init__(self, key_path: Path, key: VerifierKey, origin: str) -> None:
        self.key = key
        self.origin = origin
        # However the key is reached, there is one place beside it.
        key_path = self._key_path = Path(os.path.realpath(key_path))
        if key.algorithm == COSIGNATURE:
            self.path = key_path.with_name(f"{key_path.name}.seen") / file_name(origin)
        else:
            self.path = key_path.with_name(f"{key_path.name}.signed")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the key against all others who would sign with it; raises `Locked` or `WriteFailed`."""
        lock = LedgerLock(self._key_path)
        lock.acquire(_PATIENCE)
        try:
            yield
        finally:
            lock.release()

    def read(self) -> Checkpoint | None:
        """Return the checkpoint, or None before the first; raises `Damaged` for a file that this key did not sign.

        Raises `Refused` when the key signs for another origin.
        """
        try:
            with self.path.open("rb") as file:
                raw = file.read(MOST_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Damaged(f"{self.path}: cannot be read ({error.strerror}); nothing was signed") from error
        try:
            note = parse_note(raw)
            found = parse_checkpoint(note.text)
            signers = check_signatures(note, [self.key]).signers
        except Refused as error:
            raise Damaged(self._changed(str(error))) from error
        if not signers:
            raise Damaged(self._changed("it is not signed by the key"))
        if found.origin != self.origin:
            raise Refused(
                f"{self.path}: the key {self.key.name} signs for the ledger {found.origin!r}, and this one is "
                f"{self.origin!r}: a key signs for one ledger alone; make another with `ledger key new -o FILE`"
            )
        return found

    def _changed(self, why: str) -> str:
        return (
            f"{self.path}: should hold the checkpoint that this key signed last, and was changed ({why}); nothing was "
            "signed: put the last one that you gave away in its place"
        )

    def write(self, note: Note) -> None:
        """Keep a checkpoint with the key's signature, durably; raises `WriteFailed`."""
        try:
            if self.key.algorithm == COSIGNATURE:
                make_folder(self.path.parent)
            replace_whole(self.path, format_note(note))
        except OSError as error:
            raise WriteFailed(
                f"{self.path}: the checkpoint could not be kept ({error.strerror}), so it is not given away either"
            ) from error
