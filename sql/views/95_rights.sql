-- news.rights: what publishers stated about the use of each page when it was taken, line by line, and what follows.
-- Grain: one row a capture. Key: capture_id. Clock: captures; each statement has when its file was read.
-- Caveats: yes and no are what was stated, unknown is that nothing was; what is done with it is up to the rights policy.
-- Captures of archives that kept no robots.txt know only of headers and page. Captures that no rules have read are left out.
CREATE OR REPLACE VIEW news.rights AS
SELECT encode(c.capture_id, 'hex') AS capture_id, c.url, u.article_id,
       COALESCE(a.capture_id = c.capture_id, false) AS is_current, COALESCE(a.source_key, n.source_key) AS source_key,
       c.captured_at, c.status, p.outcome, p.may_store, p.may_show, p.may_export, p.may_train,
       s.store_by, s.show_by, s.export_by, s.train_by, p.rights AS statements, c.rights AS signals
FROM core.capture c
JOIN core.url u USING (url_key)
LEFT JOIN core.article a USING (url_key)
LEFT JOIN ops.candidate n USING (url_key)
CROSS JOIN LATERAL (
    SELECT q.* FROM ops.processed q LEFT JOIN ops.rules v USING (rules_version)
    WHERE q.capture_id = c.capture_id
    ORDER BY (q.rules_version = a.rules_version) DESC NULLS LAST, v.is_current DESC NULLS LAST,
             v.activated_no DESC NULLS LAST, q.rules_version
    LIMIT 1
) p
CROSS JOIN LATERAL (  -- of each use the first line that decides: a no before a yes
    SELECT min(line) FILTER (WHERE use = 'store') AS store_by, min(line) FILTER (WHERE use = 'show') AS show_by,
           min(line) FILTER (WHERE use = 'export') AS export_by, min(line) FILTER (WHERE use = 'train') AS train_by
    FROM (
        SELECT DISTINCT ON (x.use) x.use, concat_ws(': ', d.said ->> 'place', d.said ->> 'said') COLLATE "C" AS line
        FROM jsonb_array_elements(p.rights) WITH ORDINALITY AS d (said, no)
        CROSS JOIN LATERAL (
            SELECT regexp_split_to_table(d.said ->> 'denies', ' ') AS use, 0 AS rank
            UNION ALL SELECT regexp_split_to_table(d.said ->> 'grants', ' '), 1
        ) x
        ORDER BY x.use, x.rank, d.no
    ) by_use
) s;
