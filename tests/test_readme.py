"""The README's examples are run and compared; `python tests/examples.py` writes what they print into it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.examples import BLOCK, ROOT, played, run

README = ROOT / "README.md"


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
