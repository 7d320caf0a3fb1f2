"""`ledger verify-proof`: check a proof with nothing but what one trusts; no ledger, no network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ledger.cli import options as o
from ledger.cli.output import chosen, put
from ledger.errors import Refused
from ledger.render.rows import as_json
from ledger.render.safe import plain

if TYPE_CHECKING:
    from ledger.evidence.checking import Entry, Trusted
    from ledger.evidence.holding import Claim
    from ledger.evidence.proof import Consistency, Inclusion
    from ledger.evidence.signing.note import VerifierKey
    from ledger.evidence.signing.trust import Signed

# Every key of the record, as it is of a check that failed.
_EMPTY: Final[dict[str, Any]] = {"schema": "ledger-proof/1", "ok": False} | dict.fromkeys(
    (
        "file", "problem", "kind", "origin", "size", "root", "same_as", "signed", "signed_by", "unknown_keys", "entries",
        "old", "not_proved",
    )
)  # fmt: skip
# The longest line of a ledger has 60 MiB, which is 80 in base64.
_LONGEST: Final = 96 << 20
_NOTHING: Final = "NOTHING IS PROVED"
_NOT_PROVED: Final = (
    "that what the entry says is true",
    "when it was recorded: the time in it is the keeper's own, as is every date",
    "that there are no other entries about the same order, or later corrections",
)
_NOT_PROVED_BETWEEN: Final = (
    "that what any entry says is true, or when it was recorded",
    "that there is no second ledger that goes on otherwise from the older checkpoint",
)


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The proof.", show_default=False)],
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            "--checkpoint",
            help="A checkpoint that you trust; of a proof between two, the older one, and the newer if you have it.",
            show_default=False,
        ),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            "--key", help="A public key that you trust, or a file with it; may be repeated.", show_default=False
        ),
    ] = None,
    output: Annotated[str | None, typer.Option("-O", "--output-format", help="table or json.")] = None,
    out: o.OutOption = None,
) -> None:
    """Check a proof that `ledger prove` made, and say what it proves and what it does not.

    It needs no ledger and no network, but something that you trust: a checkpoint that you hold, or the public key of
    who signed the one in the proof. Without either nothing is proved, and exit code 1 says so.

    Example: ledger verify-proof order.tlog-proof --checkpoint 2021-02.checkpoint

    Example: ledger verify-proof february.proof --checkpoint 2021-01.checkpoint --key example-platform.vkey
    """
    from ledger.evidence.extending import Inconsistent
    from ledger.evidence.holding import read_claims
    from ledger.evidence.proof import Consistency, parse_proof
    from ledger.evidence.signing.trust import read_keys

    form = chosen(output, out, ("table", "json"))
    try:
        with file.open("rb") as opened:
            raw = opened.read(_LONGEST + 1)
    except OSError as error:
        raise Refused(f"{file}: cannot be read ({error.strerror})") from error
    if len(raw) > _LONGEST:
        raise Refused(f"{file}: has more than {_LONGEST >> 20} MiB: no proof is as long")
    proof = parse_proof(raw, str(file))
    claims, keys = read_claims(checkpoint or []), read_keys(key or [])
    try:
        if isinstance(proof, Consistency):
            record, text = _of_ledger(proof, claims, keys)
        else:
            record, text = _of_entries(proof, claims, keys)
    except Inconsistent as error:
        if form == "json":
            put(as_json(_EMPTY | {"file": plain(str(file)), "problem": str(error)}), out)
        raise
    if form == "json":
        put(as_json(_EMPTY | {"file": plain(str(file))} | record), out)
    else:
        put(text, out)
    if text.startswith(_NOTHING):
        raise typer.Exit(1)


def _of_entries(proofs: list[Inclusion], claims: list[Claim], keys: list[VerifierKey]) -> tuple[dict[str, Any], str]:
    """Return what the proofs of entries show, as a record and in words."""
    from ledger.evidence.checking import check_entry, check_trust, span

    if len({proof.note.text for proof in proofs}) > 1:
        raise Refused("its proofs are at different checkpoints: check each by itself")
    entries = [check_entry(proof) for proof in proofs]
    trusted = check_trust(proofs[0].note, proofs[0].checkpoint, claims, keys)
    found = trusted.checkpoint
    numbers = ", ".join(str(entry.seq) for entry in entries)
    one = len(entries) == 1
    what = f"entry {numbers} of" if one else f"entries {numbers} of"
    private = any(entry.private for entry in entries)
    if trusted.binds:
        claim = (
            f"PROVED: {what} the ledger {plain(found.origin)!r}, as its checkpoint of {span(found.size)} states it, "
            f"{'is' if one else 'are'}, byte for byte, what is shown below"
            + (", but that what is disclosed of private fields stands in it as digests." if private else ".")
        )
        lines = [claim, *_whose(trusted), "Not proved:", *(f"- {text}" for text in _NOT_PROVED)]
    else:
        claim = (
            f"{_NOTHING}: neither a checkpoint that you trust nor the key of who signed was given, and anybody can make "
            f"a ledger and a proof of it. All that was found is that the proof fits together: {what} what calls itself "
            f"the ledger {plain(found.origin)!r}, of {span(found.size)}."
        )
        lines = [claim, *_whose(trusted)]
    record = {
        "ok": trusted.binds,
        "kind": "inclusion",
        **_record(trusted),
        "entries": [_entry(entry) | {"entry": entry.members} for entry in entries],
        "not_proved": list(_NOT_PROVED),
    }
    return record, "\n".join(lines) + "\n" + "".join("\n" + _shown(entry) for entry in entries)


def _of_ledger(proof: Consistency, claims: list[Claim], keys: list[VerifierKey]) -> tuple[dict[str, Any], str]:
    """Return what the proof that one checkpoint continues another shows, as a record and in words."""
    from ledger.evidence.checking import check_consistency, span

    old, own, trusted = check_consistency(proof, claims, keys)
    new = trusted.checkpoint
    added = f"what was added after them: {span(new.size - proof.old)}" if proof.old < new.size else "none was added"
    # Whoever made the newer checkpoint could have made it for this: it is proved of that ledger, and not of anybody's.
    head = "PROVED" if trusted.binds else "CONTINUES (but whose the newer checkpoint is, is not shown)"
    claim = (
        f"{head}: the ledger {plain(new.origin)!r}, as its checkpoint of {span(new.size)} states it, begins with the same "
        f"{span(proof.old)}, byte for byte and in the same order, that {plain(old.name)} counts: none of them was changed, "
        f"moved or taken out, and none put in among them; {added}."
    )
    lines = [claim, _whose_older(old.name, own), *_whose(trusted)]
    lines += ["Not proved:", *(f"- {text}" for text in _NOT_PROVED_BETWEEN)]
    record = {
        "ok": True,
        "kind": "consistency",
        "old": {"file": old.name, "size": old.checkpoint.size, "root": old.checkpoint.root.hex()},
        **_record(trusted),
        "not_proved": list(_NOT_PROVED_BETWEEN),
    }
    return record, "\n".join(lines) + "\n"


def _whose_older(name: str, own: Signed) -> str:
    """Say on whose word the older checkpoint is, beside the reader's own."""
    from ledger.evidence.signing.trust import told

    if own.by:
        return f"The older one, {plain(name)}, is signed by {plain(told(own.by))}, whose key you trust."
    if own.signed:
        return f"Who signed the older one, {plain(name)}, WAS NOT CHECKED: it is as you trust it."
    return f"The older one, {plain(name)}, IS NOT SIGNED: it is as you trust it."


def _whose(trusted: Trusted) -> list[str]:
    """Say on whose word a checkpoint is."""
    from ledger.evidence.signing.trust import moment

    by = trusted.signed
    lines = [f"That checkpoint is the same as {plain(name)}, which you trust." for name in trusted.files]
    for name, time in by.by:
        if time is None:
            lines.append(f"That checkpoint is signed by {plain(name)}, whose key you trust.")
        else:
            lines.append(
                f"That checkpoint is cosigned by {plain(name)}, whose key you trust, and who states to have seen it at "
                f"{moment(time)}."
            )
    if not by.signed and trusted.files:
        lines.append("It is not signed: it binds its keeper only towards whoever can show where they got it.")
    elif not by.signed:
        lines.append("It IS NOT SIGNED: it binds nobody, as anybody can write such lines.")
    elif by.unknown:
        lines.append(
            f"It bears signatures that WERE NOT CHECKED, as their keys were not given: {plain(', '.join(by.unknown))}."
        )
    if not trusted.binds:
        lines.append("So who made that checkpoint is not shown: give it with --checkpoint if you have it, or a --key.")
    lines.append(f"Its root is {trusted.checkpoint.root.hex()}.")
    return lines


def _record(trusted: Trusted) -> dict[str, Any]:
    found, by = trusted.checkpoint, trusted.signed
    return {
        "origin": found.origin,
        "size": found.size,
        "root": found.root.hex(),
        "same_as": list(trusted.files),
        "signed": by.signed,
        "signed_by": [{"name": name, "cosigned_at": time} for name, time in by.by],
        "unknown_keys": list(by.unknown),
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "leaf_hash": entry.leaf.hex(),
        "private": entry.private,
        "not_disclosed": entry.not_disclosed,
    }


def _shown(entry: Entry) -> str:
    """Return an entry as `ledger show` does; of corrections nothing is known here."""
    import json

    lines = [f"entry {entry.seq}"]
    for name, value in entry.members.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        lines.append(f"  {plain(name)}: {plain(text)}")
    lines.append(f"  leaf hash: {entry.leaf.hex()}")
    if entry.private:
        lines.append(f"private, digests alone in the line: {plain(', '.join(entry.private))}")
    if entry.not_disclosed:
        lines.append(f"not disclosed here: {entry.not_disclosed:,} private values")
    return "\n".join(lines) + "\n"
