-- news.article_copy: articles that carry the same clean text, to the letter.
-- Grain: one row an article whose text stands under at least two URLs. Key: article_id. Clock: none.
-- copy_no 1 is the earliest by published_on, published_at, first_seen_at, then URL key.
-- Copies are counted for each row that is asked for: by text_id or article_id at once, all of them in seconds.
CREATE OR REPLACE VIEW news.article_copy AS
SELECT encode(a.text_digest, 'hex') AS text_id, a.article_id, a.url, a.source_key, a.site,
       array_position(c.in_order, a.url_key)::bigint AS copy_no, cardinality(c.in_order)::bigint AS copy_count
FROM core.article a
CROSS JOIN LATERAL (  -- first whether there is another one: of most there is none
    SELECT o.text_digest FROM core.article o WHERE o.text_digest = a.text_digest AND o.url_key <> a.url_key LIMIT 1
) other
CROSS JOIN LATERAL (  -- a function of the text alone, so that it is kept from row to row (Memoize)
    SELECT array_agg(o.url_key ORDER BY o.published_on, o.published_at, o.first_seen_at, o.url_key) AS in_order
    FROM core.article o WHERE o.text_digest = other.text_digest
) c
-- Not the empty text, which stands for those that their sources do not allow to be kept.
WHERE a.text_digest <> sha256('');
