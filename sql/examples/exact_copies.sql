-- Texts that are exactly the same under several URLs: which site had them first, and which others have them.
-- Short texts are often notes that sites repeat, so they are left out.
WITH copies AS (
    SELECT text_id, url, site, copy_no, copy_count,
           first_value(article_id) OVER in_order AS first_id, first_value(url) OVER in_order AS first_url,
           first_value(site) OVER in_order AS first_site
    FROM news.article_copy
    WINDOW in_order AS (PARTITION BY text_id ORDER BY copy_no)
)
SELECT c.text_id, a.title, a.agencies, c.first_url AS earliest_url, c.url AS copy_url, c.site <> c.first_site AS is_other_site
FROM copies c
JOIN news.article a ON a.article_id = c.first_id
WHERE c.copy_no > 1 AND a.text_chars >= 300
ORDER BY c.copy_count DESC, c.text_id, c.copy_no
