"""`ledger verify`: the file itself, byte for byte, and whether it extends what others hold of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ledger.cli import options as o
from ledger.cli.output import chosen, put
from ledger.render.rows import as_json
from ledger.render.safe import plain

if TYPE_CHECKING:
    from ledger.evidence.holding import Held
    from ledger.evidence.judgement import Verdict
    from ledger.evidence.publishing.disclosed import Disclosed
    from ledger.evidence.verification import Verification
    from ledger.journal.file import JournalFile

# Folding this much anew takes a second or two; the file itself is checked a hundred times faster.
_SMALL: Final = 4 << 20


def command(
    ctx: typer.Context,
    file: o.FileOption = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            "--checkpoint", help="A checkpoint that the ledger must extend; may be repeated.", show_default=False
        ),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            "--key",
            help="A public key, or a file with it: one of them must have signed each checkpoint; may be repeated.",
            show_default=False,
        ),
    ] = None,
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

    That shows damage and slips. Whoever can rewrite the whole file is shown by what others hold of it: give the
    checkpoints that you kept, and the keys that you trust. Exit code 1 when something does not hold.

    Example: ledger verify

    Example: ledger verify --checkpoint 2021-02.checkpoint --key example-platform.vkey
    """
    form = chosen(output, out, ("table", "json"))
    target = o.Chosen(ctx, file)
    if not checkpoint and key:
        from ledger.errors import Refused

        raise Refused("key: says who must have signed a checkpoint: give one with --checkpoint")
    differences: list[str] = []
    what, compared = "not compared with a fresh fold" + (": --index does so" if index is None else ""), False
    # A ledger that was emptied is one that a checkpoint says more of.
    emptied = bool(checkpoint) and target.path.is_file() and not target.path.stat().st_size
    with target.open() if emptied else target.reading() as book:
        if not emptied:
            book.file.check_begun()
        found, verdict, held = _verified(book.file, checkpoint or [], key or [])
        disclosed, unchecked = (None, False) if emptied else _disclosed(book.file, whole=index)
        if not found.findings and (found.bytes <= _SMALL if index is None else index):
            from ledger.index.comparison import compare

            compared, what, differences = compare(book.file)
    ok = not found.findings and not differences and all(one.verdict is None for one in held)
    ok = ok and not (disclosed and disclosed.findings)
    if form == "json":
        record = {"schema": "ledger-verify/1", "ok": ok, "file": plain(str(target.path))} | _record(
            found, verdict, held
        )
        record["private"] = None if disclosed is None else disclosed._asdict()
        index_record = {"index_compared": compared, "index": what, "index_differences": differences}
        put(as_json(record | index_record), out)
    else:
        lines = _text(found, verdict, held, differences, plain(target.label)) + _private(disclosed, unchecked=unchecked)
        put("\n".join([*lines, *([] if found.findings or differences else [f"index: {what}"])]) + "\n", out)
    if not ok:
        raise typer.Exit(1)


def _verified(
    file: JournalFile, checkpoints: list[Path], keys: list[str]
) -> tuple[Verification, Verdict | None, list[Held]]:
    """Return what was found in the file, what the links say to have happened, and what came of each checkpoint."""
    from ledger.evidence.verification import verify_file

    if checkpoints:
        from ledger.evidence.holding import read_claims, verify
        from ledger.evidence.signing.trust import read_keys

        return verify(file, read_claims(checkpoints), read_keys(keys), _progress())
    found = verify_file(file, _progress())
    if not found.findings:
        return found, None, []
    from ledger.evidence.holding import state_of
    from ledger.evidence.judgement import judge_links

    return found, judge_links(state_of(file, found)), []


def _disclosed(file: JournalFile, *, whole: bool | None) -> tuple[Disclosed | None, bool]:
    """Return what is disclosed of private fields, None for a ledger that has none; and whether that was left unchecked."""
    from ledger.evidence.publishing.disclosed import check_disclosures, size_of_disclosures

    if whole is False or (whole is None and size_of_disclosures(file) > _SMALL):
        return None, size_of_disclosures(file) > 0
    return check_disclosures(file), False


def _private(disclosed: Disclosed | None, *, unchecked: bool) -> list[str]:
    if unchecked:
        return ["private fields: what is disclosed was not held against the lines: --index does so"]
    if disclosed is None:
        return []
    counts = f"{disclosed.disclosed:,} values disclosed, {disclosed.not_disclosed:,} not, {disclosed.erased:,} erased"
    left = f"; {disclosed.unneeded:,} more that no entry needs" if disclosed.unneeded else ""
    return [*map(plain, disclosed.findings), f"private fields: {counts} ({plain(disclosed.file)}){left}"]


def _progress() -> Any:
    if sys.stderr is None or not sys.stderr.isatty():
        return None

    def show(done: int, of: int) -> None:
        print(f"\rverifying {done * 100 // max(of, 1)} %", end="" if done < of else "\r", file=sys.stderr, flush=True)

    return show


def _record(found: Verification, verdict: Verdict | None, held: list[Held]) -> dict[str, Any]:
    return {
        "lines": found.lines,
        "withheld": found.withheld,
        "bytes": found.bytes,
        "torn": found.torn,
        "head": found.head,
        "root": found.root,
        "findings": [finding._asdict() for finding in found.findings],
        "more_findings": found.more,
        "verdict": None if verdict is None else verdict._asdict(),
        "recorded_back": found.back,
        "checkpoints": [_checkpoint_record(one) for one in held],
    }


def _checkpoint_record(held: Held) -> dict[str, Any]:
    from ledger.evidence.holding import as_record

    return as_record(held)


def _text(
    found: Verification, verdict: Verdict | None, held: list[Held], differences: list[str], file: str
) -> list[str]:
    lines = [f"line {finding.line} (byte {finding.offset}): {plain(finding.problem)}" for finding in found.findings]
    if found.more:
        lines.append(f"and {found.more:,} more findings")
    lines += [f"index: {plain(text)}; delete it, and it is made anew" for text in differences]
    if not found.findings:
        lines.append(f"{file}: {found.lines:,} lines, {found.bytes:,} bytes: form, checks, numbers and chain hold")
        lines.append(f"head {found.head}")
        lines.append(f"root {found.root}")
    elif found.torn and len(found.findings) == 1:
        lines.append(f"{file}: {found.lines:,} whole lines hold; no entry of theirs is lost")
    else:
        lines.append(f"{file}: does not hold; nothing was changed. Compare it with a copy, or restore one")
    if verdict is not None:
        lines.append(f"what happened: {plain(verdict.text)}")
    if found.withheld:
        lines.append(_withheld(found.withheld))
    if found.back:
        from ledger.evidence.judgement import backward

        lines.append(f"note: {backward(found.back)}")
    for one in held:
        lines += _checkpoint(one)
    return lines


def _withheld(number: int) -> str:
    lines = "1 line is withheld" if number == 1 else f"{number:,} lines are withheld"
    return f"{lines}: of these the hashes alone are shown; what else stands there no hash covers"


def _checkpoint(held: Held) -> list[str]:
    """Say what came of a checkpoint, and on whose word it is."""
    from ledger.evidence.signing.trust import told

    name, count, by = plain(held.name), held.checkpoint.size, held.signed
    entries = "1 entry" if count == 1 else f"{count:,} entries"
    lines = []
    if held.holds:
        lines.append(f"checkpoint {name}: the ledger extends it: its {entries} are as they were")
    if held.verdict is not None:
        lines.append(f"checkpoint {name}: DOES NOT HOLD: {plain(held.verdict.text)}")
    if by.by:
        lines.append(f"checkpoint {name}: signed by {plain(told(by.by))}")
    if not by.signed:
        lines.append(f"checkpoint {name}: IS NOT SIGNED: it binds nobody, as anybody can write such lines")
    elif not by.by and not by.forged:
        lines.append(
            f"checkpoint {name}: WHO SIGNED IT WAS NOT CHECKED: no key was given of {plain(', '.join(by.unknown))}; "
            "until --key gives it, it binds nobody"
        )
    elif by.unknown:
        lines.append(f"checkpoint {name}: also signed by keys that were not given: {plain(', '.join(by.unknown))}")
    return lines
