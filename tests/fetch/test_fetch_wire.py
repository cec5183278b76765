from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.fetch.wire import MAX_RETRY_AFTER_S, BadUrlError, redirect_target, retry_after_s, wire_url

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BASE = "http://news.example/politik/story?page=2"


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("HTTP://News.Example", "http://news.example/"),
        ("http://news.example:80/a#top", "http://news.example/a"),
        ("https://news.example:8443?x", "https://news.example:8443/?x"),
        ("http://user:secret@news.example/", "http://news.example/"),
        ("http://bücher.example/größe?q=ß", "http://xn--bcher-kva.example/gr%C3%B6%C3%9Fe?q=%C3%9F"),
        ("http://例え.jp/ニュース", "http://xn--r8jz45g.jp/%E3%83%8B%E3%83%A5%E3%83%BC%E3%82%B9"),
        ("http://أخبار.example/خبر", "http://xn--igbicxr.example/%D8%AE%D8%A8%D8%B1"),
        ("http://news.example/a%2Cb,c?d=%2C,&e=%zz", "http://news.example/a%2Cb,c?d=%2C,&e=%zz"),
        ("http://news.example/a b\n", "http://news.example/a%20b"),
        ("http://news.example/a/../b/./c", "http://news.example/b/c"),
        ("http://news.example/a/%2e%2E/private/%2e", "http://news.example/private/"),
        ("http://news.example/../../a", "http://news.example/a"),
        ("http://news.example\\a\\b?c\\d", "http://news.example/a/b?c%5Cd"),
        ("http://news.example/?a=1&a=1&b", "http://news.example/?a=1&a=1&b"),
        ("http://news.example/path\ud800", "http://news.example/path%EF%BF%BD"),
    ],
)
def test_a_url_goes_out_as_it_stands_except_for_what_cannot_be_sent(url: str, sent: str) -> None:
    assert wire_url(url) == sent


@pytest.mark.parametrize(
    "url", ["", "news.example", "ftp://news.example/", "http://", "http:///", "file:///etc/passwd"]
)
def test_what_is_no_web_address_is_an_error(url: str) -> None:
    with pytest.raises(BadUrlError):
        wire_url(url)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_the_wire_form_is_ascii_without_blanks_and_stays_itself(path: str) -> None:
    sent = wire_url(f"http://news.example/{path}")
    assert sent.isascii() and sent.isprintable() and " " not in sent and "#" not in sent
    assert wire_url(sent) == sent


@pytest.mark.parametrize(
    ("location", "target"),
    [
        (b"/x", "http://news.example/x"),
        (b"x", "http://news.example/politik/x"),
        (b"?page=3", "http://news.example/politik/story?page=3"),
        (b"//cdn.example/x", "http://cdn.example/x"),
        (b"https://other.example", "https://other.example/"),
        (b"http:/rooted", "http://news.example/rooted"),
        (b" /blank around ", "http://news.example/blank%20around"),
        ("/größe".encode(), "http://news.example/gr%C3%B6%C3%9Fe"),
        ("/größe".encode("latin-1"), "http://news.example/gr%F6%DFe"),
        ("http://bücher.example/".encode(), "http://xn--bcher-kva.example/"),
        (b"\\\\evil.example\\x", "http://evil.example/x"),
        (b"../../../x", "http://news.example/x"),
        (b"/x#part", "http://news.example/x"),
        (b"#part", "http://news.example/politik/story?page=2"),
    ],
)
def test_a_location_is_read_as_browsers_read_it(location: bytes, target: str) -> None:
    assert redirect_target(BASE, [location]) == target


@pytest.mark.parametrize(
    "locations",
    [[], [b""], [b"file:///etc/passwd"], [b"javascript:alert(1)"], [b"ftp://x/"], [b"data:,x"], [b"/a", b"/b"]],
)
def test_a_redirect_to_nowhere_or_to_what_is_no_web_address_is_an_error(locations: list[bytes]) -> None:
    with pytest.raises(BadUrlError):
        redirect_target(BASE, locations)


def test_the_same_location_twice_is_one() -> None:
    assert redirect_target(BASE, [b"/a", b" /a"]) == "http://news.example/a"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("1.5", 1.5),
        (format_datetime(datetime(2026, 11, 24, 12, 1, tzinfo=UTC), usegmt=True), 60),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0),
        ("Tue Nov 24 12:00:10 2026", 10),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
        ("Tue, 99 Nov 2026 11:00:00 GMT", None),
        ("86401", MAX_RETRY_AFTER_S),
        ("9999999999", MAX_RETRY_AFTER_S),
        ("9" * 400, MAX_RETRY_AFTER_S),
        ("9" * 30_000, MAX_RETRY_AFTER_S),
        ("9" * 40 + ".5", MAX_RETRY_AFTER_S),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_RETRY_AFTER_S),
        ("Fri, 31 Dec 9999 23:59:59 -1200", MAX_RETRY_AFTER_S),
        ("30, 120", 120),  # two headers
        ("120, soon", None),
        ("\u0661\u0662", None),  # other digits
        ("inf", None),
        ("nan", None),
        ("1e9", None),
        ("-1.5", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value, NOW) == seconds


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_retry_after_value_raises(value: str) -> None:
    wait = retry_after_s(value, NOW)
    assert wait is None or wait >= 0
