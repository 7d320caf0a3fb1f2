"""Names that are one target stay one in what is exported, but for what would tell of a confidential order."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from tests.conftest import Run

WITHOUT = "--without-confidential"


def ordered(run: Run, name: str, targets: str, received: str = "2025-03-03", *more: str) -> None:
    """Record an order, given to a platform that all of them have."""
    frame = ("--authority", "Board", "--jurisdiction", "DE", "--platform", "x", "--received", received)
    done = run("add-order", "--id", name, *frame, *more, *targets.split())
    assert done.code == 0, done.err


def aliased(run: Run, *pairs: str) -> None:
    for pair in pairs:
        done = run("alias", *pair.split(), "--platform", "x", "--reason", "renamed")
        assert done.code == 0, done.err


def distinct(run: Run, *asked: str) -> int:
    return int(json.loads(run("report", "-O", "json", *asked).out)["totals"]["distinct"]["targets"])


def imported(run: Run, path: Path, *asked: str) -> tuple[int, str, str]:
    """Export as JSON Lines, import that into a new ledger; return how many targets it counts, the lines, what was said."""
    done = run("export", "--format", "jsonl", "-o", "part.jsonl", *asked)
    assert done.code == 0, done.err
    assert run("--file", "second.jsonl", "import", "part.jsonl").code == 0
    count = distinct(run, "--file", "second.jsonl")
    for left in path.glob("second.jsonl*"):
        left.unlink()
    return count, (path / "part.jsonl").read_text(), done.err


def tabled(run: Run, *asked: str) -> tuple[int, str, str]:
    """Export the targets as CSV; return how many the rows count, the rows, what was said."""
    done = run("export", "--format", "csv", "--rows", "targets", *asked)
    assert done.code == 0, done.err
    rows = [row for row in csv.DictReader(io.StringIO(done.out, newline="")) if row["n"] == "1"]
    return len({row["one_with"] or row["target"] for row in rows}), done.out, done.err


def test_every_alias_is_exported_that_joins_targets_of_a_period_by_names_of_no_exported_order(
    run: Run, tmp_path: Path
) -> None:
    ordered(run, "R1", "@alpha @delta")
    ordered(run, "R0", "@bravo", "2024-03-03")
    ordered(run, "R2", "@other", "2024-03-03")
    aliased(run, "@alpha @bravo", "@bravo @charlie", "@charlie @delta", "@other @another")
    count, lines, _ = imported(run, tmp_path, "--period", "2025")
    assert count == distinct(run, "--period", "2025") == tabled(run, "--period", "2025")[0] == 1
    assert "other" not in lines


def test_an_alias_of_a_name_that_no_order_holds_is_exported_without_confidential_orders_too(
    run: Run, tmp_path: Path
) -> None:
    ordered(run, "R1", "@alpha")
    ordered(run, "R2", "@delta")
    ordered(run, "S1", "@hushed", "2025-03-03", "--confidential")
    aliased(run, "@alpha @newalpha", "@newalpha @delta")
    for count, text, said in (imported(run, tmp_path, WITHOUT), tabled(run, WITHOUT)):
        assert count == 1
        assert "hushed" not in text
        assert said == "ledger: 1 confidential order was left out\n"


def test_targets_that_a_left_out_alias_joins_count_apart_in_every_format_and_that_is_said(
    run: Run, tmp_path: Path
) -> None:
    ordered(run, "R1", "@alpha @gamma")
    ordered(run, "R2", "@delta", "2025-05-03")
    ordered(run, "S1", "@hushed", "2025-03-03", "--confidential")
    aliased(run, "@alpha @hushed", "@hushed @delta", "@gamma @hushed2", "@hushed2 @hushed3")
    assert distinct(run) == 2
    for count, text, said in (imported(run, tmp_path, WITHOUT), tabled(run, WITHOUT)):
        assert count == 3
        assert "@hushed " not in text.replace('"', " ")
        assert said.splitlines()[1:] == [
            "ledger: 2 aliases were left out, as names in them tell of confidential orders: targets that they join count apart"
        ]
    # Of these rows, and of the orders of this period alone, no target is parted from another.
    assert "alias" not in run("export", "--format", "csv", WITHOUT).err
    for found in (imported(run, tmp_path, WITHOUT, "--period", "2025-03"), tabled(run, WITHOUT, "--period", "2025-03")):
        assert "alias" not in found[2]


def test_a_name_is_secret_that_stands_in_any_line_of_a_confidential_order_and_in_no_public_one(
    run: Run, tmp_path: Path
) -> None:
    ordered(run, "R1", "@alpha @shared")
    ordered(run, "S1", "@hushed1 @shared", "2025-03-03", "--confidential")
    ordered(run, "S2", "@hushed2", "2025-03-03", "--confidential")
    ordered(run, "S3", "@hushed4", "2025-03-03", "--confidential", "--relates-to", "S1", "--as", "confirms")
    ordered(run, "S4", "", "2025-03-03", "--confidential", "--specified", "5")
    for line in (
        ("correct", "2", "--set", 'targets=["@hushed3", "@shared"]', "--reason", "misread"),
        ("correct", "3", "--void", "--reason", "entered twice"),
        ("respond", "S4", "user-notified", "https://x.com/hushed5", "--at", "2025-03-04"),
    ):
        done = run(*line)
        assert done.code == 0, done.err
    aliased(run, *(f"@alpha @hushed{number}" for number in range(1, 6)), "@alpha @shared")
    for count, text, _ in (imported(run, tmp_path, WITHOUT), tabled(run, WITHOUT)):
        assert count == 1
        assert "hushed" not in text
