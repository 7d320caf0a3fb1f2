"""What tests read in the documents: tables, words, and console examples with what they print now.

`python tests/examples.py` writes that into the documents.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
DOCUMENTS = (ROOT / "README.md", *sorted(DOCS.rglob("*.md")))
BLOCK = re.compile(r"(?:<!-- example: (?P<name>\w+) -->\n)?```console\n(?P<body>.*?)```\n", re.DOTALL)
ENVIRONMENT = {"COLUMNS": "80", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
# What whoever runs this may have set for ledgers of their own.
OWN = ("COMPLIANCE_LEDGER", "LEDGER_PASSPHRASE")


def text_of(name: str) -> str:
    """Return a page of docs/."""
    return (DOCS / name).read_text(encoding="utf-8")


def table_after(text: str, mark: str) -> list[list[str]]:
    """Return the rows of the first table after a mark, without its head."""
    lines = text[text.index(mark) + len(mark) :].lstrip().splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("|---"))
    rows = []
    for line in lines[start + 1 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def code(text: str) -> list[str]:
    """Return what is set as code in a text, but for whole blocks."""
    return re.findall("`([^`]+)`", re.sub("^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))


def environment(folder: Path) -> dict[str, str]:
    """Return what an example sees as its environment."""
    env = {name: value for name, value in os.environ.items() if name not in OWN} | ENVIRONMENT
    # Keys are looked for here, and never among those of whoever runs this.
    env |= {name: str(folder.resolve() / ".config") for name in ("XDG_CONFIG_HOME", "APPDATA")}
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    return env


def run(command: str, folder: Path) -> str:
    """Run a shell line with this installation's `ledger` first in the path; return all that it prints."""
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment(folder), capture_output=True, check=False
    )
    # As a terminal shows them: what goes to stderr comes when it is said, at the end of a command.
    return (done.stdout + done.stderr).decode().replace("\r\n", "\n")


def commands(body: str) -> Iterator[str]:
    """Give the commands of an example as they are typed: after `$ `, and after `> ` where a line goes on."""
    typed = ""
    for line in body.splitlines():
        if line.startswith("> " if typed.endswith("\\") else "$ "):
            typed = f"{typed}\n{line[2:]}" if typed else line[2:]
            if not typed.endswith("\\"):
                yield typed
                typed = ""


def played(text: str, run: Callable[[str, Path], str] = run) -> str:
    """Return a document with every example's output as it is now; `run` runs a line in a folder.

    Examples of one name share a folder; the one of the name `report` holds the sample orders.
    """
    with tempfile.TemporaryDirectory() as base:
        if "<!-- example: report -->" in text:
            report = Path(base, "report")
            report.mkdir()
            (report / "sample_orders").symlink_to(ROOT / "sample_orders")
            run("ledger import sample_orders", report)

        def replace(match: re.Match[str]) -> str:
            name = match["name"]
            folder = Path(base, name or "plain")
            folder.mkdir(exist_ok=True)
            shown = ""
            for command in commands(match["body"]):
                typed = command.replace("\n", "\n> ")
                shown += f"$ {typed}\n{run(command, folder)}"
            head = f"<!-- example: {name} -->\n" if name else ""
            return f"{head}```console\n{shown}```\n"

        return BLOCK.sub(replace, text)


if __name__ == "__main__":
    # All of them before any is written: a program that breaks down must not end up in half of the documents.
    written = {document: played(document.read_text(encoding="utf-8")) for document in DOCUMENTS}
    broken = [
        document.name
        for document, text in written.items()
        if any("Traceback (most recent call last)" in match["body"] for match in BLOCK.finditer(text))
    ]
    if broken:
        sys.exit(f"nothing was written: the program breaks down in {', '.join(broken)}")
    for document, text in written.items():
        document.write_text(text, encoding="utf-8")
