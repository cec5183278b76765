-- news.story_member: which articles a story has, in their order.
-- Grain: one row an article that is in a story. Key: article_id. Clocks: published_on and published_at are the
-- publisher's, first_seen_at is ours.
-- Caveats: articles without copies are in no story; see news.article_unique.
CREATE OR REPLACE VIEW news.story_member AS
SELECT m.story_id, a.article_id, m.url_key = s.primary_key AS is_primary, a.url, a.source_key, a.site,
       o.title, o.agencies, a.published_on, a.published_at, a.first_seen_at, a.gone_at,
       array_position(t.in_order, m.url_key)::bigint AS member_no, s.member_count,
       a.published_at - t.first_published_at AS published_after, a.first_seen_at - s.first_seen_at AS seen_after
FROM core.story_member m
JOIN core.story s USING (story_id)
JOIN core.article a USING (url_key)
LEFT JOIN core.observation o ON o.capture_id = a.capture_id AND o.rules_version = a.rules_version
CROSS JOIN LATERAL (  -- a function of the story alone, so that it is kept from row to row (Memoize)
    SELECT array_agg(b.url_key ORDER BY b.published_on, b.published_at, b.first_seen_at, b.url_key) AS in_order,
           min(b.published_at) AS first_published_at
    FROM core.story_member n JOIN core.article b USING (url_key) WHERE n.story_id = m.story_id
) t;
