"""`ledger report`: how many were blocked, unblocked or withheld."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ledger import questions
from ledger.cli import options as o
from ledger.cli.completion import among
from ledger.cli.output import chosen, page, put
from ledger.errors import Refused
from ledger.model.statuses import SPEAKERS
from ledger.render.rows import PUBLIC_FORMATS, as_json, formatted
from ledger.reports.summary import WAYS

_FLAT = ("table", "key", "begin", "end", "measure", "n", "qualifier")


def command(
    ctx: typer.Context,
    file: o.FileOption = None,
    as_of: Annotated[str | None, typer.Option(help="As it stood at the end of this day.")] = None,
    begin: Annotated[str | None, typer.Option(help="From this day on.")] = None,
    end: Annotated[str | None, typer.Option(help="Up to this day, which is not part of it.")] = None,
    period: Annotated[str | None, typer.Option(help="2021-W05, 2021-02, 2021-Q1 or 2021.")] = None,
    weekly: Annotated[bool, typer.Option("--weekly", help="By ISO week, from Monday (the default).")] = False,
    daily: Annotated[bool, typer.Option("--daily", help="By day.")] = False,
    monthly: Annotated[bool, typer.Option("--monthly", help="By month.")] = False,
    quarterly: Annotated[bool, typer.Option("--quarterly", help="By quarter.")] = False,
    yearly: Annotated[bool, typer.Option("--yearly", help="By year.")] = False,
    by: Annotated[str | None, typer.Option(help=f"Also by {', '.join(WAYS)}.", autocompletion=among(WAYS))] = None,
    kind: Annotated[str, typer.Option(help="account, post, url, hashtag, another kind, or all.")] = "account",
    according_to: Annotated[
        str | None,
        typer.Option(help=f"Only what one of them states: {', '.join(SPEAKERS)}.", autocompletion=among(SPEAKERS)),
    ] = None,
    times: Annotated[
        bool | None,
        typer.Option("--times/--no-times", help="Times, deadlines, rates, users told (by itself for a period)."),
    ] = None,
    deadlines: Annotated[
        Path | None,
        typer.Option(help="A TOML file with rules of your own; else <ledger>.deadlines.toml if it is there."),
    ] = None,
    all_periods: Annotated[bool, typer.Option("--all-periods", help="Show all periods on a terminal too.")] = False,
    output: Annotated[str | None, typer.Option("-O", "--output-format", help=f"{', '.join(PUBLIC_FORMATS)}.")] = None,
    out: o.OutOption = None,
    color: o.ColorOption = "auto",
    include_confidential: o.ConfidentialOption = False,
) -> None:
    """Print how many targets were ordered, and how many were blocked, unblocked or withheld, in all and by week.

    Example: ledger report --as-of 2021-02-12

    Example: ledger report --period 2021-Q1 --monthly --by authority -o q1.csv
    """
    form = chosen(output, out, PUBLIC_FORMATS)
    flags = {"week": weekly, "day": daily, "month": monthly, "quarter": quarterly, "year": yearly}
    grains = [name for name, said in flags.items() if said] or ["week"]
    if len(grains) > 1:
        raise Refused(f"say one of --{grains[0]}ly and the other ways to divide time, not several")
    target = o.Chosen(ctx, file)
    with target.reading() as book:
        begin, end, as_of = o.days(begin, end, as_of, period, book.zone)
        timed = begin is not None if times is None else times
        rules, own = None, None
        if timed:
            from ledger.exchange.deadline_rules import rules_for

            rules, own = rules_for(target.path, deadlines)
        elif deadlines is not None:
            raise Refused("deadlines: only a report with times judges by them: add --times")
        report = questions.report(
            book,
            begin=begin,
            end=end,
            as_of=as_of,
            grain=grains[0],
            by=by,
            kind=kind,
            according_to=according_to,
            confidential=include_confidential or form != "html",
            times=timed,
            rules=rules,
            own_rules=own,
        )
    if form in ("table", "html"):
        import sys

        from ledger.render.report import as_page

        whole = all_periods or form == "html" or out is not None or not (sys.stdout is not None and sys.stdout.isatty())
        put(as_page(page(form, "Ledger report", color), report, target.label, whole=whole), out)
    elif form == "json":
        put(as_json(report), out)
    else:
        from ledger.render.report import flat

        put(formatted(flat(report), _FLAT, form), out)
