-- What cleaning took out of articles, by rule, with an example. A rule that cuts on one site only may be a mistake.
SELECT cut ->> 'rule' AS rule, cut ->> 'zone' AS zone, count(*) AS cuts, count(DISTINCT a.site) AS sites,
       sum((cut ->> 'end')::integer - (cut ->> 'start')::integer) AS chars,
       min(left(cut ->> 'text', 80)) AS example
FROM news.article a
CROSS JOIN LATERAL jsonb_array_elements(a.removed) AS cut
GROUP BY 1, 2
ORDER BY cuts DESC, rule
