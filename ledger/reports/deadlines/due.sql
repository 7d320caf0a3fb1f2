SELECT o.order_no, o.id, o.authority, o.jurisdiction, o.platform, o.basis, o.duty, o.kind, o.confidential, o.course,
       (SELECT MAX(e.seq) FROM entries e WHERE e.order_no = o.order_no)
FROM orders o
WHERE o.is_open = 1
ORDER BY o.order_no
