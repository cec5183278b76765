-- news.coverage: how much of a published day is there.
-- Grain: one row a source and day that has articles, or that an archive was asked for. Key: source_key, day.
-- Clock: day is the day of publication in UTC; where an article has no instant, the publisher's own day.
-- Caveats: expected counts what archives and feeds name and what is loaded; a page that nobody names is not missed;
-- missing pages may be no articles at all (missing_by says list_page, and so on);
-- a sitemap that says only when a page was changed names it for that day.
CREATE OR REPLACE VIEW news.coverage AS
WITH named AS (
    SELECT source_key, day, url_key, array_agg(DISTINCT via ORDER BY via) AS vias,
           -- The way that came furthest says why: what was tried counts before what was not.
           (array_agg(outcome ORDER BY (outcome IS NULL), (outcome = 'deferred'), tries DESC, via))[1] AS outcome
    FROM ops.expected
    GROUP BY source_key, day, url_key
),
published AS (
    SELECT source_key, COALESCE((published_at AT TIME ZONE 'UTC')::date, published_on) AS day, url_key
    FROM core.article
    WHERE source_key IS NOT NULL AND COALESCE(published_at::date, published_on) IS NOT NULL
),
judged AS (
    SELECT COALESCE(n.source_key, p.source_key) AS source_key, COALESCE(n.day, p.day) AS day, n.vias,
           CASE WHEN p.url_key IS NOT NULL OR a.url_key IS NOT NULL THEN NULL
                ELSE COALESCE(c.outcome, CASE WHEN n.outcome = 'captured' THEN 'not_loaded' ELSE n.outcome END,
                              'not_fetched') END AS reason
    FROM named n
    FULL JOIN published p ON p.source_key = n.source_key AND p.day = n.day AND p.url_key = n.url_key
    LEFT JOIN core.article a ON a.url_key = n.url_key
    LEFT JOIN LATERAL (
        SELECT q.outcome FROM core.capture k JOIN ops.processed q USING (capture_id)
        WHERE k.url_key = n.url_key AND a.url_key IS NULL
        ORDER BY k.captured_at DESC, q.loaded_at DESC, q.rules_version LIMIT 1
    ) c ON true
),
counted AS (
    SELECT source_key, day, count(*)::integer AS expected, (count(*) FILTER (WHERE reason IS NULL))::integer AS loaded
    FROM judged GROUP BY source_key, day
),
by_reason AS (
    SELECT source_key, day, jsonb_object_agg(reason, pages ORDER BY reason) AS missing_by, sum(pages)::integer AS missing,
           sum(pages) FILTER (WHERE reason IN ('not_fetched', 'not_loaded', 'deferred', 'timeout', 'http_error',
                                               'robots_unreachable', 'known')) AS obtainable
    FROM (SELECT source_key, day, reason, count(*) AS pages FROM judged WHERE reason IS NOT NULL GROUP BY 1, 2, 3) r
    GROUP BY source_key, day
),
by_archive AS (
    SELECT source_key, day, jsonb_object_agg(via, pages ORDER BY via) AS expected_from
    FROM (SELECT source_key, day, via, count(*) AS pages FROM judged, unnest(vias) AS via GROUP BY 1, 2, 3) v
    GROUP BY source_key, day
),
read AS (
    SELECT source_key, day, bool_and(state IN ('listed', 'absent')) AS is_whole, min(listed_at) AS listed_at,
           jsonb_object_agg(via, state ORDER BY via) AS archives
    FROM ops.source_day GROUP BY source_key, day
)
SELECT COALESCE(k.source_key, r.source_key) AS source_key, COALESCE(k.day, r.day) AS day,
       CASE WHEN now() < (COALESCE(k.day, r.day) + 1)::timestamp AT TIME ZONE 'UTC' THEN 'open'
            WHEN r.is_whole AND r.listed_at >= (r.day + 3)::timestamp AT TIME ZONE 'UTC' AND COALESCE(m.obtainable, 0) = 0
            THEN 'final' ELSE 'settling' END AS state,
       COALESCE(k.expected, 0) AS expected, COALESCE(v.expected_from, '{}') AS expected_from,
       COALESCE(k.loaded, 0) AS loaded, COALESCE(m.missing, 0) AS missing, COALESCE(m.missing_by, '{}') AS missing_by,
       COALESCE(r.archives, '{}') AS archives, r.listed_at
FROM counted k
FULL JOIN read r ON r.source_key = k.source_key AND r.day = k.day
LEFT JOIN by_reason m ON m.source_key = k.source_key AND m.day = k.day
LEFT JOIN by_archive v ON v.source_key = k.source_key AND v.day = k.day;
