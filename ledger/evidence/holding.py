"""Hold a ledger's file against checkpoints: one pass over it for the format and for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ledger.evidence.chain import changes
from ledger.evidence.checkpoint import Checkpoint, read_checkpoint
from ledger.evidence.judgement import Given, State, Verdict, holds, judge, judge_links
from ledger.evidence.signing.note import Note, VerifierKey
from ledger.evidence.signing.trust import Signed, signed
from ledger.evidence.verification import Verification, verify_file
from ledger.journal.file import JournalFile


class Held(NamedTuple):
    """A checkpoint and what came of it: who signed it, whether the ledger extends it, what is wrong if anything is."""

    name: str
    checkpoint: Checkpoint
    holds: bool
    signed: Signed
    verdict: Verdict | None


class Outcome(NamedTuple):
    """What verification found, what the links alone show to have happened, and what came of each checkpoint."""

    found: Verification
    verdict: Verdict | None
    held: list[Held]


class Claim(NamedTuple):
    """A checkpoint as it was given: its name, what it states, the note that it is the text of."""

    name: str
    checkpoint: Checkpoint
    note: Note


def read_claims(paths: Sequence[Path]) -> list[Claim]:
    """Read checkpoints; raises `Refused` for a file that holds none."""
    return [Claim(str(path), *read_checkpoint(path)) for path in paths]


def verify(
    file: JournalFile,
    claims: Sequence[Claim],
    keys: Sequence[VerifierKey],
    progress: Callable[[int, int], None] | None = None,
) -> Outcome:
    """Check a ledger's file and that it extends each checkpoint; with keys, that one of them signed each."""
    found = verify_file(file, progress, sizes=[claim.checkpoint.size for claim in claims])
    state = state_of(file, found)
    given = [Given(claim.name, claim.checkpoint) for claim in claims]
    held = []
    for claim, one, verdict in zip(claims, given, judge(given, state), strict=True):
        by = signed(claim.note, keys, claim.name)
        held.append(Held(claim.name, claim.checkpoint, holds(one, state), by, verdict or _unsigned(by, keys)))
    return Outcome(found, judge_links(state), held)


def state_of(file: JournalFile, found: Verification) -> State:
    """Return what is known of a ledger after its verification; its links are looked at where something was found."""
    links = changes(raw for _, raw in file.scan(end=found.bytes)) if found.lines and found.findings else []
    return State(found.origin, found.lines, found.roots, found.back, links)


def _unsigned(by: Signed, keys: Sequence[VerifierKey]) -> Verdict | None:
    """Return what is wrong with a checkpoint that holds, where keys were given, but is not signed by one of them."""
    if by.forged:
        return Verdict("forged-signature", None, None, by.forged)
    if not keys or by.by:
        return None
    what = "by keys that were not given" if by.signed else "by nobody"
    return Verdict("not-signed", None, None, f"not signed by any key that was given: it is signed {what}")


def refuse_unless_extended(outcome: Outcome, where: str) -> None:
    """Raise `Inconsistent` with the first thing that is wrong with a checkpoint."""
    from ledger.evidence.extending import Inconsistent

    for held in outcome.held:
        if held.verdict is not None:
            raise Inconsistent(f"{held.name}: {where} does not extend it: {held.verdict.text}")


def as_record(held: Held) -> dict[str, Any]:
    """Return what came of a checkpoint as plain values."""
    return {
        "file": held.name,
        "origin": held.checkpoint.origin,
        "size": held.checkpoint.size,
        "root": held.checkpoint.root.hex(),
        "holds": held.holds,
        "signed": held.signed.signed,
        "signed_by": [{"name": name, "cosigned_at": time} for name, time in held.signed.by],
        "unknown_keys": list(held.signed.unknown),
        "verdict": None if held.verdict is None else held.verdict._asdict(),
    }
