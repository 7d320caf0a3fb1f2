"""`ledger timeline`: what happened to one target, or under one order."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli import options as o
from ledger.cli.completion import complete_order, complete_target
from ledger.cli.output import chosen, put
from ledger.errors import Refused
from ledger.render.rows import FORMATS, as_json, formatted

_COLUMNS = (
    "at",
    "at_kind",
    "order",
    "seq",
    "kind",
    "what",
    "before",
    "after",
    "where",
    "since_order",
    "stated_by",
    "sources",
    "reason",
    "note",
    "void",
)


def command(
    ctx: typer.Context,
    target: Annotated[
        str | None,
        typer.Argument(
            help="@name, hashtag:tag, https://… or kind:name.", autocompletion=complete_target, show_default=False
        ),
    ] = None,
    file: o.FileOption = None,
    order: Annotated[
        str | None, typer.Option(help="One order instead of a target.", autocompletion=complete_order)
    ] = None,
    output: Annotated[str | None, typer.Option("-O", "--output-format", help=f"{', '.join(FORMATS)}.")] = None,
    out: o.OutOption = None,
    color: o.ColorOption = "auto",
) -> None:
    """Tell what happened to an account, post, URL or hashtag, each step with who says so.

    Example: ledger timeline @kisanektamorcha

    Example: ledger timeline --order IN-MEITY-2021-01-31
    """
    form = chosen(output, out, FORMATS)
    if (target is None) == (order is None):
        raise Refused("say either a target or --order ID")
    from ledger.cli.finding import order_number
    from ledger.reports.timeline import Source, order_timeline, target_timeline

    with o.Chosen(ctx, file).reading() as book:
        source = Source(book.index.db, book.file.read, book.zone)
        story = order_timeline(source, order_number(book, order)) if order else target_timeline(source, target or "")
    if form == "table":
        from ledger.render import story as told

        put(told.as_text(story, color=color), out)
    elif form == "json":
        put(as_json({"schema": "ledger-timeline/1"} | story), out)
    else:
        put(formatted(story["events"], _COLUMNS, form), out)
