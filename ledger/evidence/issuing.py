"""Issue a checkpoint of a ledger: of all its whole lines at one moment, and signed only if it extends those before."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from ledger.errors import Damaged, Refused, WriteFailed
from ledger.evidence.checkpoint import Checkpoint, format_checkpoint
from ledger.evidence.extending import Known, check_by_roots, check_origin
from ledger.evidence.remembered import Remembered
from ledger.evidence.signing.key_file import SigningKey, sign
from ledger.evidence.signing.note import ED25519, Note, VerifierKey, key_name
from ledger.journal.file import JournalFile
from ledger.model.entries import Genesis, line_decoder


class Tree(Protocol):
    """The tree over a ledger's entries."""

    @property
    def size(self) -> int:
        """How many entries there are."""

    def root(self, size: int) -> bytes:
        """Return the root over the first so many."""


def origin_of(file: JournalFile) -> str:
    """Return the name that a ledger was given when it was begun; raises `Damaged` for a file that has none."""
    try:
        entry = line_decoder.decode(file.first())
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise Damaged(f"{file.path}, line 1: {error}; run ledger verify") from error
    if not isinstance(entry, Genesis) or not entry.origin or not entry.origin.isprintable():
        raise Damaged(f"{file.path}, line 1: holds no origin that a checkpoint can state; run ledger verify")
    return entry.origin


def issue(tree: Tree, origin: str, known: Sequence[Known], what: str) -> Checkpoint:
    """Return the checkpoint of a ledger as it is; raises `Inconsistent` when it does not extend each known one.

    No lock is needed: lines are only ever added, so those that are whole at some moment are a ledger.
    """
    newest = Checkpoint(origin, tree.size, tree.root(tree.size))
    for one in known:
        check_origin(one, origin)
        check_by_roots(newest, one, tree.root, what)
    return newest


def check_key(key: VerifierKey, origin: str, where: str) -> None:
    """Raise `Refused` for a key that is not this ledger's own."""
    if key.algorithm != ED25519:
        raise Refused(f"{where}: is a cosigner's key: `ledger cosign` signs with it; a ledger has a key of its own")
    if key.name != key_name(origin):
        raise Refused(
            f"{where}: is the key of {key.name!r}, and the ledger's is {key_name(origin)!r}: a key signs for one "
            "ledger alone; `ledger key new` makes its own"
        )


def issue_signed(
    tree: Tree, origin: str, known: Sequence[Known], what: str, key: SigningKey, place: Path
) -> tuple[Checkpoint, Note]:
    """Return a signed checkpoint of a ledger that is locked and synced, after keeping it beside the key.

    Whoever adds must be locked out: what they wrote but did not yet sync may be taken back, and a checkpoint that
    counts it would then accuse an honest ledger. Raises as `issue` does, `Damaged`, `Locked` and `WriteFailed`.
    """
    remembered = Remembered(place, key.key, origin)
    with remembered.held():
        last = remembered.read()
        before = [Known(str(remembered.path), last)] if last is not None else []
        newest = issue(tree, origin, [*before, *known], what)
        text = format_checkpoint(newest)
        note = Note(text, (sign(key, text),))
        # Before it is given away: a checkpoint that nobody remembers could be contradicted by the next.
        if newest != last:
            remembered.write(note)
    return newest, note


def sync(path: Path) -> None:
    """Make durable what is in a ledger's file; raises `WriteFailed`."""
    try:
        descriptor = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise WriteFailed(
            f"{path}: the disk does not confirm its lines ({error.strerror}); nothing was signed"
        ) from error
