"""Copies of a text are one story, texts that only look alike are not; the same on every machine and in any order."""

from __future__ import annotations

import random
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_stories import SCRIPTS, story
from template_stories import SCRIPTS_WITHOUT_CAPITALS, two_reports

from etl.relate import candidate_pairs, compare, compare_pairs, keys, keys_of_many, signature, signatures_of_many
from etl.relate.candidates import pairs_of_ranked
from etl.relate.shapes import is_list
from etl.relate.signing import _sorted
from etl.relate.tokens import ANCHOR, NUMBER, tokens
from etl.relate.utf8 import nfc, utf8

QUAKE = (
    "A magnitude {0} earthquake was reported {1} at {2} local time {3} kilometres from {4}, according to the survey. "
    "The temblor occurred at a depth of {5} kilometres. It was {6} kilometres from {7} and {8} kilometres from {9}. "
    "In the past days there have been several earthquakes of such a size or greater centred nearby. Did you feel it? "
    "Consider reporting what you felt. Even if you did not, you never know when the big one is going to strike."
)

GOLDEN_KEYS = [
    559073836915720307,
    822468720461290849,
    1138143432066178691,
    1544436966156567313,
    1957256559988862325,
    3936631680020995399,
    4635602307569528282,
    5886870185324461225,
]
GOLDEN_TOKENS = [11232706186265449135, 13017755090619363625, 13017755090619363625, 8536702269118545941]


def is_copy(a: str, b: str) -> bool:
    return compare(signature(a), signature(b)).is_edge and bool(set(keys(a)) & set(keys(b)))


@pytest.mark.parametrize("script", SCRIPTS)
def test_copies_of_a_wire_report_are_found_in_every_script(script: str) -> None:
    text = story(1, script)
    lines = text.split("\n")
    assert is_copy(text, "\n".join(lines[:3]))  # cut
    assert is_copy(text, "KYIV, May 3 (AP) — " + text)
    assert is_copy(text, "\n".join([*lines[:2], story(9, script, 1), *lines[2:]]))  # a paragraph put in
    assert is_copy(text, text.replace("9", "8", 1))  # corrected
    assert is_copy(text, unicodedata.normalize("NFD", text).upper())
    assert not is_copy(text, story(2, script))
    assert not is_copy(text, lines[0] + "\n" + story(3, script, 12))  # a quotation


def test_a_scan_with_misread_letters_is_a_copy() -> None:
    draw = random.Random(5)
    text = story(4, paragraphs=12)
    scan = "".join(draw.choice("abcdefi") if c.isalpha() and draw.random() < 0.045 else c for c in text)
    scores = compare(signature(text), signature(scan))
    assert scores.containment < 0.6 < scores.characters and scores.is_edge


def test_template_stories_with_other_facts_stay_apart() -> None:
    one = QUAKE.format("5.1", "Monday", "8.29pm", "15", "Lima", "5.86", "66", "Cusco", "49", "Callao")
    other = QUAKE.format("6.3", "Friday", "4.10am", "97", "Tokyo", "9.20", "80", "Chiba", "47", "Osaka")
    scores = compare(signature(one), signature(other))
    assert scores.containment > 0.6 and not scores.is_edge
    assert compare(signature(one), signature(one.replace("5.86", "5.9"))).is_edge


@pytest.mark.parametrize("script", SCRIPTS_WITHOUT_CAPITALS)
def test_template_stories_stay_apart_where_names_have_no_capitals(script: str) -> None:
    one, other = two_reports(script)
    assert set(keys(one)) & set(keys(other)), "they are looked at"
    assert not is_copy(one, other)
    assert not is_copy(f"{one}\n3/5/2024", f"{other}\n3/5/2024")  # a day is no fact that makes them one
    more = story(6, "cjk" if script in ("japanese", "thai") else "arabic", 1)
    assert is_copy(one, f"（AFP） {one}") and is_copy(one, f"{one}\n{more}") and is_copy(one, one.replace("،", ","))


@pytest.mark.parametrize("script", ["arabic", "cjk", "hindi", "thai"])
def test_a_report_with_its_few_numbers_corrected_is_a_copy(script: str) -> None:
    plain = "".join(c for c in story(3, script, 12) if not c.isascii() or c.isspace())
    one, other = (plain + "".join(f" {n + i}" for i in range(2)) for n in (11, 61))
    assert compare(signature(one), signature(other)).anchors < 0.7
    assert is_copy(one, other)


def test_a_scan_is_a_copy_also_where_names_have_no_capitals() -> None:
    draw = random.Random(5)
    text = "".join(c for c in story(4, "hindi", 12) if not c.isascii() or c.isspace())
    letters = sorted({c for c in text if c.isalpha()})
    scan = "".join(draw.choice(letters) if c.isalpha() and draw.random() < 0.05 else c for c in text)
    scores = compare(signature(text), signature(scan))
    assert scores.containment < 0.6 < scores.characters and scores.is_edge


def test_pages_of_one_site_with_other_titles_share_its_furniture_and_no_story() -> None:
    furniture = story(7, paragraphs=5)
    one, other = furniture + "\n" + story(8, paragraphs=1), furniture + "\n" + story(9, paragraphs=1)
    titles = ("Bakery wins a prize for its bread", "Choir sings in the mill")
    a, b = (signature(x, title=t, site="site.example") for x, t in zip((one, other), titles, strict=True))
    assert not compare(a, b).is_edge
    assert not compare(a, signature(other, title=titles[1], site="sister.example")).is_edge
    assert compare(a, signature(other, title=titles[0], site="other.example")).is_edge
    assert compare(a, signature(other, title=titles[0] + " today", site="site.example")).is_edge
    assert compare(a, signature(one, title=titles[1], site="site.example")).is_edge  # the same text is the same story
    assert compare(a, signature(other, site="site.example")).is_edge  # nothing is held against an unknown title


def test_lists_of_headlines_are_seen_by_their_lines() -> None:
    heads = [f"Council {n} votes on harbour and bridge\nMore on page {n}." for n in range(9)]
    assert is_list("\n\n".join(heads))
    assert not is_list(story(3))
    assert is_list("\n".join(f"市议会第{n}次会议讨论港口预算" for n in range(9)))


def test_keys_are_the_same_everywhere() -> None:
    text = "Zürich, 3 May 2024 (AP) – Die Straße am Fluß ist seit ٣ Tagen gesperrt; 北京市议会 讨论 預算. สวัสดี"
    assert keys(text).tolist() == GOLDEN_KEYS
    assert tokens("Don’t STRASSE straße ３٣3")[0].tolist() == GOLDEN_TOKENS


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_has_keys_as_its_nfc_has(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    assert nfc(text) == unicodedata.normalize("NFC", text)
    found = keys(text)
    assert (np.diff(found) > 0).all()
    assert found.tolist() == keys(unicodedata.normalize("NFD", text)).tolist()
    assert compare(signature(text), signature(text)).containment in (0.0, 1.0)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 5), st.integers(0, 5), st.sampled_from(SCRIPTS), st.integers(1, 6), st.integers(1, 6))
def test_comparing_is_symmetric(x: int, y: int, script: str, many: int, more: int) -> None:
    a, b = story(x, script)[: many * 90], story(y, script)[: more * 90]
    assert compare(signature(a), signature(b)) == compare(signature(b), signature(a))


def test_many_texts_give_what_each_gives_alone() -> None:
    texts = [story(n, script) for n in range(3) for script in SCRIPTS] + ["", "too short", "x" * 5000]
    offsets, found = keys_of_many(texts)
    for i, text in enumerate(texts):
        assert found[offsets[i] : offsets[i + 1]].tolist() == keys(text).tolist()
    left = np.repeat(np.arange(len(texts)), len(texts))
    right = np.tile(np.arange(len(texts)), len(texts))
    scores = compare_pairs(signatures_of_many(texts), left, right, in_full=True)
    fast = compare_pairs(signatures_of_many(texts), left, right)
    assert (scores.is_edge == fast.is_edge).all()
    one = compare(signature(texts[0]), signature(texts[1]))
    assert scores.containment[1] == one.containment and scores.anchors[1] == one.anchors


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 200)), max_size=400, unique=True), st.randoms())
def test_the_bucket_rule_goes_by_members_and_not_by_their_order(
    rows: list[tuple[int, int]], draw: random.Random
) -> None:
    draw.shuffle(rows)
    buckets: dict[int, list[bytes]] = {}
    for key, rank in rows:
        buckets.setdefault(key, []).append(rank.to_bytes(2, "big"))
    expected = {(int.from_bytes(a, "big"), int.from_bytes(b, "big")) for a, b in candidate_pairs(buckets)}
    found = pairs_of_ranked(np.array([r[0] for r in rows], np.int64), np.array([r[1] for r in rows], np.uint32))
    assert set(zip(*(x.tolist() for x in found), strict=True)) == expected


def test_of_a_large_bucket_two_high_members_are_no_pair() -> None:
    members = [n.to_bytes(2, "big") for n in range(100)]
    found = candidate_pairs({1: members})
    assert (members[63], members[99]) in found and (members[64], members[65]) not in found


LETTERS = "aeoAz éạüǖÅΩйԯ한あ漢אकক☂\U0001f600"
MARKS = "\u0300\u0301\u0308\u0323\u0328\u0345\u05b0\u093c\u09be\u1161\u11a8\u3099\u0f71"


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(st.sampled_from(LETTERS + MARKS), max_size=12), max_size=4))
def test_letters_and_marks_compose_as_unicode_says(texts: list[str]) -> None:
    decomposed = [unicodedata.normalize("NFD", text) for text in texts]
    expected = [unicodedata.normalize("NFC", text).encode() for text in texts]
    assert utf8(texts) == expected and utf8(decomposed) == expected


def test_every_letter_composes_from_its_parts() -> None:
    every = [chr(point) for point in range(0x20, 0x30000) if not 0xD800 <= point < 0xE000]
    expected = [unicodedata.normalize("NFC", c).encode() for c in every]
    assert utf8([unicodedata.normalize("NFD", c) for c in every]) == expected


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 800),
    st.sampled_from((1, 3, 1 << 12, 1 << 32)),
    st.sampled_from((0, 20)),
)
def test_hashes_are_sorted_each_once_however_they_crowd(seed: int, count: int, kinds: int, shift: int) -> None:
    values = (np.random.default_rng(seed).integers(0, kinds, count) << shift).astype(np.uint32)
    expected = np.unique(values).tolist()
    found = _sorted(values, np.empty(count, np.uint32), np.empty((1 << 16) + 1, np.uint32))
    assert found.tolist() == expected


def test_a_signature_holds_what_a_text_is_made_of() -> None:
    text = story(3)[:400] + " Ĳ ﬁ 12"
    hashes, marks = tokens(text)
    made = signature(text, title="One two 12 one").of
    title, title_numbers, numbers, names, words, shingles, letters, end = made.at[0].tolist()
    low = np.uint64(0xFFFFFFFF)
    assert made.data[title:title_numbers].tolist() == np.unique(tokens("one two 12")[0] & low).tolist()
    assert made.data[title_numbers:numbers].tolist() == (tokens("12")[0] & low).tolist()
    assert made.data[numbers:names].tolist() == np.unique(hashes[(marks & NUMBER) > 0] & low).tolist()
    assert made.data[names:words].tolist() == np.unique(hashes[(marks & ANCHOR) > 0] & low).tolist()
    assert made.data[words:shingles].tolist() == np.unique(hashes & low).tolist()
    assert letters - shingles == len({tuple(hashes[i : i + 3].tolist()) for i in range(len(hashes) - 2)})
    plain = signature("".join(c for c in text if c.isalnum())).of
    start, stop = plain.at[0, 6:].tolist()
    assert 10 < end - letters < 90 and made.data[letters:end].tolist() == plain.data[start:stop].tolist()


def test_the_words_of_a_script_without_spaces_are_pairs_of_characters() -> None:
    made = signature("市议会 says 是").of
    assert made.at[0, 5] - made.at[0, 4] == 4  # 市议, 议会, says, 是


def words(*numbers: int) -> str:
    """Made-up words in lower case, one for each number: no anchors, and no shingle that two of them share."""
    return " ".join("".join("bcdfghjklm"[int(digit)] for digit in f"{number:05d}") for number in numbers)


def names(*numbers: int) -> str:
    return " ".join(word.capitalize() for word in words(*numbers).split())


def parted(shared: int, own: int, start: int) -> str:
    return words(*range(shared), *range(start, start + own))


def scores_of(one: str, other: str, **more: str) -> tuple[float, bool]:
    found = compare(signature(one, **more), signature(other, **more))  # type: ignore[arg-type]
    return found.containment, found.is_edge


FACTS = names(900, 901, 902, 903) + " "  # four names: enough for names and numbers to say that texts are one story


def test_six_tenths_of_the_shorter_text_have_to_stand_in_the_longer_one() -> None:
    containment, is_edge = scores_of(FACTS + parted(126, 72, 1000), FACTS + parted(126, 72, 2000))  # 128 of 200
    assert containment == 0.64 and is_edge
    containment, is_edge = scores_of(FACTS + parted(108, 90, 1000), FACTS + parted(108, 90, 3000))  # 110
    assert containment == 0.55 and not is_edge


def test_in_a_short_text_a_seventh_of_the_words_may_not_be_replaced_by_others() -> None:
    for own, wanted in ((12, True), (16, False)):  # of 106 words
        one, other = (FACTS + parted(102 - own, own, start) for start in (1000, 2000))
        assert scores_of(one, other)[1] is wanted
    assert scores_of(FACTS + parted(124, 16, 1000), FACTS + parted(124, 16, 2000))[1]  # no short one
    assert scores_of(FACTS + parted(86, 16, 1000), FACTS + parted(86, 50, 2000))[1]  # of another size: no form


@pytest.mark.parametrize("facts", ["", names(900, 901, 902) + " "])
def test_without_four_names_or_numbers_nine_tenths_of_the_words_have_to_be_the_same(facts: str) -> None:
    begun = len(facts.split())
    for shared, own, wanted in ((90 - begun, 12, False), (92 - begun, 10, True)):
        containment, is_edge = scores_of(facts + parted(shared, own, 1000), facts + parted(shared, own, 2000))
        assert containment == (0.9 if wanted else 0.88) and is_edge is wanted


def test_seven_tenths_of_the_names_have_to_be_the_same() -> None:
    text = words(*range(150))
    same, ours, theirs = names(*range(500, 509)), names(*range(600, 603)), names(*range(700, 703))
    assert scores_of(f"{text} {same} {ours}", f"{text} {same} {theirs}")[1]  # 9 of 12
    same, ours, theirs = names(*range(500, 506)), names(*range(600, 603)), names(*range(700, 703))
    assert not scores_of(f"{text} {same} {ours}", f"{text} {same} {theirs}")[1]  # 6 of 9


def test_a_paragraph_of_a_longer_text_is_no_copy_of_it() -> None:
    longer = words(*range(602))
    assert scores_of(words(*range(152)), longer)[1]  # a quarter
    containment, is_edge = scores_of(words(*range(92)), longer)  # a seventh
    assert containment == 1 and not is_edge


def test_short_texts_have_to_be_nearly_equal() -> None:
    assert not scores_of(parted(25, 4, 100), parted(25, 4, 200))[1]  # 23 of 27 shingles each: .74 of all
    assert scores_of(FACTS + parted(36, 5, 100), FACTS + parted(36, 5, 200))[1]  # the same share of a longer text
    assert scores_of(parted(27, 2, 100), parted(27, 2, 200))[1]  # 25 of 27: .86


def test_two_lists_that_share_teasers_are_no_copies_unless_nearly_equal() -> None:
    def teasers(*numbers: int) -> str:
        return "\n".join(words(*range(10 * n, 10 * n + 9)) for n in numbers)

    def sentences(*numbers: int) -> str:
        return "\n".join(words(*range(10 * n, 10 * n + 9)) + "." for n in numbers)

    shared, ours, theirs = range(20), range(50, 54), range(60, 64)
    assert is_list(teasers(*shared)) and not is_list(sentences(*shared))
    assert not scores_of(FACTS + teasers(*shared, *ours), FACTS + teasers(*shared, *theirs))[1]  # Jaccard .71
    assert scores_of(teasers(*shared, 50), teasers(*shared, 60))[1]  # .91
    assert scores_of(FACTS + teasers(*shared, *ours), FACTS + sentences(*shared, *theirs))[1]  # one is an article


@pytest.mark.parametrize(
    ("title", "is_edge"),
    [("one two three four", True), ("one two five six", True), ("one five six seven", False)],
)
def test_titles_on_one_site_have_to_share_four_tenths_of_their_words(title: str, is_edge: bool) -> None:
    one = signature(parted(300, 30, 1000), title="one two three four", site="site.example")
    other = signature(parted(300, 30, 2000), title=title, site="site.example")
    assert compare(one, other).is_edge is is_edge


def test_keys_begin_at_twelve_words_and_are_at_least_eight() -> None:
    assert len(keys(words(*range(11)))) == 0 and len(keys(words(*range(12)))) == 8
    assert 200 < len(keys(words(*range(9000)))) < 400  # one shingle of 32
