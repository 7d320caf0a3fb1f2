SELECT e.seq, e.start, e.size
FROM entries e
LEFT JOIN orders o ON o.order_no = e.order_no
WHERE (o.day >= :begin AND o.day < :end {filters}) OR (o.order_no IS NULL AND {aliases})
ORDER BY e.seq
