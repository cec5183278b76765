"""Compares a warehouse's rows with those of an undisturbed run, and the lake with the warehouse."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, Table, text

from etl import urls
from etl.errors import NewsEtlError
from etl.lake import rewriting, warc
from etl.lake.identity import capture_id
from etl.lake.records import BadRecord
from etl.model import Capture, Place
from etl.stages.resources import Resources
from etl.warehouse.schema import archive_tables, story_tables, tables

# Tables whose rows follow from what was captured, offered and asked for, whatever was killed on the way.
TABLES: tuple[Table, ...] = (
    tables.source,
    tables.url,
    tables.capture,
    tables.hint,
    tables.body,
    tables.observation,
    tables.article,
    tables.revision,
    tables.alias,
    tables.tombstone,
    tables.processed,
    tables.reject,
    tables.article_change,
    tables.candidate,
    tables.document,
    archive_tables.expected,
    archive_tables.source_day,
    archive_tables.archive_file,
    story_tables.story_node,
    story_tables.story_key,
    story_tables.story_edge,
    story_tables.story,
    story_tables.story_member,
    story_tables.story_due,
)
# When and where something was written, how often it was asked for, and in which file it lies.
FREE = {
    "loaded_at",
    "warc",
    "warc_offset",
    "warc_length",
    "raw_expired_at",
    "changed_at",
    "named_at",
    "listed_at",
    "updated_at",
    "checked_at",
    "succeeded_at",
    "decided_at",
    "offered_at",
    "erased_at",
    "tries",
    "requests",
    "reject_id",
    "failures",
}
# When a document is due depends on what a request is worth, which each run plans anew from the documents that it knows by then.
ESTIMATES = {("story_due", "due_at"), ("document", "due_at")}
# Where a later run takes the place of a killed one, times differ and what follows from them.
BY_URL = {
    "core.article": """SELECT url AS k, row(source_key, language, published_at, published_on, encode(text_digest, 'hex'),
                       gone_at IS NULL)::text AS v FROM core.article""",
    "core.capture": "SELECT DISTINCT url || ' ' || payload_digest AS k, '' AS v FROM core.capture",
    "core.revision": """SELECT a.url || ' ' || revision_no AS k, encode(r.text_digest, 'hex') AS v
                        FROM core.revision r JOIN core.article a USING (url_key)""",
    "core.body": "SELECT encode(text_digest, 'hex') AS k, '' AS v FROM core.body",
    "core.hint": """SELECT c.url || ' ' || encode(h.hint_digest, 'hex') AS k, '' AS v
                    FROM core.hint h JOIN core.capture c USING (capture_id) GROUP BY 1""",
    "core.tombstone": "SELECT encode(url_key, 'hex') AS k, reason AS v FROM core.tombstone",
    "ops.reject": "SELECT DISTINCT coalesce(url, '') || ' ' || reason AS k, '' AS v FROM ops.reject",
    "core.story_member": """SELECT encode(url_key, 'hex') AS k, (SELECT string_agg(encode(o.url_key, 'hex'), ' '
                            ORDER BY o.url_key) FROM core.story_member o WHERE o.story_id = m.story_id) AS v
                            FROM core.story_member m""",
}

Rows = Mapping[str, Mapping[str, Counter[str]]]  # table: key: values


@dataclass(slots=True)
class Difference:
    """What a warehouse has otherwise than another one; keys by table."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)

    @property
    def is_none(self) -> bool:
        return not (self.lost or self.doubled or self.different)


def rows(engine: Engine, *, by_url: bool = False) -> Rows:
    """The rows of a warehouse by table and key; with `by_url` only what does not depend on when pages were captured."""
    found: dict[str, dict[str, Counter[str]]] = {}
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        queries = BY_URL if by_url else {t.fullname: _query(t) for t in TABLES}
        for table, query in queries.items():
            of_table: dict[str, Counter[str]] = defaultdict(Counter)
            for key, value in connection.execute(text(query)):
                of_table[key][_canonical(table, value)] += 1
            found[table] = of_table
        coverage = (
            "SELECT source_key || ' ' || day, row(expected, loaded, missing, missing_by)::text FROM news.coverage"
        )
        if not by_url:
            found["news.coverage"] = {key: Counter([value]) for key, value in connection.execute(text(coverage))}
    return found


def _query(table: Table) -> str:
    keys = [c.name for c in table.primary_key] if table.name != "reject" else ["capture_id", "url", "reason"]
    columns = [c.name for c in table.columns if c.name not in FREE and (table.name, c.name) not in ESTIMATES]
    key = " || ' ' || ".join(f"coalesce({name}::text, '')" for name in keys)
    value = ", ".join(f"'{name}', {name}" for name in columns)
    return f"SELECT {key}, jsonb_build_object({value}) FROM {table.fullname}"


def _canonical(table: str, value: Any) -> str:
    if isinstance(value, dict) and table == "core.capture":
        value["rights"].pop("robots_fetched_at", None)
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def difference(wanted: Rows, found: Rows) -> Difference:
    """What is lost, doubled or different in `found`."""
    said = Difference()
    for table, of_table in wanted.items():
        has = found[table]
        for key, values in of_table.items():
            if key not in has:
                said.lost.append(f"{table} {key}")
            elif has[key] != values:
                kind = said.doubled if has[key].total() > values.total() else said.different
                kind.append(f"{table} {key}: {_changed(values, has[key])}")
        said.doubled += [f"{table} {key}" for key in has if key not in of_table]
    return said


def _changed(wanted: Counter[str], found: Counter[str]) -> str:
    one, two = next(iter(wanted)), next(iter(found))
    try:
        a, b = json.loads(one), json.loads(two)
        return str({k: (a[k], b[k]) for k in a if a[k] != b.get(k)})[:400]
    except (ValueError, TypeError):
        return f"{one[:200]} / {two[:200]}"


def unaccounted(r: Resources) -> list[str]:
    """Captures of the lake that are neither loaded nor rejected nor erased; rows whose place gives another capture."""
    said = []
    with r.engine.connect() as connection:
        at = {bytes(c.capture_id): c for c in connection.execute(text("SELECT * FROM core.capture"))}
        bad = {(x.warc, x.warc_offset) for x in connection.execute(text("SELECT * FROM ops.reject")) if x.warc}
        buried = {bytes(x.url_key) for x in connection.execute(text("SELECT url_key FROM core.tombstone"))}
    for name in rewriting.warcs(r.store):
        for record in warc.read(r.store, name):
            if isinstance(record, BadRecord):
                if (name, record.offset) not in bad:
                    said.append(f"not counted: {name} {record.offset} {record.reason}")
                continue
            known = _id(record) in at or (record.place is not None and (name, record.place.offset) in bad)
            if not known and not r.registry.keys_of(record.target_uri) & buried:
                said.append(f"not loaded: {record.target_uri} in {name}")
            if urls.is_web_url(record.target_uri) and r.registry.keys_of(record.target_uri) & buried:
                said.append(f"not erased: {record.target_uri} in {name}")
    for key, row in at.items():
        if row.warc is None:
            if row.raw_expired_at is None:
                said.append(f"no place: {row.url}")
            continue
        try:
            record = warc.read_at(r.store, Place(warc=row.warc, offset=row.warc_offset, length=row.warc_length))
            if _id(record) != key:
                said.append(f"another capture at the place of {row.url}")
        except NewsEtlError as error:
            said.append(f"nothing at the place of {row.url}: {error}")
    return said


def _id(record: Capture) -> bytes:
    return capture_id(record.target_uri, record.captured_at, record.payload_digest)
