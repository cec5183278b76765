-- news.article_hint: what feeds, sitemaps and section pages said of an article's URL.
-- Grain: one row a capture and distinct saying. Never decides an article's values.
CREATE OR REPLACE VIEW news.article_hint AS
SELECT u.article_id, encode(h.capture_id, 'hex') AS capture_id, c.captured_at, h.source_key, h.via, h.found_at,
       h.title, h.published_raw, h.modified_raw,
       CASE WHEN w.is_shown THEN h.summary END COLLATE "C" AS summary, h.language, c.loaded_at
FROM core.hint h
JOIN core.capture c USING (capture_id)
JOIN core.url u USING (url_key)
LEFT JOIN core.article a ON a.url_key = c.url_key
LEFT JOIN core.rights_policy r ON r.policy_no = 1
CROSS JOIN LATERAL (
    SELECT COALESCE(core.rights_allow(r.allows, 'show', a.source_key, a.may_show), true) AS is_shown
) w;
