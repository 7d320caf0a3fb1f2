SELECT o.order_no, {name} AS name, o.day, o.duty, o.course
FROM orders o
WHERE o.duty <> 'void' AND o.day >= :begin AND o.day < :end
ORDER BY o.day, o.order_no
