"""`ledger alias`: two names that are one target."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ledger.book import Ledger
from ledger.cli import options as o
from ledger.cli.completion import complete_target
from ledger.cli.output import record
from ledger.errors import Refused


def command(
    ctx: typer.Context,
    one: Annotated[str, typer.Argument(help="A name.", autocompletion=complete_target, show_default=False)],
    other: Annotated[str, typer.Argument(help="The other one.", autocompletion=complete_target, show_default=False)],
    file: o.FileOption = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why they are one; required.")] = None,
    platform: Annotated[
        str | None, typer.Option(help="The platform, where the ledger has these names on none or on several.")
    ] = None,
    source: o.SourceOption = None,
    stated_by: o.StatedByOption = None,
    document: o.DocumentOption = None,
    note: o.NoteOption = None,
    output: o.JsonOption = "table",
) -> None:
    """Record that two names are one target: a rename, a slip of the pen, the number of an account and its name.

    Timelines and counts of distinct targets follow it, as of any date. `ledger correct SEQ --void` takes it back.

    Example: ledger alias @kisnaektamorcha @kisanektamorcha --reason "misspelt in the press" --source thewire.in
    """
    if reason is None:
        raise Refused('reason: say why they are one: --reason "renamed", "misspelt in …", "number of the account"')
    chosen = o.Chosen(ctx, file)
    with chosen.open() as book:
        entry: dict[str, Any] = {
            "kind": "alias",
            "targets": [one, other],
            "platform": platform or _platform(book, one, other),
            "reason": reason,
            "sources": source or [],
            "stated_by": stated_by,
            "documents": o.documents(document),
            "note": note,
        }
        record(book, {name: value for name, value in entry.items() if value not in (None, [])}, chosen.label, output)


def _platform(book: Ledger, one: str, other: str) -> str:
    """Return the one platform on which the ledger knows either of the names; raises `Refused`."""
    from ledger.model.targets import possible_keys

    if not book.exists():
        raise Refused("platform: there is no ledger yet that knows these names: say --platform")
    query = "SELECT DISTINCT platform FROM orders WHERE platform <> ''"
    platforms = [str(row[0]) for row in book.ask(lambda db: db.execute(query).fetchall())]
    if len(platforms) == 1:
        return platforms[0]
    keys = [key for name in (one, other) for key in possible_keys(name, platforms)] if platforms else []
    marks = ",".join("?" * len(keys))
    found = f"SELECT DISTINCT target FROM statuses WHERE target IN ({marks})"
    seen = {row[0].split(" ", 1)[0] for row in book.ask(lambda db: db.execute(found, keys).fetchall())}
    if len(seen) != 1:
        known = "no order names either" if not seen else f"these names stand on {', '.join(sorted(seen))}"
        raise Refused(f"platform: {known}: say --platform")
    return str(seen.pop())
