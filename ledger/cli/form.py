"""The guided form: an order asked for step by step, each answer held against the rules before the next question."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer

from ledger.book import Ledger
from ledger.cli.options import when
from ledger.errors import Refused
from ledger.model.countries import check_country
from ledger.model.entries import convert, normalise
from ledger.model.quantities import parse_quantity
from ledger.model.statuses import DUTIES
from ledger.model.targets import parse_target, platform_key
from ledger.render.safe import plain


def ask_order(book: Ledger, zone: str) -> dict[str, Any]:
    """Return the order that the answers describe, shown and confirmed; raises `Refused` when it is not confirmed."""
    typer.echo("A new order. Enter leaves out what is optional; Ctrl-C stops, and nothing is added.")
    entry: dict[str, Any] = {"kind": "order"}
    _ask(entry, "authority", "Authority (who ordered it)", _some)
    _ask(
        entry,
        "jurisdiction",
        "Jurisdiction (country code such as IN, or EU)",
        lambda text: check_country(text, "jurisdiction"),
    )
    _ask(entry, "platform", "Platform (such as twitter)", lambda text: platform_key(text) and text)
    _ask(
        entry,
        "received",
        "Received (2021-02-01, 2021-02-01T21:40+05:30, today, now)",
        lambda text: when("received", text, zone),
        "today",
    )
    _ask(entry, "reference", "The authority's reference", _some, "")
    _ask(entry, "basis", "Legal basis (such as IN-69A)", _some, "")
    _ask(entry, "requires", f"Requires ({', '.join(DUTIES)}; several with spaces)", _duties, "")
    _ask(entry, "grounds", "Grounds that the authority alleges", lambda text: [text], "")
    _ask(entry, "due", "Deadline that the order sets", lambda text: when("due", text, zone), "")
    _ask(
        entry,
        "specified",
        "How many it is about (257, nearly 1,200, some)",
        lambda text: parse_quantity(text).words,
        "",
    )
    entry |= {"targets": targets} if (targets := _targets(entry["platform"])) else {}
    _ask(entry, "sources", "Source", lambda text: [text], "")
    _ask(entry, "note", "Note", _some, "")
    convert(normalise(entry))
    typer.echo()
    for name, value in entry.items():
        typer.echo(f"  {name}: {plain(', '.join(value) if isinstance(value, list) else str(value))}")
    receipt = book.try_out(entry)
    for note in receipt.notes:
        typer.echo(f"  note: {plain(note)}")
    if not typer.confirm("Record this order?", default=False):
        raise Refused("not confirmed; nothing was added")
    return entry


def _ask(
    entry: dict[str, Any], name: str, question: str, read: Callable[[str], Any], default: str | None = None
) -> None:
    while True:
        text = typer.prompt(question, default=default, show_default=bool(default)).strip()
        if not text and default is not None:
            return
        try:
            entry[name] = read(text)
        except Refused as error:
            typer.echo(f"  {plain(str(error))}")
        else:
            return


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


def _targets(platform: str) -> list[str]:
    found: list[str] = []
    while True:
        text = typer.prompt(
            "Target (@name, hashtag:tag, https://…; Enter ends the list)", default="", show_default=False
        ).strip()
        if not text:
            return found
        try:
            parse_target(text, platform_key(platform))
        except Refused as error:
            typer.echo(f"  {plain(str(error))}")
        else:
            found.append(text)
