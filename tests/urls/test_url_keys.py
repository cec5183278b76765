"""The rules of the URL key are frozen: a change here is a migration of every key in every warehouse."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterable
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.errors import Quarantine
from etl.urls import (
    DEFAULT_RULES,
    KEY_VERSION,
    MAX_URL_CHARS,
    KeyRules,
    article_id,
    host_of,
    is_web_url,
    join,
    normal_url,
    registrable_domain,
    site_of,
    trackers,
    url_key,
)

DIGEST = "9f" * 32

NORMAL_FORMS = [
    # RFC 3986 section 6.2.2
    ("HTTP://WWW.Example.COM", "http://www.example.com/"),
    ("https://example.com:443/a", "https://example.com/a"),
    ("http://example.com:80/a", "http://example.com/a"),
    ("http://example.com:0080/a", "http://example.com/a"),
    ("http://example.com:/a", "http://example.com/a"),
    ("http://example.com:443/a", "http://example.com:443/a"),
    ("https://example.com:8443/a", "https://example.com:8443/a"),
    ("https://example.com/a/./b/../c", "https://example.com/a/c"),
    ("https://example.com/../../a", "https://example.com/a"),
    ("https://example.com/a/..", "https://example.com/"),
    ("https://example.com/a/.", "https://example.com/a/"),
    ("https://example.com/a/%2e%2E/b", "https://example.com/b"),
    ("https://example.com/%7euser/%41%2d", "https://example.com/~user/A-"),
    ("https://example.com/%c3%a9%2fb", "https://example.com/%C3%A9%2Fb"),
    # empty segments and a final slash are the publisher's
    ("https://example.com//a//b/", "https://example.com//a//b/"),
    ("https://example.com/a//../b", "https://example.com/a/b"),
    # what is not ASCII
    ("https://münchen.example/straße", "https://xn--mnchen-3ya.example/stra%C3%9Fe"),
    ("https://ΠΑΡΆΔΕΙΓΜΑ.example/άρθρο", "https://xn--hxajbheg2az3al.example/%CE%AC%CF%81%CE%B8%CF%81%CE%BF"),
    ("https://例え.example/記事?題=1", "https://xn--r8jz45g.example/%E8%A8%98%E4%BA%8B?%E9%A1%8C=1"),
    ("https://مثال.example/خبر", "https://xn--mgbh0fb.example/%D8%AE%D8%A8%D8%B1"),
    ("https://faß.example/", "https://xn--fa-hia.example/"),
    ("https://ｎｅｗｓ。example/", "https://news.example/"),
    ("https://💩.example/", "https://xn--ls8h.example/"),
    ("https://example.com/%E4rger", "https://example.com/%E4rger"),
    ("https://example.com/a\ud83d", "https://example.com/a%EF%BF%BD"),
    # bad escapes
    ("https://example.com/100%", "https://example.com/100%25"),
    ("https://example.com/%zz%4", "https://example.com/%25zz%254"),
    ("https://example.com/%%341", "https://example.com/%2541"),
    # as browsers read what people paste
    ("  \x00https://example.com/a \n", "https://example.com/a"),
    ("https://exam\nple.com/a\tb\r", "https://example.com/ab"),
    ("https:\\\\example.com\\a\\b?c\\d", "https://example.com/a/b?c%5Cd"),
    ("https:example.com/a", "https://example.com/a"),
    ("https:///example.com/a", "https://example.com/a"),
    ("https://example.com/a b|c", "https://example.com/a%20b%7Cc"),
    ("https://example.com/a?q=it's", "https://example.com/a?q=it%27s"),
    ("https://%65xample.com/", "https://example.com/"),
    # addresses
    ("http://2130706433/", "http://127.0.0.1/"),
    ("http://0x7f.1:8080/", "http://127.0.0.1:8080/"),
    ("http://0177.0.0.1/", "http://127.0.0.1/"),
    ("http://[2001:DB8:0:0:0:0:0:1]/", "http://[2001:db8::1]/"),
    ("http://[::ffff:10.0.0.1]:80/", "http://[::ffff:a00:1]/"),
    ("http://[1:0:0:2:0:0:0:3]:81/", "http://[1:0:0:2::3]:81/"),
    ("http://[::]/", "http://[::]/"),
    ("http://[10:0:10:0:5:60:0:07]/", "http://[10:0:10:0:5:60:0:7]/"),
    # no part of an identity
    ("https://user:secret@example.com/a", "https://example.com/a"),
    ("https://a@b@example.com/a", "https://example.com/a"),
    ("https://example.com./a", "https://example.com/a"),
    ("https://example.com/a#top", "https://example.com/a"),
    ("https://example.com/#!/story/12", "https://example.com/"),
    ("https://example.com/a;jsessionid=1F2E.w3?b", "https://example.com/a?b"),
    ("https://example.com/a;JSESSIONID=1/b", "https://example.com/a/b"),
    # parameters
    ("https://example.com/a?", "https://example.com/a"),
    ("https://example.com/a?&&b=1&", "https://example.com/a?b=1"),
    ("https://example.com/a?b=2&a=1&b=1", "https://example.com/a?a=1&b=2&b=1"),
    ("https://example.com/story?12345", "https://example.com/story?12345"),
    ("https://example.com/a?b=", "https://example.com/a?b="),
    ("https://example.com/a?b=x=y?z/", "https://example.com/a?b=x=y?z/"),
    ("https://example.com/a?b=x+y&c=x%20y&d=%2b", "https://example.com/a?b=x+y&c=x%20y&d=%2B"),
    ("https://example.com/a?UTM_Source=x&utm%5Fmedium=y&Id=7", "https://example.com/a?Id=7"),
    ("https://example.com/a?fbclid=1&gclid=2&yclid=3&mc_eid=4&_openstat=5&xtor=6", "https://example.com/a"),
    ("https://example.com/a?at_medium=RSS&at_campaign=KARANGA", "https://example.com/a"),
    ("https://example.com/a?cid=44&id=1&p=2&page=3&ref=x&s=4&source=y&amp=1", None),
    ("https://example.com/a?utm=1&utmost=2&at_home=3&xtorx=4", None),
]


@pytest.mark.parametrize(("url", "normal"), NORMAL_FORMS)
def test_every_spelling_of_an_address_has_the_form_that_was_frozen(url: str, normal: str | None) -> None:
    if normal is None:  # nothing is dropped: the same parameters, sorted
        assert sorted(urlsplit(normal_url(url)).query.split("&")) == sorted(urlsplit(url).query.split("&"))
    else:
        assert normal_url(url) == normal
        assert normal_url(normal) == normal


GOLDEN_KEYS = [
    ("https://www.example.com/", "www.example.com/"),
    (
        "http://www.example.com/2026/11/24/a-storm.html?id=7&utm_source=rss",
        "www.example.com/2026/11/24/a-storm.html?id=7",
    ),
    ("https://例え.example/記事", "xn--r8jz45g.example/%E8%A8%98%E4%BA%8B"),
]


@pytest.mark.parametrize(("url", "hashed"), GOLDEN_KEYS)
def test_a_key_is_the_sha256_of_the_normal_form_without_scheme_whatever_the_version_of_its_rules(
    url: str, hashed: str
) -> None:
    assert KEY_VERSION == 2
    assert url_key(url) == hashlib.sha256(f"1\n//{hashed}".encode()).digest()


def test_golden_keys_never_change() -> None:
    assert (
        url_key("https://www.example.com/").hex() == "f6c35f2183c1741618b7349e4b7020cc54b4a9bdb4b2f269839d49315412ce39"
    )
    assert (
        url_key("http://example.com/a?b=1&a&a=&utm_id=2#x").hex()
        == "8f78ebad9a1ac6e40198594f894d24ebbeb9f95decb93b2770ca17de92b38440"
    )
    assert url_key(f"urn:sha256:{DIGEST}").hex() == "5675f4c6d48629dd533412d95375fec85b3761997de9ca1a6d397a761b2360a3"
    assert str(article_id(url_key("https://www.example.com/"))) == "f6c35f21-83c1-8416-98b7-349e4b7020cc"


def test_the_deny_lists_are_frozen() -> None:
    def digest(*lists: Iterable[str]) -> str:
        return hashlib.sha256("\n".join(name for names in lists for name in sorted(names)).encode()).hexdigest()

    assert (
        digest(trackers.PARAMETERS_OF_1, trackers.PREFIXES_OF_1)
        == "bd8b28d2179c6d0716ee4ec63d5d06db6f0db6065a9ecc1452f68dc8665416db"
    ), "tombstones of version 1 rest on it"
    sites = [f"{site} {name}" for site, names in trackers.SITE_PARAMETERS.items() for name in names]
    assert (
        digest(trackers.TRACKING_PARAMETERS, trackers.TRACKING_PREFIXES, sites)
        == "10b05d7a0e2dd539409e54d800eca37ef4123ef3c0eabe5ff8aaffab8fd84c71"
    ), "a new name is a new KEY_VERSION and a migration"
    assert all(name == name.lower() for name in trackers.TRACKING_PARAMETERS)


DIFFERENT = [
    ("https://example.com/story?1", "https://example.com/story?2"),
    ("https://example.com/story?a", "https://example.com/story?a="),
    ("https://example.com/story?a=1&a=2", "https://example.com/story?a=2&a=1"),
    ("https://example.com/story", "https://example.com/story/"),
    ("https://example.com/story", "https://www.example.com/story"),
    ("https://example.com/story", "https://example.com:8443/story"),
    ("https://example.com/Story", "https://example.com/story"),
    ("https://example.com/a%2Fb", "https://example.com/a/b"),
    ("https://example.com/a,b", "https://example.com/a%2Cb"),
    ("https://example.com/?a=x+y", "https://example.com/?a=x%20y"),
    ("https://example.com/é", "https://example.com/e\u0301"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_addresses_that_may_be_two_articles_have_two_keys(one: str, other: str) -> None:
    assert url_key(one) != url_key(other)


def test_http_and_https_are_one_article() -> None:
    assert url_key("http://example.com/a") == url_key("https://example.com/a")
    assert normal_url("http://example.com/a") != normal_url("https://example.com/a")


def test_a_source_may_drop_and_keep_parameters_of_its_own() -> None:
    rules = KeyRules(drop=frozenset({"Ref", "id"}), keep=frozenset({"utm_id", "ID"}))
    assert normal_url("https://example.com/?ref=1&utm_id=2&utm_source=3&id=4", rules=rules) == (
        "https://example.com/?id=4&utm_id=2"
    )
    assert KeyRules() == DEFAULT_RULES


@pytest.mark.parametrize(
    "url",
    [
        *("", "example.com/a", "/a", "//example.com/a", "ftp://example.com/a", "javascript:alert(1)", "mailto:a@b.c"),
        *("data:text/html,x", "file:///etc/passwd", "http://", "http:///", "https://?a", "http://a..b/", "http://.a/"),
        *("http://a b/", "http://a%00b/", "http://a<b/", "http://exa%23mple/", "http://example.com:x/"),
        *("http://example.com:65536/", "http://example.com:99999999999/", "http://example.com:٣/", "http://[::1/"),
        *("http://[::1]x/", "http://[fe80::1%25eth0]/", "http://[fe80::1%eth0]/", "http://[1.2.3.4]/"),
        *("http://1.2.3.4.5/", "http://1.2.3.256/", "http://256.1.1.1/", "http://4294967296/", "http://09.1.1.1/"),
        *("http://a.1.2/", f"http://{'a' * 64}.com/", f"http://{'a.' * 127}com/", "http://\ufffd.example/"),
        *(
            "http://%ff.example/",
            "http://a\ud800.example/",
            "urn:sha256:12",
            "urn:isbn:1",
            "http://exam\u00adple\u2060 /",
        ),
        "https://example.com/" + "a" * MAX_URL_CHARS,
        "https://example.com/" + "ж" * (MAX_URL_CHARS // 4),
    ],
)
def test_an_unusable_url_is_quarantined_and_never_guessed(url: str) -> None:
    with pytest.raises(Quarantine) as caught:
        normal_url(url)
    assert caught.value.reason == "bad_url"
    assert len(caught.value.detail) < 1000
    assert not is_web_url(url)


def test_the_longest_url_is_taken() -> None:
    url = "https://example.com/".ljust(MAX_URL_CHARS, "a")
    assert normal_url(url) == url


def test_a_local_file_keeps_its_urn() -> None:
    urn = f"URN:SHA256:{DIGEST.upper()}"
    assert normal_url(urn) == f"urn:sha256:{DIGEST}"
    assert url_key(urn) == url_key(f"urn:sha256:{DIGEST}")
    assert (host_of(urn), site_of(urn), is_web_url(urn)) == ("", "", False)


@pytest.mark.parametrize(
    ("url", "host", "site"),
    [
        ("https://Edition.News.CO.UK:443/a", "edition.news.co.uk", "news.co.uk"),
        ("https://news.co.uk:8443/a", "news.co.uk:8443", "news.co.uk"),
        ("http://127.0.0.1:8000/", "127.0.0.1:8000", "127.0.0.1"),
        ("http://[::1]:8000/", "[::1]:8000", "[::1]"),
        ("http://localhost:8000/", "localhost:8000", "localhost"),
        ("http://news.newsroom.test/", "news.newsroom.test", "news.newsroom.test"),
        ("http://one.blogspot.com/", "one.blogspot.com", "one.blogspot.com"),
        ("https://news.asahi.co.jp/", "news.asahi.co.jp", "asahi.co.jp"),
        ("https://www.folha.com.br/", "www.folha.com.br", "folha.com.br"),
        ("https://新闻.报纸.公司.cn/", "xn--efvy88h.xn--4ruw83d.xn--55qx5d.cn", "xn--4ruw83d.xn--55qx5d.cn"),
        ("https://www.новости.рф/", "www.xn--b1amnebsh.xn--p1ai", "xn--b1amnebsh.xn--p1ai"),
        ("https://co.uk/", "co.uk", "co.uk"),
        ("https://u:p@example.com./a", "example.com", "example.com"),
    ],
)
def test_host_and_site_of_an_address(url: str, host: str, site: str) -> None:
    assert host_of(url) == host
    assert site_of(url) == site


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://edition.news.co.uk/", "news.co.uk"),
        ("https://one.blogspot.com/", "one.blogspot.com"),
        ("https://co.uk/", None),
        ("https://blogspot.com/", None),
        ("http://127.0.0.1:8000/", None),
        ("http://[::1]:8000/", None),
        ("http://localhost:8000/", None),
        ("http://news.newsroom.test/", None),
        (f"urn:sha256:{DIGEST}", None),
    ],
)
def test_a_domain_that_nobody_can_register_is_none(url: str, domain: str | None) -> None:
    assert registrable_domain(url) == domain


def test_a_missing_suffix_list_is_an_error_and_no_download(monkeypatch: pytest.MonkeyPatch) -> None:
    from etl.urls import sites

    monkeypatch.setattr(sites._ShippedSuffixes, "local_path", "res/nowhere.txt")
    with pytest.raises(RuntimeError, match="install it again"):
        site_of("https://example.com/")


@given(st.binary(min_size=32, max_size=32))
def test_an_article_id_is_a_valid_uuid_of_version_8(key: bytes) -> None:
    made = article_id(key)
    assert made.version == 8
    assert made.variant == uuid.RFC_4122
    assert made.bytes[:6] == key[:6] and made.bytes[9:] == key[9:16]


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("b", "https://example.com/a/b"),
        (" ../b\n", "https://example.com/b"),
        ("?p=1", "https://example.com/a/page?p=1"),
        ("//other.example/x?y=\\", "https://other.example/x?y=\\"),
        ("\\\\other.example\\x", "https://other.example/x"),
        ("HTTP:\\\\other.example\\x", "HTTP://other.example/x"),
        ("/новости#1", "https://example.com/новости#1"),
        ("javascript:void(0)", None),
        ("mailto:desk@example.com", None),
        ("http://[::1/", None),
        ("http://", None),
    ],
)
def test_a_link_is_joined_as_browsers_join(reference: str, url: str | None) -> None:
    joined = join("https://example.com/a/page", reference)
    assert joined == url or (url and joined and joined.lower() == url.lower())


PIECES = st.text(
    st.sampled_from("abcXYZ019-._~%2eE4%/\\:;=?@!$'()*+, |[]{}\"<>^`éжص記💩\u0301\ud800\x00\t\x7f"), max_size=12
)
NAMES = st.text(st.sampled_from("abcdefgXYZ0123456789-._~é%"), min_size=1, max_size=6)


@given(
    path=PIECES, query=PIECES, fragment=PIECES, host=st.sampled_from(["h.example", "É.Example:81", "[::1]", "1.2.3.4"])
)
def test_the_normal_form_of_a_normal_form_is_itself(path: str, query: str, fragment: str, host: str) -> None:
    normal = normal_url(f"http://{host}/{path}?{query}#{fragment}")
    assert normal_url(normal) == normal
    assert normal.isascii() and not re.search(r"[\x00-\x20\"<>\\^`{|}#]|%(?![0-9A-F]{2})", normal)
    assert url_key(normal) == url_key(f"https://{host}/{path}?{query}#")


@given(st.text(max_size=60))
def test_any_text_has_a_normal_form_or_a_reason(text: str) -> None:
    try:
        assert normal_url(normal_url(text)) == normal_url(text)
    except Quarantine as caught:
        assert caught.reason == "bad_url"


@given(st.text(max_size=20))
def test_any_host_has_a_normal_form_or_a_reason(text: str) -> None:
    try:
        normal = normal_url(f"https://{text}.example/")
    except Quarantine as caught:
        assert caught.reason == "bad_url"
    else:
        assert normal_url(normal) == normal
        assert site_of(normal) and host_of(normal)


@given(
    st.dictionaries(NAMES, st.none() | NAMES, max_size=5).flatmap(
        lambda d: st.tuples(st.just(d), st.permutations(list(d)))
    )
)
def test_the_order_of_parameters_with_different_names_is_of_no_account(
    case: tuple[dict[str, str | None], list[str]],
) -> None:
    values, order = case

    def url(names: list[str]) -> str:
        return "https://example.com/?" + "&".join(n if values[n] is None else f"{n}={values[n]}" for n in names)

    if len({normal_url(f"https://example.com/?{name}") for name in values}) == len(values):  # %61 is a
        assert url_key(url(list(values))) == url_key(url(order))


UNKNOWN = st.dictionaries(
    st.text(st.sampled_from("abcdefgh0123456789"), min_size=1, max_size=4),
    st.none() | st.text(st.sampled_from("abc123="), max_size=4),
    max_size=4,
).filter(lambda values: not any(DEFAULT_RULES.drops(name) for name in values))


@given(UNKNOWN, UNKNOWN)
def test_unknown_parameters_are_never_merged(one: dict[str, str | None], other: dict[str, str | None]) -> None:
    def url(values: dict[str, str | None]) -> str:
        query = "&".join(name if value is None else f"{name}={value}" for name, value in values.items())
        return f"https://example.com/story?{query}&utm_source=x"

    assert (url_key(url(one)) == url_key(url(other))) == (one == other)
