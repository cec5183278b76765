"""How long news waits behind backlogs: simulated sources with archives, news and budgets, by the order of visits.

    python -m benchmarks.starvation [SOURCES] [DAYS]

Each source offers a backlog of past years in its sitemaps, publishes a number of articles a day, and is visited hourly
within a daily budget and the minutes of a run. An article is visited when it is new, and after an hour, a day and a week.
Measured is the time from its publication to its first visit; what was not visited at the end counts as of then.
"""

from __future__ import annotations

import heapq
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles

from etl.frontier import BACKLOG, Age, backlog_room, visit_order
from etl.sources.source import DEFAULT_MAX_AGE_DAYS, DEFAULT_REVISIT_AFTER

START = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
RUN_MINUTES, DELAY_S = 20, 5  # what one host has of a run at most, and between requests
DISCOVERY = 4  # requests of a run for robots.txt and documents


@dataclass(slots=True)
class Page:
    published_at: datetime
    is_announced: bool  # by a feed, a news sitemap or an exact date; otherwise by its last change alone
    number: int  # in the place of its key: in no order
    due_at: datetime = START
    first_visit_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """`share` of its daily budget is what its news and their revisits take."""

    backlog: int
    daily: int
    budget: int
    is_announced: bool


Order = Callable[[Page, datetime], tuple[float, ...]]


def before(page: Page, now: datetime) -> tuple[float, ...]:
    """The longest due first, ties in the order of keys."""
    return page.due_at.timestamp(), page.number


def after(page: Page, now: datetime) -> tuple[float, ...]:
    """As `frontier.due` has it."""
    age = Age(at=page.published_at, is_certain=page.is_announced)
    is_visited = page.first_visit_at is not None
    return *visit_order(age, is_visited=is_visited, due_at=page.due_at, now=now), page.number


def sites(count: int, seed: int = 7) -> Iterator[Site]:
    """Mixed backlogs (none to fifty thousand), news (three to three hundred a day) and budgets (tight to ample)."""
    draw = random.Random(seed)
    for _ in range(count):
        daily = round(3 * 100 ** draw.random())
        backlog = 0 if draw.random() < 0.2 else round(50 * 1000 ** draw.random())
        budget = max(60, round(daily * draw.choice([3, 5, 8, 20])) + DISCOVERY * 24)
        yield Site(backlog=backlog, daily=daily, budget=budget, is_announced=draw.random() < 0.8)


def delays_h(site: Site, order: Order, *, days: int, max_age_days: int | None, seed: int) -> list[float]:
    """Hours from publication to first visit of each article of the simulated days."""
    draw = random.Random(seed)
    waiting = [
        Page(START - timedelta(days=draw.uniform(2, 4000)), site.is_announced, draw.getrandbits(60))
        for _ in range(site.backlog)
    ]
    if max_age_days is not None:
        waiting = [page for page in waiting if START - page.published_at < timedelta(days=max_age_days)]
    news = sorted(
        (
            Page(START + timedelta(hours=draw.uniform(0, 24 * days)), site.is_announced, draw.getrandbits(60))
            for _ in range(site.daily * days)
        ),
        key=lambda page: page.published_at,
    )
    coming = iter(news)
    following = next(coming, None)
    later: list[tuple[datetime, int, Page]] = []  # visits that are not due yet
    spent = 0
    for hour in range(24 * days):
        now = START + (hour + 1) * HOUR
        if hour % 24 == 0:
            spent = 0
        while following is not None and following.published_at <= now:
            following.due_at = now
            waiting.append(following)
            following = next(coming, None)
        while later and later[0][0] <= now:
            waiting.append(heapq.heappop(later)[2])
        room = min(site.budget - spent, RUN_MINUTES * 60 // DELAY_S) - DISCOVERY
        spent += min(DISCOVERY, site.budget - spent)
        if room <= 0:
            continue
        taken = heapq.nsmallest(room, waiting, key=lambda page: order(page, now))
        if order is after:
            first = sum(order(page, now)[0] < BACKLOG for page in taken)
            taken = taken[: first + backlog_room(budget=site.budget, spent=spent, news=first)]
        spent += len(taken)
        gone = set(map(id, taken))
        waiting = [page for page in waiting if id(page) not in gone]
        for page in taken:
            page.first_visit_at = page.first_visit_at or now
            pauses = (page.first_visit_at + pause for pause in DEFAULT_REVISIT_AFTER)
            page.due_at = next((at for at in pauses if at > now), now)
            if page.due_at > now:
                heapq.heappush(later, (page.due_at, page.number, page))
    end = START + days * timedelta(days=1)
    return [((page.first_visit_at or end) - page.published_at) / HOUR for page in news]


def main(arguments: list[str]) -> None:
    count, days = (int(given) for given in (*arguments, *("200", "30")[len(arguments) :]))
    for name, order, limit in (("before", before, None), ("after", after, DEFAULT_MAX_AGE_DAYS)):
        waits: list[float] = []
        worst: list[float] = []
        for n, site in enumerate(sites(count)):
            of_site = delays_h(site, order, days=days, max_age_days=limit, seed=n)
            waits += of_site
            worst.append(median(of_site))
        print(
            f"{name:<7} {len(waits)} articles of {count} sources in {days} days: median {median(waits):.1f} h, "
            f"95th {quantiles(waits, n=20)[-1]:.1f} h; of sources' medians the 95th {quantiles(worst, n=20)[-1]:.1f} h, "
            f"the worst {max(worst):.1f} h",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
