"""The head of a text, on both sides of each number and condition that decides what is boilerplate there."""

from __future__ import annotations

import pytest

from etl.clean.engine import CleanContext, clean
from etl.clean.head import head_window
from etl.clean.lines import WorkingText

TITLE = "Council votes to close the old harbour bridge"
STORY = (
    "The council met on Monday evening in the old hall. Nobody spoke against the plan, and it passed by nine votes.\n"
    "The bridge will be closed in spring. Boats will carry walkers over until the new one stands, the mayor said.\n"
    "A petition of four hundred names was handed over before the vote. It was read out and put aside."
)
EN = CleanContext(titles=(TITLE,), language="en")


LONG_BODY = STORY.replace("\n", " ")


def left(head: str, known: CleanContext = EN) -> str:
    """What stays of a head above a story."""
    text = clean(f"{head}\n{STORY}", known).text
    assert text.endswith(STORY)
    return text.removesuffix(STORY).rstrip("\n")


@pytest.mark.parametrize(
    ("lines", "chars", "window"),
    [
        (20, 100, 6),
        (20, 99, 7),
        (20, 10, 12),
        (20, 700, 3),
        (20, 300, 3),
        (20, 200, 3),
        (20, 199, 4),
        (2, 700, 2),
        (0, 0, 0),
    ],
)
def test_the_head_is_600_characters_of_three_to_twelve_lines(lines: int, chars: int, window: int) -> None:
    assert head_window(WorkingText("\n".join(["x" * chars] * lines))) == window


@pytest.mark.parametrize(
    ("line", "stays"),
    [
        (TITLE, ""),
        (TITLE.upper(), ""),
        (f"  {TITLE}  ", ""),
        (f"{TITLE}.", f"{TITLE}."),  # with a stop of its own it may be the lead
        (f"{TITLE}。", f"{TITLE}。"),
        (f"{TITLE}؟", f"{TITLE}؟"),
        (f"{TITLE} today", f"{TITLE} today"),
        (TITLE[:-7], TITLE[:-7]),
    ],
)
def test_a_line_that_is_the_title_again_goes(line: str, stays: str) -> None:
    assert left(line) == stays


@pytest.mark.parametrize(
    "title", ["Who closed the old harbour bridge?", "The old harbour bridge, closed at last…", "誰が橋を閉じたのか？"]
)
def test_a_title_that_ends_in_a_stop_goes_with_it(title: str) -> None:
    assert left(title, CleanContext(titles=(title,))) == ""


@pytest.mark.parametrize("above", range(4))
def test_the_title_is_looked_for_in_the_first_three_lines(above: int) -> None:
    lead = [
        f"Walkers gathered at the landing number {n} and sang until the lights of the ferry went out."
        for n in range(above)
    ]
    text = clean("\n".join([*lead, TITLE, STORY]), EN).text
    assert (TITLE in text.split("\n")) is (above == 3)


def test_a_text_that_is_its_title_alone_keeps_it() -> None:
    assert clean(TITLE, EN).text == TITLE


@pytest.mark.parametrize(
    ("title", "rest", "is_cut"),
    [
        ("Reporters flee from invasion of Ukraine", "U.S. Secretary of State", True),
        ("Reporters flee from invasion of Ukraine", " U.S. Secretary of State", False),  # a space: a sentence
        ("Reporters flee from invasion of Ukraine", "ian troops and their families", False),
        ("Reporters flee from invasion of UKRAINE", "U.S. Secretary of State", False),
        ("War in Ukraine now", "U.S. Secretary of State", False),  # too short to be certain
        ("Репортёры уехали из города", "Глава правительства сказал", True),
    ],
)
def test_a_title_that_is_glued_to_the_first_word_is_taken_off(title: str, rest: str, is_cut: bool) -> None:
    line = f"{title}{rest} spoke of it on Monday evening in the old hall, and said that more would follow in spring."
    text = clean(f"{line}\n{STORY}", CleanContext(titles=(title,))).text
    assert text.split("\n")[0] == (line[len(title) :] if is_cut else line)


def test_a_glued_title_needs_a_line_twice_as_long() -> None:
    title = "Reporters flee from invasion of Ukraine"
    for size, is_cut in ((2 * len(title), True), (2 * len(title) - 1, False)):
        line = (title + "U" + "s" * len(title))[:size]
        cleaned = clean(f"{line}\n{STORY}", CleanContext(titles=(title,))).text
        assert (cleaned.split("\n")[0] != line) is is_cut


@pytest.mark.parametrize(
    ("line", "stays"),
    [
        ("By Ann Lee", False),
        ("By Ann Lee, Political Editor", False),
        ("February 24, 2022", False),
        ("2022-02-24 | News", False),
        ("2022-02-24 · Новости", False),
        ("2022-02-24 10:30", False),
        ("2022-02-24 News", True),  # without a bar it may be the beginning of a sentence
        ("2022-02-24 | News | Walks", True),
        ("News | Walks", True),
        ("News", True),
        ("2022-02-24 | " + "N" * 40, False),
        ("2022-02-24 | " + "N" * 41, True),
        ("Harbour", True),
    ],
)
def test_a_line_of_date_and_author_goes_and_one_that_says_more_stays(line: str, stays: bool) -> None:
    assert left(line) == (line if stays else "")


def test_a_line_of_known_categories_goes_without_a_date() -> None:
    known = CleanContext(titles=(TITLE,), categories=("News", "Harbour walks"), language="en")
    assert left("News", known) == left("News | Harbour walks", known) == ""


@pytest.mark.parametrize("above", range(4))
def test_lines_of_boilerplate_are_looked_for_in_the_first_three(above: int) -> None:
    lead = [
        f"Walkers gathered at the landing number {n} and sang until the lights of the ferry went out."
        for n in range(above)
    ]
    text = clean("\n".join([*lead, "2022-02-24 | News", STORY]), EN).text
    assert ("2022-02-24 | News" in text.split("\n")) is (above == 3)


def test_the_comment_link_above_the_story_goes_with_what_stands_between_it_and_the_title() -> None:
    head = f"{TITLE}\nNews\nAnn Lee\nFebruary 24, 2022 No Comments on {TITLE}"
    cleaned = clean(f"{head}\n{STORY}", EN)
    assert cleaned.text == STORY
    assert cleaned.head_date_text == "February 24, 2022"


def test_of_a_text_without_a_known_title_the_first_line_is_taken_for_it_where_a_comment_link_says_so() -> None:
    unknown = CleanContext(language="en")
    cleaned = clean(f"{TITLE}\nFebruary 24, 2022 No Comments on {TITLE}\n{STORY}", unknown)
    assert (cleaned.text, cleaned.head_title) == (STORY, TITLE)
    other = clean(f"{TITLE}\n{STORY}", unknown)
    assert (other.text, other.head_title) == (f"{TITLE}\n{STORY}", None)


@pytest.mark.parametrize(
    "line",
    [
        "Walkers sang at the landing until the lights went out.",
        "渡し船が月曜日に再開した。",
        "عاد الركاب إلى المرسى القديم تحت المطر وغنوا معا ورقصوا.",
    ],
)
def test_prose_above_the_comment_link_stays_with_what_stands_over_it(line: str) -> None:
    assert len(line) <= 60
    text = clean(f"News\n{line}\nFebruary 24, 2022 No Comments on {TITLE}\n{STORY}", EN).text
    assert text == f"News\n{line}\n{STORY}"


@pytest.mark.parametrize(
    "line", ["2022-02-24 | News", "24 February 2022", "24. Februar 2022", "2022年2月24日", "٢٤ فبراير ٢٠٢٢"]
)
def test_a_line_of_the_theme_goes_also_where_the_body_is_one_line(line: str) -> None:
    cleaned = clean(f"{line}\n{LONG_BODY}", CleanContext())
    assert (cleaned.text, cleaned.head_date_text is not None) == (LONG_BODY, True)
    assert clean(line, CleanContext()).text == line  # where it is all that there is, it stays


@pytest.mark.parametrize(("title", "link"), [
    ("Council votes to close the old harbour bridge", "2 Comments on Council votes to close the old harbour bridge"),
    ("Der Rat schließt die alte Brücke am Hafen", "Keine Kommentare zu Der Rat schließt die alte Brücke am Hafen"),
])  # fmt: skip
def test_the_first_line_is_the_title_where_a_comment_link_says_so_and_none_is_known(title: str, link: str) -> None:
    cleaned = clean(f"{title}\n{link}\n{LONG_BODY}", CleanContext())
    assert (cleaned.head_title, cleaned.text) == (title, LONG_BODY)
    known = clean(f"{title}\n{link}\n{LONG_BODY}", CleanContext(titles=(title,)))
    assert (known.head_title, known.text) == (None, LONG_BODY)


def test_what_stands_above_a_comment_link_is_cut_and_its_category_kept_as_a_value() -> None:
    cleaned = clean(f"Politics\n{TITLE}\n12 Comments on {TITLE}\n{STORY}", EN)
    assert cleaned.text == STORY and cleaned.head_categories == ("Politics",)
    assert [cut.rule for cut in cleaned.cuts] == ["comment_link.above", "title_echo", "comment_link.count.en"]
