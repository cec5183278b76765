"""Each value of a page with the candidates that there were, from the functions that decide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, field
from datetime import datetime
from typing import Any

from etl import article_fields
from etl.article_fields import FIELDS, Kind
from etl.extract import byline, publication, topic
from etl.extract import title as titles
from etl.extract.publication import StampAt
from etl.extract.web import Reading
from etl.model import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A value as a place of the page gives it; `note` says what was made of it or why it is none."""

    value: str
    place: str
    is_chosen: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One value of the record: how it is chosen in general, and what there was on this page, in the order of trust."""

    name: str
    value: str
    place: str = ""  # evidence of the record
    rule: str = ""
    candidates: tuple[Candidate, ...] = field(default=())


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


def fields(page: Page, reading: Reading | None, *, captured_at: datetime) -> list[Field]:
    """The values of a page in the order of a reader's interest; those without a value only where there were candidates."""
    found = [
        Field(name=name, value=value, place=page.evidence.get(_SAME.get(name, name), ""), rule=_rule(name))
        for name, value in _values(page)
    ]
    candidates = _candidates(page, reading, captured_at) if reading is not None else {}
    with_candidates = [
        Field(name=f.name, value=f.value, place=f.place, rule=f.rule, candidates=tuple(candidates.get(f.name, ())))
        for f in found
    ]
    return [f for f in with_candidates if f.value or f.candidates]


def _values(page: Page) -> Iterable[tuple[str, str]]:
    precision = f" ({page.published_precision.value})" if page.published_precision else ""
    said = {said.name: shown(said, getattr(page, said.name)) for said in FIELDS if said.name not in _ELSEWHERE}
    for name in (*_FIRST, *(n for n in said if n not in (*_FIRST, *_LAST)), *_LAST):
        is_date = name in ("published_at", "published_on") and said[name]
        yield name, f"{said[name]}{precision}" if is_date else said[name]


def shown(said: article_fields.Field, value: Any) -> str:
    """A value as a reader sees it; empty where there is none."""
    if value is None:
        return ""
    match said.kind:
        case Kind.TEXTS:
            return "; ".join(value)
        case Kind.INSTANT | Kind.DAY:
            return str(value.isoformat())
        case Kind.FLAG:
            return "" if said.is_required and not value else str(value).lower()
        case Kind.STRUCTS:
            return "\n".join(" · ".join(str(part) for part in astuple(each) if part) for each in value)
        case Kind.MAP:
            return "\n".join(f"{key}: {text}" for key, text in value.items())
    return str(value)


def _candidates(page: Page, reading: Reading, captured_at: datetime) -> dict[str, list[Candidate]]:
    said, draft = reading.said, reading.draft
    stamps = publication.candidates(
        said,
        captured_at,
        month_first=bool(draft.month_first),
        language=draft.declared[0] if draft.declared else None,
        given=reading.given_date,
    )
    published = [*_stamps(stamps.published, page.evidence.get("published_at", ""))]
    if page.evidence.get("published_at") == "url" and (day := publication.url_day(said.url)):
        published += _stamps([day], "url")
    published += _stamps(stamps.visible, page.evidence.get("published_at", ""), note="seen by readers")
    return {
        "title": _titles(page, reading),
        "authors": _authors(page, reading),
        "published_at" if page.published_at else "published_on": published,
        "modified_at": [*_stamps(stamps.modified, page.evidence.get("modified_at", ""))],
        "section": _first(topic.section_places(said), page.evidence.get("section", "")),
        "tags": _first(
            [("; ".join(values), place) for values, place in topic.tag_places(said) if values],
            page.evidence.get("tags", ""),
        ),
        "language": [Candidate(value=tag, place="declared", is_chosen=tag == page.language) for tag in draft.declared],
    }


def _titles(page: Page, reading: Reading) -> list[Candidate]:
    place = page.evidence.get("title", "")
    found = []
    if reading.given_title:
        found.append(Candidate(value=reading.given_title, place="rule:title", is_chosen=place == "rule:title"))
    for weighed in titles.weigh(reading.said, reading.draft.site_names):
        cut = weighed.value != weighed.found.value
        note = weighed.barred or (f"without the site's name: {weighed.value}" if cut else "")
        is_it = weighed.barred is None and weighed.found.evidence == place and weighed.value == page.title
        is_first = not any(c.is_chosen for c in found)
        found.append(
            Candidate(value=weighed.found.value, place=weighed.found.evidence, is_chosen=is_it and is_first, note=note)
        )
    return found


def _authors(page: Page, reading: Reading) -> list[Candidate]:
    # "jsonld:author+meta:author": both places made the value.
    places = page.evidence.get("authors", "").split("+")
    found: list[Candidate] = []
    for place in byline.candidates(reading.said):
        chosen = place.evidence in places and not any(c.is_chosen and c.place == place.evidence for c in found)
        found.append(Candidate(value="; ".join(place.values), place=place.evidence, is_chosen=chosen))
    return found


def _stamps(found: list[StampAt], place: str, *, note: str = "") -> Iterable[Candidate]:
    base = place.partition("+")[0]
    is_open = bool(base)
    for one in found:
        chosen = is_open and one.evidence == base
        is_open = is_open and not chosen
        what = f"{one.stamp.day} ({one.stamp.precision.value})"
        if one.stamp.instant is not None:
            what = f"{one.stamp.instant.isoformat()} ({one.stamp.precision.value})"
        raw = f"{what} from “{one.stamp.raw}”" if one.stamp.raw and one.stamp.raw not in what else what
        yield Candidate(value=raw, place=one.evidence, is_chosen=chosen, note=note)


def _first(places: list[tuple[str, str]], chosen: str) -> list[Candidate]:
    found: list[Candidate] = []
    for value, place in places:
        is_it = place == chosen and not any(c.is_chosen for c in found)
        found.append(Candidate(value=value, place=place, is_chosen=is_it))
    return found
