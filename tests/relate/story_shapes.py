"""What editors, publishing systems and scanners make of an article: shapes of copies, and of texts that only look alike.

A shape is a function of articles, so the same shapes can be tried on any texts. `shapes(draw)` gives them all: a name,
documents, and which of these are one story. Nothing here is anybody's text: articles are drawn by `made_article`, words of
the golden stories in random order.
"""

from __future__ import annotations

import html
import random
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from report_forms import FORMS
from story_groups import Doc, apart

GOLDEN = Path(__file__).parents[1] / "golden" / "stories"
SPACELESS = ("zh-Hans", "zh-Hant", "ja", "th")
Grouping = list[list[int]]
Found = tuple[str, list[Doc], Grouping]


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A report: its headline says in its own words what stands in its text."""

    language: str
    title: str
    paragraphs: tuple[str, ...]
    own: tuple[str, ...] = ()  # words that no other article has

    @property
    def text(self) -> str:
        return "\n".join(self.paragraphs)

    @property
    def space(self) -> str:
        return "" if self.language in SPACELESS else " "


Draw = Callable[[str], Article]


@cache
def golden(language: str) -> dict[str, Any]:
    """Return the golden stories of a language, and the words of its pages."""
    loaded: dict[str, Any] = yaml.safe_load((GOLDEN / f"{language}.yaml").read_text("utf-8"))
    return loaded


@cache
def _vocabulary(language: str) -> tuple[str, ...]:
    text = "\n".join(story["text"] for story in golden(language)["stories"]).replace("[[", "").replace("]]", "")
    found = re.findall(r"\d+|\w" if language in SPACELESS else r"\S*\w\S*", text)
    return tuple(word.strip(',.;:!?،।“”„«»"()') for word in found)


def drawer(seed: int) -> Draw:
    """Return what draws made articles, another one at each call, the same ones for a seed."""
    draw = random.Random(seed)
    return lambda language: made_article(language, draw)


def made_article(language: str, draw: random.Random, paragraphs: int = 9) -> Article:
    """Return an article: half of its words are those of the language's golden stories, half are its own, with names and
    numbers. Own words are halves of two words put together, in ideographs two characters."""
    common = _vocabulary(language)
    space, stop = ("", "。") if language in SPACELESS else (" ", ".")
    own = [_made_word(language, common, draw) for _ in range(90)]
    made = []
    for _ in range(paragraphs):
        chosen = [draw.choice(own if draw.random() < 0.5 else common) for _ in range(75 if language == "th" else 42)]
        chosen[draw.randrange(len(chosen))] = str(draw.randrange(20, 9000))
        chosen[0] = chosen[0][:1].upper() + chosen[0][1:]
        made.append(space.join(chosen) + stop)
    title = space.join(word for n in range(4) for word in (draw.choice(common), own[n]))
    made[0] = space.join(own[:4]) + space + made[0]  # a lead that says what the headline says
    return Article(language=language, title=title, paragraphs=tuple(made), own=tuple(own))


def _made_word(language: str, common: tuple[str, ...], draw: random.Random) -> str:
    if language in ("zh-Hans", "zh-Hant", "ja"):
        return "".join(chr(draw.randrange(0x4E00, 0x9000)) for _ in range(2))
    one, other = draw.choice(common), draw.choice(common)
    word = one[: -(-len(one) // 2)] + other[len(other) // 2 :]
    return word.capitalize() if draw.random() < 0.25 else word


def _other_title(article: Article) -> str:
    """Return a headline that another desk gives the same report: some of its later words."""
    if article.own:
        return article.space.join(article.own[8:14])
    part = article.paragraphs[1]
    return " ".join(part.split(" ")[2:10]) if article.space else part[8:24]


def _cut(text: str, share: float) -> str:
    return text[: int(len(text) * share)]


def _edited(text: str, every: int, space: str, draw: random.Random) -> str:
    """Return a text in which every so manieth word (or character) is another one of the text."""
    words = text.split(" ") if space else list(text)
    pool = [w for w in words if w.strip()]
    for place in range(every // 2, len(words), every):
        words[place] = draw.choice(pool)
    return space.join(words)


def _corrected(text: str) -> str:
    """Return a text with two of its numbers corrected."""
    numbers = iter(range(41, 99))
    return re.sub(r"\d+", lambda _: str(next(numbers)), text, count=2)


def _misread(text: str, share: float, draw: random.Random) -> str:
    swaps = {"e": "c", "o": "0", "l": "1", "n": "u", "а": "о", "и": "н", "т": "г"}
    return "".join(
        swaps.get(c, draw.choice("abcdefghikmnorstuvw")) if c.isalpha() and draw.random() < share else c for c in text
    )


def _mojibake(text: str, wrong: str) -> str:
    return text.encode("utf-8").decode(wrong, "replace")


def _first_words(text: str, count: int, space: str) -> str:
    return space.join(text.split(" ")[:count]) if space else text[: 2 * count]


EUROPE = ("en", "de", "fr", "es", "pl", "ru", "tr", "el")
ALL = (*EUROPE, "ar", "fa", "he", "hi", "bn", "ta", "th", "ko", "ja", "zh-Hans", "vi", "sr", "uk", "pt-BR", "it", "hu")


def copies(draw: Draw) -> Iterator[Found]:
    """Documents that are one story."""
    chance = random.Random(7)
    for language in ALL:
        words = golden(language)["words"]
        for percent in (30, 20, 13):
            for site in ("", "one.example"):
                a = draw(language)
                stub = _cut(a.text, percent / 100) + "\n" + words["subscribers_only"]
                yield (
                    f"stub of {percent}% {language} {site}",
                    [Doc(a.title, a.text, site), Doc(a.title, stub, site)],
                    [[0, 1]],
                )
        a = draw(language)
        yield (
            f"flash of 22% {language}",
            [Doc(a.title, _cut(a.text, 0.22), "one.example"), Doc(a.title, a.text, "one.example", 1)],
            [[0, 1]],
        )
        a = draw(language)
        dropped = "\n".join((*a.paragraphs[:4], *a.paragraphs[5:]))
        new = _other_title(a)
        yield (
            f"new headline, a paragraph dropped, one site {language}",
            [Doc(a.title, a.text, "one.example"), Doc(new, dropped, "one.example")],
            [[0, 1]],
        )
        a = draw(language)
        grown = "\n".join((*a.paragraphs, *draw(language).paragraphs[:5]))
        docs = [
            Doc(a.title, a.text, "one.example", 0, "a/first-slug-4711042"),
            Doc(_other_title(a), grown, "one.example", 1, "b/4711042-second"),
        ]
        yield f"new headline and address, grown, one number {language}", docs, [[0, 1]]
        a = draw(language)
        yield (
            f"new headline, other site {language}",
            [Doc(a.title, a.text), Doc(_other_title(a), "\n".join(a.paragraphs[:-1]))],
            [[0, 1]],
        )
        a = draw(language)
        entries = [a.paragraphs[:3], a.paragraphs[:5], a.paragraphs[:8]]
        yield f"live page grows {language}", [Doc(a.title, "\n".join(e), "one.example") for e in entries], [[0, 1, 2]]
        entries = [draw(language).paragraphs[:2] for _ in range(8)]
        title = draw(language).title
        windows = ["\n".join(p for e in entries[n : n + 5] for p in e) for n in range(4)]
        yield f"window of a live page slides {language}", [Doc(title, w, "one.example") for w in windows[:2]], [[0, 1]]
        a = draw(language)
        yield (
            f"paragraphs reversed {language}",
            [Doc(a.title, a.text), Doc(a.title, "\n".join(a.paragraphs[::-1]))],
            [[0, 1]],
        )
        a = draw(language)
        edited = _edited(_cut(a.text, 0.6), 40, a.space, chance)
        yield f"cut to 60%, every 40th word edited {language}", [Doc(a.title, a.text), Doc(a.title, edited)], [[0, 1]]
        a = draw(language)
        edited = _edited(_cut(a.text, 0.7), 25, a.space, chance)
        yield f"cut to 70%, every 25th word edited {language}", [Doc(a.title, a.text), Doc(a.title, edited)], [[0, 1]]
        a = draw(language)
        short = "\n".join(a.paragraphs[:2])
        yield (
            f"brief with an agency's line {language}",
            [Doc(a.title, short), Doc(a.title, short + "\n(Reuters)"), Doc(_other_title(a), "PARIS (AFP) — " + short)],
            [[0, 1, 2]],
        )
        a = draw(language)
        caption = _first_words(a.text, 17, a.space)
        yield f"photo caption {language}", [Doc(a.title, caption), Doc(a.title, caption)], [[0, 1]]
        a = draw(language)
        short = "\n".join(a.paragraphs[:2])
        fixed = _corrected(short)
        yield f"correction of figures {language}", [Doc(a.title, short), Doc(a.title, fixed, day=1)], [[0, 1]]
        a = draw(language)
        lines = [line for p in a.paragraphs for line in (p, f"{words['read_also']}: {draw(language).title}")]
        yield f"links between paragraphs {language}", [Doc(a.title, a.text), Doc(a.title, "\n".join(lines))], [[0, 1]]
        a = draw(language)
        other = draw(language).paragraphs[:2]
        yield (
            f"furniture on one of two {language}",
            [Doc(a.title, "\n".join(a.paragraphs[:4])), Doc(a.title, "\n".join((*a.paragraphs[:4], *other)))],
            [[0, 1]],
        )
        a = draw(language)
        yield (
            f"escaped characters, decomposed {language}",
            [
                Doc(a.title, a.text),
                Doc(a.title, unicodedata.normalize("NFD", html.escape(a.text.replace(".", "&nbsp;.\u200b")))),
            ],
            [[0, 1]],
        )
        a = draw(language)
        yield (
            f"the same page on two days {language}",
            [Doc(a.title, a.text, "one.example", 0, "a"), Doc(a.title, a.text, "one.example", 2, "print/a")],
            [[0, 1]],
        )
        a = draw(language)
        whole = Doc(a.title, a.text)
        pages = [
            Doc(a.title, "\n".join(p), "one.example", path=f"page/{n}")
            for n, p in enumerate((a.paragraphs[:5], a.paragraphs[5:]))
        ]
        yield f"two pages on one site, the whole on another {language}", [whole, *pages], [[0, 1, 2]]
        a = draw(language)
        rewritten = "\n".join((draw(language).paragraphs[0], *a.paragraphs[1:]))
        yield (
            f"new lead and headline, other site {language}",
            [Doc(a.title, a.text), Doc(_other_title(a), rewritten)],
            [[0, 1]],
        )
        a = draw(language)
        updates = [
            Doc(a.title, "\n".join(a.paragraphs[:3])),
            Doc(f"UPDATE 1: {a.title}", "\n".join(a.paragraphs[:6])),
            Doc(_other_title(a), a.text, day=1),
        ]
        yield f"updates of a report {language}", updates, [[0, 1, 2]]
        a = draw(language)
        short = "\n".join(a.paragraphs[:2])
        heads = [a.title, f"{a.title} | {golden(language)['site']}", f"{words['sections'][0]}: {a.title}"]
        yield f"headlines with site or section {language}", [Doc(head, short) for head in heads], [[0, 1, 2]]
        a = draw(language)
        around = f"{a.title}\nA. Writer | 12.03.2026 14:05\n{a.text}\n{words['comments']} 14 {words['share']}"
        yield f"headline, byline and buttons in the text {language}", [Doc(a.title, a.text), Doc("", around)], [[0, 1]]
    for language, change in (
        ("en", str.title), ("en", str.upper), ("de", str.upper), ("el", str.upper), ("ru", str.upper), ("fr", str.title),
        ("tr", lambda t: t.replace("i", "İ").upper()), ("tr", lambda t: t.replace("İ", "i").replace("I", "ı").lower()),
        ("el", lambda t: unicodedata.normalize("NFC", "".join(c for c in unicodedata.normalize("NFD", t.upper()) if c != "\u0301"))),
    ):  # fmt: skip
        a = draw(language)
        yield (
            f"letters of another case {language}",
            [Doc(a.title, a.text), Doc(change(a.title), change(a.text))],
            [[0, 1]],
        )
    umlauts = {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "ß": "ss",
        "Ä": "Ae",
        "Ö": "Oe",
        "Ü": "Ue",
        "å": "aa",
        "ø": "oe",
        "æ": "ae",
    }
    for language in ("de", "sv", "nb", "da"):
        a = draw(language)
        yield (
            f"umlauts written out {language}",
            [
                Doc(a.title, a.text),
                Doc(*(re.sub(r"[äöüßÄÖÜåøæ]", lambda m: umlauts[m[0]], t) for t in (a.title, a.text))),
            ],
            [[0, 1]],
        )
    for language in ("fr", "es", "pl", "cs", "pt-BR", "ro", "vi", "tr", "hu", "el"):
        a = draw(language)
        bare = [
            "".join(c for c in unicodedata.normalize("NFD", t) if not unicodedata.combining(c))
            .replace("ł", "l")
            .replace("đ", "d")
            .replace("ı", "i")
            for t in (a.title, a.text)
        ]
        yield f"accents stripped {language}", [Doc(a.title, a.text), Doc(*bare)], [[0, 1]]
    for language, wrong in (("ru", "cp1252"), ("ru", "latin-1"), ("fr", "cp1252"), ("de", "latin-1"), ("es", "cp1252"), ("uk", "latin-1"),
                            ("el", "latin-1"), ("ar", "latin-1"), ("pl", "cp1252"), ("tr", "latin-1"), ("zh-Hans", "latin-1"), ("ja", "latin-1")):  # fmt: skip
        a = draw(language)
        yield (
            f"mojibake {language} {wrong}",
            [Doc(a.title, a.text), Doc(_mojibake(a.title, wrong), _mojibake(a.text, wrong))],
            [[0, 1]],
        )
    for language in ("en", "de", "fr", "hu"):
        a = draw(language)
        broken = re.sub(r"(\w{4})(\w{3,}) (\w+ \w+ \w+)", r"\1-\n\2 \3", a.text)
        yield f"hyphens at line ends {language}", [Doc(a.title, a.text), Doc(a.title, broken)], [[0, 1]]
        a = draw(language)
        yield (
            f"misread letters {language}",
            [Doc(a.title, a.text), Doc(a.title, _misread(a.text, 0.03, chance))],
            [[0, 1]],
        )
    a = draw("fa")
    yield (
        "Persian without joiners, Arabic letters",
        [Doc(a.title, a.text), Doc(a.title, a.text.replace("\u200c", " ").replace("ی", "ي").replace("ک", "ك"))],
        [[0, 1]],
    )
    a = draw("zh-Hans")
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    yield (
        "Chinese with spaces around digits of full width",
        [Doc(a.title, a.text), Doc(a.title, re.sub(r"(\d+)", r" \1 ", a.text).translate(wide))],
        [[0, 1]],
    )
    for language in ("ko", "th"):
        a = draw(language)
        spaced = a.text.replace(" ", "", len(a.text) // 20) if language == "ko" else re.sub(r"(.{30})", r"\1 ", a.text)
        yield f"spaces set otherwise {language}", [Doc(a.title, a.text), Doc(a.title, spaced)], [[0, 1]]
    cyrillic = {v: k for k, v in zip("абвгдђежзијклмнопрстћуфхцчш", "abvgdđežzijklmnoprstćufhcčš", strict=True)}
    for name in ("in full", "cut"):
        a = draw("sr")
        latin = {c: v for v, c in cyrillic.items()} | {"љ": "lj", "њ": "nj", "џ": "dž"}
        if not set("абв") & set(a.text):
            latin = {v: k for k, v in latin.items() if len(v) == 1}
        latin |= {k.upper(): v.capitalize() for k, v in latin.items()}
        there = ["".join(latin.get(c, c) for c in t) for t in (a.title, a.text)]
        yield (
            f"Serbian in two alphabets {name}",
            [Doc(a.title, a.text), Doc(there[0], there[1] if name == "in full" else _cut(there[1], 0.7))],
            [[0, 1]],
        )


def strangers(draw: Draw) -> Iterator[Found]:
    """Documents that share words and are several stories."""
    for language in ALL:
        words = golden(language)["words"]
        for count in (2, 3, 5):
            briefs = [draw(language) for _ in range(count)]
            title = draw(language).title
            texts = ["\n".join(a.paragraphs[:2]) for a in briefs]
            yield (
                f"digest of {count} {language}",
                [Doc(title, "\n".join(texts)), *(Doc(a.title, t) for a, t in zip(briefs, texts, strict=True))],
                apart(count + 1),
            )
        notice = f"{words['cookies']} {words['embed']} {words['subscribers_only']}"
        yield f"notice {language}", [Doc(draw(language).title, notice) for _ in range(3)], apart(3)
        site = golden(language)["site"]
        yield (
            f"notice, titles end in the site's name {language}",
            [Doc(f"{draw(language).title} - {site}", notice, "one.example") for _ in range(3)],
            apart(3),
        )
        furniture = "\n".join(draw(language).paragraphs[:3])
        some = [draw(language) for _ in range(3)]
        texts = [f"{_first_words(a.text, 22, a.space)}\n{furniture}" for a in some]
        yield (
            f"furniture of sister sites {language}",
            [Doc(a.title, t) for a, t in zip(some, texts, strict=True)],
            apart(3),
        )
        yield (
            f"furniture of one site {language}",
            [Doc(a.title, t, "one.example") for a, t in zip(some, texts, strict=True)],
            apart(3),
        )
        place = _first_words(draw(language).text, 2, some[0].space)
        yield (
            f"furniture, titles share a place {language}",
            [Doc(f"{place}: {a.title}", t, "one.example") for a, t in zip(some, texts, strict=True)],
            apart(3),
        )
        for share in (4, 5, 6):
            background = draw(language).paragraphs[:share]
            one, other = draw(language), draw(language)
            docs = [Doc(x.title, "\n".join((*x.paragraphs[: 8 - share], *background))) for x in (one, other)]
            yield f"{share} of 8 paragraphs are shared background {language}", docs, apart(2)
        entries = [draw(language).paragraphs[0] for _ in range(9)]
        docs = [Doc(draw(language).title, "\n".join(entries[n : n + 7]), "one.example", n) for n in (0, 2)]
        yield f"blotter slides by two of seven, own titles {language}", docs, apart(2)
        title = draw(language).title
        docs = [Doc(title, "\n".join(entries[n : n + 7]), "one.example", n) for n in (0, 2)]
        yield f"blotter slides by two of seven, one title {language}", docs, apart(2)
        a = draw(language)
        yield (
            f"equal text on another day under another number {language}",
            [Doc(f"{a.title} {n}", a.text, "one.example", n) for n in (11, 12, 13)],
            apart(3),
        )
        a = draw(language)
        quote = "\n".join(a.paragraphs[:3])
        comment = draw(language)
        yield (
            f"a report quoted at length {language}",
            [
                Doc(a.title, quote),
                Doc(comment.title, "\n".join((comment.paragraphs[0], quote, *comment.paragraphs[1:6]))),
            ],
            apart(2),
        )
        a = draw(language)
        docs = [Doc(f"{a.title} {day}", a.text, "one.example", n) for n, day in enumerate(("Mittwoch", "Donnerstag"))]
        yield f"equal text on another day under another weekday {language}", docs, apart(2)
        a = draw(language)
        docs = [Doc(a.title, f"{a.paragraphs[0]} {1000 + n} {a.paragraphs[1]}", "one.example", n) for n in (3, 4)]
        yield f"another number on another day under one headline {language}", docs, apart(2)
        a = draw(language)
        docs = [
            Doc(f"{a.title} {year}", f"{a.text} {year}", "one.example", year - 2025 and 365) for year in (2025, 2026)
        ]
        yield f"a year later {language}", docs, apart(2)
        frame = draw(language)
        docs = [
            Doc(
                frame.title,
                "\n".join((frame.paragraphs[0], *draw(language).paragraphs[:5], frame.paragraphs[1])),
                "one.example",
                n,
            )
            for n in range(3)
        ]
        yield f"newsletters in one frame {language}", docs, apart(3)
        a, longer = draw(language), draw(language)
        docs = [
            Doc(a.title, "\n".join(a.paragraphs[:3])),
            Doc(longer.title, "\n".join((*longer.paragraphs, *a.paragraphs[:3]))),
        ]
        yield f"a report below a longer one {language}", docs, apart(2)
    yield from forms()


def forms() -> Iterator[Found]:
    """Reports of one form with other facts: under headlines that say so, under one headline, and under none."""
    for language, kind, heading, title, text, facts in FORMS:
        for name in ("own headlines", "one headline", "no headline"):
            for site in ("", "one.example"):
                docs = []
                for number, these in enumerate(facts):
                    head = (
                        title.format(*these) if name == "own headlines" else heading if name == "one headline" else ""
                    )
                    docs.append(Doc(head, text.format(*these), site, number if site else 0))
                yield f"form {kind} {language}, {name}{', one site' if site else ''}", docs, apart(len(facts))


def shapes(draw: Draw) -> Iterator[Found]:
    """All shapes."""
    yield from copies(draw)
    yield from strangers(draw)
