"""`ledger due`: what is due, and when."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ledger import questions
from ledger.cli import options as o
from ledger.cli.output import chosen, page, put, put_bytes
from ledger.errors import Refused
from ledger.render.rows import PUBLIC_FORMATS, formatted, json_pieces

_FORMATS: Final = (*PUBLIC_FORMATS, "ics")
_UNITS: Final = {"m": 60, "h": 3600, "d": 86_400}


def command(
    ctx: typer.Context,
    file: o.FileOption = None,
    at: Annotated[
        str | None, typer.Option("--at", help="As it was, or will be: an instant, or a day (its end); default now.")
    ] = None,
    within: Annotated[str | None, typer.Option(help="Only what is due within 48h, 2d or 90m, or overdue.")] = None,
    fail_on_overdue: Annotated[
        bool, typer.Option("--fail-on-overdue", help="Exit with 1 when anything open is overdue.")
    ] = False,
    deadlines: Annotated[
        Path | None,
        typer.Option(help="A TOML file with rules of your own; else <ledger>.deadlines.toml if it is there."),
    ] = None,
    output: Annotated[str | None, typer.Option("-O", "--output-format", help=f"{', '.join(_FORMATS)}.")] = None,
    out: o.OutOption = None,
    color: o.ColorOption = "auto",
    include_confidential: Annotated[
        bool,
        typer.Option("--include-confidential", help="Show confidential orders in HTML and calendars too."),
    ] = False,
) -> None:
    """List the open orders, soonest due first, and restrictions that no order demands any more.

    Example: ledger due --within 48h --fail-on-overdue

    Example: ledger due -o due.ics
    """
    from ledger.exchange.deadline_rules import rules_for

    if output is None and out is not None and out.suffix.lower() == ".ics":
        output = "ics"
    form = chosen(output, out, _FORMATS)
    span = None if within is None else _span(within)
    target = o.Chosen(ctx, file)
    with target.reading() as book:
        rules, own = rules_for(target.path, deadlines)
        moment = None if at is None or at.strip() == "now" else o.when("at", at, book.zone)
        found = questions.due(book, rules, at=moment, within=span)
        found["own_rules"] = own
        overdue = any(row["overdue"] for row in found["rows"])
        if form == "ics":
            from ledger.render.calendar import as_calendar

            identity = questions.identity(book)
            now = book.clock()
    if form in ("html", "ics") and not include_confidential:
        _hide(found)
    said = "rules of the package" + (f" and of {own}" if own else "")
    if form == "ics":
        hidden = found["left_out"].get("confidential", 0)
        put_bytes(as_calendar(found, identity, now), out)
        if hidden:
            noun = "confidential order was" if hidden == 1 else "confidential orders were"
            o.warn(f"{hidden:,} {noun} left out of the calendar: --include-confidential shows them")
        if not any(row["due"] for row in found["rows"]):
            o.warn("no order that may be shown has a due time: the calendar has no events")
    elif form in ("table", "html"):
        from ledger.render.due import as_page

        put(as_page(page(form, "Due", color), found, target.label, said), out)
    elif form == "json":
        put(json_pieces(found), out)
    else:
        from ledger.render.due import COLUMNS

        put(formatted(found["rows"], COLUMNS, form), out)
        if own:
            o.warn(f"judged by the {said}")
    if overdue and fail_on_overdue:
        raise typer.Exit(1)


def _hide(found: dict[str, Any]) -> None:
    """Leave confidential orders out of what is made for others, but for how many there are."""
    secret = {row["order"] for name in ("rows", "to_lift") for row in found[name] if row["confidential"]}
    for name in ("rows", "to_lift"):
        found[name] = [row for row in found[name] if not row["confidential"]]
    found["left_out"]["confidential"] = len(secret)


def _span(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,6})([mhd])", text.strip())
    if match is None:
        raise Refused(f"within: {text!r} is no span of time: write it like 48h, 2d or 90m")
    return int(match[1]) * _UNITS[match[2]]
