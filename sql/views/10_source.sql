-- news.source: the publishers' sites that the registry knows, and the other sites that articles came from (archives).
-- Grain: one row a source, or a site without one. Key: source_key. Clock: none; as of the last run.
-- Caveats: of a site that the registry does not have, source_key, name and homepage are made of the site.
CREATE OR REPLACE VIEW news.source AS
SELECT s.source_key, s.name, s.homepage, s.country, s.languages, s.timezone, s.is_enabled,
       COALESCE(a.article_count, 0) AS article_count,
       a.first_article_seen_at, a.last_article_seen_at, s.region, s.kind, s.owner, s.wikidata, s.issn, s.tags,
       true AS is_registered
FROM core.source s
LEFT JOIN (
    SELECT source_key, count(*) AS article_count, min(first_seen_at) AS first_article_seen_at,
           max(first_seen_at) AS last_article_seen_at
    FROM core.article GROUP BY source_key
) a USING (source_key)
UNION ALL
SELECT site, site, 'https://' || site || '/', NULL,
       COALESCE(array_agg(DISTINCT language ORDER BY language) FILTER (WHERE language IS NOT NULL), '{}'),
       NULL, false, count(*), min(first_seen_at), max(first_seen_at), NULL, NULL, NULL, NULL, '{}', '{}', false
FROM core.article WHERE source_key IS NULL
GROUP BY site;
