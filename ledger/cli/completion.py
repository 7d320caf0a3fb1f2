"""What the shell offers: order ids, actions, events, known targets."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import typer

_MOST: Final = 200
# Shells take what is offered as if it was typed: whatever they would act on is not offered.
_HARMLESS: Final = re.compile(r"[\w@:./+=,%#-]+")


def complete_order(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the ids of orders that begin so."""
    query = "SELECT id FROM orders WHERE id >= ? AND id < ? AND duty <> 'void' ORDER BY id LIMIT ?"
    ids = [row[0] for row in _ask(ctx, query, (incomplete, incomplete + "\U0010ffff", _MOST))]
    return list(filter(_HARMLESS.fullmatch, ids))


def complete_target(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the known targets that begin so, in the form in which they were begun."""
    from ledger.model.platforms import WITHOUT_CASE

    kind, name = _begun(incomplete)
    found: dict[str, None] = {}
    for (platform,) in _ask(ctx, "SELECT DISTINCT platform FROM orders", ()):
        caseless = kind == "hashtag" or (kind == "account" and platform in WITHOUT_CASE)
        start = f"{platform} {kind} {name.casefold() if caseless else name}"
        query = "SELECT DISTINCT target FROM statuses WHERE target >= ? AND target < ? LIMIT ?"
        for (key,) in _ask(ctx, query, (start, start + "\U0010ffff", _MOST)):
            found[incomplete + key[len(start) :]] = None
    return list(filter(_HARMLESS.fullmatch, found))


def _begun(incomplete: str) -> tuple[str, str]:
    """Return the kind of a target that is begun, and as much of its name as is there."""
    if incomplete[:1] in ("#", "@"):
        return "hashtag" if incomplete[0] == "#" else "account", incomplete[1:]
    kind, mark, name = incomplete.partition(":")
    if mark and not name.startswith("//"):
        return kind.lower(), name
    return ("url" if mark else "account"), incomplete


def among(names: tuple[str, ...]) -> Callable[[str], list[str]]:
    """Return a completion over fixed words."""

    def complete(incomplete: str) -> list[str]:
        return [name for name in names if name.startswith(incomplete)]

    return complete


def _ask(ctx: typer.Context, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    from ledger.book import Ledger
    from ledger.errors import LedgerError

    root = ctx.find_root()
    file = ctx.params.get("file") or root.params.get("file") or os.environ.get("COMPLIANCE_LEDGER") or "ledger.jsonl"
    try:
        with Ledger(Path(file)) as book:
            return book.ask(lambda db: db.execute(query, values).fetchall()) if book.exists() else []
    except LedgerError:
        # The command itself will say what is wrong; a completion has no place to.
        return []
