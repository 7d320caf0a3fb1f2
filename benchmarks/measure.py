"""Run whole processes in turn, and say what they took."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# Linux counts in kibibytes, macOS in bytes.
_UNIT: Final = 1 if sys.platform == "darwin" else 1024
# A process that takes longer is ended, and its row is given up.
LONGEST: Final = 900.0
# A row begins no further round after this many seconds, but has one round at least.
ROW: Final = 180.0


class NotMeasured(Exception):
    """A row that could not be measured, and why."""


@dataclass(frozen=True)
class Run:
    """What one process took: seconds, the most memory it held in bytes, and how many lines it printed."""

    seconds: float
    peak: int
    lines: int


@dataclass(frozen=True)
class Work:
    """One process to be measured: its command in the n-th round, and what is done before it, outside the clock."""

    name: str
    command: Callable[[int], Sequence[str | Path]]
    prepare: Callable[[], None] = lambda: None
    heavy: bool = False


def same(*command: str | Path) -> Callable[[int], Sequence[str | Path]]:
    """Return a command that is the same in every round."""
    return lambda _: command


def environment() -> dict[str, str]:
    """Return the variables that processes are run with: none that change Python, the ledger or what is printed."""
    drop = ("PYTHON", "COMPLIANCE_", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "TYPER_", "_TYPER_", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(drop)}


class Stopwatch:
    """Runs processes in a folder of their own, one after the other."""

    def __init__(self, folder: Path, runs: int) -> None:
        self.folder = folder
        self.runs = runs
        self.variables: Mapping[str, str] = environment()
        self._out, self._err = folder / "printed.txt", folder / "said.txt"
        self._here = folder / "here"
        self._here.mkdir(parents=True, exist_ok=True)

    def once(self, command: Sequence[str | Path], longest: float = LONGEST) -> Run:
        """Run one process to its end; raises `NotMeasured` if it fails or takes too long."""
        argv = [str(part) for part in command]
        name = " ".join(Path(part).name for part in argv[:4])
        with self._out.open("wb") as out, self._err.open("wb") as err:
            begun = time.perf_counter()
            try:
                process = subprocess.Popen(
                    argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=self._here, env=self.variables
                )
            except OSError as error:
                raise NotMeasured(f"`{name}` could not be run: {error.strerror}") from error
            late = threading.Timer(longest, process.kill)
            late.start()
            try:
                # The peak of memory is this one process's own; note that it is never less than the parent's,
                # from which it is made: so this program keeps small itself.
                _, status, used = os.wait4(process.pid, 0)
                seconds = time.perf_counter() - begun
            except BaseException:
                process.kill()
                process.wait()
                raise
            finally:
                late.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        if seconds >= longest:
            raise NotMeasured(f"`{name}` was stopped after {longest:.0f} s")
        if process.returncode:
            said = self._err.read_text("utf-8", "replace").replace(f"{self.folder}/", "").split("\n")
            why = next((line for line in reversed(said) if line.strip(" ^~")), "without a word")
            raise NotMeasured(f"`{name}` ended with {process.returncode}: {why.strip()[:200]}")
        with self._out.open("rb") as printed:
            lines = sum(1 for _ in printed)
        return Run(seconds, used.ru_maxrss * _UNIT, lines)

    def output(self, command: Sequence[str | Path]) -> str:
        """Run one process and return what it printed; raises `NotMeasured` if it fails."""
        self.once(command)
        return self._out.read_text("utf-8")

    def rounds(self, *works: Work) -> dict[str, list[Run]]:
        """Run all in turn, round after round; every other round goes backwards, so that none always follows the same.

        What is not heavy runs once before, uncounted: it finds files cached and byte code compiled, like everyday use.
        """
        taken: dict[str, list[Run]] = {work.name: [] for work in works}
        begun = time.perf_counter()
        for work in works:
            if not work.heavy:
                work.prepare()
                self.once(work.command(0))
        for number in range(1, self.runs + 1):
            for work in works if number % 2 else reversed(works):
                work.prepare()
                taken[work.name].append(self.once(work.command(number)))
            if time.perf_counter() - begun > ROW:
                break
        return taken


@dataclass(frozen=True)
class Ratio:
    """How one work compares with others: by the least of all rounds, and by the median of the ratios in each round."""

    least: float
    median: float


def seconds(runs: Sequence[Run]) -> list[float]:
    """Return the seconds of each run."""
    return [run.seconds for run in runs]


def median(values: Sequence[float]) -> float:
    """Return the middle value."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def compare(runs: Sequence[Run], *parts: tuple[float, Sequence[Run]]) -> Ratio:
    """Compare runs with the weighted sum of others that were made in the same rounds."""
    least = sum(weight * min(seconds(others)) for weight, others in parts)
    each = [sum(weight * others[number].seconds for weight, others in parts) for number in range(len(runs))]
    return Ratio(
        min(seconds(runs)) / least,
        median([run.seconds / other for run, other in zip(runs, each, strict=True)]),
    )
