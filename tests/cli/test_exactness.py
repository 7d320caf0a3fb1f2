"""What is not known exactly is nowhere printed as if it were: countries, receipts, footnotes, hints."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]
ORDER = ("--authority", "Board", "--jurisdiction", "IN", "--platform", "twitter", "--received", "2025-03-03")


def groups(run: Run, by: str) -> dict[str, Any]:
    report = json.loads(run("report", "--as-of", "2025-03-06", "--by", by, "-O", "json").out)
    return {group["key"]: group for group in report["groups"]}


def test_what_moved_inexactly_to_another_country_is_inexact_in_both(run: Run) -> None:
    assert run("add-order", "--id", "A", *ORDER, "--specified", "250").code == 0
    said = ("respond", "A", "withheld", "--count", "about 100", "--country", "NP", "--at", "2025-03-04")
    assert run(*said).code == 0
    found = groups(run, "country")
    assert found["NP"]["specified"] == found["NP"]["status"]["withheld"] == {"n": 100, "qualifier": "about"}
    assert found["IN"]["specified"] == found["IN"]["status"]["pending"] == {"n": 150, "qualifier": "about"}
    assert found["IN"]["not_restricted"]["qualifier"] == "about"


def test_a_receipt_of_more_countries_keeps_the_marks_of_what_stands_there(run: Run) -> None:
    assert run("add-order", "--id", "A", *ORDER, "--specified", "250").code == 0
    assert run("respond", "A", "withheld", "--count", "about 100", "--country", "NP", "--at", "2025-03-04").code == 0
    done = run("respond", "A", "withheld", "--all", "--country", "LK", "--at", "2025-03-05")
    assert "≈100 account: withheld in NP → withheld in LK, NP" in done.out
    told = run("timeline", "--order", "A").out
    assert "≈100 account: withheld in NP → withheld in LK, NP" in told


def test_orders_without_what_a_report_groups_by_are_a_group_of_their_own(run: Run) -> None:
    assert run("add-order", *ORDER, "--specified", "5").code == 0
    assert run("add-order", *ORDER, "--specified", "3", "--basis", "B").code == 0
    found = groups(run, "basis")
    assert {key: group["specified"]["n"] for key, group in found.items()} == {"": 5, "B": 3}
    assert "not stated" in run("report", "--by", "basis").out


def test_a_hint_counts_names_of_the_kind_that_the_order_counts(run: Run) -> None:
    assert run("add-order", "--id", "A", *ORDER, "--specified", "10", "@a", "hashtag:x").code == 0
    done = run("respond", "A", "blocked", "--so-far", "12", "--at", "2025-03-04")
    assert (done.code, "9 unnamed" in done.err, "1 more stand there by name" in done.err) == (2, True, True)


def test_what_another_order_confirms_is_still_demanded(run: Run) -> None:
    assert run("add-order", "--id", "A", *ORDER, "--specified", "3", "@one").code == 0
    assert run("add-order", "--id", "B", *ORDER, "@one", "--relates-to", "A", "--as", "confirms").code == 0
    assert run("respond", "A", "blocked", "--all", "--at", "2025-03-04").code == 0
    assert run("follow-up", "A", "revoked", "--at", "2025-03-05").code == 0
    assert run("check").code == 0
    assert "under 2 orders" in run("timeline", "@one").out
    assert run("follow-up", "B", "revoked", "--at", "2025-03-05").code == 0
    assert run("check").out.count("no order demands it any more") == 1


def test_amounts_of_other_kinds_and_later_moves_keep_their_marks(run: Run) -> None:
    assert run("add-order", *ORDER, "--specified", "about 50", "--specified-of", "post").code == 0
    assert run("add-order", *ORDER, "--specified", "some", "--specified-of", "url").code == 0
    assert run("respond", "ord-0001", "removed", "--count", "some", "--at", "2025-03-10").code == 0
    page = run("report", "--as-of", "2025-03-06").out
    assert "≈50 posts, some URLs" in page
    assert "0 orders and some moves more" in page
    assert "2025-W11" in run("report", "--kind", "post").out


def test_another_version_of_the_format_is_refused_in_one_line(run: Run, tmp_path: Path) -> None:
    from ledger.journal.line import decode_line, encode_line

    assert run("init").code == 0
    file = tmp_path / "ledger.jsonl"
    first = decode_line(file.read_bytes()[:-1])
    file.write_bytes(encode_line(first | {"version": 2}) + b"\n")
    for command in (("orders",), ("report",), ("add-order", *ORDER), ("check",)):
        done = run(*command)
        assert (done.code, done.out, done.err.count("\n")) == (3, "", 1)
        assert "version 2 of the format" in done.err
    assert run("verify").code == 1


def test_an_argument_that_is_no_text_is_refused_in_one_line_and_costs_no_index(samples: Run, tmp_path: Path) -> None:
    assert samples("orders").code == 0
    before = (tmp_path / "ledger.jsonl.index").stat().st_ino
    for words in (("show", "x\udcffy"), ("timeline", "--order", "x\udcffy")):
        done = samples(*words)
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
        assert "is not valid Unicode text" in done.err
    assert (tmp_path / "ledger.jsonl.index").stat().st_ino == before


def test_an_order_never_repeats_itself_nor_what_is_void_and_is_not_voided_under_its_repeats(run: Run) -> None:
    assert run("add-order", "--id", "A", *ORDER, "--specified", "10").code == 0
    itself = run("correct", "1", "--set", "relates_to=A", "--set", "relation=duplicate", "--reason", "x")
    assert (itself.code, "is this order itself" in itself.err) == (2, True)
    assert run("add-order", "--id", "B", *ORDER, "--relates-to", "A", "--as", "duplicate").code == 0
    voided = run("correct", "1", "--void", "--reason", "x")
    assert (voided.code, "B only repeats it" in voided.err) == (2, True)
    again = run("add-order", "--id", "C", *ORDER, "--relates-to", "B", "--as", "confirms")
    assert (again.code, "only repeats A" in again.err) == (2, True)
    assert run("correct", "2", "--void", "--reason", "x").code == 0
    assert run("correct", "1", "--void", "--reason", "x").code == 0
    after = run("add-order", "--id", "D", *ORDER, "--relates-to", "A", "--as", "confirms")
    assert (after.code, "was voided" in after.err) == (2, True)


def test_what_is_said_already_is_not_overruled_and_an_empty_time_is_none(run: Run) -> None:
    assert run("add-order", "--id", "A", *ORDER, "@a").code == 0
    for words in (("--set", "order=B"), ("--set", "action=withheld"), ("--at", "")):
        done = run("respond", "A", "blocked", "@a", *words)
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
