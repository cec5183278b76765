-- news.story: articles that carry the same text, near enough: a wire report and its copies, each story once.
-- Grain: one row a story of at least two articles. Key: story_id. Clocks: published days are the publishers';
-- first_seen_at and last_seen_at are ours; decided_at is when the primary article was chosen.
-- Caveats: story_id is a function of the members, so it changes when the member that gives it comes or goes
-- (former ids are in former_ids); stories stand as of the last settling (`news-etl status` says what is open).
CREATE OR REPLACE VIEW news.story AS
SELECT s.story_id, u.article_id AS primary_article_id, a.url AS primary_url, a.site AS primary_site, o.title,
       a.language, s.member_count, cardinality(s.sites) AS site_count, s.sites,
       s.first_published_on, s.last_published_on, s.first_seen_at, s.last_seen_at,
       s.syndicated_from, s.flags, s.decided_at,
       ARRAY(SELECT f.former_id FROM core.story_alias f WHERE f.story_id = s.story_id ORDER BY f.former_id) AS former_ids,
       s.relate_version
FROM core.story s
LEFT JOIN core.url u ON u.url_key = s.primary_key
LEFT JOIN core.article a ON a.url_key = s.primary_key
LEFT JOIN core.observation o ON o.capture_id = a.capture_id AND o.rules_version = a.rules_version;
