"""What an import refused, as a table to mend the source by: RFC 4180, UTF-8, CRLF at the end of each line.

    file,line,column,value,reason

`column` is the column, or the member that no single column made, that is at fault, `value` what stands there; both are
empty where it is the row as a whole. `reason` begins with the notice or document where a line may hold several. `line` is the one of the file where the row begins, and empty where the file as a
whole is at fault.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from typing import IO, Final

from ledger.errors import WriteFailed
from ledger.model.incoming import Incoming

COLUMNS: Final = ("file", "line", "column", "value", "reason")
_FIELD: Final = re.compile(r"([a-z_]{2,40}): ")
_LONGEST: Final = 1_000


class RejectTable:
    """Takes what is refused, one row each; `guard` makes a text one in which nothing acts in a spreadsheet.

    `columns` says which column of its table made each field of an entry.
    """

    def __init__(
        self,
        out: IO[str],
        name: str,
        guard: Callable[[str], object],
        columns: Callable[[Incoming], Mapping[str, str]] | None = None,
    ) -> None:
        self._out, self._name, self._guard, self._columns = out, name, guard, columns
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
        if self._columns is not None and not item.column:
            column = self._columns(item).get(_member(reason), column)
        line = "" if item.line is None else str(item.line)
        said = f"{item.part}: {reason}" if item.part else reason
        cells = (item.file or item.where, line, column, value[:_LONGEST], said)
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
    member = _member(reason)
    if member not in item.record:
        return "", ""
    value = item.record[member]
    return member, "" if value is None else "; ".join(map(str, value)) if isinstance(value, list) else str(value)


def _member(reason: str) -> str:
    """Return the member that the rules name in a reason; an empty text if they name none."""
    found = _FIELD.match(reason)
    return found[1] if found is not None else ""
