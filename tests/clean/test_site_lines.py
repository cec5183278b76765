"""Lines that a site prints on many pages: learnt, proposed with evidence, applied only when activated."""

from __future__ import annotations

import hashlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.clean.engine import CleanContext, clean, rebuild
from etl.clean.site_lines import ProposedLine, learn


def article(number: int, *, head: list[str] | None = None, tail: list[str] | None = None) -> tuple[bytes, list[str]]:
    """An article of its own prose, with what its site prints around it."""
    key = hashlib.sha256(str(number).encode()).digest()
    names = ["Ada", "Bo", "Cleo", "Dev", "Eli"]
    prose = [
        f"{names[number % 5]} of house {'i' * (number + 1)} spoke about matter {'x' * (number + j + 1)}."
        for j in range(9)
    ]
    return key, [*(head or []), *prose, *(tail or [])]


def texts(found: list[ProposedLine]) -> list[str]:
    return [proposal.line for proposal in found]


def test_a_line_on_three_pages_in_ten_is_proposed_with_its_evidence() -> None:
    articles = [article(n, tail=["The Harbour Post prints no comments."] if n < 30 else []) for n in range(100)]
    found = learn(articles)
    assert texts(found) == ["The Harbour Post prints no comments."]
    assert (found[0].count, found[0].share) == (30, 0.3)
    assert found[0].evidence == "30 of 100 articles, 30 of them among the last 6 lines"


def test_a_line_on_fewer_pages_is_not() -> None:
    assert learn([article(n, tail=["Seen here and there."] if n < 29 else []) for n in range(100)]) == []


def test_a_site_with_fewer_than_twenty_articles_proves_nothing() -> None:
    assert learn([article(n, tail=["On every page."]) for n in range(19)]) == []
    assert texts(learn([article(n, tail=["On every page."]) for n in range(20)])) == ["On every page."]


def test_twenty_captures_of_one_article_are_one_article() -> None:
    key, lines = article(1, tail=["On every page."])
    assert learn([(key, lines)] * 50) == []


def test_only_the_two_hundred_lowest_keys_are_looked_at() -> None:
    articles = sorted(article(n) for n in range(300))
    articles = [(k, [*lines, "New footer."]) if i >= 200 else (k, lines) for i, (k, lines) in enumerate(articles)]
    assert learn(articles) == []


def test_numbers_do_not_make_lines_differ() -> None:
    assert texts(learn([article(n, tail=[f"{n + 2} readers are here now"]) for n in range(40)]))[0].endswith(
        "readers are here now"
    )


def test_the_heading_of_a_series_is_not_proposed() -> None:
    def with_heading(number: int) -> tuple[bytes, list[str]]:
        key, lines = article(number)
        return key, [*lines[:6], "What happens next", *lines[6:]]

    assert learn([with_heading(n) for n in range(50)]) == []


def test_a_label_that_is_repeated_within_articles_is_proposed() -> None:
    def with_label(number: int) -> tuple[bytes, list[str]]:
        key, lines = article(number)
        return key, [*lines[:3], "Our partners say", *lines[3:6], "Our partners say", *lines[6:]]

    assert texts(learn([with_label(n) for n in range(50)])) == ["Our partners say"]


def test_template_of_head_and_tail_is_proposed_whatever_the_script() -> None:
    head, tail = ["اشترك الآن في خدمة الميناء"], ["本紙の記事は著作権で守られています", "Читайте нас каждый день"]
    assert set(texts(learn([article(n, head=head, tail=tail) for n in range(25)]))) == {*head, *tail}


@settings(deadline=None, max_examples=25)
@given(st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(rng: random.Random) -> None:
    articles = [article(n, tail=["On every page.", f"Edition {n}"]) for n in range(30)]
    articles += [(key, [*lines, "seen later"]) for key, lines in articles[:10]]
    shuffled = list(articles)
    rng.shuffle(shuffled)
    assert learn(shuffled) == learn(articles)


PROSE = "The bridge closes in May. Nobody spoke against it. " * 3


@pytest.mark.parametrize(
    ("activated", "on_the_page"),
    [
        ("Harbour Post: 3 readers now", "Harbour Post: 12 readers now"),
        ("3 readers are here now", "1.204 readers are here now"),
        ("3rd edition of the day", "23rd edition of the day"),
        ("On every page", "* ON EVERY PAGE:"),
        ("تطبع الجريدة في الميناء", "تُطبع الجريدة في الميناء."),
        ("מודפס בנמל הישן", "מודפס בנמל הישן"),
        ("本紙は港で刷られています", "本紙は港で刷られています。"),
        ("广告", "广告"),
        ("พิมพ์ที่ท่าเรือ", "พิมพ์ที่ท่าเรือ"),
        ("बंदरगाह पर मुद्रित", "बंदरगाह पर मुद्रित"),
    ],
)
def test_an_activated_line_is_cut_wherever_it_is_a_whole_line(activated: str, on_the_page: str) -> None:
    context = CleanContext(site_lines=frozenset({activated}))
    body = PROSE.strip()
    for text in (f"{on_the_page}\n{body}\n{body}", f"{body}\n{on_the_page}\n{body}", f"{body}\n{body}\n{on_the_page}"):
        cleaned = clean(text, context)
        assert cleaned.text == f"{body}\n{body}"
        assert [cut.rule for cut in cleaned.cuts] == ["site_line"]
        assert rebuild(cleaned.text, cleaned.cuts) == text
        assert clean(cleaned.text, context).cuts == ()


def test_no_sentence_that_holds_an_activated_line_is_cut() -> None:
    context = CleanContext(site_lines=frozenset({"On every page", "本紙は港で刷られています"}))
    text = f"{PROSE}\nOn every page, said the mayor, and left.\n本紙は港で刷られていますと市長は述べた。"
    assert clean(text, context).text == text


def test_activated_lines_are_cut_however_much_of_a_short_report_they_are() -> None:
    notice = "The Harbour Post is printed on paper. It comes from the mill. The mill is old."
    text = f"The bridge is closed.\n{notice}"
    cleaned = clean(text, CleanContext(site_lines=frozenset({notice})))
    assert (cleaned.text, cleaned.flags) == ("The bridge is closed.", ())
