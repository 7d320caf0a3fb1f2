-- What no entry needs before it is decided: sorting all rows once is several times cheaper than keeping their order row by row.

CREATE INDEX IF NOT EXISTS entries_by_digest ON entries (digest);
CREATE INDEX IF NOT EXISTS orders_by_day ON orders (day);
CREATE INDEX IF NOT EXISTS orders_open ON orders (order_no) WHERE is_open = 1;
CREATE INDEX IF NOT EXISTS orders_to_lift ON orders (order_no) WHERE to_lift = 1;
CREATE INDEX IF NOT EXISTS statuses_by_target ON statuses (target, history);
