"""`ledger check`: contradictions in what is recorded."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger import questions
from ledger.cli import options as o
from ledger.cli.output import chosen, put
from ledger.render.rows import FORMATS, as_json, formatted
from ledger.render.safe import plain

_COLUMNS = ("order", "seq", "kind", "target", "text")


def command(
    ctx: typer.Context,
    file: o.FileOption = None,
    output: Annotated[str | None, typer.Option("-O", "--output-format", help=f"{', '.join(FORMATS)}.")] = None,
    out: o.OutOption = None,
) -> None:
    """List what does not fit together: entries that could not be booked whole, restrictions that no order demands any more.

    Silent, with exit code 0, when there is nothing; else exit code 1.

    Example: ledger check
    """
    form = chosen(output, out, FORMATS)
    with o.Chosen(ctx, file).reading() as book:
        rows = questions.check(book)
    if form == "json":
        put(as_json({"schema": "ledger-check/1", "findings": rows}), out)
    elif form != "table":
        put(formatted(rows, _COLUMNS, form), out)
    elif rows:
        lines = [
            f"{plain(str(row['order'] or ''))}"
            + (f", entry {row['seq']}" if row["seq"] is not None else "")
            + f": {plain(row['text'])}\n"
            for row in rows
        ]
        put("".join(lines), out)
    if rows:
        raise typer.Exit(1)
