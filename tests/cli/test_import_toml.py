"""Import of entries written by hand as TOML: labels instead of numbers, and the order of time instead of the file's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
ORDER = """
[[order]]
ref = "o"
id = "{id}"
authority = "Example Office"
jurisdiction = "IN"
platform = "twitter"
received = 2021-02-01
targets = ["@example_one", "@example_two"]
"""


def held(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "ledger.jsonl").read_bytes().splitlines()[1:]]


@pytest.fixture
def take(run: Run, tmp_path: Path) -> Run:
    """Write texts to TOML files and import them together."""

    def invoke(*texts: str) -> Any:
        names = []
        for number, text in enumerate(texts, 1):
            names.append(f"in{number}.toml")
            (tmp_path / names[-1]).write_text(text, encoding="utf-8")
        return run("import", *names)

    return invoke


def response(at: str, action: str = "acknowledged", order: str = "O-1", ref: str = "") -> str:
    label = f'ref = "{ref}"\n' if ref else ""
    return f'\n[[response]]\n{label}order = "{order}"\naction = "{action}"\nat = {at}\n'


def test_entries_are_taken_by_time_then_by_kind_over_all_files(take: Run, tmp_path: Path) -> None:
    follow = '\n[[follow-up]]\norder = "O-1"\nevent = "upheld"\nat = 2021-02-03\n'
    done = take(
        follow + response("2021-02-04") + response("2021-02-03") + ORDER.format(id="O-1"),
        response("2021-02-02", order="O-2") + ORDER.format(id="O-2").replace("2021-02-01", "2021-01-31"),
    )
    assert done.code == 0, done.err
    assert [(entry["kind"], entry.get("id") or entry["order"], entry.get("at") or entry["received"]) for entry in held(tmp_path)] == [
        ("order", "O-2", "2021-01-31"),
        ("order", "O-1", "2021-02-01"),
        ("response", "O-2", "2021-02-02"),
        ("response", "O-1", "2021-02-03"),
        ("follow-up", "O-1", "2021-02-03"),
        ("response", "O-1", "2021-02-04"),
    ]  # fmt: skip
    assert all("ref" not in entry for entry in held(tmp_path))


def test_an_order_comes_before_what_happened_on_its_day_and_a_correction_after_all(take: Run, tmp_path: Path) -> None:
    correction = '[[correction]]\nof = "r"\nset = { at = 2021-02-02 }\nreason = "typing mistake"\n'
    late = ORDER.format(id="O-1").replace("received = 2021-02-01", "received = 2021-02-01T18:00:00+05:30")
    done = take(correction + response("2021-02-01T18:30:00+05:30", ref="r") + late)
    assert done.code == 0, done.err
    assert [entry["kind"] for entry in held(tmp_path)] == ["order", "response", "correction"]
    assert (held(tmp_path)[2]["of"], held(tmp_path)[2]["set"]) == (2, {"at": "2021-02-02"})


def test_entries_of_one_time_and_kind_keep_the_order_of_the_file(take: Run, tmp_path: Path) -> None:
    actions = ["challenged", "acknowledged", "user-notified", "statement"]
    assert take(ORDER.format(id="O-1") + "".join(response("2021-02-03", action) for action in actions)).code == 0
    assert [entry["action"] for entry in held(tmp_path)[1:]] == actions


def test_a_label_holds_in_its_own_file(take: Run, tmp_path: Path) -> None:
    files = [
        ORDER.format(id=name)
        + response("2021-02-03", order=name, ref="r")
        + '\n[[correction]]\nof = "r"\nvoid = true\nreason = "twice"\n'
        for name in ("O-1", "O-2")
    ]
    assert take(*files).code == 0
    entries = held(tmp_path)
    voided = [entries[entry["of"] - 1] for entry in entries if entry["kind"] == "correction"]
    assert [entry["order"] for entry in voided] == ["O-1", "O-2"]
    assert "0 added, 6 already there" in take(*files).out


@pytest.mark.parametrize("of", ['"nothing"', "1", '["r"]', "{ a = 1 }", "2021-02-03"])
def test_a_label_that_no_entry_has_is_refused(take: Run, tmp_path: Path, of: str) -> None:
    done = take(
        ORDER.format(id="O-1")
        + response("2021-02-03", ref="r")
        + f'\n[[correction]]\nof = {of}\nvoid = true\nreason = "x"\n'
    )
    assert done.code == 2
    assert "Traceback" not in done.err
    assert "refused: of" in done.err
    assert not (tmp_path / "ledger.jsonl").exists()


@pytest.mark.parametrize("ref", ['["r"]', "{ a = 1 }", "1.5"])
def test_a_label_that_cannot_be_one_is_no_traceback(take: Run, ref: str) -> None:
    done = take(ORDER.format(id="O-1").replace('ref = "o"', f"ref = {ref}"))
    assert done.code in (0, 2)
    assert "Traceback" not in done.err


def test_a_label_that_two_entries_have_names_neither(take: Run, tmp_path: Path) -> None:
    twice = response("2021-02-03", ref="r") + response("2021-02-04", "statement", ref="r")
    done = take(ORDER.format(id="O-1") + twice + '\n[[correction]]\nof = "r"\nvoid = true\nreason = "which?"\n')
    assert done.code == 2
    assert "'r'" in done.err or '"r"' in done.err or " r " in done.err
    assert not (tmp_path / "ledger.jsonl").exists()


def test_a_refused_entry_is_named_by_the_line_of_its_header(take: Run) -> None:
    done = take(ORDER.format(id="O-1") + response('"2021-02-30"') + response("2021-02-03", "nonsense"))
    assert done.code == 2
    assert "in1.toml, line 11: refused: at" in done.err
    assert "in1.toml, line 16: refused: action" in done.err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[order]\n", "line 1"),
        ("a = 1\na = 2\n", "line 2"),
        ('[[order]]\nx = "\\ud800"\n', "line 2"),
        ("[[ordre]]\na = 1\n", "'ordre'"),
        ("[[order]]\nspecified = 1.5\n", "1.5"),
        ("order = 1\n", "table"),
        ("", "no entries"),
    ],
)
def test_a_broken_file_is_refused_with_its_place_and_the_others_are_not_taken(
    take: Run, tmp_path: Path, text: str, says: str
) -> None:
    done = take(ORDER.format(id="O-1"), text)
    assert done.code == 2
    assert "in2.toml" in done.err
    assert says in done.err
    assert not (tmp_path / "ledger.jsonl").exists()


def test_unknown_fields_survive_and_a_local_time_is_refused(take: Run, tmp_path: Path) -> None:
    assert take(ORDER.format(id="O-1") + "x_ticket = { number = 7, day = 2021-02-03 }\n").code == 0
    assert held(tmp_path)[0]["x_ticket"] == {"number": 7, "day": "2021-02-03"}
    done = take(
        ORDER.format(id="O-1") + "x_ticket = { number = 7, day = 2021-02-03 }\n" + response("2021-02-03T10:00:00")
    )
    assert done.code == 2
    assert "zone" in done.err
