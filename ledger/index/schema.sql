-- The index: a cache of what the ledger says, made from it alone and deletable at any time.
--
-- One order is the unit: its rows in `orders`, `flows`, `places` and `statuses` are made by one fold and replaced together.
-- `course` is that of ledger/model/course.py as JSON; `to_lift` tells that targets are restricted though the order demands
-- it no more. `rollup`, `rollup_marks` and `distinct_targets` are sums over them, kept so that no report costs more as the ledger grows.
-- Days are ordinals in the ledger's reporting zone. `in_*` counts inexact postings into a status, `is_*` the orders
-- whose balance in it is inexact; both are changes by day and sum like quantities do. What stands in sorted.sql is made
-- once the rows are there.

CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE entries (
    seq INTEGER PRIMARY KEY,
    start INTEGER NOT NULL,
    size INTEGER NOT NULL,
    order_no INTEGER NOT NULL,
    digest BLOB NOT NULL
);
CREATE INDEX entries_by_order ON entries (order_no, seq);

CREATE TABLE orders (
    order_no INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    authority TEXT NOT NULL,
    reference TEXT,
    jurisdiction TEXT NOT NULL,
    platform TEXT NOT NULL,
    basis TEXT NOT NULL,
    duty TEXT NOT NULL,
    kind TEXT NOT NULL,
    relation TEXT,
    day INTEGER NOT NULL,
    booked TEXT NOT NULL,
    due TEXT,
    confidential INTEGER NOT NULL,
    is_open INTEGER NOT NULL,
    demanded INTEGER NOT NULL,
    relates_to TEXT,
    stands_for INTEGER NOT NULL,
    to_lift INTEGER NOT NULL,
    course TEXT NOT NULL,
    first_place INTEGER NOT NULL,
    last_place INTEGER NOT NULL
);
CREATE INDEX orders_by_reference ON orders (reference, authority) WHERE reference IS NOT NULL;
CREATE INDEX orders_by_relation ON orders (relates_to) WHERE relates_to IS NOT NULL;

CREATE TABLE flows (
    order_no INTEGER NOT NULL,
    day INTEGER NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    speaker TEXT NOT NULL,
    delta INTEGER NOT NULL,
    entered INTEGER NOT NULL,
    in_about INTEGER NOT NULL,
    in_at_least INTEGER NOT NULL,
    in_under INTEGER NOT NULL,
    in_unknown INTEGER NOT NULL,
    is_about INTEGER NOT NULL,
    is_at_least INTEGER NOT NULL,
    is_under INTEGER NOT NULL,
    is_unknown INTEGER NOT NULL,
    PRIMARY KEY (order_no, day, kind, status, speaker)
) WITHOUT ROWID;

-- The same by country: a target counts once in each country where it is restricted.
CREATE TABLE places (
    order_no INTEGER NOT NULL,
    country TEXT NOT NULL,
    day INTEGER NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    delta INTEGER NOT NULL,
    entered INTEGER NOT NULL,
    in_about INTEGER NOT NULL,
    in_at_least INTEGER NOT NULL,
    in_under INTEGER NOT NULL,
    in_unknown INTEGER NOT NULL,
    is_about INTEGER NOT NULL,
    is_at_least INTEGER NOT NULL,
    is_under INTEGER NOT NULL,
    is_unknown INTEGER NOT NULL,
    PRIMARY KEY (order_no, country, day, kind, status)
) WITHOUT ROWID;

-- What became of a target under one order; most targets of an order share one history.
CREATE TABLE histories (
    history INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    duty TEXT NOT NULL,
    status TEXT NOT NULL,
    demanded INTEGER NOT NULL,
    changes TEXT NOT NULL,
    UNIQUE (changes, kind, duty, demanded)
);

-- An order's targets stand side by side, at the places that its row names: so they are added at the end, all at once.
CREATE TABLE statuses (
    place INTEGER PRIMARY KEY,
    order_no INTEGER NOT NULL,
    target TEXT NOT NULL,
    history INTEGER NOT NULL
);

CREATE TABLE problems (order_no INTEGER NOT NULL, seq INTEGER NOT NULL, problem TEXT NOT NULL);
CREATE INDEX problems_by_order ON problems (order_no);

CREATE TABLE days (
    day INTEGER PRIMARY KEY,
    week TEXT NOT NULL,
    month TEXT NOT NULL,
    quarter TEXT NOT NULL,
    year TEXT NOT NULL,
    week_begin INTEGER NOT NULL,
    month_begin INTEGER NOT NULL
);

-- Whole weeks and months have sums of their own under the day on which they begin: what is read of the days is
-- never more than two of them. What a line of sums is of stands in `rollup_lines` once, and not beside each of its days.
CREATE TABLE rollup_lines (
    line INTEGER PRIMARY KEY,
    way TEXT NOT NULL,
    name TEXT NOT NULL,
    duty TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    UNIQUE (way, name, duty, kind, status)
);

CREATE TABLE rollup_days (
    line INTEGER NOT NULL,
    day INTEGER NOT NULL,
    delta INTEGER NOT NULL,
    entered INTEGER NOT NULL,
    PRIMARY KEY (line, day)
) WITHOUT ROWID;

-- Inexact figures are few, and each asks for eight more sums: kept apart, they cost the others nothing.
CREATE TABLE rollup_marked_days (
    line INTEGER NOT NULL,
    day INTEGER NOT NULL,
    in_about INTEGER NOT NULL,
    in_at_least INTEGER NOT NULL,
    in_under INTEGER NOT NULL,
    in_unknown INTEGER NOT NULL,
    is_about INTEGER NOT NULL,
    is_at_least INTEGER NOT NULL,
    is_under INTEGER NOT NULL,
    is_unknown INTEGER NOT NULL,
    PRIMARY KEY (line, day)
) WITHOUT ROWID;

-- What is asked of them. CROSS keeps SQLite from reading all days first.
CREATE VIEW rollup AS SELECT * FROM rollup_lines CROSS JOIN rollup_days USING (line);
CREATE VIEW rollup_marks AS SELECT * FROM rollup_lines CROSS JOIN rollup_marked_days USING (line);

CREATE TABLE distinct_targets (
    kind TEXT NOT NULL,
    day INTEGER NOT NULL,
    status TEXT NOT NULL,
    delta INTEGER NOT NULL,
    PRIMARY KEY (kind, day, status)
) WITHOUT ROWID;

-- The hashes of whole runs of 256 leaves of the RFC 6962 tree, made when somebody first asks for a root.
CREATE TABLE subtrees (number INTEGER PRIMARY KEY, hash BLOB NOT NULL);

-- What is disclosed of private fields: a target's value is its text, a field's is JSON under the field's name. `start` is
-- where the disclosure itself stands in its file.
CREATE TABLE disclosures (digest TEXT PRIMARY KEY, name TEXT, value TEXT NOT NULL, start INTEGER NOT NULL) WITHOUT ROWID;

-- Each private target by its canonical text, so that it keeps its salt; without a text where it is not disclosed.
CREATE TABLE names (platform TEXT NOT NULL, value TEXT, digest TEXT NOT NULL UNIQUE);
CREATE UNIQUE INDEX names_by_value ON names (platform, value);
CREATE INDEX names_not_disclosed ON names (digest) WHERE value IS NULL;

-- Pairs of names that are said to be one, by the entries that hold; and each such name with the one by which its group is known.
CREATE TABLE alias_entries (seq INTEGER PRIMARY KEY, one TEXT NOT NULL, other TEXT NOT NULL);
CREATE INDEX alias_entries_by_name ON alias_entries (one);
CREATE TABLE aliases (target TEXT PRIMARY KEY, same TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX aliases_by_group ON aliases (same);

CREATE TABLE erasures (digest TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
