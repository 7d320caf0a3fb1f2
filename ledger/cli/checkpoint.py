"""`ledger checkpoint`: what the ledger is at this moment, in three lines that others can hold it to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli import options as o
from ledger.cli.key import KeyOption, own_key, ready
from ledger.cli.output import put_bytes
from ledger.errors import Refused

if TYPE_CHECKING:
    from ledger.book import Ledger
    from ledger.evidence.checkpoint import Checkpoint
    from ledger.evidence.extending import Known
    from ledger.evidence.ledger_tree import LedgerTree
    from ledger.evidence.signing.note import Note, VerifierKey


def command(
    ctx: typer.Context,
    file: o.FileOption = None,
    key: KeyOption = None,
    unsigned: Annotated[bool, typer.Option("--unsigned", help="Do not sign, though there is a key.")] = False,
    since: Annotated[
        list[Path] | None,
        typer.Option(
            "--since", help="An earlier checkpoint that this one must extend; may be repeated.", show_default=False
        ),
    ] = None,
    output: Annotated[str | None, typer.Option("-O", "--output-format", help="note or json.")] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Write to this file; an earlier checkpoint there must be extended."),
    ] = None,
) -> None:
    """State how many entries the ledger has, and the one hash that stands for all of them.

    Whoever keeps this checkpoint can find out later whether any of these entries was changed, moved or taken away.
    It is signed when `ledger key new` made a key for the ledger. One that contradicts an earlier one is never signed.

    Example: ledger checkpoint -o 2021-02.checkpoint
    """
    from ledger.evidence.checkpoint import format_checkpoint, read_checkpoint
    from ledger.evidence.extending import Known, check_origin
    from ledger.evidence.issuing import check_key, issue, issue_signed, origin_of, sync
    from ledger.evidence.remembered import Remembered
    from ledger.evidence.signing.key_file import with_signatures
    from ledger.evidence.signing.note import Note, format_note, key_name

    form = _form(output, out)
    if unsigned and key is not None:
        raise Refused("unsigned: a --key is given, so it is not clear whether to sign: leave one of them out")
    target = o.Chosen(ctx, file)
    with target.reading() as book:
        origin = origin_of(book.file)
        there = None if out is None else replaced(out)
        known = [Known(str(path), read_checkpoint(path)[0]) for path in since or []]
        known += [] if there is None else [there[0]]
        for one in known:
            check_origin(one, origin)
        sizes = [one.checkpoint.size for one in known]
        name = key_name(origin)
        place = None if unsigned else key or own_key(name)
        # Asked for before anything is locked: whoever types may be slow.
        signing = ready(place, lambda found: check_key(found, origin, str(place))) if place is not None else None
        # What it signed before shows whether kept hashes up to there are right; what is new is hashed anew.
        last = Remembered(place, signing.key, origin).read() if signing is not None and place is not None else None
        believed = None if signing is None else last.size if last is not None else 0
        tree = tree_of(book, sizes, believed)
        if last is not None and last.size <= tree.size and tree.root(last.size) != last.root:
            # The index may be at fault, and not the ledger.
            believed = 0
            tree = tree_of(book, sizes, believed)
        newest = issue(tree, origin, known, target.label)
        note = Note(format_checkpoint(newest))
        if signing is not None and place is not None:
            # The long work is done by now: what is left to do while others wait is what they added meanwhile.
            with book.file.lock(book.timeout):
                # Somebody may have put another file in its place.
                book.file.close()
                book.refresh()
                sync(book.path)
                if origin_of(book.file) != origin:
                    raise Refused(f"{target.label}: another ledger was put in its place meanwhile; nothing was signed")
                tree = tree_of(book, sizes, believed, tree.made)
                newest, note = issue_signed(tree, origin, known, target.label, signing, place)
    if not note.signatures:
        o.warn(
            "this checkpoint is not signed: it proves nothing about who made it, as anybody can write such lines. To "
            + ("sign, leave --unsigned out" if own_key(name) else "sign, run `ledger key new` once, then this again")
        )
    if there is not None and there[1].text == note.text:
        # Nothing was added since: what others signed of it still holds.
        note = with_signatures(there[1], note.signatures)
    raw = format_note(note)
    if form == "json":
        from ledger.render.rows import as_json

        raw = as_json(_record(newest, note, [] if signing is None else [signing.key])).encode()
    put_bytes(raw, out)


def _form(output: str | None, out: Path | None) -> str:
    form = output or ("json" if out is not None and out.suffix.lower() == ".json" else "note")
    if form not in ("note", "json"):
        raise Refused(f"output-format: {form!r} is neither note nor json")
    return form


def tree_of(
    book: Ledger, sizes: list[int], believed: int | None = None, made: dict[int, bytes] | None = None
) -> LedgerTree:
    """Return the tree over a ledger's entries, with the roots over so many of them worked out."""
    from ledger.evidence.ledger_tree import LedgerTree

    def worked_out(_: object) -> LedgerTree:
        tree = LedgerTree(book.index, believed=believed, made=made)
        for size in (tree.size, *sizes):
            tree.root(min(size, tree.size))
        return tree

    return book.ask(worked_out)


def replaced(out: Path) -> tuple[Known, Note] | None:
    """Return the checkpoint in a file that is to be written, and its note, or None where there is none yet.

    Raises `Refused` for a file that holds anything else: that is hardly meant to be lost.
    """
    from ledger.evidence.checkpoint import parse_checkpoint
    from ledger.evidence.extending import Known
    from ledger.evidence.signing.note import MOST_BYTES, parse_note

    where = str(out)
    if out.exists() and not out.is_file():
        raise Refused(f"output: {where}: is not a file: choose another -o, or leave it out to print")
    try:
        with out.open("rb") as file:
            raw = file.read(2 * MOST_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Refused(f"output: {where}: cannot be read ({error.strerror})") from error
    try:
        if raw.startswith(b"{"):
            raw = _note_in(raw)
        note = parse_note(raw, where)
        return Known(where, parse_checkpoint(note.text, where)), note
    except Refused as error:
        raise Refused(f"output: {where}: is there already and holds no checkpoint: choose another -o") from error


def _note_in(raw: bytes) -> bytes:
    """Return the note within the JSON form."""
    import msgspec

    try:
        return msgspec.json.decode(raw, type=dict[str, Any])["note"].encode()  # type: ignore[no-any-return]
    except (msgspec.MsgspecError, KeyError, AttributeError, RecursionError) as error:
        raise Refused("holds no note") from error


def _record(checkpoint: Checkpoint, note: Note, keys: list[VerifierKey]) -> dict[str, Any]:
    from ledger.evidence.signing.note import encode_base64, format_note, format_vkey

    return {
        "schema": "ledger-checkpoint/1",
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "root_base64": encode_base64(checkpoint.root),
        "signed_by": [{"name": key.name, "cosigned_at": None} for key in keys],
        "keys": [format_vkey(key) for key in keys],
        "note": format_note(note).decode(),
    }
