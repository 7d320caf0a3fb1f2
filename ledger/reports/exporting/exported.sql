SELECT o.order_no, o.id
FROM orders o
WHERE o.duty <> 'void' AND o.day >= :begin AND o.day < :end {filters}
ORDER BY o.day, o.order_no
