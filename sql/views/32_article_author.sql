-- news.article_author: who signs an article, a row a name: for tools that cannot look into lists.
-- Grain: one row an article and author. Key: (article_id, author_no). Clock: none.
CREATE OR REPLACE VIEW news.article_author AS
SELECT a.article_id, n.author_no, n.author,
       lower(regexp_replace(normalize(n.author, NFKC), '\s+', ' ', 'g') COLLATE "default") COLLATE "C" AS author_key
FROM core.article a
JOIN core.observation o ON o.capture_id = a.capture_id AND o.rules_version = a.rules_version
CROSS JOIN LATERAL unnest(o.authors) WITH ORDINALITY AS n (author, author_no);
