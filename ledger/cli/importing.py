"""`ledger import`: entries from files, folders or standard input."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ledger.cli import options as o
from ledger.cli.output import emit
from ledger.errors import Refused, WriteFailed
from ledger.exchange.sources import sources
from ledger.journal.signals import defer_signals
from ledger.render.rows import as_json
from ledger.render.safe import plain


def command(
    ctx: typer.Context,
    paths: Annotated[
        list[str],
        typer.Argument(help="Files (.jsonl, .toml), folders of them, or - for JSON Lines.", show_default=False),
    ],
    file: o.FileOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be added, and add nothing.")] = False,
    output: o.JsonOption = "table",
) -> None:
    """Add entries that the ledger does not hold yet, all of them or none. Running it again adds nothing.

    Example: ledger import sample_orders/

    Example: ledger import --dry-run orders.jsonl
    """
    if output not in ("table", "json"):
        raise Refused(f"output-format: {output!r} is none of table, json")
    chosen = o.Chosen(ctx, file)
    with chosen.open() as book, defer_signals():
        done = book.import_all(sources(paths, sys.stdin.buffer if sys.stdin else None, book.zone), dry_run=dry_run)
        for where, reason in done.refused:
            o.warn(f"{where}: refused: {reason}")
        would = dry_run or bool(done.refused)
        if output == "json":
            refused = [{"where": plain(where), "reason": reason} for where, reason in done.refused]
            text = as_json(
                {
                    "schema": "ledger-import/1",
                    "created": done.created and not would,
                    "added": 0 if would else done.added,
                    "would_add": done.fit if would else None,
                    "found": done.found,
                    "refused": refused,
                }
            )
        else:
            verb = "would be added" if dry_run and not done.refused else "added"
            text = f"{plain(chosen.label)}: {done.added:,} {verb}, {done.found:,} already there, {len(done.refused):,} refused\n"
            if done.refused:
                text += "nothing was added: mend what is refused, then import again\n"
        try:
            emit(text)
        except (OSError, WriteFailed) as error:
            if would:
                raise
            raise WriteFailed(
                f"the result could not be printed ({error}), but {done.added:,} entries were added and stand"
            ) from error
    if done.refused:
        raise typer.Exit(2)
