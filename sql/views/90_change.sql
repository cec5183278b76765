-- news.change: what happened to articles, in the order in which readers may see it: to follow, not to ask about the past.
-- Grain: one row an article and change. Key: (position, change_no). Clock: loading.
-- Caveats: position is a transaction, so several rows have one; take whole positions. Changes are held back until all
-- earlier transactions are over, so nothing turns up at a position that was passed already.
CREATE OR REPLACE VIEW news.change AS
SELECT c.position, c.change_no, c.kind, c.article_id, c.changed_at, a.url, COALESCE(a.source_key, a.site) AS source_or_site
FROM ops.change c
LEFT JOIN core.article a USING (article_id)
WHERE c.position < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint);
