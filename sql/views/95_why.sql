-- news.why: how it stands with every address that a source offered, a page was captured at, or a page names: an article, or why not.
-- Grain: one row an address and page that it leads to; a page that was erased has a row without an address. Key: (url_key, url).
-- Clocks: offered_at, due_at and run_as_of are those of runs, captured_at and gone_at those of captures.
-- Caveats: ask by url or url_key. The registry and robots.txt as they are now are not asked, so an address that was never
-- offered has no row, and a rule that was changed since still shows: `news-etl why URL` answers all of it, in any spelling.
CREATE OR REPLACE VIEW news.why AS
SELECT p.url, p.url_key, p.kinds,
       CASE WHEN t.url_key IS NOT NULL OR n.last_outcome = 'erased' THEN 'erased'
            WHEN a.gone_at IS NOT NULL THEN 'gone'
            WHEN a.url_key IS NOT NULL THEN 'article'
            WHEN c.outcome IN ('gone', 'quarantined') THEN c.outcome
            WHEN c.outcome <> 'article' THEN 'no_article'
            WHEN j.reject_id IS NOT NULL THEN 'quarantined'
            WHEN c.capture_id IS NOT NULL OR e.capture_id IS NOT NULL AND e.outcome IS NULL THEN 'not_loaded'
            WHEN n.last_outcome IN ('robots_denied', 'robots_unreachable', 'excluded') THEN n.last_outcome
            WHEN n.last_outcome = 'duplicate_candidate' THEN 'leads_on'
            WHEN n.last_outcome = 'rights_reserved' THEN 'no_article'
            WHEN n.visits = 0 AND n.due_at IS NOT NULL THEN 'waiting'
            WHEN n.visits = 0 AND EXISTS (SELECT FROM ops.expected x WHERE x.url_key = n.url_key) THEN 'in_archive'
            WHEN n.visits = 0 THEN 'too_old'
            WHEN n.last_outcome IN ('captured', 'unchanged', 'gone') THEN 'not_loaded'
            WHEN n.visits > 0 THEN CASE WHEN n.due_at IS NULL THEN 'given_up' ELSE 'retry' END
            WHEN e.outcome = 'foreign_host' THEN 'no_source'
            ELSE e.outcome END COLLATE "C" AS standing,
       COALESCE(CASE WHEN a.url_key IS NOT NULL THEN 'article' END, c.outcome, j.reason,
                CASE WHEN n.visits > 0 THEN n.last_outcome END, e.outcome) COLLATE "C" AS outcome,
       COALESCE(c.detail, j.detail, e.detail) AS detail,
       COALESCE(a.source_key, n.source_key, e.source_key) AS source_key,
       n.offered_at,
       -- Teasers are parts of texts: news.article_hint has those that readers may have.
       CASE WHEN n.hints IS NOT NULL THEN (
           SELECT COALESCE(jsonb_agg(h.said - 'summary' ORDER BY h.no), '[]')
           FROM jsonb_array_elements(n.hints) WITH ORDINALITY AS h (said, no)) END AS offered_by, n.due_at, n.visits, n.failures,
       e.run_id, e.as_of AS run_as_of,
       c.captured_at, c.status, encode(c.capture_id, 'hex') AS capture_id, c.warc, c.warc_offset, c.rules_version,
       a.article_id, a.revision_count, m.story_id, a.gone_at, t.erased_at
FROM (
    SELECT url, url_key, array_agg(DISTINCT kind ORDER BY kind) AS kinds
    FROM (
        SELECT url, url_key, 'article'::text COLLATE "C" AS kind FROM core.article
        UNION ALL SELECT url, url_key, 'fetched' FROM core.capture
        UNION ALL SELECT alias_url, url_key, kind FROM core.alias
        UNION ALL
        SELECT o.url, o.url_key, 'offered' FROM ops.candidate o
        -- What leads to another page is there by its redirect.
        WHERE NOT EXISTS (SELECT FROM core.alias l WHERE l.alias_key = o.url_key AND l.kind = 'redirect')
        UNION ALL
        SELECT url, url_key, 'kept_out' FROM ops.run_url
        WHERE outcome IN ('excluded', 'foreign_host', 'too_old', 'quarantined') AND url_key IS NOT NULL
        UNION ALL SELECT NULL, url_key, 'erased' FROM core.tombstone
    ) address
    GROUP BY url, url_key
) p
LEFT JOIN core.tombstone t ON t.url_key = p.url_key
LEFT JOIN core.article a ON a.url_key = p.url_key
LEFT JOIN core.story_member m ON m.url_key = p.url_key
LEFT JOIN LATERAL (  -- the frontier's row that is due first, of those that lead to the page
    SELECT n.* FROM ops.candidate n
    WHERE n.url_key = p.url_key
       OR n.url_key = ANY(ARRAY(SELECT l.alias_key FROM core.alias l WHERE l.url_key = p.url_key AND l.kind = 'redirect'))
    ORDER BY n.due_at, n.offered_at, n.url_key LIMIT 1
) n ON true
LEFT JOIN LATERAL (  -- the last run that came to something
    SELECT u.run_id, r.as_of, u.outcome, u.detail, u.source_key, u.capture_id
    FROM ops.run_url u JOIN ops.run r USING (run_id)
    WHERE (u.url_key = p.url_key OR u.url_key = n.url_key)
      AND u.outcome IS DISTINCT FROM 'known' AND u.outcome IS DISTINCT FROM 'duplicate_candidate'
    ORDER BY r.as_of DESC, r.started_at DESC, u.source_key, u.url LIMIT 1
) e ON true
LEFT JOIN LATERAL (  -- the last capture, as the rules that count read it
    SELECT c.capture_id, c.captured_at, c.status, c.warc, c.warc_offset, q.outcome, q.detail, q.rules_version
    FROM core.capture c
    LEFT JOIN LATERAL (
        SELECT q.outcome, q.detail, q.rules_version FROM ops.processed q LEFT JOIN ops.rules r USING (rules_version)
        WHERE q.capture_id = c.capture_id
        ORDER BY COALESCE(r.is_current, false) DESC, r.activated_no DESC NULLS LAST, q.rules_version LIMIT 1
    ) q ON true
    WHERE c.url_key = p.url_key
    ORDER BY c.captured_at DESC, c.payload_digest DESC, c.capture_id DESC LIMIT 1
) c ON true
LEFT JOIN LATERAL (  -- what could not be processed is not counted as read
    SELECT j.reject_id, j.reason, j.detail FROM ops.reject j
    WHERE j.capture_id = COALESCE(c.capture_id, e.capture_id) AND c.outcome IS NULL LIMIT 1
) j ON true;
