-- news.story_member: which articles a story has.
-- Grain: one row an article that is in a story. Key: article_id. Clocks: published_on and published_at are the
-- publisher's, first_seen_at is ours.
-- Caveats: articles without copies are in no story; see news.article_unique.
CREATE OR REPLACE VIEW news.story_member AS
SELECT m.story_id, a.article_id, m.url_key = s.primary_key AS is_primary, a.url, a.source_key, a.site,
       o.title, o.agencies, a.published_on, a.published_at, a.first_seen_at, a.gone_at
FROM core.story_member m
JOIN core.story s USING (story_id)
JOIN core.article a USING (url_key)
LEFT JOIN core.observation o ON o.capture_id = a.capture_id AND o.rules_version = a.rules_version;
