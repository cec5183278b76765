-- news.article_agency: the news agencies that an article names, a row each: for tools that cannot look into lists.
-- Grain: one row an article and agency. Key: (article_id, agency_no). Clock: none.
CREATE OR REPLACE VIEW news.article_agency AS
SELECT a.article_id, n.agency_no, n.agency,
       lower(regexp_replace(normalize(n.agency, NFKC), '\s+', ' ', 'g') COLLATE "default") COLLATE "C" AS agency_key
FROM core.article a
JOIN core.observation o ON o.capture_id = a.capture_id AND o.rules_version = a.rules_version
CROSS JOIN LATERAL unnest(o.agencies) WITH ORDINALITY AS n (agency, agency_no);
