-- news.reject: what was captured and is not among the articles, and why.
-- Grain: one row a capture, or a record of an archive that could not be read. Key: reject_id. Clock: captures.
-- Caveats: most are no articles at all (reason says list_page, and so on); a row leaves when a load makes it an article.
-- What was never captured (robots_denied, timeout, ...) is in news.coverage, by day.
CREATE OR REPLACE VIEW news.reject AS
SELECT encode(r.reject_id, 'hex') AS reject_id, r.reason, r.detail, r.url, u.article_id,
       EXISTS (SELECT FROM core.article a WHERE a.url_key = c.url_key) AS has_article,
       n.source_key, c.captured_at, c.status, r.stage, r.warc, r.warc_offset, r.rules_version,
       encode(r.capture_id, 'hex') AS capture_id, r.loaded_at
FROM ops.reject r
LEFT JOIN core.capture c ON c.capture_id = r.capture_id
LEFT JOIN core.url u ON u.url_key = c.url_key
LEFT JOIN ops.candidate n ON n.url_key = c.url_key;
