"""The documents agree with the code: columns, outcomes, examples, commands, tables, paths."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from sqlalchemy import Engine, create_engine, text

from etl import cli
from etl.model import Outcome
from etl.sample import manifest
from etl.warehouse import queries
from etl.warehouse.schema import tables

ROOT = Path(__file__).resolve().parents[2]
DICTIONARY = (ROOT / "sql" / "README.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = ("README.md", "CHANGELOG.md", "docs/design.md", "docs/maintaining.md", "sql/README.md")
EXAMPLES = sorted((ROOT / "sql" / "examples").glob("*.sql"))

COLUMNS = """
SELECT c.relname AS view, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'news'::regnamespace AND c.relkind = 'v' AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum
"""


@pytest.fixture
def warehouse(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


def test_the_data_dictionary_has_every_column_of_every_view_with_its_type_and_no_other(warehouse: Engine) -> None:
    with warehouse.connect() as connection:
        columns = [(view, name, kind) for view, name, kind in connection.execute(text(COLUMNS))]
    assert columns, "the database has no views"
    there = [(view, name, kind.replace("timestamp with time zone", "timestamptz")) for view, name, kind in columns]
    assert sorted(_documented_columns()) == sorted(there)


def test_every_example_runs_on_an_empty_warehouse(warehouse: Engine) -> None:
    assert EXAMPLES
    for example in EXAMPLES:
        columns, found, _ = queries.rows(warehouse, example.read_text(encoding="utf-8"))
        assert (bool(columns), found) == (True, []), example.name


def test_the_examples_that_are_listed_are_those_that_are_there() -> None:
    assert set(re.findall(r"\(examples/(\w+\.sql)\)", DICTIONARY)) == {path.name for path in EXAMPLES}


def test_every_outcome_is_listed_and_no_other() -> None:
    assert _first_cells("## Outcomes") == [outcome.value for outcome in Outcome]


def test_every_private_table_is_listed_and_no_other() -> None:
    listed = _first_cells("## Tables of `core`") + _first_cells("## Tables of `ops`")
    assert sorted(listed) == sorted(tables.metadata.tables)


def test_the_readme_names_every_command_and_no_other() -> None:
    commands = set(_commands(cli.app))
    section = _section(README, "## Commands")
    named = {
        name for line in section.splitlines() if line.startswith("| `news-etl ") for name in _names(line.split("|")[1])
    }
    assert named == commands


def test_the_readme_shows_as_many_articles_as_the_sample_newsroom_has() -> None:
    articles = manifest.first_run(1)[Outcome.ARTICLE]
    assert re.findall(r"│ article +│ +(\d+) │", README) == [str(articles)]
    assert re.findall(r"^(\d+) new articles, \d+ new captures; (\d+) articles in all$", README, re.M) == [
        (str(articles), str(articles))
    ]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_files_that_a_document_links_to_are_there(name: str) -> None:
    document = ROOT / name
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (document.parent / target).exists()]
    assert missing == []


def test_paths_in_the_design_are_there() -> None:
    design = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    paths = set(re.findall(r"`((?:etl|dags|sql|seeds|tests|docs|benchmarks)/[\w./-]*)`", design))
    assert paths
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def _documented_columns() -> Iterator[tuple[str, str, str]]:
    view = None
    for line in DICTIONARY.splitlines():
        if line.startswith("#"):
            view = match[1] if (match := re.fullmatch(r"### news\.(\w+)", line)) else None
        elif view and (match := re.match(r"\| `(\w+)` \| ([^|]+) \|", line)):
            yield view, match[1], match[2].strip()


def _section(document: str, heading: str) -> str:
    return document.partition(f"\n{heading}\n")[2].partition("\n## ")[0]


def _first_cells(heading: str) -> list[str]:
    return re.findall(r"^\| `([\w.]+)` \|", _section(DICTIONARY, heading), re.MULTILINE)


def _names(cell: str) -> list[str]:
    """The commands of a table's first cell: `news-etl up` · `down` gives up, down; `sources list` · `check` both of sources."""
    first, *more = [code.split() for code in re.findall(r"`([^`]+)`", cell)]
    path = list(itertools.takewhile(re.compile(r"[a-z][a-z-]*").fullmatch, first[1:]))
    return [" ".join(path), *(" ".join((*path[:-1], words[0])) for words in more)]


def _commands(app: typer.Typer) -> Iterator[str]:
    for command in app.registered_commands:
        assert command.name, "give the command its name where it is added"
        yield command.name
    for group in app.registered_groups:
        assert group.typer_instance is not None
        yield from (f"{group.name} {name}" for name in _commands(group.typer_instance))
