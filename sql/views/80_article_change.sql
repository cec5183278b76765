-- news.article_change: what a move to other rules changed in the values of articles.
-- Grain: one row an article, field and pair of rules versions. Key: (article_id, field, rules_before, rules_after).
-- Clock: loading.
-- Caveats: values are those of the article's newest capture that both versions read, as JSON; of text the lines that
-- only one of both has. What a publisher changed is in news.article_revision.
CREATE OR REPLACE VIEW news.article_change AS
SELECT u.article_id, a.url, a.source_key, c.field,
       CASE WHEN w.is_shown THEN c.before END AS before, CASE WHEN w.is_shown THEN c.after END AS after,
       c.rules_before, c.rules_after, c.changed_at
FROM ops.article_change c
JOIN core.url u USING (url_key)
LEFT JOIN core.article a USING (url_key)
LEFT JOIN core.rights_policy r ON r.policy_no = 1
CROSS JOIN LATERAL (
    SELECT c.field NOT IN ('text', 'description')
           OR COALESCE(core.rights_allow(r.allows, 'show', a.source_key, a.may_show), true) AS is_shown
) w;
