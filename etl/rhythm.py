"""When to ask which document (feed, sitemap, section front) again: decisions on values, without a database or a clock.

A document is asked when the news that it probably has by now have waited long enough. How many that are is learned from the
entries that it was the one to bring: how many come, at which hours, on which days of the week, and just now. So requests go
where news are, and documents that repeat others are hardly asked.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import exp, sqrt

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

# Time constants with which counts fade: of hours and weekdays, of how many there are lately, and of a burst. Measured, as the
# weights below, by `benchmarks.freshness`.
MEMORY = timedelta(days=14)
LATELY = timedelta(days=4)
BURST = timedelta(hours=1)
BURST_SHARE = 0.2  # of the expected rate
LONG_TERM_H = 24.0  # hours that the rate of the whole memory weighs beside that of lately
# A document of which nothing is known has as many entries in so many hours, and they are spread evenly until there are more.
PRIOR_ENTRIES, PRIOR_HOURS = 0.5, 4.0
EVEN_HOURS, EVEN_DAYS = 6.0, 14.0

# What a document lists at its first answer tells its hours, but not which of it no other document has: it counts little.
HISTORY = timedelta(days=14)
HISTORY_WEIGHT = 0.05

# A request is worth it when the news that wait for it have waited so many hours altogether: one article for half a minute.
WORTH_H = 0.01
# All documents together are not asked more often than each every hour: a request must be worth more where that would be too
# much. The expected number is exceeded by some hundredths, since rates are not known exactly.
REQUESTS_A_DAY = 23.5

# What servers and feeds say of how long an answer is fresh is believed up to this.
MOST_LIFETIME = HOUR

# A document that fails is asked again after as long as it has failed, within these; then it rests: it is said, and asked daily,
# later weekly. One that is gone (410) rests at once.
SHORTEST_RETRY, LONGEST_RETRY = timedelta(minutes=15), timedelta(hours=2)
RESTS_AFTER, SLEEPS_AFTER = 2 * DAY, 14 * DAY
REST, SLEEP = DAY, 7 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When a document brought news: fading counts as of `at`, by hour of the day and day of the week (UTC), of the last days and
    of the last hour. `since` is from when on they were counted.
    """

    since: datetime
    at: datetime
    hours: tuple[float, ...] = (0.0,) * 24
    days: tuple[float, ...] = (0.0,) * 7
    lately: float = 0.0
    burst: float = 0.0

    @property
    def rate(self) -> float:
        """News an hour, over day and night."""
        count, covered_h = sum(self.hours), _covered_h(self, MEMORY)
        long_term = (count + PRIOR_ENTRIES) / (covered_h + PRIOR_HOURS)
        return (self.lately + LONG_TERM_H * long_term) / (_covered_h(self, LATELY) + LONG_TERM_H)


def _covered_h(rhythm: Rhythm, memory: timedelta) -> float:
    return memory / HOUR * (1 - exp(-(max(timedelta(), rhythm.at - rhythm.since) / memory)))


@dataclass(frozen=True, slots=True, kw_only=True)
class PollingBounds:
    """The shortest and the longest time between two requests for a document."""

    shortest: timedelta
    longest: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Where a document stands between two requests. None is for what has not happened.

    `not_before` is what its server asked for; `failing_since` the first failure after its last answer.
    """

    asked_at: datetime | None = None
    due_at: datetime | None = None
    not_before: datetime | None = None
    failing_since: datetime | None = None
    rhythm: Rhythm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedEntry:
    """An entry that a document names for the first time: its stated publication, since when the frontier has had it, and the
    documents that had named it before."""

    published_at: datetime | None
    known_since: datetime
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What an answer said beside its entries: for how long it is fresh by HTTP, and how often the feed says that it changes."""

    fresh_for: timedelta | None = None
    changes_every: timedelta | None = None


def is_due(turn: Turn | None, now: datetime, *, ahead: timedelta = timedelta(), asks_all: bool = False) -> bool:
    """Whether to ask a document in a run of that time. What comes due within `ahead` is not left to the next run.

    One that was asked in the future was so under a clock that was ahead. A failure of this very run is tried again by it.
    `asks_all`: whatever its rhythm; only a server that fails and says when to come back is heard.
    """
    if turn is None or turn.asked_at is None or turn.asked_at > now:
        return True
    if turn.asked_at == now:
        return turn.failing_since is not None
    if turn.not_before is not None and turn.not_before > now and not (asks_all and turn.failing_since is None):
        return False
    return asks_all or turn.due_at is None or turn.due_at <= now + ahead


def after_answer(
    turn: Turn | None,
    news: Sequence[datetime | None],
    *,
    now: datetime,
    bounds: PollingBounds,
    worth_h: float = WORTH_H,
    said: Answered = Answered(),
) -> Turn:
    """The turn of a document that has answered, with `news` as `heard` has them."""
    before = turn or Turn()
    rhythm = heard(before.rhythm, news, asked_at=before.asked_at, now=now)
    due_at = next_request(rhythm, asked_at=now, bounds=bounds, worth_h=worth_h)
    every = said.changes_every
    if every is not None and rhythm.rate * (every / HOUR) < 1:  # else its own entries contradict it
        due_at = max(due_at, now + min(every, bounds.longest))
    fresh_for = min(said.fresh_for or timedelta(), MOST_LIFETIME, bounds.longest)
    return Turn(asked_at=now, due_at=due_at, not_before=now + fresh_for if fresh_for else None, rhythm=rhythm)


def after_failure(turn: Turn | None, *, now: datetime, is_gone: bool = False, wait: timedelta | None = None) -> Turn:
    """The turn of a document that has not answered; `wait` is after what time its server asks to come back."""
    before = turn or Turn()
    since = min(before.failing_since or now, now)
    return replace(
        before,
        asked_at=now,
        due_at=now + (SLEEP if is_gone else _pause(now - since)),
        not_before=now + wait if wait else None,
        failing_since=since,
    )


def _pause(failing_for: timedelta) -> timedelta:
    if failing_for >= RESTS_AFTER:
        return SLEEP if failing_for >= SLEEPS_AFTER else REST
    return min(max(failing_for, SHORTEST_RETRY), LONGEST_RETRY)


def rests(turn: Turn) -> bool:
    """Whether a document has failed for so long, or is gone, that it is asked daily at most."""
    if turn.failing_since is None or turn.asked_at is None or turn.due_at is None:
        return False
    return turn.due_at - turn.asked_at >= REST


def shared_out(
    url: str, named: Sequence[NamedEntry], turns: Mapping[str, Turn]
) -> tuple[list[datetime | None], dict[str, list[datetime]]]:
    """Of what a document names for the first time, what is its news; and what is no longer that of other documents.

    An entry is the news of one document, though several name it: of that which brings most, as long as none of the others
    had it first while that one was read and did not have it. `turns` are those of the source's documents.
    """
    own: list[datetime | None] = []
    lost: dict[str, list[datetime]] = {}
    mine = turns.get(url, Turn())
    for each in named:
        if not each.by:
            own.append(each.published_at)
        elif mine.asked_at is None or mine.asked_at < each.known_since:
            first = max(
                (_rank(other, turns.get(other, Turn())) for other in each.by if other != url), default=(0.0, "")
            )
            if _rank(url, mine) > first:
                own.append(each.published_at)
                lost.setdefault(first[1], []).append(each.published_at or each.known_since)
    return own, lost


def _rank(url: str, turn: Turn) -> tuple[float, str]:
    return (turn.rhythm.rate if turn.rhythm is not None else 0.0), url


def heard(
    rhythm: Rhythm | None, news: Sequence[datetime | None], *, asked_at: datetime | None, now: datetime
) -> Rhythm:
    """What is known of a document after an answer that brought `news`, by the times that they state.

    A time counts where it is between the last request (`asked_at`) and `now`; other entries came some time in between. At
    the first answer, entries of the last `HISTORY` count a little.
    """
    if rhythm is None or asked_at is None:
        return _history(news, now)
    rhythm = faded(rhythm, now)
    start = min(asked_at, now)
    times = [at if at is not None and start < at <= now else None for at in news]
    unknown = times.count(None)
    even = (start + (now - start) * ((n + 0.5) / unknown) for n in range(unknown))
    return _counted(rhythm, (at if at is not None else next(even) for at in times))


def without(rhythm: Rhythm, times: Iterable[datetime], *, now: datetime) -> Rhythm:
    """A rhythm without entries that turned out to be another document's news."""
    return _counted(faded(rhythm, now), times, sign=-1)


def _history(news: Sequence[datetime | None], now: datetime) -> Rhythm:
    stated = sorted(at for at in news if at is not None and at <= now)
    if len(stated) > 2 and stated[0] == stated[-1]:
        stated = []  # when the document was made
    times = stated[bisect_left(stated, now - HISTORY) :]
    if len(times) < len(stated):
        begins = now - HISTORY
    else:  # the oldest entry begins the time that the document covers
        begins, times = min(times, default=now), times[1:]
    whole = _counted(Rhythm(since=begins, at=now), times)
    return replace(
        whole,
        since=now - HISTORY_WEIGHT * (now - begins),
        hours=tuple(HISTORY_WEIGHT * count for count in whole.hours),
        days=tuple(HISTORY_WEIGHT * count for count in whole.days),
        lately=HISTORY_WEIGHT * whole.lately,
    )


def _counted(rhythm: Rhythm, times: Iterable[datetime], *, sign: int = 1) -> Rhythm:
    hours, days, lately, burst = list(rhythm.hours), list(rhythm.days), rhythm.lately, rhythm.burst
    for at in times:
        age = max(timedelta(), rhythm.at - at)
        weight = sign * exp(-(age / MEMORY))
        utc = at.astimezone(UTC)
        hours[utc.hour] = max(0.0, hours[utc.hour] + weight)
        days[utc.weekday()] = max(0.0, days[utc.weekday()] + weight)
        lately = max(0.0, lately + sign * exp(-(age / LATELY)))
        burst = max(0.0, burst + sign * exp(-(age / BURST)))
    return replace(rhythm, hours=tuple(hours), days=tuple(days), lately=lately, burst=burst)


def faded(rhythm: Rhythm, now: datetime) -> Rhythm:
    """As it is at a later time; a clock that was ahead is put back."""
    past = max(timedelta(), now - rhythm.at)
    kept = exp(-(past / MEMORY))
    return Rhythm(
        since=min(rhythm.since, now),
        at=now,
        hours=tuple(count * kept for count in rhythm.hours),
        days=tuple(count * kept for count in rhythm.days),
        lately=rhythm.lately * exp(-(past / LATELY)),
        burst=rhythm.burst * exp(-(past / BURST)),
    )


def next_request(rhythm: Rhythm, *, asked_at: datetime, bounds: PollingBounds, worth_h: float = WORTH_H) -> datetime:
    """When a document is worth another request: when the news that came since have probably waited `worth_h` hours altogether,
    within `bounds`.
    """
    base, by_hour, by_day = rhythm.rate, _by_hour(rhythm), _by_day(rhythm)
    burst = rhythm.burst / (BURST / HOUR)
    start = at = asked_at.astimezone(UTC)
    last = at + bounds.longest
    waited = there = 0.0  # hours that news have waited altogether, and how many news that are
    while at < last:
        next_hour = at.replace(minute=0, second=0, microsecond=0) + HOUR
        step = min(next_hour - at, last - at, HOUR / 6 if at - start < HOUR else HOUR)
        rate = (1 - BURST_SHARE) * base * by_hour[at.hour] * by_day[at.weekday()]
        rate += BURST_SHARE * burst * exp(-(max(timedelta(), at - rhythm.at) / BURST))
        hours = step / HOUR
        more = there * hours + rate * hours * hours / 2
        if waited + more >= worth_h:
            hours = (sqrt(there * there + 2 * rate * (worth_h - waited)) - there) / rate
            return max(at + hours * HOUR, start + bounds.shortest)
        waited += more
        there += rate * hours
        at += step
    return max(last, start + bounds.shortest)


def _by_hour(rhythm: Rhythm) -> list[float]:
    """How the rate of each hour of the day stands to that of a day; neighbours count a little."""
    hours, count = rhythm.hours, sum(rhythm.hours)
    near = [hours[n - 1] / 4 + hours[n] / 2 + hours[(n + 1) % 24] / 4 for n in range(24)]
    return [(each + EVEN_HOURS / 24) / (count + EVEN_HOURS) * 24 for each in near]


def _by_day(rhythm: Rhythm) -> list[float]:
    count = sum(rhythm.days)
    return [(each + EVEN_DAYS / 7) / (count + EVEN_DAYS) * 7 for each in rhythm.days]


def worth_of_a_request(documents: Iterable[tuple[Rhythm | None, PollingBounds]]) -> float:
    """What a request must be worth, in hours that news wait, so that documents are asked `REQUESTS_A_DAY` times each in the mean
    and no more; `WORTH_H` where that is enough.
    """
    wanted, most = [], 0.0
    for rhythm, bounds in documents:
        most += REQUESTS_A_DAY
        if rhythm is None:
            continue
        often, seldom = DAY / bounds.shortest, DAY / bounds.longest
        by_hour = sum(map(sqrt, _by_hour(rhythm))) / 24
        by_day = sum(map(sqrt, _by_day(rhythm))) / 7
        wanted.append((24 * sqrt(rhythm.rate / 2) * by_hour * by_day, seldom, often))

    def requests(worth_h: float) -> float:
        scale = 1 / sqrt(worth_h)
        return sum(min(often, max(seldom, each * scale)) for each, seldom, often in wanted)

    low, high = WORTH_H, WORTH_H * 4096
    if requests(low) <= most:
        return low
    for _ in range(30):
        middle = sqrt(low * high)
        low, high = (middle, high) if requests(middle) > most else (low, middle)
    return high
