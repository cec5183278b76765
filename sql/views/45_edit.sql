-- news.edit: what changed from one text of an article to the next, line by line.
-- Grain: one row a revision but the first. Key: (article_id, revision_no). Clock: captures.
-- Caveats: a line is a block of the text, and one in which a word changed is both removed and added. Lines that a site
-- prints around its articles and that cleaning left in look like edits. added and removed are null where readers may not
-- have one of the two texts.
CREATE OR REPLACE VIEW news.edit AS
SELECT u.article_id, r.revision_no, r.valid_from AS seen_at,
       CASE WHEN w.is_shown THEN d.added END AS added, CASE WHEN w.is_shown THEN d.removed END AS removed, d.is_moved,
       o.title IS DISTINCT FROM p.title AS is_retitled, p.title AS title_before, o.title AS title_after,
       o.correction_note IS NOT NULL AND o.correction_note IS DISTINCT FROM p.correction_note AS is_noted,
       o.correction_note, encode(r.text_digest, 'hex') AS text_id, encode(b.text_digest, 'hex') AS text_id_before
FROM core.revision r
JOIN core.revision b ON b.url_key = r.url_key AND b.revision_no = r.revision_no - 1
JOIN core.url u ON u.url_key = r.url_key
LEFT JOIN core.observation o ON o.capture_id = r.capture_id AND o.rules_version = r.rules_version
LEFT JOIN core.observation p ON p.capture_id = b.capture_id AND p.rules_version = b.rules_version
LEFT JOIN core.body t ON t.text_digest = r.text_digest
LEFT JOIN core.body s ON s.text_digest = b.text_digest
CROSS JOIN LATERAL (
    -- Equal lines are counted one by one: n is which of them it is.
    SELECT COALESCE(array_agg(a.line ORDER BY a.no) FILTER (WHERE c.line IS NULL), '{}') AS added,
           COALESCE(array_agg(c.line ORDER BY c.no) FILTER (WHERE a.line IS NULL), '{}') AS removed,
           COALESCE(array_agg(a.no ORDER BY a.no) FILTER (WHERE a.line IS NOT NULL AND c.line IS NOT NULL)
                    <> array_agg(a.no ORDER BY c.no) FILTER (WHERE a.line IS NOT NULL AND c.line IS NOT NULL), false) AS is_moved
    FROM (SELECT line, no, row_number() OVER (PARTITION BY line ORDER BY no) AS n
          FROM unnest(string_to_array(t.text, E'\n')) WITH ORDINALITY AS x (line, no)) a
    FULL JOIN (SELECT line, no, row_number() OVER (PARTITION BY line ORDER BY no) AS n
               FROM unnest(string_to_array(s.text, E'\n')) WITH ORDINALITY AS x (line, no)) c ON c.line = a.line AND c.n = a.n
) d
LEFT JOIN core.rights_policy y ON y.policy_no = 1
CROSS JOIN LATERAL (
    SELECT core.rights_allow(y.allows, 'show', o.source_key, o.may_show)
           AND core.rights_allow(y.allows, 'show', p.source_key, p.may_show) AS is_shown
) w;
