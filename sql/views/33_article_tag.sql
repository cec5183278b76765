-- news.article_tag: the publisher's keywords of an article, a row each: for tools that cannot look into lists.
-- Grain: one row an article and keyword. Key: (article_id, tag_no). Clock: none.
CREATE OR REPLACE VIEW news.article_tag AS
SELECT a.article_id, n.tag_no, n.tag,
       lower(regexp_replace(normalize(n.tag, NFKC), '\s+', ' ', 'g') COLLATE "default") COLLATE "C" AS tag_key
FROM core.article a
JOIN core.observation o ON o.capture_id = a.capture_id AND o.rules_version = a.rules_version
CROSS JOIN LATERAL unnest(o.tags) WITH ORDINALITY AS n (tag, tag_no);
