"""How commands behave: formats, pipes, hostile text, exit codes, help."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
COMMANDS = [
    "init",
    "add-order",
    "respond",
    "follow-up",
    "correct",
    "timeline",
    "report",
    "orders",
    "show",
    "check",
    "verify",
    "import",
    "due",
    "export",
    "reconcile",
    "alias",
    "prove",
    "verify-proof",
    "erase",
    "publish",
    "key new",
    "key show",
    "checkpoint",
    "cosign",
    "timestamp",
]
HOSTILE = "a\x1b[31mred\x07 [bold]x[/] [/] \u202eevil =cmd()|' /C calc'!A0 <b>|`*"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_has_an_example_that_parses(run: Run, command: str) -> None:
    done = run(*command.split(), "--help", env={"COLUMNS": "100"})
    assert done.code == 0
    text = " ".join(done.out.split())
    examples = re.findall(rf"Example: ledger ({command}.*?)(?= Example:| (?:Arguments|Options):|$)", text)
    assert examples
    for example in examples:
        words = [word for word in shlex.split(example) if word.startswith("--")]
        for option in words:
            assert option in text.replace(example, "") or option == "--set"


@pytest.mark.parametrize(
    "words",
    [
        ("report", "--as-of", "2021-02-12"),
        ("report", "-O", "json"),
        ("timeline", "@kisanektamorcha"),
        ("check",),
        ("verify",),
        ("checkpoint",),
        ("show", "nothing"),
        ("respond", "nothing", "blocked"),
    ],
    ids=" ".join,
)
def test_a_command_leaves_the_same_in_a_process_of_its_own_and_in_that_of_the_tests(
    samples: Run, within: Run, words: tuple[str, ...]
) -> None:
    """Where many cases are tried, they are tried in one process."""
    assert samples(*words) == within(*words)


def test_no_command_is_left_out_above() -> None:
    from ledger.cli.app import COMMANDS as ALL

    assert {command.split()[0] for command in COMMANDS} == set(ALL)


def test_the_first_entry_begins_a_ledger_and_says_so_on_stderr(run: Run, tmp_path: Path) -> None:
    done = run(
        "add-order",
        "--authority",
        "A",
        "--jurisdiction",
        "in",
        "--platform",
        "twitter",
        "@a",
        "--received",
        "2021-01-01",
    )
    assert done.code == 0
    assert "began a new ledger" in done.err
    assert (
        done.out == "entry 1: order ord-0001, recorded in ledger.jsonl (the default)\n  1 account: ordered → pending\n"
    )
    assert (tmp_path / "ledger.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_refused_first_entry_leaves_no_ledger(run: Run, tmp_path: Path) -> None:
    assert run("add-order", "--authority", "A", "--jurisdiction", "XX", "--platform", "twitter").code == 2
    assert not (tmp_path / "ledger.jsonl").exists()


def test_targets_come_from_arguments_a_file_and_standard_input(run: Run, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_bytes(b"\xef\xbb\xbf@b\r\n\r\n#tag\r\n")
    base = (
        "add-order",
        "--authority",
        "A",
        "--jurisdiction",
        "IN",
        "--platform",
        "twitter",
        "--received",
        "2021-01-01",
    )
    done = run(*base, "@a", "--targets-file", "names.txt", "-O", "json")
    assert json.loads(done.out)["entry"]["targets"] == ["@a", "@b", "#tag"]
    done = run(*base, "--targets-file", "-", "-O", "json", stdin="@c\n#काल्पनिक\n".encode())
    assert json.loads(done.out)["entry"]["targets"] == ["@c", "#काल्पनिक"]
    assert run(*base, "--targets-file", "-", stdin=b"@d\n\xff\n").code == 2


def test_an_order_comes_from_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "o.toml").write_text('[order]\nauthority="A"\njurisdiction="IN"\nplatform="x"\nreceived=2021-01-01\n')
    assert json.loads(run("add-order", "--from", "o.toml", "-O", "json").out)["entry"]["received"] == "2021-01-01"


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "md"])
def test_hostile_text_is_kept_as_it_is_and_printed_harmlessly(run: Run, tmp_path: Path, form: str) -> None:
    order = {
        "kind": "order", "id": "H-1", "authority": "=cmd()" + HOSTILE, "jurisdiction": "IN", "platform": "twitter",
        "received": "2021-01-01", "targets": ["@a"], "grounds": [HOSTILE], "note": HOSTILE, "sources": ["=1+1" + HOSTILE],
    }  # fmt: skip
    assert run("import", "-", "--format", "jsonl", stdin=(json.dumps(order) + "\n").encode()).code == 0
    stored = json.loads((tmp_path / "ledger.jsonl").read_text(encoding="utf-8").splitlines()[1])
    assert stored["note"] == HOSTILE
    pages = [
        run("report", "--by", "authority", "-O", form),
        run("orders", "-O", form),
        run("timeline", "@a", "-O", form),
        *([run("show", "H-1", "-O", form), run("show", "1", "-O", form)] if form in ("table", "json") else []),
    ]
    for page in pages:
        assert page.code == 0
        for char in "\x1b\x07\u202e":
            assert char not in page.out
        if form == "csv":
            cells = [cell for row in csv.reader(io.StringIO(page.out)) for cell in row]
            assert not [cell for cell in cells if cell[:1] in "=+@" and cell]
    if form == "table":
        assert "[bold]x[/]" in pages[1].out


def test_json_is_whole_and_keeps_every_status(samples: Run) -> None:
    report = json.loads(samples("report", "-O", "json", "--by", "country").out)
    assert report["schema"] == "ledger-report/1"
    statuses = set(report["totals"]["status"])
    assert len(statuses) == 14
    assert all(set(period["moved"]) == set(period["balance"]) == statuses for period in report["periods"])
    assert all(
        set(group) == {"key", "orders", "specified", "named", "status", "restricted", "not_restricted"}
        for group in report["groups"]
    )


def test_groups_are_printed_whole_at_eighty_columns(samples: Run) -> None:
    page = samples("report", "--by", "order", "--kind", "all", env={"COLUMNS": "80"}).out
    assert max(map(len, page.splitlines())) <= 80
    groups = page.split("The same by order\n")[1].split("Everything that moved")[0]
    figures: dict[str, int] = {}
    for table in groups.strip().split("\n\n"):
        heads = table.splitlines()[0].split()[1:]
        row = next(line for line in table.splitlines() if line.startswith("EX-NZ-2024-08"))
        figures |= dict(zip(heads, map(int, row.split()[1:]), strict=True))
    restricted = figures.pop("restricted")
    assert figures.pop("orders") == 1
    assert figures.pop("specified") == sum(figures.values()) == 40
    assert restricted == sum(figures[status] for status in ("withheld", "blocked", "removed", "demoted"))


def test_a_file_gets_the_format_of_its_extension(samples: Run, tmp_path: Path) -> None:
    assert samples("report", "-o", "r.csv").out == ""
    assert (tmp_path / "r.csv").read_text().startswith("table,key,begin,end,measure,n,qualifier")
    assert samples("report", "-o", "r.json").code == 0
    json.loads((tmp_path / "r.json").read_text())
    assert samples("report", "-o", "r.xyz").code == 2


def test_a_pipe_is_neither_coloured_nor_cut(samples: Run) -> None:
    page = samples("timeline", "@kisanektamorcha").out
    assert "\x1b" not in page
    assert any(len(line) > 200 for line in page.splitlines())
    assert "\x1b[1m" in samples("report", "--color", "always").out


def test_a_reader_that_stops_early_is_no_error(samples: Run, tmp_path: Path) -> None:
    command = f"{shlex.quote(sys.executable)} -m ledger timeline @kisanektamorcha | head -n 1; echo ${{PIPESTATUS[0]}}"
    assert samples("orders").code == 0
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, check=False)
    assert done.stderr == b""
    assert done.stdout.splitlines()[-1] == b"0"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
def test_a_receipt_that_cannot_be_printed_exits_4_and_says_that_the_entry_stands(samples: Run, tmp_path: Path) -> None:
    before = (tmp_path / "ledger.jsonl").read_bytes()
    command = f"{shlex.quote(sys.executable)} -m ledger respond IN-MEITY-2021-02-04 acknowledged > /dev/full"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 4
    assert b"entry 57 stands" in done.stderr
    after = (tmp_path / "ledger.jsonl").read_bytes()
    assert after.startswith(before)
    assert after.count(b"\n") == before.count(b"\n") + 1
    assert samples("verify").code == 0


def test_check_is_silent_when_all_is_well_and_1_when_not(run: Run, samples: Run) -> None:
    found = samples("check", "-O", "json")
    assert found.code == 1
    rows = json.loads(found.out)["findings"]
    assert {(row["kind"], row["target"]) for row in rows} == {
        ("restricted-elsewhere", "@kisanektamorcha"),
        ("restricted-elsewhere", "@tractor2twitr"),
    }
    other = ("--file", "fresh.jsonl")
    assert run(*other, "add-order", "--authority", "A", "--jurisdiction", "IN", "--platform", "x", "@a").code == 0
    done = run(*other, "check")
    assert (done.code, done.out) == (0, "")


def test_what_anyway_forced_and_what_nobody_demands_is_listed(run: Run) -> None:
    base = ("add-order", "--id", "F-1", "--authority", "A", "--jurisdiction", "IN", "--platform", "x")
    assert run(*base, "--received", "2021-01-01", "@a", "@b", "--specified", "5").code == 0
    assert run("respond", "F-1", "unblocked", "@b", "--at", "2021-01-02", "--anyway").code == 0
    assert run("respond", "F-1", "blocked", "@a", "--so-far", "3", "--at", "2021-01-03").code == 0
    assert run("follow-up", "F-1", "revoked", "--at", "2021-01-04").code == 0
    lines = run("check").out.splitlines()
    assert len(lines) == 3
    assert "moved from pending to unblocked" in lines[0]
    assert lines[1].startswith("F-1: @a is still blocked, though no order demands it any more")
    assert lines[2].startswith("F-1: 2 unnamed are still blocked")


def test_verify_names_the_line_that_was_changed(samples: Run, tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    lines = file.read_bytes().split(b"\n")
    lines[20] = lines[20].replace(b"2", b"3", 1)
    file.write_bytes(b"\n".join(lines))
    done = samples("verify", "--no-index")
    assert done.code == 1
    assert done.out.startswith("line 21 ")


def test_an_empty_file_is_never_verified(run: Run, tmp_path: Path) -> None:
    (tmp_path / "ledger.jsonl").touch()
    assert run("verify").code == 3


def test_show_gives_an_entry_as_written_and_as_it_holds(samples: Run) -> None:
    report = json.loads(samples("show", "EX-DK-2025-31", "-O", "json").out)
    wrong = next(event for event in report["events"] if event["corrections"] and not event["void"])
    shown = json.loads(samples("show", str(wrong["seq"]), "-O", "json").out)
    assert shown["entry"]["at"] == "2025-04-02"
    assert shown["holds"]["at"] == "2025-02-04"


def test_a_dry_run_adds_nothing(run: Run, tmp_path: Path) -> None:
    samples = str(Path(__file__).resolve().parents[2] / "sample_orders")
    done = run("import", "--dry-run", samples)
    assert "56 would be added" in done.out
    assert not (tmp_path / "ledger.jsonl").exists()


def test_an_export_of_the_ledgers_own_lines_imports_with_its_corrections(samples: Run, tmp_path: Path) -> None:
    (tmp_path / "copy.jsonl").write_bytes((tmp_path / "ledger.jsonl").read_bytes())
    done = samples("--file", "other.jsonl", "import", "copy.jsonl")
    assert "56 added" in done.out
    mine, theirs = (samples(*file, "report", "-O", "json").out for file in ((), ("--file", "other.jsonl")))
    assert mine == theirs


def complete(folder: Path, words: str) -> list[str]:
    env = os.environ | {"_LEDGER_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    env.pop("COMPLIANCE_LEDGER", None)
    program = Path(sys.executable).with_name("ledger")
    done = subprocess.run([program], cwd=folder, env=env, capture_output=True, check=False)
    return done.stdout.decode().split()


def test_completion_knows_order_ids_actions_and_targets(samples: Run, tmp_path: Path) -> None:
    assert samples("orders").code == 0
    assert complete(tmp_path, "ledger respond IN-ME") == ["IN-MEITY-2021-01-31", "IN-MEITY-2021-02-04"]
    assert complete(tmp_path, "ledger respond X with") == ["withheld", "withdrawn"]
    assert complete(tmp_path, "ledger timeline @kis") == ["@kisanektamorcha"]
    assert complete(tmp_path, "ledger timeline kis") == ["kisanektamorcha"]
    assert complete(tmp_path, "ledger timeline hashtag:Mo") == ["hashtag:Modiplanningfarmersgenocide"]
    assert complete(tmp_path, "ledger timeline https://brunnen.example/v/70418") == ["https://brunnen.example/v/70418"]
    assert complete(tmp_path, "ledger timeline post:") == [
        f"post:https://chautari.example/p/{n}" for n in (30117, 30121, 30126, 30140, 30158)
    ]
