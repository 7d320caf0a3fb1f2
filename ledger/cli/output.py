"""Where results go: standard output, or a file whose extension chooses the format."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import typer

from ledger.cli.streams import hush
from ledger.errors import Refused, WriteFailed
from ledger.journal.signals import defer_signals

if TYPE_CHECKING:
    from ledger.book import Ledger
    from ledger.model.receipt import Receipt
    from ledger.render.terminal import Pages

_EXTENSIONS: Final = {".json": "json", ".jsonl": "jsonl", ".csv": "csv", ".md": "md", ".html": "html", ".txt": "table"}


def chosen(form: str | None, out: Path | None, formats: tuple[str, ...]) -> str:
    """Return the format that was asked for, by name or by a file's extension; raises `Refused` for an unknown one."""
    if form is None and out is not None:
        form = _EXTENSIONS.get(out.suffix.lower())
        if form is None:
            raise Refused(f"output: {out}: its extension names no format: use -O {', '.join(formats)}")
    form = form or "table"
    if form not in formats:
        raise Refused(f"output-format: {form!r} is none of {', '.join(formats)}")
    return form


def page(form: str, title: str, color: str) -> Pages:
    """Return an empty page for the terminal, or one as HTML."""
    if form == "html":
        from ledger.render.html import HtmlPage

        return HtmlPage(title)
    from ledger.render.terminal import Page

    if color not in ("auto", "always", "never"):
        raise Refused(f"color: {color!r} is none of auto, always, never")
    return Page(color)


def emit(text: str | Iterable[str]) -> None:
    """Print a result, whole or in pieces; raises `WriteFailed`, or `BrokenPipeError` where nobody reads it any more."""
    if sys.stdout is None:
        raise WriteFailed("standard output is closed: there is nowhere to print to")
    try:
        sys.stdout.writelines([text] if isinstance(text, str) else text)
        sys.stdout.flush()
    except OSError as error:
        hush()
        if isinstance(error, BrokenPipeError):
            raise
        raise WriteFailed(f"standard output: cannot be written ({error.strerror})") from error


def put_bytes(raw: bytes, out: Path | None) -> None:
    """Print a result whose every byte matters, whatever the terminal's encoding, or write it to a file."""
    if out is not None:
        check_output(out)
        from ledger.evidence.signing.whole import replace_whole

        try:
            # It is made to be shown to others.
            replace_whole(out, raw, 0o644)
        except OSError as error:
            raise WriteFailed(f"{out}: cannot be written ({error.strerror})") from error
        return
    with printing() as stream:
        stream.write(raw)


@contextmanager
def printing() -> Iterator[IO[bytes]]:
    """Give standard output for bytes; raises `WriteFailed`, and ends the command where nobody reads any more."""
    if sys.stdout is None:
        raise WriteFailed("standard output is closed: there is nowhere to print to")
    try:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Whoever read has what was wanted.
        hush()
        raise typer.Exit from None
    except OSError as error:
        hush()
        raise WriteFailed(f"standard output: cannot be written ({error.strerror})") from error


# How the files begin that no result may take the place of, and how those are named that stand beside a ledger.
_PRECIOUS: Final = (b'{"created":"', b"WyJ", b"private key of a compliance ledger")
_BESIDE: Final = (".private", ".disclosed", ".index", ".lock", ".key", ".signed")


def check_output(out: Path) -> None:
    """Refuse to put a result in the place of a ledger, of what stands beside it, or of a private key."""
    if not out.exists():
        return
    if not out.is_file():
        raise Refused(f"output: {out}: is not a file: choose another -o, or leave it out to print")
    try:
        with out.open("rb") as file:
            head = file.read(64)
    except OSError as error:
        raise Refused(f"output: {out}: cannot be read, so it is not replaced ({error.strerror})") from error
    if head.startswith(_PRECIOUS) or (out.suffix in _BESIDE and head):
        raise Refused(f"output: {out}: is a ledger, stands beside one, or is a key: choose another -o")


def put(text: str | Iterable[str], out: Path | None) -> None:
    """Print a result, whole or in pieces, or write it to a file; raises `WriteFailed` when it cannot be written.

    Raises `Refused` where that would take the place of a ledger or a key.
    """
    if out is None:
        try:
            emit(text)
        except BrokenPipeError:
            # Whoever read has what was wanted.
            raise typer.Exit from None
        return
    check_output(out)
    scratch = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with scratch.open("w", encoding="utf-8", newline="") as file:
            file.writelines([text] if isinstance(text, str) else text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(scratch, out)
    except OSError as error:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)
        raise WriteFailed(f"{out}: cannot be written ({error.strerror}); it is as it was") from error


@contextmanager
def standing(seq: int) -> Iterator[None]:
    """Say that an entry stands when its receipt cannot be given."""
    try:
        yield
    except (OSError, WriteFailed) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise WriteFailed(
            f"the receipt could not be printed ({reason}), but entry {seq} stands: do not add it again"
        ) from error


def record(book: Ledger, entry: Mapping[str, Any], label: str, form: str) -> Receipt:
    """Append one entry and give its receipt; signals wait until both are done."""
    from ledger.render import receipt as receipts
    from ledger.render.rows import as_json

    chosen(form, None, ("table", "json"))
    with defer_signals():
        receipt = book.append(entry)
        text = receipts.as_text(receipt, label) if form == "table" else as_json(receipts.as_record(receipt))
        with standing(receipt.seq):
            emit(text)
    return receipt
