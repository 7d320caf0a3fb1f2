"""`ledger show`: one order or one entry, whole."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ledger.book import Ledger
from ledger.cli import options as o
from ledger.cli.completion import complete_order
from ledger.cli.output import chosen, page, put
from ledger.errors import Refused
from ledger.questions import order_number, order_timeline
from ledger.render.rows import as_json
from ledger.render.safe import plain


def command(
    ctx: typer.Context,
    what: Annotated[
        str,
        typer.Argument(
            metavar="ID|SEQ",
            help="An order's id, or the number of an entry.",
            autocompletion=complete_order,
            show_default=False,
        ),
    ],
    file: o.FileOption = None,
    output: Annotated[str | None, typer.Option("-O", "--output-format", help="table or json.")] = None,
    out: o.OutOption = None,
    color: o.ColorOption = "auto",
) -> None:
    """Show an order with all its entries, or one entry as it was written, with its hash and its corrections.

    Example: ledger show IN-MEITY-2021-01-31

    Example: ledger show 7
    """
    form = chosen(output, out, ("table", "json"))
    with o.Chosen(ctx, file).reading() as book:
        if what.isdecimal() and what.isascii():
            shown = _entry(book, int(what))
            text = as_json({"schema": "ledger-entry/1"} | shown) if form == "json" else _entry_text(shown)
        else:
            story = order_timeline(book, what)
            if form == "json":
                entry = book.table("entries").get(doc_id=order_number(book, what))
                text = as_json({"schema": "ledger-order/1", "entry": entry} | story)
            else:
                from ledger.render import story as told

                text = told.as_page(page(form, what, color), story)
    put(text, out)


def _entry(book: Ledger, seq: int) -> dict[str, Any]:
    from ledger.index.reading import records
    from ledger.journal.line import decode_line, leaf_hash
    from ledger.model.corrections import corrected

    query = "SELECT start, size, order_no FROM entries WHERE seq = ?"
    row = book.ask(lambda db: db.execute(query, (seq,)).fetchone())
    if row is None and seq == 0:
        raw = next(raw for _, raw in book.file.scan())
        return {
            "seq": 0,
            "leaf_hash": leaf_hash(raw),
            "entry": decode_line(raw),
            "void": False,
            "corrections": [],
            "holds": None,
        }
    if row is None:
        raise Refused(f"there is no entry {seq}: `ledger timeline --order ID` shows the numbers")
    raw = book.file.read(row[0], row[1])
    view = corrected(book.ask(lambda db: records(db, book.file.read, row[2])))
    live = dict(view.facts).get(seq)
    import msgspec

    trail = view.trail.get(seq, [])
    return {
        "seq": seq,
        "leaf_hash": leaf_hash(raw),
        "entry": decode_line(raw),
        "void": seq in view.void,
        "corrections": trail,
        # As it counts now; None when it is void, or a correction itself.
        "holds": None
        if live is None or not trail
        else {name: value for name, value in msgspec.to_builtins(live).items() if value not in (None, [], {}, False)},
    }


def _entry_text(shown: dict[str, Any]) -> str:
    import json

    lines = [f"entry {shown['seq']}" + (" (VOID)" if shown["void"] else "")]
    for name, value in shown["entry"].items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        lines.append(f"  {name}: {plain(text)}")
    lines.append(f"  leaf hash: {shown['leaf_hash']}")
    if shown["corrections"]:
        lines.append("corrected by " + ", ".join(f"entry {seq}" for seq in shown["corrections"]))
    if shown["holds"] is not None:
        changed = {name: value for name, value in shown["holds"].items() if shown["entry"].get(name) != value}
        for name, value in changed.items():
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            lines.append(f"  now {name}: {plain(text)}")
    return "\n".join(lines) + "\n"
