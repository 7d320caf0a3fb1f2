SELECT p.target, o.id, h2.status, o2.id
FROM (
  SELECT s.target, s.order_no, s.target AS other
  FROM histories h
  JOIN statuses s ON s.history = h.history
  WHERE h.duty = 'act' AND h.status = 'unblocked'
  UNION
  SELECT s.target, s.order_no, m.target AS other
  FROM aliases n
  JOIN statuses s ON s.target = n.target
  JOIN histories h ON h.history = s.history
  JOIN aliases m ON m.same = n.same
  WHERE h.duty = 'act' AND h.status = 'unblocked'
) AS p
JOIN orders o ON o.order_no = p.order_no
JOIN statuses s2 ON s2.target = p.other AND s2.order_no <> p.order_no
JOIN histories h2 ON h2.history = s2.history
JOIN orders o2 ON o2.order_no = s2.order_no
WHERE h2.duty = 'act' AND h2.status IN ('withheld', 'blocked', 'removed', 'demoted')
ORDER BY o.order_no, p.target, o2.order_no
