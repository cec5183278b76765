"""A simulated world of news sites and their feeds, for `benchmarks.freshness`: who publishes what, when, and where it shows.

A site has one feed of everything and perhaps feeds of sections, as publishers have them. How many articles sites publish is
spread by a log-normal distribution, from one in weeks to hundreds a day. They follow the hours and weekends of a newsroom in its
time zone, or come out in two editions a day; some write in bursts. Caches of some servers show an article minutes later, some
feeds state no times, and some feeds are dead.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import exp

from etl.rhythm import Turn

START = datetime(2026, 11, 2, tzinfo=UTC)  # a Monday
BEFORE = timedelta(days=14)  # of what feeds list at their first answer
LISTED = 50  # entries of a feed
HOUR = timedelta(hours=1)

# Articles by local hour of a newsroom's day.
NEWSROOM = (
    *(0.1, 0.1, 0.1, 0.1, 0.1, 0.4, 0.9, 1.4, 1.8, 1.9, 1.8, 1.7),
    *(1.5, 1.5, 1.6, 1.6, 1.5, 1.3, 1.0, 0.8, 0.6, 0.5, 0.3, 0.2),
)
ZONES = (-8, -5, -5, 0, 1, 1, 1, 2, 3, 5.5, 8, 9)
DEAD, EDITIONS, CACHED, UNDATED = 0.08, 0.10, 0.15, 0.10  # shares of sites


@dataclass(slots=True)
class Article:
    number: int
    published_at: datetime
    shown_at: datetime  # in feeds
    by: list[str] = field(default_factory=list)  # feeds that have named it to us
    offered_at: datetime | None = None
    first_visit_at: datetime | None = None
    visits: int = 0
    row_at: datetime | None = None


@dataclass(slots=True)
class Feed:
    url: str
    articles: list[Article]  # as they show
    is_dated: bool
    is_dead: bool
    max_age: timedelta | None
    turn: Turn | None = None
    read: int = 0  # of its articles


@dataclass(slots=True)
class Site:
    host: str
    daily: float
    feeds: list[Feed]
    articles: list[Article]


def world(feeds: int, *, days: int, seed: int = 3) -> list[Site]:
    """Sites that have so many feeds together."""
    draw = random.Random(seed)
    sites: list[Site] = []
    left = feeds
    while left:
        is_dead = draw.random() < DEAD
        daily = 0.0 if is_dead else min(400.0, draw.lognormvariate(1.3, 1.9))
        count = 1 if daily < 3 else draw.choice((1, 1, 2, 3, 4, 6) if daily < 30 else (1, 2, 4, 6, 8, 12))
        count = min(count, left)
        left -= count
        sites.append(_site(draw, f"site{len(sites)}.example", daily, count, days=days, is_dead=is_dead))
    return sites


def _site(draw: random.Random, host: str, daily: float, count: int, *, days: int, is_dead: bool) -> Site:
    max_age = timedelta(seconds=draw.choice((120, 300, 600))) if draw.random() < CACHED else None
    is_dated = draw.random() >= UNDATED
    articles = []
    for number, at in enumerate(sorted(_published(draw, daily, days))):
        shown_at = at if max_age is None else at + max_age * draw.random()
        articles.append(Article(number, at, shown_at))
    articles.sort(key=lambda a: a.shown_at)
    # Nine in ten articles are in one of the sections.
    sections = [draw.randrange(1, count) if count > 1 and draw.random() < 0.9 else 0 for _ in articles]
    feeds = [
        Feed(
            url=f"https://{host}/feed/{n}",
            articles=[a for a, s in zip(articles, sections, strict=True) if n in (0, s)],
            is_dated=is_dated,
            is_dead=is_dead,
            max_age=max_age,
        )
        for n in range(count)
    ]
    return Site(host, daily, feeds, articles)


def _published(draw: random.Random, daily: float, days: int) -> Iterator[datetime]:
    hours = list(NEWSROOM)
    if draw.random() < EDITIONS:
        hours = [0.05] * 24
        hours[draw.choice((4, 5, 6, 7))] = 8.0
        hours[draw.choice((12, 16, 17))] = 4.0
    zone, weekend, burst = draw.choice(ZONES), draw.choice((0.3, 0.5, 0.7, 1.0)), draw.choice((0.0, 0.2, 0.4))
    mean = sum(hours) / 24
    at, end = START - BEFORE, START + timedelta(days=days)
    while at < end:
        local = at + timedelta(hours=zone)
        of_day = weekend if local.weekday() > 4 else (7 - 2 * weekend) / 5
        for _ in range(_poisson(draw, daily / 24 * hours[local.hour] / mean * of_day * (1 - burst))):
            one = at + HOUR * draw.random()
            yield one
            while draw.random() < burst:
                one += timedelta(minutes=draw.expovariate(1 / 6))
                yield one
        at += HOUR


def _poisson(draw: random.Random, mean: float) -> int:
    limit, product, count = exp(-mean), draw.random(), 0
    while product > limit:
        product *= draw.random()
        count += 1
    return count
