"""Timelines as a story: when, what, who says so, and how long after the order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ledger.model.whereabouts import where_text
from ledger.render.receipt import move_text
from ledger.render.rows import amount
from ledger.render.safe import plain
from ledger.render.terminal import Pages

Story = Mapping[str, Any]


def as_page(page: Pages, story: Story) -> str:
    """Return a timeline as it is read."""
    for line, indent, style in lines(story):
        page.say(line, style, indent)
    return page.text()


def lines(story: Story) -> Iterator[tuple[str, int, str]]:
    """Give each line of a timeline with how far it stands in and its style."""
    for found in story["targets"]:
        yield f"{plain(found['target'])} · {found['kind']} on {plain(found['platform'])}", 0, "bold"
        count = len(found["orders"])
        stands = f"stands as {found['status']} over all of them" if found["status"] else "has no status to act on"
        yield f"under {count} {'order' if count == 1 else 'orders'}; {stands}", 0, ""
        for alias in found["aliases"]:
            yield from _alias(alias)
    for order in story["orders"]:
        yield "", 0, ""
        yield from _order(order)
    yield "", 0, ""
    many = len(story["orders"]) > 1
    first = {found["target"] for found in story["targets"]}
    for event in story["events"]:
        name = event["name"]
        other = f" as {plain(name)}" if name is not None and first and name not in first else ""
        yield from _event(event, other, many=many)
    if not story["events"]:
        yield "nothing is recorded", 0, ""
    if story["footnotes"]:
        yield "", 0, ""
    for note in story["footnotes"]:
        yield f"• {plain(note)}", 0, ""


def _alias(alias: Story) -> Iterator[tuple[str, int, str]]:
    names = " and ".join(map(plain, alias["targets"]))
    who = f"says the {alias['stated_by']} · " if alias["stated_by"] else ""
    sources = "source: " + "; ".join(map(plain, alias["sources"])) + " · " if alias["sources"] else ""
    yield f"{names} are one: {plain(alias['reason'])}", 2, ""
    yield f"{who}{sources}entry {alias['seq']}", 4, ""


def _order(order: Story) -> Iterator[tuple[str, int, str]]:
    if order["void"]:
        yield f"Order {plain(order['order'])} (voided)", 0, "bold"
        return
    reference = f", their reference {plain(order['reference'])}" if order["reference"] else ""
    head = f"Order {plain(order['order'])} · {plain(order['authority'])} ({order['jurisdiction']}){reference}"
    yield head + (" · CONFIDENTIAL" if order["confidential"] else ""), 0, "bold"
    asks = " and ".join(order["requires"]) or "not stated"
    basis = f" under {plain(order['basis'])}" if order["basis"] else ""
    said = [f"asks {plain(order['platform'])} to: {asks}{basis}"]
    if not order["repeats"]:
        said.append(_plural(order))
    elif order["relates_to"]:
        # Where it is not told which order it repeats, it is not told that it does.
        said.append("books nothing, as it repeats another")
    said += [f"due {plain(order['due'])}"] if order["due"] else []
    yield "; ".join(said), 2, ""
    if order["relates_to"]:
        yield f"{order['relation'] or 'relates to'} {plain(order['relates_to'])}", 2, ""
    for ground in order["alleged"]:
        yield f"alleged by the authority: {plain(ground)}", 2, ""
    if order["repeats"]:
        return
    standing = ", ".join(f"{status} {amount(held)}" for status, held in order["status"].items())
    beside = "; ".join(
        f"{kind}: " + ", ".join(f"{status} {n:,}" for status, n in held.items())
        for kind, held in order["beside"].items()
    )
    yield f"stands now: {standing or 'nothing booked'}" + (f"; beside it {beside}" if beside else ""), 2, ""
    if not order["demanded"]:
        yield "no longer demanded by the authority", 2, ""


def _plural(order: Story) -> str:
    kind = order["kind"]
    specified = order["specified"]
    noun = "targets" if kind == "any" else kind if specified["n"] == 1 else f"{kind}s"
    words = order["stated"]
    stated = f" (stated as {plain(words)})" if words and words.replace(",", "") != str(specified["n"]) else ""
    return f"{amount(specified)} {noun}{stated}"


def _event(event: Story, name: str, *, many: bool) -> Iterator[tuple[str, int, str]]:
    about = f" [{plain(event['order'])}]" if many else ""
    since = f" · {_since(event['since_order']['text'])}" if event["since_order"] else ""
    seen = " (observed by then)" if event["at_kind"] == "observed-by" else ""
    struck = "VOID " if event["void"] else ""
    yield (
        f"{plain(str(event['at']))}{seen}  {struck}{_what(event)}{name}{since}{about}",
        0,
        "dim" if event["void"] else "bold",
    )
    if event["targets"] and not (event["before"] or event["after"]):
        names = event["targets"]
        more = f" and {len(names) - 6:,} more" if len(names) > 6 else ""
        yield "named: " + ", ".join(plain(name) for name in names[:6]) + more, 4, ""
    if event["joined"]:
        how = "one of the unnamed" if event["joined"] == "identified" else "an extra, not on the order's list"
        yield f"not named by the order; taken as {how}", 4, ""
    who = f"says the {event['stated_by']}"
    if event["sources"]:
        who += " · source: " + "; ".join(plain(source) for source in event["sources"])
    yield f"{who} · entry {event['seq']}", 4, ""
    if event["documents"]:
        yield "document: " + "; ".join(plain(name) for name in event["documents"]), 4, ""
    if event["reason"]:
        yield f"reason given: {plain(event['reason'])}", 4, ""
    if event["note"]:
        yield f"note: {plain(event['note'])}", 4, ""
    for correction in event["corrections"]:
        yield _corrected(correction), 4, ""
    for problem in event["problems"]:
        yield f"problem: {plain(problem)}", 4, "yellow"


def _since(text: str) -> str:
    if text == "same day":
        return "the day of the order"
    return text + " the order" if text.endswith("before") else f"{text} after the order"


def _what(event: Story) -> str:
    what = str(event["what"])
    if event["kind"] == "follow-up":
        what = f"the order: {what}" + (
            f" to {plain(event['due'])}" if event["due"] and what == "deadline-extended" else ""
        )
    elif event["countries"]:
        what += " worldwide" if event["countries"] == ["worldwide"] else f" in {', '.join(event['countries'])}"
    elif event["after"] == what and event["where"]:
        what += where_text(tuple(event["where"]))
    if event["moves"]:
        return f"{what}: {_moves(event)}"
    before, after = event["before"], event["after"]
    if event["kind"] == "order":
        return f"ordered → {after}" if after else what
    if after and before != after:
        return f"{what}: {before} → {after}"
    where = where_text(tuple(event["where"])) if event["where"] and event["after"] != event["what"] else ""
    return f"{what} (stays {after}{where})" if after else what


def _moves(event: Story) -> str:
    return "; ".join(map(move_text, event["moves"]))


def flat(story: Story) -> list[dict[str, Any]]:
    """Return one row for each event, for a spreadsheet."""
    nothing = {"days": None, "seconds": None}
    return [
        {
            **event,
            "moves": _moves(event),
            "days_since_order": (event["since_order"] or nothing)["days"],
            "seconds_since_order": (event["since_order"] or nothing)["seconds"],
        }
        for event in story["events"]
    ]


def _said(value: Any) -> str:
    if value is None:
        return "not stated"
    if isinstance(value, Mapping):
        return plain(str(value.get("words") or value.get("n")))
    return plain(", ".join(map(str, value)) if isinstance(value, list) else str(value))


def _corrected(correction: Story) -> str:
    if correction.get("void"):
        return f"voided by entry {correction['seq']}: {plain(correction['reason'])}"
    changes = ", ".join(f"{name} was {_said(was)}" for name, was in correction["was"].items())
    return f"corrected by entry {correction['seq']} ({changes}): {plain(correction['reason'])}"
