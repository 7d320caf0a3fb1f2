"""What is measured, and on what: an installed program, and ledgers of given sizes, in a work folder."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Final

from generate import entries
from measure import NotMeasured, Stopwatch, Work, same

ROOT: Final = Path(__file__).resolve().parents[1]
LARGEST: Final = 10_000_000
_UNITS: Final = {"": 1, "k": 1_000, "m": 1_000_000}


def parse_size(text: str) -> int:
    """Read a number of targets such as 10k or 1M; raises `ValueError`."""
    found = re.fullmatch(r"(\d+)([km]?)", text.strip().lower())
    size = int(found[1]) * _UNITS[found[2]] if found else 0
    if not 10_000 <= size <= LARGEST or size % 1_000:
        raise ValueError(f"{text!r} is no size: 10k to 10M, in whole thousands")
    return size


def format_size(size: int) -> str:
    """Write a number of targets as it is read."""
    return f"{size // 1_000_000}M" if size % 1_000_000 == 0 else f"{size // 1_000}k"


class Program:
    """The `ledger` program as a user has it: installed from a copy of the source, its byte code compiled."""

    def __init__(self, watch: Stopwatch) -> None:
        self._watch = watch
        self._bin = watch.folder / "program" / "bin"
        self.python = self._bin / "python"
        self.ledger = self._bin / "ledger"

    def install(self) -> None:
        """Install the program from the source as it is now; raises `NotMeasured` when that fails."""
        source = self._watch.folder / "source"
        shutil.rmtree(source, ignore_errors=True)
        # Built from a copy: a build leaves files behind, and would take up those that an older one left.
        shutil.copytree(ROOT / "ledger", source / "ledger", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, source / name)
        new_environment(self._watch, self._bin.parent)
        pip_install(self._watch, self.python, str(source))

    def versions(self) -> str:
        """Return the versions of Python and of what the times depend on."""
        names = ("typer", "rich", "tinydb", "msgspec")
        return installed_versions(self._watch, self.python, names)

    def import_typer(self) -> Work:
        """Return the process that start-up is compared with."""
        return Work("import typer", same(self.python, "-c", "import typer"))


class Ledgers:
    """The ledgers, each made when it is first asked for by importing its entries."""

    def __init__(self, watch: Stopwatch, program: Program) -> None:
        self._watch = watch
        self._program = program
        self._written: set[int] = set()
        self._made: set[int] = set()

    def entries(self, size: int) -> Path:
        """Return the file of entries to import, written anew in this run."""
        path = self._watch.folder / f"entries-{format_size(size)}.jsonl"
        if size not in self._written:
            with path.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(entry) + "\n" for entry in entries(size))
            self._written.add(size)
        return path

    def path(self, size: int) -> Path:
        """Return where the ledger of a size is, whether made or not."""
        return self._watch.folder / f"ledger-{format_size(size)}.jsonl"

    def get(self, size: int) -> Path:
        """Return a ledger of a size, fresh in this run."""
        if size not in self._made:
            work = self.importing(size)
            work.prepare()
            self._watch.once(work.command(1))
            self._made.add(size)
        return self.path(size)

    def importing(self, size: int) -> Work:
        """Return the process that makes a ledger from its entries; whoever runs it says so with `made`."""
        source, path = self.entries(size), self.path(size)

        def clear() -> None:
            for end in ("", ".index", ".index-wal", ".index-shm", ".lock"):
                Path(f"{path}{end}").unlink(missing_ok=True)

        command = same(self._program.ledger, "--file", path, "import", source)
        return Work(f"import {format_size(size)}", command, clear, heavy=True)

    def made(self, size: int) -> None:
        """Note that a ledger of a size stands whole."""
        self._made.add(size)


def new_environment(watch: Stopwatch, folder: Path) -> None:
    """Make a new virtual environment; raises `NotMeasured` when that fails."""
    shutil.rmtree(folder, ignore_errors=True)
    watch.once([sys.executable, "-m", "venv", folder])


def pip_install(watch: Stopwatch, python: Path, *what: str) -> None:
    """Install packages with their byte code; raises `NotMeasured` when that fails, and says why on stderr alone."""
    try:
        watch.once([python, "-m", "pip", "install", "-q", "--compile", *what])
    except NotMeasured as error:
        # It names hosts and folders, which are no part of a result.
        print(error, file=sys.stderr)
        raise NotMeasured(f"pip could not install {', '.join(Path(name).name for name in what)}") from error


def installed_versions(watch: Stopwatch, python: Path, names: tuple[str, ...]) -> str:
    """Return the names and versions of packages in a virtual environment, in one line."""
    code = (
        "import sys\nfrom importlib.metadata import PackageNotFoundError, version\n"
        "for name in sys.argv[1:]:\n try: print(name, version(name))\n except PackageNotFoundError: pass"
    )
    return ", ".join(watch.output([python, "-c", code, *names]).split("\n")[:-1])
