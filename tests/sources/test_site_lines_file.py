"""The file of a site's stop-list: read and checked, written whole, part of that source's version alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.clean.site_lines import MAX_LINE, is_usable, site_line_key
from etl.errors import SettingError
from etl.sources import registry, site_lines
from etl.sources.site_lines import SiteLine, SiteLines, to_yaml

SOURCES = """
sources:
  - {key: harbour-post, name: Harbour Post, homepage: "https://post.example/", languages: [en]}
  - {key: port, name: الميناء, homepage: "https://port.example/", languages: [ar]}
"""


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    path = tmp_path / "sources.yaml"
    path.write_text(SOURCES)
    return path


def put(sources: Path, key: str, *lines: str) -> registry.Registry:
    site_lines.activate(sources, SiteLines(source=key, lines=tuple(SiteLine(line=line) for line in lines)))
    return registry.load(sources)


def test_a_list_is_part_of_its_own_sources_version_and_of_no_others(sources: Path) -> None:
    before = registry.load(sources)
    after = put(sources, "port", "تابعونا في الميناء", "12 قارئا")
    post, port = (after.sources[key] for key in ("harbour-post", "port"))
    assert port.site_lines == ("تابعونا في الميناء", "12 قارئا")
    assert after.version_of(post) == before.version_of(post)
    assert after.version_of(port) != before.version_of(port)
    assert after.version != before.version


def test_only_what_a_line_compares_as_decides_on_the_version(sources: Path) -> None:
    first = put(sources, "harbour-post", "On every page", "12 readers now")
    same = put(sources, "harbour-post", "* 7 READERS now", "On every page:")
    other = put(sources, "harbour-post", "On every page")
    post = first.sources["harbour-post"]
    assert first.version_of(post) == same.version_of(post) != other.version_of(post)


def test_a_list_without_lines_ends_the_use_of_the_one_before(sources: Path) -> None:
    before = registry.load(sources)
    put(sources, "port", "تابعونا في الميناء")
    assert put(sources, "port").version == before.version
    assert site_lines.listed(sources) == ()
    assert list((sources.parent / "site_lines").iterdir()) == []


def test_the_list_of_a_source_that_the_registry_lacks_is_listed_and_does_nothing(sources: Path) -> None:
    before = registry.load(sources)
    assert put(sources, "gone", "On every page").version == before.version
    assert [each.source for each in site_lines.listed(sources)] == ["gone"]


TEXT = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=40)
LINE = TEXT.map(str.strip).filter(lambda line: is_usable(site_line_key(line)))


@given(st.lists(LINE, max_size=5, unique_by=site_line_key), st.booleans())
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, lines: list[str], more: bool) -> None:
    entries = tuple(
        SiteLine(line=line, count=7, share=0.35, evidence="7 of 20 articles", examples=("https://post.example/1",))
        if more
        else SiteLine(line=line)
        for line in lines
    )
    given_list = SiteLines(
        source="port", lines=entries, first=date(2026, 11, 1), last=date(2026, 11, 30), articles=20 if more else None
    )
    path = tmp_path_factory.getbasetemp() / "list.yaml"
    path.write_text(to_yaml(given_list, is_proposal=True), encoding="utf-8")
    assert site_lines.read(path) == given_list


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", "give `source:` and `lines:`"),
        ("source: [port", "line 1: no YAML"),
        ("source: Port!\nlines: []", "'Port!': give up to 63"),
        ("source: port\nlines: On every page", "is no list"),
        ("source: port\nlines: [12]", r"lines\[1\]: give `line:`"),
        ("source: port\nlines: [Ad]", r"lines\[1\]: 'Ad' is too short"),
        ("source: port\nlines: ['12:30']", "is too short"),
        ('source: port\nlines: ["two\\nlines"]', r"lines\[1\]: give one line"),
        (f"source: port\nlines: [{'long ' * MAX_LINE}]", r"lines\[1\]: give one line of up to"),
        ("source: port\nlines: [On every page, ON EVERY PAGE]", r"lines\[2\]: 'ON EVERY PAGE' counts as equal"),
        ("source: port\nlines: [{line: On every page, shared: 1}]", r"lines\[1\]: unknown field shared"),
        ("source: port\nlines: [{line: On every page, share: much}]", r"lines\[1\]: could not convert"),
        ("source: port\nlines: []\nto: tomorrow", "give a day"),
        ("source: harbour-post\nlines: [On every page]", "is named after another"),
    ],
)
def test_a_wrong_list_is_told_with_its_file_and_entry(sources: Path, content: str, message: str) -> None:
    path = site_lines.path_of(sources, "port")
    path.parent.mkdir()
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingError, match=message) as raised:
        registry.load(sources)
    assert str(raised.value).startswith(str(path))
