"""Hammer one ledger with writers, readers and kills, then hold it to every receipt that came out; see README.md beside this file.

python benchmarks/hammer.py [--seconds 30] [--writers 3] [--readers 2] [--private] [--seed N]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from ledgers import ROOT
from measure import environment

sys.path.insert(0, str(ROOT))

import ledger as program
from ledger.journal.line import leaf_hash

# A process that takes longer than this hangs, in seconds.
_LONGEST: Final = 120.0
# How many entries an import adds, and how often findings are looked for, in seconds.
_BATCH: Final = 30
_EVERY: Final = 5.0

Record = dict[str, Any]


class Ended(NamedTuple):
    """What a process left; the code is negative where it was killed."""

    code: int
    out: str
    err: str


class Journal:
    """What was asked for and what was acknowledged; each entry bears a tag of its own in its note."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.asked: dict[str, Record] = {}
        self.receipts: dict[str, tuple[int, str]] = {}
        self.done: Counter[str] = Counter()
        self.findings: list[str] = []

    def ask(self, record: Record) -> None:
        """Note what is about to be entered."""
        with self._lock:
            self.asked[record["note"]] = record

    def acknowledge(self, tag: str, seq: int, leaf: str) -> None:
        """Note a receipt: the number of the entry, and its leaf hash if that was said."""
        with self._lock:
            self.receipts[tag] = (seq, leaf)

    def count(self, what: str) -> None:
        """Count something that was done."""
        with self._lock:
            self.done[what] += 1

    def find(self, what: str) -> None:
        """Note something that must not be; said at once, as the rest may take long."""
        with self._lock:
            self.findings.append(what)
            print(f"FOUND: {what}", file=sys.stderr, flush=True)

    def acknowledged(self) -> dict[str, tuple[int, str]]:
        """Return the receipts until now."""
        with self._lock:
            return dict(self.receipts)


class Hammer:
    """One ledger in a folder of its own, and those who work on it until the time is up."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self.folder, self.path = folder, folder / "kept" / "ledger.jsonl"
        self.path.parent.mkdir()
        self.index = self.path.with_name(f"{self.path.name}.index")
        self.journal = Journal()
        self.stop = time.monotonic() + seconds
        self._took = [0.3]
        self.environment = environment() | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}

    def on(self) -> bool:
        """Tell whether there is time left."""
        return time.monotonic() < self.stop

    def soon(self, chance: random.Random) -> float:
        """Return when to kill a process: about when those before it did what they were to do, in seconds."""
        return chance.choice(self._took[-20:]) * (0.4 + 0.7 * chance.random())

    def run(self, *words: str, kill_after: float | None = None, path: Path | None = None) -> Ended:
        """Run one process to its end, or until it is killed; nothing else is ever killed."""
        command = [sys.executable, "-m", "ledger", "--file", str(path or self.path), *words]
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            cwd=self.folder,
            env=self.environment,
        )
        begun = time.monotonic()
        try:
            out, err = process.communicate(timeout=_LONGEST if kill_after is None else kill_after)
        except subprocess.TimeoutExpired:
            if kill_after is None:
                self.journal.find(f"{words[0]}: not done after {_LONGEST:.0f} s")
            process.kill()
            out, err = process.communicate()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        if process.returncode == 0 and words[0] in ("add-order", "respond"):
            self._took.append(time.monotonic() - begun)
        self.journal.count("processes")
        if process.returncode < 0:
            self.journal.count("kills")
        if "Traceback" in err:
            self.journal.find(f"{' '.join(words)}: {err[-600:]}")
        return Ended(process.returncode, out, err)

    # Writers

    def write(self, name: str, chance: random.Random) -> None:
        """Add orders and responses, one process each, and now and then a file of orders."""
        orders: list[tuple[str, list[str]]] = []
        number = 0
        while self.on():
            number += 1
            tag, kill_after = f"{name}-{number}", self.soon(chance) if chance.random() < 0.3 else None
            if orders and chance.random() < 0.4:
                order, targets = orders.pop(chance.randrange(len(orders)))
                record = {"kind": "response", "order": order, "action": "blocked", "at": "2021-02-02", "note": tag}
                words = ["respond", order, "blocked", *targets, "--at", "2021-02-02", "--note", tag]
                self.enter(record | {"targets": targets}, words, kill_after)
            elif chance.random() < 0.05:
                self.bring(tag, chance)
            else:
                targets = [f"@shared_{chance.randrange(20)}", f"@of_{tag}"]
                record = new_order(tag, targets)
                if self.enter(record, order_words(record), kill_after):
                    orders.append((tag, targets))

    def enter(self, record: Record, words: Sequence[str], kill_after: float | None) -> bool:
        """Add one entry; tell whether its receipt came."""
        self.journal.ask(record)
        ended = self.run(*words, "-O", "json", kill_after=kill_after)
        try:
            receipt = json.loads(ended.out) if ended.out.endswith("}\n") else None
        except ValueError:
            receipt = None
        if receipt is not None:
            self.journal.acknowledge(record["note"], receipt["seq"], receipt["leaf_hash"])
            return True
        if ended.code == 3 and "did not finish within" in ended.err:
            self.journal.count("waits in vain")
        elif ended.code >= 0:
            self.journal.find(f"{' '.join(words)}: exit code {ended.code}: {ended.out}{ended.err}")
        return False

    def bring(self, tag: str, chance: random.Random) -> None:
        """Import orders, killed once or twice on the way; the last try is left alone and completes it."""
        records = [new_order(f"{tag}-{part}", [f"@shared_{part % 20}", f"@of_{tag}"]) for part in range(_BATCH)]
        for record in records:
            self.journal.ask(record)
        source = self.folder / f"{tag}.jsonl"
        source.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
        for _ in range(chance.randrange(3)):
            self.run("import", str(source), kill_after=self.soon(chance))
        for _ in range(3):
            ended = self.run("import", str(source))
            if ended.code == 0:
                self.journal.count("imports")
                for record in records:
                    self.journal.acknowledge(record["note"], -1, "")
                return
            self.journal.count("waits in vain")
        self.journal.find(f"import: exit code {ended.code}: {ended.err}")

    # Readers, and whoever takes the index away

    def read(self, chance: random.Random) -> None:
        """Ask all kinds of questions; each must be answered."""
        questions = (
            ("report", "-O", "json"),
            ("report", "--monthly"),
            ("timeline", "@shared_1"),
            ("orders", "--open"),
            ("check",),
            ("verify", "-O", "json"),
            ("verify", "--index"),
        )
        while self.on():
            words = chance.choice(questions)
            ended = self.run(*words, kill_after=self.soon(chance) if chance.random() < 0.1 else None)
            if ended.code < 0:
                continue
            self.journal.count("questions")
            if ended.code and not (words[0] == "timeline" and "no order" in ended.err):
                self.journal.find(f"{' '.join(words)}: exit code {ended.code}: {ended.out[-600:]}{ended.err}")
            if ended.err:
                self.journal.count("questions answered with a word on stderr")

    def take(self, chance: random.Random) -> None:
        """Take the index away while others work."""
        while self.on():
            time.sleep(chance.random() * 4)
            try:
                self.index.unlink()
            except FileNotFoundError:
                continue
            self.journal.count("indexes taken away")

    # Checks

    def look(self) -> None:
        """Now and then, hold the ledger to the receipts that are out."""
        while self.on():
            time.sleep(min(_EVERY, max(0.0, self.stop - time.monotonic())))
            receipts = self.journal.acknowledged()
            self.hold(receipts, self.path.read_bytes())
            self.journal.count("checks on the way")

    def hold(self, receipts: dict[str, tuple[int, str]], raw: bytes) -> list[bytes]:
        """Find entries with receipts that are not in the file where their receipts say; return the file's lines."""
        lines = raw.split(b"\n")[:-1]
        for tag, (seq, leaf) in receipts.items():
            if seq >= 0 and (seq >= len(lines) or leaf_hash(lines[seq]) != leaf):
                self.journal.find(f"{tag}: its receipt says entry {seq}, which is not there as it was")
        return lines

    def end(self) -> list[Record]:
        """Hold the ledger to everything; return its entries. All processes have ended."""
        raw = self.path.read_bytes()
        if raw[-1:] != b"\n":
            self.journal.count("unfinished last lines")
            self.enter(new_order("last", ["@of_last"]), order_words(new_order("last", ["@of_last"])), None)
        receipts = self.journal.acknowledged()
        self.hold(receipts, self.path.read_bytes())
        ended = self.run("verify", "--index", "-O", "json")
        if ended.code:
            self.journal.find(f"verify at the end: exit code {ended.code}: {ended.out}{ended.err}")
        with program.open(self.path) as book:
            entries = [dict(entry) for entry in book.table("entries").all()]
        found = Counter(entry.get("note") for entry in entries[1:])
        for entry in entries[1:]:
            asked = self.journal.asked.get(entry.get("note", ""))
            if asked is None or {name: entry.get(name) for name in asked} != asked:
                self.journal.find(f"entry {entry['seq']} is not what anybody entered: {entry}")
        self.journal.findings += [f"{tag}: entered {times} times" for tag, times in found.items() if times > 1]
        self.journal.findings += [f"{tag}: had a receipt, and is not there" for tag in receipts if not found[tag]]
        self.compare()
        # What those left who were killed while they made an index goes when the next one is made.
        self.index.unlink(missing_ok=True)
        self.run("orders")
        left = {item.name for item in self.path.parent.iterdir()}
        usual = {self.path.name + end for end in ("", ".lock", ".private", ".index", ".index-wal", ".index-shm")}
        strange = {name for name in left - usual if f"{self.path.name}.torn-" not in name}
        if strange:
            self.journal.find(f"left in the folder: {', '.join(sorted(strange))}")
        return entries

    def compare(self) -> None:
        """Find figures that are not those of a fresh fold: of a copy that has no index."""
        copy = self.folder / "copy" / self.path.name
        copy.parent.mkdir()
        for end in ("", ".private"):
            source = self.path.with_name(self.path.name + end)
            if source.exists():
                copy.with_name(source.name).write_bytes(source.read_bytes())
        for words in (("report", "-O", "json"), ("orders", "-O", "json"), ("timeline", "@shared_1", "-O", "json")):
            first, second = self.run(*words), self.run(*words, path=copy)
            if (first.code, first.out) != (second.code, second.out):
                self.journal.find(f"{words[0]}: is not what a fresh fold says")


def new_order(tag: str, targets: list[str]) -> Record:
    """Return an order that bears its tag as id and note."""
    words = {"authority": "Example Office", "jurisdiction": "IN", "platform": "twitter", "received": "2021-02-01"}
    return {"kind": "order", "id": tag} | words | {"targets": targets, "note": tag}


def order_words(record: Record) -> list[str]:
    """Return the command that enters an order."""
    names = ("id", "authority", "jurisdiction", "platform", "received", "note")
    return ["add-order", *(word for name in names for word in (f"--{name}", record[name])), *record["targets"]]


def main() -> int:
    """Hammer for the time that was asked for; return 0, or 1 if something was found."""
    asked = _asked()
    with tempfile.TemporaryDirectory(prefix="ledger-hammer-") as folder:
        hammer = Hammer(Path(folder), asked.seconds)
        if asked.private:
            hammer.run("init", "--private", "targets,note")
        first = new_order("first", ["@shared_1"])
        hammer.enter(first, order_words(first), None)
        seeds = random.Random(asked.seed)
        workers = [
            threading.Thread(target=hammer.write, args=(f"w{number}", random.Random(seeds.random())))
            for number in range(asked.writers)
        ]
        workers += [
            threading.Thread(target=hammer.read, args=(random.Random(seeds.random()),)) for _ in range(asked.readers)
        ]
        workers += [
            threading.Thread(target=hammer.take, args=(random.Random(seeds.random()),)),
            threading.Thread(target=hammer.look),
        ]
        for worker in workers:
            worker.start()
        try:
            for worker in workers:
                worker.join()
        except KeyboardInterrupt:
            hammer.stop = 0.0
            for worker in workers:
                worker.join()
        entries = hammer.end()
    _tell(hammer.journal, entries, asked.seed)
    return 1 if hammer.journal.findings else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, allow_abbrev=False, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=30.0, help="how long, but for the end (default: %(default)s)")
    parser.add_argument("--writers", type=int, default=3, help="who add entries at once (default: %(default)s)")
    parser.add_argument("--readers", type=int, default=2, help="who ask at once (default: %(default)s)")
    parser.add_argument("--private", action="store_true", help="begin the ledger with private targets and notes")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4)), help="of what is random")
    asked = parser.parse_args()
    if asked.seconds <= 0 or asked.writers < 1 or asked.readers < 0:
        parser.error("a time, a writer at least, and no less than no readers")
    return asked


def _tell(journal: Journal, entries: list[Record], seed: int) -> None:
    """Print what was done and found: shares, since machines differ."""
    done = journal.done
    tags = {entry.get("note") for entry in entries}
    unsaid = [tag for tag in journal.asked if tag not in journal.receipts]
    stand = sum(tag in tags for tag in unsaid)
    share = len(journal.receipts) / max(len(journal.asked), 1)
    print(f"seed {seed}")
    print(", ".join(f"{count:,} {what}" for what, count in done.items()))
    print(f"{len(entries):,} entries; {share:.0%} of those asked for had a receipt")
    print(f"{len(unsaid):,} without a receipt (killed, mostly): {stand:,} of them stand, whole")
    print(f"killed: {done['kills'] / max(done['processes'], 1):.0%} of all processes")
    for finding in journal.findings:
        print(f"found: {finding}")
    print(f"{len(journal.findings)} findings" if journal.findings else "nothing was found")


if __name__ == "__main__":
    sys.exit(main())
