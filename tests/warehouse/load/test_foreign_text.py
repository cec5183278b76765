"""What strangers' text can do to the database: nothing, on whatever path it comes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from etl.untrusted_text import to_json
from etl.warehouse.engine import open_engine

TEXTS = {
    "a\x00b": "a\ufffdb",
    "\ud800": "\ufffd",
    "x\udfff\udc00y": "x\ufffd\ufffdy",
    "\ud83d\ude00": "😀",
    "\x00\ud912": "\ufffd\ufffd",
    "\\u0000 as text": "\\u0000 as text",
    "\\\x00": "\\\ufffd",
    "ندى \x00 露": "ندى \ufffd 露",
    "\x01\x1b[31m\x85": "\x01\x1b[31m\x85",
}


@pytest.fixture
def engine(empty_database_url: str) -> Iterator[Engine]:
    engine = open_engine(empty_database_url)
    yield engine
    engine.dispose()


def test_every_way_into_the_database_takes_every_text(engine: Engine) -> None:
    given, wanted = list(TEXTS), list(TEXTS.values())
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (a text, b text[], c jsonb)"))
        for value in given:
            connection.execute(
                text("INSERT INTO t VALUES (:a, :b, CAST(:c AS jsonb))"),
                {"a": value, "b": [value, None], "c": to_json({value: [value, {"x": value}]})},
            )
        connection.execute(text("INSERT INTO t VALUES (:a, NULL, NULL)"), [{"a": value} for value in given])
        driver = connection.connection.driver_connection
        assert driver is not None
        with driver.cursor() as cursor, cursor.copy("COPY t (a, b, c) FROM STDIN") as copy:
            for value in given:
                copy.write_row((value, [value], to_json(value)))
        found = connection.execute(text("SELECT a, b, c FROM t")).all()
        by_name = connection.execute(
            text("SELECT count(*) FROM t WHERE a = ANY(CAST(:names AS text[]))"), {"names": given}
        ).scalar()
    n = len(given)
    assert [row.a for row in found] == wanted * 3
    assert [row.b for row in found] == [[w, None] for w in wanted] + [None] * n + [[w] for w in wanted]
    assert [row.c for row in found] == [{w: [w, {"x": w}]} for w in wanted] + [None] * n + wanted
    assert by_name == 3 * n
