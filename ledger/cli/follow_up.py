"""`ledger follow-up`: record what the authority or a court did about its order afterwards."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ledger.cli import options as o
from ledger.cli.completion import among
from ledger.cli.output import record
from ledger.model.statuses import EVENTS


def command(
    ctx: typer.Context,
    order: o.OrderArgument,
    event: Annotated[
        str, typer.Argument(help=f"One of: {', '.join(EVENTS)}.", autocompletion=among(EVENTS), show_default=False)
    ],
    targets: o.TargetsArgument = None,
    file: o.FileOption = None,
    at: o.AtOption = None,
    due: Annotated[str | None, typer.Option(help="The new deadline, for deadline-extended.")] = None,
    source: o.SourceOption = None,
    stated_by: o.StatedByOption = None,
    document: o.DocumentOption = None,
    note: o.NoteOption = None,
    fields: o.SetOption = None,
    output: o.JsonOption = "table",
) -> None:
    """Record a follow-up: an order revoked, stayed, upheld, a deadline extended.

    Example: ledger follow-up IN-MEITY-2021-01-31 non-compliance-notice --at 2021-02-02

    Example: ledger follow-up ord-0007 deadline-extended --due 2025-03-01
    """
    chosen = o.Chosen(ctx, file)
    with chosen.reading() as book:
        zone = book.zone
        given: dict[str, Any] = {
            "kind": "follow-up",
            "order": order,
            "event": event,
            "at": o.when("at", "now" if at is None else at, zone),
            "targets": list(targets or []),
            "due": o.when("due", due, zone),
            "stated_by": stated_by,
            "sources": source,
            "documents": o.documents(document),
            "note": note,
        }
        entry = {name: value for name, value in given.items() if value not in (None, [])}
        record(book, o.with_fields(entry, fields, "follow-up", zone), chosen.label, output)
