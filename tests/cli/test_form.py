"""The guided form of `add-order`, on a real terminal: each answer is held against the rules before the next question."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ledger

pty = pytest.importorskip("pty", reason="pseudo-terminals as POSIX has them")

ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("COMPLIANCE_LEDGER", "NO_COLOR")} | {
    "PYTHONPATH": str(Path(ledger.__file__).parents[1]),
    "PYTHONIOENCODING": "utf-8",
    "TERM": "xterm",
    "COLUMNS": "200",
}
# The terminal is the process's own, so that Ctrl-C reaches it.
PROGRAM = """
import fcntl, os, signal, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGINT, signal.default_int_handler)
from ledger.cli import main
main()
"""
WITHOUT = "\r"
QUESTIONS = (
    "Authority", "Jurisdiction", "Platform", "Received", "reference", "Legal basis", "Requires", "Grounds", "Deadline",
    "How many", "Target", "Source", "Note",
)  # fmt: skip


class Terminal:
    """A conversation with the command line: what is asked is awaited, then answered."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.screen = ""
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *(arguments or ("add-order",))],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=folder,
            env=ENVIRONMENT,
        )
        os.close(slave)
        self._answered = 0
        self._interrupted = False

    def _read(self) -> bool:
        for _ in range(12):
            if select.select([self.master], [], [], 5)[0]:
                break
            if self._interrupted:
                # Python loses a Ctrl-C between a question and the wait for its answer; people press it again.
                os.write(self.master, b"\x03")
        else:
            pytest.fail(f"the form says nothing more after: {self.screen}")
        try:
            part = os.read(self.master, 4096)
        except OSError:
            # How Linux says that nobody is at the other end any more.
            part = b""
        self.screen += part.decode(errors="replace")
        return bool(part)

    def asked(self, question: str, *, before: str = "\0") -> str:
        """Wait for a question, which must come before another; return what was said since the last answer."""
        while question not in self.screen[self._answered :]:
            assert before not in self.screen[self._answered :], f"{question!r} is not asked: {self.screen}"
            assert self._read(), f"the form ended before {question!r}: {self.screen}"
        return self.screen[self._answered :]

    def answer(self, question: str, *answers: str) -> None:
        """Give answers to one question, each when it is asked (again)."""
        for text in answers:
            self.asked(question)
            self._answered = len(self.screen)
            self._interrupted = text == "\x03"
            os.write(self.master, text.encode() + (b"" if text in ("\x03", "\x04") else b"\r"))

    def end(self) -> tuple[int, str]:
        """Wait for the end; return the exit code and all that was on the screen."""
        while self._read():
            pass
        os.close(self.master)
        self.master = -1
        return self.process.wait(30), self.screen.replace("\r\n", "\n")

    def close(self) -> None:
        if self.master >= 0:
            os.close(self.master)
            self.process.kill()
            self.process.wait()


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    found = Terminal(tmp_path)
    yield found
    found.close()


def fill(terminal: Terminal, **answers: str) -> None:
    """Answer all questions, the optional ones with Enter where nothing is given."""
    given = {
        "Authority": "Example Office",
        "Jurisdiction": "in",
        "Platform": "twitter",
        "Received": "2021-02-01",
    } | answers
    for question in QUESTIONS:
        terminal.answer(question, given.get(question, ""))
        if question == "Target" and given.get(question):
            terminal.answer(question, "")


def entries(folder: Path) -> list[dict[str, Any]]:
    path = folder / "ledger.jsonl"
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def test_a_confirmed_order_is_shown_and_then_recorded(terminal: Terminal, tmp_path: Path) -> None:
    fill(
        terminal,
        Requires="block suspend",
        Grounds="offers of [forged] tickets",
        Target="@example_one",
        Source="example.com",
    )
    shown = terminal.asked("Record this order?")
    for line in ("authority: Example Office", "jurisdiction: IN", "requires: block, suspend", "targets: @example_one"):
        assert line in shown
    assert "offers of [forged] tickets" in shown
    assert entries(tmp_path) == []
    terminal.answer("Record this order?", "y")
    code, screen = terminal.end()
    assert code == 0
    assert "entry 1: order ord-0001" in screen
    entry = entries(tmp_path)[1]
    assert entry["requires"] == ["block", "suspend"]
    assert entry["grounds"] == ["offers of [forged] tickets"]
    assert (entry["received"], entry["targets"], entry["sources"]) == ("2021-02-01", ["@example_one"], ["example.com"])


@pytest.mark.parametrize("answer", ["n", "", "no", "\x03", "\x04"])
def test_an_order_that_is_not_confirmed_is_not_recorded(terminal: Terminal, tmp_path: Path, answer: str) -> None:
    fill(terminal, Target="@example_one")
    terminal.answer("Record this order?", answer)
    code, screen = terminal.end()
    assert code in (2, 130)
    assert "nothing was added" in screen
    assert entries(tmp_path) == []


@pytest.mark.parametrize("after", range(0, len(QUESTIONS), 3))
@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_the_form_can_be_left_at_any_question(terminal: Terminal, tmp_path: Path, after: int, key: str) -> None:
    for question in QUESTIONS[:after]:
        terminal.answer(question, {"Authority": "A", "Jurisdiction": "IN", "Platform": "x"}.get(question, ""))
    terminal.answer(QUESTIONS[after], key)
    code, screen = terminal.end()
    assert code == 130
    assert screen.count("ledger: ") == 1
    assert "nothing was added" in screen
    assert entries(tmp_path) == []


WRONG = [
    ("Authority", "  ", "needed"),
    ("Jurisdiction", "XX", "XX"),
    ("Jurisdiction", "India", "India"),
    ("Platform", " ", ""),
    ("Received", "2021-02-30", "calendar"),
    ("Received", "2021-02-01T10:00", "zone"),
    ("Received", "soon", "soon"),
    ("Received", "2999-01-01", "future"),
    ("Requires", "blok", "block, suspend"),
    ("Requires", "information block", "information"),
    ("Deadline", "tomorrow-ish", "tomorrow-ish"),
    ("How many", "umpteen", "amount"),
    ("How many", "-5", "amount"),
    ("Target", "@a b", "white space"),
    ("Target", "https://", "https://"),
]


@pytest.mark.parametrize(("question", "wrong", "says"), WRONG)
def test_a_wrong_answer_is_asked_again(
    terminal: Terminal, tmp_path: Path, question: str, wrong: str, says: str
) -> None:
    right = {"Authority": "A", "Jurisdiction": "IN", "Platform": "x", "Received": "2021-02-01"}
    for name, following in zip(QUESTIONS, (*QUESTIONS[1:], "Record"), strict=True):
        if name == question:
            terminal.answer(name, wrong)
            assert says in terminal.asked(name, before=following).split("\n", 1)[1]
        terminal.answer(name, right.get(name, ""))
    terminal.answer("Record this order?", "y")
    code, _ = terminal.end()
    assert code == 0
    assert wrong.strip() not in json.dumps(entries(tmp_path)[1]) or not wrong.strip()


def test_more_names_than_the_exact_amount_are_asked_about_and_not_thrown_away(
    terminal: Terminal, tmp_path: Path
) -> None:
    for question in QUESTIONS[:9]:
        terminal.answer(question, {"Authority": "A", "Jurisdiction": "IN", "Platform": "x"}.get(question, ""))
    terminal.answer("How many", "1")
    terminal.answer("Target", "@a", "@b")
    said = terminal.asked("Target")
    assert "1 account" in said
    terminal.answer("Target", "")
    terminal.answer("Source", "")
    terminal.answer("Note", "")
    terminal.answer("Record this order?", "y")
    assert terminal.end()[0] == 0
    assert entries(tmp_path)[1]["targets"] == ["@a"]


def test_control_characters_in_an_answer_do_nothing_where_it_is_shown(terminal: Terminal) -> None:
    fill(terminal, Note="\x16\x1b[31mred", Authority="Example \x16\x1b]0;title\x16\x07Office")
    shown = terminal.asked("Record this order?")
    listed = shown[shown.index("kind: order") :]
    assert "\x1b" not in listed
    assert "red" in listed


def test_the_reporting_zone_of_the_ledger_is_that_of_today(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ledger", "init", "--timezone", "Pacific/Kiritimati"], cwd=tmp_path, env=ENVIRONMENT, check=False,
        capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0
    talk = Terminal(tmp_path)
    fill(talk, Received="now")
    assert "+14:00" in talk.asked("Record this order?")
    talk.answer("Record this order?", "y")
    assert talk.end()[0] == 0


def test_with_any_option_nothing_is_asked(tmp_path: Path) -> None:
    talk = Terminal(tmp_path, "add-order", "--authority", "A")
    code, screen = talk.end()
    assert code == 2
    assert screen.startswith("ledger: jurisdiction: is missing")
