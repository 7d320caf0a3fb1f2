"""A table that is imported again, sorted anew, spelled otherwise or brought up to date: nothing is counted twice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ledger
from ledger.exchange.sources import sources
from ledger.importing import Imported

FEW = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
BY_TARGET = """
schema = "ledger-mapping/1"
[rows]
each = "target"
group_by = ["Order", "Country"]
[[order]]
{id}authority = "Example Office"
jurisdiction = {{ column = "Country" }}
platform = "twitter"
received = {{ column = "Received", format = ["YYYY-MM-DD", "DD.MM.YYYY"] }}
targets = {{ column = "Account" }}
[[order.response]]
action = {{ column = "Outcome", values = {{ "yes" = "withheld", "no" = "refused", "" = "none" }} }}
at = {{ column = "Closed", format = "YYYY-MM-DD" }}
"""
WITH_IDS = BY_TARGET.format(id='id = { template = "o-{Order}-{Country}" }\n')
WITHOUT_IDS = BY_TARGET.replace('"Order", "Country"', '"Country", "Received"').format(id="")
HEADER = "Order,Country,Received,Account,Outcome,Closed\n"
BY_ORDER = """
schema = "ledger-mapping/1"
[[order]]
{id}authority = "Example Office"
jurisdiction = "IN"
platform = "twitter"
received = {{ column = "Received", format = "YYYY-MM-DD" }}
specified = {{ column = "Named" }}
[[order.response]]
action = {{ column = "Outcome", values = {{ "yes" = "withheld", "no" = "refused", "" = "none" }} }}
{amount}
at = {{ column = "Closed", format = "YYYY-MM-DD" }}
"""


def take(folder: Path, mapping: str, *tables: str, keep_going: bool = False) -> list[Imported]:
    """Import tables one after the other into a new ledger."""
    for left in folder.glob("ledger.jsonl*"):
        left.unlink()
    (folder / "map.toml").write_text(mapping)
    done = []
    with ledger.open(folder / "ledger.jsonl") as book:
        for table in tables:
            (folder / "table.csv").write_text(table)
            source = sources([str(folder / "table.csv")], None, "UTC", mapping=folder / "map.toml")
            done.append(book.import_all(source, keep_going=keep_going))
    return done


def entries(folder: Path) -> list[dict[str, object]]:
    with ledger.open(folder / "ledger.jsonl") as book:
        return [dict(entry) for entry in book.table("entries").all() if entry["kind"] != "genesis"]


def table(rows: Sequence[str]) -> str:
    return HEADER + "".join(f"{row}\n" for row in rows)


ROWS = [
    f"{order},{country},{received},@user_{place},{outcome},{closed}"
    for place, (order, country, received, outcome, closed) in enumerate(
        (order, country, received, outcome, f"2021-03-0{1 + (order * 5 + day * 3) % 8}" if outcome else "")
        for order in range(3)
        for day, (country, received, outcome) in enumerate(
            [
                ("UK", "2021-02-01", "yes"),
                ("GB", "01.02.2021", "no"),
                ("uk", "2021-02-01", ""),
                ("UK", "2021-02-01", "yes"),
            ]
        )
    )
]


@pytest.mark.parametrize("mapping", [WITH_IDS, WITHOUT_IDS], ids=["with ids", "without ids"])
@given(st.permutations(ROWS))
@FEW
def test_rows_in_another_order_are_there_already(folder: Path, mapping: str, rows: list[str]) -> None:
    first, again = take(folder, mapping, table(ROWS), table(rows))
    assert (first.refused, first.rows.fit) == ([], len(ROWS))
    assert (again.added, again.refused, again.rows.found) == (0, [], len(ROWS))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hold what is imported."""
    return tmp_path_factory.mktemp("again")


def test_spellings_of_a_country_and_of_a_day_make_one_order(folder: Path) -> None:
    (done,) = take(folder, WITHOUT_IDS.replace(', "Received"', ""), table(ROWS))
    assert (done.refused, [entry["kind"] for entry in entries(folder)].count("order")) == ([], 1)
    (done,) = take(folder, WITH_IDS, table(ROWS))
    assert [entry["id"] for entry in entries(folder) if entry["kind"] == "order"] == ["o-0-GB", "o-1-GB", "o-2-GB"]


def test_what_happened_to_an_order_is_entered_in_the_order_of_time(folder: Path) -> None:
    rows = [f"1,IN,2021-02-01,@user_{day},yes,2021-03-{day:02}" for day in (9, 3, 28, 14, 1)]
    take(folder, WITH_IDS, table(rows))
    found = entries(folder)
    assert found[0]["targets"] == ["@user_9", "@user_3", "@user_28", "@user_14", "@user_1"]
    days = [entry["at"] for entry in found[1:]]
    assert days == sorted(map(str, days))


def test_of_rows_that_are_the_same_it_is_not_guessed_which_one_has_got_an_outcome(folder: Path) -> None:
    mapping = BY_ORDER.format(id="", amount="all = true")
    header, open_row, closed = "Received,Named,Outcome,Closed\n", "2021-01-01,1,,\n", "2021-01-01,1,yes,2021-01-05\n"
    first, again = take(folder, mapping, header + closed + open_row, header + closed + open_row)
    assert (first.added, again.added, again.refused) == (3, 0, [])
    _, moved = take(folder, mapping, header + closed + open_row, header + open_row + closed)
    assert moved.added == 0
    assert "which of them this is cannot be told" in moved.refused[0][1]
    _, later = take(folder, mapping, header + open_row, header + closed)
    assert (later.added, later.refused) == (1, [])


@pytest.mark.parametrize("names", ["", 'id = { template = "o-{Received}" }\n'])
def test_a_count_that_a_table_states_anew_is_not_added_to_the_old_one(folder: Path, names: str) -> None:
    header = "Received,Named,Outcome,Closed,Number\n"
    before, after, later = (f"2021-01-01,100,yes,2021-01-0{day},{n}\n" for day, n in ((5, 10), (5, 12), (6, 12)))
    amount = 'count = { column = "Number" }'
    mapping = BY_ORDER.format(id=names, amount=amount)
    _, again = take(folder, mapping, header + before, header + after)
    assert again.added == 0
    assert "this would be added to it" in again.refused[0][1]
    _, again = take(folder, mapping, header + before, header + later)
    assert (again.added, again.refused) == (1, [])
    _, again = take(folder, mapping.replace("count =", "so_far ="), header + before, header + after)
    assert (again.added, again.refused) == (1, [])


def test_a_bundle_of_an_order_that_is_there_may_count_another_outcome(folder: Path) -> None:
    header = "Received,Named,Outcome,Closed,Number\n"
    mapping = BY_ORDER.format(id='id = { template = "o-{Received}" }\n', amount='count = { column = "Number" }')
    tables = [f"{header}2021-01-01,100,{what},2021-01-05,10\n" for what in ("yes", "no")]
    _, again = take(folder, mapping, *tables)
    assert (again.added, again.refused) == (1, [])


def test_a_count_that_was_corrected_in_the_ledger_is_there_as_it_was_corrected(folder: Path) -> None:
    header = "Received,Named,Outcome,Closed,Number\n"
    before, after = (f"2021-01-01,100,yes,2021-01-05,{n}\n" for n in (10, 12))
    mapping = BY_ORDER.format(id='id = { template = "o-{Received}" }\n', amount='count = { column = "Number" }')
    take(folder, mapping, header + before)
    (folder / "table.csv").write_text(header + after)
    source = sources([str(folder / "table.csv")], None, "UTC", mapping=folder / "map.toml")
    with ledger.open(folder / "ledger.jsonl") as book:
        book.append({"kind": "correction", "of": 2, "set": {"count": 12}, "reason": "mended"})
        done = book.import_all(source)
        assert (done.added, done.refused) == (0, [])
        book.append({"kind": "correction", "of": 2, "void": True, "reason": "mistaken"})
        done = book.import_all(source)
        assert (done.added, done.refused) == (1, [])


def test_a_name_that_gets_the_outcome_of_others_later_is_entered_alone(folder: Path) -> None:
    mapping = (
        WITH_IDS
        + """
[[order.response]]
action = { column = "Lifted", values = { "yes" = "unblocked", "" = "none" } }
at = { column = "Closed", format = "YYYY-MM-DD" }
"""
    )
    header = HEADER.replace("\n", ",Lifted\n")
    rows = ["1,IN,2021-02-01,@user_1,yes,2021-02-03,yes\n", "1,IN,2021-02-01,@user_2,{},\n"]
    before, after = (header + "".join(rows).replace("{}", text) for text in (",", "yes,2021-02-03"))
    _, again, third = take(folder, mapping, before, after, after)
    assert (again.added, again.refused, third.added, third.refused) == (1, [], 0, [])
    assert entries(folder)[-1]["targets"] == ["@user_2"]


def test_a_new_row_above_one_that_is_the_same_does_not_take_its_outcome(folder: Path) -> None:
    mapping = BY_ORDER.format(id="", amount="all = true")
    header, new, old = "Received,Named,Outcome,Closed\n", "2021-01-01,1,,\n", "2021-01-01,1,yes,2021-01-05\n"
    _, above = take(folder, mapping, header + old, header + new + old)
    assert above.added == 0
    assert "which of them this is cannot be told" in above.refused[0][1]
    _, below = take(folder, mapping, header + old, header + old + new)
    assert (below.added, below.refused) == (1, [])
    _, both = take(folder, mapping, header + new + new, header + old + old)
    assert (both.added, both.refused) == (2, [])


def test_the_second_amount_of_a_row_is_no_twin_of_the_first(folder: Path) -> None:
    mapping = (
        BY_ORDER.format(id="", amount="so_far = 1")
        + """
[[order]]
specified = { column = "Posts" }
specified_of = "post"
[[order.response]]
action = "withheld"
so_far = { column = "Done" }
at = { column = "Closed", format = "YYYY-MM-DD" }
"""
    )
    header = "Received,Named,Outcome,Closed,Posts,Done\n"
    tables = [f"{header}2021-01-01,9,yes,2021-01-05,50,{n}\n" for n in (4, 20)]
    _, again = take(folder, mapping, *tables)
    assert (again.added, again.refused) == (1, [])


def test_ids_with_a_day_in_them_are_the_same_however_it_is_spelled(folder: Path) -> None:
    mapping = WITHOUT_IDS.replace("[[order]]\n", '[[order]]\nid = { template = "o-{Country}-{Received}" }\n')
    first, again = take(folder, mapping, table(ROWS), table(ROWS[::-1]))
    assert (first.refused, again.added, again.refused) == ([], 0, [])
    assert [entry["id"] for entry in entries(folder) if entry["kind"] == "order"] == ["o-GB-2021-02-01"]


def test_what_has_a_day_of_its_own_in_the_table_is_entered_when_that_is_filled_in(folder: Path) -> None:
    mapping = (
        BY_ORDER.format(id='id = { template = "o-{Received}" }\n', amount="all = true")
        + """
[[order.response]]
action = "acknowledged"
at = { column = "Acknowledged", format = "YYYY-MM-DD" }
"""
    )
    header = "Received,Named,Outcome,Closed,Acknowledged\n"
    first, later, wrong = take(
        folder, mapping, *(f"{header}2021-01-01,9,,,{day}\n" for day in ("", "2021-01-02", "soon")), keep_going=True
    )
    assert (first.added, first.refused, later.added, later.refused) == (1, [], 1, [])
    assert "soon" in wrong.refused[0][1]
    # What was decided has to say when.
    (undated,) = take(folder, mapping, f"{header}2021-01-01,9,yes,,\n")
    assert "at: is missing" in undated.refused[0][1]


def test_a_count_in_another_country_is_another_count(folder: Path) -> None:
    def mapping(countries: str) -> str:
        return BY_ORDER.format(
            id='id = { template = "o-{Received}" }\n', amount='count = { column = "Number" }'
        ).replace("[[order.response]]", f"[[order.response]]\ncountries = {countries}")

    header = "Received,Named,Outcome,Closed,Number\n"
    take(folder, mapping('["IN"]'), header + "2021-01-01,100,yes,2021-01-05,10\n")
    (folder / "map.toml").write_text(mapping('["GB"]'))
    source = sources([str(folder / "table.csv")], None, "UTC", mapping=folder / "map.toml")
    with ledger.open(folder / "ledger.jsonl") as book:
        done = book.import_all(source)
    assert (done.added, done.refused) == (1, [])
