"""`ledger add-order`: record what an authority asked for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.cli import options as o
from ledger.cli.completion import among, complete_order
from ledger.cli.output import record
from ledger.errors import Refused
from ledger.model.statuses import DUTIES, RELATIONS


def command(
    ctx: typer.Context,
    targets: o.TargetsArgument = None,
    file: o.FileOption = None,
    order_id: Annotated[
        str | None, typer.Option("--id", help="Its id here; default ord- and the entry's number.")
    ] = None,
    reference: Annotated[str | None, typer.Option(help="The authority's own reference.")] = None,
    authority: Annotated[str | None, typer.Option(help="Who ordered it, as you always write it.")] = None,
    jurisdiction: Annotated[str | None, typer.Option(help="Country code, such as IN, or EU.")] = None,
    platform: Annotated[str | None, typer.Option(help="The platform, such as twitter.")] = None,
    basis: Annotated[str | None, typer.Option(help="The legal basis, such as IN-69A.")] = None,
    requires: Annotated[
        list[str] | None,
        typer.Option(help=f"{', '.join(DUTIES)}; may be repeated.", autocompletion=among(DUTIES)),
    ] = None,
    ground: Annotated[list[str] | None, typer.Option(help="What the authority alleges; may be repeated.")] = None,
    issued: Annotated[str | None, typer.Option(help="When it was issued.")] = None,
    received: Annotated[
        str | None, typer.Option(help="When it came in; default now, unless --issued is given.")
    ] = None,
    due: Annotated[str | None, typer.Option(help="The deadline that the order itself sets.")] = None,
    specified: Annotated[
        str | None, typer.Option(help="How many it is about: 257, 'nearly 1,200', 500+, some.")
    ] = None,
    specified_of: Annotated[
        str | None, typer.Option(help="What the amount counts: account, post, url, hashtag or any.")
    ] = None,
    confidential: Annotated[bool, typer.Option("--confidential", help="It may not be disclosed.")] = False,
    emergency: Annotated[bool, typer.Option("--emergency", help="It was made as an emergency.")] = False,
    relates_to: Annotated[
        str | None, typer.Option(help="An earlier order that it is about.", autocompletion=complete_order)
    ] = None,
    relation: Annotated[
        str | None, typer.Option("--as", help=f"How: {', '.join(RELATIONS)}.", autocompletion=among(RELATIONS))
    ] = None,
    source: o.SourceOption = None,
    stated_by: o.StatedByOption = None,
    document: o.DocumentOption = None,
    note: o.NoteOption = None,
    targets_file: o.TargetsFileOption = None,
    fields: o.SetOption = None,
    from_file: Annotated[Path | None, typer.Option("--from", help="A TOML file that holds the one order.")] = None,
    output: o.JsonOption = "table",
) -> None:
    """Record an order. On a terminal without any options, it asks step by step.

    Example: ledger add-order --authority MeitY --jurisdiction IN --platform twitter --basis IN-69A --requires block
    --received 2021-01-31 --specified 257 @example_org hashtag:example

    Example: ledger add-order --authority MeitY --jurisdiction IN --platform twitter --targets-file names.txt
    """
    chosen = o.Chosen(ctx, file)
    given: dict[str, Any] = {
        "id": order_id,
        "reference": reference,
        "authority": authority,
        "jurisdiction": jurisdiction,
        "platform": platform,
        "basis": basis,
        "requires": requires,
        "grounds": ground,
        "specified": specified,
        "specified_of": specified_of,
        "confidential": confidential or None,
        "emergency": emergency or None,
        "relates_to": relates_to,
        "relation": relation,
        "stated_by": stated_by,
        "sources": source,
        "note": note,
    }
    dates = {"issued": issued, "received": received, "due": due}
    with chosen.open() as book:
        zone = book.zone
        names = o.targets(targets, targets_file)
        stated = {name: value for name, value in (given | dates).items() if value not in (None, [])}
        entry: dict[str, Any]
        if from_file is not None:
            if stated or names or fields or document:
                raise Refused(
                    "from: the file says all there is to say; leave the other options out, or change the file"
                )
            from ledger.exchange.toml import one_order

            entry = one_order(from_file)
        elif not (stated or names or fields or document) and sys.stdin is not None and sys.stdin.isatty():
            from ledger.cli.form import ask_order

            entry = ask_order(book, zone)
        else:
            entry = {"kind": "order"} | stated
            entry |= {name: o.when(name, value, zone) for name, value in dates.items() if value is not None}
            if received is None and issued is None:
                entry["received"] = o.when("received", "now", zone)
            missing = [name for name in ("authority", "jurisdiction", "platform") if name not in entry]
            if missing:
                raise Refused(f"{missing[0]}: is missing: give --{' --'.join(missing)}")
            if names:
                entry["targets"] = names
            if document:
                entry["documents"] = o.documents(document)
            entry = o.with_fields(entry, fields, "order", zone)
        record(book, entry, chosen.label, output)
