"""`ledger report`: how many were blocked, unblocked or withheld."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ledger.book import Ledger
from ledger.cli import options as o
from ledger.cli.completion import among
from ledger.cli.output import chosen, put
from ledger.errors import Refused
from ledger.model.moments import now_in, read_moment
from ledger.model.periods import parse_period
from ledger.model.statuses import SPEAKERS
from ledger.render.rows import FORMATS, as_json, formatted
from ledger.reports.summary import WAYS, Question, summary

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
    all_periods: Annotated[bool, typer.Option("--all-periods", help="Show all periods on a terminal too.")] = False,
    output: Annotated[str | None, typer.Option("-O", "--output-format", help=f"{', '.join(FORMATS)}.")] = None,
    out: o.OutOption = None,
    color: o.ColorOption = "auto",
) -> None:
    """Print how many targets were ordered, and how many were blocked, unblocked or withheld, in all and by week.

    Example: ledger report --as-of 2021-02-12

    Example: ledger report --period 2021-Q1 --monthly --by authority -o q1.csv
    """
    form = chosen(output, out, FORMATS)
    flags = {"week": weekly, "day": daily, "month": monthly, "quarter": quarterly, "year": yearly}
    grains = [name for name, said in flags.items() if said] or ["week"]
    if len(grains) > 1:
        raise Refused(f"say one of --{grains[0]}ly and the other ways to divide time, not several")
    _one_of("by", by, WAYS)
    _one_of("according-to", according_to, SPEAKERS)
    target = o.Chosen(ctx, file)
    with target.reading() as book:
        first, last = _span(book.zone, as_of, begin, end, period)
        asked = Question(first, last, grains[0], by, kind.lower())
        report, problems = _ask(book, asked, according_to)
        zone = book.zone
    if according_to:
        report["according_to"] = according_to
    if form == "table":
        import sys

        from ledger.render import report as page

        whole = all_periods or out is not None or not (sys.stdout is not None and sys.stdout.isatty())
        put(
            page.as_text(
                report, target.label, zone, color=color, whole=whole, problems=problems, according=according_to or ""
            ),
            out,
        )
    elif form == "json":
        put(as_json(report), out)
    else:
        from ledger.render.report import flat

        put(formatted(flat(report), _FLAT, form), out)


def _one_of(field: str, value: str | None, known: tuple[str, ...]) -> None:
    if value is not None and value not in known:
        raise Refused(f"{field}: {value!r} is none of {', '.join(known)}")


def _ask(book: Ledger, asked: Question, speaker: str | None) -> tuple[dict[str, Any], int]:
    count = "SELECT COUNT(DISTINCT seq) FROM problems"
    if speaker is None:
        db = book.index.db
        return summary(db, asked), int(db.execute(count).fetchone()[0])
    from ledger.index.database import Index

    index = Index(book.file, book.progress, speaker=speaker)
    try:
        return summary(index.db, asked), int(index.db.execute(count).fetchone()[0])
    finally:
        index.close()


def _span(
    zone: str, as_of: str | None, begin: str | None, end: str | None, period: str | None
) -> tuple[int | None, int]:
    """Return the days that are asked about: the first, or None for all there are, and the one after the last."""
    if period is not None:
        if as_of or begin or end:
            raise Refused("period: says all: leave out --as-of, --begin and --end")
        span = parse_period(period)
        return span.begin, span.end
    if as_of and end:
        raise Refused("as-of: is the end already: leave out --end")
    first = _day("begin", begin, zone)
    last = _day("end", end, zone)
    if as_of:
        last = (_day("as-of", as_of, zone) or 0) + 1
    if last is None:
        last = now_in(zone, o.clock()) + 1
    if first is not None and first >= last:
        raise Refused("begin: must lie before the end")
    return first, last


def _day(field: str, text: str | None, zone: str) -> int | None:
    value = o.when(field, text, zone)
    if value is None:
        return None
    moment = read_moment(value, zone)
    if moment.at is not None:
        raise Refused(f"{field}: {text!r} is an instant: a report begins and ends with whole days")
    return moment.day
