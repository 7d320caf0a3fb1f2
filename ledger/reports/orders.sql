SELECT o.id, o.reference, o.authority, o.jurisdiction, o.platform, o.basis, o.duty, o.kind, o.booked, o.due,
       o.confidential, o.is_open, o.demanded, o.order_no, o.course
FROM orders o
WHERE o.duty <> 'void' AND (:open = 0 OR o.is_open = 1)
ORDER BY o.day, o.order_no
