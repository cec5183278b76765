-- news.article_change: what a move to other rules changed in the values of articles.
-- Grain: one row an article, field and pair of rules versions. Key: (article_id, field, rules_before, rules_after).
-- Clock: loading.
-- Caveats: values are those of the article's newest capture that both versions read, as JSON; of text the lines that
-- only one of both has. What a publisher changed is in news.article_revision.
CREATE OR REPLACE VIEW news.article_change AS
SELECT u.article_id, a.url, a.source_key, c.field, c.before, c.after, c.rules_before, c.rules_after, c.changed_at
FROM ops.article_change c
JOIN core.url u USING (url_key)
LEFT JOIN core.article a USING (url_key);
