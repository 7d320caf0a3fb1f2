"""What an import refused, as a table to mend the source by: RFC 4180, UTF-8, CRLF at the end of each line.

    file,line,column,value,reason

`column` is the column or the member that is at fault, `value` what stands there; both are empty where it is the row as a
whole. `line` is the one of the file where the row begins, and empty where the file as a whole is at fault.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from typing import IO, Final

from ledger.errors import WriteFailed
from ledger.model.incoming import Incoming

COLUMNS: Final = ("file", "line", "column", "value", "reason")
_FIELD: Final = re.compile(r"([a-z_]{2,40}): ")
_LONGEST: Final = 1_000


class RejectTable:
    """Takes what is refused, one row each; `guard` makes a text one in which nothing acts in a spreadsheet."""

    def __init__(self, out: IO[str], name: str, guard: Callable[[str], object]) -> None:
        self._out, self._name, self._guard = out, name, guard
        self.restart()

    def restart(self) -> None:
        """Begin anew; raises `WriteFailed`."""
        try:
            self._out.seek(0)
            self._out.truncate()
        except OSError as error:
            raise self._failed(error) from error
        self._write(COLUMNS)

    def put(self, item: Incoming, reason: str) -> None:
        """Write one; raises `WriteFailed`."""
        column, value = at_fault(item, reason)
        line = "" if item.line is None else str(item.line)
        cells = (item.file or item.where, line, column, value[:_LONGEST], reason)
        self._write([str(self._guard(text)) for text in cells])

    def _write(self, cells: list[str] | tuple[str, ...]) -> None:
        try:
            csv.writer(self._out).writerow(cells)
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> WriteFailed:
        return WriteFailed(f"{self._name}: cannot be written ({error.strerror}); nothing was added")


def at_fault(item: Incoming, reason: str) -> tuple[str, str]:
    """Return the column or member that is at fault, and what stands there: as the source says, else as the rules do."""
    if item.column or item.record is None:
        return item.column, item.value
    found = _FIELD.match(reason)
    if found is None or found[1] not in item.record:
        return "", ""
    value = item.record[found[1]]
    return found[1], value if isinstance(value, str) else "" if value is None else str(value)
