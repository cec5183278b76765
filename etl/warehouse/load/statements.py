"""The SQL of a load, in the order in which it runs.

A load first takes the row locks of its URL keys, in key order: the following statements see everything committed for these
keys, and two loads cannot deadlock.
"""

# The rows of a batch lie anywhere in large tables, and those that matter are in memory: going to one costs little more
# than reading on. With the default of 4, made for turning disks, whole tables are read for some thousand keys.
BY_INDEX = "SET LOCAL random_page_cost = 1.1"

# Without a conflict target: of two loads that insert one key at once, either unique index may be the one that notices.
LOCK_KEYS = """
INSERT INTO core.url (url_key, article_id)
SELECT url_key, article_id FROM stage_key ORDER BY url_key
ON CONFLICT DO NOTHING
"""

LOCK_KEYS_HELD = """
SELECT u.url_key FROM core.url u JOIN stage_key k USING (url_key) ORDER BY u.url_key FOR UPDATE OF u
"""

ERASED_KEYS = """
SELECT k.url_key FROM stage_key k JOIN core.tombstone t USING (url_key)
"""

DELETE_ERASED_KEYS = """
DELETE FROM core.url u USING stage_key k, core.tombstone t
WHERE u.url_key = k.url_key AND t.url_key = k.url_key
  AND NOT EXISTS (SELECT FROM core.capture c WHERE c.url_key = k.url_key)
"""

DELETE_UNUSED_KEYS = """
DELETE FROM core.url u USING stage_key k
WHERE u.url_key = k.url_key AND NOT EXISTS (SELECT FROM core.capture c WHERE c.url_key = u.url_key)
"""

# The same capture from two archives is one row. What the archives say beside it is joined in a way without an order, and
# a record with the page is kept before one that refers to another.
MERGE_CAPTURE = """
INSERT INTO core.capture AS c ({columns})
SELECT {columns} FROM stage_capture ORDER BY capture_id
ON CONFLICT (capture_id) DO UPDATE SET
    redirects = GREATEST(c.redirects, excluded.redirects),
    rights = GREATEST(c.rights, excluded.rights),
    is_revisit = c.is_revisit AND excluded.is_revisit,
    warc = CASE WHEN c.warc IS NULL OR c.is_revisit AND NOT excluded.is_revisit THEN excluded.warc ELSE c.warc END,
    warc_offset = CASE WHEN c.warc IS NULL OR c.is_revisit AND NOT excluded.is_revisit
                       THEN excluded.warc_offset ELSE c.warc_offset END,
    warc_length = CASE WHEN c.warc IS NULL OR c.is_revisit AND NOT excluded.is_revisit
                       THEN excluded.warc_length ELSE c.warc_length END
WHERE excluded.redirects > c.redirects OR excluded.rights > c.rights OR c.warc IS NULL
   OR c.is_revisit AND NOT excluded.is_revisit
"""

MERGE_NEW = """
INSERT INTO {table} ({columns}) SELECT {columns} FROM {stage} ORDER BY {key} ON CONFLICT ({key}) DO NOTHING
"""

# In the order of the digests, as those go who remove texts: so two can wait for each other only one way round.
HOLD_TEXTS = """
SELECT count(*) FROM (
    SELECT FROM core.body b JOIN stage_body s USING (text_digest) ORDER BY b.text_digest FOR KEY SHARE OF b
) held
"""

MERGE_REJECT = """
INSERT INTO ops.reject ({columns}) SELECT {columns} FROM stage_reject ORDER BY reject_id
ON CONFLICT (reject_id) DO UPDATE SET
    reason = excluded.reason, detail = excluded.detail, rules_version = excluded.rules_version, loaded_at = now()
"""

RESOLVE_REJECT = """
DELETE FROM ops.reject r USING stage_observation o WHERE r.reject_id = o.capture_id
"""

# The rules version of an article, in this order of preference:
#   1. complete (all captures of the key were processed with it) before incomplete,
#   2. current before old,
#   3. the one activated last.
# An article moves to new rules as a whole, so a change of rules creates no revision.
CHOOSE_VERSION = """
CREATE TEMP TABLE chosen ON COMMIT DROP AS
WITH captures AS (
    SELECT c.url_key, c.capture_id FROM core.capture c JOIN stage_key k USING (url_key)
), totals AS (
    SELECT url_key, count(*) AS n FROM captures GROUP BY url_key
), done AS (
    SELECT c.url_key, p.rules_version, count(*) AS n, COALESCE(bool_or(r.is_current), false) AS is_current,
           COALESCE(max(r.activated_no), 0) AS activated_no
    FROM captures c
    -- OFFSET keeps it a look-up for each capture: a batch is small, and the table has a row for all that was ever done.
    CROSS JOIN LATERAL (SELECT rules_version FROM ops.processed WHERE capture_id = c.capture_id OFFSET 0) p
    LEFT JOIN {rules} r USING (rules_version)
    GROUP BY c.url_key, p.rules_version
)
SELECT DISTINCT ON (url_key) url_key, rules_version, done.n = totals.n AS is_complete
FROM done JOIN totals USING (url_key)
ORDER BY url_key, done.n = totals.n DESC, is_current DESC, activated_no DESC, rules_version
"""

# Observations with other rules versions, once an article has moved.
PRUNE_OBSERVATION = """
DELETE FROM core.observation o USING chosen c
WHERE o.url_key = c.url_key AND o.rules_version <> c.rules_version AND c.is_complete
"""

# And their entries in `ops.processed`: if those versions are activated again, the captures have to be processed again.
PRUNE_PROCESSED = """
DELETE FROM ops.processed p USING core.capture x, chosen c
WHERE p.capture_id = x.capture_id AND x.url_key = c.url_key AND p.rules_version <> c.rules_version AND c.is_complete
"""

# A capture whose raw page has expired cannot be processed with other rules: where its article moves, its values are copied
# as they were extracted last, with a flag. The load's other observations of the key determine the new version.
_CARRIED = """
WITH wanted AS (
    SELECT DISTINCT c.url_key, p.rules_version FROM stage_processed p JOIN core.capture c USING (capture_id)
), expired AS (
    SELECT c.capture_id, w.rules_version FROM core.capture c JOIN wanted w USING (url_key)
    WHERE c.raw_expired_at IS NOT NULL AND c.warc IS NULL
), last AS (
    SELECT DISTINCT ON (e.capture_id, e.rules_version) e.capture_id, e.rules_version, p.rules_version AS was
    FROM expired e JOIN ops.processed p USING (capture_id) LEFT JOIN ops.rules r ON r.rules_version = p.rules_version
    ORDER BY e.capture_id, e.rules_version, p.rules_version = e.rules_version DESC, r.activated_no DESC NULLS LAST,
             p.rules_version
)
"""
CARRY_OBSERVATION = (
    _CARRIED
    + """
INSERT INTO core.observation ({columns})
SELECT {values} FROM last l JOIN core.observation o ON o.capture_id = l.capture_id AND o.rules_version = l.was
WHERE l.was <> l.rules_version ORDER BY o.capture_id, l.rules_version
ON CONFLICT (capture_id, rules_version) DO NOTHING
"""
)
CARRIED_VALUES = {
    "rules_version": "l.rules_version",
    "flags": "CASE WHEN 'raw_expired' = ANY(o.flags) THEN o.flags ELSE o.flags || CAST('raw_expired' AS text) END",
}
CARRY_PROCESSED = (
    _CARRIED
    + """
INSERT INTO ops.processed (capture_id, rules_version, outcome, page_type, detail,
                           may_store, may_show, may_export, may_train, rights)
SELECT p.capture_id, l.rules_version, p.outcome, p.page_type, p.detail,
       p.may_store, p.may_show, p.may_export, p.may_train, p.rights
FROM last l JOIN ops.processed p ON p.capture_id = l.capture_id AND p.rules_version = l.was
WHERE l.was <> l.rules_version ORDER BY p.capture_id, l.rules_version
ON CONFLICT (capture_id, rules_version) DO NOTHING
"""
)

DELETE_REVISION = """
DELETE FROM core.revision r USING stage_key k WHERE r.url_key = k.url_key
"""

INSERT_REVISION = """
WITH chain AS (
    SELECT o.url_key, o.capture_id, o.rules_version, o.text_digest, o.captured_at, o.payload_digest,
           lag(o.text_digest) OVER in_order AS text_before
    FROM core.observation o JOIN chosen USING (url_key, rules_version)
    WINDOW in_order AS (PARTITION BY o.url_key ORDER BY o.captured_at, o.payload_digest, o.capture_id)
), numbered AS (
    SELECT *, 1 + count(*) FILTER (WHERE text_before <> text_digest) OVER in_order AS revision_no
    FROM chain
    WINDOW in_order AS (PARTITION BY url_key ORDER BY captured_at, payload_digest, capture_id)
), runs AS (
    SELECT url_key, revision_no,
           (array_agg(capture_id ORDER BY captured_at, payload_digest, capture_id))[1] AS capture_id,
           min(rules_version) AS rules_version,
           (array_agg(text_digest))[1] AS text_digest,
           min(captured_at) AS valid_from,
           max(captured_at) AS last_seen_at,
           count(*) AS observation_count
    FROM numbered GROUP BY url_key, revision_no
)
INSERT INTO core.revision (url_key, revision_no, capture_id, rules_version, text_digest,
                           valid_from, valid_to, last_seen_at, observation_count)
SELECT url_key, revision_no, capture_id, rules_version, text_digest, valid_from,
       lead(valid_from) OVER (PARTITION BY url_key ORDER BY revision_no), last_seen_at, observation_count
FROM runs ORDER BY url_key, revision_no
"""

# The winner is the observation with the greatest (captured_at, payload digest) among those with the chosen rules version.
UPSERT_ARTICLE = """
WITH winner AS (
    SELECT DISTINCT ON (o.url_key) o.url_key, o.url, o.source_key, o.site, o.capture_id, o.rules_version, o.language,
           o.published_at, o.published_on, o.text_digest, o.may_show, o.captured_at,
           count(*) OVER (PARTITION BY o.url_key) AS observation_count
    FROM core.observation o JOIN chosen USING (url_key, rules_version)
    ORDER BY o.url_key, o.captured_at DESC, o.payload_digest DESC, o.capture_id DESC
), revisions AS (
    SELECT r.url_key, max(r.revision_no) AS revision_count FROM core.revision r JOIN stage_key k USING (url_key)
    GROUP BY r.url_key
), seen AS (
    SELECT c.url_key, min(c.captured_at) AS first_seen_at,
           max(c.captured_at) FILTER (WHERE c.status NOT IN (404, 410)) AS last_seen_at,
           min(c.captured_at) FILTER (WHERE c.status IN (404, 410) AND c.captured_at > w.captured_at) AS gone_at
    FROM core.capture c JOIN winner w USING (url_key) GROUP BY c.url_key
)
INSERT INTO core.article AS a (url_key, article_id, url, source_key, site, capture_id, rules_version, language,
    published_at, published_on, text_digest, may_show, captured_at, first_seen_at, last_seen_at, gone_at,
    observation_count, revision_count)
SELECT w.url_key, u.article_id, w.url, w.source_key, w.site, w.capture_id, w.rules_version, w.language,
    w.published_at, w.published_on, w.text_digest, w.may_show, w.captured_at, s.first_seen_at, s.last_seen_at, s.gone_at,
    w.observation_count, r.revision_count
FROM winner w
JOIN core.url u USING (url_key)
JOIN revisions r ON r.url_key = w.url_key JOIN seen s ON s.url_key = w.url_key
ORDER BY w.url_key
ON CONFLICT (url_key) DO UPDATE SET
    url = excluded.url, source_key = excluded.source_key, site = excluded.site, capture_id = excluded.capture_id,
    rules_version = excluded.rules_version, language = excluded.language, published_at = excluded.published_at,
    published_on = excluded.published_on, text_digest = excluded.text_digest, may_show = excluded.may_show, captured_at = excluded.captured_at,
    first_seen_at = excluded.first_seen_at, last_seen_at = excluded.last_seen_at, gone_at = excluded.gone_at,
    observation_count = excluded.observation_count, revision_count = excluded.revision_count, loaded_at = now()
WHERE (a.url, a.source_key, a.site, a.capture_id, a.rules_version, a.language, a.published_at, a.published_on,
       a.text_digest, a.may_show, a.captured_at, a.first_seen_at, a.last_seen_at, a.gone_at, a.observation_count, a.revision_count)
    IS DISTINCT FROM
      (excluded.url, excluded.source_key, excluded.site, excluded.capture_id, excluded.rules_version, excluded.language,
       excluded.published_at, excluded.published_on, excluded.text_digest, excluded.may_show, excluded.captured_at,
       excluded.first_seen_at, excluded.last_seen_at, excluded.gone_at, excluded.observation_count,
       excluded.revision_count)
"""

# A key whose captures are no article with the current rules.
DELETE_ARTICLE = """
DELETE FROM core.article a USING stage_key k
WHERE a.url_key = k.url_key AND NOT EXISTS (
    SELECT FROM core.observation o JOIN chosen c USING (url_key, rules_version) WHERE o.url_key = a.url_key)
"""

# Whoever relates looks at these again. Last in a load: one who publishes stories holds these rows, and waits for nobody.
STORIES_DUE = """
INSERT INTO ops.story_due (url_key)
SELECT url_key FROM stage_key k
WHERE EXISTS (SELECT FROM core.article a WHERE a.url_key = k.url_key)
   OR EXISTS (SELECT FROM core.story_node n WHERE n.url_key = k.url_key)
ORDER BY url_key ON CONFLICT DO NOTHING
"""

RUN_OUTCOMES = """
UPDATE ops.run_url u SET outcome = r.outcome, detail = r.detail
FROM stage_result r WHERE u.capture_id = r.capture_id AND u.outcome IS NULL
"""

# What these rules made of captures that are read anew.
_READINGS = """
USING unnest(CAST(:ids AS bytea[]), CAST(:rules AS text[])) AS again (capture_id, rules_version)
WHERE was.capture_id = again.capture_id AND was.rules_version = again.rules_version
"""
FORGET_READINGS = (
    f"DELETE FROM core.observation was {_READINGS}",
    f"DELETE FROM ops.processed was {_READINGS}",
)
