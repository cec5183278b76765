-- news.source: the publishers' sites that the registry knows.
-- Grain: one row a source. Key: source_key. Clock: none; as of the last run.
CREATE OR REPLACE VIEW news.source AS
SELECT s.source_key, s.name, s.homepage, s.country, s.languages, s.timezone, s.is_enabled,
       count(a.url_key) AS article_count,
       min(a.first_seen_at) AS first_article_seen_at,
       max(a.first_seen_at) AS last_article_seen_at,
       s.region, s.kind, s.owner, s.wikidata, s.issn, s.tags
FROM core.source s
LEFT JOIN core.article a USING (source_key)
GROUP BY s.source_key;
