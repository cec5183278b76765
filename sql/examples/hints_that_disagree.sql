-- Where a feed or sitemap has another headline than the page: headlines that were changed, or mistaken.
SELECT a.source_key, h.via, h.title AS title_in_feed, a.title AS title_on_page, h.captured_at, a.url
FROM news.article_hint h
JOIN news.article a USING (capture_id)
WHERE h.title <> a.title AND h.via <> 'section'
ORDER BY a.source_key, h.captured_at DESC, a.article_id, h.found_at
