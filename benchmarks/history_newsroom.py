"""A newsroom that is made up from a seed: what happened to its pages, and the ways in which each capture of them comes.

A page is corrected, goes back to an earlier text, moves, is deleted, is copied by others, has a wrong date, or is written
with another spelling of its URL. A capture comes from a live visit, from the news crawl, in a file of somebody else, or
in several of these ways; and in whichever order, what the warehouse makes of all of them is to be the same.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from benchmarks.pages import START, page
from etl.lake.identity import payload_digest
from etl.lake.segment import Exchange
from etl.model import CaptureMeta, FoundVia, Hint, Redirect, RefersTo

BEGIN = datetime(2026, 11, 3, tzinfo=UTC)
HOURS = 240
HTML = ("Content-Type", "text/html; charset=utf-8")
SITE_LINE = "The Morning Post is set by hand in a shed behind the harbour."

# Registries that follow each other while a history goes on; any of them may be the last. Which parameters make a URL
# (`key_rules`) stays: that decides on identity.
_MORNING = '  - {key: morning, name: %s, homepage: "https://morning.example/", languages: [en, de], enabled: false%s}\n'
_EVENING = (
    '  - {key: evening, name: Evening, homepage: "https://evening.example/", languages: [ru, ar], enabled: false, '
    "key_rules: {drop: [edition]}%s}\n"
)
_HARBOUR = (
    '  - {key: harbour, name: Harbour, homepage: "https://harbour.example/", languages: [ja, tr], enabled: false%s}\n'
)
REGISTRIES = tuple(
    "sources:\n" + text
    for text in (
        _MORNING % ("Morning", "") + _EVENING % "" + _HARBOUR % "",
        _MORNING % ("Morning", "") + _EVENING % ', rules: [{drop: ["//article/p[2]"]}]' + _HARBOUR % "",
        _MORNING % ("Good Morning", ", timezone: America/Lima") + _EVENING % ", aliases: [late.example]",
        _MORNING % ("Morning", "") + _EVENING % "" + _HARBOUR % ", aliases: [late.example]",
    )
)
# Of these registries morning.example has the line that it prints on each page in its list.
WITH_SITE_LINES = frozenset({1, 3})

SITES = ("morning.example", "evening.example", "harbour.example", "late.example", "mirror.example")
SOURCE_OF = {"morning.example": "morning", "evening.example": "evening", "harbour.example": "harbour"}


class Way(StrEnum):
    """How a capture comes to us."""

    LIVE = "live"  # we were there
    FILL = "fill"  # taken from the news crawl for a past day
    FILE = "file"  # a WARC of somebody else, who knows of no hints and no robots.txt


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A capture as it comes one way."""

    way: Way
    exchange: Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class Newsroom:
    """All that is ever captured, in the order in which it happened, and the URLs that are erased in the end."""

    deliveries: tuple[Delivery, ...]
    erased: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    hours: float
    url: str
    body: str = ""
    status: int = 200
    moved_from: str | None = None


def newsroom(seed: int) -> Newsroom:
    """The newsroom of a seed: some 12 pages and 40 captures."""
    rng = random.Random(f"newsroom {seed}")
    lives = [life for life in _LIVES for _ in range(2 if life in (_corrected, _returns) else 1)]
    deliveries: list[Delivery] = []
    numbers = rng.sample(range(60), len(lives))
    copies: list[Exchange] = []
    for life, n in zip(lives, numbers, strict=True):
        site = rng.choice(SITES)
        url = f"https://{site}/{n}" + ("?edition=early" if "evening." in site and life is not _spelled else "")
        exchanges = list(_delivered(rng, url, sorted(life(rng, url, n), key=lambda v: v.hours)))
        deliveries += exchanges
        copies += [d.exchange for d in exchanges if d.exchange.refers_to is None and d.exchange.status == 200]
    # Archives keep equal bytes once, also of different URLs.
    for n, original in enumerate(rng.sample(copies, 2)):
        at = original.captured_at + timedelta(hours=rng.randint(1, 50))
        whole = replace(original, target_uri=f"https://mirror.example/kept/{n}", captured_at=at, meta=CaptureMeta())
        deliveries.append(Delivery(way=Way.FILE, exchange=_revisit(whole, original)))
    erased = f"https://morning.example/{numbers[0]}-erased"
    for hours in rng.sample(range(HOURS), 3):
        visit = _Visit(hours=hours, url=erased, body=page(numbers[0], version=hours % 2))
        deliveries += _delivered(rng, erased, [visit])
    return Newsroom(
        deliveries=tuple(sorted(deliveries, key=lambda d: (d.exchange.captured_at, d.way))),
        erased=(erased,) if rng.random() < 0.5 else (),
    )


def _hours(rng: random.Random, count: int) -> list[int]:
    return sorted(rng.sample(range(HOURS), count))


def _corrected(rng: random.Random, url: str, n: int) -> list[_Visit]:
    """Three corrections, each seen once or twice."""
    hours = _hours(rng, 6)
    versions = [0, 1, 1, 2, 3, 3]
    return [_Visit(hours=h, url=url, body=page(n, version=v)) for h, v in zip(hours, versions, strict=True)]


def _returns(rng: random.Random, url: str, n: int) -> list[_Visit]:
    """A → B → A, with a visit that finds nothing new."""
    return [
        _Visit(hours=h, url=url, body=page(n, version=v)) for h, v in zip(_hours(rng, 4), (0, 1, 0, 0), strict=True)
    ]


def _deleted(rng: random.Random, url: str, n: int) -> list[_Visit]:
    """404, then 410; of some pages a new text after that."""
    hours = _hours(rng, 4)
    visits = [
        _Visit(hours=hours[0], url=url, body=page(n)),
        _Visit(hours=hours[1], url=url, status=404),
        _Visit(hours=hours[2], url=url, status=410),
    ]
    return visits + ([_Visit(hours=hours[3], url=url, body=page(n, version=1))] if rng.random() < 0.5 else [])


def _moved(rng: random.Random, url: str, n: int) -> list[_Visit]:
    """The page goes to another address, perhaps of a site that nobody claims; the old one leads there, then ends."""
    hours = _hours(rng, 4)
    new = f"https://{rng.choice(SITES)}/moved/{n}"
    return [
        _Visit(hours=hours[0], url=url, body=page(n)),
        _Visit(hours=hours[1], url=new, body=page(n), moved_from=url),
        _Visit(hours=hours[2], url=new, body=page(n, version=1), moved_from=rng.choice([None, url])),
        _Visit(hours=hours[3], url=url, status=410),
    ]


def _copied(rng: random.Random, url: str, n: int) -> list[_Visit]:
    """The same text on up to three sites, one of which corrects it."""
    urls = [url, *(f"https://{site}/wire/{n}" for site in rng.sample(SITES, 3))]
    visits = [_Visit(hours=h, url=u, body=page(n)) for h, u in zip(_hours(rng, 4), urls, strict=True)]
    return [*visits, _Visit(hours=HOURS, url=urls[1], body=page(n, version=1))]


def _spelled(rng: random.Random, url: str, n: int) -> list[_Visit]:
    """One page under many spellings of its URL."""
    rest = url.removeprefix("https://")
    spellings = [
        url,
        f"{url}?utm_source=feed&utm_medium=rss",
        f"http://{rest}",
        f"{url}#comments",
        f"https://{rest.upper().partition('/')[0]}/{n}",
    ]
    if "evening." in url:
        spellings.append(f"{url}?edition=late")
    rng.shuffle(spellings)
    return [
        _Visit(hours=h, url=u, body=page(n, version=rng.randint(0, 1)))
        for h, u in zip(_hours(rng, len(spellings)), spellings, strict=True)
    ]


def _wrongly_dated(rng: random.Random, url: str, n: int) -> list[_Visit]:
    """Dates that cannot be, that have no zone, or that come later than the capture does."""
    wrong = ("1970-01-01T00:00:00Z", "2031-05-05T10:00:00+00:00", "2026-11-05T09:30:00", "05/11/26", "")
    right = (START + timedelta(hours=n)).isoformat()
    return [
        _Visit(hours=h, url=url, body=page(n, version=k).replace(right, rng.choice(wrong)))
        for k, h in enumerate(_hours(rng, 3))
    ]


def _at_once(rng: random.Random, url: str, n: int) -> list[_Visit]:
    """Two texts in the same second: two crawlers got different ones."""
    first, second = _hours(rng, 2)
    return [
        _Visit(hours=first, url=url, body=page(n)),
        _Visit(hours=second, url=url, body=page(n, version=1)),
        _Visit(hours=second, url=url, body=page(n, version=2)),
    ]


def _late(rng: random.Random, url: str, n: int) -> list[_Visit]:
    """No article yet, then one, then none any more."""
    empty = "<!doctype html><html lang='en'><title>Soon</title><body><p>Soon here.</p></body></html>"
    return [
        _Visit(hours=h, url=url, body=b) for h, b in zip(_hours(rng, 4), (empty, page(n), empty, page(n)), strict=True)
    ]


_LIVES = (
    _corrected, _returns, _deleted, _moved, _copied, _spelled, _wrongly_dated, _at_once, _late
)  # fmt: skip


def _delivered(rng: random.Random, url: str, visits: list[_Visit]) -> Iterator[Delivery]:
    """The ways in which the captures of a page come. What a live visit finds unchanged is a revisit of what it knew."""
    source = SOURCE_OF.get(url.split("/")[2].lower())
    known: Exchange | None = None
    for visit in visits:
        whole = _exchange(visit, source)
        ways = rng.choice(([Way.LIVE], [Way.LIVE], [Way.LIVE, Way.FILE], [Way.LIVE, Way.FILL], [Way.FILE], [Way.FILL]))
        if Way.LIVE in ways:
            live = whole
            if known is not None and known.target_uri == whole.target_uri and known.body == whole.body and whole.body:
                is_304 = ways == [Way.LIVE] and rng.random() < 0.5
                live = _revisit(whole, known, is_304=is_304)
            elif whole.body:
                known = whole
            yield Delivery(way=Way.LIVE, exchange=_hinted(live, source, FoundVia.FEED, rng))
        if Way.FILL in ways:
            meta = CaptureMeta(source_key=source)
            yield Delivery(way=Way.FILL, exchange=_hinted(replace(whole, meta=meta), source, FoundVia.CC_NEWS, rng))
        if Way.FILE in ways:
            yield Delivery(way=Way.FILE, exchange=replace(whole, meta=CaptureMeta()))


def _exchange(visit: _Visit, source: str | None) -> Exchange:
    if visit.body and "morning." in visit.url:
        body = visit.body.replace("<p>Leave a comment</p>", f"<p>{SITE_LINE}</p><p>Leave a comment</p>")
    else:
        body = visit.body
    at = BEGIN + timedelta(hours=visit.hours)
    return Exchange(
        target_uri=visit.url.partition("#")[0],
        captured_at=at,
        status=visit.status,
        headers=(HTML,),
        body=body.encode(),
        meta=CaptureMeta(
            source_key=source,
            redirects=(Redirect(url=visit.moved_from, status=301),) if visit.moved_from else (),
            robots={"robots_state": "rules", "robots_fetched_at": at.isoformat()},
        ),
    )


def _hinted(exchange: Exchange, source: str | None, via: FoundVia, rng: random.Random) -> Exchange:
    if source is None or rng.random() < 0.4:
        return exchange
    found_at = f"https://{source}.example/feed" if via is FoundVia.FEED else f"crawl-{rng.randint(1, 3)}.warc.gz"
    hint = Hint(source_key=source, via=via, found_at=found_at, title=rng.choice([None, "Bridge closed", "العبارة"]))
    return replace(exchange, meta=replace(exchange.meta, hints=(hint,)))


def _revisit(whole: Exchange, original: Exchange, *, is_304: bool = False) -> Exchange:
    return replace(
        whole,
        status=304 if is_304 else whole.status,
        body=b"",
        refers_to=RefersTo(
            target_uri=original.target_uri,
            captured_at=original.captured_at,
            payload_digest=payload_digest(original.body),
            not_modified=is_304,
        ),
    )
