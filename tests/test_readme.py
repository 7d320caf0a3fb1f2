"""The README's examples are run and compared; `python tests/test_readme.py` writes what they print into it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BLOCK = re.compile(r"(?:<!-- example: (?P<name>\w+) -->\n)?```console\n(?P<body>.*?)```\n", re.DOTALL)
ENVIRONMENT = {"COLUMNS": "80", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}


def run(command: str, folder: Path) -> str:
    """Run a shell line with this installation's `ledger` first in the path; return all that it prints."""
    env = {name: value for name, value in os.environ.items() if name != "COMPLIANCE_LEDGER"} | ENVIRONMENT
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=env, capture_output=True, check=False)
    # As a terminal shows them: what goes to stderr comes when it is said, at the end of a command.
    return (done.stdout + done.stderr).decode()


def played(text: str) -> str:
    """Return a document with every example's output as it is now; examples of one name share a folder."""
    with tempfile.TemporaryDirectory() as base:
        report = Path(base, "report")
        report.mkdir()
        (report / "sample_orders").symlink_to(ROOT / "sample_orders")
        run("ledger import sample_orders", report)

        def replace(match: re.Match[str]) -> str:
            name = match["name"]
            folder = Path(base, name or "plain")
            folder.mkdir(exist_ok=True)
            commands = [line[2:] for line in match["body"].splitlines() if line.startswith("$ ")]
            shown = "".join(f"$ {command}\n{run(command, folder)}" for command in commands)
            head = f"<!-- example: {name} -->\n" if name else ""
            return f"{head}```console\n{shown}```\n"

        return BLOCK.sub(replace, text)


def test_the_readme_shows_what_the_program_prints() -> None:
    text = README.read_text(encoding="utf-8")
    assert len(BLOCK.findall(text)) >= 5
    assert played(text) == text


@pytest.mark.parametrize("line", re.findall(r"^python3 -m venv .*$", README.read_text(encoding="utf-8"), re.MULTILINE))
def test_the_two_commands_are_one_line_each_and_need_nothing_that_is_not_here(line: str) -> None:
    assert re.findall(r"(?<!\S)(\S+/)(?=\s)", line) in ([], ["sample_orders/"])
    assert "http" not in line


def test_the_first_command_prints_the_report_of_the_samples(tmp_path: Path) -> None:
    lines = re.findall(r"^python3 -m venv .*sample_orders.*$", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(lines) == 1
    rest = lines[0].split(" && ", 2)[2].replace(".venv/bin/", "")
    (tmp_path / "sample_orders").symlink_to(ROOT / "sample_orders")
    printed = run(rest, tmp_path)
    assert "1,398" in printed
    assert "2021-W05       1    1,178" in printed


if __name__ == "__main__":
    README.write_text(played(README.read_text(encoding="utf-8")), encoding="utf-8")
