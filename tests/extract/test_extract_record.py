"""The record of a page, the version of the rules, and that the same bytes always say the same."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from news_html import NEWS, PARAGRAPHS, TITLE, URL, html, ld, read

from etl.clean.engine import rebuild
from etl.extract.record import to_record
from etl.extract.rules import rules_version
from etl.model import Cut, Image, Outcome, Page, PageType, Precision

FIELDS = (
    "url source_file outcome page_type title description authors published_at published_on published_precision "
    "published_raw modified_at language section tags text images agencies credit_line rights_line dateline "
    "correction_note canonical_url amp_url is_accessible_for_free text_truncated flags removed evidence detail schema_type "
    "may_store may_show may_export may_train rights rules_version"
).split()
NODE = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": TITLE,
    "datePublished": "2024-05-20T08:30:00+02:00",
    "dateModified": "2024-05-20T09:00:00+02:00",
    "author": {"@type": "Person", "name": "Ilse Brandvold"},
    "image": "https://www.nordhafen-post.example/ferry.jpg",
}
BODIES = {
    "article": html(head=ld(NODE)).encode(),
    "plain": "\n".join([TITLE, *PARAGRAPHS]).encode(),
    "empty": b"",
    "binary": b"%PDF-1.7\n",
    "cyrillic": html(title=NEWS["ru"][0], lines=NEWS["ru"][1:], head="<meta charset=windows-1251>").encode("cp1251"),
    "list": b"<html><body><h2><a href=/a>A</a></h2></body></html>",
}


def record(page: Page) -> dict[str, object]:
    return to_record(page, url=URL, source_file="a.html", rules_version="0123456789abcdef")


@pytest.mark.parametrize("name", sorted(BODIES))
def test_a_record_has_every_field_in_order_whatever_the_page_is(name: str) -> None:
    assert list(record(read(BODIES[name]))) == FIELDS


def test_the_readme_names_every_field_of_the_record() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    section = readme[readme.index("`extract` prints one JSON object per page") : readme.index("## Commands")]
    assert [name for name in FIELDS if f"`{name}`" not in section] == []


@pytest.mark.parametrize("name", sorted(BODIES))
def test_a_record_goes_through_json_unchanged(name: str) -> None:
    found = record(read(BODIES[name]))
    assert json.loads(json.dumps(found, ensure_ascii=False, allow_nan=False)) == found


@pytest.mark.parametrize("name", sorted(BODIES))
def test_the_same_bytes_give_an_equal_page_twice(name: str) -> None:
    first = read(BODIES[name])
    read(BODIES["cyrillic"])
    assert read(BODIES[name]) == first


@pytest.mark.parametrize("name", sorted(BODIES))
def test_the_cuts_of_any_page_fit_its_text(name: str) -> None:
    page = read(BODIES[name])
    whole = rebuild(page.text, page.removed)
    assert all(whole[cut.start : cut.end] == cut.text for cut in page.removed)


def test_a_record_holds_the_values_of_the_article() -> None:
    found = record(read(BODIES["article"]))
    assert found["url"] == URL
    assert found["source_file"] == "a.html"
    assert found["rules_version"] == "0123456789abcdef"
    assert found["outcome"] == found["page_type"] == "article"
    assert found["title"] == TITLE
    assert found["authors"] == ["Ilse Brandvold"]
    assert found["published_at"] == "2024-05-20T08:30:00+02:00"
    assert found["published_on"] == "2024-05-20"
    assert found["modified_at"] is not None
    assert datetime.fromisoformat(str(found["modified_at"])) == datetime(2024, 5, 20, 7, tzinfo=UTC)
    assert found["text"] == "\n".join(PARAGRAPHS)


@pytest.mark.parametrize("precision", [Precision.LOCAL, Precision.DAY])
def test_a_record_claims_no_instant_that_the_page_does_not_give(precision: Precision) -> None:
    when = datetime(2024, 5, 20, 8, 30, tzinfo=UTC)
    page = Page(
        outcome=Outcome.ARTICLE,
        page_type=PageType.ARTICLE,
        published_at=when,
        published_on=when.date(),
        published_precision=precision,
    )
    assert record(page)["published_at"] == "2024-05-20"


def test_a_record_without_a_date_says_so_in_every_field() -> None:
    found = record(Page(outcome=Outcome.EMPTY_TEXT, page_type=PageType.EMPTY))
    assert [found[f] for f in FIELDS if f.startswith("published_")] == [None] * 4


def test_pictures_and_cuts_stand_in_the_record_with_all_they_have() -> None:
    page = Page(
        outcome=Outcome.ARTICLE,
        page_type=PageType.ARTICLE,
        text="A",
        images=(Image(url="https://a.example/a.jpg", caption="The ferry", credit="I. Brandvold"),),
        removed=(Cut(rule="r", zone="tail", start=1, end=3, text="\nB"),),
        evidence={"title": "h1"},
    )
    found = record(page)
    assert found["images"] == [{"url": "https://a.example/a.jpg", "caption": "The ferry", "credit": "I. Brandvold"}]
    assert found["removed"] == [{"rule": "r", "zone": "tail", "start": 1, "end": 3, "text": "\nB"}]
    assert found["evidence"] == {"title": "h1"}


def test_the_version_of_the_rules_is_short_stable_and_knows_the_registry() -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", rules_version())
    assert rules_version("a") == rules_version("a")
    assert len({rules_version(), rules_version("a"), rules_version("b")}) == 3
