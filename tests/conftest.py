from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent


class Done(NamedTuple):
    """What a real invocation left: its exit code, and what it printed."""

    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the installed command line in an empty folder."""

    def invoke(*arguments: str, stdin: bytes = b"", env: dict[str, str] | None = None) -> Done:
        clean = {name: value for name, value in os.environ.items() if name not in ("COMPLIANCE_LEDGER", "COLUMNS")}
        done = subprocess.run(
            [sys.executable, "-m", "ledger", *arguments],
            cwd=tmp_path,
            input=stdin,
            env=clean | {"PYTHONIOENCODING": "utf-8"} | (env or {}),
            capture_output=True,
            check=False,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    return invoke


@pytest.fixture
def samples(run: Run) -> Run:
    """Run the command line on a ledger that holds the sample orders."""
    assert run("import", str(ROOT / "sample_orders")).code == 0
    return run
