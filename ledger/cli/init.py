"""`ledger init`: begin a new ledger."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.options import Chosen, FileOption
from ledger.cli.output import emit, standing
from ledger.errors import Refused
from ledger.journal.signals import defer_signals
from ledger.render.safe import plain


def command(
    ctx: typer.Context,
    file: FileOption = None,
    origin: Annotated[
        str | None, typer.Option("--origin", help="Whose ledger it is; default ledger- and a random name.")
    ] = None,
    timezone: Annotated[
        str, typer.Option("--timezone", help="The zone whose days and weeks reports count in; fixed for good.")
    ] = "UTC",
    private: Annotated[
        list[str] | None,
        typer.Option(
            "--private",
            help="Fields to keep private, such as targets,note,sources: the ledger holds their digests; fixed for good.",
        ),
    ] = None,
) -> None:
    """Begin a new ledger with a name and a reporting zone of its own.

    It is optional: the first entry begins a ledger with defaults.

    Example: ledger init --origin "Example Platform, Trust and Safety" --timezone Asia/Kolkata

    Example: ledger init --private targets,note,sources
    """
    chosen = Chosen(ctx, file)
    said = ",".join(private or []).split(",")
    fields = [name.strip().replace("-", "_") for name in said if name.strip()]
    if private is not None and not fields:
        raise Refused("private: names no field: say which, such as targets,note,sources")
    with chosen.open() as book, defer_signals():
        book.create(origin, timezone, fields)
        kept = f", private: {', '.join(sorted(set(fields)))}" if fields else ""
        with standing(0):
            emit(f"began a new ledger in {plain(chosen.label)} (reporting zone {timezone}{kept})\n")
