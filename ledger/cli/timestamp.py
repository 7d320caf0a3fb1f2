"""`ledger timestamp`: have someone else state by when a checkpoint existed."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ledger.cli import options as o
from ledger.cli.output import put
from ledger.errors import LedgerError, Refused, WriteFailed
from ledger.render.safe import plain

if TYPE_CHECKING:
    from ledger.evidence.checkpoint import Checkpoint
    from ledger.evidence.signing.note import Note
    from ledger.evidence.timestamp import Statement

_UNKNOWN: Final = "NOTHING IS PROVED: it is not known whose word this is; give the root that you trust with --root"


def command(
    checkpoint: Annotated[Path, typer.Argument(help="The checkpoint's file.", show_default=False)],
    reply: Annotated[
        Path | None, typer.Option("--reply", help="What the authority sent: check it and keep it.")
    ] = None,
    request: Annotated[
        Path | None, typer.Option("--request", help="With --reply: what was sent to the authority.")
    ] = None,
    root: Annotated[
        list[Path] | None,
        typer.Option("--root", help="With --reply: the root certificate that you trust, in PEM; may be repeated."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="Where the request is written, or the reply kept; default CHECKPOINT.tsq or CHECKPOINT.tsr.",
        ),
    ] = None,
    output: o.JsonOption = "table",
) -> None:
    """Have a time-stamping authority state by when a checkpoint existed (RFC 3161).

    First it writes a request, over the file's bytes as they are, and says how to send it: it uses no network itself.
    Then, with --reply, it checks what came back, as of the time stated, and keeps it if it holds. Exit code 1 when it
    does not hold, or when no --root says whom you trust.

    It shows that the checkpoint, and so every entry under it, existed by that time. It does not show that the entries
    are true, or that no other ledger was kept beside this one. A signature added to the file afterwards is not covered:
    sign and cosign first.

    Example: ledger timestamp checkpoint.txt

    Example: ledger timestamp checkpoint.txt --reply reply.tsr --request checkpoint.txt.tsq --root root.pem
    """
    if output not in ("table", "json"):
        raise Refused(f"output-format: {output!r} is none of table, json")
    if reply is None and (request or root):
        raise Refused("request, root: they are for checking a reply: give it with --reply")
    about = _About(checkpoint)
    if reply is None:
        _ask(about, out or _beside(checkpoint, ".tsq"), output)
    else:
        _take(about, reply, request, root or [], out or _beside(checkpoint, ".tsr"), output)


class _About:
    """The checkpoint in question: its bytes, read once, and what they say."""

    def __init__(self, path: Path) -> None:
        from ledger.evidence.checkpoint import parse_checkpoint
        from ledger.evidence.signing.note import parse_note

        self.path = path
        self.data = _read(path)
        self.note: Note = parse_note(self.data, str(path))
        self.checkpoint: Checkpoint = parse_checkpoint(self.note.text, str(path))

    @property
    def form(self) -> str:
        """Say what the bytes are."""
        signatures = len(self.note.signatures)
        if not signatures:
            return "an unsigned checkpoint"
        return f"a checkpoint with {signatures} signature{'s' if signatures > 1 else ''}"

    @property
    def sha256(self) -> str:
        """Return what a request is about, in hex."""
        import hashlib

        return hashlib.sha256(self.data).hexdigest()

    def covered(self, stated: Statement) -> int | None:
        """Return with how many of its signatures the checkpoint is what a statement is about, or None."""
        from ledger.evidence.signing.note import format_note
        from ledger.evidence.timestamp import covers

        signatures = self.note.signatures
        for count in range(len(signatures) + 1):
            if covers(stated, format_note(self.note._replace(signatures=signatures[:count]))):
                return count
        return None


def _ask(about: _About, out: Path, form: str) -> None:
    from ledger.evidence.timestamp import make_request

    _keep(make_request(about.data), out, "take in the reply to it with --reply, or choose another name with -o")
    if form == "json":
        put(_json(about, request=out), None)
        return
    send = shlex.join(["--data-binary", f"@{out}", "-o", "reply.tsr", "https://tsa.example/"])
    take = ("timestamp", str(about.path), "--request", str(out), "--reply", "reply.tsr", "--root", "ROOT.pem")
    lines = (
        f"wrote {out}: it asks for a timestamp of {about.path}, {about.form}, byte for byte",
        f"  sha256 {about.sha256}",
        "send it to a time-stamping authority that you and your readers trust, at its address:",
        f"  curl -sS -H 'Content-Type: application/timestamp-query' {send}",
        "then take its reply in:",
        f"  ledger {shlex.join(take)}",
    )
    put(_lines(lines), None)


def _take(about: _About, given: Path, request: Path | None, roots: list[Path], out: Path, form: str) -> None:
    from ledger.evidence.timestamp import check_reply, parse_reply, parse_request, read_roots

    raw = _read(given)
    reply = parse_reply(raw, str(given))
    asked = None if request is None else parse_request(_read(request), str(request))
    trusted = [certificate for root in roots for certificate in read_roots(_read(root), str(root))]
    problem, root = check_reply(reply, about.data, asked, trusted)
    stated = reply.statement
    if problem and stated and (count := about.covered(stated)) is not None and count < len(about.note.signatures):
        problem = (
            f"it is about this checkpoint with the first {count} of the {len(about.note.signatures)} signatures in it"
        )
    if problem is None and root is None:
        problem = _UNKNOWN
    kept, failure = None, None
    if problem is None:
        try:
            kept = given if out.exists() and out.samefile(given) else _keep(raw, out, "choose another name with -o")
        except LedgerError as error:
            failure = error
    if form == "json":
        text = _json(about, request=request, reply=given, stated=stated, problem=problem, root=root, kept=kept)
    elif stated is None or problem not in (None, _UNKNOWN):
        text = _lines([f"{given}: does not hold: {problem}"])
    else:
        text = _lines(_told(about, stated, problem, root, kept, request))
    put(text, None)
    if failure is not None:
        raise failure
    if problem is not None:
        raise typer.Exit(1)


def _told(
    about: _About, stated: Statement, problem: str | None, root: str | None, kept: Path | None, request: Path | None
) -> list[str]:
    accuracy = "" if stated.accuracy is None else f", give or take {stated.accuracy / 1_000_000:,g} s"
    by = f"{stated.by} (serial {stated.serial}, policy {stated.policy})"
    said = f"{about.form} of {about.checkpoint.size:,} entries of {about.checkpoint.origin}"
    answers = "not compared with a request (--request)" if request is None else f"it answers {request}"
    if problem is not None:
        return [
            problem,
            f"{about.path}: {said}",
            f"it claims that this existed at {stated.time}{accuracy}, in the name of {by}",
            answers,
        ]
    return [
        f"{about.path}: {said}",
        f"it existed, and so did every entry under it, by {stated.time}{accuracy}",
        f"says {by}",
        f"whose certificate, as of that time, leads to {root}",
        answers,
        f"kept in {kept}" if kept else "not kept",
    ]


def _json(
    about: _About,
    request: Path | None,
    *,
    reply: Path | None = None,
    stated: Statement | None = None,
    problem: str | None = None,
    root: str | None = None,
    kept: Path | None = None,
) -> str:
    from ledger.render.rows import as_json

    return as_json(
        {
            "schema": "ledger-timestamp/1",
            "ok": None if reply is None else problem is None,
            "problem": problem,
            "checkpoint": str(about.path),
            "signatures": len(about.note.signatures),
            "sha256": about.sha256,
            "origin": about.checkpoint.origin,
            "size": about.checkpoint.size,
            "root": about.checkpoint.root.hex(),
            "request": None if request is None else str(request),
            "reply": None if reply is None else str(reply),
            "kept": None if kept is None else str(kept),
            "time": stated.time if stated else None,
            "accuracy_microseconds": stated.accuracy if stated else None,
            "by": (stated.by or None) if stated else None,
            # Up to 160 bits; readers of JSON keep 53.
            "serial": str(stated.serial) if stated else None,
            "policy": stated.policy if stated else None,
            "trusted_root": root,
        }
    )


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{plain(line)}\n" for line in lines)


def _beside(path: Path, extension: str) -> Path:
    return path.with_name(path.name + extension)


def _read(path: Path) -> bytes:
    from ledger.evidence.timestamp import LARGEST

    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise Refused(f"{path}: cannot be read ({error.strerror})") from error
    if len(raw) > LARGEST:
        raise Refused(f"{path}: has more than {LARGEST:,} bytes: is it the right file?")
    return raw


def _keep(raw: bytes, path: Path, otherwise: str) -> Path:
    """Write a new file; one that is there is left as it is, and must be the same."""
    from ledger.evidence.signing.whole import create_whole

    try:
        # What is in it is meant for others.
        create_whole(path, raw, 0o666)
    except FileExistsError as error:
        with suppress(OSError):
            if path.read_bytes() == raw:
                return path
        raise Refused(f"{path}: is there already, and stays as it is; {otherwise}") from error
    except OSError as error:
        raise WriteFailed(f"{path}: cannot be written ({error.strerror})") from error
    return path
