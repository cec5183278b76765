-- Stories that stand on several sites: how far each went, which agency wrote it, and how fast it spread.
SELECT story_id, title, syndicated_from, primary_url, member_count, site_count,
       last_published_on - first_published_on AS days, last_seen_at - first_seen_at AS until_last_seen, flags
FROM news.story
WHERE site_count > 1
ORDER BY site_count DESC, member_count DESC, story_id
LIMIT 50
