"""Some 370 mistyped and unlucky calls of all commands: no traceback, the exit code of README's table, and a sentence of help.

A row is what is typed, how it ends, and what is said then. What it is said of are files as `unlucky_files.py` lays them out.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from calls import Ended, call
from unlucky_files import lay_out

from etl import cli
from etl.cli.examples import EXAMPLES

HERE = Path(__file__).parent
TABLE, SLOW = (
    yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
    for name in ("unlucky_calls.yaml", "unlucky_calls_slow.yaml")
)
AWAY = "postgresql://news:word@127.0.0.1:1/news"
SETTING = re.compile(r"([A-Z][A-Z0-9_]+)=(.*)", re.DOTALL)
BOXES = re.compile(r"[─│╭╮╰╯┌┐└┘├┤┼┬┴━┃┏┓┗┛┡┩╇┳╋]+")


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    lay_out(folder)
    return folder


@pytest.fixture
def folder(laid_out: Path) -> Iterator[Path]:
    """The files, as they were."""
    before = {path: path.read_bytes() for path in laid_out.iterdir() if path.is_file()}
    yield laid_out
    for path in laid_out.iterdir():
        if path.is_file() and before.get(path) != path.read_bytes():
            path.write_bytes(before[path]) if path in before else path.unlink()


@pytest.fixture(scope="module")
def warehouse(
    copied_database: Callable[[], AbstractContextManager[str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, str]]:
    """A warehouse and a lake that all calls of a table share."""
    with copied_database() as url:
        yield {"NEWS_ETL_WAREHOUSE_URL": url, "NEWS_ETL_LAKE_URL": str(tmp_path_factory.mktemp("lake"))}


def typed(line: str, folder: Path, settings: Mapping[str, str]) -> Ended:
    """Make a call as it is typed: settings, `news-etl`, words."""
    words = shlex.split(line)
    at = words.index("news-etl")
    given = {found[1]: found[2] for found in map(SETTING.fullmatch, words[:at]) if found}
    env = {"NEWS_ETL_HOME": str(folder / "home"), "NEWS_ETL_SOURCES": "sources.yaml", "COLUMNS": "120", **settings}
    return call(words[at + 1 :], folder=folder, env=env | given)


def judge(row: Mapping[str, Any], ended: Ended, folder: Path) -> None:
    said = " ".join(BOXES.sub(" ", ended.said).replace(str(folder), "FOLDER").split())
    assert "Traceback" not in said
    assert (ended.code, row["says"]) == (row["exit"], row["says"] if row["says"] in said else said)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["call"])
def test_an_unlucky_call_says_what_to_do(row: Mapping[str, Any], folder: Path) -> None:
    judge(row, typed(row["call"], folder, {"NEWS_ETL_WAREHOUSE_URL": AWAY}), folder)


@pytest.mark.slow
@pytest.mark.parametrize("row", SLOW, ids=lambda row: row["call"])
def test_an_unlucky_call_that_reaches_a_warehouse_says_what_to_do(
    row: Mapping[str, Any], folder: Path, warehouse: Mapping[str, str]
) -> None:
    judge(row, typed(row["call"], folder, warehouse), folder)


def commands(app: typer.Typer = cli.app, under: str = "") -> Iterator[str]:
    """All commands but `airflow`, which becomes Airflow's own."""
    for command in app.registered_commands:
        if command.name != "airflow":
            yield f"{under}{command.name}"
    for group in app.registered_groups:
        assert group.typer_instance is not None
        yield from commands(group.typer_instance, f"{under}{group.name} ")


def test_the_table_has_at_least_two_hundred_calls_and_some_of_each_command() -> None:
    named = Counter(
        command
        for row in (*TABLE, *SLOW)
        for command in commands()
        if re.search(rf"news-etl {re.escape(command)}(?= |$)", row["call"])
    )
    assert len(TABLE) + len(SLOW) >= 200
    assert not [command for command in commands() if not named[command]]


def test_every_command_ends_its_help_with_examples_that_can_be_typed(tmp_path: Path) -> None:
    assert set(EXAMPLES) == {*commands(), "airflow"}
    group = typer.main.get_command(cli.app)
    for command, lines in EXAMPLES.items():
        if command != "airflow":
            said = call([*command.split(), "--help"], folder=tmp_path, env={"COLUMNS": "60"})
            assert said.code == 0 and all(f"  news-etl {line}" in said.out for line in lines)
        for line in lines:
            words = shlex.split(line.partition(" >")[0].partition(" <")[0])
            found: Any = group
            while hasattr(found, "commands") and words:
                name, *words = words
                found = found.commands[name]
            found.make_context(command, words)  # raises for what is no option or no argument


def test_help_fits_sixty_columns_and_names_keys_days_and_times(tmp_path: Path) -> None:
    for command in commands():
        said = call([*command.split(), "--help"], folder=tmp_path, env={"COLUMNS": "60", "NO_COLOR": "1"}).out
        text, _, _ = said.partition("Examples:")
        assert max(map(len, text.splitlines())) <= 60, said
        assert "\x1b" not in said
        for option, placeholder in (("--from", "DAY"), ("--to", "DAY"), ("--source", "KEY"), ("--output", "FILE")):
            assert f"{option} " not in said.partition("Options:")[2] or f"{option} {placeholder}" in text


def test_every_command_has_a_json_form_or_prints_a_document(tmp_path: Path) -> None:
    """The same options mean the same: `--json`, `--dry-run`, `--yes` are flags wherever they are."""
    for command in commands():
        said = call([*command.split(), "--help"], folder=tmp_path, env={"COLUMNS": "200"}).out
        for flag in ("--json", "--dry-run", "--yes"):
            assert not re.search(rf"{flag} [A-Z]", said.partition("Options:")[2]), command


def test_completion_names_commands(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("news-etl")
    env = {"_NEWS_ETL_COMPLETE": "complete_bash", "COMP_CWORD": "1", "COMP_WORDS": "news-etl re"}
    done = subprocess.run([program], env=os.environ | env, capture_output=True, text=True)
    assert done.stdout.split() == ["replay", "reprocess", "rebuild", "retain"], done.stderr
