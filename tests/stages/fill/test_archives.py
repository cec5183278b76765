"""The archives that there are, told once: settings, DAG, table and documents name the same."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from etl import settings
from etl.errors import SettingError
from etl.model import ARCHIVES, CAPTURE_ARCHIVES, FILE_ARCHIVES, SITE_ARCHIVES, FoundVia
from etl.stages.fill import archives, steps

ROOT = Path(__file__).parents[3]


def test_each_archive_of_captures_and_no_other_stands_in_the_table_under_its_name() -> None:
    assert tuple(archives.ARCHIVES) == CAPTURE_ARCHIVES
    assert all(archive.via is via for via, archive in archives.ARCHIVES.items())
    assert set(FILE_ARCHIVES) <= set(CAPTURE_ARCHIVES)


def test_each_archive_of_sites_own_has_its_walk() -> None:
    assert tuple(steps.SITE_WALKS) == SITE_ARCHIVES
    assert set(ARCHIVES) == set(SITE_ARCHIVES) | set(CAPTURE_ARCHIVES)


def test_the_dag_offers_the_archives_that_there_are() -> None:
    tree = ast.parse((ROOT / "dags" / "news_fill.py").read_text("utf-8"))
    (offered,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ARCHIVES"
    )
    assert offered == [via.value for via in ARCHIVES]


def test_the_readme_names_every_archive() -> None:
    (line,) = re.findall(r"^\| `NEWS_ETL_ARCHIVES` .*$", (ROOT / "README.md").read_text("utf-8"), re.M)
    assert [via.value for via in ARCHIVES if via.value not in line] == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, SITE_ARCHIVES),
        ("", SITE_ARCHIVES),
        ("wayback", (FoundVia.WAYBACK,)),
        ("cc_news, wayback cc_news", (FoundVia.CC_NEWS, FoundVia.WAYBACK)),
    ],
)
def test_the_setting_takes_names_of_archives(given: str | None, expected: tuple[str, ...]) -> None:
    env = {} if given is None else {"NEWS_ETL_ARCHIVES": given}
    assert settings.load(env).archives == expected


@pytest.mark.parametrize("given", ["feed", "Wayback", "wayback;cc_news", "أرشيف"])
def test_what_is_no_archive_is_refused_with_those_that_are(given: str) -> None:
    with pytest.raises(SettingError, match="sitemap_archive, date_archive, cc_news, wayback"):
        settings.load({"NEWS_ETL_ARCHIVES": given})
