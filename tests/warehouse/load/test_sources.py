"""`core.source` says what the registry says, whatever it said before."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from etl.sources import registry
from etl.warehouse.load.sources import sync

ONE = """
  - key: {key}
    name: {name}
    homepage: https://{key}.example/
    timezone: Europe/Oslo
    languages: [en]
    feeds: [https://{key}.example/rss]
"""


def sources(folder: Path, *entries: str) -> registry.Registry:
    path = folder / "sources.yaml"
    path.write_text("sources:" + "".join(entries), encoding="utf-8")
    return registry.load(path)


def stored(engine: Engine) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT * FROM core.source ORDER BY source_key"))]


def test_a_source_that_left_the_registry_leaves_the_table_and_the_others_stay(
    database_of_the_file: Engine, tmp_path: Path
) -> None:
    sync(database_of_the_file, sources(tmp_path, ONE.format(key="a", name="A"), ONE.format(key="b", name="Б")))
    assert [row[:2] for row in stored(database_of_the_file)] == [("a", "A"), ("b", "Б")]
    sync(database_of_the_file, sources(tmp_path, ONE.format(key="b", name="Б")))
    assert [row[:2] for row in stored(database_of_the_file)] == [("b", "Б")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("name: A", "name: الف"),
        ("homepage: https://a.example/", "homepage: https://www.a.example/"),
        ("timezone: Europe/Oslo", "timezone: Asia/Tokyo"),
        ("name: A", "name: A\n    country: 'NO'"),
        ("languages: [en]", "languages: [nb, se]"),
        ("name: A", "name: A\n    enabled: false"),
        ("name: A", "name: A\n    region: NO-03"),
        ("name: A", "name: A\n    kind: broadcaster"),
        ("name: A", "name: A\n    owner: الف"),
        ("name: A", "name: A\n    wikidata: Q1"),
        ("name: A", "name: A\n    issn: ['0261-3077']"),
        ("name: A", "name: A\n    tags: [a, б]"),
    ],
)
def test_what_changes_in_the_registry_changes_in_the_table_as_if_it_had_always_been_so(
    database_of_the_file: Engine, tmp_path: Path, before: str, after: str
) -> None:
    entry = ONE.format(key="a", name="A")
    changed = entry.replace(before, after)
    assert changed != entry
    sync(database_of_the_file, sources(tmp_path, changed))
    expected = stored(database_of_the_file)
    sync(database_of_the_file, sources(tmp_path, entry))
    assert stored(database_of_the_file) != expected
    sync(database_of_the_file, sources(tmp_path, changed))
    assert stored(database_of_the_file) == expected


def test_a_registry_that_is_unchanged_writes_no_row(database_of_the_file: Engine, tmp_path: Path) -> None:
    found = sources(tmp_path, ONE.format(key="a", name="A"), ONE.format(key="b", name="B"))
    sync(database_of_the_file, found)
    written = versions(database_of_the_file)
    sync(database_of_the_file, found)
    assert versions(database_of_the_file) == written


def versions(engine: Engine) -> list[tuple[object, ...]]:
    """Of which transaction each row is."""
    with engine.connect() as connection:
        found = connection.execute(text("SELECT source_key, xmin::text FROM core.source ORDER BY source_key"))
        return [tuple(row) for row in found]
