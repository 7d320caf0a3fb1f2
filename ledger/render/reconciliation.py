"""A reconciliation on a page and as flat rows, and the list of the measures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ledger.render.counting import share
from ledger.render.rows import amount
from ledger.render.safe import plain
from ledger.render.terminal import Grid, Pages
from ledger.reports.reconciling.bounds import CANNOT_TELL, CONSISTENT, DIFFERS, EQUAL, NOT_COMPARED, RESULTS, WITHIN
from ledger.reports.reconciling.claims import WAYS
from ledger.reports.reconciling.named_measures import BASES, PLURALS

Row = Mapping[str, Any]
COLUMNS: Final = (
    "table", "line", "column", "period", "first", "last", *WAYS, "apart", "measure", "published", "beside", "result",
    "difference", "why",
)  # fmt: skip
_PLURAL: Final = {DIFFERS: "differ"}
MEASURE_COLUMNS: Final = ("measure", "counts", "of_kind", "by_key")


def as_page(page: Pages, found: Row, file: str) -> str:
    """Return a reconciliation as a page; what agrees is told line by line too, what was not compared by its reasons."""
    page.say(f"Reconciliation · {plain(found['published'])} · {plain(file)}", "bold")
    page.say(
        f"Days in {found['timezone']}; orders received in a period, as they stood at its end. Nothing is adjusted."
    )
    compared = [row for row in found["comparisons"] if row["result"] != NOT_COMPARED]
    if compared:
        page.say()
        page.say("Published figures beside the ledger's", "bold")
        table = Grid("line", "period", "of", "measure", "result", "published", "ledger", left=5, folds=(2, 3, 1))
        for row in compared:
            style = "bold" if row["result"] == DIFFERS else ""
            places = (lines(row["lines"]), period(row), key(row), plain(row["measure"]), result(row))
            table.add(*places, plain(row["published"]), counted(row), style=style)
            if row["note"]:
                table.note(plain(row["note"]))
        page.table(table)
    _sums(page, found["sums"])
    _not_in_table(page, found["not_in_table"])
    _duplicates(page, found["duplicates"])
    _not_compared(page, found["comparisons"])
    page.say()
    for name in (WITHIN, CONSISTENT, CANNOT_TELL):
        if found["results"][name]:
            page.say(f"• {name.replace('-', ' ')}: {RESULTS[name]}")
    for note in found["notes"]:
        page.say(f"• {plain(note)}")
    page.say(verdict(found), "bold")
    return page.text()


def verdict(found: Row) -> str:
    """Return what came of it in a line."""
    said = [f"{n:,} {_PLURAL.get(result, result) if n > 1 else result}" for result, n in found["results"].items() if n]
    said = [", ".join(said).replace("-", " ")] if said else []
    if found["sums"]:
        wrong = sum(row["result"] == DIFFERS for row in found["sums"])
        said.append(f"{wrong:,} of {len(found['sums']):,} totals other than the sum of their parts")
    lacking = sum(row["difference"] for row in found["not_in_table"])
    if lacking:
        said.append(f"{lacking:,} in the ledger and in a total, but not in the table")
    return "; ".join(said)


def _sums(page: Pages, sums: Sequence[Row]) -> None:
    if not sums:
        return
    equal = sum(row["result"] == EQUAL for row in sums)
    page.say()
    page.say("The table's totals beside the sum of their parts", "bold")
    if equal:
        page.say(
            f"{equal:,} equal {'that' if equal == 1 else 'those'} of their parts."
            if equal < len(sums)
            else "All of them are equal."
        )
    others = [row for row in sums if row["result"] != EQUAL]
    if others:
        table = Grid(
            "line", "period", "of", "measure", "over", "result", "published", "sum", left=6, folds=(2, 3, 1, 4)
        )
        for row in others:
            places = (lines(row["lines"]), period(row), key(row), plain(row["measure"]), over(row), result(row))
            table.add(
                *places, plain(row["published"]), bounds(row["added"]), style="bold" if row["result"] == DIFFERS else ""
            )
            table.note("parts: " + parts(row))
        page.table(table)


def _not_in_table(page: Pages, rows: Sequence[Row]) -> None:
    if not rows:
        return
    page.say()
    page.say("In the ledger, and not in the table", "bold")
    table = Grid("period", "of", "measure", "result", "ledger", left=4, folds=(1, 2, 0))
    for row in rows:
        said = "differs" if row["difference"] else "no total says more"
        if row["unread"]:
            said = f"cannot tell: perhaps line {lines(row['unread'])}, not read"
        table.add(
            period(row),
            key(row),
            row["measure"],
            said,
            amount(row["counted"]),
            style="bold" if row["difference"] else "",
        )
    page.table(table)
    if any(row["difference"] for row in rows):
        page.say("Where the table states a total for the period, what it lacks is part of that total: a difference.")


def _duplicates(page: Pages, rows: Sequence[Row]) -> None:
    if not rows:
        return
    page.say()
    page.say("Said more than once", "bold")
    for row in rows:
        said = ", ".join(f"line {lines(one['lines'])} {plain(one['published']) or 'nothing'}" for one in row["rows"])
        page.say(f"{period(row)}, {key(row)}, {plain(row['measure'])}: {said}")


def _not_compared(page: Pages, rows: Sequence[Row]) -> None:
    reasons: dict[str, list[Row]] = {}
    for row in rows:
        if row["result"] == NOT_COMPARED:
            reasons.setdefault(row["why"], []).append(row)
    if not reasons:
        return
    page.say()
    page.say("Not compared", "bold")
    for why, held in reasons.items():
        columns = dict.fromkeys(plain(row["column"]) for row in held)
        at = f"line {lines(n for row in held for n in row['lines'])}"
        # What could not be read says its place itself.
        page.say(plain(why) if why.startswith(f"{at}, column ") else f"{at} ({', '.join(columns)}): {plain(why)}")


def lines(numbers: Iterable[int]) -> str:
    """Return numbers of lines, those that follow each other as a span: 2–4, 7."""
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in spans)


def period(row: Row) -> str:
    """Return the period of a figure as the table writes it."""
    return plain(row["period"]["label"]) if row["period"] else "all periods"


def key(row: Row) -> str:
    """Return whose orders a figure counts."""
    said = [plain(value) or "not stated" for value in row["key"].values()]
    said += [f"{plain(column)} {plain(value)}" for column, value in row.get("apart", {}).items()]
    return ", ".join(said) or "all"


def result(row: Row) -> str:
    """Return how a figure stands to what is beside it, and by how much it differs."""
    if row["result"] != DIFFERS:
        return str(row["result"]).replace("-", " ")
    difference = row["difference"]
    least = "at least " if row["at_least"] else ""
    if isinstance(difference, float):
        return f"differs by {least}{difference * 100:+.2f} points"
    return f"differs by {least}{difference:+,}"


def counted(row: Row) -> str:
    """Return the ledger's figure, a rate with what it is a rate of; nothing where there is none to compare."""
    if row["counted"] is None:
        return ""
    if row["of"] is None:
        return amount(row["counted"])
    rate = share(row["counted"], row["of"])
    return f"{amount(row['counted'])} of {amount(row['of'])}" + (f", {rate}" if rate else "")


def over(row: Row) -> str:
    """Return what the parts of a total tell apart."""
    return " and ".join(plain(name.removeprefix("column ")) for name in row["over"])


def parts(row: Row) -> str:
    """Return where the parts of a total stand."""
    if row["over"] == ["columns"]:
        return ", ".join(f"{plain(part['column'])} {plain(part['published']) or 'not stated'}" for part in row["parts"])
    return f"line {lines(n for part in row['parts'] for n in part['lines'])}"


def bounds(held: Row) -> str:
    """Return between which numbers a sum lies."""
    low, high = held["low"], held["high"]
    if high is None:
        return f"{low:,}+" if low else "not stated"
    text = f"{low:,}" if low == high else f"{low:,}–{high:,}"
    return f"≈{text}" if held["about"] else text


def flat(found: Row) -> list[dict[str, Any]]:
    """Return one row for each figure, for a spreadsheet: which table, where, what it counts, what stands beside it."""
    rows = [_flat("comparison", row) | {"beside": counted(row), "why": why(row)} for row in found["comparisons"]]
    rows += [
        _flat("sum", row) | {"beside": bounds(row["added"]), "why": f"over {over(row)}: {parts(row)}"}
        for row in found["sums"]
    ]
    for row in found["not_in_table"]:
        said = {"result": DIFFERS if row["difference"] else NOT_COMPARED, "beside": amount(row["counted"])}
        if row["unread"]:
            said |= {"result": CANNOT_TELL, "why": f"perhaps line {lines(row['unread'])}, which could not be read"}
        rows.append(_flat("not in table", row) | said)
    for row in found["duplicates"]:
        rows += [_flat("duplicate", {**row, **one}) for one in row["rows"]]
    return rows


def why(row: Row) -> str:
    """Return why a figure was not compared, or what else is to be said of it."""
    return str(row["why"] or row["note"])


def _flat(table: str, row: Row) -> dict[str, Any]:
    span = row["period"] or {"label": "", "first": "", "last": ""}
    return {
        "table": table,
        "line": lines(row.get("lines", ())),
        "column": row.get("column", ""),
        "period": span["label"],
        "first": span["first"],
        "last": span["last"],
        **{way: row["key"].get(way, "") for way in WAYS},
        "apart": [f"{column}: {value}" for column, value in row.get("apart", {}).items()],
        "measure": row["measure"],
        "published": row.get("published", ""),
        "beside": "",
        "result": row.get("result", ""),
        "difference": row.get("difference") if table in ("comparison", "sum") else None,
        "why": "",
    }


def measure_rows() -> list[dict[str, Any]]:
    """Return the measures: what each counts, whether of a kind of target, and whether by jurisdiction and the like too."""
    return [
        {"measure": name, "counts": base.says, "of_kind": base.of_kind, "by_key": base.grouped}
        for name, base in BASES.items()
    ]


def as_measures(page: Pages) -> str:
    """Return the list of the measures as a page."""
    page.say("Measures that a published table may name", "bold")
    page.say(f"With the kind of target before it where one is counted: {', '.join(PLURALS)} (every kind).")
    page.say(
        "Those marked with * are counted over all orders alone, the others by jurisdiction, authority, platform and basis too."
    )
    page.say()
    for row in measure_rows():
        dots = "… " if row["of_kind"] else ""
        page.say(f"{dots}{row['measure']}{'' if row['by_key'] else ' *'}", "bold")
        page.say(row["counts"], indent=4)
    return page.text()
