"""Cosign a checkpoint: state that it extends every checkpoint of that ledger that one saw before."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from ledger.errors import Refused
from ledger.evidence.checkpoint import Checkpoint, parse_checkpoint
from ledger.evidence.extending import (
    Inconsistent,
    Known,
    Roots,
    check_by_proof,
    check_by_roots,
    check_extends,
    check_origin,
)
from ledger.evidence.proof import Consistency
from ledger.evidence.remembered import Remembered
from ledger.evidence.signing import ed25519
from ledger.evidence.signing.key_file import SigningKey, sign_at, with_signatures
from ledger.evidence.signing.note import (
    COSIGNATURE,
    ED25519,
    Checked,
    Note,
    VerifierKey,
    check_signatures,
    key_name,
)


class Show(Protocol):
    """What shows that a checkpoint extends a known one."""

    def __call__(self, known: Known, *, needed: bool) -> None:
        """Raise `Inconsistent` when it does not, and `Refused` when that cannot be told though it is needed."""


def check_cosigner(key: VerifierKey, where: str) -> None:
    """Raise `Refused` for a key that is no cosigner's."""
    if key.algorithm != COSIGNATURE:
        raise Refused(
            f"{where}: is a ledger's own key, and no cosigner's: a second person makes one with "
            "`ledger key new --cosigner --name NAME`"
        )


def check_log(note: Note, origin: str, keys: Sequence[VerifierKey], where: str) -> Checked:
    """Return who signed a checkpoint, which must be the ledger's own key if any are given.

    Raises `Refused` for keys that are not this ledger's, and `Inconsistent` when none of them signed.
    """
    for key in keys:
        if key.algorithm != ED25519:
            raise Refused(f"log-key: {key.name} is a cosigner's key, and no ledger's")
        if key.name != key_name(origin):
            raise Refused(
                f"log-key: is the key of {key.name!r}, and that of the ledger {origin!r} is {key_name(origin)!r}"
            )
    if keys:
        # That the library is missing says nothing about the signatures.
        ed25519.need()
    try:
        checked = check_signatures(note, keys, where)
    except Refused as error:
        raise Inconsistent(f"{error}; nothing was signed") from error
    if keys and not checked.signers:
        raise Inconsistent(f"{where}: is not signed with the --log-key; nothing was signed")
    return checked


def shown_by_proof(newer: Checkpoint, proof: Consistency, where: str, what: str) -> Show:
    """Return what shows by a consistency proof that a checkpoint extends a known one.

    A known one that need not be shown is passed over where the proof does not begin with it. Raises `Refused` for a
    proof about another checkpoint.
    """
    if proof.checkpoint != newer:
        raise Refused(f"{where}: is a proof about another checkpoint of {proof.checkpoint.size:,} entries, not {what}")

    def show(known: Known, *, needed: bool) -> None:
        size = known.checkpoint.size
        if 0 < size < newer.size and size != proof.old:
            if needed:
                raise Refused(
                    f"{where}: the proof begins with {proof.old:,} entries, and the last checkpoint seen has {size:,} "
                    f"({known.where}): have one made with `ledger prove` that begins there"
                )
            return
        check_by_proof(newer, known, proof.hashes, what)

    return show


def shown_by_roots(newer: Checkpoint, roots: Roots, what: str) -> Show:
    """Return what shows by a ledger's own roots that a checkpoint extends a known one."""

    def show(known: Known, *, needed: bool) -> None:
        del needed
        check_by_roots(newer, known, roots, what)

    return show


def shown_by_nothing(newer: Checkpoint, what: str) -> Show:
    """Return what shows no more than two checkpoints do by themselves."""

    def show(known: Known, *, needed: bool) -> None:
        check_extends(newer, known, what)
        if needed and 0 < known.checkpoint.size < newer.size:
            raise Refused(
                f"{what}: nothing here shows that it continues {known.where}: give a --proof, which whoever keeps the "
                "ledger makes with `ledger prove`, or the ledger itself with --file"
            )

    return show


def cosigned(
    note: Note, last: tuple[Known, Note] | None, show: Show, key: SigningKey, place: Path, time: int, *, first: bool
) -> Note:
    """Return a checkpoint's note with a cosignature, after keeping it as the newest one seen.

    `last` is the last checkpoint that was seen, if it is known beside what is kept at the key; without both, it must be
    said that this is the `first`. The larger of them must be shown to be extended, and so must the other, unless the
    larger one bears this key's own cosignature. Raises `Refused`, `Inconsistent`, `Damaged`, `Locked` and `WriteFailed`.
    """
    newer = parse_checkpoint(note.text)
    remembered = Remembered(place, key.key, newer.origin)
    with remembered.held():
        known = _known(remembered, last, key.key)
        if not known and not first:
            raise Refused(
                f"last: no earlier checkpoint of {newer.origin!r} was seen with this key: give the last one that you saw "
                "with --last, or say with --first that there was none"
            )
        vouched = False
        for one, own in known:
            show(one, needed=not vouched)
            vouched = vouched or own
        signature = sign_at(key, note.text, time)
        if not any(one.checkpoint == newer and one.where == str(remembered.path) for one, _ in known):
            remembered.write(Note(note.text, (signature,)))
    return with_signatures(note, [signature])


def _known(remembered: Remembered, last: tuple[Known, Note] | None, key: VerifierKey) -> list[tuple[Known, bool]]:
    """Return what was seen, the largest first, and of each whether this key cosigned it."""
    seen = remembered.read()
    known = [] if seen is None else [(Known(str(remembered.path), seen), True)]
    if last is not None:
        check_origin(last[0], remembered.origin)
        known.append((last[0], bool(check_signatures(last[1], [key], last[0].where).signers)))
    return sorted(known, key=lambda item: item[0].checkpoint.size, reverse=True)
