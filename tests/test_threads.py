from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import ledger
from ledger import Refused

ORDER = {"kind": "order", "authority": "A", "jurisdiction": "IN", "platform": "twitter", "received": "2021-02-01"}


@pytest.mark.parametrize("work", [ledger.orders, lambda book: book.append(ORDER)])
def test_an_open_ledger_is_of_one_thread_and_says_so(tmp_path: Path, work: Callable[[ledger.Ledger], object]) -> None:
    refused: list[Refused] = []
    with ledger.open(tmp_path / "ledger.jsonl") as book:
        book.append(ORDER)

        def elsewhere() -> None:
            with pytest.raises(Refused, match="open it anew in each") as caught:
                work(book)
            refused.append(caught.value)

        other = threading.Thread(target=elsewhere)
        other.start()
        other.join()
        assert len(refused) == 1
        assert [row["order"] for row in ledger.orders(book)] == ["ord-0001"]


def test_threads_that_open_it_anew_add_side_by_side(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"

    def add() -> None:
        with ledger.open(path) as book:
            for _ in range(5):
                book.append(ORDER)

    threads = [threading.Thread(target=add) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with ledger.open(path) as book:
        assert [row["order"] for row in ledger.orders(book)] == [f"ord-{number:04}" for number in range(1, 16)]
        assert book.warnings == []
