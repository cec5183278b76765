-- news.article_copy: articles that carry the same clean text, to the letter.
-- Grain: one row an article whose text stands under at least two URLs. Key: article_id. Clock: none.
-- copy_no 1 is the earliest by published_on, published_at, first_seen_at, then URL key.
CREATE OR REPLACE VIEW news.article_copy AS
SELECT encode(text_digest, 'hex') AS text_id, article_id, url, source_key, site, copy_no, copy_count
FROM (
    SELECT text_digest, article_id, url, source_key, site,
           row_number() OVER (PARTITION BY text_digest
                              ORDER BY published_on, published_at, first_seen_at, url_key) AS copy_no,
           count(*) OVER (PARTITION BY text_digest) AS copy_count
    FROM core.article
    WHERE text_digest <> sha256('')  -- of sources that allow no text to be kept
) counted
WHERE copy_count > 1;
