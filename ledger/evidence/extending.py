"""What a newer checkpoint must be to an older one of the same ledger: longer or the same, and never another."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ledger.errors import LedgerError, Refused
from ledger.evidence.checkpoint import Checkpoint
from ledger.evidence.tree import EMPTY, holds_consistency

# Returns the root over the first so many entries.
Roots = Callable[[int], bytes]


class Inconsistent(LedgerError):
    """A check failed: two things that should be of one ledger are not."""

    exit_code = 1


class Known(NamedTuple):
    """A checkpoint that is known already, and where it comes from."""

    where: str
    checkpoint: Checkpoint


def check_origin(known: Known, origin: str) -> None:
    """Raise `Refused` for a checkpoint of another ledger."""
    if known.checkpoint.origin != origin:
        raise Refused(
            f"{known.where}: is a checkpoint of the ledger {known.checkpoint.origin!r}, and this one is {origin!r}"
        )


def check_extends(newer: Checkpoint, known: Known, what: str) -> None:
    """Raise `Inconsistent` when a checkpoint alone shows that it does not extend a known one.

    `what` says what is being checked. A longer one may still be that of another ledger: see the two below.
    """
    older = known.checkpoint
    if older.size == 0 and older.root != EMPTY:
        raise Inconsistent(f"{known.where}: has no entries, and yet a root that is not that of an empty ledger")
    if newer.size == 0 and newer.root != EMPTY:
        raise Inconsistent(f"{what}: has no entries, and yet a root that is not that of an empty ledger")
    if newer.size < older.size:
        raise Inconsistent(
            f"{what}: has {newer.size:,} entries, fewer than the {older.size:,} of {known.where}: "
            f"entries were cut off, or it is an older one{_next(known)}"
        )
    if newer.size == older.size and newer.root != older.root:
        raise Inconsistent(
            f"{what}: has {newer.size:,} entries as {known.where} has, but their content differs: "
            f"entries were changed, or these are two ledgers{_next(known)}"
        )


def check_part(checkpoint: Checkpoint, size: int, roots: Roots, what: str, ledger: str) -> None:
    """Raise `Inconsistent` unless a checkpoint states what a ledger of so many entries is or was."""
    if checkpoint.size > size:
        raise Inconsistent(
            f"{what}: has {checkpoint.size:,} entries, and {ledger} has {size:,}: entries were cut off, or this copy of "
            "it is an older one; nothing was signed"
        )
    if roots(checkpoint.size) != checkpoint.root:
        raise Inconsistent(
            f"{what}: does not state what the first {checkpoint.size:,} entries of {ledger} are: entries were changed, "
            "taken out or put in, or it is of another ledger; nothing was signed"
        )


def check_by_roots(newer: Checkpoint, known: Known, roots: Roots, what: str) -> None:
    """Raise `Inconsistent` unless a ledger's own roots show that a checkpoint extends a known one."""
    check_extends(newer, known, what)
    older = known.checkpoint
    if roots(older.size) != older.root:
        raise Inconsistent(
            f"{what}: has {newer.size:,} entries, but the first {older.size:,} are not those of {known.where}: "
            f"entries were changed, taken out or put in{_next(known)}"
        )


def check_by_proof(newer: Checkpoint, known: Known, proof: Sequence[bytes], what: str) -> None:
    """Raise `Inconsistent` unless a consistency proof shows that a checkpoint extends a known one."""
    check_extends(newer, known, what)
    older = known.checkpoint
    # All ledgers begin with none, and one of as many entries was compared above.
    if 0 < older.size < newer.size and not holds_consistency(older.size, newer.size, proof, older.root, newer.root):
        raise Inconsistent(
            f"{what}: has {newer.size:,} entries, and the proof does not show that the first {older.size:,} are those of "
            f"{known.where}: the proof is another's, or entries were changed, taken out or put in"
        )


def _next(known: Known) -> str:
    return f"; nothing was signed: see what happened with ledger verify --checkpoint {shlex.quote(known.where)}"
