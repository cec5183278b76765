"""Headlines that no h1 marks, own headlines that begin with the site's name, and what stands in a headline and is none."""

from __future__ import annotations

import pytest
from news_html import html, read

W = "Night ferry stays for the winter"
SITE = '<meta property="og:site_name" content="Tolverne Courier">'


def titled(headline: str, tag: str, head: str = "") -> str | None:
    page = html(title_tag=tag, head=head)
    start, end = page.index("<h1"), page.index("</h1>") + len("</h1>")
    return read(page[:start] + headline + page[end:]).title


@pytest.mark.parametrize(
    "headline",
    [
        f"<div>{W}</div>", f'<h4 class="title">{W}</h4>', f'<font size="5"><b>{W}</b></font>', f'<div role="heading" aria-level="1">{W}</div>',
        f'<table><tr><td class="title">{W}</td></tr></table>', f'<h3 class="post-title">{W}</h3>', f'<div class="headline">{W}</div>',
    ],
)  # fmt: skip
@pytest.mark.parametrize("end", [" - Harbour Gazette Online", " | Local | Harbour Gazette", " » Harbour Gazette"])
def test_a_text_that_is_the_title_up_to_the_sites_name_is_the_headline(headline: str, end: str) -> None:
    assert titled(headline, W + end) == W


@pytest.mark.parametrize(
    ("headline", "end"),
    [
        ("夜间渡轮整个冬季继续运营", "_海港网"), ("夜間フェリー、冬も運航を継続へ", " - 海港新聞デジタル"), ("العبارة الليلية تبقى طوال الشتاء", " - صحيفة الميناء"),
        ("Ночной паром остаётся на зиму", " - Портовые вести"), ("เรือข้ามฟากกลางคืนเดินต่อตลอดฤดูหนาว", " | ข่าวท่าเรือ"), ("Gece vapuru kış boyunca sürecek", " - Son Dakika"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("tag", ["div", "h1"])
def test_in_scripts_of_all_kinds(headline: str, end: str, tag: str) -> None:
    assert titled(f"<{tag}>{headline}</{tag}>", headline + end) == headline


@pytest.mark.parametrize("sign", [": ", " – ", " | ", " - "])
@pytest.mark.parametrize("marked", [True, False])
def test_a_headline_that_begins_with_the_sites_name_keeps_it(sign: str, marked: bool) -> None:
    own = f"Tolverne{sign}the council keeps the night ferry"
    head = f'<meta property="og:site_name" content="Tolverne"><meta property="og:title" content="{own}">'
    assert titled(f"<h1>{own}</h1>" if marked else "", f"{own} | Tolverne", head) == own


def test_the_sites_name_before_a_title_that_no_headline_has_goes() -> None:
    assert titled("", f"Tolverne Courier: {W}", SITE) == W


@pytest.mark.parametrize(
    "inner",
    [
        f"<span hidden>Ad</span>{W}", f'<span style="display: none">Ad</span>{W}', f'{W} <time datetime="2026-11-20">20 Nov</time>', f"<style>.x{{color:red}}</style>{W}",
        "Night ferry<br>stays<br/>for the winter", f'<span class="badge">EXCLUSIVE</span> {W}', f"{W}<button>Save</button>",
    ],
)  # fmt: skip
def test_what_stands_in_a_headline_and_is_none_goes(inner: str) -> None:
    assert titled(f"<h1>{inner}</h1>", "Tolverne Courier", SITE) == W


def test_a_section_between_headline_and_site_goes_and_a_part_of_a_short_title_stays() -> None:
    assert titled("", f"{W} - News - Tolverne Courier", SITE) == W
    assert titled("", "War - and peace - Tolverne Courier", SITE) == "War - and peace"
