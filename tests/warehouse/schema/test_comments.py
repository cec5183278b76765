"""Every view and column says what it means, where SQL tools look for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text

from etl.warehouse.engine import open_engine
from etl.warehouse.schema import comments, migrate

SAID = """
SELECT c.relname AS view, COALESCE(a.attname, '') AS name,
       CASE WHEN a.attname IS NULL THEN obj_description(c.oid, 'pg_class') ELSE col_description(c.oid, a.attnum) END AS said
FROM pg_class c LEFT JOIN LATERAL (
    SELECT NULL::name AS attname, 0 AS attnum
    UNION ALL SELECT attname, attnum FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) a ON true
WHERE c.relnamespace = 'news'::regnamespace AND c.relkind = 'v'
"""


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


def said(engine: Engine) -> dict[tuple[str, str], Any]:
    with engine.connect() as connection:
        return {(row.view, row.name): row.said for row in connection.execute(text(SAID.replace("::", "\\:\\:")))}


def do(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_no_view_and_no_column_lacks_its_comment(engine: Engine) -> None:
    found = said(engine)
    assert len(found) > 150
    assert [name for name, words in found.items() if not words] == []
    assert found == comments.declared()
    assert "null where none is known" in found["article", "published_at"]
    assert not [words for words in found.values() if "`" in words or "](" in words]


def test_a_comment_that_changes_in_the_dictionary_changes_and_those_of_others_stay(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    do(
        engine,
        "COMMENT ON COLUMN news.article.title IS 'Überschrift, wie wir sie brauchen'",
        "COMMENT ON VIEW news.story IS 'ours: it''s fine'",
        "COMMENT ON COLUMN news.article.url IS NULL",
    )
    now = {name: f"{words} 新 50%" for name, words in comments.declared().items()}
    monkeypatch.setattr(comments, "declared", lambda: now)
    migrate.upgrade(engine)
    assert said(engine) == {
        **now,
        ("article", "title"): "Überschrift, wie wir sie brauchen",
        ("story", ""): "ours: it's fine",
    }


def test_comments_of_others_from_before_there_were_any_of_ours_stay(empty_database_url: str) -> None:
    engine = open_engine(empty_database_url)
    migrate.upgrade(engine)
    mine = "COMMENT ON COLUMN news.article.title IS 'mine'"
    do(engine, "DELETE FROM ops.view_comment", mine, "COMMENT ON COLUMN news.article.url IS NULL",
       "COMMENT ON SCHEMA news IS 'as it was before'")  # fmt: skip
    migrate.upgrade(engine)
    found = said(engine)
    assert found["article", "title"] == "mine"
    assert found["article", "url"] == comments.declared()["article", "url"]
    engine.dispose()
