"""Standard output and error when nobody takes what is written there."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from ledger.render.safe import plain


def hush() -> None:
    """Let the interpreter's own last flush go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(text: str) -> None:
    """Say one line on standard error; where it cannot be said, the exit code alone speaks."""
    if sys.stderr is None:
        return
    try:
        print(f"ledger: {plain(text)}", file=sys.stderr, flush=True)
    except OSError:
        # The interpreter's own last flush would fail too, and change the exit code.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
