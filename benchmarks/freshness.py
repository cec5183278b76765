"""How long news take from publication to their row, and for how many requests: `python -m benchmarks.freshness [FEEDS] [DAYS]`.

A simulated month of a thousand feeds (`freshness_world`) by the real decisions: which document to ask (`etl.rhythm`), whose news
an entry is, in which order pages are visited and when again (`etl.frontier`). Simulated are the clock, the servers and the
network: a request takes `ANSWER_S`, a host rests `DELAY_S` after each, a task of Airflow takes `TASK_S` to start, a page
`PAGE_S` to be extracted and loaded. A run has batches; the rows of a batch are there when its slowest host is done and all of
it is loaded, and the next run starts at its time, but never before the last one has ended.

Beside it, on the same world: every document every hour, as it was before there were rhythms. A second line is for sites that
have one feed each: there no document repeats another.
"""

from __future__ import annotations

import heapq
import sys
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median, quantiles
from zlib import crc32

from benchmarks.freshness_world import LISTED, START, Article, Feed, Site, world
from etl import rhythm
from etl.frontier import Age, PastVisit, next_visit, visit_order
from etl.rhythm import Answered, NamedEntry, PollingBounds, Turn
from etl.sources.source import DEFAULT_DAILY_BUDGET, DEFAULT_MIN_DELAY_S, DEFAULT_POLL_INTERVAL, DEFAULT_REVISIT_AFTER
from etl.stages.live.crawling import MINUTES_LIMIT_S
from etl.stages.live.plan import MAX_BATCHES, MINUTES_BATCHES
from etl.stages.live.turns import ahead
from etl.states import Schedule

ANSWER_S, DELAY_S = 0.5, DEFAULT_MIN_DELAY_S
TASK_S, PAGE_S = 5.0, 0.1
TASKS_BEHIND = 3  # relate, announce, verdict
HOURLY_LIMIT_S = 2400.0
MINUTE = timedelta(minutes=1)
BOUNDS = PollingBounds(shortest=DEFAULT_POLL_INTERVAL[0], longest=DEFAULT_POLL_INTERVAL[1])
WORTH_EVERY = timedelta(hours=1)  # a real run asks each time, which changes nothing within an hour


@dataclass(slots=True)
class Host:
    """A host as its visitors see it: when it may be asked, and for how much longer today."""

    site: Site
    batch: int
    free_at: datetime = START
    day: int = -1
    spent: int = 0
    waiting: list[Article] = field(default_factory=list)
    later: list[tuple[datetime, int, Article]] = field(default_factory=list)

    def ask(self, at: datetime, *, until: datetime) -> datetime | None:
        """Ask at this time or when the pace allows it; when the answer is there, None where time or budget is over."""
        at = max(at, self.free_at)
        if at >= until or self.left(at) <= 0:
            return None
        self.spent += 1
        answered = at + timedelta(seconds=ANSWER_S)
        self.free_at = answered + timedelta(seconds=DELAY_S)
        return answered

    def left(self, at: datetime) -> int:
        """Requests that its daily budget leaves."""
        if (day := (at - START).days) != self.day:
            self.day, self.spent = day, 0
        return DEFAULT_DAILY_BUDGET - self.spent


@dataclass(slots=True)
class Month:
    """One simulation: what was asked, and when rows came."""

    sites: list[Site]
    days: int
    has_rhythm: bool
    documents: int = 0
    pages: int = 0
    worth_h: float = rhythm.WORTH_H
    longest_run: timedelta = timedelta()

    def play(self) -> None:
        """Runs from the first to the last day."""
        schedule = Schedule.MINUTES if self.has_rhythm else Schedule.HOURLY
        most = MINUTES_BATCHES if self.has_rhythm else MAX_BATCHES
        hosts = [Host(site, crc32(site.host.encode()) % most) for site in self.sites]
        due: list[tuple[datetime, str, Host, Feed]] = [
            (START, feed.url, host, feed) for host in hosts for feed in host.site.feeds
        ]
        heapq.heapify(due)
        now, worth_at = START, START
        while now < START + timedelta(days=self.days):
            if self.has_rhythm and now >= worth_at:
                all_feeds = (feed for site in self.sites for feed in site.feeds)
                self.worth_h = rhythm.worth_of_a_request((f.turn.rhythm if f.turn else None, BOUNDS) for f in all_feeds)
                worth_at = now + WORTH_EVERY
            ended = self._run(now, hosts, due, schedule)
            self.longest_run = max(self.longest_run, ended - now)
            past = max(ended - START, now - START + schedule.period)
            now = START - (-past // schedule.period) * schedule.period

    def _run(
        self, now: datetime, hosts: list[Host], due: list[tuple[datetime, str, Host, Feed]], schedule: Schedule
    ) -> datetime:
        chosen: dict[int, list[Feed]] = defaultdict(list)
        at_host = {id(host): host for host in hosts}
        back = []
        while due and due[0][0] <= now + ahead(schedule):
            at, url, host, feed = heapq.heappop(due)
            if not self.has_rhythm or rhythm.is_due(feed.turn, now, ahead=ahead(schedule)):
                chosen[id(host)].append(feed)
            elif feed.turn is not None and feed.turn.not_before is not None:
                back.append((feed.turn.not_before, url, host, feed))
        for one in back:
            heapq.heappush(due, one)
        begins = now + timedelta(seconds=2 * TASK_S)
        limit = timedelta(seconds=MINUTES_LIMIT_S if schedule is Schedule.MINUTES else HOURLY_LIMIT_S)
        found_at: dict[int, datetime] = defaultdict(lambda: begins)  # the end of discovery, by batch
        for key in sorted(chosen, key=lambda key: at_host[key].site.host):
            host = at_host[key]
            for feed in chosen[key]:
                answered = host.ask(begins, until=begins + limit / 2)
                if answered is not None:
                    self.documents += 1
                    self._answer(host, feed, now)
                    found_at[host.batch] = max(found_at[host.batch], answered)
                heapq.heappush(due, (self._next(feed, now, answered is not None), feed.url, host, feed))
        ended = now + TASK_S * timedelta(seconds=2)
        batches: dict[int, list[Article]] = defaultdict(list)
        fetched_at = dict(found_at)
        for host in hosts:
            while host.later and host.later[0][0] <= now:
                host.waiting.append(heapq.heappop(host.later)[2])
            if host.waiting:
                start = found_at[host.batch] + timedelta(seconds=TASK_S)
                done = self._visit(host, now, start, start + limit / 2, batches[host.batch])
                fetched_at[host.batch] = max(fetched_at.get(host.batch, start), done)
        for batch, at in fetched_at.items():
            loaded_at = at + timedelta(seconds=2 * TASK_S + PAGE_S * len(batches[batch]))
            for article in batches[batch]:
                article.row_at = article.row_at or loaded_at
            ended = max(ended, loaded_at)
        return ended + timedelta(seconds=TASKS_BEHIND * TASK_S)

    def _next(self, feed: Feed, now: datetime, is_asked: bool) -> datetime:
        if not self.has_rhythm:
            return now + Schedule.HOURLY.period
        if not is_asked or feed.turn is None or feed.turn.due_at is None:
            return now + MINUTE
        return feed.turn.due_at

    def _answer(self, host: Host, feed: Feed, now: datetime) -> None:
        """What a feed lists now is offered, and its turn is over."""
        if feed.is_dead:
            feed.turn = rhythm.after_failure(feed.turn, now=now)
            return
        end = bisect_right(feed.articles, now, key=lambda a: a.shown_at)
        listed, feed.read = feed.articles[max(feed.read, end - LISTED) : end], end
        named = []
        for article in listed:
            known_since = article.offered_at or now
            published_at = article.published_at if feed.is_dated else None
            named.append(NamedEntry(published_at=published_at, known_since=known_since, by=tuple(article.by)))
            article.by.append(feed.url)
            if article.offered_at is None:
                article.offered_at = now
                if article.published_at >= START:
                    host.waiting.append(article)
        if not self.has_rhythm:
            return
        turns = {each.url: each.turn or Turn() for each in host.site.feeds}
        news, lost = rhythm.shared_out(feed.url, named, turns)
        said = Answered(fresh_for=feed.max_age)
        feed.turn = rhythm.after_answer(feed.turn, news, now=now, bounds=BOUNDS, worth_h=self.worth_h, said=said)
        for other in host.site.feeds:
            if other.url in lost and other.turn is not None and other.turn.rhythm is not None:
                less = rhythm.without(other.turn.rhythm, lost[other.url], now=now)
                other.turn = Turn(
                    asked_at=other.turn.asked_at,
                    due_at=other.turn.due_at,
                    not_before=other.turn.not_before,
                    rhythm=less,
                )

    def _visit(self, host: Host, now: datetime, start: datetime, until: datetime, done: list[Article]) -> datetime:
        """Visit what waits at a host, in the frontier's order, as far as time and budget go; when the last answer is there."""
        host.waiting.sort(key=lambda a: visit_order(
            Age(at=a.published_at, is_certain=True), is_visited=a.first_visit_at is not None, due_at=now, now=now
        ))  # fmt: skip
        last = start
        for n, article in enumerate(host.waiting):
            answered = host.ask(start, until=until)
            if answered is None:
                host.waiting = host.waiting[n:]
                return last
            self.pages += 1
            last = answered
            done.append(article)
            past = PastVisit(at=answered, outcome=None, first_visit_at=article.first_visit_at, failures=0)
            article.first_visit_at = article.first_visit_at or answered
            if (again := next_visit(past, DEFAULT_REVISIT_AFTER)) is not None:
                heapq.heappush(host.later, (again, id(article), article))
        host.waiting = []
        return last

    def told(self) -> str:
        """Delays and requests, in a line."""
        end = START + timedelta(days=self.days)
        news = [a for site in self.sites for a in site.articles if a.published_at >= START]
        waits = sorted(((a.row_at or end) - a.published_at) / MINUTE for a in news)
        every = 24 * self.days * sum(len(site.feeds) for site in self.sites)
        return (
            f"{len(news)} articles, median {median(waits):.1f} min, 95th {quantiles(waits, n=20)[-1]:.1f}, "
            f"99th {quantiles(waits, n=100)[-1]:.1f}, mean {sum(waits) / len(waits):.1f}; {self.documents} requests for documents "
            f"({self.documents / every:.3f} of hourly), {self.pages} for pages; the longest run {self.longest_run / MINUTE:.1f} min"
        )


def compare(name: str, feeds: int, days: int, *, alone: bool = False) -> Iterable[str]:
    """Hourly polling of everything and rhythms on the same world."""
    for said, has_rhythm in (("hourly", False), ("rhythm", True)):
        sites = world(feeds, days=days)
        if alone:
            sites = [site for site in world(2 * feeds, days=days) if len(site.feeds) == 1][:feeds]
        month = Month(sites, days, has_rhythm)
        month.play()
        yield f"{name} {said}: {sum(len(site.feeds) for site in sites)} feeds of {len(sites)} sites; {month.told()}"


def main(arguments: list[str]) -> None:
    feeds, days = (int(given) for given in (*arguments, *("1000", "30")[len(arguments) :]))
    for line in compare("sections", feeds, days):
        print(line, flush=True)
    for line in compare("one feed each", feeds, days, alone=True):
        print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
