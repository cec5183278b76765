-- Articles of each source by week of first sight, and how much of their metadata is known.
-- first_seen_at is always known; a share that falls from one week to the next is often a changed layout.
SELECT date_trunc('week', a.first_seen_at)::date AS week, s.source_key, count(*) AS articles,
       round(100.0 * count(a.published_on) / count(*)) AS percent_with_day,
       round(100.0 * count(a.published_at) / count(*)) AS percent_with_instant,
       round(100.0 * count(*) FILTER (WHERE cardinality(a.authors) > 0) / count(*)) AS percent_with_author,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY a.text_chars) AS median_text_chars
FROM news.source s
JOIN news.article a USING (source_key)
GROUP BY week, s.source_key
ORDER BY week DESC, articles DESC, s.source_key
