"""`ledger respond`: record what the platform did, or said, about an order."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ledger.cli import options as o
from ledger.cli.completion import among
from ledger.cli.output import record
from ledger.model.statuses import ACTIONS

_ACTIONS = tuple(action for action in ACTIONS if action != "pending")


def command(
    ctx: typer.Context,
    order: o.OrderArgument,
    action: Annotated[
        str,
        typer.Argument(help=f"One of: {', '.join(_ACTIONS)}.", autocompletion=among(_ACTIONS), show_default=False),
    ],
    targets: o.TargetsArgument = None,
    file: o.FileOption = None,
    all_: Annotated[bool, typer.Option("--all", help="All that can be moved so.")] = False,
    count: Annotated[str | None, typer.Option(help="This many more, unnamed: 126, 'about 250', some.")] = None,
    so_far: Annotated[str | None, typer.Option(help="A level: this many altogether by then.")] = None,
    at: o.AtOption = None,
    observed: Annotated[bool, typer.Option("--observed", help="Seen by then; when it happened is not known.")] = False,
    country: Annotated[
        list[str] | None, typer.Option(help="Where it holds: IN, or worldwide; may be repeated.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="The reason given.")] = None,
    source: o.SourceOption = None,
    stated_by: o.StatedByOption = None,
    document: o.DocumentOption = None,
    note: o.NoteOption = None,
    targets_file: o.TargetsFileOption = None,
    extra: Annotated[bool, typer.Option("--extra", help="Admit names that are not on the order's list.")] = False,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Record what the rules do not admit; check keeps reporting it.")
    ] = False,
    fields: o.SetOption = None,
    output: o.JsonOption = "table",
) -> None:
    """Record a response: a status that targets move to, or something said that moves nothing.

    Example: ledger respond IN-MEITY-2021-01-31 withheld @example_org --country IN --at 2021-02-01

    Example: ledger respond IN-MEITY-2021-01-31 blocked --so-far 126 --at 2021-02-10 --stated-by authority
    """
    chosen = o.Chosen(ctx, file)
    with chosen.reading() as book:
        zone = book.zone
        given: dict[str, Any] = {
            "kind": "response",
            "order": order,
            "action": action,
            "at": o.when("at", "now" if at is None else at, zone),
            "at_kind": "observed-by" if observed else None,
            "targets": o.targets(targets, targets_file),
            "all": all_ or None,
            "count": count,
            "so_far": so_far,
            "countries": country,
            "reason": reason,
            "stated_by": stated_by,
            "sources": source,
            "documents": o.documents(document),
            "note": note,
            "extra": extra or None,
            "anyway": anyway or None,
        }
        entry = {name: value for name, value in given.items() if value not in (None, [])}
        record(book, o.with_fields(entry, fields, "response", zone), chosen.label, output)
