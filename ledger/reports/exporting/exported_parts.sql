SELECT COUNT(DISTINCT COALESCE(a.same, s.target))
FROM statuses s
JOIN orders o ON o.order_no = s.order_no
LEFT JOIN aliases a ON a.target = s.target
WHERE s.target IN (SELECT value FROM json_each(:names))
  AND o.duty <> 'void' AND o.day >= :begin AND o.day < :end {filters}
