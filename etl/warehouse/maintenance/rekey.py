"""Moves rows to the current URL keys: captures with all dependent rows, the frontier, runs and fills.

Some thousand rows of a table per transaction, which also records the progress, in the order of their old keys: memory is
bounded, and a killed move resumes. A row's current key follows from its URL alone, so a moved row that is met again stays
as it is. Articles and revisions are recomputed from captures (`recompute`), stories follow when they are related next;
tombstones stay, since the address cannot be computed from its hash (`urls.former_keys`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, text

from etl.errors import Quarantine
from etl.frontier import merged_hints
from etl.hints import hints_of
from etl.model import Place
from etl.sources.registry import Registry
from etl.states import AnswerState
from etl.urls import KEY_VERSION, article_id, page_url, site_of, url_key
from etl.urls.keys import key_of_form
from etl.warehouse.engine import faults_of
from etl.warehouse.load.load import recompute
from etl.warehouse.load.rows import aliases_of, shown_url
from etl.warehouse.load.statements import BY_INDEX
from etl.warehouse.ops.frontier import hints_json

KEYS_AT_ONCE = 1000
READ_AT_ONCE = 200  # captures, as many as a batch of reprocessing

BEGIN = """
INSERT INTO ops.key_move (part, after) SELECT part, '' FROM unnest(CAST(:parts AS text[])) AS part
ON CONFLICT DO NOTHING
"""
# A process that moves rows locks this row, so that two processes alternate.
HOLD = "SELECT version FROM ops.key_version FOR UPDATE"
AFTER = "SELECT after FROM ops.key_move WHERE part = :part"
CAME_TO = "UPDATE ops.key_move SET after = :after WHERE part = :part"
UP_TO = """
SELECT max(url_key) AS last, count(*) AS n FROM (
    SELECT url_key FROM {table} WHERE url_key > :after ORDER BY url_key LIMIT :most) k
"""
CAPTURES = """
SELECT c.capture_id, c.url_key, c.url, c.redirects, c.warc IS NOT NULL AS is_kept, o.rules_version, o.canonical_url,
       o.url AS shown_url
FROM core.capture c LEFT JOIN core.observation o USING (capture_id)
WHERE c.url_key > :after AND c.url_key <= :last ORDER BY c.url_key, c.capture_id
"""
ALIASES = """
SELECT url_key, kind, alias_key, alias_url FROM core.alias WHERE url_key > :after AND url_key <= :last
ORDER BY url_key, kind, alias_key
"""
ADD_KEYS = """
INSERT INTO core.url (url_key, article_id)
SELECT * FROM unnest(CAST(:keys AS bytea[]), CAST(:ids AS uuid[])) AS k (url_key, article_id) ORDER BY url_key
ON CONFLICT DO NOTHING
"""
HOLD_KEYS = "SELECT url_key FROM core.url WHERE url_key = ANY(CAST(:keys AS bytea[])) ORDER BY url_key FOR UPDATE"
HAVE_CAPTURES = """
SELECT k.url_key FROM unnest(CAST(:keys AS bytea[])) AS k (url_key)
WHERE EXISTS (SELECT FROM core.capture c WHERE c.url_key = k.url_key)
"""
MOVE_CAPTURES = """
UPDATE core.capture c SET url_key = v.url_key
FROM unnest(CAST(:ids AS bytea[]), CAST(:keys AS bytea[])) AS v (capture_id, url_key)
WHERE c.capture_id = v.capture_id AND c.url_key <> v.url_key
"""
MOVE_OBSERVATIONS = """
UPDATE core.observation o SET url_key = v.url_key, url = v.url,
    site = CASE WHEN v.is_inside THEN v.site ELSE o.site END,
    source_key = CASE WHEN v.is_inside THEN v.source_key ELSE o.source_key END
FROM unnest(CAST(:ids AS bytea[]), CAST(:keys AS bytea[]), CAST(:urls AS text[]), CAST(:sites AS text[]),
            CAST(:sources AS text[]), CAST(:inside AS boolean[])) AS v (capture_id, url_key, url, site, source_key, is_inside)
WHERE o.capture_id = v.capture_id
"""
DROP_ALIASES = "DELETE FROM core.alias WHERE url_key = ANY(CAST(:keys AS bytea[]))"
ADD_ALIASES = """
INSERT INTO core.alias (url_key, kind, alias_key, alias_url)
SELECT * FROM unnest(CAST(:keys AS bytea[]), CAST(:kinds AS text[]), CAST(:alias_keys AS bytea[]),
                     CAST(:urls AS text[])) AS a (url_key, kind, alias_key, alias_url)
ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING
"""
# Log entries of an article move to its new id; where two articles become one, existing entries of that one are kept.
MOVE_CHANGES = """
WITH v AS (
    SELECT * FROM unnest(CAST(:old AS bytea[]), CAST(:new AS bytea[])) AS v (old, new)
), gone AS (
    DELETE FROM ops.article_change a USING v WHERE a.url_key = v.old
    RETURNING v.new, a.field, a.rules_before, a.rules_after, a.before, a.after, a.changed_at
)
INSERT INTO ops.article_change (url_key, field, rules_before, rules_after, before, after, changed_at)
SELECT new, field, rules_before, rules_after, before, after, changed_at FROM gone ORDER BY 1, 2, 3, 4
ON CONFLICT DO NOTHING
"""
POINT_FORMER = """
UPDATE core.article_alias f SET url_key = v.new
FROM unnest(CAST(:old AS bytea[]), CAST(:new AS bytea[])) AS v (old, new) WHERE f.url_key = v.old
"""
# Before articles are recomputed: only a key that had an article has an id that users may have stored.
ADD_FORMER = """
INSERT INTO core.article_alias (former_id, url_key)
SELECT a.article_id, v.new FROM unnest(CAST(:old AS bytea[]), CAST(:new AS bytea[])) AS v (old, new)
JOIN core.article a ON a.url_key = v.old ORDER BY 1
ON CONFLICT (former_id) DO UPDATE SET url_key = excluded.url_key
"""
MARK = """
INSERT INTO ops.key_reading (url_key) SELECT unnest(CAST(:keys AS bytea[])) ORDER BY 1 ON CONFLICT DO NOTHING
"""
ROWS = {
    "ops.candidate": "SELECT * FROM ops.candidate WHERE url_key > :after AND url_key <= :last ORDER BY url_key",
    "ops.expected": "SELECT * FROM ops.expected WHERE url_key > :after AND url_key <= :last ORDER BY url_key",
    "ops.run_url": """
        SELECT run_id, source_key, url_digest, url_key, url FROM ops.run_url
        WHERE url_key > :after AND url_key <= :last ORDER BY url_key
    """,
}
AT_KEYS = "SELECT * FROM {table} WHERE url_key = ANY(CAST(:keys AS bytea[])) ORDER BY url_key FOR UPDATE"
DROP_AT_KEYS = "DELETE FROM {table} WHERE url_key = ANY(CAST(:keys AS bytea[]))"
MOVE_RUN_URLS = """
UPDATE ops.run_url u SET url_key = v.url_key
FROM unnest(CAST(:runs AS text[]), CAST(:sources AS text[]), CAST(:digests AS bytea[]), CAST(:keys AS bytea[]))
     AS v (run_id, source_key, url_digest, url_key)
WHERE u.run_id = v.run_id AND u.source_key = v.source_key AND u.url_digest = v.url_digest
"""
FEWER_NAMED = """
UPDATE ops.source_day SET named = GREATEST(named - :fewer, 0)
WHERE source_key = :source AND day = :day AND via = :via
"""
TO_READ = """
SELECT k.url_key, (SELECT min(c.url) FROM core.capture c WHERE c.url_key = k.url_key) AS url,
       (SELECT count(*) FROM core.capture c WHERE c.url_key = k.url_key) AS captures
FROM ops.key_reading k ORDER BY k.url_key LIMIT :most
"""
PLACES = """
SELECT c.url_key, c.url, c.warc, c.warc_offset, c.warc_length, EXISTS (
    SELECT FROM ops.processed p JOIN unnest(CAST(:keys AS bytea[]), CAST(:versions AS text[])) AS w (url_key, version)
    ON w.url_key = c.url_key AND p.rules_version = w.version WHERE p.capture_id = c.capture_id) AS is_read
FROM core.capture c WHERE c.url_key = ANY(CAST(:keys AS bytea[])) AND c.warc IS NOT NULL
ORDER BY c.warc, c.warc_offset
"""
WERE_READ = "DELETE FROM ops.key_reading WHERE url_key = ANY(CAST(:keys AS bytea[]))"
END = "UPDATE ops.key_version SET version = :version"

Say = Callable[[str], None]


@dataclass(slots=True, kw_only=True)
class Moved:
    """The results of a move since it was last started: rows by table, and numbers of keys and captures."""

    rows: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    folded: int = 0  # keys that were merged into one which had captures already
    read_again: int = 0  # captures


def move(engine: Engine, registry: Registry, *, say: Say = lambda line: None) -> Moved:
    """Give all rows the current keys; resumes where it was stopped before. Call `read_again` and `end` afterwards."""
    moved = Moved()
    parts: dict[str, Callable[[Connection, Registry, Moved, bytes, bytes], None]] = {
        "core.capture": _move_captures,
        "ops.candidate": _move_candidates,
        "ops.expected": _move_expected,
        "ops.run_url": _move_run_urls,
    }
    with faults_of(engine, "moving URL keys"), engine.begin() as connection:
        connection.execute(text(BEGIN), {"parts": list(parts)})
    for part, move_part in parts.items():
        looked_at = 0
        while True:
            with faults_of(engine, f"moving the keys of {part}"), engine.begin() as connection:
                connection.exec_driver_sql(BY_INDEX)
                connection.execute(text(HOLD))
                after = connection.execute(text(AFTER), {"part": part}).scalar_one_or_none()
                if after is None:
                    break
                # Captures are moved by the keys of `core.url`, since one key may have very many captures.
                query = UP_TO.format(table="core.url" if part == "core.capture" else part)
                last, n = connection.execute(text(query), {"after": bytes(after), "most": KEYS_AT_ONCE}).one()
                if last is not None:
                    move_part(connection, registry, moved, bytes(after), bytes(last))
                connection.execute(text(CAME_TO), {"part": part, "after": last})
                looked_at += n
            if looked_at and (looked_at // KEYS_AT_ONCE % 50 == 0 or last is None):
                say(f"{part}: {looked_at:,} keys looked at, {moved.rows[part]:,} rows moved")
    return moved


def read_again(
    engine: Engine,
    moved: Moved,
    *,
    version_for: Callable[[str], str],
    again: Callable[[Sequence[Place]], object],
    say: Say = lambda line: None,
) -> None:
    """Extract again captures that moved to another page, or to captures with another rules version, in batches."""
    while True:
        with engine.connect() as connection:
            found = connection.execute(text(TO_READ), {"most": READ_AT_ONCE}).all()
        if not found:
            return
        keys: list[Any] = []
        size = 0
        for row in found:
            if keys and size + row.captures > READ_AT_ONCE:
                break
            keys.append(row)
            size += row.captures
        with engine.connect() as connection:
            values = {
                "keys": [bytes(row.url_key) for row in keys],
                "versions": [version_for(row.url) if row.url else "" for row in keys],
            }
            rows = connection.execute(text(PLACES), values).all()
        wanted = [r for r in rows if not r.is_read or page_url(r.url) != r.url]
        if wanted:
            again([Place(warc=r.warc, offset=r.warc_offset, length=r.warc_length) for r in wanted])
        with engine.begin() as connection:
            connection.execute(text(WERE_READ), {"keys": [bytes(row.url_key) for row in keys]})
        moved.read_again += len(wanted)
        if wanted:
            say(f"{moved.read_again:,} captures read again")


def end(engine: Engine) -> None:
    """Record that all rows have the current keys."""
    with engine.begin() as connection:
        connection.execute(text(HOLD))
        connection.execute(text("DELETE FROM ops.key_move"))
        connection.execute(text(END), {"version": KEY_VERSION})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Today:
    """The current key of an address."""

    key: bytes
    shown: str
    site: str  # of what is inside
    source_key: str | None
    is_inside: bool  # the key is that of the page inside a wrapper


def _today(registry: Registry, url: str) -> _Today | None:
    try:
        page = page_url(url)
        source = registry.source_at(page)
        shown = shown_url(page)
        return _Today(
            key=url_key(page, rules=source.key_rules) if source else key_of_form(shown),
            shown=shown,
            site=site_of(page) if page != url else "",
            source_key=source.key if source else None,
            is_inside=page != url,
        )
    except Quarantine:
        return None


def _move_captures(connection: Connection, registry: Registry, moved: Moved, after: bytes, last: bytes) -> None:
    values = {"after": after, "last": last}
    today: dict[str, _Today | None] = {}
    rows: dict[bytes, list[Any]] = defaultdict(list)
    for row in connection.execute(text(CAPTURES), values):
        rows[bytes(row.url_key)].append(row)
        if row.url not in today:
            today[row.url] = _today(registry, row.url)
    aliases: dict[bytes, list[Any]] = defaultdict(list)
    for row in connection.execute(text(ALIASES), values):
        aliases[bytes(row.url_key)].append(row)
    changed: dict[bytes, set[bytes]] = {}  # old key → current keys of its captures, where any differs
    named: list[dict[str, Any]] = []
    renamed: list[bytes] = []  # keys whose aliases are rewritten
    for key, captures in rows.items():
        new = {t.key if (t := today[row.url]) else key for row in captures}
        wanted = _aliases(key, captures, aliases[key], today)
        if new != {key} or any(_is_other(row, today[row.url]) for row in captures):
            changed[key] = new
        if new != {key} or {_name(a) for a in wanted} != {_name(a._mapping) for a in aliases[key]}:
            renamed.append(key)
            named += wanted
    if not changed and not renamed:
        return
    _move_changed(connection, moved, {key: rows[key] for key in changed}, changed, today, renamed)
    connection.execute(
        text(ADD_ALIASES),
        {
            "keys": [a["url_key"] for a in named],
            "kinds": [a["kind"] for a in named],
            "alias_keys": [a["alias_key"] for a in named],
            "urls": [a["alias_url"] for a in named],
        },
    )
    moved.rows["core.alias"] += len(named)
    if changed:
        recompute(connection, set(changed) | {key for new in changed.values() for key in new})


def _move_changed(
    connection: Connection,
    moved: Moved,
    rows: Mapping[bytes, Sequence[Any]],
    changed: Mapping[bytes, set[bytes]],
    today: Mapping[str, _Today | None],
    renamed: Sequence[bytes],
) -> None:
    """Move captures and their observations, then delete the aliases of keys that may have lost their last capture."""
    others = sorted({key for old, new in changed.items() for key in new - {old}})
    all_keys = sorted({*changed, *others})
    connection.execute(text(ADD_KEYS), {"keys": others, "ids": [article_id(key) for key in others]})
    connection.execute(text(HOLD_KEYS), {"keys": all_keys})
    had = {bytes(key) for key in connection.execute(text(HAVE_CAPTURES), {"keys": others}).scalars()}
    came = Counter(key for old, new in changed.items() for key in new - {old})
    folded = had | {key for key, times in came.items() if times > 1}
    moved.folded += len(folded)
    found = [(row, t) for captures in rows.values() for row in captures if (t := today[row.url])]
    values = {
        "ids": [bytes(row.capture_id) for row, _ in found],
        "keys": [t.key for _, t in found],
        "urls": [t.shown for _, t in found],
        "sites": [t.site for _, t in found],
        "sources": [t.source_key for _, t in found],
        "inside": [t.is_inside for _, t in found],
    }
    moved.rows["core.capture"] += connection.execute(text(MOVE_CAPTURES), values).rowcount
    moved.rows["core.observation"] += connection.execute(text(MOVE_OBSERVATIONS), values).rowcount
    connection.execute(text(DROP_ALIASES), {"keys": list(renamed)})
    # Where a key is split, the lowest current key keeps the rows about the old one.
    whole = [(old, min(new)) for old, new in sorted(changed.items()) if old not in new]
    pairs = {"old": [old for old, _ in whole], "new": [new for _, new in whole]}
    for statement in (MOVE_CHANGES, POINT_FORMER, ADD_FORMER):
        connection.execute(text(statement), pairs)
    inside = {t.key for row, t in found if t.is_inside and row.is_kept}
    connection.execute(text(MARK), {"keys": sorted(folded | inside)})


def _is_other(row: Any, today: _Today | None) -> bool:
    """Whether the observation of a capture has another address than the current one."""
    return today is not None and row.rules_version is not None and row.shown_url != today.shown


def _aliases(
    key: bytes, captures: Sequence[Any], known: Sequence[Any], today: Mapping[str, _Today | None]
) -> list[dict[str, Any]]:
    """The current rows of `core.alias`, by captures and the known aliases of their key, each once.

    Which capture had a known alias is not recorded: where a key is split, all its current keys get the alias.
    """
    found: dict[tuple[bytes, str, bytes], dict[str, Any]] = {}
    new_keys = {t.key if (t := today[row.url]) else key for row in captures}
    for new in sorted(new_keys):
        for alias in aliases_of(new, ((a.kind, a.alias_url) for a in known)):
            found.setdefault(_name(alias), alias)
    for row in captures:
        t = today[row.url]
        named = [("redirect", hop[0]) for hop in row.redirects]
        if row.canonical_url and row.canonical_url != row.url:
            named.append(("canonical", row.canonical_url))
        for alias in aliases_of(t.key if t else key, named):
            found.setdefault(_name(alias), alias)
    return list(found.values())


def _name(alias: Any) -> tuple[bytes, str, bytes]:
    return bytes(alias["url_key"]), alias["kind"], bytes(alias["alias_key"])


def _key_of(registry: Registry, row: Any) -> bytes:
    """The key of a URL that a source offered, by that source's rules; unchanged where the URL is invalid."""
    source = registry.sources.get(row.source_key)
    try:
        return url_key(row.url, rules=source.key_rules) if source else registry.key_of(row.url)
    except Quarantine:
        return bytes(row.url_key)


def _moving(
    connection: Connection, registry: Registry, table: str, after: bytes, last: bytes
) -> list[tuple[Any, bytes]]:
    """The rows in a range of old keys whose current key differs, with that key."""
    found = connection.execute(text(ROWS[table]), {"after": after, "last": last}).all()
    return [(row, key) for row in found if (key := _key_of(registry, row)) != bytes(row.url_key)]


def _move_run_urls(connection: Connection, registry: Registry, moved: Moved, after: bytes, last: bytes) -> None:
    found = _moving(connection, registry, "ops.run_url", after, last)
    if found:
        values = {
            "runs": [row.run_id for row, _ in found],
            "sources": [row.source_key for row, _ in found],
            "digests": [bytes(row.url_digest) for row, _ in found],
            "keys": [key for _, key in found],
        }
        moved.rows["ops.run_url"] += connection.execute(text(MOVE_RUN_URLS), values).rowcount


def _move_candidates(connection: Connection, registry: Registry, moved: Moved, after: bytes, last: bytes) -> None:
    groups = _groups(connection, registry, "ops.candidate", after, last)
    _insert(connection, "ops.candidate", [merged_candidates(key, rows) for key, rows in groups.items()])
    moved.rows["ops.candidate"] += sum(map(len, groups.values()))


def _move_expected(connection: Connection, registry: Registry, moved: Moved, after: bytes, last: bytes) -> None:
    groups = _groups(connection, registry, "ops.expected", after, last)
    made = []
    for key, rows in groups.items():
        days: dict[tuple[str, Any, str], list[Any]] = defaultdict(list)
        for row in rows:
            days[row["source_key"], row["day"], row["via"]].append(row)
        for (source, day, via), same in days.items():
            made.append(merged_expected(key, same))
            if len(same) > 1:
                connection.execute(
                    text(FEWER_NAMED), {"fewer": len(same) - 1, "source": source, "day": day, "via": via}
                )
    _insert(connection, "ops.expected", made)
    moved.rows["ops.expected"] += sum(map(len, groups.values()))


def _groups(
    connection: Connection, registry: Registry, table: str, after: bytes, last: bytes
) -> dict[bytes, list[Mapping[str, Any]]]:
    """Delete and return the rows that move, by their current key, with the rows that have that key already."""
    moving = _moving(connection, registry, table, after, last)
    if not moving:
        return {}
    old, new = {bytes(row.url_key) for row, _ in moving}, {key for _, key in moving}
    groups: dict[bytes, list[Mapping[str, Any]]] = defaultdict(list)
    values = {"keys": sorted(old | new)}
    for row in connection.execute(text(AT_KEYS.format(table=table)), values):
        groups[_key_of(registry, row)].append(dict(row._mapping))
    connection.execute(text(DROP_AT_KEYS.format(table=table)), values)
    return dict(groups)


def merged_candidates(key: bytes, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Merge rows of the frontier that are one page: the one visited last gives the validators."""
    visited = [row for row in rows if row["first_visit_at"] is not None]
    ordered = sorted(visited or rows, key=lambda row: row["url"])
    best = max(ordered, key=lambda row: (row["last_captured_at"] is not None, row["last_captured_at"] or 0))
    due = [row["due_at"] for row in ordered if row["due_at"] is not None]
    hints = merged_hints((), [hint for row in sorted(rows, key=lambda r: r["url"]) for hint in hints_of(row["hints"])])
    return {
        **best,
        "url_key": key,
        "hints": hints_json(hints),
        "offered_at": min(row["offered_at"] for row in rows),
        "due_at": min(due, default=None),
        "visits": min(sum(row["visits"] for row in rows), 32_767),
        "failures": min(row["failures"] for row in ordered),
        "first_visit_at": min((row["first_visit_at"] for row in visited), default=None),
    }


def merged_expected(key: bytes, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Merge expected pages that are one page: it was obtained if one of them was."""
    ordered = sorted(
        rows,
        key=lambda row: (row["outcome"] != AnswerState.CAPTURED, row["outcome"] is None, -row["tries"], row["url"]),
    )
    return {**ordered[0], "url_key": key, "tries": max(row["tries"] for row in rows)}


def _insert(connection: Connection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    columns = list(rows[0])
    values = ", ".join(f"CAST(:{name} AS jsonb)" if name == "hints" else f":{name}" for name in columns)
    ordered: Iterable[Mapping[str, Any]] = sorted(rows, key=lambda row: row["url_key"])
    connection.execute(text(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})"), list(ordered))
