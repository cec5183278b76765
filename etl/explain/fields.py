"""Each value of a page with the candidates that there were, from the functions that decide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, field
from datetime import datetime
from typing import Any

from etl import article_fields
from etl.article_fields import FIELDS, FieldKind
from etl.extract import byline, publication, topic
from etl.extract import title as titles
from etl.extract.publication import StampAt
from etl.extract.web import PageReading
from etl.model import Page, Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCandidate:
    """A value as a place of the page gives it; `note` says what was made of it or why it is none."""

    value: str
    place: str
    is_chosen: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedField:
    """One value of the record: how it is chosen in general, and what there was on this page, in the order of trust."""

    name: str
    value: str
    place: str = ""  # evidence of the record
    rule: str = ""
    candidates: tuple[FieldCandidate, ...] = field(default=())


RULES = {
    "title": "A rule of the source; else the headline that readers see where another place confirms it, without a kicker "
    "that only it has; else JSON-LD, microdata, og:title, other metas, the title element. The site's name is cut off.",
    "authors": "The first place that names people counts; metas that may hold the site's owner come last. A meta that "
    "names the same people and more completes it. Where nobody signs, a news agency or a desk in the byline does.",
    "published_at": "The first place that states a publication, in the order below. A day or a clock without an offset "
    "is sharpened by a stamp of the same day, and takes the offset of the page's other stamps (+offset), else the "
    "source's time zone. Without such a place: the day in the address, dates under the headline, then a guess "
    "(htmldate).",
    "modified_at": "The first place that states a change with an offset.",
    "section": "The first place that names one.",
    "tags": "The first place with any; split, each once, without the site's names.",
    "language": "That of most of the text: its script, then its words, a declared language being thirty times as likely. "
    "The figure is the chance that it is right.",
}


# Values that are parts of another one: its evidence is theirs.
_SAME = {"published_on": "published_at", "published_raw": "published_at"}


# In the order of a reader's interest; what is named here nowhere comes between, in its order in `Page`.
_FIRST = (
    "title authors published_at published_on published_raw modified_at language section tags description agencies dateline"
).split()
_LAST = ("images",)
# What the sheet shows around the table; the precision stands with the date.
_ELSEWHERE = frozenset("outcome page_type detail flags text removed evidence published_precision".split())


def _rule(name: str) -> str:
    return RULES.get("published_at" if name == "published_on" else name, "")


def fields(page: Page, reading: PageReading | None, *, captured_at: datetime) -> list[ExplainedField]:
    """The values of a page in the order of a reader's interest; those without a value only where there were candidates."""
    found = [
        ExplainedField(name=name, value=value, place=page.evidence.get(_SAME.get(name, name), ""), rule=_rule(name))
        for name, value in _values(page)
    ]
    candidates = _candidates(page, reading, captured_at) if reading is not None else {}
    with_candidates = [
        ExplainedField(
            name=f.name, value=f.value, place=f.place, rule=f.rule, candidates=tuple(candidates.get(f.name, ()))
        )
        for f in found
    ]
    return [f for f in with_candidates if f.value or f.candidates]


def _values(page: Page) -> Iterable[tuple[str, str]]:
    precision = f" ({page.published_precision.value})" if page.published_precision else ""
    texts = {texts.name: shown(texts, getattr(page, texts.name)) for texts in FIELDS if texts.name not in _ELSEWHERE}
    for name in (*_FIRST, *(n for n in texts if n not in (*_FIRST, *_LAST)), *_LAST):
        is_date = name in ("published_at", "published_on") and texts[name]
        yield name, f"{texts[name]}{precision}" if is_date else texts[name]


def shown(article_field: article_fields.ArticleField, value: Any) -> str:
    """A value as a reader sees it; empty where there is none."""
    if value is None or value is Permission.UNKNOWN:
        return ""
    match article_field.kind:
        case FieldKind.TEXTS:
            return "; ".join(value)
        case FieldKind.INSTANT | FieldKind.DAY:
            return str(value.isoformat())
        case FieldKind.FLAG:
            return "" if article_field.is_required and not value else str(value).lower()
        case FieldKind.STRUCTS:
            return "\n".join(" · ".join(str(part) for part in astuple(each) if part) for each in value)
        case FieldKind.MAP:
            return "\n".join(f"{key}: {text}" for key, text in value.items())
    return str(value)


def _candidates(page: Page, reading: PageReading, captured_at: datetime) -> dict[str, list[FieldCandidate]]:
    signals, draft = reading.signals, reading.draft
    stamps = publication.candidates(
        signals,
        captured_at,
        month_first=bool(draft.month_first),
        language=draft.declared[0] if draft.declared else None,
        given=reading.given_date,
    )
    published = [*_stamps(stamps.published, page.evidence.get("published_at", ""))]
    if page.evidence.get("published_at") == "url" and (day := publication.address_day(signals.url)):
        published += _stamps([day], "url")
    published += _stamps(stamps.visible, page.evidence.get("published_at", ""), note="seen by readers")
    return {
        "title": _titles(page, reading),
        "authors": _authors(page, reading),
        "published_at" if page.published_at else "published_on": published,
        "modified_at": [*_stamps(stamps.modified, page.evidence.get("modified_at", ""))],
        "section": _first(topic.section_places(signals), page.evidence.get("section", "")),
        "tags": _first(
            [("; ".join(values), place) for values, place in topic.tag_places(signals) if values],
            page.evidence.get("tags", ""),
        ),
        "language": [
            FieldCandidate(value=tag, place="declared", is_chosen=tag == page.language) for tag in draft.declared
        ],
    }


def _titles(page: Page, reading: PageReading) -> list[FieldCandidate]:
    place = page.evidence.get("title", "")
    found = []
    if reading.given_title:
        found.append(FieldCandidate(value=reading.given_title, place="rule:title", is_chosen=place == "rule:title"))
    for weighed in titles.weigh(reading.signals, reading.draft.site_names):
        cut = weighed.value != weighed.candidate.value
        note = weighed.barred or (f"without the site's name: {weighed.value}" if cut else "")
        is_it = weighed.barred is None and weighed.candidate.evidence == place and weighed.value == page.title
        is_first = not any(c.is_chosen for c in found)
        found.append(
            FieldCandidate(
                value=weighed.candidate.value, place=weighed.candidate.evidence, is_chosen=is_it and is_first, note=note
            )
        )
    return found


def _authors(page: Page, reading: PageReading) -> list[FieldCandidate]:
    # "jsonld:author+meta:author": both places made the value.
    places = page.evidence.get("authors", "").split("+")
    found: list[FieldCandidate] = []
    for place in byline.candidates(reading.signals):
        chosen = place.evidence in places and not any(c.is_chosen and c.place == place.evidence for c in found)
        found.append(FieldCandidate(value="; ".join(place.values), place=place.evidence, is_chosen=chosen))
    return found


def _stamps(found: list[StampAt], place: str, *, note: str = "") -> Iterable[FieldCandidate]:
    base = place.partition("+")[0]
    is_open = bool(base)
    for one in found:
        chosen = is_open and one.evidence == base
        is_open = is_open and not chosen
        what = f"{one.stamp.day} ({one.stamp.precision.value})"
        if one.stamp.instant is not None:
            what = f"{one.stamp.instant.isoformat()} ({one.stamp.precision.value})"
        raw = f"{what} from “{one.stamp.raw}”" if one.stamp.raw and one.stamp.raw not in what else what
        yield FieldCandidate(value=raw, place=one.evidence, is_chosen=chosen, note=note)


def _first(places: list[tuple[str, str]], chosen: str) -> list[FieldCandidate]:
    found: list[FieldCandidate] = []
    for value, place in places:
        is_it = place == chosen and not any(c.is_chosen for c in found)
        found.append(FieldCandidate(value=value, place=place, is_chosen=is_it))
    return found
