"""`ledger timeline`: what happened to one target, or under one order."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger import questions
from ledger.cli import options as o
from ledger.cli.completion import complete_order, complete_target
from ledger.cli.output import chosen, page, put
from ledger.errors import Refused
from ledger.render.rows import PUBLIC_FORMATS, as_jsonl, formatted, json_pieces

_COLUMNS = (
    "at", "at_kind", "order", "seq", "kind", "what", "before", "after", "where", "moves", "days_since_order",
    "seconds_since_order", "stated_by", "sources", "reason", "note", "due", "void",
)  # fmt: skip


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
    output: Annotated[str | None, typer.Option("-O", "--output-format", help=f"{', '.join(PUBLIC_FORMATS)}.")] = None,
    out: o.OutOption = None,
    color: o.ColorOption = "auto",
    include_confidential: o.ConfidentialOption = False,
) -> None:
    """Tell what happened to an account, post, URL or hashtag, each step with who says so.

    Example: ledger timeline @kisanektamorcha

    Example: ledger timeline --order IN-MEITY-2021-01-31
    """
    form = chosen(output, out, PUBLIC_FORMATS)
    if (target is None) == (order is None):
        raise Refused("say either a target or --order ID")
    with o.Chosen(ctx, file).reading() as book:
        shown = include_confidential or form != "html"
        if order:
            story = questions.order_timeline(book, order, confidential=shown)
        else:
            story = questions.timeline(book, target or "", confidential=shown)
    if form in ("table", "html"):
        from ledger.render import story as told

        put(told.as_page(page(form, f"Timeline of {target or order}", color), story), out)
    elif form == "json":
        put(json_pieces(story), out)
    elif form == "jsonl":
        put(as_jsonl(story["events"]), out)
    else:
        from ledger.render.story import flat

        put(formatted(flat(story), _COLUMNS, form), out)
