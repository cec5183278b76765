"""Lists of posts as publishing systems give them in JSON are read like feeds, whatever the system."""

from __future__ import annotations

import json
from typing import Any

import pytest

from etl.discover.documents import DocumentKind, Format, parse_document, sniff
from etl.discover.parsed import ParsedDocument

URL = "https://post.example/api/list"
AT, LATER = "2026-11-24T09:00:00Z", "2026-11-24T10:30:00Z"


def read(value: Any, url: str = URL, content_type: str = "application/json; charset=utf-8") -> ParsedDocument:
    body = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
    return parse_document(DocumentKind.FEED, body, url, content_type, source_key="post")


def wordpress(name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": 7,
        "date": "2026-11-24T11:00:00",
        "date_gmt": "2026-11-24T09:00:00",
        "guid": {"rendered": "https://post.example/?p=7"},
        "modified": "2026-11-24T12:30:00",
        "modified_gmt": "2026-11-24T10:30:00",
        "link": f"https://post.example/2026/{name}/",
        "title": {"rendered": f"{name} &#8211; <em>neu</em>"},
        "excerpt": {"rendered": "<p>Kurz.</p>\n", "protected": False},
        "author": 3,
        "_links": {"self": [{"href": "https://post.example/wp-json/wp/v2/posts/7"}]},
        "_embedded": {"author": [{"name": "A", "link": "https://post.example/author/a/"}]},
    } | more


DRUPAL = {
    "jsonapi": {"version": "1.0"},
    "data": [
        {
            "type": "node--article",
            "id": "5f0e",
            "links": {"self": {"href": "https://post.example/jsonapi/node/article/5f0e"}},
            "attributes": {
                "langcode": "fr",
                "title": "Le pont",
                "created": AT,
                "changed": LATER,
                "path": {"alias": "/actu/le-pont", "pid": 1, "langcode": "fr"},
                "body": {"value": "<p>…</p>", "summary": "Court."},
            },
            "relationships": {"uid": {"links": {"related": {"href": "https://post.example/jsonapi/x"}}}},
        }
    ],
    "links": {"next": {"href": "https://post.example/jsonapi/node/article?page%5Boffset%5D=50"}},
}
GHOST = {
    "posts": [
        {
            "id": "1",
            "title": "橋",
            "url": "https://post.example/hashi/",
            "published_at": AT,
            "updated_at": LATER,
            "custom_excerpt": None,
            "excerpt": "短い。",
            "feature_image": "https://post.example/i.jpg",
            "authors": [{"name": "X", "url": "https://post.example/author/x/"}],
        }
    ],
    "meta": {"pagination": {"page": 1, "limit": 15, "pages": 3, "next": 2}},
}
ARC = {
    "type": "results",
    "content_elements": [
        {
            "_id": "X",
            "canonical_url": "/news/the-bridge/",
            "headlines": {"basic": "The bridge"},
            "description": {"basic": "Short."},
            "display_date": AT,
            "last_updated_date": LATER,
            "promo_items": {"basic": {"url": "https://img.example/x.jpg"}},
            "taxonomy": {"sections": [{"_id": "/news", "name": "News", "path": "/news", "created": AT}]},
        }
    ],
    "next": 20,
}
GUARDIAN = {
    "response": {
        "results": [
            {
                "webUrl": "https://post.example/a/b",
                "apiUrl": "https://content.post.example/a/b",
                "webTitle": "A bridge",
                "webPublicationDate": AT,
            }
        ]
    }
}
BLOGGER = {
    "feed": {
        "entry": [
            {
                "title": {"$t": "Köprü"},
                "published": {"$t": AT},
                "updated": {"$t": LATER},
                "link": [
                    {"rel": "self", "href": "https://post.example/feeds/1"},
                    {"rel": "alternate", "href": "https://post.example/2026/kopru.html"},
                ],
            }
        ]
    }
}
EPOCH = {"code": 0, "list": [{"title": "الجسر", "url": "/a/1", "publish_time": 1795510800}]}
EPOCH_MS = {"data": {"articles": [{"headline": "Міст", "articleUrl": "/a/1", "publishedAt": 1795510800000}]}}
PAGED = {"data": [{"title": "A", "url": "https://post.example/a", "created_at": AT}], "links": {"next": "?page=2"}}


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ([wordpress("a")], ("https://post.example/2026/a/", "a – neu", AT, LATER, "Kurz.")),
        (DRUPAL, ("https://post.example/actu/le-pont", "Le pont", AT, LATER, "Court.")),
        (GHOST, ("https://post.example/hashi/", "橋", AT, LATER, "短い。")),
        (ARC, ("https://post.example/news/the-bridge/", "The bridge", AT, LATER, "Short.")),
        (GUARDIAN, ("https://post.example/a/b", "A bridge", AT, None, None)),
        (BLOGGER, ("https://post.example/2026/kopru.html", "Köprü", AT, LATER, None)),
        (EPOCH, ("https://post.example/a/1", "الجسر", "2026-11-24T09:00:00+00:00", None, None)),
        (EPOCH_MS, ("https://post.example/a/1", "Міст", "2026-11-24T09:00:00+00:00", None, None)),
        (PAGED, ("https://post.example/a", "A", AT, None, None)),
    ],
    ids=["wordpress", "drupal", "ghost", "arc", "guardian", "blogger", "epoch", "epoch_ms", "paged"],
)
def test_every_system_says_where_its_pages_are_and_when_they_came(value: Any, wanted: tuple[str | None, ...]) -> None:
    found = read(value)
    (one,) = found.candidates
    hint = one.hint
    assert (one.url, hint.title, hint.published_raw, hint.modified_raw, hint.summary) == wanted
    assert found.problems == ()


@pytest.mark.parametrize(
    ("value", "url", "wanted"),
    [
        (DRUPAL, URL, "https://post.example/jsonapi/node/article?page%5Boffset%5D=50"),
        (GHOST, URL + "?key=k&page=1", "https://post.example/api/list?key=k&page=2"),
        (PAGED, URL, URL + "?page=2"),
        (ARC, URL, None),  # an offset, and no page
        ([wordpress("a")], URL, None),
        ({**GHOST, "meta": {"pagination": {"next": None}}}, URL, None),
        ({**PAGED, "links": "no"}, URL, None),
    ],
)
def test_a_list_says_where_it_goes_on(value: Any, url: str, wanted: str | None) -> None:
    assert read(value, url).next_page == wanted


def test_one_bad_character_costs_one_post() -> None:
    body = json.dumps([wordpress(name) for name in "abcd"]).encode()
    for broken in (
        body.replace(b"2026/b/", b'2026/b"/'),
        body.replace(b'"author": 3', b'"author": NULL', 1),
        body[: body.rindex(b"2026/d/")],
    ):
        found = read(broken)
        assert len(found.candidates) == 3, found
        assert any(problem.startswith("lost: 1 ") for problem in found.problems)


@pytest.mark.parametrize(
    "before",
    [
        b"<br />\n<b>Warning</b>: foreach() in <b>/www/x.php</b> on line <b>3</b><br />\n",
        b"\n\n\xef\xbb\xbf",
        b"Notice: Undefined index: a[0] in /www/{x}.php\n",
        b")]}',\n",
        b"<!-- cached -->",
    ],
)
@pytest.mark.parametrize("behind", [b"", b"\n<!-- 0.1 s -->", b"<script>x()</script>"])
def test_what_a_program_prints_around_its_json_is_no_part_of_it(before: bytes, behind: bytes) -> None:
    body = json.dumps([wordpress("a")]).encode()
    assert [one.url for one in read(before + body + behind).candidates] == ["https://post.example/2026/a/"]


@pytest.mark.parametrize(
    "value",
    [
        {"code": "rest_forbidden", "message": "Sorry.", "data": {"status": 401}},
        {"menu": [{"url": "/sport", "title": "Sport"}] * 9},
        {"data": [{"attributes": {"title": "T", "slug": "t", "publishedAt": AT}}]},  # a slug is no address
        [{"link": "https://post.example/wp-json/wp/v2/posts/7", "date": AT}],
        [1, 2, 3],
        [{}],
        {"a": {"b": {"c": {}}}},
    ],
)
def test_what_lists_no_pages_is_no_list(value: Any) -> None:
    found = read(value)
    assert found.candidates == () and found.problems != ()


def test_an_empty_list_is_an_answer() -> None:
    assert read([]) == ParsedDocument()


def test_posts_without_an_address_are_counted() -> None:
    found = read([wordpress("a"), wordpress("b", link=None, guid=None), wordpress("c", link=False)])
    assert len(found.candidates) == 1 and found.problems == ("no_link: 2 of 3 entries",)


def test_of_several_lists_that_of_the_pages_counts() -> None:
    trending = [{"url": f"/t{n}", "title": "T"} for n in range(30)]
    found = read({"trending": trending, "latest": [{"url": f"/n{n}", "title": "N", "date": AT} for n in range(5)]})
    assert [one.url.rpartition("/")[2] for one in found.candidates] == [f"n{n}" for n in range(5)]


def test_a_page_in_html_stays_a_page_though_it_holds_json() -> None:
    page = b'<!doctype html><html><script>[{"a": 1}]</script></html>'
    assert sniff(page, "text/html") is Format.PAGE


@pytest.mark.parametrize("body", [b"[" * 50_000, b"[{" * 20_000, b'[{"a":' * 20_000, b'{"a":[' * 3_000 + b"]}" * 3_000])
def test_deep_nesting_ends_in_a_problem(body: bytes) -> None:
    assert read(body).candidates == ()
