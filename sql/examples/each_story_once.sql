-- What was published on a day, each story once however many sites carried it: what counting news asks for.
SELECT published_on, count(*) AS stories, sum(copy_count) AS articles,
       count(*) FILTER (WHERE copy_count > 1) AS with_copies,
       count(*) FILTER (WHERE syndicated_from IS NOT NULL) AS from_agencies
FROM news.article_unique
WHERE page_type IN ('article', 'live_blog')
GROUP BY published_on
ORDER BY published_on DESC NULLS LAST
