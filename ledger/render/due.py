"""What is due, as it is read: a table of open orders, one of what is to be lifted, and what the marks mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ledger.render.rows import amount
from ledger.render.safe import plain
from ledger.render.spans import lasting
from ledger.render.terminal import Grid, Pages

Found = Mapping[str, Any]
COLUMNS: Final = (
    "order", "due", "rule", "seconds_left", "pending", "acknowledged", "overdue", "marks", "verified", "cautious", "paused",
    "demanded", "counts_from", "age_seconds", "age_days", "authority", "jurisdiction", "platform", "basis", "asks",
    "counts", "pending_beside", "not_enough_info", "not_enough_info_beside", "rule_hours", "rule_text", "source", "remark",
    "last_entry", "confidential",
)  # fmt: skip
# What each mark means, in the order in which they are explained.
MARKS: Final = {
    "unverified": "the rule was not read in its source: check it before you rely on it",
    "cautious": "of a day without an hour the instant was taken that makes the order due first: it may be due later",
    "from-issue": "no receipt is recorded: the clock counts from the issue",
    "observed": "a time is only known to have passed by then: it may be due earlier",
    "paused": "the clock stands still, for a clarification or a stay: left is what was left when it stopped",
    "ended": "the authority demands nothing at present",
    "not-in-force": "the rule of this basis was not in force when the order was received",
    "named-only": "what was asked, stayed or extended for some targets alone leaves the time of the order as it is",
}


def as_page(page: Pages, found: Found, file: str, rules: str) -> str:
    """Return what is due as a page; `rules` says by which it was judged."""
    rows, zone = found["rows"], found["timezone"]
    page.say(f"Due · {plain(file)}", "bold")
    page.say(f"As of {found['at']} (times in {zone}); {plain(rules)}")
    page.say()
    if rows:
        table = Grid("order", "due", "left", "pending", "acknowledged", left=3, folds=(0, 2))
        for row in rows:
            pending = amount(row["pending"]) + (f" (+{row['pending_beside']:,})" if row["pending_beside"] else "")
            acknowledged = "yes" if row["acknowledged"] else "no"
            style = "bold red" if row["overdue"] else ""
            table.add(plain(row["order"]), shown_due(row), left(row), pending, acknowledged, style=style)
            table.note(" · ".join(about(row)))
        page.table(table)
    page.say(summed(found))
    if found["to_lift"]:
        page.say()
        page.say("Restricted, though no order demands it any more", "bold")
        table = Grid("order", "status", "targets", left=2)
        for order, status, held, names in grouped(found["to_lift"]):
            table.add(plain(order), status, held)
            if names:
                table.note(names)
        page.table(table)
        page.say("Unblock them, or record that they were: `ledger respond ORDER unblocked TARGET…`.")
    notes = list(footnotes(found))
    if notes:
        page.say()
    for note in notes:
        page.say(f"• {note}")
    return page.text()


def shown_due(row: Found) -> str:
    """Return a due time as printed: to the minute where it is one."""
    if row["due"] is None:
        return "–"
    day, clock = row["due"].split("T")
    time, zone = clock[:8], clock[8:]
    fraction, offset = (zone[:7], zone[7:]) if zone.startswith(".") else ("", zone)
    if not fraction and time.endswith(":00"):
        time = time[:5]
    return f"{day} {time}{fraction} {'UTC' if offset == 'Z' else offset}"


def left(row: Found) -> str:
    """Say how much time is left, by how much it is exceeded, or how long an order without a time is open."""
    seconds = row["seconds_left"]
    if not row["demanded"]:
        return "nothing is due"
    if seconds is None:
        stands = "paused" if row["paused"] else "no time"
        return f"{stands}; {age(row)} old"
    bound = ("≥" if seconds >= 0 else "≤") if row["cautious"] else ""
    text = f"{bound}{lasting(abs(seconds))} left" if seconds >= 0 else f"overdue by {bound}{lasting(-seconds)}"
    return f"paused, {text}" if row["paused"] else text


def age(row: Found) -> str:
    """Return how long ago an order was received: in hours only from an instant."""
    if row["age_seconds"] is not None:
        return lasting(row["age_seconds"])
    return f"{row['age_days']:,} day" + ("" if row["age_days"] == 1 else "s")


def about(row: Found) -> list[str]:
    """Return what is said below an order: who asks whom, by which rule, how it is marked."""
    asks = "information" if row["asks"] == "information" else row["counts"]
    said = [f"{plain(row['authority'])} ({row['jurisdiction']}) to {plain(row['platform'])}, {asks}"]
    said.append(by(row))
    asked = amount(row["not_enough_info"])
    beside = row["not_enough_info_beside"]
    if asked != "0" or beside:
        said.append(f"not enough information: {asked}" + (f" (+{beside:,})" if beside else ""))
    marks = [*(["confidential"] if row["confidential"] else []), *row["marks"]]
    return [*said, ", ".join(marks)] if marks else said


def by(row: Found) -> str:
    """Say what the time of an order rests on."""
    rule, start = row["rule"], row["counts_from"]
    if rule == "own":
        return "its own deadline"
    if rule == "extended":
        return "as extended"
    if rule is None:
        basis = f"no rule for {plain(row['basis'])}" if row["basis"] else "no basis stated"
        return f"{basis}, no deadline of its own"
    hours = "" if row["rule_hours"] is None else f", {row['rule_hours']:g} h"
    return f"{plain(rule)}{hours} from {start}" if hours else plain(rule)


def grouped(to_lift: Iterable[Found]) -> Iterator[tuple[str, str, str, str]]:
    """Give what is to be lifted by order, status and kind: how many, and the first of their names."""
    groups: dict[tuple[str, str, str, bool], list[Found]] = {}
    for row in to_lift:
        groups.setdefault((row["order"], row["status"], row["kind"], row["target"] is None), []).append(row)
    for (order, status, kind, unnamed), rows in groups.items():
        if unnamed:
            yield order, status, f"{amount(rows[0]['amount'])} unnamed {kind}", ""
            continue
        more = f" and {len(rows) - 6:,} more" if len(rows) > 6 else ""
        yield order, status, f"{len(rows):,} {kind}", ", ".join(plain(row["target"]) for row in rows[:6]) + more


def summed(found: Found) -> str:
    """Say how many orders are listed, and how many are not, and why."""
    rows, left_out = found["rows"], found["left_out"]
    overdue = sum(row["overdue"] for row in rows)
    said = [f"{len(rows):,} open {'order' if len(rows) == 1 else 'orders'}, {overdue:,} overdue"]
    if left_out["later"]:
        said.append(f"{left_out['later']:,} due later")
    if left_out["without_due"]:
        said.append(f"{left_out['without_due']:,} without a time")
    if left_out.get("confidential"):
        said.append(f"{left_out['confidential']:,} confidential left out")
    if left_out["totals"]:
        said.append(f"{left_out['totals']:,} entries left out that stand for several orders or none")
    return "; ".join(said)


def footnotes(found: Found) -> Iterator[str]:
    """Give what each mark means that is used, and where the rules were read that are not verified."""
    used = {mark for row in found["rows"] for mark in row["marks"]}
    for mark, meaning in MARKS.items():
        if mark in used:
            yield f"{mark}: {meaning}"
    unverified = {row["rule"]: row for row in found["rows"] if row["verified"] is False}
    for key, row in unverified.items():
        yield f"{plain(key)} is unverified. {plain(row['source'])}. {plain(row['remark'] or '')}".rstrip()
    if any(row["pending_beside"] or row["not_enough_info_beside"] for row in found["rows"]):
        yield "Amounts are of the kind that each order counts, (+n) names of other kinds."
