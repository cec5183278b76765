-- news.article: what is known of each article now, without its text.
-- Grain: one row a URL key. Key: article_id. Clocks: published_at and published_on are the publisher's;
-- first_seen_at, last_seen_at, captured_at and gone_at are ours.
-- Caveats: published_at is null where neither the page nor the source's time zone gives an offset, so filter days by published_on;
-- url is without tracking parameters and fragment (core.capture.url is as it was fetched);
-- description and removed are null where readers may not have the text (is_text_shown);
-- copies of one text on several URLs are several rows, with the same text_id.
CREATE OR REPLACE VIEW news.article AS
SELECT a.article_id, a.url, a.source_key, a.site, o.title, CASE WHEN w.is_shown THEN o.description END COLLATE "C" AS description,
       o.authors,
       a.published_at, o.published_utc_offset_min, a.published_on, o.published_precision, o.published_raw, o.modified_at,
       a.language, o.section, o.tags, o.page_type, o.text_chars, o.images, o.agencies,
       o.credit_line, o.rights_line, o.dateline, o.correction_note,
       o.is_accessible_for_free, o.text_truncated, o.canonical_url, o.flags,
       encode(a.text_digest, 'hex') AS text_id,
       a.first_seen_at, a.last_seen_at, a.captured_at, a.gone_at, a.observation_count, a.revision_count,
       o.evidence, CASE WHEN w.is_shown THEN o.removed END AS removed, a.rules_version,
       encode(a.capture_id, 'hex') AS capture_id,
       CAST(substring(o.evidence ->> 'language' FROM '^text ([0-9]+[.][0-9]+)') AS real) AS language_confidence,
       o.agencies <> '{}' AS is_wire,
       CASE WHEN o.text_truncated THEN 'paid' WHEN o.is_accessible_for_free THEN 'free'
            WHEN NOT o.is_accessible_for_free THEN 'metered' ELSE 'unknown' END COLLATE "C" AS access,
       COALESCE(a.source_key, a.site) AS source_or_site, a.loaded_at, o.schema_type,
       o.may_store, o.may_show, o.may_export, o.may_train, w.is_shown AS is_text_shown
FROM core.article a
LEFT JOIN core.observation o ON o.capture_id = a.capture_id AND o.rules_version = a.rules_version
LEFT JOIN core.rights_policy r ON r.policy_no = 1
CROSS JOIN LATERAL (SELECT core.rights_allow(r.allows, 'show', a.source_key, a.may_show) AS is_shown) w;
