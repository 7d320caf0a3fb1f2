"""The guided form: an order asked for step by step, each answer held against the rules before the next question."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import typer

from ledger.book import Ledger
from ledger.cli.options import clock, when
from ledger.errors import Refused
from ledger.model.admission import check, check_past
from ledger.model.countries import check_country
from ledger.model.entries import convert, normalise
from ledger.model.moments import utc_text
from ledger.model.quantities import parse_quantity
from ledger.model.statuses import DUTIES
from ledger.model.targets import platform_key
from ledger.render.safe import plain

Read = Callable[[str], Any]


def ask_order(book: Ledger, zone: str) -> dict[str, Any]:
    """Return the order that the answers describe, shown and confirmed; raises `Refused` when it is not confirmed."""
    typer.echo("A new order. Enter leaves out what is optional; Ctrl-C stops, and nothing is added.")
    entry: dict[str, Any] = {"kind": "order"}

    def ask(name: str, question: str, read: Read, default: str | None = None) -> None:
        while True:
            text = typer.prompt(question, default=default, show_default=bool(default)).strip()
            if not text and default is not None:
                return
            if _taken(entry, name, partial(read, text), zone):
                return

    ask("authority", "Authority (who ordered it)", _some)
    ask(
        "jurisdiction",
        "Jurisdiction (country code such as IN, or EU)",
        lambda text: check_country(text, "jurisdiction"),
    )
    ask("platform", "Platform (such as twitter)", lambda text: platform_key(text) and text)
    received = "Received (2021-02-01, 2021-02-01T21:40+05:30, today, now)"
    ask("received", received, lambda text: when("received", text, zone), "today")
    ask("reference", "The authority's reference", _some, "")
    ask("basis", "Legal basis (such as IN-69A)", _some, "")
    ask("requires", f"Requires ({', '.join(DUTIES)}; several with spaces)", _duties, "")
    ask("grounds", "Grounds that the authority alleges", lambda text: [text], "")
    ask("due", "Deadline that the order sets", lambda text: when("due", text, zone), "")
    ask("specified", "How many it is about (257, nearly 1,200, some)", lambda text: parse_quantity(text).words, "")
    while text := typer.prompt(
        "Target (@name, hashtag:tag, https://…; Enter ends the list)", default="", show_default=False
    ).strip():
        _taken(entry, "targets", lambda: [*entry.get("targets", []), text], zone)
    ask("sources", "Source", lambda text: [text], "")
    ask("note", "Note", _some, "")
    typer.echo()
    for name, value in entry.items():
        typer.echo(f"  {name}: {plain(', '.join(value) if isinstance(value, list) else str(value))}")
    receipt = book.try_out(entry)
    for note in receipt.notes:
        typer.echo(f"  note: {plain(note)}")
    if not typer.confirm("Record this order?", default=False):
        raise Refused("not confirmed; nothing was added")
    return entry


def _taken(entry: dict[str, Any], name: str, read: Callable[[], Any], zone: str) -> bool:
    """Take an answer into the entry if the rules admit it; else say why not."""
    before = dict(entry)
    try:
        entry[name] = read()
        if entry.get("received"):
            order = convert(normalise(entry))
            check(order, zone)
            check_past(order, utc_text(clock()))
    except Refused as error:
        entry.clear()
        entry.update(before)
        typer.echo(f"  {plain(str(error))}")
        return False
    return True


def _some(text: str) -> str:
    if not text:
        raise Refused("an answer is needed here")
    return text


def _duties(text: str) -> list[str]:
    words = text.replace(",", " ").split()
    for word in words:
        if word not in DUTIES:
            raise Refused(f"{word!r} is none of {', '.join(DUTIES)}")
    return words
