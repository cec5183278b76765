"""The fields of an article are declared once: what is stored, shown and printed follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, make_dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import create_engine, text

from etl.article_fields import FIELDS, FieldKind, fields_of
from etl.explain import fields as explaining
from etl.extract.record import to_record
from etl.lake.silver_schema import SCHEMA, columns_of
from etl.model import Image, Outcome, Page, PageType, Precision
from etl.warehouse.schema import tables

COLUMNS = {field.name for field in FIELDS if field.is_column}


@dataclass(frozen=True, slots=True, kw_only=True)
class Longer(Page):
    """A page with a new field of every kind."""

    kicker: str | None = None
    series: str = ""
    places: tuple[str, ...] = ()
    updated_on: date | None = None
    expires_at: datetime | None = None
    is_sponsored: bool | None = None
    sharpness: Precision | None = None
    videos: tuple[Image, ...] = ()
    ids: Mapping[str, str] | None = None


NEW = {field.name: field for field in fields_of(Longer)[len(FIELDS) :]}


@pytest.mark.parametrize(("name", "arrow", "sql", "is_nullable"), [
    ("kicker", ["string"], "TEXT", True),
    ("series", ["string"], "TEXT", False),
    ("places", ["list<element: string not null>"], "ARRAY", False),
    ("updated_on", ["date32[day]"], "DATE", True),
    ("expires_at", ["timestamp[us, tz=UTC]", "int32"], "TIMESTAMP", True),
    ("is_sponsored", ["bool"], "BOOLEAN", True),
    ("sharpness", ["string"], "TEXT", True),
    ("videos", ["list<element: struct<url: string, caption: string, credit: string> not null>"], "JSONB", False),
    ("ids", ["map<string, string>"], "JSONB", True),
])  # fmt: skip
def test_a_new_field_has_its_columns_by_its_type_alone(
    name: str, arrow: list[str], sql: str, is_nullable: bool
) -> None:
    columns: list[pa.Field] = columns_of(NEW[name])
    column = tables.value_column(NEW[name])
    assert [str(c.type) for c in columns] == arrow
    assert [c.nullable for c in columns] == [is_nullable, True][: len(columns)]
    assert (type(column.type).__name__.upper().replace("DATETIME", "TIMESTAMP"), column.nullable) == (sql, is_nullable)


@pytest.mark.parametrize("of", [int, str | int, list[str], tuple[int, ...], dict[str, str], Path | None])
def test_a_field_of_a_type_that_nothing_stores_is_refused_by_name(of: Any) -> None:
    odd = make_dataclass("Odd", [("size", of, None)], bases=(Page,), frozen=True, kw_only=True)
    with pytest.raises(TypeError, match=r"Page\.size: no column is known"):
        fields_of(odd)


def test_every_field_is_in_silver_in_the_record_and_in_the_rows() -> None:
    page = Page(outcome=Outcome.ARTICLE, page_type=PageType.ARTICLE)
    record = to_record(page, url="u", source_file=None, rules_version="v")
    names = [field.name for field in FIELDS]
    assert [name for name in record if name not in ("url", "source_file", "rules_version")] == names
    assert [name for name in SCHEMA.names if name in names] == names
    assert set(tables.observation.columns.keys()) >= COLUMNS
    assert {field.name for field in FIELDS} - COLUMNS == {"outcome", "detail", "amp_url", "text", "rights"}


def test_every_column_of_an_observations_values_is_shown_to_consumers_with_its_type(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        found = connection.execute(
            text("""
                SELECT a.attrelid = 'news.article'::regclass AS is_shown, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
                FROM pg_attribute a WHERE a.attnum > 0 AND NOT a.attisdropped
                  AND a.attrelid IN ('news.article'::regclass, 'core.observation'::regclass)
            """)
        ).all()
    engine.dispose()
    view = {row.name: row.type for row in found if row.is_shown}
    table = {row.name: row.type for row in found if not row.is_shown}
    assert {name: view.get(name) for name in COLUMNS} == {name: table[name] for name in COLUMNS}


def test_an_explanation_shows_a_field_of_every_kind() -> None:
    values: dict[str, object] = {
        "kicker": "Ḥalab", "series": "潮", "places": ("دمشق", "Oslo"), "updated_on": date(2026, 11, 24),
        "expires_at": datetime(2026, 11, 24, tzinfo=UTC), "is_sponsored": False, "sharpness": Precision.DAY,
        "videos": (Image(url="u", credit="c"), Image(url="v")), "ids": {"a": "1", "b": "2"},
    }  # fmt: skip
    shown = {name: explaining.shown(field, values[name]) for name, field in NEW.items()}
    assert shown == {
        "kicker": "Ḥalab", "series": "潮", "places": "دمشق; Oslo", "updated_on": "2026-11-24",
        "expires_at": "2026-11-24T00:00:00+00:00", "is_sponsored": "false", "sharpness": "day", "videos": "u · c\nv",
        "ids": "a: 1\nb: 2",
    }  # fmt: skip
    assert [explaining.shown(NEW[name], None) for name in ("kicker", "is_sponsored", "ids")] == ["", "", ""]


def test_a_flag_of_ours_is_shown_where_it_is_set_and_a_claim_of_the_publishers_in_both_ways() -> None:
    by_name = {field.name: field for field in FIELDS}
    assert [explaining.shown(by_name["text_truncated"], flag) for flag in (True, False)] == ["true", ""]
    assert [explaining.shown(by_name["is_accessible_for_free"], flag) for flag in (True, False)] == ["true", "false"]
    assert by_name["text_truncated"].kind is FieldKind.FLAG
