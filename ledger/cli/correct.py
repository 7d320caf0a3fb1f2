"""`ledger correct`: void or amend an earlier entry, which stays as it was written."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ledger.cli import options as o
from ledger.cli.output import record
from ledger.errors import Refused


def command(
    ctx: typer.Context,
    seq: Annotated[int, typer.Argument(help="The number of the entry.", show_default=False)],
    reason: Annotated[str, typer.Option(help="Why.", show_default=False)],
    file: o.FileOption = None,
    void: Annotated[bool, typer.Option("--void", help="The entry does not hold at all.")] = False,
    fields: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=VALUE: a field as it should be; null takes it away.")
    ] = None,
    source: o.SourceOption = None,
    note: o.NoteOption = None,
    output: o.JsonOption = "table",
) -> None:
    """Correct an entry. Nothing is erased: the entry and its correction are both shown, reports count the corrected view.

    Example: ledger correct 7 --set at=2021-02-02 --reason "typing mistake"

    Example: ledger correct 7 --void --reason "entered under the wrong order"
    """
    chosen = o.Chosen(ctx, file)
    with chosen.reading() as book:
        entry = book.table("entries").get(doc_id=seq) if seq >= 0 else None
        if entry is None:
            raise Refused(f"there is no entry {seq}: `ledger timeline --order ID` shows the numbers")
        kind = str(entry["kind"])
        given: dict[str, Any] = {"kind": "correction", "of": seq, "reason": reason}
        if void:
            given["void"] = True
        if fields:
            given["set"] = o.assigned(fields, kind if kind != "correction" else None, book.zone)
        given |= {name: value for name, value in {"sources": source, "note": note}.items() if value}
        record(book, given, chosen.label, output)
