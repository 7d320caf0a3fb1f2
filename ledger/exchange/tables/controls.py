"""Control characters in tables: no text has them but a tab and the ends of lines."""

from __future__ import annotations

import re
from typing import IO, Final

_BLOCK: Final = 1 << 20
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Each byte that is one becomes 0.
_BYTES: Final = bytes(code not in (*range(32), 127) or code in b"\t\n\r" for code in range(256))
# The upper ones in UTF-8.
_UPPER: Final = re.compile(rb"\xc2[\x80-\x9f]")


def control_in(text: str) -> str:
    """Return the first control character of a text by its code point, such as U+0000; an empty text if it has none."""
    found = _CONTROL.search(text)
    return f"U+{ord(found[0]):04X}" if found else ""


def may_hold_controls(stream: IO[bytes], encoding: str) -> bool:
    """Tell whether there are bytes that could be control characters; the stream stands where it stood again."""
    if encoding not in ("utf-8-sig", "cp1252"):
        return True
    start = stream.tell()
    try:
        while block := stream.read(_BLOCK):
            # The first half of one may be the last byte of a block.
            upper = (
                encoding == "utf-8-sig" and not block.isascii() and (block.endswith(b"\xc2") or _UPPER.search(block))
            )
            if upper or b"\0" in block.translate(_BYTES):
                return True
    finally:
        stream.seek(start)
    return False
