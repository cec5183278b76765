-- Texts that stand under several URLs, to the letter: who had them first, and who else has them.
-- Short texts are often notes that sites repeat, so they are left out.
SELECT first.text_id, a.title, a.agencies, first.url AS earliest_url, copy.url AS copy_url,
       copy.site <> first.site AS is_other_site
FROM news.article_copy first
JOIN news.article_copy copy ON copy.text_id = first.text_id AND copy.copy_no > 1
JOIN news.article a ON a.article_id = first.article_id
WHERE first.copy_no = 1 AND a.text_chars >= 300
ORDER BY first.copy_count DESC, first.text_id, copy.copy_no
