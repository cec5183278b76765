from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.fetch.rights import SiteFiles, signals
from etl.fetch.robots import parse
from etl.rights import tdm as tdm_file
from etl.rights.evidence import ReadFile
from etl.rights.head import HtmlHead, parse_head

URL = "https://news.example/politik/story"
NO_HEAD = HtmlHead()
SUMMARY = frozenset(
    "tdm_reservation tdm_found_in tdm_policy tdm_left_out content_usage content_usage_raw content_usage_draft "
    "content_signal content_signal_raw rsl_license_url license_url x_robots_tag meta_robots robots_flags".split()
)

FILE = """[
  {"location": "/sport/*", "tdm-reservation": 0},
  {"location": "/politik", "tdm-reservation": 1, "tdm-policy": "/tdm/politik.json"},
  {"location": "/politik/story", "tdm-reservation": 0},
  {"location": "/", "tdm-reservation": 1}
]"""


def page(head: str) -> HtmlHead:
    return parse_head(f"<!doctype html><html><head>{head}</head><body><p>x</body></html>".encode())


def said(
    *headers: tuple[str, str], head: str = "", robots: str = "", tdmrep: str | None = None, url: str = URL
) -> dict[str, str]:
    file = ReadFile(url="https://news.example/robots.txt", read_at="2026-11-24T12:00:00+00:00")
    site = SiteFiles(rules=parse(robots), robots=file, tdmrep=tdmrep, tdmrep_file=file if tdmrep else None)
    found = signals(url=url, headers=headers, head=page(head), site=site)
    return {key: value for key, value in found.items() if key in SUMMARY}


def tdm(*, url: str, headers: tuple[tuple[str, str], ...], head: HtmlHead, tdmrep: str) -> dict[str, str]:
    file = ReadFile(url="https://news.example/.well-known/tdmrep.json", read_at="2026-11-24T12:00:00+00:00")
    site = SiteFiles(rules=parse(""), robots=file, tdmrep=tdmrep, tdmrep_file=file)
    found = signals(url=url, headers=headers, head=head, site=site)
    return {key: value for key, value in found.items() if key in SUMMARY}


def test_nothing_said_is_nothing_stored() -> None:
    assert said(("Content-Type", "text/html")) == {}


def test_of_the_file_the_first_location_that_matches_counts() -> None:
    assert tdm(url=URL, headers=(), head=NO_HEAD, tdmrep=FILE) == {
        "tdm_reservation": "1",
        "tdm_found_in": "tdmrep.json",
        "tdm_policy": "https://news.example/tdm/politik.json",
    }
    sport = tdm(url="https://news.example/sport/1", headers=(), head=NO_HEAD, tdmrep=FILE)
    assert sport == {"tdm_reservation": "0", "tdm_found_in": "tdmrep.json"}


def test_the_header_replaces_the_file_and_the_page_replaces_the_header() -> None:
    header = (("TDM-Reservation", "0"), ("TDM-Policy", "https://x.example/p"))
    found = tdm(url=URL, headers=header, head=NO_HEAD, tdmrep=FILE)
    assert (found["tdm_reservation"], found["tdm_found_in"]) == ("0", "header")
    assert found["tdm_policy"] == "https://x.example/p"
    found = tdm(url=URL, headers=header, head=page('<meta name="TDM-Reservation" content=" 1 ">'), tdmrep=FILE)
    assert (found["tdm_reservation"], found["tdm_found_in"]) == ("1", "meta")


@pytest.mark.parametrize("value", ["", "2", "yes", "true", "01", "1;x"])
def test_another_value_than_0_or_1_says_nothing_and_replaces_nothing(value: str) -> None:
    found = tdm(url=URL, headers=(("tdm-reservation", value),), head=NO_HEAD, tdmrep=FILE)
    assert (found["tdm_reservation"], found["tdm_found_in"]) == ("1", "tdmrep.json")


@pytest.mark.parametrize(
    "text", ["", "<html>", "{}", "null", "[1, null]", '[{"location": 1}]', '[{"tdm-reservation": 1}]', "[" * 100_000]
)
def test_a_file_that_is_none_says_nothing(text: str) -> None:
    assert tdm(url=URL, headers=(), head=NO_HEAD, tdmrep=text) == {}


def test_usage_takes_the_most_restrictive_of_all_places_and_keeps_what_was_said() -> None:
    robots = "User-agent: *\nContent-Usage: train-ai=y, search=y\nContent-Usage: /politik/ train-ai=n\n"
    found = said(("Content-Usage", "train-ai=y;x=1, search=y"), ("content-usage", "bots=maybe"), robots=robots)
    assert found["content_usage"] == "search=y, train-ai=n"
    assert found["content_usage_raw"] == "train-ai=y;x=1, search=y | bots=maybe | train-ai=n"
    assert found["content_usage_draft"].startswith("draft-ietf-aipref")


def test_a_no_is_not_taken_back_by_a_later_yes() -> None:
    assert said(("Content-Usage", "train-ai=n"), ("Content-Usage", "train-ai=y"))["content_usage"] == "train-ai=n"


def test_content_signals_of_robots_txt_are_read() -> None:
    found = said(robots="User-agent: *\nContent-Signal: search=yes,ai-train=no\nAllow: /\n")
    assert found["content_signal"] == "ai-train=no, search=yes"
    assert found["content_signal_raw"] == "search=yes,ai-train=no"


def test_licenses_are_found_in_robots_txt_headers_and_links() -> None:
    found = said(
        ("Link", '</rsl.xml>; rel="license"; type="application/rsl+xml", </style.css>; rel=preload'),
        head='<link rel="license" type="application/rsl+xml" href="//cdn.example/a b.xml">'
        '<link rel="LICENSE nofollow" href="https://creativecommons.org/licenses/by/4.0/"><link rel=next href=/2>',
        robots="License: https://news.example/terms.xml",
    )
    assert found["rsl_license_url"].split() == [
        "https://news.example/terms.xml",
        "https://news.example/rsl.xml",
        "https://cdn.example/a%20b.xml",
    ]
    assert found["license_url"] == "https://creativecommons.org/licenses/by/4.0/"


@pytest.mark.parametrize(
    ("header", "flags"),
    [
        ("noindex", "noindex"),
        ("NOARCHIVE, nosnippet", "noarchive nosnippet"),
        ("none", "noindex"),
        ("max-snippet:0", "nosnippet"),
        ("max-snippet: 0, noai", "nosnippet noai"),
        ("max-snippet:50", ""),
        ("otherbot: noindex, noarchive", ""),
        ("otherbot: noindex, NewsETL: noarchive", "noarchive"),
        ("newsetl: noimageai", "noimageai"),
        ("unavailable_after: 25 Jun 2030 15:00:00 PST, noarchive", "noarchive"),
        ("all, follow", ""),
    ],
)
def test_flags_of_the_header_count_if_they_are_said_to_us(header: str, flags: str) -> None:
    found = said(("X-Robots-Tag", header))
    assert found.get("robots_flags", "") == flags
    assert found["x_robots_tag"] == header


def test_flags_of_the_page_count_if_they_are_said_to_us() -> None:
    found = said(
        head='<meta name="Robots" content="max-image-preview:large, NoArchive"><meta name=googlebot content=noindex>'
    )
    assert found["robots_flags"] == "noarchive"
    assert found["meta_robots"] == "max-image-preview:large, NoArchive"
    assert said(head='<meta content="noindex" name="newsetl">')["robots_flags"] == "noindex"


def test_each_value_is_bounded() -> None:
    assert len(said(("X-Robots-Tag", "x" * 50_000))["x_robots_tag"]) == 2000


def test_only_the_head_of_a_page_is_read() -> None:
    body = b"<html><head><title>a<b</title><!-- <meta name=robots content=noai> -->"
    body += b"<script>'<meta name=robots content=noindex>'"
    body += b"</script><meta name='robots' content='noarchive'></head><body><meta name=robots content=nosnippet></body>"
    assert parse_head(body).metas("robots") == ("noarchive",)
    without_head_end = b"<meta name=robots content=noarchive><p>text<meta name=robots content=noindex>"
    assert parse_head(without_head_end).metas("robots") == ("noarchive",)


def test_a_page_in_utf_16_is_read() -> None:
    assert parse_head('<meta name="robots" content="noarchive">'.encode("utf-16")).metas("ROBOTS") == ("noarchive",)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_body_raises(body: bytes) -> None:
    parse_head(body)
    parse_head(b"<head><meta name=" + body)


@pytest.mark.parametrize(
    "part", [b"<!", b"<!--", b"<a ", b"<", b"</", b"<meta a='", b"&#", b"<a a=b ", b"<![CDATA[", b"<!DOCTYPE "]
)
def test_a_head_made_to_keep_a_parser_busy_does_not(part: bytes) -> None:
    started = time.perf_counter()
    parse_head(part * (400_000 // len(part)))
    assert time.perf_counter() - started < 60


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["Link", "X-Robots-Tag", "Content-Usage", "TDM-Policy"]), st.text(max_size=50)))
)
def test_no_header_raises_and_every_value_is_text(headers: list[tuple[str, str]]) -> None:
    found = signals(url=URL, headers=headers, head=NO_HEAD)
    assert all(isinstance(value, str) and value for value in found.values())


def test_a_file_of_locations_is_read_once_for_all_pages_and_what_is_left_out_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = []

    class Counted(tdm_file.PathPattern):
        def __init__(self, pattern: str) -> None:
            made.append(pattern)
            super().__init__(pattern)

    monkeypatch.setattr(tdm_file, "PathPattern", Counted)
    locations = [{"location": f"/{n}/*", "tdm-reservation": 1} for n in range(45_000)]
    text = json.dumps(locations)
    for page_number in range(20):
        found = tdm(url=f"https://news.example/{page_number}/x", headers=(), head=NO_HEAD, tdmrep=text)
        assert found == {"tdm_reservation": "1", "tdm_found_in": "tdmrep.json", "tdm_left_out": "44000"}
    assert len(made) == tdm_file.MAX_LOCATIONS


def test_many_headers_are_all_read() -> None:
    fields = tuple(("X-Robots-Tag", f"other{n}: noindex") for n in range(18_000))
    found = signals(url=URL, headers=(*fields, ("X-Robots-Tag", "noai")), head=NO_HEAD)
    assert "robots_flags" not in found or found["robots_flags"] == "noai"
