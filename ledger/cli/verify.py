"""`ledger verify`: the file itself, byte for byte."""

from __future__ import annotations

import sys
from typing import Annotated, Any, Final

import typer

from ledger.cli import options as o
from ledger.cli.output import chosen, put
from ledger.render.rows import as_json
from ledger.render.safe import plain

# Folding this much anew takes a second or two; the file itself is checked a hundred times faster.
_SMALL: Final = 4 << 20


def command(
    ctx: typer.Context,
    file: o.FileOption = None,
    index: Annotated[
        bool | None,
        typer.Option(
            "--index/--no-index",
            help="Also compare the index with a fresh fold; the default is to do so up to 4 MiB, as it takes long.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[str | None, typer.Option("-O", "--output-format", help="table or json.")] = None,
    out: o.OutOption = None,
) -> None:
    """Check every line: its form, its check member, its number, its link to the line before; then the index.

    Exit code 1 when something does not hold. It shows damage and slips; against whoever can rewrite the whole file,
    keep a copy of the head that it prints.

    Example: ledger verify
    """
    from ledger.journal.verification import verify_file

    form = chosen(output, out, ("table", "json"))
    target = o.Chosen(ctx, file)
    with target.reading() as book:
        book.file.check_begun()
        found = verify_file(book.file, _progress())
        differences: list[str] = []
        what = "not compared with a fresh fold" + (": --index does so" if index is None else "")
        compared = False
        if not found.findings and (found.bytes <= _SMALL if index is None else index):
            from ledger.index.comparison import compare

            compared, what, differences = compare(book.file)
    if form == "json":
        put(as_json(_record(found, differences, what, plain(str(target.path)), compared=compared)), out)
    else:
        put(_text(found, differences, what, plain(target.label)), out)
    if found.findings or differences:
        raise typer.Exit(1)


def _progress() -> Any:
    if sys.stderr is None or not sys.stderr.isatty():
        return None

    def show(done: int, of: int) -> None:
        print(f"\rverifying {done * 100 // max(of, 1)} %", end="" if done < of else "\r", file=sys.stderr, flush=True)

    return show


def _record(found: Any, differences: list[str], what: str, file: str, *, compared: bool) -> dict[str, Any]:
    return {
        "schema": "ledger-verify/1",
        "ok": not found.findings and not differences,
        "file": file,
        "lines": found.lines,
        "bytes": found.bytes,
        "torn": found.torn,
        "head": found.head,
        "root": found.root,
        "findings": [finding._asdict() for finding in found.findings],
        "more_findings": found.more,
        "index_compared": compared,
        "index": what,
        "index_differences": differences,
    }


def _text(found: Any, differences: list[str], what: str, file: str) -> str:
    lines = [f"line {finding.line} (byte {finding.offset}): {plain(finding.problem)}" for finding in found.findings]
    if found.more:
        lines.append(f"and {found.more:,} more findings")
    lines += [f"index: {plain(text)}; delete it, and it is made anew" for text in differences]
    if not found.findings:
        lines.append(f"{file}: {found.lines:,} lines, {found.bytes:,} bytes: form, checks, numbers and chain hold")
        lines.append(f"head {found.head}")
        lines.append(f"root {found.root}")
        if not differences:
            lines.append(f"index: {what}")
    elif found.torn and len(found.findings) == 1:
        lines.append(f"{file}: {found.lines:,} whole lines hold; no entry of theirs is lost")
    else:
        lines.append(f"{file}: does not hold; nothing was changed. Compare it with a copy, or restore one")
    return "\n".join(lines) + "\n"
