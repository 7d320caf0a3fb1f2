"""Signals wait until the receipt is out; nobody is told that nothing was added when something was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import ledger
from ledger.book import Ledger
from ledger.cli.app import app

if os.name != "posix":
    pytest.skip("signals as POSIX has them", allow_module_level=True)

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "COMPLIANCE_LEDGER"} | {
    "PYTHONPATH": str(Path(ledger.__file__).parents[1]),
    "PYTHONIOENCODING": "utf-8",
}
ORDER = (
    "add-order", "--authority", "Example Office", "--jurisdiction", "IN", "--platform", "twitter",
    "--received", "2021-02-01", "@example_one",
)  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


def run(name: str, moment: str, path: Path, *arguments: object) -> tuple[int, str, str]:
    """Run a real process that gets a signal just before it writes to a file, or makes that durable."""
    done = subprocess.run(
        [sys.executable, "-c", SIGNALLED, name, moment, "--file", str(path), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
    )
    return done.returncode, done.stdout, done.stderr


def entries(path: Path) -> int:
    """Check that a ledger is whole; return how many entries it has, the first line not counted."""
    assert app(["--file", str(path), "verify"]) == 0
    with Ledger(path) as book:
        return len(book.table("entries")) - 1


SIGNALLED = """
import os, signal, sys
number = getattr(signal, sys.argv.pop(1))
moment = sys.argv.pop(1)
signal.signal(signal.SIGINT, signal.default_int_handler)
real = getattr(os, moment)
def signalled(*arguments):
    if moment == 'fsync' or bytes(arguments[1]).startswith(b'{'):
        os.kill(os.getpid(), number)
    return real(*arguments)
setattr(os, moment, signalled)
from ledger.cli import main
main()
"""


@pytest.mark.parametrize("moment", ["write", "fsync"])
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_during_an_append_waits_for_the_receipt(path: Path, name: str, moment: str) -> None:
    assert app(["--file", str(path), *ORDER]) == 0
    before = path.read_bytes()
    code, out, err = run(name, moment, path, *ORDER)
    number = getattr(signal, name)
    assert code in (-number, 128 + number)
    assert out.startswith("entry 2: order ord-0002")
    assert "nothing was added" not in err
    assert path.read_bytes().startswith(before)
    assert entries(path) == 2


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_during_an_import_waits_for_its_result(path: Path, name: str) -> None:
    order = {"kind": "order", "authority": "A", "jurisdiction": "IN", "platform": "twitter", "received": "2021-02-01"}
    orders = path.with_name("orders.jsonl")
    orders.write_text((json.dumps(order) + "\n") * 3)
    code, out, err = run(name, "write", path, "import", orders)
    number = getattr(signal, name)
    assert code in (-number, 128 + number)
    assert "3 added" in out
    assert "nothing was added" not in err
    assert entries(path) == 3


def test_a_signal_before_a_report_ends_it_quietly(path: Path) -> None:
    assert app(["--file", str(path), *ORDER]) == 0
    program = SIGNALLED.replace(
        "real = getattr",
        "import ledger.questions as q\nq.report = lambda *_, **__: os.kill(os.getpid(), number)\nreal = getattr",
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "SIGINT", "write", "--file", str(path), "report"],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
    )
    assert (done.returncode, done.stdout) == (130, "")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", -signal.SIGTERM)])
def test_an_import_that_is_asked_to_end_while_it_reads_adds_nothing(path: Path, name: str, code: int) -> None:
    program = (
        "import os, signal, sys\n"
        "from ledger.exchange import jsonlines, sources\n"
        "whole, wanted = jsonlines.json_entries, getattr(signal, sys.argv[1])\n"
        "def told(*arguments):\n"
        "    for number, item in enumerate(whole(*arguments)):\n"
        "        if number == 1: os.kill(os.getpid(), wanted)\n"
        "        yield item\n"
        "jsonlines.json_entries = sources.json_entries = told\n"
        "from ledger.cli import main\n"
        "sys.argv = ['ledger', *sys.argv[2:]]\n"
        "sys.exit(main())\n"
    )
    line = json.dumps(
        {"kind": "order", "authority": "B", "jurisdiction": "NZ", "platform": "x", "received": "2021-02-01"}
    )
    source = path.with_name("in.jsonl")
    source.write_text(f"{line}\n" * 4)
    command = [sys.executable, "-c", program, name, "--file", str(path), "import", str(source)]
    done = subprocess.run(command, capture_output=True, env=ENVIRONMENT, check=False)
    assert (done.returncode, done.stdout) == (code, b""), done.stderr
    # A request to end is not answered.
    said = b"ledger: stopped while it was read: nothing was added\n" if name == "SIGINT" else b""
    assert done.stderr == said
    assert not path.exists()
