"""`ledger export`: entries, postings, targets or orders as files for other programs and people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from ledger import questions
from ledger.cli import options as o
from ledger.cli.completion import among
from ledger.errors import Refused
from ledger.model.statuses import SPEAKERS

FORMATS: Final = ("csv", "jsonl", "lumen", "dsa-part3")
ROWS: Final = ("postings", "targets", "orders")
_EXTENSIONS: Final = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
# Which options mean something to which format, beside the period.
_OPTIONS: Final = {
    "csv": ("rows", "kind", "according-to", "as-of", "authority", "jurisdiction", "platform", "basis",
            "without-confidential"),
    "jsonl": ("as-of", "authority", "jurisdiction", "platform", "basis", "without-confidential"),
    "lumen": ("according-to", "as-of", "authority", "jurisdiction", "platform", "basis"),
    "dsa-part3": ("service", "receipts-as-zero"),
}  # fmt: skip


def command(
    ctx: typer.Context,
    file: o.FileOption = None,
    form: Annotated[
        str | None, typer.Option("--format", help=f"{', '.join(FORMATS)}.", autocompletion=among(FORMATS))
    ] = None,
    rows: Annotated[
        str | None, typer.Option(help=f"What a row of CSV is: {', '.join(ROWS)}.", autocompletion=among(ROWS))
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="As it stood at the end of this day.")] = None,
    begin: Annotated[str | None, typer.Option(help="Orders received from this day on.")] = None,
    end: Annotated[str | None, typer.Option(help="Up to this day, which is not part of it.")] = None,
    period: Annotated[str | None, typer.Option(help="2021-W05, 2021-02, 2021-Q1 or 2021.")] = None,
    authority: Annotated[list[str] | None, typer.Option(help="Only its orders; may be repeated.")] = None,
    jurisdiction: Annotated[list[str] | None, typer.Option(help="Only orders from there; may be repeated.")] = None,
    platform: Annotated[list[str] | None, typer.Option(help="Only orders to it; may be repeated.")] = None,
    basis: Annotated[list[str] | None, typer.Option(help="Only orders on this basis; may be repeated.")] = None,
    kind: Annotated[str | None, typer.Option(help="CSV: account, post, url, hashtag or another kind; all.")] = None,
    according_to: Annotated[
        str | None,
        typer.Option(help=f"Only what one of them states: {', '.join(SPEAKERS)}.", autocompletion=among(SPEAKERS)),
    ] = None,
    service: Annotated[str | None, typer.Option(help="dsa-part3: the name of the service.")] = None,
    receipts_as_zero: Annotated[
        bool, typer.Option("--receipts-as-zero", help="dsa-part3: automated receipts within the hour count as 0 hours.")
    ] = False,
    out: Annotated[Path | None, typer.Option("-o", "--output", help="Write to this file, and print nothing.")] = None,
    include_confidential: Annotated[
        bool, typer.Option("--include-confidential", help="lumen, dsa-part3: confidential orders too.")
    ] = False,
    without_confidential: Annotated[
        bool,
        typer.Option("--without-confidential", help="csv, jsonl: no confidential orders, and nothing that names them."),
    ] = False,
) -> None:
    """Write entries, postings, targets or orders as a file for other programs.

    csv has one row a posting, a target or an order, and describes its columns in datapackage.json beside the file. jsonl
    holds the entries, to be imported again. lumen holds notices for the Lumen database. dsa-part3 is the table of Member
    States' orders of the DSA transparency reports.

    Example: ledger export --format csv --rows targets --period 2021-Q1 -o targets.csv

    Example: ledger export --format jsonl -o entries.jsonl

    Example: ledger export --format dsa-part3 --service NAME --begin 2025-07-01 --end 2026-01-01 -o part3.csv
    """
    form = _format(form, out)
    said = {
        "rows": rows, "kind": kind, "according-to": according_to, "as-of": as_of, "service": service,
        "receipts-as-zero": receipts_as_zero, "authority": authority, "jurisdiction": jurisdiction, "platform": platform,
        "basis": basis, "without-confidential": without_confidential,
    }  # fmt: skip
    for name, value in said.items():
        if value and name not in _OPTIONS[form]:
            fits = ", ".join(other for other in FORMATS if name in _OPTIONS[other])
            raise Refused(f"{name}: says nothing to {form}: leave it out, or use --format {fits}")
    if without_confidential and include_confidential:
        raise Refused("without-confidential: says the opposite of --include-confidential: leave one of them out")
    if rows is not None and rows not in ROWS:
        raise Refused(f"rows: {rows!r} is none of {', '.join(ROWS)}")
    if according_to is not None and according_to not in SPEAKERS:
        raise Refused(f"according-to: {according_to!r} is none of {', '.join(SPEAKERS)}")
    with o.Chosen(ctx, file).reading() as book:
        if form == "dsa-part3":
            from ledger.cli import export_dsa

            begin, end, _ = o.days(begin, end, None, period, book.zone)
            export_dsa.run(
                book,
                service=service,
                begin=begin,
                end=end,
                receipts_as_zero=receipts_as_zero,
                out=out,
                include_confidential=include_confidential,
            )
            return
        begin, end, as_of = o.days(begin, end, as_of, period, book.zone)
        first, last = questions.span_of(book, begin=begin, end=end, as_of=as_of, what="an export")
        from ledger.model.targets import platform_key
        from ledger.reports.exporting.selection import FILTERS, Selection, check_filters

        given: dict[str, list[str]] = {
            "authority": authority or [],
            "jurisdiction": [code.strip().upper() for code in jurisdiction or []],
            "platform": [platform_key(name) for name in platform or []],
            "basis": basis or [],
        }
        only = tuple((name, tuple(dict.fromkeys(given[name]))) for name in FILTERS if given[name])
        asked = Selection(first, last, questions.known_kind(book, kind or "all"), according_to, only)
        book.ask(lambda db: check_filters(db, asked))
        if form == "csv":
            from ledger.cli import export_csv

            export_csv.run(book, asked, rows or ROWS[0], out, told=include_confidential, without=without_confidential)
        elif form == "jsonl":
            from ledger.cli import export_jsonl

            export_jsonl.run(book, asked, out, told=include_confidential, without=without_confidential)
        else:
            from ledger.cli import export_lumen

            export_lumen.run(book, asked, out, include_confidential=include_confidential)


def _format(form: str | None, out: Path | None) -> str:
    if form is None and out is not None:
        form = _EXTENSIONS.get(out.suffix.lower())
    if form is None:
        raise Refused(f"format: say which: --format {', '.join(FORMATS)}")
    if form not in FORMATS:
        raise Refused(f"format: {form!r} is none of {', '.join(FORMATS)}")
    return form
