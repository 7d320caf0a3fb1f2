"""Let signals wait until an entry and its receipt are out."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_held: Final[list[int]] = []


def held_back() -> bool:
    """Tell whether a signal waits: whoever has done nothing yet need not go on."""
    return bool(_held)


@contextmanager
def defer_signals() -> Iterator[None]:
    """Hold back interrupts and requests to end until the block is left, then deliver them.

    Outside of the main thread, where Python delivers no signals, it does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught: list[int] = []

    def hold(number: int, _frame: FrameType | None) -> None:
        caught.append(number)
        _held.append(number)

    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {}
    try:
        for number in numbers:
            # A signal that is ignored (nohup) stays ignored.
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                before[number] = signal.signal(number, hold)
        yield
    finally:
        # SIGINT last: it raises at once, and would leave the others held back for good.
        for number, handler in reversed(before.items()):
            signal.signal(number, handler)
        if caught:
            del _held[-len(caught) :]
            signal.raise_signal(caught[0])
