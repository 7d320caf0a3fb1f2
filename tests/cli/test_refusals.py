"""Bad input: exit code 2, one line that says what to do, the ledger byte for byte as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
ONE, TWO, THREE = "IN-MEITY-2021-01-31", "IN-MEITY-2021-02-04", "IN-UNSTATED-2022-06-26"
ORDER = ("add-order", "--authority", "A", "--jurisdiction", "IN", "--platform", "twitter")

REFUSED = [
    (("respond", "IN-MEITY-2021-01-3", "blocked", "--all"), "did you mean IN-MEITY-2021-01-31"),
    (("respond", ONE, "bloked", "--all"), "withheld, blocked, removed"),
    (("respond", THREE, "blocked", "@Tractor2twit"), "did you mean @tractor2twitr"),
    (
        ("respond", "EX-DK-2025-31", "unblocked", "--count", "2", "--at", "2025-02-03T09:30+01:00"),
        "cannot be unblocked",
    ),
    (("respond", TWO, "unblocked", "--count", "1,179"), "1,178"),
    (("respond", TWO, "blocked", "--so-far", "1,000"), "below"),
    (("respond", TWO, "blocked", "--all", "--at", "2021-02-30"), "no date of the calendar"),
    (("respond", TWO, "blocked", "--all", "--at", "2021-02-20T10:00"), "add the zone"),
    (("respond", TWO, "acknowledged", "--at", "2999-01-01"), "future"),
    ((*ORDER[:4], "XX", *ORDER[5:]), "XX"),
    ((*ORDER, "--id", ONE), "choose another id"),
    ((*ORDER[:2], "", *ORDER[3:]), "authority"),
    ((*ORDER, "--specified", "-5"), "is not an amount"),
    ((*ORDER, "--specified", "umpteen"), "is not an amount"),
    ((*ORDER, "--note", "x" * 2_000_000), "note"),
    ((*ORDER, "--requires", "blok"), "block, suspend"),
    ((*ORDER, "--set", "colour=red"), "no field"),
    ((*ORDER, "@a b"), "white space"),
    (("report", "--bogus"), "--bogus"),
    (("report", "--period", "2021-W99"), "no period"),
    (("report", "--by", "colour"), "none of"),
    (("nonsense",), "nonsense"),
    (("timeline", "@nobody_at_all"), "no order names it"),
    (("timeline",), "--order"),
    (("show", "nothing"), "no order"),
    (("show", "99999"), "no entry"),
    (("correct", "999", "--void", "--reason", "x"), "no entry"),
    (("correct", "2", "--set", "order=x", "--reason", "x"), "cannot be amended"),
    (("correct", "1", "--void", "--reason", "x"), "live facts"),
    (("import", "nowhere"), "no such file"),
]


@pytest.mark.parametrize(("arguments", "says"), REFUSED)
def test_bad_input_changes_nothing_and_gets_one_line(
    samples: Run, tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    if len(arguments[-1]) > 100_000:
        note = tmp_path / "order.toml"
        note.write_text(
            f'[order]\nauthority="A"\njurisdiction="IN"\nplatform="x"\nreceived="2021-01-01"\nnote="{arguments[-1]}"\n'
        )
        arguments = ("add-order", "--from", "order.toml")
    before = (tmp_path / "ledger.jsonl").read_bytes()
    done = samples(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("ledger: ")
    assert done.err.count("\n") == 1
    assert says in done.err
    assert (tmp_path / "ledger.jsonl").read_bytes() == before


BROKEN = [
    ("bad.jsonl", b'{"kind": "order",,}\n', "line 1: refused: not JSON at column 18"),
    ("bad.jsonl", b'\n{"kind": "order", "note": "\xff"}\n', "line 2: refused: not UTF-8"),
    ("bad.jsonl", b'{"kind": "order", "note": "\\ud800"}\n', "not valid Unicode"),
    ("bad.jsonl", b'{"kind": "order", "kind": "order"}\n', "stands twice"),
    ("bad.jsonl", b'{"kind": "order", "n": 1.5}\n', "1.5"),
    ("bad.jsonl", b'["order"]\n', "not an object"),
    ("bad.jsonl", b"[" * 100_000 + b"\n", "nested"),
    ("bad.toml", b"[[order]\n", "line 1"),
    ("bad.toml", b"[[ordre]]\na = 1\n", "'ordre'"),
    ("bad.toml", b'[[order]]\nauthority = "A"\n', "line 1: refused"),
]


@pytest.mark.parametrize(("name", "content", "says"), BROKEN)
def test_a_broken_file_adds_nothing_and_says_where(
    samples: Run, tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    good = b'{"kind":"order","authority":"A","jurisdiction":"IN","platform":"x","received":"2021-01-01"}\n'
    (tmp_path / "good.jsonl").write_bytes(good)
    (tmp_path / name).write_bytes(content)
    before = (tmp_path / "ledger.jsonl").read_bytes()
    done = samples("import", "good.jsonl", name)
    assert done.code == 2
    assert name in done.err
    assert says in done.err
    assert "0 added" in done.out
    assert (tmp_path / "ledger.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"just text\n", "no ledger"),
        (b'{"_default": {"1": {"a": 1}}}', "TinyDB"),
        (b"\x00\x01\x02\n", "no ledger"),
    ],
)
@pytest.mark.parametrize("command", [("report",), ("respond", "x", "acknowledged"), ("verify",)])
def test_a_file_that_is_no_ledger_is_left_alone(
    run: Run, tmp_path: Path, content: bytes, says: str, command: tuple[str, ...]
) -> None:
    (tmp_path / "ledger.jsonl").write_bytes(content)
    done = run(*command)
    assert done.code in ((1, 3) if command == ("verify",) else (3,))
    assert done.err.count("\n") <= 1
    assert command == ("verify",) or says in done.err
    assert (tmp_path / "ledger.jsonl").read_bytes() == content


def test_a_folder_is_no_ledger(run: Run, tmp_path: Path) -> None:
    (tmp_path / "ledger.jsonl").mkdir()
    done = run("report")
    assert (done.code, done.err.count("\n")) == (3, 1)


def test_a_missing_ledger_is_named_with_the_way_that_led_to_it(run: Run) -> None:
    assert "(the default)" in run("report").err
    assert "(--file)" in run("--file", "a.jsonl", "report").err
    assert "(--file)" in run("report", "--file", "a.jsonl").err
    assert "($COMPLIANCE_LEDGER)" in run("report", env={"COMPLIANCE_LEDGER": "b.jsonl"}).err
    assert run("report").code == 3
