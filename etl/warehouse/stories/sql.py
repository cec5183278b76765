"""The SQL of stories, in the order in which it runs; `write_keys` and `relating_round` have the reasons.

`{lowest}` is the bucket rule's 64 (`etl.relate.BUCKET`).
"""

from etl.relate import BUCKET

LOCK_TURN = "LOCK TABLE ops.story_turn IN SHARE ROW EXCLUSIVE MODE"

# ------------------------------------------------------------------------------------------------------------ publishing

TAKE_DUE = """
WITH taken AS (
    SELECT url_key FROM ops.story_due WHERE due_at <= %(until)s ORDER BY url_key LIMIT %(most)s FOR UPDATE {skip}
)
DELETE FROM ops.story_due d USING taken t WHERE d.url_key = t.url_key RETURNING d.url_key
"""

# The values of an article that relating uses, compared with those that its keys were written from.
READ_DUE = """
WITH found AS (
    SELECT k.url_key, a.site, a.text_digest, a.first_seen_at, o.page_type, o.title, o.published_on, o.published_at,
           o.published_precision, o.agencies, n.keys AS old_keys, n.relate_version AS old_version,
           n.values_digest AS old_digest, a.url_key IS NOT NULL AS is_there,
           decode(md5(row(a.site, a.url, a.text_digest, a.first_seen_at, o.page_type, o.title, o.published_on, o.published_at,
                          o.published_precision, o.agencies,
                          (SELECT array_agg(l.alias_key ORDER BY l.alias_key) FROM core.alias l
                           WHERE l.url_key = k.url_key))::text), 'hex') AS values_digest
    FROM unnest(CAST(%(keys)s AS bytea[])) AS k (url_key)
    LEFT JOIN core.article a USING (url_key)
    LEFT JOIN core.observation o ON o.capture_id = a.capture_id AND o.rules_version = a.rules_version
    LEFT JOIN core.story_node n ON n.url_key = k.url_key
)
SELECT * FROM found
WHERE CASE WHEN is_there THEN old_digest IS DISTINCT FROM values_digest OR old_version <> %(version)s
           ELSE old_keys IS NOT NULL END
ORDER BY url_key
"""

READ_TEXTS = "SELECT text_digest, text FROM core.body WHERE text_digest = ANY(%(digests)s)"

STAGE_NODE = """
CREATE TEMP TABLE stage_node ON COMMIT DROP AS
SELECT url_key, node, relate_version, values_digest, text_digest, reason, keys, keys AS added, keys AS removed,
       true AS is_there
FROM core.story_node WITH NO DATA
"""

PUBLISH = (
    """
    DELETE FROM core.story_key s USING (SELECT node, unnest(removed) AS key FROM stage_node) r
    WHERE s.key = r.key AND s.node = r.node
    """,
    """
    INSERT INTO core.story_key (key, node)
    SELECT unnest(added) AS key, node FROM stage_node ORDER BY key, node ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO core.story_node (url_key, node, relate_version, values_digest, text_digest, reason, keys)
    SELECT url_key, node, relate_version, values_digest, text_digest, reason, keys FROM stage_node WHERE is_there
    ORDER BY url_key
    ON CONFLICT (url_key) DO UPDATE SET
        relate_version = excluded.relate_version, values_digest = excluded.values_digest,
        text_digest = excluded.text_digest, reason = excluded.reason, keys = excluded.keys
    """,
    """
    DELETE FROM core.story_node n USING stage_node g WHERE n.url_key = g.url_key AND NOT g.is_there
    """,
    """
    INSERT INTO ops.story_change (url_key, node, added, removed)
    SELECT url_key, node, added, removed FROM stage_node ORDER BY url_key
    """,
)

ALL_DUE = """
INSERT INTO ops.story_due (url_key)
SELECT url_key FROM core.article a LEFT JOIN core.story_node n USING (url_key)
WHERE n.relate_version IS DISTINCT FROM %(version)s
ORDER BY url_key ON CONFLICT DO NOTHING
"""

# ---------------------------------------------------------------------------------------------------------- pairs of a turn

# What takes part and under which rules is asked of rows that were found by their keys: how many rows have a version is
# what statistics know least when it matters, and a plan that counts on it may read all nodes once a pair.
TAKE_CHANGES = (
    "CREATE TEMP TABLE change ON COMMIT DROP AS SELECT * FROM ops.story_change",
    "ANALYZE change",
    """
    CREATE TEMP TABLE came ON COMMIT DROP AS
    WITH found AS MATERIALIZED (
        SELECT n.url_key, n.node, n.keys, n.reason, n.relate_version
        FROM (SELECT DISTINCT url_key FROM change) c JOIN core.story_node n USING (url_key)
    )
    SELECT url_key, node, keys FROM found WHERE reason IS NULL AND relate_version = %(version)s
    """,
    "ANALYZE came",
    """
    CREATE TEMP TABLE touched ON COMMIT DROP AS
    SELECT key, sum(added)::int AS added, sum(removed)::int AS removed FROM (
        SELECT unnest(added) AS key, 1 AS added, 0 AS removed FROM change
        UNION ALL SELECT unnest(removed), 0, 1 FROM change
        UNION ALL SELECT unnest(keys), 0, 0 FROM came
    ) counted GROUP BY key
    """,
    "ANALYZE touched",
)

# The lowest members of each touched bucket, and those that stand where the others may have pushed them over the line.
LOWEST = (
    f"""
CREATE TEMP TABLE lowest ON COMMIT DROP AS
SELECT t.key, l.node, l.place, l.place > {BUCKET} - t.removed AND l.place <= {BUCKET} + t.added AS is_moved
FROM touched t CROSS JOIN LATERAL (
    SELECT node, row_number() OVER (ORDER BY node) AS place
    FROM (SELECT s.node FROM core.story_key s WHERE s.key = t.key ORDER BY s.node LIMIT {BUCKET} + t.added) inner_most
) l
""",
    "ANALYZE lowest",
    "CREATE TEMP TABLE came_key ON COMMIT DROP AS SELECT node, unnest(keys) AS key FROM came",
    "ANALYZE came_key",
    f"CREATE TEMP TABLE full_bucket ON COMMIT DROP AS SELECT key, node AS last FROM lowest WHERE place = {BUCKET}",
    "ANALYZE full_bucket",
    f"""
CREATE TEMP TABLE risen ON COMMIT DROP AS
SELECT l.key, l.node FROM lowest l JOIN touched t USING (key)
WHERE t.removed > 0 AND l.place > {BUCKET} - t.removed AND l.place <= {BUCKET}
""",
    "ANALYZE risen",
)

# A pair is looked at when an end of it came, or when an end rose into the lowest because others left. In the order of a
# shared key, so that pairs of the same texts are compared together.
PAIRS = f"""
CREATE TEMP TABLE pair ON COMMIT DROP AS
WITH alias AS (
    SELECT c.node, y.node AS other
    FROM came c JOIN core.alias l ON l.url_key = c.url_key JOIN core.story_node y ON y.url_key = l.alias_key
    UNION ALL
    SELECT x.node, c.node
    FROM came c JOIN core.alias l ON l.alias_key = c.url_key JOIN core.story_node x ON x.url_key = l.url_key
), found AS (
    SELECT key, c.node, l.node AS other, false AS is_alias FROM came_key c JOIN lowest l USING (key)
    WHERE l.place <= {BUCKET} AND l.node <> c.node
    UNION ALL
    SELECT c.key, c.node, s.node, false FROM came_key c JOIN full_bucket f USING (key)
    JOIN core.story_key s ON s.key = c.key AND s.node > f.last WHERE c.node <= f.last
    UNION ALL
    SELECT r.key, r.node, s.node, false FROM risen r JOIN core.story_key s ON s.key = r.key AND s.node > r.node
    UNION ALL
    SELECT NULL, node, other, true FROM alias
), each_once AS (
    SELECT least(node, other) AS a, greatest(node, other) AS b, bool_or(is_alias) AS is_alias, min(key) AS key
    FROM found GROUP BY 1, 2
)
SELECT row_number() OVER (ORDER BY key, a, b) AS pair_no, a, b, is_alias FROM each_once
"""

READ_PAIRS = """
SELECT a, b, is_alias FROM pair WHERE pair_no > %(after)s AND pair_no <= %(last)s ORDER BY pair_no
"""

READ_NODES = """
SELECT n.node, o.title, a.site, o.published_on, a.url, t.text, n.reason IS NULL AND n.relate_version = %(version)s AS takes_part
FROM core.story_node n
JOIN core.article a USING (url_key)
JOIN core.observation o ON o.capture_id = a.capture_id AND o.rules_version = a.rules_version
JOIN core.body t ON t.text_digest = n.text_digest
WHERE n.node = ANY(%(nodes)s)
"""

STAGE_EDGE = """
CREATE TEMP TABLE stage_edge ON COMMIT DROP AS
SELECT a, b, kind, containment, anchors, jaccard, characters, is_copy, holds, is_weak FROM core.story_edge WITH NO DATA
"""

AFFECTED = "CREATE TEMP TABLE affected (node uuid) ON COMMIT DROP"

# What was verified of a text that is no longer current goes; what is left over of it is related anew.
DROP_EDGES = """
WITH changed AS (
    SELECT DISTINCT node FROM change
), dropped AS (
    DELETE FROM core.story_edge e USING changed c WHERE e.a = c.node RETURNING e.a, e.b
), dropped_too AS (
    DELETE FROM core.story_edge e USING changed c WHERE e.b = c.node AND e.a NOT IN (SELECT node FROM changed)
    RETURNING e.a, e.b
)
INSERT INTO affected
SELECT node FROM changed UNION SELECT b FROM dropped UNION SELECT a FROM dropped_too
"""

# What was verified just now counts: the bucket rule is why it was looked at.
ADD_EDGES = """
WITH added AS (
    INSERT INTO core.story_edge AS e (a, b, kind, relate_version, containment, anchors, jaccard, characters, is_copy,
                                      holds, is_weak, counts)
    SELECT a, b, kind, %(version)s, containment, anchors, jaccard, characters, is_copy, holds, is_weak, true
    FROM stage_edge ORDER BY a, b
    ON CONFLICT (a, b) DO UPDATE SET kind = excluded.kind, relate_version = excluded.relate_version,
        containment = excluded.containment, anchors = excluded.anchors, jaccard = excluded.jaccard,
        characters = excluded.characters, is_copy = excluded.is_copy, holds = excluded.holds, is_weak = excluded.is_weak, counts = true
    WHERE NOT e.counts OR e.kind <> excluded.kind RETURNING a, b
)
INSERT INTO affected SELECT a FROM added UNION SELECT b FROM added
"""

# An edge counts while its lower end is among the lowest of a bucket that both are in. Asked anew of those whose lower
# end stands where its place may have crossed the line.
COUNT_EDGES = f"""
WITH asked AS (
    SELECT e.a, e.b FROM core.story_edge e JOIN (SELECT DISTINCT node FROM lowest WHERE is_moved) m ON m.node = e.a
), answered AS (
    SELECT e.a, e.b, e.kind = 'alias' OR EXISTS (
        SELECT FROM unnest(x.keys) AS k (key)
        WHERE k.key = ANY (y.keys) AND NOT EXISTS (
            SELECT FROM core.story_key s WHERE s.key = k.key AND s.node < e.a ORDER BY s.node
            OFFSET {BUCKET - 1} LIMIT 1)) AS counts
    FROM asked JOIN core.story_edge e USING (a, b)
    JOIN core.story_node x ON x.node = e.a JOIN core.story_node y ON y.node = e.b
), changed AS (
    UPDATE core.story_edge e SET counts = n.counts FROM answered n
    WHERE e.a = n.a AND e.b = n.b AND e.counts <> n.counts RETURNING e.a, e.b
)
INSERT INTO affected SELECT a FROM changed UNION SELECT b FROM changed
"""

# Articles that are deleted at once, with the buckets that they leave.
FORGET = """
WITH gone AS (
    DELETE FROM core.story_node WHERE url_key = ANY(%(keys)s) RETURNING url_key, node, keys
), buckets AS (
    DELETE FROM core.story_key s USING (SELECT node, unnest(keys) AS key FROM gone) g
    WHERE s.key = g.key AND s.node = g.node
), noted AS (
    INSERT INTO ops.story_change (url_key, node, added, removed) SELECT url_key, node, '{}', keys FROM gone ORDER BY url_key
)
SELECT node FROM gone
"""
FORGET_EDGES = (
    "DELETE FROM core.story_edge WHERE a = ANY(%(nodes)s) RETURNING a, b",
    "DELETE FROM core.story_edge WHERE b = ANY(%(nodes)s) RETURNING a, b",
)

CHANGES_DONE = "DELETE FROM ops.story_change c USING change d WHERE c.change_no = d.change_no"

# ------------------------------------------------------------------------------------------------------------ components

NEIGHBOURS = """
SELECT a, b, containment, anchors, jaccard, is_weak FROM core.story_edge
WHERE a = ANY(%(nodes)s) AND counts AND is_copy
UNION
SELECT a, b, containment, anchors, jaccard, is_weak FROM core.story_edge
WHERE b = ANY(%(nodes)s) AND counts AND is_copy
"""

# What stands in these texts, whether it is a copy or not.
HELD = """
WITH pair AS (
    SELECT a AS holder, b AS held FROM core.story_edge WHERE a = ANY(%(nodes)s) AND counts AND holds = 1
    UNION ALL
    SELECT b, a FROM core.story_edge WHERE b = ANY(%(nodes)s) AND counts AND holds = 2
), several AS (
    SELECT holder FROM pair GROUP BY holder HAVING count(*) > 1
)
SELECT p.holder, h.site, p.held, a.site, n.keys
FROM pair p JOIN several USING (holder)
JOIN core.story_node m ON m.node = p.holder JOIN core.article h ON h.url_key = m.url_key
JOIN core.story_node n ON n.node = p.held JOIN core.article a ON a.url_key = n.url_key
"""

COMPANIONS = """
SELECT DISTINCT c.node FROM core.story_member m JOIN core.story_member c USING (story_id) WHERE m.node = ANY(%(nodes)s)
"""

MEMBERS = """
SELECT n.url_key, n.node, a.site, n.text_digest, a.first_seen_at, o.page_type, o.title, o.published_on, o.published_at,
       o.published_precision, o.agencies
FROM core.story_node n
JOIN core.article a USING (url_key)
JOIN core.observation o ON o.capture_id = a.capture_id AND o.rules_version = a.rules_version
WHERE n.node = ANY(%(nodes)s) AND n.reason IS NULL
"""
