"""`ledger orders`: the orders, one line each."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger import questions
from ledger.cli import options as o
from ledger.cli.output import chosen, page, put
from ledger.errors import Refused
from ledger.model.moments import day_text, read_moment
from ledger.render.rows import PUBLIC_FORMATS, amount, formatted, json_pieces
from ledger.render.safe import plain

if TYPE_CHECKING:
    from ledger.render.terminal import Pages

_COLUMNS = (
    "order", "reference", "authority", "jurisdiction", "platform", "basis", "asks", "counts", "booked", "due",
    "specified", "restricted", "open_targets", "open_beside", "confidential", "open", "demanded", "overdue_by", "marks",
)  # fmt: skip
_QUANTITIES = ("specified", "restricted", "open_targets")


def command(
    ctx: typer.Context,
    file: o.FileOption = None,
    open_only: Annotated[
        bool, typer.Option("--open", help="Only those with targets that nothing was done about.")
    ] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only open ones whose deadline has passed.")] = False,
    untold: Annotated[
        bool, typer.Option("--untold", help="Only those acted on whose users may be told, and were not, or not all.")
    ] = False,
    deadlines: Annotated[
        Path | None,
        typer.Option(
            help="With --overdue: a TOML file with rules of your own; else <ledger>.deadlines.toml if it is there."
        ),
    ] = None,
    output: Annotated[str | None, typer.Option("-O", "--output-format", help=f"{', '.join(PUBLIC_FORMATS)}.")] = None,
    out: o.OutOption = None,
    color: o.ColorOption = "auto",
    include_confidential: o.ConfidentialOption = False,
) -> None:
    """List the orders with how many targets each is about and how many still wait.

    Example: ledger orders --open
    """
    form = chosen(output, out, PUBLIC_FORMATS)
    if deadlines is not None and not overdue:
        raise Refused("deadlines: says nothing without --overdue: add that, or leave it out")
    target = o.Chosen(ctx, file)
    with target.reading() as book:
        rules = None
        if overdue:
            from ledger.exchange.deadline_rules import rules_for

            rules, own = rules_for(target.path, deadlines)
            if own:
                o.warn(f"overdue by the rules of the package and of {own}")
        ask = partial(
            questions.take_orders,
            book,
            open_only=open_only,
            overdue_only=overdue,
            untold_only=untold,
            rules=rules,
        )
        if form not in ("table", "html"):
            from ledger.cli.spool import spooled

            with spooled(out) as spool:
                ask(lambda rows: spool.write(_texts(rows, form)))
            return
        told = include_confidential or form != "html"
        text = ask(lambda rows: _page(rows, page(form, "Orders", color), book.zone, told=told))
    put(text, out)


def _texts(rows: Iterator[dict[str, Any]], form: str) -> Iterator[str]:
    if form == "json":
        return json_pieces({"schema": "ledger-orders/1", "orders": rows})
    return formatted(rows, _COLUMNS, form, _QUANTITIES)


def _page(rows: Iterator[dict[str, Any]], listing: Pages, zone: str, *, told: bool) -> str:
    """Return the orders as a page, with the days of a zone; unless `told`, confidential ones as a number alone."""
    from ledger.render.terminal import Grid

    count = hidden = 0
    table = Grid("order", "counts from", "counts", "specified", "restricted", "open", left=3)
    for row in rows:
        if row["confidential"] and not told:
            hidden += 1
            continue
        count += 1
        waiting = amount(row["open_targets"]) + (f" (+{row['open_beside']:,})" if row["open_beside"] else "")
        table.add(
            plain(row["order"]),
            day_text(read_moment(row["booked"], zone).day),
            row["counts"] if row["asks"] == "act" else "information",
            amount(row["specified"]),
            amount(row["restricted"]),
            waiting,
        )
        notes = [f"{plain(row['authority'])} ({row['jurisdiction']}) to {plain(row['platform'])}"]
        notes += [f"due {plain(row['due'])}"] if row["due"] else []
        if row["overdue_by"]:
            marks = f" ({', '.join(row['marks'])})" if row["marks"] else ""
            notes.append(f"overdue by {plain(row['overdue_by'])}{marks}")
        notes += ["confidential"] if row["confidential"] else []
        notes += [] if row["demanded"] else ["no longer demanded"]
        table.note(" · ".join(notes))
    if count:
        listing.table(table)
    noun = "order" if count == 1 else "orders"
    left_out = f"; {hidden:,} confidential left out" if hidden else ""
    listing.say(
        f"{count:,} {noun}{left_out}; amounts are of the kind that each order counts, (+n) names of other kinds"
    )
    return listing.text()
