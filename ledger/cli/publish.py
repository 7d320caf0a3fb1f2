"""`ledger publish`: a copy of the ledger for the public."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ledger.cli import options as o
from ledger.cli.output import emit, put
from ledger.errors import Refused, WriteFailed
from ledger.render.rows import as_json
from ledger.render.safe import plain

if TYPE_CHECKING:
    from ledger.book import Ledger
    from ledger.evidence.checkpoint import Checkpoint
    from ledger.evidence.publishing.publication import Published
    from ledger.index.database import Index

CHECKPOINT: Final = "checkpoint.txt"


def command(
    ctx: typer.Context,
    folder: Annotated[
        Path, typer.Option("-o", "--output", help="A folder that is not there yet, or empty.", show_default=False)
    ],
    file: o.FileOption = None,
    disclose: Annotated[
        list[str] | None,
        typer.Option(
            "--disclose",
            help="A private field, a target, or all: what the copy shows of what is private; may be repeated.",
            show_default=False,
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            "--checkpoint", help="The checkpoint to give along; else one is made, unsigned.", show_default=False
        ),
    ] = None,
    include_confidential: Annotated[
        bool, typer.Option("--include-confidential", help="Show confidential orders too.")
    ] = False,
) -> None:
    """Make a folder that anybody can check: the ledger, chosen disclosures, a checkpoint, the report, a page that says how.

    Every line is the same as in the ledger, so its checkpoints and proofs hold for the copy. Private fields stand in it as
    digests, but for what you disclose. Lines of confidential orders are withheld: their hashes are shown, and how they
    count, without names, authority and reference. All other fields are published as they are.

    Example: ledger publish -o public --checkpoint 2021-02.checkpoint

    Example: ledger publish -o public --disclose sources --disclose @example_handle
    """
    from ledger.evidence.publishing.publication import write_copy
    from ledger.evidence.signing.whole import create_whole
    from ledger.index.database import Index
    from ledger.journal.durable import sync_folder

    scratch = _scratch(folder)
    target = o.Chosen(ctx, file)
    with target.reading() as book:
        try:
            # What is shown to others never rests on a cache: one row missing there, and a secret would be out.
            with closing(Index(book.file, fresh=True)) as index:
                stated, note = _checkpoint(index, book, checkpoint)
                scratch.mkdir(mode=0o755)
                done = write_copy(index, scratch, disclose or [], confidential=include_confidential)
            create_whole(scratch / CHECKPOINT, note, 0o644)
            from ledger import questions

            report = questions.report(book, confidential=include_confidential)
            put(as_json(report), scratch / "report.json")
            put(_page(done, stated, signed=b"\n\n" in note), scratch / "index.html")
            if folder.exists():
                folder.rmdir()
            os.replace(scratch, folder)
            sync_folder(folder.resolve())
        except OSError as error:
            raise WriteFailed(f"{folder}: cannot be written ({error.strerror}); nothing was published") from error
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    emit(_told(done, folder))
    if done.related:
        o.warn(f"{done.related:,} orders are withheld that are not confidential themselves, as they name one that is")
    if b"\n\n" not in note:
        o.warn(
            "its checkpoint is not signed: it binds nobody; `ledger key new`, `ledger checkpoint -o FILE`, then --checkpoint FILE"
        )


def _scratch(folder: Path) -> Path:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"output: {folder}: is there already and not empty: choose a new folder")
    if not folder.resolve().parent.is_dir():
        raise Refused(f"output: {folder.resolve().parent}: there is no such folder; create it first")
    scratch = folder.resolve().with_name(f".{folder.resolve().name}.{os.getpid()}")
    shutil.rmtree(scratch, ignore_errors=True)
    return scratch


def _checkpoint(index: Index, book: Ledger, given: Path | None) -> tuple[Checkpoint, bytes]:
    """Return the checkpoint that goes along, and the bytes of its file; raises `Refused` when it is not of this ledger."""
    from ledger.evidence.checkpoint import format_checkpoint, read_checkpoint
    from ledger.evidence.extending import Known
    from ledger.evidence.issuing import issue, origin_of
    from ledger.evidence.ledger_tree import LedgerTree
    from ledger.evidence.signing.note import format_note

    tree = LedgerTree(index)
    claim = read_checkpoint(given) if given is not None else None
    known = [Known(str(given), claim[0])] if claim is not None else []
    newest = issue(tree, origin_of(book.file), known, str(book.path))
    if claim is None:
        return newest, format_checkpoint(newest).encode()
    return claim[0], format_note(claim[1])


def _told(done: Published, folder: Path) -> str:
    text = f"published in {plain(str(folder))}: {done.lines:,} lines"
    if done.withheld:
        orders = done.orders + done.related
        text += f", {done.withheld:,} of them withheld ({orders:,} {'order' if orders == 1 else 'orders'})"
    if done.private:
        text += f"; private fields ({', '.join(done.private)}): {done.disclosed:,} disclosed, {done.kept:,} not"
    return text + "\n"


def _page(done: Published, stated: Checkpoint, *, signed: bool) -> str:
    """Return the page that says what the copy is, and how to check it."""
    from ledger.render.html import HtmlPage

    page = HtmlPage(f"{stated.origin}: how to check this ledger")
    say = page.say
    say(f"{stated.origin}: a ledger of orders and of what was done about them", "bold")
    say()
    say(
        f"This folder is a copy of it with {done.lines:,} lines. Each entry is one line of {'ledger.jsonl'}, numbered from 0."
    )
    if done.withheld:
        say(
            f"{done.withheld:,} lines are withheld, as they belong to {done.orders + done.related:,} orders that are confidential "
            "or name one that is. In their place stands their hash, so that nothing else can be put there, and how they "
            "count. How they count is the keeper's word: no hash covers it. report.json is the keeper's own count."
        )
    if done.private:
        say(
            f"The fields {', '.join(done.private)} are private: they stand in it as salted digests. "
            f"{done.disclosed:,} of their values are disclosed in ledger.jsonl.disclosed, {done.kept:,} are not. "
            "The same target has the same digest everywhere, so counts do not depend on what is disclosed."
        )
    say()
    say("How to check it", "bold")
    say("With Python 3.11 or newer: install the package compliance-ledger with pip. In this folder:")
    say(f"ledger --file ledger.jsonl verify --checkpoint {CHECKPOINT}" + (" --key VKEY" if signed else ""), indent=4)
    say("ledger --file ledger.jsonl report", indent=4)
    if signed:
        say(
            "VKEY is the public key of whoever signed the checkpoint. Take it from a place that you trust, and not from "
            "whoever gave you this folder."
        )
    else:
        say(
            "The checkpoint here is not signed, so it shows only that the folder fits together. Compare it with one "
            "that you got earlier, or from somebody else."
        )
    say(
        f"By hand: the hash of a line is SHA-256 over a zero byte and the line without its line feed; a withheld line states its "
        f"hash. Each line's member prev is the hash of the line before. The Merkle tree hash of RFC 6962 over the first "
        f"{stated.size:,} of these hashes is, in base64, the third line of {CHECKPOINT}. A disclosure is a line of "
        "ledger.jsonl.disclosed; the base64url of its SHA-256 is the digest that stands in the ledger (RFC 9901)."
    )
    if stated.size < done.lines:
        say(f"Lines after the first {stated.size:,} came after the checkpoint: nothing here binds them.")
    say()
    say("What that shows, and what it does not", "bold")
    say(
        "It shows that no entry was changed, moved or taken away since the checkpoint was given out, and that what is "
        "disclosed is what was recorded. It does not show that the entries are true, nor that every order was recorded."
    )
    return page.text()
