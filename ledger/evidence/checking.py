"""Check a proof against what its reader trusts: checkpoints that they hold, or keys; it needs no ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from ledger.errors import Damaged, Refused
from ledger.evidence.checkpoint import Checkpoint
from ledger.evidence.extending import Inconsistent
from ledger.evidence.holding import Claim
from ledger.evidence.proof import Consistency, Inclusion, consistency_holds, inclusion_holds
from ledger.evidence.signing.note import Note, VerifierKey
from ledger.evidence.signing.trust import Signed, signed
from ledger.journal.line import decode_line, is_canonical
from ledger.journal.sealing import digests_in, read_disclosure, unseal
from ledger.model.entries import Withheld, line_decoder


class Trusted(NamedTuple):
    """A checkpoint within a proof: the names of those files of the reader's that state the same, and who signed it."""

    checkpoint: Checkpoint
    files: tuple[str, ...]
    signed: Signed

    @property
    def binds(self) -> bool:
        """Whether there is anybody's word for it that the reader trusts."""
        return bool(self.files or self.signed.by)


class Entry(NamedTuple):
    """An entry that was checked: its number, its leaf hash, its members in clear as far as they are disclosed.

    `private` names the members that stand in the line as digests; so many private values are not disclosed.
    """

    seq: int
    leaf: bytes
    members: dict[str, Any]
    private: list[str]
    not_disclosed: int


def check_trust(note: Note, checkpoint: Checkpoint, claims: Sequence[Claim], keys: Sequence[VerifierKey]) -> Trusted:
    """Return on whose word a checkpoint is; raises `Inconsistent` where a checkpoint or the keys speak against it."""
    signatures = dict.fromkeys(note.signatures)
    for claim in claims:
        _check_same(checkpoint, claim)
        if claim.note.text == note.text:
            # The reader's own copy may have been signed by more since.
            signatures |= dict.fromkeys(claim.note.signatures)
    by = signed(Note(note.text, tuple(signatures)), keys, "the proof's checkpoint")
    if by.forged:
        raise Inconsistent(by.forged)
    if keys and not by.by:
        who = f"by {', '.join(by.unknown)}" if by.unknown else "by nobody"
        raise Inconsistent(
            f"the proof's checkpoint is not signed by any key that was given, but {who}: nothing is proved"
        )
    return Trusted(checkpoint, tuple(claim.name for claim in claims), by)


def _check_same(checkpoint: Checkpoint, claim: Claim) -> None:
    own = claim.checkpoint
    if own.origin != checkpoint.origin:
        raise Inconsistent(f"{claim.name}: is of the ledger {own.origin!r}, and the proof of {checkpoint.origin!r}")
    if own.size != checkpoint.size:
        raise Inconsistent(
            f"{claim.name}: counts {own.size:,} entries, and the proof's checkpoint {checkpoint.size:,}: get a proof made at "
            f"{claim.name}, or check first that one continues the other (`ledger prove --since OLD --checkpoint NEW` "
            "makes that proof)"
        )
    if own.root != checkpoint.root:
        raise Inconsistent(
            f"{claim.name}: states another content for the same {own.size:,} entries than the proof's checkpoint: one of "
            "the two is of a ledger that was forked or rewritten"
        )
    if own.extensions != checkpoint.extensions:
        raise Inconsistent(
            f"{claim.name}: is not the proof's checkpoint: the lines after its root are others, so one of them was changed"
        )


def check_entry(proof: Inclusion) -> Entry:
    """Return the entry that a proof is of; raises `Inconsistent` when it does not lead to its own checkpoint."""
    where = f"entry {proof.seq}"
    if not inclusion_holds(proof):
        raise Inconsistent(
            f"{where}: the proof does not lead from the entry to its checkpoint: the entry, its number, the proof or the "
            "checkpoint was changed"
        )
    try:
        line = decode_line(proof.line)
    except Damaged as error:
        raise Inconsistent(f"{where}: is no line that a ledger holds: {error}") from error
    if not is_canonical(proof.line) or line.get("seq") != proof.seq or not _is_entry(line):
        raise Inconsistent(f"{where}: is no line that a ledger holds there: its form or the number in it is another")
    said = {}
    stated = set(digests_in(line))
    for text in proof.disclosures:
        try:
            disclosure = read_disclosure(text)
        except Refused as error:
            raise Inconsistent(f"{where}: {error}") from error
        if disclosure.digest not in stated:
            raise Inconsistent(
                f"{where}: what is disclosed is none of its private values: it was changed, or is another's"
            )
        said[disclosure.digest] = (disclosure.name, disclosure.value)
    clear = unseal(line, lambda digests: {digest: said[digest] for digest in digests if digest in said})
    private = sorted(name for name in clear if name != "_sd" and (name not in line or clear[name] != line[name]))
    return Entry(proof.seq, proof.leaf, clear, private, len(digests_in(clear)))


def _is_entry(line: dict[str, Any]) -> bool:
    """Tell whether a line is an entry, what is not disclosed in it taken for granted; one that is withheld is none."""
    try:
        entry = line_decoder.decode(msgspec.json.encode(unseal(line, lambda _: {})))
    except (msgspec.MsgspecError, RecursionError):
        return False
    return type(line["seq"]) is int and not isinstance(entry, Withheld)


def check_consistency(
    proof: Consistency, claims: Sequence[Claim], keys: Sequence[VerifierKey]
) -> tuple[Claim, Signed, Trusted]:
    """Return the older checkpoint, who signed it, and on whose word the newer one is; raises `Inconsistent`.

    The older one is that of the `claims` with as many entries as the proof says; the others must be the newer one.
    """
    new = proof.checkpoint
    old = next((claim for claim in claims if claim.checkpoint.size == proof.old), None)
    if old is None:
        counted = ", ".join(f"{claim.name} counts {claim.checkpoint.size:,}" for claim in claims)
        raise Inconsistent(
            f"the proof is that {new.size:,} entries continue {proof.old:,}: give the checkpoint of {proof.old:,} entries "
            f"that you trust with --checkpoint{f' ({counted})' if counted else ''}; without it nothing is proved"
        )
    if old.checkpoint.origin != new.origin:
        raise Inconsistent(f"{old.name}: is of the ledger {old.checkpoint.origin!r}, and the proof of {new.origin!r}")
    own = signed(old.note, keys, old.name)
    if own.forged:
        raise Inconsistent(own.forged)
    trusted = check_trust(proof.note, new, [claim for claim in claims if claim is not old], keys)
    if not consistency_holds(proof, old.checkpoint):
        raise Inconsistent(
            f"the proof does not show that the checkpoint of {new.size:,} entries continues {old.name}: the proof was "
            "changed, or the ledger was forked or rewritten"
        )
    return old, own, trusted


def span(size: int) -> str:
    """Return a number of entries in words."""
    return "1 entry" if size == 1 else f"{size:,} entries"
