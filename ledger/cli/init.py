"""`ledger init`: begin a new ledger."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.options import Chosen, FileOption
from ledger.cli.output import emit, standing
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
) -> None:
    """Begin a new ledger with a name and a reporting zone of its own.

    It is optional: the first entry begins a ledger with defaults.

    Example: ledger init --origin "Example Platform, Trust and Safety" --timezone Asia/Kolkata
    """
    chosen = Chosen(ctx, file)
    with chosen.open() as book, defer_signals():
        book.create(origin, timezone)
        with standing(0):
            emit(f"began a new ledger in {plain(chosen.label)} (reporting zone {timezone})\n")
