"""The file that `import --rejects` writes: beside its place first, and there once the import is done."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from ledger.cli.output import check_output
from ledger.errors import Refused, WriteFailed
from ledger.exchange.rejects import RejectTable
from ledger.model.incoming import Incoming
from ledger.render.safe import cell

_TABLES = (".csv", ".tsv")


def check_rejects(out: Path, ledger: Path, sources: list[str], mapping: Path | None) -> None:
    """Refuse to put what was refused in the place of a ledger, of what stands beside it, of a key, or of what is read."""
    place = os.path.realpath(out)
    home = os.path.realpath(ledger)
    if place == home or (place.startswith(f"{home}.") and out.suffix != ".csv"):
        raise Refused(f"rejects: {out}: is the place of the ledger, or of what stands beside it: choose another file")
    for source in (*sources, *([str(mapping)] if mapping else [])):
        read = os.path.realpath(source)
        if source != "-" and (place == read or place.startswith(read.rstrip(os.sep) + os.sep)):
            raise Refused(f"rejects: {out}: is what the import reads, or in a folder of it: choose another file")
    try:
        check_output(out)
    except Refused as error:
        raise Refused(str(error).replace("output: ", "rejects: ").replace("another -o", "another file")) from error
    if not out.parent.is_dir():
        raise Refused(f"rejects: {out}: there is no folder {out.parent}")


def _columns(mapping: Path | None, form: str | None) -> Callable[[Incoming], Mapping[str, str]] | None:
    """Return what says, of an entry of a table, which column made each of its fields; None where there is no table."""
    if mapping is None or form not in (None, "csv"):
        return None
    from ledger.exchange.tables.mapping import columns_of_fields, read_mapping

    try:
        known = columns_of_fields(read_mapping(mapping))
    except Refused:
        # It is a mapping of names; what is wrong in one of tables is said where the table is read.
        return None

    def columns(item: Incoming) -> Mapping[str, str]:
        kind = item.record.get("kind", "") if item.record is not None else ""
        table = form == "csv" or item.file.lower().endswith(_TABLES)
        return known.get(str(kind), {}) if table else {}

    return columns


@contextmanager
def rejects_file(
    out: Path | None, mapping: Path | None = None, form: str | None = None
) -> Iterator[RejectTable | None]:
    """Give what takes the refused entries; the file takes its place when the block ends well. Raises `WriteFailed`.

    A mapping says which column of a table made a field; `form` is the format that was said.
    """
    if out is None:
        yield None
        return
    scratch = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        try:
            file = scratch.open("w", encoding="utf-8", newline="", errors="backslashreplace")
        except OSError as error:
            raise WriteFailed(f"{out}: cannot be written ({error.strerror}); nothing was added") from error
        with file:
            yield RejectTable(file, str(out), cell, _columns(mapping, form))
            try:
                file.flush()
                os.fsync(file.fileno())
                check_output(out)
                os.replace(scratch, out)
            except OSError as error:
                raise WriteFailed(f"{out}: cannot be written ({error.strerror}); it is as it was") from error
    finally:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)
