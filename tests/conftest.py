from __future__ import annotations

import compileall
import io
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from ledger.book import Ledger
from ledger.cli.app import app
from tests.forked import MOST_GIVEN, forking

ROOT = Path(__file__).resolve().parent.parent


class Done(NamedTuple):
    """What a real invocation left: its exit code, and what it printed."""

    code: int
    out: str
    err: str


Run = Callable[..., Done]


def pytest_configure(config: pytest.Config) -> None:
    """Compile the package once, where the environment forbids each of the many processes to keep what it compiled."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # As of what a shell starts in the background; processes that are to be interrupted would inherit it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput"):
        compileall.compile_dir(ROOT / "ledger", quiet=2)


def invoke(folder: Path, *arguments: str, stdin: bytes = b"", env: dict[str, str] | None = None) -> Done:
    """Run the installed command line in a folder, in a process of its own.

    The process is started where `env` says something to Python, and else forked (see forked.py).
    """
    clean = {name: value for name, value in os.environ.items() if name not in ("COMPLIANCE_LEDGER", "COLUMNS")}
    environment = clean | {"PYTHONIOENCODING": "utf-8"} | (env or {})
    started = any(name.startswith("PYTHON") for name in env or {}) or len(stdin) > MOST_GIVEN
    if not started and (server := forking()) is not None:
        code, out, err = server.run(folder, arguments, stdin, environment)
        return Done(code, out.decode(), err.decode())
    done = subprocess.run(
        [sys.executable, "-m", "ledger", *arguments],
        cwd=folder,
        input=stdin,
        env=environment,
        capture_output=True,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def invoke_configured(folder: Path, *arguments: str, stdin: bytes = b"", env: dict[str, str] | None = None) -> Done:
    """Run the installed command line in a folder that has a configuration folder of its own, `cfg`."""
    return invoke(folder, *arguments, stdin=stdin, env={"XDG_CONFIG_HOME": str(folder / "cfg")} | (env or {}))


def invoke_within(folder: Path, *arguments: str, env: dict[str, str] | None = None) -> Done:
    """Run the command line in this process, as if in a folder: where many cases of a kind are tried.

    Each kind has a process of its own elsewhere. The configuration folder is `cfg`, as of `invoke_configured`.
    """
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace") for _ in range(2))
    with pytest.MonkeyPatch.context() as patched, chdir(folder), redirect_stdout(out), redirect_stderr(err):
        for name in ("COMPLIANCE_LEDGER", "COLUMNS"):
            patched.delenv(name, raising=False)
        for name, value in ({"XDG_CONFIG_HOME": str(folder / "cfg")} | (env or {})).items():
            patched.setenv(name, value)
        code = app(list(arguments))
    texts = []
    for stream in (out, err):
        stream.seek(0)
        texts.append(stream.buffer.read().decode())
    return Done(code, *texts)


def put_copy(prepared: Path, folder: Path) -> None:
    """Copy what lies in a prepared folder to another, where each index is that of the copied ledger.

    An index knows its ledger's file, so that a copy of both would have the next command make it anew.
    """
    shutil.copytree(prepared, folder, dirs_exist_ok=True)
    for path in prepared.rglob("*.index"):
        index = folder / path.relative_to(prepared)
        for suffix in ("", "-wal", "-shm"):
            index.with_name(index.name + suffix).unlink(missing_ok=True)
        with Ledger(index.with_suffix("")) as book:
            assert book.index.length == book.path.stat().st_size


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run the installed command line in an empty folder."""
    return partial(invoke, tmp_path)


@pytest.fixture
def ask(tmp_path: Path) -> Run:
    """Run the installed command line in an empty folder, with a configuration folder of its own, `cfg`."""
    return partial(invoke_configured, tmp_path)


@pytest.fixture
def within(tmp_path: Path) -> Run:
    """Run the command line in this process, in an empty folder, with a configuration folder of its own, `cfg`."""
    return partial(invoke_within, tmp_path)


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a ledger that holds the sample orders; to be copied and never changed."""
    folder = tmp_path_factory.mktemp("samples")
    assert invoke(folder, "import", str(ROOT / "sample_orders")).code == 0
    return folder


@pytest.fixture
def samples(run: Run, sample_folder: Path, tmp_path: Path) -> Run:
    """Run the command line on a ledger that holds the sample orders."""
    put_copy(sample_folder, tmp_path)
    return run
