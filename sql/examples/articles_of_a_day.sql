-- What each source published on the latest day of the warehouse, in order.
-- Days are the publisher's (published_on); articles of which only the day is known come last.
WITH chosen AS (
    SELECT max(published_on) AS day FROM news.article WHERE published_on <= first_seen_at::date
)
SELECT a.source_key, a.published_at, a.title, array_to_string(a.authors, ', ') AS authors, a.text_chars, a.url
FROM news.article a
JOIN chosen ON chosen.day = a.published_on
ORDER BY a.source_key, a.published_at NULLS LAST, a.article_id
