"""What people paste, and the address that they mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.urls import is_web_url, url_key
from etl.why.pasted import address_in, other_spellings


@pytest.mark.parametrize(
    ("pasted", "address"),
    [
        ("  https://a.example.com/x\n", "https://a.example.com/x"),
        ("<https://a.example.com/x>", "https://a.example.com/x"),
        ('"https://a.example.com/x"', "https://a.example.com/x"),
        ("„https://a.example.com/größe“", "https://a.example.com/größe"),
        ("«https://a.example.com/новости»", "https://a.example.com/новости"),
        ("「https://a.example.com/記事」", "https://a.example.com/記事"),
        ("(<https://a.example.com/x>)", "https://a.example.com/x"),
        ("[Storm in Harwick](https://a.example.com/x?a=1)", "https://a.example.com/x?a=1"),
        ("www.example.com/x", "https://www.example.com/x"),
        ("a.example.com", "https://a.example.com"),
        ("例え.みんな/x", "https://例え.みんな/x"),
        ("//a.example.com/x", "https://a.example.com/x"),
        ("127.0.0.1:8080/x", "https://127.0.0.1:8080/x"),
        ("localhost:8080/x", "https://localhost:8080/x"),
        ("hxxps://a[.]example[.]com/x", "https://a.example.com/x"),
        ("\ufeffhttps://a.example.com/x\u200b", "https://a.example.com/x"),
        ("urn:sha256:" + "0" * 64, "urn:sha256:" + "0" * 64),
    ],
)
def test_the_address_is_found_in_what_stands_around_it(pasted: str, address: str) -> None:
    assert address_in(pasted) == address


@pytest.mark.parametrize("words", ["nonsense", "", "storm in Harwick", "mailto:a@example.com", "javascript:alert(1)", "ftp://a.example.com/x",
                                   "C:\\news\\a.html", "/news/1", "1.5", "e.g. this", "note: a.example"])  # fmt: skip
def test_words_are_no_address(words: str) -> None:
    assert not is_web_url(address_in(words))


@given(st.text(max_size=40))
def test_reading_a_pasted_text_again_changes_nothing_and_nothing_raises(text: str) -> None:
    once = address_in(text)
    assert not is_web_url(once) or url_key(address_in(once)) == url_key(once)
    other_spellings(once)


@pytest.mark.parametrize(
    ("address", "other"),
    [
        ("https://a.example.com/x", "https://a.example.com/x/"),
        ("https://a.example.com/x/", "https://a.example.com/x"),
        ("https://a.example.com/x).", "https://a.example.com/x"),
        ("https://a.example.com/x。", "https://a.example.com/x"),
        ("https://example.com/x", "https://www.example.com/x"),
        ("https://m.example.com/x", "https://www.example.com/x"),
        ("https://a.example.com/x/amp/", "https://a.example.com/x"),
        ("https://a.example.com/x?ref=1", "https://a.example.com/x"),
        ("http://127.0.0.24:45533/x", "http://127.0.0.24:45533/x/"),
    ],
)
def test_addresses_that_are_taken_for_another_are_among_its_spellings(address: str, other: str) -> None:
    assert url_key(other) in {url_key(each) for each in other_spellings(address)}
    assert url_key(address) not in {url_key(each) for each in other_spellings(address)}
