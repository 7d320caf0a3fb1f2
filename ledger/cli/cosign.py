"""`ledger cosign`: a second person states that a checkpoint continues all those that they saw before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli import options as o
from ledger.cli.checkpoint import replaced, tree_of
from ledger.cli.key import ready
from ledger.cli.output import put_bytes
from ledger.errors import Refused

if TYPE_CHECKING:
    from ledger.evidence.checkpoint import Checkpoint
    from ledger.evidence.cosigning import Show
    from ledger.evidence.signing.note import Checked, Note


def command(
    ctx: typer.Context,
    checkpoint: Annotated[Path, typer.Argument(help="The checkpoint's file.", show_default=False)],
    key: Annotated[
        Path, typer.Option("--key", help="Your own key; `ledger key new --cosigner` makes one.", show_default=False)
    ],
    file: o.FileOption = None,
    last: Annotated[
        Path | None,
        typer.Option("--last", help="The last checkpoint you saw; the newest that you cosigned is known already."),
    ] = None,
    proof: Annotated[
        Path | None,
        typer.Option("--proof", help="That it continues the last one, from `ledger prove`; else the ledger shows it."),
    ] = None,
    log_key: Annotated[
        list[str] | None,
        typer.Option(
            "--log-key",
            help="The ledger's public key, or a file with it, which must have signed; may be repeated.",
            show_default=False,
        ),
    ] = None,
    first: Annotated[bool, typer.Option("--first", help="It is the first one that you see.")] = False,
    out: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write to this file, which may be CHECKPOINT itself.")
    ] = None,
) -> None:
    """Confirm a checkpoint as a second person, with a key of your own.

    It adds a line that says: at this time, this was the newest state of the ledger that I saw, and nothing that I saw
    before was changed. That is checked first, and exit code 1 says that it does not hold. It says nothing about
    whether the entries are true.

    Example: ledger cosign 2021-02.checkpoint --key auditor.key --proof 2021-02.proof -o 2021-02.checkpoint
    """
    from ledger.evidence.checkpoint import read_checkpoint
    from ledger.evidence.cosigning import check_cosigner, check_log, cosigned
    from ledger.evidence.extending import Known
    from ledger.evidence.signing.note import format_note
    from ledger.evidence.signing.trust import read_keys

    newer, note = read_checkpoint(checkpoint)
    if not all(line.isprintable() for line in note.text.split("\n")):
        raise Refused(f"{checkpoint}: holds characters that cannot be shown, so nobody could see what is cosigned")
    if out is not None and (there := replaced(out)) is not None and there[0].checkpoint.origin != newer.origin:
        raise Refused(f"output: {out}: holds a checkpoint of another ledger: choose another -o")
    before = None
    if last is not None:
        found, note_of_last = read_checkpoint(last)
        before = (Known(str(last), found), note_of_last)
    keys = read_keys(log_key or [])
    _say_who(note, check_log(note, newer.origin, keys, str(checkpoint)), newer.origin, str(checkpoint))
    signing = ready(key, lambda found: check_cosigner(found, str(key)))
    with _shown(o.Chosen(ctx, file), proof, newer, str(checkpoint)) as show:
        whole = cosigned(note, before, show, signing, key, int(o.clock().timestamp()), first=first)
    put_bytes(format_note(whole), out)


def _say_who(note: Note, checked: Checked, origin: str, where: str) -> None:
    """Say on whose word the checkpoint is, as far as that is not known."""
    from ledger.evidence.signing.note import key_name

    name = key_name(origin)
    if all(found.name != name for found in note.signatures):
        o.warn(
            f"{where}: IS NOT SIGNED BY THE LEDGER: nothing shows that its keeper made it, and what you add does not "
            "say so either"
        )
    elif not checked.signers:
        o.warn(
            f"{where}: WHO SIGNED WAS NOT CHECKED: it bears the name {name}, which anybody can write; give the ledger's "
            "public key with --log-key"
        )


@contextmanager
def _shown(chosen: o.Chosen, proof: Path | None, newer: Checkpoint, what: str) -> Iterator[Show]:
    """Give what shows that a checkpoint extends those before it: a proof, the ledger itself, or nothing."""
    from ledger.evidence.checkpoint import read_limited
    from ledger.evidence.cosigning import shown_by_nothing, shown_by_proof, shown_by_roots
    from ledger.evidence.extending import check_part
    from ledger.evidence.issuing import origin_of
    from ledger.evidence.proof import parse_consistency

    if proof is not None:
        yield shown_by_proof(newer, parse_consistency(read_limited(proof), str(proof)), str(proof), what)
        return
    given = chosen.how != "the default"
    with chosen.reading() if given else chosen.open() as book:
        origin = origin_of(book.file) if book.exists() else None
        if origin == newer.origin:
            roots = tree_of(book, [newer.size])
            check_part(newer, roots.size, roots.root, what, chosen.label)
            yield shown_by_roots(newer, roots.root, what)
        elif given:
            raise Refused(f"{chosen.label}: is the ledger {origin!r}, and {what} is of {newer.origin!r}")
        else:
            yield shown_by_nothing(newer, what)
