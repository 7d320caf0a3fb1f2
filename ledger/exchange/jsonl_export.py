"""Entries as JSON Lines: one a line, in the order in which they were recorded.

A line is the entry's own record, its members sorted, in ASCII, with the `seq` and `recorded_at` that the ledger gave it
and without `prev` and `~`, which hold in that file alone. A correction's `of` is the `seq` of another line. So an import
reads it as it is (`jsonlines`), and numbers the entries anew.

    {"action":"blocked","all":true,"at":"2021-02-02","kind":"response","order":"EX-1","recorded_at":"…","seq":2}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def entry_line(record: Mapping[str, Any]) -> str:
    """Return the line of one entry, with its end."""
    # In ASCII, so that nothing in it acts on a terminal.
    return json.dumps(record, ensure_ascii=True, sort_keys=True, separators=(",", ":")) + "\n"
