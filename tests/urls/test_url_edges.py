"""Keys on both sides of each number and condition that decides them."""

from __future__ import annotations

import pytest

from etl.errors import Quarantine
from etl.urls import MAX_URL_CHARS, KeyRules, normal_url


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("https://a.example/b/c/..", "https://a.example/b/"),
        ("https://a.example/b/c/d/..", "https://a.example/b/c/"),
        ("https://a.example/b/c/../..", "https://a.example/"),
        ("https://a.example/b/c/.", "https://a.example/b/c/"),
        ("https://a.example/../b/./c", "https://a.example/b/c"),
        ("https://a.example/./b", "https://a.example/b"),
        ("https://a.example/..", "https://a.example/"),
        ("https://a.example/.", "https://a.example/"),
        ("https://a.example/%2e/b", "https://a.example/b"),
        ("https://a.example/.well", "https://a.example/.well"),
        ("https://a.example/b/.c/..d/e", "https://a.example/b/.c/..d/e"),
        ("https://a.example/مقال/../خبر", "https://a.example/%D8%AE%D8%A8%D8%B1"),
    ],
)
def test_dots_go_one_folder_up_each(url: str, normal: str) -> None:
    assert normal_url(url) == normal


@pytest.mark.parametrize("port", ["65535", "065535", "1", "00080"])
def test_ports_go_up_to_65535(port: str) -> None:
    assert normal_url(f"https://a.example:{port}/") == f"https://a.example:{int(port)}/"


@pytest.mark.parametrize("port", ["65536", "99999", "100000", "0x50", "-1", "８０", "8 0"])
def test_what_is_no_port_is_a_bad_url(port: str) -> None:
    with pytest.raises(Quarantine):
        normal_url(f"https://a.example:{port}/")


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0x7f.0.0.1", "127.0.0.1"),
        ("0x.1", "0.0.0.1"),
        ("0X", "0.0.0.0"),
        ("1.2.3.4", "1.2.3.4"),
        ("01.02.03.010", "1.2.3.8"),
        ("255.255.255.255", "255.255.255.255"),
        ("0.0.65535", "0.0.255.255"),
        ("1.16777215", "1.255.255.255"),
        ("4294967295", "255.255.255.255"),
        ("0x00000000000000007f.1", "127.0.0.1"),  # 20 characters, as many as 2**64 needs
        ("１２７.0.0.1", "127.0.0.1"),
    ],
)
def test_addresses_of_one_to_four_numbers_are_what_browsers_take_them_for(host: str, address: str) -> None:
    assert normal_url(f"http://{host}/") == f"http://{address}/"


@pytest.mark.parametrize(
    "host",
    ["0x00000000000000000007f.1", "0x000000000000000007f.1", "1.2.3.4.0", "1.2.3.4.5", "256.1", "1.256.1", "1.2.3.256", "1.2.65536", "1.16777216", "4294967296", "09.1", "1..2", "0xg"],
)  # fmt: skip
def test_numbers_that_are_no_address_are_a_bad_url(host: str) -> None:
    if host == "0xg":  # a name, since its last label is no number
        assert normal_url(f"http://{host}/") == f"http://{host}/"
        return
    with pytest.raises(Quarantine):
        normal_url(f"http://{host}/")


@pytest.mark.parametrize(
    ("host", "ascii_host"),
    [
        ("наш_сайт.example", "xn--_-7sbb0bq0aj7b.example"),
        ("my_site.example", "my_site.example"),
        ("EXAMPLE.example.", "example.example"),
        ("straße.example", "xn--strae-oqa.example"),
        ("a" * 63 + ".example", "a" * 63 + ".example"),
    ],
)
def test_hosts_that_browsers_open_have_a_key(host: str, ascii_host: str) -> None:
    assert normal_url(f"https://{host}/") == f"https://{ascii_host}/"


@pytest.mark.parametrize(
    "host", ["a" * 64 + ".example", ".".join(["a" * 60] * 5), "a..example", ".example", "a b.example"]
)
def test_hosts_that_dns_cannot_hold_are_a_bad_url(host: str) -> None:
    with pytest.raises(Quarantine):
        normal_url(f"https://{host}/")


@pytest.mark.parametrize(
    ("query", "kept"),
    [("id=1&b=2", "b=2"), ("ID=1", ""), ("b=2&c=3", "b=2&c=3"), ("идент=1", "%D0%B8%D0%B4%D0%B5%D0%BD%D1%82=1")],
)
def test_a_source_drops_the_parameters_that_it_names_and_no_others(query: str, kept: str) -> None:
    rules = KeyRules(drop=frozenset({"Id"}))
    assert normal_url(f"https://a.example/?{query}", rules=rules).partition("?")[2] == kept


def test_a_source_keeps_the_parameters_that_it_names_and_no_others() -> None:
    rules = KeyRules(keep=frozenset({"UTM_Source"}))
    assert (
        normal_url("https://a.example/?utm_source=a&utm_medium=b&c=d", rules=rules)
        == "https://a.example/?c=d&utm_source=a"
    )


@pytest.mark.parametrize(
    "url", ["http://{}/", "http://0x{}/", "http://1.{}/", "https://a.example:{}/", "https://a.example:0{}/"]
)
def test_numbers_of_thousands_of_digits_are_a_bad_url_like_others(url: str) -> None:
    with pytest.raises(Quarantine):
        normal_url(url.format("1" * 5000))


def test_a_url_may_have_as_many_characters_as_an_index_holds_and_no_more() -> None:
    longest = "https://a.example/".ljust(MAX_URL_CHARS, "a")
    assert normal_url(longest) == longest
    with pytest.raises(Quarantine):
        normal_url(longest + "a")


@pytest.mark.parametrize("filler", ["a/../", "./", "%2e/", "\t", "a/..\n/"])
def test_a_url_of_more_characters_is_bad_however_short_its_normal_form_would_be(filler: str) -> None:
    short = "https://a.example/" + filler * 20 + "b"
    assert normal_url(short) == "https://a.example/b"
    with pytest.raises(Quarantine):
        normal_url("https://a.example/" + filler * MAX_URL_CHARS + "b")
