-- news.article_unique: each story once, by its primary article, and all articles that are in no story.
-- Grain: one row an article that stands for itself or for its story. Key: article_id. Clocks: as in news.article.
-- Caveats: copies that no turn has related yet are each their own row; so are lists, digests and stubs.
CREATE OR REPLACE VIEW news.article_unique AS
SELECT a.article_id, a.url, a.source_key, a.site, o.title, a.language, o.page_type, a.published_on, a.published_at,
       a.first_seen_at, s.story_id, COALESCE(s.member_count, 1) AS copy_count, COALESCE(s.sites, ARRAY[a.site]) AS sites,
       s.syndicated_from
FROM core.article a
LEFT JOIN core.observation o ON o.capture_id = a.capture_id AND o.rules_version = a.rules_version
LEFT JOIN core.story s ON s.primary_key = a.url_key
WHERE NOT EXISTS (SELECT FROM core.story_member m JOIN core.story t USING (story_id)
                  WHERE m.url_key = a.url_key AND t.primary_key <> a.url_key);
