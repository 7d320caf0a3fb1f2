"""`ledger orders`: what its list says of each order."""

from __future__ import annotations

import json

from tests.conftest import Run

ADD = ("add-order", "--authority", "Board", "--jurisdiction", "IN", "--platform", "x", "--specified", "3")


def test_an_order_counts_from_a_day_of_the_reporting_zone_on_pages_and_from_the_recorded_time_in_rows(run: Run) -> None:
    assert run("init", "--timezone", "Asia/Kolkata").code == 0
    for name, received in (("EX-1", "2026-02-28T20:00Z"), ("EX-2", "2026-02-28"), ("EX-3", "2026-03-02T01:00+09:00")):
        assert run(*ADD, "--id", name, "--received", received).code == 0
    days = {"EX-2": "2026-02-28", "EX-1": "2026-03-01", "EX-3": "2026-03-01"}
    table = [line.split()[:2] for line in run("orders").out.splitlines() if line.startswith("EX-")]
    assert table == [list(pair) for pair in days.items()]
    page = run("orders", "-O", "html").out
    for name, day in days.items():
        assert f'>{name}</td><td class="text">{day}<' in page
    booked = [row["booked"] for row in json.loads(run("orders", "-O", "json").out)["orders"]]
    assert booked == ["2026-02-28", "2026-02-28T20:00Z", "2026-03-02T01:00+09:00"]
