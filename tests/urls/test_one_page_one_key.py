"""Addresses that are one page have one key, and what a site may tell apart stays apart."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.urls import DEFAULT_RULES, KeyRules, former_keys, normal_url, page_url, url_key
from etl.urls.former import former_url
from etl.urls.keys import MAX_NESTING, key_of_form

A = "https://news.example.org/2026/a-storm"
FA = "https://khabar.example.org/اخبار/توفان"
ZH = "https://xinwen.example.org/新闻/风暴"

ONE_PAGE = {
    "an entity for a separator": [
        (f"{A}?id=1&amp;utm_source=x", f"{A}?id=1"),
        (f"{A}?id=1&amp;page=2", f"{A}?id=1&page=2"),
        (f"{A}?id=1&amp;amp;utm_source=x", f"{A}?id=1"),
        (f"{A}?id=1&AMP;fbclid=x&amp;b=2", f"{A}?b=2&id=1"),
        (f"{ZH}?编号=1&amp;utm_source=微博", f"{ZH}?编号=1"),
        (f"{FA}?utm_source=x&amp;id=5", f"{FA}?id=5"),
    ],
    "a second question mark": [
        (f"{A}?id=1?utm_source=x", f"{A}?id=1"),
        (f"{A}?id=1?utm_source=x&utm_medium=y", f"{A}?id=1"),
        (f"{A}?utm_source=x?utm_medium=y", A),
        (f"{A}??utm_source=x", A),
        (f"{A}?id=1& utm_source=x", f"{A}?id=1"),
        (f"{A}?p=7?fbclid=IwAR0", f"{A}?p=7"),
        (f"{FA}?شناسه=1?utm_source=تلگرام", f"{FA}?شناسه=1"),
    ],
    "a semicolon": [
        (f"{A}?id=1;utm_source=x", f"{A}?id=1"),
        (f"{A}?utm_source=rss;utm_medium=rss", A),
        (f"{A}?utm_source=rss;id=1", f"{A}?id=1"),
        (f"{A}?id=1;b=2;utm_source=x", f"{A}?id=1;b=2"),
        (f"{A};utm_source=x", A),
        (f"{A};v=1;utm_source=x", f"{A};v=1"),
    ],
    "an escaped separator, or none": [
        (f"{A}?id=1%26utm_source%3Dx", f"{A}?id=1"),
        (f"{A}%3Futm_source=x", A),
        (f"{A}%3Futm_source%3Dx%26utm_medium%3Dy", A),
        (f"{A}&utm_source=x&utm_medium=y", A),
        (f"{A}%23xtor=RSS-3", A),
        (f"{A}?utm_source%3Dx", A),
    ],
    "a tracker": [
        *((f"{A}?{name}=x&id=1", f"{A}?id=1") for name in ("CMP", "cmpid", "ito", "smid", "ocid", "cvid", "mbid")),
        *((f"{A}?{name}=x", A) for name in ("icid", "INTCMP", "spm", "gaa_at", "gaa_sig", "fb_ref", "sfnsn", "wprov")),
        *((f"{A}?{name}", A) for name in ("ig_rid", "traffic_source", "pnespid", "ncid", "soc_src", "soc_trk", "taid")),
        *((f"{A}?{name}=1", A) for name in ("action_object_map", "action_type_map", "action_ref_map")),
        ("https://news.google.com/rss/articles/CB1?oc=5", "https://news.google.com/rss/articles/CB1"),
        ("https://www.reddit.com/r/news/comments/1/a/?share_id=x&rdt=5", "https://www.reddit.com/r/news/comments/1/a/"),
        ("https://www.threads.net/@a/post/1?xmt=AQ", "https://www.threads.net/@a/post/1"),
        ("https://www.msn.com/a?ocid=x&cvid=1&ei=5", "https://www.msn.com/a"),
    ],
    "a session": [
        ("https://news.example.org/(S(lit3py55t21z5v55vlm25s55))/a.aspx", "https://news.example.org/a.aspx"),
        ("https://news.example.org/app/(X(1)S(lit3py55t21z5v55vlm25s55))/a.aspx", "https://news.example.org/app/a.aspx"),
        ("https://news.example.org/(lit3py55t21z5v55vlm25s55)/a.aspx", "https://news.example.org/a.aspx"),
        ("https://news.example.org/%28S%28lit3py55t21z5v55vlm25s55%29%29/a.aspx", "https://news.example.org/a.aspx"),
        (f"{A};jsessionid=AB12.node1?id=1", f"{A}?id=1"),
        (f"{A}%3Bjsessionid=AB12/b", f"{A}/b"),
        (f"{A};PHPSESSID=12;v=1", f"{A};v=1"),
        (f"{A}?CFID=1&CFTOKEN=2", A),
        (f"{A}?ASPSESSIONIDQATTDQBR=ABC", A),
    ],
    "what nobody sees": [
        *((f"{A}{blank}", A) for blank in ("\u200b", "\ufeff", "\u00ad", "\u00a0", "\u2060", "\u3000", "\u200f", " \t\n")),
        *((f"{A}{blank}", A) for blank in ("%20", "%E2%80%8B", "%C2%A0", "%EF%BB%BF", "%0A", "%E3%80%80%20", "%09")),
        ("\ufeffhttps://news.example.org/2026/a-storm", A),
        ("https://news.example.org/2026/a\u00ad-storm", A),
        (f"{A}?id=1%20", f"{A}?id=1"),
        (f"{A}%20?id=1", f"{A}?id=1"),
        (f"{FA}\u200c", FA),
        (f"{ZH}\u3000", ZH),
    ],
    "a cache": [
        ("https://www.google.com/amp/s/news.example.org/2026/a-storm", A),
        ("https://www.google.co.uk/amp/news.example.org/2026/a-storm", A),
        ("https://news-example-org.cdn.ampproject.org/c/s/news.example.org/2026/a-storm", A),
        ("https://cdn.ampproject.org/v/s/news.example.org/2026/a-storm?amp_js_v=0.1&usqp=mq331", A),
        ("https://news-example-org.bing-amp.com/c/s/news.example.org/2026/a-storm", A),
        ("https://www.google.com/amp/s/news.example.org/2026/a-storm%3fid=7", f"{A}?id=7"),
        ("https://www.google.com/amp/s/news.example.org/2026/a-storm%3Fid%3D7%26utm_source%3Dx", f"{A}?id=7"),
        ("https://cdn.ampproject.org/c/s/khabar.example.org/%D8%A7%3F%D8%A8=%D8%AC", "https://khabar.example.org/ا?ب=ج"),
        ("https://yandex.ru/turbo/news.example.org/s/2026/a-storm", A),
        ("https://news-example-org.turbopages.org/news.example.org/s/2026/a-storm", A),
    ],
    "a redirect": [
        (f"https://www.google.com/url?sa=t&amp;url={quote(A, safe='')}&usg=AO", A),
        (f"https://www.google.de/url?q={A}&sa=U", A),
        (f"http://www.bing.com/news/apiclick.aspx?ref=FexRss&url={quote(A, safe='')}&c=1", A),
        (f"https://www.bing.com/ck/a?!&&p=1&u=a1{base64.urlsafe_b64encode(A.encode()).decode().rstrip('=')}&ntb=1", A),
        (f"https://l.facebook.com/l.php?u={quote(FA, safe='')}&h=AT0", FA),
        (f"https://lm.facebook.com/l.php?h=1&u={quote(quote(ZH, safe=''), safe='')}", ZH),
        (f"https://out.reddit.com/t3_x?url={quote(A + '?id=1&utm_source=r', safe='')}&token=1", f"{A}?id=1"),
        (f"https://duckduckgo.com/l/?uddg={quote(A, safe='')}&rut=1", A),
        (f"https://vk.com/away.php?to={quote(A, safe='')}", A),
        (f"https://eur01.safelinks.protection.outlook.com/?url={quote(A, safe='')}&data=05", A),
        (f"https://www.youtube.com/redirect?event=x&q={quote(A, safe='')}", A),
        (f"https://link.zhihu.com/?target={quote(ZH, safe='')}", ZH),
        (f"https://r.search.yahoo.com/_ylt=A/RV=2/RE=1/RO=10/RU={quote(A, safe='')}/RK=2/RS=x-", A),
        ("https://urldefense.proofpoint.com/v2/url?u=https-3A__news.example.org_2026_a-2Dstorm&d=Dw", A),
        (f"https://urldefense.com/v3/__{A}__;!!abc$", A),
        (f"https://href.li/?{A}?id=1", f"{A}?id=1"),
    ],
    "a web archive": [
        (f"https://web.archive.org/web/20260101000000/{A}", A),
        (f"https://web.archive.org/web/20260101000000id_/{A}", f"https://web.archive.org/web/2025/{A}"),
        (f"http://web.archive.org/web/20260101/{FA}?id=1&utm_source=x", f"{FA}?id=1"),
        ("https://web.archive.org/web/2026/news.example.org/2026/a-storm", A),
        ("https://web.archive.org/web/2026/https:/news.example.org/2026/a-storm", A),
        (f"https://web.archive.org/web/{A}", A),
        (f"https://archive.ph/20260101000000/{A}", A),
        (f"https://archive.today/newest/{A}", A),
        (f"https://arquivo.pt/wayback/20260101000000mp_/{A}", A),
        (f"https://wayback.archive-it.org/1234/20260101000000/{ZH}", ZH),
        (f"https://webarchive.nationalarchives.gov.uk/ukgwa/20260101000000/{A}", A),
        (f"https://web.archive.org/web/2026/https://web.archive.org/web/2025/{A}", A),
        (f"https://web.archive.org/web/2026/https://www.google.com/url?q={quote(A, safe='')}", A),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("one", "other"), [pair for pairs in ONE_PAGE.values() for pair in pairs])
def test_addresses_of_one_page_have_one_key(one: str, other: str) -> None:
    assert normal_url(page_url(one)).partition(":")[2] == normal_url(page_url(other)).partition(":")[2]
    assert url_key(one) == url_key(other) == url_key(normal_url(one)) == url_key(normal_url(page_url(one)))


TWO_PAGES = [
    # a separator is broken only where a tracker says so
    (f"{A}?id=1?id=2", f"{A}?id=1"),
    (f"{A}?id=1;v=2", f"{A}?id=1"),
    (f"{A}?id=1%26b=2", f"{A}?id=1"),
    (f"{A}?utm_source=rss;id=1", f"{A}?utm_source=rss;id=2"),
    (f"{A}?u=https%3A%2F%2Fb.example%2F%3Futm_source%3Dx%26id%3D5", f"{A}?u=https%3A%2F%2Fb.example%2F%3Futm_source%3Dx%26id%3D6"),
    (f"{A}%3Fid=1", A),
    (f"{A}&id=1", A),
    (f"{A}/utm_source=x", A),
    (f"{A};v=1", f"{A};v=2"),
    # names that are noise on one site only
    (f"{A}?oc=5", A),
    (f"{A}?share_id=a", A),
    # one escape is not two, and a slash is not its escape
    (f"{A}/%25E9%258A%2580", f"{A}/銀"),
    (f"{A}/a%2fb", f"{A}/a/b"),
    (f"{A}/a%26b", f"{A}/a&b"),
    (f"{A}?ei=5", A),
    (f"{A}?ref=rss", A),
    (f"{A}?page=2", A),
    # brackets that are no session
    ("https://news.example.org/(S(1))/a", "https://news.example.org/a"),
    ("https://news.example.org/(2026)/a", "https://news.example.org/a"),
    ("https://news.example.org/(internationalconferences)/a", "https://news.example.org/a"),
    # joiners within words, blanks within, letters of other codings
    ("https://khabar.example.org/می\u200cخواهم", "https://khabar.example.org/میخواهم"),
    (f"{A}%20b", f"{A}b"),
    ("https://news.example.org/%B0%C2%AD%D5", "https://news.example.org/%B0%D5"),
    # what serves its own: translations, short links, calendars, pages that are merely called like a wrapper
    (f"https://translate.google.com/translate?u={A}", A),
    ("https://archive.ph/AbCdE", "https://archive.ph/FgHiJ"),
    (f"https://web.archive.org/web/2026*/{A}", A),
    (f"https://evil.example.org/web/20260101000000/{A}", A),
    (f"https://evil.example.org/url?q={A}", A),
    (f"https://google.evil.example.org/url?q={A}", A),
    (f"https://web.archive.org.evil.example.org/web/2026/{A}", A),
    # what is inside must be a page's address
    ("https://web.archive.org/web/2026/http://localhost/a", "http://localhost/a"),
    ("https://web.archive.org/web/2026/http://10.0.0.1/a", "http://10.0.0.1/a"),
    ("https://www.google.com/url?q=javascript:alert(1)", "https://www.google.com/url?q=file:///etc/passwd"),
    ("https://www.google.com/search?q=storm", "https://www.google.com/search?q=rain"),
    (f"https://web.archive.org/web/2026/{A}?id=1", f"https://web.archive.org/web/2026/{A}?id=2"),
    (f"https://l.facebook.com/l.php?u={quote(A + '/%E4', safe='')}", f"https://l.facebook.com/l.php?u={quote(A + '/%F6', safe='')}"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), TWO_PAGES)
def test_addresses_that_may_be_two_pages_have_two_keys(one: str, other: str) -> None:
    assert url_key(one) != url_key(other)


def test_what_is_nested_too_deeply_stays_as_it_stands() -> None:
    deep = A
    for n in range(MAX_NESTING + 3):
        assert url_key(deep) == url_key(A) if n <= MAX_NESTING else page_url(deep) == deep
        deep = f"https://web.archive.org/web/2026/{deep}"


def test_rules_of_a_source_count_for_its_page_wherever_it_is_found() -> None:
    rules = KeyRules(drop=frozenset({"ref"}), keep=frozenset({"cmp"}))
    assert url_key(f"https://web.archive.org/web/2026/{A}?ref=1&CMP=2", rules=rules) == url_key(
        f"{A}?CMP=2", rules=rules
    )
    assert url_key(f"{A}?CMP=2", rules=rules) != url_key(A, rules=rules)
    assert url_key(f"{A}?id=1;CMP=2", rules=rules) != url_key(f"{A}?id=1", rules=rules)


def test_former_keys_are_those_of_version_1() -> None:
    assert former_url(f"{A}?CMP=1&utm_source=x&b=2;jsessionid=3") == f"{A}?CMP=1&b=2;jsessionid=3"
    assert former_keys(f"{A}?id=1") == frozenset()
    assert former_keys(f"{A}?CMP=1") == {key_of_form(f"{A}?CMP=1")}
    wrapped = f"https://web.archive.org/web/2026/{A}?CMP=1"
    assert former_keys(wrapped) == {key_of_form(wrapped), key_of_form(f"{A}?CMP=1")}
    assert former_keys("mailto:a@b.example") == frozenset()


NAMES = st.text(st.sampled_from("abcdehimpqu_0123"), min_size=1, max_size=5).filter(
    lambda name: not DEFAULT_RULES.drops(name) and name != "amp"
)
VALUES = st.text(st.sampled_from("abc123=/.,:+~-éж記م"), max_size=6)
SEGMENTS = st.lists(st.text(st.sampled_from("abc012-_.,:~éж記م"), min_size=1, max_size=6), max_size=3).filter(
    lambda found: not {".", ".."} & set(found)
)
NOISE = ("utm_source=x", "fbclid=IwAR", "CMP=y", "gaa_at=z")
AROUND = (
    lambda url: f"https://web.archive.org/web/20260101000000/{url}",
    lambda url: f"https://www.google.com/url?q={quote(url, safe='')}&sa=t",
    lambda url: f"https://l.facebook.com/l.php?u={quote(url, safe='')}",
)


@st.composite
def pages(draw: st.DrawFn) -> tuple[Sequence[str], tuple[tuple[str, str], ...]]:
    return draw(SEGMENTS), tuple(sorted(draw(st.dictionaries(NAMES, VALUES, max_size=3)).items()))


@st.composite
def spelled(draw: st.DrawFn, page: tuple[Sequence[str], tuple[tuple[str, str], ...]]) -> str:
    """An address of a page, with what its way has made of it."""
    segments, parameters = page
    query = draw(st.sampled_from(["&", "&amp;"])).join(f"{name}={value}" for name, value in parameters)
    url = f"https://news.example.org/{'/'.join(segments)}"
    noise = draw(st.sampled_from(NOISE))
    if query:
        url += "?" + query + draw(st.sampled_from(["", *(f"{mark}{noise}" for mark in ("&", "&amp;", "?", ";"))]))
    else:
        url += draw(st.sampled_from(["", f"?{noise}", f"?{noise}&amp;{NOISE[1]}"]))
    url += draw(st.sampled_from(["", "\u200b", "%20", "#top"]))
    for around in draw(st.lists(st.sampled_from(AROUND), max_size=2)):
        url = around(url.partition("#")[0])
    return url


@given(st.data(), pages(), pages())
def test_two_addresses_are_one_if_and_only_if_a_site_could_not_tell_them_apart(
    data: st.DataObject,
    one: tuple[Sequence[str], tuple[tuple[str, str], ...]],
    other: tuple[Sequence[str], tuple[tuple[str, str], ...]],
) -> None:
    first, second = data.draw(spelled(one)), data.draw(spelled(other))
    assert (url_key(first) == url_key(second)) == (one == other), (first, second)
    again = data.draw(spelled(one))
    assert url_key(first) == url_key(again), (first, again)


@given(st.lists(st.sampled_from([
    *"ab1=&;?%/.#:()+- éж\u200b\u200c\u00ad", "utm_source=x", "amp;", "%26", "%3F", "%3B", "%C2%AD", "%20", "%E2%80%8D",
    "id=1", "/(S(lit3py55t21z5v55vlm25s55))", ";jsessionid=", "https://", "a.example.org/", "/web/2026/", "%2F", "..",
    "CMP=", "url=", "q=",
]), max_size=14).map("".join), st.sampled_from(
    ["news.example.org", "web.archive.org/web/2026/https://a.example.org", "www.google.com/url?q=https://a.example.org",
     "a.cdn.ampproject.org/c/s/a.example.org", "archive.ph/newest"]
))  # fmt: skip
def test_a_form_of_a_form_is_itself_and_has_the_same_key(text: str, host: str) -> None:
    url = f"https://{host}/{text}"
    normal = normal_url(url)
    page = normal_url(page_url(url))
    assert normal_url(normal) == normal and url_key(normal) == url_key(url)
    assert normal_url(page_url(page)) == page and url_key(page) == url_key(url)
