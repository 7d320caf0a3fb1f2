"""`ledger check`: contradictions in what is recorded."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Annotated, Any

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

    Silent, with exit code 0, when there is nothing; else exit code 1. Names that differ by one slip of the hand are
    proposed as one target, which changes no exit code: `ledger alias` makes them one, nothing else does.

    Example: ledger check
    """
    form = chosen(output, out, FORMATS)
    with o.Chosen(ctx, file).reading() as book:
        rows = questions.check(book)
        near, too_many = questions.near_misses(book)
    if too_many:
        o.warn(f"the ledger holds {too_many:,} names, too many to look for slips of the hand among them")
    if form == "json":
        put(as_json({"schema": "ledger-check/1", "findings": rows, "near_misses": near}), out)
    elif form != "table":
        put(formatted([*rows, *map(_proposal, near)], _COLUMNS, form), out)
    elif rows or near:
        lines = [
            f"{plain(str(row['order'] or ''))}"
            + (f", entry {row['seq']}" if row["seq"] is not None else "")
            + f": {plain(row['text'])}\n"
            for row in (*rows, *map(_proposal, near))
        ]
        put("".join(lines), out)
    if rows:
        raise typer.Exit(1)


def _proposal(pair: Mapping[str, Any]) -> dict[str, Any]:
    """Return two names that may be one as a row like the others."""
    one, other = pair["targets"]
    text = (
        f"{one} may be {other} of {pair['orders'][1]}, misspelt or renamed: "
        f"if it is, `ledger alias {shlex.quote(one)} {shlex.quote(other)} "
        f'--platform {shlex.quote(pair["platform"])} --reason "…"`; if not, leave it'
    )
    return {"order": pair["orders"][0], "seq": None, "kind": "near-miss", "target": one, "text": text}
