"""Console examples in documents: what they print, now. `python tests/examples.py` writes it into the documents."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
BLOCK = re.compile(r"(?:<!-- example: (?P<name>\w+) -->\n)?```console\n(?P<body>.*?)```\n", re.DOTALL)
ENVIRONMENT = {"COLUMNS": "80", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}


def run(command: str, folder: Path) -> str:
    """Run a shell line with this installation's `ledger` first in the path; return all that it prints."""
    env = {name: value for name, value in os.environ.items() if name != "COMPLIANCE_LEDGER"} | ENVIRONMENT
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=env, capture_output=True, check=False)
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


def played(text: str) -> str:
    """Return a document with every example's output as it is now.

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
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        document.write_text(played(text), encoding="utf-8")
