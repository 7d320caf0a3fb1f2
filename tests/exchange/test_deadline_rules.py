from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ledger.errors import Refused
from ledger.exchange.deadline_rules import packaged_rules, rules_for
from tests.examples import code, table_after, text_of

GOOD = {
    "key": '"XX-1"',
    "text": '"Act"',
    "starts": '"receipt"',
    "hours": "24",
    "begin": "2025-01-01",
    "end": "2025-12-31",
    "verified": "true",
    "source": '"Example Act, s. 1"',
    "remark": '"none"',
}


def table(**changed: str | None) -> str:
    fields = {name: value for name, value in (GOOD | changed).items() if value is not None}
    return "[[rule]]\n" + "".join(f"{name} = {value}\n" for name, value in fields.items())


def refused(folder: Path, text: str | bytes) -> str:
    path = folder / "own.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Refused) as caught:
        rules_for(folder / "ledger.jsonl", path)
    assert str(caught.value).startswith(f"{path}")
    return str(caught.value).removeprefix(f"{path}")


def test_the_packaged_rules_are_those_of_the_page() -> None:
    listed = [
        (code(row[0])[0], row[2], row[3], row[4]) for row in table_after(text_of("deadlines.md"), "<!-- rules -->")
    ]
    found = [
        (
            rule.key,
            "none" if rule.hours is None else f"{rule.hours} h",
            " – ".join(
                "" if day is None else date.fromordinal(day).isoformat() for day in (rule.begin, rule.end)
            ).strip(),
            "yes" if rule.verified else "**no**",
        )
        for versions in packaged_rules().values()
        for rule in versions
    ]
    assert sorted(found) == sorted(listed)


def test_a_users_rules_replace_all_versions_of_their_keys_and_leave_the_others(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(table(key='"in-3-1-D"', hours="1.5", end=None), encoding="utf-8")
    rules, used = rules_for(tmp_path / "ledger.jsonl", path)
    assert used == str(path)
    assert [(rule.key, rule.length) for rule in rules["in-3-1-d"]] == [("in-3-1-D", 5400 * 1_000_000)]
    assert {key: rules[key] for key in rules if key != "in-3-1-d"} == {
        key: versions for key, versions in packaged_rules().items() if key != "in-3-1-d"
    }


def test_a_file_beside_the_ledger_is_used_unless_another_is_given(tmp_path: Path) -> None:
    book = tmp_path / "ledger.jsonl"
    assert rules_for(book, None) == (packaged_rules(), None)
    beside, other = tmp_path / "ledger.jsonl.deadlines.toml", tmp_path / "other.toml"
    beside.write_text(table(), encoding="utf-8")
    other.write_text("\ufeff" + table(key='"YY-1"', hours='"none"'), encoding="utf-8")
    assert rules_for(book, None)[1] == str(beside)
    rules, used = rules_for(book, other)
    assert used == str(other)
    assert "xx-1" not in rules
    assert rules["yy-1"][0].hours is None


def test_the_versions_of_a_key_may_follow_each_other(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    later = table(begin="2026-01-01", end=None, hours="3")
    path.write_text(later + table(begin=None) + table(key='"YY-1"'), encoding="utf-8")
    rules, _ = rules_for(tmp_path / "ledger.jsonl", path)
    assert [rule.hours for rule in rules["xx-1"]] == [24, 3]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"hour": "1"}, "hour: is unknown: a rule has key, text"),
        ({"hours": None}, 'hours: is missing: a number, or "none"'),
        ({"source": None}, "source: is missing"),
        ({"verified": '"yes"'}, "verified: true or false is needed, not 'yes'"),
        ({"reply_by": "1"}, "reply_by: true or false is needed, not 1"),
        ({"key": '" "'}, "key: a text is needed, not ' '"),
        ({"text": "7"}, "text: a text is needed, not 7"),
        ({"remark": "[]"}, "remark: a text is needed, not []"),
        ({"key": '"Own"'}, "key: 'Own' is what an order's own deadline is called"),
        *(
            ({"hours": value}, 'hours: a number above 0 and up to 100,000 is needed, or "none", not ')
            for value in ("0", "-3", "true", '"24"', "nan", "inf", "1e99", "0.0001", "100001", "[]", "12:00:00")
        ),
        ({"begin": '"2025"'}, "begin: a day is needed, such as 2026-02-20, not 2025"),
        ({"end": '"2025-02-30"'}, "end: a day is needed, such as 2026-02-20, not 2025-02-30"),
        ({"begin": "2025-01-01T00:00:00Z"}, "begin: a day is needed"),
        ({"end": "2024-12-31"}, "end: 2024-12-31 is before its begin, 2025-01-01"),
    ],
)
def test_what_is_wrong_in_a_rule_is_refused_with_line_table_and_field(
    changed: dict[str, str | None], said: str, tmp_path: Path
) -> None:
    text = table(key='"YY-1"') + "\n" + table(**changed)
    assert refused(tmp_path, text).startswith(f", line 12, [[rule]] 2: {said}")


@pytest.mark.parametrize(
    ("begin", "end"), [("2025-12-31", None), (None, None), ("2024-01-01", "2025-01-01"), ("2025-03-01", "2025-03-01")]
)
def test_two_versions_in_force_on_one_day_are_refused(begin: str | None, end: str | None, tmp_path: Path) -> None:
    said = refused(tmp_path, table() + table(key='"xx-1"', begin=begin, end=end))
    assert ", line 11, [[rule]] 2: begin: xx-1 is in force twice: " in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"[[rule]]\nkey = \n", ": not TOML: Invalid value (at line 2, column 7)"),
        (b"[[rule]]\nkey = '\xff'\n", ", line 2: not UTF-8 at byte 17"),
        (b"", ": holds no rules: write each as a table [[rule]]"),
        (b"rule = 3\n", ": holds no rules"),
        (b"[rule]\nkey = 'x'\n", ": holds no rules"),
        (b"rule = [1]\n", ", [[rule]] 1: must be a table"),
        (b"rules = []\n", ": 'rules' is unknown: rules are tables [[rule]]"),
    ],
)
def test_a_file_that_is_no_table_of_rules_is_refused(text: bytes, said: str, tmp_path: Path) -> None:
    assert refused(tmp_path, text).startswith(said)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be read"):
        rules_for(tmp_path / "ledger.jsonl", tmp_path / "none.toml")


def test_the_example_of_the_page_is_a_file_of_rules(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text_of("deadlines.md").split("```toml\n")[1].split("```")[0], encoding="utf-8")
    assert [rule.hours for rule in rules_for(tmp_path / "ledger.jsonl", path)[0]["xx-notice"]] == [24]
