-- How long after publication articles were first seen, by source: median and 90th percentile.
-- Only articles with an instant; those of the last 30 days before the latest capture, so that archives do not count.
WITH recent AS (
    SELECT source_key, first_seen_at - published_at AS delay
    FROM news.article
    WHERE published_at > (SELECT max(captured_at) FROM news.article) - interval '30 days'
)
SELECT source_key, count(*) AS articles,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY delay) AS median_delay,
       percentile_disc(0.9) WITHIN GROUP (ORDER BY delay) AS p90_delay
FROM recent
GROUP BY source_key
ORDER BY median_delay DESC
