"""Signals wait until the receipt is out."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from ledger.journal.signals import defer_signals
from tests.journal.chains import posix, run

SIGNALLED = """
import os, signal, sys
from ledger.journal.signals import defer_signals
try:
    with defer_signals():
        for name in sys.argv[1:]:
            os.kill(os.getpid(), getattr(signal, name))
        print("receipt", flush=True)
    print("not reached")
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@posix
@pytest.mark.parametrize(
    ("names", "code", "output"),
    [
        (["SIGTERM"], -signal.SIGTERM, "receipt\n"),
        (["SIGINT"], 0, "receipt\ninterrupted\n"),
        (["SIGTERM", "SIGINT"], -signal.SIGTERM, "receipt\n"),
    ],
)
def test_signals_wait_for_the_receipt(names: list[str], code: int, output: str) -> None:
    done = run(SIGNALLED, *names)
    assert (done.returncode, done.stdout) == (code, output)


@posix
def test_signals_are_given_back_to_whoever_had_them() -> None:
    names = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    got: list[int] = []
    before = [signal.signal(name, lambda number, _: got.append(number)) for name in names]
    try:
        held = [signal.getsignal(name) for name in names]
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with defer_signals():
            with defer_signals():
                os.kill(os.getpid(), signal.SIGINT)
                os.kill(os.getpid(), signal.SIGHUP)
            assert got == []
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert got == [signal.SIGINT]
        assert [signal.getsignal(name) for name in names[:2]] == held[:2]
    finally:
        for name, handler in zip(names, before, strict=True):
            signal.signal(name, handler)


def test_other_threads_need_no_signals() -> None:
    done = []

    def work() -> None:
        with defer_signals():
            done.append(1)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [1]
