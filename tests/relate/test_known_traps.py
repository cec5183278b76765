"""What other programs that look for near-duplicates have been seen to get wrong, each as an article would have it."""

from __future__ import annotations

import json
import random
import unicodedata

import pytest
from story_groups import Doc, apart, groups
from story_shapes import drawer, golden

TOPICS = ("harbour dredging", "migraine", "bee hotels", "night trains", "slate roofs", "school meals")


def test_guides_that_open_and_close_with_one_conversation_are_apart() -> None:
    draw = drawer(3)
    opening = (
        "Hello again, and thanks for writing in. You asked me last week what I make of {0}, and I promised to think about it. "
        "Before I begin, a word of caution: I am no expert, I only read a great deal and talk to people who are."
    )
    closing = (
        "That is all I know about {0}. If you liked this letter, pass it on, and tell me what I should look into next."
    )
    docs = [
        Doc(
            f"A letter about {t}",
            "\n".join((opening.format(t), *draw("en").paragraphs[:2], closing.format(t))),
            "one.example",
            n,
        )
        for n, t in enumerate(TOPICS)
    ]
    assert groups(*docs) == apart(6)
    assert groups(*(Doc(d.title, d.text) for d in docs)) == apart(6)


def test_records_of_one_schema_are_apart() -> None:
    draw = random.Random(4)
    docs = []
    for n in range(6):
        record = {
            f"field_{k}": {"type": "string", "description": f"the {k} of the call", "value": draw.randrange(10**6)}
            for k in range(30)
        }
        docs.append(Doc(f"Call {n}", json.dumps(record, indent=1)))
    assert groups(*docs) == apart(6)


def test_long_texts_of_one_language_that_share_letters_alone_are_apart() -> None:
    draw = drawer(5)
    long = [Doc("", "\n".join(p for _ in range(12) for p in draw("en").paragraphs)) for _ in range(4)]
    assert groups(*long) == apart(4)


def test_episodes_between_the_same_credits_are_apart_however_short() -> None:
    credits = (
        "The show is made by a team of nine. Our music is by the house band. Support us on our site, where members hear every "
        "episode a day early and without advertisements. Find us wherever you get your podcasts, and leave us a review."
    )
    about = ("Why doors have two handles.", "A lighthouse that moved inland.", "The man who counted benches.")
    docs = [Doc(text.rstrip("."), f"{text} {credits}", "one.example", 7 * n) for n, text in enumerate(about)]
    assert groups(*docs) == apart(3)


@pytest.mark.parametrize(
    ("one", "other"), [("谢谢童学们的支持", "谢谢同学们的支持"), ("中国", "中国人"), ("我喜欢健身", "我喜欢普洱茶")]
)
def test_a_few_ideographs_are_no_article(one: str, other: str) -> None:
    assert groups(Doc(one, one), Doc(other, other)) == apart(2)


def test_different_ideographs_are_different_texts_and_a_full_stop_changes_nothing() -> None:
    first, second = (drawer(n)("zh-Hans").paragraphs[0] for n in (6, 7))
    assert groups(Doc("", first), Doc("", second), Doc("", first.replace("。", "")), Doc("", first + "。")) == [
        [0, 2, 3],
        [1],
    ]


def test_a_word_that_is_put_in_shifts_nothing() -> None:
    text = drawer(8)("en").text
    words = text.split(" ")
    assert groups(Doc("A", text), Doc("B", " ".join([*words[:6], "on", *words[6:]]))) == [[0, 1]]


def test_one_headline_in_the_styles_of_its_places_is_one_story() -> None:
    text = "\n".join(drawer(9)("en").paragraphs[:3])
    heads = ("Opinion | When bridges are left to children - The Lane Times", "Guest essay: When bridges are left to children",
             "Opinion | When bridges are left to children")  # fmt: skip
    assert groups(*(Doc(head, text) for head in heads)) == [[0, 1, 2]]


def test_a_page_that_a_feed_brings_again_with_another_time_is_one_story() -> None:
    a = drawer(10)("en")
    docs = [
        Doc(a.title, f"Updated 12 March 2026, {hour}:00\n{a.text}", "one.example", path=f"a#{hour}")
        for hour in (9, 11, 15)
    ]
    assert groups(*docs) == [[0, 1, 2]]


def test_one_headline_of_two_sites_over_two_texts_is_two_stories() -> None:
    draw = drawer(11)
    assert groups(*(Doc("News in brief", draw("en").text) for _ in range(3))) == apart(3)


def test_keyboards_and_spelling_aids_make_no_other_text() -> None:
    arabic = str(golden("ar")["stories"][0]["text"])
    marked = "".join(c + ("\u064e" if n % 5 == 0 and "\u0621" <= c <= "\u064a" else "") for n, c in enumerate(arabic))
    typed = arabic.replace("ة", "ه").replace("أ", "ا").replace("إ", "ا").replace("ى", "ي")
    assert groups(Doc("", arabic), Doc("", marked), Doc("", typed), Doc("", arabic.replace("ا", "اـ"))) == [
        [0, 1, 2, 3]
    ]
    vietnamese = str(golden("vi")["stories"][0]["text"])
    hidden = "\u200b".join(vietnamese.split(" ")).replace("\u200b", " \u200b")
    wide = vietnamese.translate({n: n + 0xFEE0 for n in range(0x21, 0x7F)})
    assert groups(
        Doc("", vietnamese), Doc("", unicodedata.normalize("NFD", vietnamese)), Doc("", hidden), Doc("", wide)
    ) == [[0, 1, 2, 3]]


def test_stories_do_not_hang_on_who_came_first() -> None:
    draw = drawer(12)
    a, b = draw("en"), draw("en")
    chain = [
        Doc(a.title, a.text),
        Doc(a.title, "\n".join(a.paragraphs[:7])),
        Doc(a.title, "\n".join(a.paragraphs[2:7])),
        Doc(b.title, b.text),
    ]
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]):
        found = groups(*(chain[n] for n in order))
        assert {frozenset(order[n] for n in group) for group in found} == {frozenset((0, 1, 2)), frozenset((3,))}
