-- news.article_export: what may be given away, with its text: the gate of every export.
-- Grain: one row an article that the rights policy lets leave the warehouse. Key: article_id. Clocks: as in news.article.
-- Caveats: is_for_training says whether it may also be given to those who train models; excerpts are texts of which no more
-- may be stored (flags).
CREATE OR REPLACE VIEW news.article_export AS
SELECT a.article_id, a.url, a.source_key, a.site, o.title, o.description, o.authors,
       a.published_at, a.published_on, o.published_precision, o.modified_at, a.language, o.section, o.tags, o.page_type,
       b.text, encode(a.text_digest, 'hex') AS text_id, o.flags, a.captured_at,
       o.may_store, o.may_show, o.may_export, o.may_train,
       core.rights_allow(r.allows, 'train', a.source_key, o.may_train) AS is_for_training
FROM core.article a
JOIN core.observation o ON o.capture_id = a.capture_id AND o.rules_version = a.rules_version
JOIN core.body b ON b.text_digest = a.text_digest
LEFT JOIN core.rights_policy r ON r.policy_no = 1
WHERE core.rights_allow(r.allows, 'export', a.source_key, o.may_export);
