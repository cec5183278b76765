-- news.article_text: the clean text of each article. Blocks are separated by a line feed.
-- Grain: one row an article whose text readers may have by the rights policy. Key: article_id. A view of its own, so that it can
-- have grants of its own.
CREATE OR REPLACE VIEW news.article_text AS
SELECT a.article_id, b.text, encode(a.text_digest, 'hex') AS text_id, a.loaded_at
FROM core.article a
JOIN core.body b USING (text_digest)
LEFT JOIN core.rights_policy r ON r.policy_no = 1
WHERE core.rights_allow(r.allows, 'show', a.source_key, a.may_show);
