-- Articles whose text changed between two visits: one row a change, the latest first.
-- valid_from is when we first saw the new text; a publisher may have written it earlier.
SELECT after.valid_from AS seen_at, a.source_key, before.title AS title_before, after.title AS title_after,
       before.text_chars AS chars_before, after.text_chars AS chars_after, after.correction_note, a.url
FROM news.article_revision after
JOIN news.article_revision before
  ON before.article_id = after.article_id AND before.revision_no = after.revision_no - 1
JOIN news.article a ON a.article_id = after.article_id
ORDER BY seen_at DESC, a.article_id
