"""`ledger reconcile`: published totals beside what the ledger counts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ledger import questions
from ledger.cli import options as o
from ledger.cli.output import chosen, page, put
from ledger.errors import Refused
from ledger.model.moments import day_text
from ledger.render.rows import as_json, formatted

FORMATS: Final = ("table", "json", "csv", "md", "html")


def command(
    ctx: typer.Context,
    published: Annotated[
        Path | None,
        typer.Argument(
            help="The published table: CSV with period, country or authority, measure, value.", show_default=False
        ),
    ] = None,
    file: o.FileOption = None,
    mapping: Annotated[
        Path | None, typer.Option("--map", help="A TOML file whose section [reconcile] says what its columns are.")
    ] = None,
    kind: Annotated[
        str, typer.Option(help="What is counted where a measure names no kind: account, post, url, hashtag or all.")
    ] = "account",
    measures: Annotated[bool, typer.Option("--measures", help="List the measures, and what each counts.")] = False,
    output: Annotated[str | None, typer.Option("-O", "--output-format", help=f"{', '.join(FORMATS)}.")] = None,
    out: o.OutOption = None,
    color: o.ColorOption = "auto",
    include_confidential: o.ConfidentialOption = False,
) -> None:
    """Hold published totals against what the ledger counts, and against their own parts. Nothing is ever adjusted.

    Exit code 1 when anything differs, and when nothing could be compared; else 0.

    Example: ledger reconcile published.csv

    Example: ledger reconcile --map transparency.toml published.csv -O csv -o differences.csv
    """
    form = chosen(output, out, FORMATS)
    if measures:
        from ledger.render.reconciliation import MEASURE_COLUMNS, as_measures, measure_rows

        if published is not None:
            raise Refused("measures: lists what tables may name: leave out the table")
        if form == "json":
            put(as_json({"schema": "ledger-measures/1", "measures": measure_rows()}), out)
        elif form in ("csv", "md"):
            put(formatted(measure_rows(), MEASURE_COLUMNS, form), out)
        else:
            put(as_measures(page(form, "Measures", color)), out)
        return
    if published is None:
        raise Refused("published: say which table is to be reconciled; --measures lists what it may measure")
    for read in (published, mapping):
        if out is not None and read is not None and os.path.realpath(out) == os.path.realpath(read):
            raise Refused(f"output: {out}: is what is reconciled, or says how: choose another -o")
    result = _reconciled(ctx, file, published, mapping, kind, confidential=include_confidential or form != "html")
    if form == "json":
        put(as_json(result), out)
    else:
        from ledger.render.reconciliation import COLUMNS, as_page, flat

        if form in ("csv", "md"):
            put(formatted(flat(result), COLUMNS, form), out)
        else:
            put(as_page(page(form, "Reconciliation", color), result, o.Chosen(ctx, file).label), out)
    if unread := result["unread_rows"]:
        rows = "1 row" if unread == 1 else f"{unread:,} rows"
        o.warn(f"{published}: {rows} could not be read in full: what could not is not compared, and says why")
    if not result["compared"]:
        o.warn(f"{published}: nothing in it could be compared with the ledger: the reasons stand beside its figures")
    if result["differences"] or not result["compared"]:
        raise typer.Exit(1)


def _reconciled(
    ctx: typer.Context, file: Path | None, published: Path, mapping: Path | None, kind: str, *, confidential: bool
) -> dict[str, Any]:
    from ledger.exchange.published.layout import read_table_map
    from ledger.exchange.published.totals import read_published
    from ledger.reports.disclosure import open_reconciliation
    from ledger.reports.kinds import kinds_held
    from ledger.reports.reconciling.reconciled import reconciled

    with o.Chosen(ctx, file).reading() as book:
        counted = kind.strip().lower()
        layout = None if mapping is None else read_table_map(mapping)
        try:
            with published.open("rb") as stream:
                table = read_published(str(published), stream, layout, counted, book.ask(kinds_held))
        except OSError as error:
            raise Refused(f"{published}: cannot be read ({error.strerror})") from error

        def ask(begin: int, end: int, by: str | None, of: str, times: bool) -> dict[str, Any]:
            first, last = day_text(begin), day_text(end - 1)
            return questions.report(book, begin=first, as_of=last, grain="year", by=by, kind=of, times=times)

        found = reconciled(table, ask, lambda: questions.orders(book), kind=counted, timezone=book.zone)
        return found if confidential else book.ask(lambda db: open_reconciliation(found, db))
