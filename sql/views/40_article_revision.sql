-- news.article_revision: the texts that an article has had, in order.
-- Grain: one row a run of captures with equal clean text. Key: (article_id, revision_no). Clock: captures.
-- Caveats: valid_from is when we first saw the text, not when it was written; valid_to is null for the latest one.
-- text is null where readers may not have it; a text of which less was kept is another text, and a revision of its own.
-- All revisions of an article stand under one rules version.
CREATE OR REPLACE VIEW news.article_revision AS
SELECT u.article_id, r.revision_no, r.valid_from, r.valid_to, r.last_seen_at, r.observation_count,
       o.title, o.modified_at, o.correction_note, o.text_chars,
       CASE WHEN w.is_shown THEN b.text END COLLATE "C" AS text,
       encode(r.text_digest, 'hex') AS text_id, r.rules_version,
       encode(r.capture_id, 'hex') AS capture_id
FROM core.revision r
JOIN core.url u USING (url_key)
LEFT JOIN core.observation o ON o.capture_id = r.capture_id AND o.rules_version = r.rules_version
LEFT JOIN core.body b ON b.text_digest = r.text_digest
LEFT JOIN core.rights_policy p ON p.policy_no = 1
CROSS JOIN LATERAL (SELECT core.rights_allow(p.allows, 'show', o.source_key, o.may_show) AS is_shown) w;
