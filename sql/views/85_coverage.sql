-- news.coverage: how much of a published day is there.
-- Grain: one row a source (or site that the registry does not have) and day that has articles, or that an archive was asked for. Key: source_key, day.
-- Clock: day is the day of publication in UTC; where an article has no instant, the publisher's own day.
-- Caveats: expected counts what archives and feeds name and what is loaded; a page that nobody names is not missed;
-- missing pages may be no articles at all (missing_by says list_page, and so on);
-- a sitemap that says only when a page was changed names it for that day.
-- Each step groups by source and day and is used once, so that a question about a day reads that day alone.
CREATE OR REPLACE VIEW news.coverage AS
WITH named AS (  -- a page of a day, by each way that names it; an article of the day is one without a way
    SELECT source_key, day, url_key, via, outcome, tries, false AS is_published FROM ops.expected
    UNION ALL
    SELECT COALESCE(source_key, site), COALESCE((published_at AT TIME ZONE 'UTC')::date, published_on), url_key,
           NULL, NULL, NULL, true
    FROM core.article
    WHERE COALESCE((published_at AT TIME ZONE 'UTC')::date, published_on) IS NOT NULL
),
page AS (
    SELECT source_key, day, url_key, bool_or(is_published) AS is_published,
           array_agg(via ORDER BY via) FILTER (WHERE via IS NOT NULL) AS vias,
           -- The way that came furthest says why: what was tried counts before what was not.
           (array_agg(outcome ORDER BY (outcome IS NULL), (outcome = 'deferred'), tries DESC, via)
            FILTER (WHERE via IS NOT NULL))[1] AS outcome
    FROM named GROUP BY source_key, day, url_key
),
judged AS (
    SELECT p.source_key, p.day, p.vias, r.reason
    FROM page p
    CROSS JOIN LATERAL (
        SELECT CASE WHEN p.is_published THEN NULL
                    WHEN EXISTS (SELECT FROM core.article a WHERE a.url_key = p.url_key) THEN NULL
                    ELSE COALESCE((SELECT q.outcome FROM core.capture k JOIN ops.processed q USING (capture_id)
                                   WHERE k.url_key = p.url_key
                                   ORDER BY k.captured_at DESC, q.loaded_at DESC, q.rules_version LIMIT 1),
                                  CASE WHEN p.outcome = 'captured' THEN 'not_loaded' ELSE p.outcome END,
                                  'not_fetched') END AS reason
        OFFSET 0  -- computed once a page
    ) r
),
fact AS (  -- what is counted of a day: pages, why pages are missing, who names them, how archives were read
    SELECT j.source_key, j.day, f.kind, f.name, count(*) AS pages, NULL::timestamptz AS listed_at
    FROM judged j
    CROSS JOIN LATERAL (
        SELECT CASE WHEN j.reason IS NULL THEN 'loaded' ELSE 'missing' END AS kind, j.reason AS name
        UNION ALL SELECT 'named', via FROM unnest(j.vias) AS via
    ) f
    GROUP BY j.source_key, j.day, f.kind, f.name
    UNION ALL
    SELECT source_key, day, 'archive ' || via, state, 0, listed_at FROM ops.source_day
),
counted AS (
    SELECT source_key, day,
           COALESCE(sum(pages) FILTER (WHERE kind IN ('loaded', 'missing')), 0)::integer AS expected,
           COALESCE(jsonb_object_agg(name, pages ORDER BY name) FILTER (WHERE kind = 'named'), '{}') AS expected_from,
           COALESCE(sum(pages) FILTER (WHERE kind = 'loaded'), 0)::integer AS loaded,
           COALESCE(sum(pages) FILTER (WHERE kind = 'missing'), 0)::integer AS missing,
           COALESCE(jsonb_object_agg(name, pages ORDER BY name) FILTER (WHERE kind = 'missing'), '{}') AS missing_by,
           COALESCE(bool_or(name IN ('not_fetched', 'not_loaded', 'deferred', 'timeout', 'http_error',
                                     'robots_unreachable', 'known')) FILTER (WHERE kind = 'missing'), false) AS has_obtainable,
           COALESCE(jsonb_object_agg(substr(kind, 9), name ORDER BY kind) FILTER (WHERE kind LIKE 'archive %'), '{}')
               AS archives,
           COALESCE(bool_and(name IN ('listed', 'absent')) FILTER (WHERE kind LIKE 'archive %'), false) AS is_whole,
           min(listed_at) AS listed_at
    FROM fact GROUP BY source_key, day
)
SELECT source_key, day,
       CASE WHEN now() < (day + 1)::timestamp AT TIME ZONE 'UTC' THEN 'open'
            WHEN is_whole AND listed_at >= (day + 3)::timestamp AT TIME ZONE 'UTC' AND NOT has_obtainable THEN 'final'
            ELSE 'settling' END AS state,
       expected, expected_from, loaded, missing, missing_by, archives, listed_at
FROM counted;
