"""The packs as data: complete, well formed, and the same as what they were made from where that can be told."""

from __future__ import annotations

import time

import pytest
from babel import Locale
from clean_articles import ARTICLES

from etl.clean import dates, rules
from etl.clean.anchors import anchors
from etl.clean.context import CleanContext, Cleaned
from etl.clean.engine import clean
from etl.clean.fold import fold_with_map, line_key
from etl.clean.meta import parse_meta

NOTHING = anchors(CleanContext())


def test_every_entry_says_what_it_is_and_where_its_wording_was_read() -> None:
    ids = []
    for content in rules.packs().values():
        if not isinstance(content, list):
            continue
        for entry in content:
            assert {"id", "category", "zone", "kind", "evidence", "phrases"} <= set(entry), entry["id"]
            assert entry["zone"] in ("head", "tail", "inline", "any")
            ids.append(entry["id"])
            for language, phrases in entry["phrases"].items():
                assert 2 <= len(language) <= 3
                assert phrases and all(isinstance(p, str) and p.strip() for p in phrases), (entry["id"], language)
            if entry["kind"] == "prompt":
                assert set(entry["phrases"]) <= set(entry["needs"]), entry["id"]
            if entry.get("move_to") not in (None, "captions"):
                assert entry["move_to"] in Cleaned.__dataclass_fields__
    assert len(ids) == len(set(ids))


def test_guillemets_are_never_part_of_a_phrase() -> None:
    for _, rule, phrase in rules.entries():
        assert not set(phrase) & set("«»"), (rule.id, phrase)


def test_no_phrase_is_only_a_number_or_a_single_letter() -> None:
    for entry, rule, phrase in rules.entries():
        if entry["kind"] in ("title", "feed_footer", "network", "meta"):
            continue
        key = line_key(phrase.replace("{n}", ""))
        assert any(map(str.isalpha, key)), (rule.id, phrase)
        is_pager = phrase.count("{n}") == 2  # "3 z 12": two numbers make a letter between them a word
        assert len(key) > 1 or not key.isascii() or is_pager, (rule.id, phrase)


def test_the_27_locales_of_the_comment_link_are_there_in_all_three_forms() -> None:
    languages = {
        "en",
        "da",
        "de",
        "el",
        "es",
        "fi",
        "fr",
        "id",
        "it",
        "ja",
        "ko",
        "nb",
        "nl",
        "pl",
        "pt",
        "ru",
        "sr",
        "sv",
    }
    languages |= {"th", "tl", "tr", "uk", "vi", "zh"}
    for form in ("none", "count", "off"):
        found = {r.rule.language for r in rules.load().titles if r.rule.id.startswith(f"comment_link.{form}.")}
        assert languages <= found


@pytest.mark.parametrize(
    "code", "ar bg cs da de el en es fa fi fr he hi hr hu id it lt nb nl pl pt ro ru sk sr sv th tr uk vi".split()
)
def test_every_month_that_cldr_names_makes_a_date(code: str) -> None:
    locale = Locale.parse(code)
    for context in ("format", "stand-alone"):
        for name in locale.months[context]["wide"].values():
            if any(map(str.isdigit, name)):
                continue
            for text in (f"24 {name} 2022", f"24. {name} 2022", f"{name} 24, 2022"):
                folded = fold_with_map(text)
                spans = dates.find_dates(folded, text)
                assert [(s.start, s.end) for s in spans][:1] == [(0, len(folded.text))], text


@pytest.mark.parametrize(
    "text",
    [
        "24 hours in 2022",
        "12 Comments 2022",
        "Article 5 of 2022",
        "Model 24 Plus 2022",
        "2022 12 Kommentare",
        "1 in 2022 voters",
        "February 2022",
        "99/99/2022",
    ],
)
def test_what_only_looks_like_a_date_is_none(text: str) -> None:
    assert dates.find_dates(fold_with_map(text), text) == []


@pytest.mark.parametrize("text", ["By most accounts", "Updated Police figures show", "Kyiv", "In Europe", "The End"])
def test_what_holds_no_date_and_no_name_proves_no_meta_line(text: str) -> None:
    meta = parse_meta(text, NOTHING)
    assert meta is None or not meta.is_evident


LONG = 200_000
HANG = 60.0  # seconds of CPU: a guard against what grows with the square, many times what is needed


@pytest.mark.parametrize(
    "text",
    [
        "a" * LONG,
        " " * LONG,
        "24 " * (LONG // 3),
        "24 a a " * (LONG // 7),
        "2022" * (LONG // 4),
        "Facebook" * (LONG // 8),
        "x " * (LONG // 2),
        "(" * LONG,
        "(dpa) " * (LONG // 6),
        "Read more: " * (LONG // 11),
        "“" * LONG,
        "&amp;" * (LONG // 5),
        "12,345,678," * (LONG // 11),
        "No Comments on " * (LONG // 15),
        "a@a." * (LONG // 4),
        "Council votes to close the old harbour bridge " * (LONG // 46),
        "議" * LONG,
        "👍🏽" * (LONG // 2),
        "ก็" * (LONG // 2),
        "a\u0301" * (LONG // 2),
        "[a b=" * (LONG // 5),
        "\n" * LONG,
        "Leave a Comment\n" * (LONG // 16),
        "Advertisement\n" * (LONG // 14),
        "Leave a Comment. " * (LONG // 17),
        "Yes.\n" * (LONG // 5),
    ],
    ids=lambda text: repr(text[:16]),
)
def test_no_text_however_strange_makes_cleaning_hang(text: str) -> None:
    title, body = ARTICLES["en_US"]
    started = time.process_time()
    for given in (text, f"{body}\n{text}", f"{text}\n{body}"):
        clean(given, CleanContext(titles=(title,), authors=("Ann Lee",), language="en"))
    assert time.process_time() - started < HANG


@pytest.mark.parametrize("size", [150, 290, 390, 690])
def test_no_line_below_the_limits_makes_cleaning_hang(size: int) -> None:
    title, body = ARTICLES["en_US"]
    lines = [
        ("24 a " * size)[:size],
        ("a a a a " * size)[:size],
        ("(Photo " * size)[:size],
        ("x@x." * size)[:size],
        ("1:1 " * size)[:size],
        ("By A, " * size)[:size],
        ("[a b=c " * size)[:size],
    ]
    for line in lines:
        started = time.process_time()
        for _ in range(5):
            clean(f"{line}\n{body}\n{line}", CleanContext(titles=(title,), authors=("Ann Lee",)))
        assert time.process_time() - started < HANG, line[:20]
