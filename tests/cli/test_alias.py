"""`ledger alias` and what follows it: receipts, timelines, corrections, private ledgers, copies for the public, imports."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]
ADD = ("add-order", "--authority", "Example Board", "--jurisdiction", "NZ", "--received", "2021-02-01")


def distinct(run: Run, *more: str) -> int:
    return int(json.loads(run("report", "-O", "json", *more).out)["totals"]["distinct"]["targets"])


def test_the_two_spellings_of_the_founding_case_are_one_account(samples: Run) -> None:
    done = samples("timeline", "@kisnaektamorcha")
    assert done.code == 0
    assert "@kisnaektamorcha and @Kisanektamorcha are one: the press writes both" in done.out
    assert "withheld in IN: pending → withheld as @kisanektamorcha" in done.out
    assert done.out.count("entry 2\n") == 1


def test_an_alias_is_recorded_with_its_reason_and_source_and_taken_back_by_a_correction(run: Run) -> None:
    run(*ADD, "--id", "EX-1", "--platform", "x", "@old_name")
    run(*ADD, "--id", "EX-2", "--platform", "x", "@new_name")
    done = run("alias", "@old_name", "@new_name", "--reason", "renamed", "--source", "press.example/1", "-O", "json")
    receipt = json.loads(done.out)
    assert (done.code, receipt["seq"], receipt["kind"]) == (0, 3, "alias")
    assert receipt["entry"]["sources"] == ["press.example/1"]
    assert receipt["notes"] == ["@old_name is named by 1 order", "@new_name is named by 1 order"]
    assert distinct(run) == 1
    assert distinct(run, "--as-of", "2021-02-01") == 1
    voided = run("correct", "3", "--void", "--reason", "two people")
    assert "the two names are two again" in voided.out
    assert distinct(run) == 2
    assert run("verify", "--index").code == 0


def test_an_alias_without_a_reason_or_of_one_name_is_refused_and_changes_nothing(run: Run, tmp_path: Path) -> None:
    run(*ADD, "--id", "EX-1", "--platform", "x", "@old_name")
    before = (tmp_path / "ledger.jsonl").read_bytes()
    for arguments, said in (
        (("@a", "@b"), "reason: say why they are one"),
        (("@old_name", "@OLD_name", "--reason", "same"), "two spellings of one name already"),
        (("@old_name", "hashtag:tag", "--reason", "same"), "of kind hashtag"),
    ):
        done = run("alias", *arguments)
        assert done.code == 2, arguments
        assert said in done.err
        assert done.out == ""
        assert done.err.count("\n") == 1
    assert (tmp_path / "ledger.jsonl").read_bytes() == before


def test_names_on_several_platforms_ask_for_the_platform(run: Run) -> None:
    run(*ADD, "--id", "EX-1", "--platform", "x", "@old_name")
    run(*ADD, "--id", "EX-2", "--platform", "brunnen.example", "@old_name")
    done = run("alias", "@old_name", "@new_name", "--reason", "renamed")
    assert done.code == 2
    assert "stand on brunnen.example, twitter: say --platform" in done.err
    assert run("alias", "@old_name", "@new_name", "--reason", "renamed", "--platform", "x").code == 0


def test_a_private_ledger_keeps_the_names_of_an_alias_and_its_reason_private(run: Run, tmp_path: Path) -> None:
    run("init", "--private", "targets,reason")
    run(*ADD, "--id", "EX-1", "--platform", "x", "@old_name")
    run(*ADD, "--id", "EX-2", "--platform", "x", "@new_name")
    assert run("alias", "@old_name", "@new_name", "--reason", "a rename").code == 0
    raw = (tmp_path / "ledger.jsonl").read_bytes()
    assert b"old_name" not in raw
    assert b"a rename" not in raw
    assert distinct(run) == 1
    assert "are one: a rename" in run("timeline", "@new_name").out
    (tmp_path / "ledger.jsonl.index").unlink()
    assert distinct(run) == 1
    assert run("erase", "1", "@old_name", "--reason", "asked to").code == 0
    assert distinct(run) == 1
    assert run("verify", "--index").code == 0


def test_a_copy_for_the_public_withholds_an_alias_of_a_name_that_only_a_confidential_order_has(
    run: Run, tmp_path: Path
) -> None:
    run(*ADD, "--id", "EX-1", "--platform", "x", "@shown_name", "@other_name")
    run(*ADD, "--id", "EX-2", "--platform", "x", "--confidential", "@secret_name")
    run("alias", "@shown_name", "@secret_name", "--reason", "renamed")
    run("alias", "@shown_name", "@other_name", "--reason", "renamed")
    run("correct", "3", "--set", "reason=found out", "--reason", "more is known")
    assert run("publish", "-o", "copy").code == 0
    copy = (tmp_path / "copy" / "ledger.jsonl").read_bytes()
    assert b"secret_name" not in copy
    assert b"found out" not in copy
    assert b"other_name" in copy
    assert run("--file", "copy/ledger.jsonl", "verify").code == 0
    assert distinct(run, "--file", "copy/ledger.jsonl") == 2


def test_a_copy_for_the_public_shows_an_alias_of_a_name_that_no_order_has(run: Run, tmp_path: Path) -> None:
    run(*ADD, "--id", "EX-1", "--platform", "x", "@shown_name", "@other_name")
    run(*ADD, "--id", "EX-2", "--platform", "x", "--confidential", "@secret_name")
    run("alias", "@shown_name", "@new_name", "--reason", "renamed")
    run("alias", "@new_name", "@other_name", "--reason", "renamed")
    assert run("publish", "-o", "copy").code == 0
    assert b"secret_name" not in (tmp_path / "copy" / "ledger.jsonl").read_bytes()
    assert distinct(run, "--file", "copy/ledger.jsonl") == distinct(run) == 2


def test_importing_an_alias_again_adds_nothing(run: Run, tmp_path: Path) -> None:
    text = '[[alias]]\ntargets = ["@a_name", "@b_name"]\nplatform = "x"\nreason = "renamed"\n'
    (tmp_path / "names.toml").write_text(text)
    assert "1 added" in run("import", "names.toml").out
    assert "0 added, 1 already there" in run("import", "names.toml").out
