"""`ledger erase`: erase private values for good."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli import options as o
from ledger.cli.output import chosen, emit, standing
from ledger.render.rows import as_json
from ledger.render.safe import plain


def command(
    ctx: typer.Context,
    seq: Annotated[int, typer.Argument(metavar="SEQ", help="The number of an entry.", show_default=False)],
    reason: Annotated[
        str,
        typer.Option("--reason", help="Why; it stands in the ledger: leave out whom it is about.", show_default=False),
    ],
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[FIELD|TARGET]",
            help="A private field of the entry, or one of its targets; without it all that is private in it.",
            show_default=False,
        ),
    ] = None,
    file: o.FileOption = None,
    output: Annotated[str | None, typer.Option("-O", "--output-format", help="table or json.")] = None,
) -> None:
    """Delete what discloses a private value, and record that it was done. Nothing brings it back.

    A target is erased wherever it stands. Checkpoints and proofs stay valid, and all counts stay as they are: the target
    goes on under its digest. Copies elsewhere are not reached: backups, published copies, printed reports.

    Example: ledger erase 12 note --reason "personal data, request of 2026-03-01"

    Example: ledger erase 12 @example_handle --reason "erasure request"
    """
    from ledger.erasing import erase

    form = chosen(output, None, ("table", "json"))
    target = o.Chosen(ctx, file)
    with target.reading() as book:
        done = erase(book, seq, what, reason)
        number = done.seq if done.seq is not None else seq
        with standing(number):
            if form == "json":
                emit(
                    as_json(
                        {
                            "schema": "ledger-erasure/1",
                            "seq": done.seq,
                            "of": seq,
                            "fields": done.fields,
                            "values": done.values,
                            "disclosures": done.disclosures,
                            "in_clear": done.clear,
                            "corrections": done.corrections,
                            "elsewhere": done.elsewhere,
                        }
                    )
                )
            else:
                recorded = f"recorded as entry {done.seq}" if done.seq is not None else "recorded before, done now"
                emit(
                    f"erased from {plain(target.label)}: {', '.join(done.fields)} of entry {seq} "
                    f"({done.values:,} {'value' if done.values == 1 else 'values'}); {recorded}\n"
                )
        if done.clear:
            o.warn(f"the name still stands in fields that are not private: entries {_listed(done.clear)}")
        if done.elsewhere:
            o.warn(f"the name is part of other private values: entries {_listed(done.elsewhere)}; erase those too")
        if done.corrections:
            o.warn(
                f"corrections of entry {seq} state these fields too: entries {_listed(done.corrections)}; erase them there"
            )
        o.warn("backups, published copies and whatever was exported are not reached: erase it there too")


def _listed(entries: list[int]) -> str:
    return ", ".join(map(str, entries[:20])) + (" and more" if len(entries) > 20 else "")
