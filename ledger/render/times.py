"""The times, deadlines, rates and users of a report: its part of the page, and as flat rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ledger.render.counting import counted, fitting, plural, share
from ledger.render.rows import amount
from ledger.render.safe import plain
from ledger.render.spans import in_days, lasting
from ledger.render.terminal import Grid, Pages, cells

Block = Mapping[str, Any]
_CLOCKS: Final = (
    ("acknowledged in", "acknowledged_in"),
    ("first effect in", "first_effect_in"),
    ("acted in (last target)", "acted_in"),
)
_VERDICTS: Final = ("met", "missed", "open", "cannot_be_told", "no_deadline")
_NEITHER: Final = "–"


def median_text(median: Block) -> str:
    """Return a median as it is printed; a dash where it is of nothing."""
    if not median["of"]:
        return _NEITHER
    if median["reached"] is None:
        return "cannot be told"
    if not median["reached"]:
        return "not reached"
    text = lasting(median["seconds"]) if "seconds" in median else in_days(median["days"])
    return text if median["qualifier"] == "exact" else f"≈{text}"


def times_page(page: Pages, report: Block) -> None:
    """Print what `times` holds of a report."""
    times, kind = report["times"], report["kind"]
    totals = times["totals"]
    span = f"up to {report['as_of']}" if report["begin"] is None else "in the period"
    page.say()
    page.say(f"Times, deadlines and rates (orders received {span}, as they stood at {times['at']})", "bold")
    _clocks(page, totals, "target" if kind in ("all", "any") else kind)
    _say_left_out(page, totals)
    page.say()
    page.say(_deadlines(totals["deadlines"]))
    page.say(_users(totals["users"]))
    page.say()
    _rates(page, totals["rates"], kind)
    if times["no_groups"]:
        page.say()
        page.say(f"Not by {report['by']}: {times['no_groups']}.", "dim")
    elif times["groups"]:
        page.say()
        page.say(f"Times by {report['by']}", "bold")
        named = [(plain(group["key"]) or "not stated", group) for group in times["groups"]]
        _table(page, report["by"], named, plural(kind))
    periods = [(period["label"], period) for period in times["periods"]]
    if len(periods) > 1:
        page.say()
        page.say(f"Times by {report['grain']} (orders received in each, as they stood at the end of all)", "bold")
        _table(page, report["grain"], [each for each in periods if _any(each[1])], plural(kind))
    information = times["information"]
    if _any(information):
        page.say()
        page.say("Orders to provide information", "bold")
        _clocks(page, information, "target")
        _say_left_out(page, information)
        page.say(_deadlines(information["deadlines"]))
        page.say(_users(information["users"]))


def _any(block: Block) -> bool:
    return bool(block["orders"] or block["repeats"] or block["published_totals"]["entries"])


def _clocks(page: Pages, block: Block, thing: str) -> None:
    """Print the four clocks of a cohort, in as many tables as the width asks for."""
    clocks = [(name, block[key]) for name, key in (*_CLOCKS, (f"each {thing} acted on in", "targets_acted_in"))]
    columns = {
        head: [median_text(clock[part]) for _, clock in clocks]
        for head, part in (("median", "median"), ("of the answered", "median_answered"), ("in days", "median_days"))
    }
    columns |= {part: [_figure(clock[part]) for _, clock in clocks] for part in ("answered", "closed", "open")}
    columns["oldest open"] = [_oldest(clock) for _, clock in clocks]
    columns["no clock time"] = [_figure(clock["no_clock_time"]) for _, clock in clocks]
    _print(page, "from receipt", [name for name, _ in clocks], columns)
    unknown = block["targets_acted_in"]["amount_unknown"]
    if unknown:
        page.say(f"In no median of {plural(thing)}, as their number is not stated: {_orders(unknown)}.")


def _print(page: Pages, label: str, names: list[str], columns: Mapping[str, list[str]]) -> None:
    width = min(max(map(cells, (label, *names))), max(20, page.width // 3))
    for number, heads in enumerate(fitting(page.width - width, columns)):
        table = Grid(label, *heads)
        for at, name in enumerate(names):
            table.add(name, *(columns[head][at] for head in heads))
        if number:
            page.say()
        page.table(table)


def _figure(held: Any) -> str:
    return amount(held) if isinstance(held, Mapping) else f"{held:,}"


def _oldest(clock: Block) -> str:
    oldest = clock["oldest_open"]
    if oldest is None:
        return ""
    return in_days(oldest["days"]) if oldest["seconds"] is None else lasting(oldest["seconds"])


def _orders(n: int) -> str:
    return counted({"n": n, "qualifier": "exact"}, "order")


def _say_left_out(page: Pages, block: Block) -> None:
    left = []
    if block["repeats"]:
        left.append(f"{_orders(block['repeats'])} with nothing of their own (they repeat another, or are about none)")
    if block["published_totals"]["entries"]:
        left.append(f"of published totals: {_orders(block['published_totals']['orders'])}, no times")
    if left:
        page.say("Left out: " + "; ".join(left) + ".")


def _verdict(name: str) -> str:
    return {"open": "not due yet"}.get(name, name.replace("_", " "))


def _deadlines(held: Block) -> str:
    text = "Deadlines: " + ", ".join(f"{_verdict(name)} {held[name]:,}" for name in _VERDICTS)
    if held["met_without_action"]:
        text += f"; of those met {held['met_without_action']:,} closed without an action"
    for name, words in (("unverified", "by an unverified rule"), ("cautious", "by a time taken at its most cautious")):
        some = [f"{_verdict(verdict)} {n:,}" for verdict, n in held[name].items() if n]
        if some:
            text += f"; of these {words}: {', '.join(some)}"
    return text + "."


def _users(held: Block) -> str:
    words = (
        ("told", "told"),
        ("told_in_part", "told in part"),
        ("may_not_be_told", "may not be told"),
        ("to_be_told", "still to be told"),
        ("nothing_to_tell", "nothing to tell"),
    )
    return "Users, by orders: " + ", ".join(f"{text} {held[name]:,}" for name, text in words) + "."


def _rates(page: Pages, rates: Block, kind: str) -> None:
    table = Grid("rate", "of", "ever", "", "still", "")
    for over, things in (("orders", "orders"), ("targets", plural(kind))):
        held = rates[over]
        for name, words in (("withheld", "withheld by law"), ("acted", "acted on, own rules included")):
            figures = [text for part in ("ever", "still") for text in _rate(held[name][part], held["of"])]
            table.add(f"{things} {words}", _figure(held["of"]), *figures)
    page.table(table)
    targets = rates["targets"]
    aside = f"{_orders(rates['orders']['nothing_to_act_on'])} with nothing to act on"
    gone = f"of {amount(targets['specified'])} specified {amount(targets['already_removed'])} already removed"
    inside = (
        targets["of"]["n"] + targets["already_removed"]["n"] + targets["not_found"]["n"] - targets["specified"]["n"]
    )
    but = ", but for those that had been acted on" if inside else ""
    page.say(f"Outside these: {aside}; {gone}, {amount(targets['not_found'])} not found{but}.")


def _rate(part: Any, whole: Any) -> tuple[str, str]:
    both = [held if isinstance(held, Mapping) else {"n": held, "qualifier": "exact"} for held in (part, whole)]
    return _figure(part), share(*both)


def _table(page: Pages, label: str, named: list[tuple[str, Block]], things: str) -> None:
    """Print a row for each cohort, in as many tables as the width asks for."""
    columns: dict[str, list[str]] = {"orders": [f"{block['orders']:,}" for _, block in named]}
    whole = all(block["acted_in"] is not None for _, block in named)
    clocks = [(name.partition(" (")[0], key) for name, key in _CLOCKS] if whole else []
    for name, key in (*clocks, (f"{things if whole else 'targets'} acted in", "targets_acted_in")):
        columns[name] = [median_text(block[key]["median"]) for _, block in named]
    key = "acted_in" if whole else "targets_acted_in"
    columns["in days"] = [median_text(block[key]["median_days"]) for _, block in named]
    for name in ("answered", "closed", "open"):
        columns[name] = [_figure(block[key][name]) for _, block in named]
    columns["oldest open"] = [_oldest(block[key]) for _, block in named]
    columns["no clock time"] = [_figure(block[key]["no_clock_time"]) for _, block in named]
    if whole:
        for verdict, head in (("met", "met"), ("missed", "missed"), ("open", "not due yet")):
            columns[head] = [f"{block['deadlines'][verdict]:,}" for _, block in named]
        columns["to be told"] = [f"{block['users']['to_be_told']:,}" for _, block in named]
    for head, rate in (("withheld", "withheld"), ("acted on", "acted")):
        for part in ("ever", "still"):
            columns[f"{head}, {part}"] = [_share(block["rates"]["targets"], rate, part) for _, block in named]
    _print(page, label, [name for name, _ in named], columns)


def _share(targets: Block, rate: str, part: str) -> str:
    if targets["of"] == {"n": 0, "qualifier": "exact"}:
        return _NEITHER
    return share(targets[rate][part], targets["of"]) or _figure(targets[rate][part])


def times_notes(report: Block) -> Iterator[str]:
    """Give what a reader must know beside the times."""
    own = report["times"]["own_rules"]
    yield (
        "A median is the time by which half of the orders were answered, open ones counted as such and closed ones as "
        "never answered (cumulative incidence); not reached: fewer than half were. Days alone give no hours; where they could "
        "change a median of hours, it cannot be told."
    )
    if own:
        yield f"Deadlines by the rules of the package and of {plain(own)}."


def times_rows(report: Block) -> Iterator[tuple[str, str, str, Any, str | None, str]]:
    """Give each figure: which table, which line, what is measured, how much, and from which day up to which."""
    times, begin, end = report["times"], report["begin"], report["end"]
    for table, block in (("times", times["totals"]), ("times-information", times["information"])):
        yield from ((table, "", measure, held, begin, end) for measure, held in _measures(block))
    for group in times["groups"]:
        yield from (("times-group", group["key"], measure, held, begin, end) for measure, held in _measures(group))
    for period in times["periods"]:
        for measure, held in _measures(period):
            yield "times-period", period["label"], measure, held, period["begin"], period["end"]


def _measures(block: Block, path: str = "") -> Iterator[tuple[str, Any]]:
    """Give the figures of a block under their paths; a median that there is none of has no number."""
    for name, held in block.items():
        at = f"{path}:{name}" if path else name
        if isinstance(held, int):
            yield at, held
        elif not isinstance(held, Mapping):
            continue
        elif "reached" in held:
            unit = "seconds" if "seconds" in held else "days"
            lacking = "none" if not held["of"] else "cannot-be-told" if held["reached"] is None else "not-reached"
            exact = held["qualifier"] if held["reached"] else lacking
            yield f"{at}:{unit}", {"n": held[unit], "qualifier": exact}
            yield f"{at}:of", held["of"]
        elif "qualifier" in held:
            yield at, held
        else:
            yield from _measures(held, at)
