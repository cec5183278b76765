-- news.article_url: every address that leads to an article: its own, those that were fetched, and those that its page or
-- redirects name.
-- Grain: one row an article and address. Key: (article_id, url). Clock: none.
-- Caveats: pages are wrong about themselves now and then (a canonical address that is the front page), so an address may
-- lead to several articles; kinds says who named it.
CREATE OR REPLACE VIEW news.article_url AS
SELECT article_id, url, array_agg(DISTINCT kind ORDER BY kind) AS kinds
FROM (
    SELECT article_id, url, 'article'::text COLLATE "C" AS kind FROM core.article
    UNION ALL
    SELECT a.article_id, c.url, 'fetched' FROM core.capture c JOIN core.article a USING (url_key)
    UNION ALL
    SELECT a.article_id, l.alias_url, l.kind FROM core.alias l JOIN core.article a USING (url_key)
) address
GROUP BY article_id, url;
