"""The report on a terminal and as flat rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final

from ledger.model.statuses import CLOSED, INFORMATION, LIFTED, OPEN, OWN_RULES, RESTRICTED, STATUSES
from ledger.render.counting import counted, fitting, plural, share
from ledger.render.rows import amount
from ledger.render.safe import plain
from ledger.render.terminal import Grid, Pages, cells
from ledger.reports.sums import added

NEWEST: Final = 12
_GROUPS: Final = (
    ("open", OPEN),
    ("restricted by law", RESTRICTED),
    ("own rules", OWN_RULES),
    ("lifted", LIFTED),
    ("closed", CLOSED),
    ("information", INFORMATION),
)
_ALWAYS: Final = ("blocked", "unblocked", "withheld")
_BAR: Final = "▏▎▍▌▋▊▉█"

Report = Mapping[str, Any]


def as_page(page: Pages, report: Report, file: str, *, whole: bool) -> str:
    """Return the report as a page; the newest periods alone unless `whole`."""
    kinds = plural(report["kind"])
    span = f"up to {report['as_of']}" if report["begin"] is None else f"{report['begin']} to {report['as_of']}"
    page.say(f"Ledger report · {plain(file)}", "bold")
    page.say(f"Period: {span} (days in {report['timezone']}) · counted: {kinds}, in orders to act")
    if report["according_to"]:
        page.say(f"According to: {report['according_to']} only", "bold")
    page.say()
    title = "Orders received " + (f"up to {report['as_of']}" if report["begin"] is None else "in the period")
    page.say(f"{title}, as they stood at its end", "bold")
    _totals(page, report["totals"], report["kind"])
    if report["groups"]:
        page.say()
        page.say(f"The same by {report['by']}" + _group_note(report), "bold")
        _groups(page, report)
    page.say()
    page.say(f"Everything that moved, by {report['grain']} (moves, not distinct {kinds})", "bold")
    page.say("Beside it what is restricted at the end of each: a balance over all orders.")
    periods = report["periods"]
    shown = periods if whole else periods[-NEWEST:]
    _periods(page, shown, report, "together" if len(shown) == len(periods) else "these only")
    if len(shown) < len(periods):
        page.say(f"The newest {NEWEST} of {len(periods)} {report['grain']}s; --all-periods shows all.", "dim")
    if report["times"] is not None:
        from ledger.render.times import times_page

        times_page(page, report)
    notes = list(footnotes(report))
    if notes:
        page.say()
        for note in notes:
            page.say(f"• {note}")
    return page.text()


def _totals(page: Pages, totals: Report, kind: str) -> None:
    table = Grid("status", plural(kind))
    for group, statuses in _GROUPS:
        for status in statuses:
            held = totals["status"][status]
            if _some(held) or status in (*_ALWAYS, "pending"):
                table.add(f"{status}  ({group})", amount(held))
    table.gap()
    table.add("specified in orders", amount(totals["specified"]), style="bold")
    table.add("  of them restricted by law", amount(totals["restricted"]), style="bold")
    table.add("  of them not restricted", amount(totals["not_restricted"]), style="bold")
    page.table(table)
    orders, named = ({"n": totals[name], "qualifier": "exact"} for name in ("orders", "named"))
    line = f"{counted(orders, 'order')}; {counted(named, kind)} named"
    rate = share(totals["restricted"], totals["specified"])
    if rate:
        line += f"; restricted {rate} of those specified"
    page.say(line)
    distinct = totals["distinct"]
    standing = ", ".join(f"{status} {n:,}" for status, n in distinct["effective"].items() if n)
    found = f"Distinct named {plural(kind)}, over all orders: {distinct['targets']:,}"
    page.say(found + (f" ({standing})" if standing else ""))


def _group_note(report: Report) -> str:
    if report["by"] == "country":
        return " (a target counts once in each country: sums may exceed the totals)"
    return " (all kinds)" if report["by"] == "kind" else ""


def _groups(page: Pages, report: Report) -> None:
    """Print the groups in as many tables as the width asks for: columns are never left out."""
    groups = report["groups"]
    columns = {"orders": [f"{group['orders']:,}" for group in groups]}
    columns |= {name: [amount(group[name]) for group in groups] for name in ("specified", "restricted")}
    for status in STATUSES:
        if status == "pending" or any(_some(group["status"][status]) for group in groups):
            columns[status] = [amount(group["status"][status]) for group in groups]
    names = [plain(group["key"]) or "not stated" for group in groups]
    label = min(max(map(cells, names)), max(20, page.width // 4))
    for number, part in enumerate(fitting(page.width - label, columns)):
        table = Grid(report["by"], *part)
        for at, name in enumerate(names):
            table.add(name, *(columns[column][at] for column in part))
        if number:
            page.say()
        page.table(table)


def _some(held: Report) -> bool:
    return bool(held["n"]) or held["qualifier"] != "exact"


def _periods(page: Pages, periods: list[Report], report: Report, together: str) -> None:
    """Print the periods in as many tables as the width asks for: columns are never left out."""
    moved = [
        status
        for status in (*_ALWAYS, *(status for status in STATUSES if status not in _ALWAYS))
        if status in _ALWAYS or any(_some(p["moved"][status]) for p in periods)
    ]
    restricted = [_restricted(period) for period in periods]
    most = max((held["n"] for held in restricted), default=0)
    sizes = {status: max([len(status), *(len(amount(p["moved"][status])) for p in periods)]) + 2 for status in moved}
    label = max([8, *(len(period["label"]) for period in periods)]) + 2
    beside = label + 8 + max([7, *(len(amount(p["ordered"])) for p in periods)]) + 2 + 12
    parts: list[list[str]] = [[]]
    room = page.width - beside - 10
    for status in moved:
        if sum(sizes[name] for name in parts[-1]) + sizes[status] > room and parts[-1]:
            parts.append([])
            # Only the first part has the orders, the amounts ordered and the bar beside its columns.
            room = page.width - label
        parts[-1].append(status)
    length = max(8, min(24, page.width - beside - sum(sizes[name] for name in parts[0]) - 2))
    for number, part in enumerate(parts):
        heads = ["orders", "ordered", *part, "restricted", "at its end"] if number == 0 else part
        table = Grid(report["grain"], *heads)
        for period, held in zip(periods, restricted, strict=True):
            figures = [amount(period["moved"][status]) for status in part]
            if number == 0:
                first = (f"{period['orders']:,}", amount(period["ordered"]))
                figures = [*first, *figures, amount(held), bar(held["n"], most, length)]
            table.add(period["label"], *figures)
        if len(periods) > 1:
            sums = [amount(added([period["moved"][status] for period in periods])) for status in part]
            if number == 0:
                ordered = amount(added([period["ordered"] for period in periods]))
                sums = [f"{sum(period['orders'] for period in periods):,}", ordered, *sums, "", ""]
            table.gap()
            table.add(together, *sums, style="bold")
        if number:
            page.say()
        page.table(table)


def _restricted(period: Report) -> Report:
    return added([period["balance"][status] for status in RESTRICTED])


def bar(n: int, most: int, width: int = 8) -> str:
    """Return a bar whose length is in proportion to the largest."""
    eighths = round(8 * width * n / most) if most > 0 and n > 0 else 0
    eighths = max(eighths, 1) if n > 0 else 0
    return "█" * (eighths // 8) + (_BAR[eighths % 8 - 1] if eighths % 8 else "")


def _inexact(report: Report) -> bool:
    blocks = [report["totals"], *report["groups"]]
    quantities = chain(
        *(block["status"].values() for block in blocks),
        *((block["specified"], block["restricted"], block["not_restricted"]) for block in blocks),
        *((period["ordered"], *period["moved"].values(), *period["balance"].values()) for period in report["periods"]),
    )
    return any(held["qualifier"] != "exact" for held in quantities)


def footnotes(report: Report) -> Iterator[str]:
    """Give what a reader must know beside the figures."""
    if _inexact(report):
        yield "≈ about, + at least, < up to, some: no number stated. A sum is exact only where all its parts are."
    left = report["left_out"]
    if left["kinds"]:
        kinds = ", ".join(counted(held, kind) for kind, held in sorted(left["kinds"].items()))
        yield f"Not counted above, as --kind {report['kind']} is: {kinds} (--kind all counts them)."
    later = left["later_moves"]
    if left["later_orders"] or later["n"] or later["qualifier"] != "exact":
        orders = counted({"n": left["later_orders"], "qualifier": "exact"}, "order")
        yield f"After {report['as_of']} the ledger holds {orders} and {counted(later, 'move')} more."
    informing = report["information"]["orders"]
    if informing:
        yield f"Orders to provide information are never mixed in: {informing:,}."
    others = {name: held for name, held in report["stated_by"].items() if name != "platform"}
    if others and not report["according_to"]:
        by = ", ".join(f"{name} {amount(held)}" for name, held in sorted(others.items()))
        some, moved = amount(added(others.values())), counted(added(report["stated_by"].values()), "move")
        yield f"{some} of {moved} rest on statements by others than the platform ({by})."
    unbooked = report["not_booked_whole"]
    if unbooked:
        noun = "entry" if unbooked == 1 else "entries"
        yield f"{unbooked:,} {noun} could not be booked whole" + (
            " from these statements alone." if report["according_to"] else "; see ledger check."
        )
    if report["times"] is None:
        yield "Times, deadlines, rates, users told: report --times, or a report of a period."
    else:
        from ledger.render.times import times_notes

        yield from times_notes(report)


def flat(report: Report) -> list[dict[str, Any]]:
    """Return one row for each figure, for a spreadsheet: which table, which line, what is measured, how much."""
    rows: list[dict[str, Any]] = []

    def put(table: str, key: str, measure: str, held: Any, begin: str | None, end: str) -> None:
        held = held if isinstance(held, Mapping) else {"n": held, "qualifier": "exact"}
        rows.append(
            {
                "table": table,
                "key": key,
                "begin": begin,
                "end": end,
                "measure": measure,
                "n": held["n"],
                "qualifier": held["qualifier"],
            }
        )

    begin, end = report["begin"], report["end"]
    for table, block in [("totals", report["totals"]), *(("group", group) for group in report["groups"])]:
        key = block.get("key", "")
        for name in ("orders", "specified", "named", "restricted", "not_restricted"):
            put(table, key, name, block[name], begin, end)
        for status in STATUSES:
            put(table, key, f"status:{status}", block["status"][status], begin, end)
    for status, n in report["totals"]["distinct"]["effective"].items():
        put("distinct", "", f"effective:{status}", n, begin, end)
    for period in report["periods"]:
        label = period["label"]
        put("period", label, "orders", period["orders"], period["begin"], period["end"])
        put("period", label, "ordered", period["ordered"], period["begin"], period["end"])
        for name in ("moved", "balance"):
            for status in STATUSES:
                put("period", label, f"{name}:{status}", period[name][status], period["begin"], period["end"])
    if report["times"] is not None:
        from ledger.render.times import times_rows

        for row in times_rows(report):
            put(*row)
    return rows
