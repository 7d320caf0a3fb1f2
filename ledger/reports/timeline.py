"""What happened to one target, or under one order, as plain rows in the order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from ledger.errors import Refused
from ledger.index.aliases import Aliases
from ledger.index.reading import Source, erasures, folded, records
from ledger.model.corrections import View, corrected
from ledger.model.effective import effective
from ledger.model.entries import Alias, Order
from ledger.model.postings import Fold
from ledger.model.targets import key_text, parse_targets, platform_key, possible_keys
from ledger.reports.described import frame
from ledger.reports.order_story import OrderStory, void_rows

SCHEMA: Final = "ledger-timeline/1"


def target_timeline(source: Source, text: str, *, confidential: bool = True) -> dict[str, Any]:
    """Return the story of a target over all orders; raises `Refused` when no order names it.

    `targets` holds whom it is about, with the effective status (rule 8) and the orders of each; `orders` what frames
    the story, `events` its steps by time, `footnotes` what the story cannot tell. Without `confidential` it is told as
    if there were no confidential orders (rule 11).
    """
    platforms = [row[0] for row in source.db.execute("SELECT DISTINCT platform FROM orders WHERE platform <> ''")]
    groups = _groups(Aliases(source.db), possible_keys(text, platforms or ["twitter"]))
    found = [(names, folds) for names in groups if any(folds := _folds(source, names, confidential=confidential))]
    if not found:
        near = _nearest(source, text, platforms) if confidential else ""
        raise Refused(f"{text}: no order names it{near}; orders may cover it without naming it")
    story: dict[str, Any] = {"schema": SCHEMA, "target": text, "targets": [], "orders": [], "events": []}
    footnotes: list[str] = []
    moments: list[tuple[tuple[int, int, int], dict[str, Any]]] = []
    for names, folds in found:
        trails = []
        framed: list[str] = []
        for key, named in zip(names, folds, strict=True):
            for order_no, fold, view in named:
                rows = OrderStory(source, fold, view, order_no)
                if fold.id not in framed:
                    framed.append(fold.id)
                    story["orders"].append(rows.frame() if confidential else _open(source, rows.frame()))
                moments += [pair for pair in rows.events_of(key) if not _told(pair[1], moments)]
                footnotes += rows.footnotes(key)
                if not fold.order.informs:
                    trails.append([(post.day, post.to.status) for post in fold.balance.postings if key in post.names])
        trails = [trail for trail in trails if trail]
        platform, kind, _ = names[0].split(" ", 2)
        story["targets"].append(
            {
                "target": key_text(names[0]),
                "kind": kind,
                "platform": platform,
                "status": effective(trails)[-1][1] if trails else None,
                "orders": framed,
                "aliases": list(_said(source, names, folds if not confidential else None)),
            }
        )
    moments.sort(key=lambda pair: pair[0])
    story["events"] = [event for _, event in moments] if confidential else _unrelated([event for _, event in moments])
    return story | {"footnotes": footnotes}


def _told(event: dict[str, Any], moments: list[tuple[tuple[int, int, int], dict[str, Any]]]) -> bool:
    """Tell whether an event that moves nothing is told already, under another name of the same target."""
    return event["before"] == event["after"] and any(other["seq"] == event["seq"] for _, other in moments)


_Folded = tuple[int, Fold, View]


def _groups(aliases: Aliases, keys: Iterable[str]) -> list[list[str]]:
    """Return each of some names with all that are one with it."""
    groups: list[list[str]] = []
    for key in keys:
        if not any(key in group for group in groups):
            groups.append(aliases.group([key]))
    return groups


def _folds(source: Source, names: list[str], *, confidential: bool) -> list[list[_Folded]]:
    """Return the orders that name each of some names, folded; without `confidential` only those that are not."""
    found = []
    for key in names:
        query = "SELECT order_no FROM statuses WHERE target = ? ORDER BY order_no"
        rows = source.db.execute(query, (key,)).fetchall()
        folds = [(number, *folded(source.db, source.read_line, number, source.zone)) for (number,) in rows]
        found.append(
            [
                (number, fold, view)
                for number, fold, view in folds
                if fold is not None and (confidential or not fold.order.confidential)
            ]
        )
    return found


def _said(source: Source, names: list[str], shown: list[list[_Folded]] | None) -> Iterator[dict[str, Any]]:
    """Give what is recorded of some names being one: both names, the entry, why, who says so, the sources.

    With the orders that are `shown` of each name, only of names that stand in one.
    """
    if len(names) == 1:
        return
    known = names if shown is None else [name for name, folds in zip(names, shown, strict=True) if folds]
    for seq in Aliases(source.db).said_of(known):
        for _, alias in corrected(records(source.db, source.read_line, seq)).facts:
            if isinstance(alias, Alias) and {
                target.key for target in parse_targets(alias.targets, platform_key(alias.platform))
            } <= {*known}:
                yield {
                    "seq": seq,
                    "targets": list(alias.targets),
                    "reason": alias.reason,
                    "stated_by": alias.stated_by,
                    "sources": list(alias.sources),
                    "note": alias.note,
                }


def _open(source: Source, frame: dict[str, Any]) -> dict[str, Any]:
    """Return what an order is without naming a confidential one that it relates to."""
    query = "SELECT confidential FROM orders WHERE id = ?"
    row = source.db.execute(query, (frame["relates_to"],)).fetchone()
    return frame | {"relates_to": None, "relation": None} if row is not None and row[0] else frame


def _unrelated(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return events whose corrections do not tell to which order theirs relates."""

    def told(fields: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in fields.items() if name not in ("relates_to", "relation")}

    return [
        event
        | {
            "corrections": [
                correction | {"set": told(correction["set"]), "was": told(correction["was"])}
                for correction in event["corrections"]
            ]
        }
        for event in events
    ]


def _nearest(source: Source, text: str, platforms: list[str]) -> str:
    """Return a hint at the nearest name that the ledger holds, found by its first letters."""
    from difflib import get_close_matches

    near: dict[str, None] = {}
    for key in possible_keys(text, platforms or ["twitter"]):
        stem = key[: key.rfind(" ") + 3]
        query = "SELECT DISTINCT target FROM statuses WHERE target >= ? AND target < ? LIMIT 5000"
        names = [row[0] for row in source.db.execute(query, (stem, stem + "\U0010ffff"))]
        near |= dict.fromkeys(get_close_matches(key, names, n=1, cutoff=0.8))
    return f" (did you mean {key_text(next(iter(near)))}?)" if near else ""


def order_timeline(source: Source, order_no: int, *, confidential: bool = True) -> dict[str, Any]:
    """Return the story of one order: every entry, what it moved, what was corrected.

    Without `confidential`, it names no confidential order that it relates to.
    """
    fold, view = folded(source.db, source.read_line, order_no, source.zone)
    if fold is None:
        entries = records(source.db, source.read_line, order_no)
        order = entries[0].entry
        frames = [frame(order, order_no) | {"void": True}] if isinstance(order, Order) else []
        events = [event for _, event in sorted(void_rows(entries, view, None, source.zone), key=lambda pair: pair[0])]
        footnotes = ["the order was voided; it counts nowhere"]
    else:
        rows = OrderStory(source, fold, view, order_no)
        frames = [rows.frame()]
        events = [event for _, event in sorted(rows.all_events(), key=lambda pair: pair[0])]
        footnotes = []
    if not confidential:
        frames = [_open(source, found) for found in frames]
        events = _unrelated(events)
        if any(found["repeats"] and not found["relates_to"] for found in frames):
            # Each names the order that this one repeats.
            events = [event | {"problems": []} for event in events]
    return {
        "schema": SCHEMA,
        "target": None,
        "targets": [],
        "orders": frames,
        "events": events,
        "footnotes": [*footnotes, *_erased(source, order_no)],
    }


def _erased(source: Source, order_no: int) -> Iterator[str]:
    """Say which private values of an order's entries were erased."""
    for seq, entry in erasures(source.db, source.read_line, order_no):
        fields = ", ".join(entry.fields) or "private values"
        yield f"{fields} of entry {entry.of}: erased by entry {seq}: {entry.reason}"
