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
    checklist: Annotated[
        bool, typer.Option("--checklist", help="Hold an order against what DSA article 9 asks for; it judges nothing.")
    ] = False,
) -> None:
    """Show an order with all its entries, or one entry as it was written, with its hash and its corrections.

    Example: ledger show IN-MEITY-2021-01-31

    Example: ledger show 7

    Example: ledger show IN-MEITY-2021-01-31 --checklist
    """
    form = chosen(output, out, ("table", "json"))
    with o.Chosen(ctx, file).reading() as book:
        if checklist:
            listed = _checklist(book, what)
            if form == "json":
                text = as_json(listed)
            else:
                from ledger.render import checklist as lists

                text = lists.as_page(page(form, what, color), listed)
        elif what.isdecimal() and what.isascii():
            shown = _entry(book, int(what))
            text = as_json({"schema": "ledger-entry/1"} | shown) if form == "json" else _entry_text(shown)
        else:
            story = order_timeline(book, what)
            if form == "json":
                shown = _entry(book, order_number(book, what))
                text = as_json(story | {"schema": "ledger-order/1"} | shown)
            else:
                from ledger.render import story as told

                text = told.as_page(page(form, what, color), story)
    put(text, out)


def _entry(book: Ledger, seq: int) -> dict[str, Any]:
    """Return an entry as it was written, and as it holds now: None when it is void."""
    from ledger.index.reading import erasures, records
    from ledger.journal.line import decode_line, leaf_hash
    from ledger.journal.sealing import digests_in
    from ledger.model.corrections import corrected
    from ledger.model.entries import ENVELOPE, Correction, amended

    query = "SELECT start, size, order_no FROM entries WHERE seq = ?"
    row = book.ask(lambda db: db.execute(query, (seq,)).fetchone())
    if row is None and seq:
        raise Refused(f"there is no entry {seq}: `ledger timeline --order ID` shows the numbers")
    raw = book.file.read(row[0], row[1]) if row else book.file.first()
    line = decode_line(raw)
    vault = book.index.vault
    entry = line if vault is None else vault.clear(line)
    holds: dict[str, Any] | None = {name: value for name, value in entry.items() if name not in ENVELOPE}
    trail: list[int] = []
    erased: list[int] = []
    void = False
    if row:
        entries = book.ask(lambda db: records(db, book.read_line, row[2]))
        gone = book.ask(lambda db: erasures(db, book.read_line, row[2]))
        erased = [number for number, erasure in gone if erasure.of == seq]
        view = corrected(entries)
        trail, void = view.trail.get(seq, []), seq in view.void
        by_seq = {item.seq: item.entry for item in entries}
        if trail and not void:
            sets = [correction for number in trail if isinstance(correction := by_seq[number], Correction)]
            holds = amended(holds or {}, sets)
    return {
        "seq": seq,
        "leaf_hash": leaf_hash(raw),
        "entry": entry,
        "private": sorted(name for name in entry if name != "_sd" and entry[name] != line.get(name)),
        "not_disclosed": len(digests_in(entry)),
        "erased_by": erased,
        "void": void,
        "corrections": trail,
        "holds": None if void else holds,
    }


def _checklist(book: Ledger, what: str) -> dict[str, Any]:
    """Return the checklist of an order as it holds now; raises `Refused` for an entry, or an order that was voided."""
    import json

    from ledger.index.reading import folded, records
    from ledger.journal.sealing import digests_in
    from ledger.model.entries import Correction
    from ledger.reports.dsa.checklist import checklist

    if what.isdecimal() and what.isascii():
        raise Refused(
            f"checklist: {what} is the number of an entry: give the id of an order, as `ledger orders` shows it"
        )
    order_no = order_number(book, what)
    fold, _ = book.ask(lambda db: folded(db, book.read_line, order_no, book.zone))
    if fold is None:
        raise Refused(
            f"{what}: was voided, so there is no order to hold against the list; `ledger show {what}` tells why"
        )
    entries = book.ask(lambda db: records(db, book.read_line, order_no))
    own = [item.raw for item in entries if item.seq == order_no or isinstance(item.entry, Correction)]
    hidden = any(digests_in(json.loads(raw)) for raw in own)
    return checklist(fold.order, order_no, hidden=hidden)


def _entry_text(shown: dict[str, Any]) -> str:
    import json

    from ledger.model.entries import ENVELOPE

    lines = [f"entry {shown['seq']}" + (" (VOID)" if shown["void"] else "")]
    for name, value in shown["entry"].items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        lines.append(f"  {name}: {plain(text)}")
    lines.append(f"  leaf hash: {shown['leaf_hash']}")
    if shown["private"]:
        lines.append(f"private, digests alone in the line: {', '.join(shown['private'])}")
    if shown["not_disclosed"]:
        lines.append(f"not disclosed here: {shown['not_disclosed']:,} private values")
    if shown["erased_by"]:
        lines.append("erased by " + ", ".join(f"entry {seq}" for seq in shown["erased_by"]))
    if shown["corrections"]:
        lines.append("corrected by " + ", ".join(f"entry {seq}" for seq in shown["corrections"]))
    if shown["holds"] is not None and shown["corrections"]:
        names = dict.fromkeys((*shown["holds"], *(name for name in shown["entry"] if name not in ENVELOPE)))
        now = {name: shown["holds"].get(name) for name in names}
        changed = {name: value for name, value in now.items() if shown["entry"].get(name) != value}
        for name, value in changed.items():
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            lines.append(f"  now {name}: {plain(text)}")
    return "\n".join(lines) + "\n"
