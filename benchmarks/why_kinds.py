"""Every way in which a page can be, or not be, among the articles: each makes its pages and says what `why` must say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import quote

from benchmarks.why_world import HOUR, NOW, Truth, World
from etl.fetch.politeness import Streak
from etl.fetch.robots_store import RobotsState
from etl.frontier import MAX_FAILURES
from etl.model import FoundVia, Hint, Outcome
from etl.states import RunKind
from etl.urls import former_keys, url_key
from etl.warehouse.ops import erased, expected_urls, frontier, hosts, runs, segments
from etl.warehouse.ops.expected_urls import ExpectedUrl
from etl.why.answer import Standing

Kind = Callable[[World], Iterable[Truth]]
_BAD = (
    "nonsense",
    "mailto:desk@example.com",
    "http://",
    "https://exa mple.com/a",
    "ftp://a.example.com/x",
    "http://[::1/x",
)


def _all(asked: Sequence[str], standing: Standing, outcome: str | None, *words: str, **more: object) -> list[Truth]:
    return [Truth(asked=u, standing=standing, outcome=outcome, url=u, words=words, **more) for u in asked]  # type: ignore[arg-type]


def articles(w: World) -> Iterable[Truth]:
    """Offered, visited and loaded; asked in spellings that lead to the same key."""
    s = w.source("articles")
    pages = w.pages(s)
    w.taken(s, pages)
    for n, u in enumerate(pages):
        inside = u.removeprefix("https://")
        spelled = (
            u,
            f"{u}?utm_source=x&fbclid=IwAR1",
            f" <{u}#comments> ",
            u.replace("https", "HTTP"),
            f"https://cdn.ampproject.org/c/s/{inside}",
            f"https://www.google.com/url?q={quote(u, safe='')}&sa=D",
            f"https://web.archive.org/web/20261101000000/{u}",
            inside,
        )[n % 8]
        yield Truth(asked=spelled, standing=Standing.ARTICLE, outcome="article", url=u, words=("is the article",))


def archived(w: World) -> Iterable[Truth]:
    """Out of an archive: no run ever met it, and no source has its host."""
    pages = [f"https://old-{n}.example.org/a/{n}" for n in range(w.spread)]
    w.load(pages)
    return _all(pages, Standing.ARTICLE, "article")


def gone_articles(w: World) -> Iterable[Truth]:
    """Articles whose page went."""
    s = w.source("gone-articles")
    pages = w.pages(s)
    w.taken(s, pages)
    w.load(pages, Outcome.GONE, source=s, status=404, at=NOW - HOUR / 2)
    return _all(pages, Standing.GONE, "gone", "is gone")


def gone(w: World) -> Iterable[Truth]:
    """Was never an article, and is gone."""
    s = w.source("gone")
    pages = w.pages(s)
    w.taken(s, pages, Outcome.GONE, status=410)
    return _all(pages, Standing.GONE, "gone", "410")


def _no_article(outcome: Outcome) -> Kind:
    def kind(w: World) -> Iterable[Truth]:
        s = w.source(outcome.value.replace("_", "-"))
        pages = w.pages(s)
        w.taken(s, pages, outcome, detail="12 links and no text")
        return _all(pages, Standing.NO_ARTICLE, outcome.value, "12 links and no text")

    return kind


def quarantined(w: World) -> Iterable[Truth]:
    """Captured, and its reading raised."""
    s = w.source("quarantined")
    pages = w.pages(s)
    w.taken(s, pages, Outcome.QUARANTINED, detail="ValueError: deep")
    return _all(pages, Standing.QUARANTINED, "quarantined", "ValueError: deep")


def not_loaded(w: World) -> Iterable[Truth]:
    """Captured; the file is published and waits, or could not be loaded."""
    for problem in (None, "digest of record 3 does not match"):
        s = w.source(f"not-loaded-{int(problem is None)}")
        pages = w.pages(s)[: w.spread // 2 + 1]
        run_id = w.run(s)
        w.offer(run_id, s, pages)
        w.visit(run_id, s, w.due(run_id, s))
        warc = f"raw/live/2026/11/24/{s.key}.warc.gz"
        segments.announce(w.engine, warc, run_id=run_id, batch="0", records=len(pages), size=1)
        segments.note_problem(w.engine, warc, problem)
        yield from _all(pages, Standing.NOT_LOADED, None, problem or "not loaded yet")


def buried(w: World) -> Iterable[Truth]:
    """Erased under the key of today, or under one of before."""
    s = w.source("buried")
    pages = w.pages(s)
    w.taken(s, pages[::2])
    old = [f"{u}?id=1&amp;utm_source=x" for u in pages[1::2]]
    keys = {url_key(u): ("request", NOW) for u in pages[::2]}
    keys |= {key: ("court", NOW) for u in old for key in former_keys(u)}
    erased.record(w.engine, keys)
    yield from _all(pages[::2], Standing.ERASED, None, "request")
    yield from _all(old, Standing.ERASED, None, "court", is_in_sql=False)


def waiting(w: World) -> Iterable[Truth]:
    """Due and never visited, for each of the reasons."""
    fresh = w.source("waits")
    pages = w.pages(fresh)
    w.offer(w.run(fresh), fresh, pages)
    yield from _all(pages, Standing.WAITING, "deferred", "under way")

    put_off = w.source("put-off")
    pages, run_id = w.pages(put_off), w.run(put_off)
    w.offer(run_id, put_off, pages)
    frontier.defer(w.engine, run_id=run_id, sources=[put_off.key], why="was not reached in this run")
    yield from _all(pages, Standing.WAITING, "deferred", run_id, "was not reached")

    rests = w.source("rests")
    pages = w.pages(rests)
    w.offer(w.run(rests), rests, pages)
    hosts.acquire(w.engine, rests.host, "me")
    hosts.release(w.engine, rests.host, "me", 3 * HOUR, Streak(failures=4))
    yield from _all(pages, Standing.WAITING, "deferred", "rests until", "4 failures")

    spent = w.source("spent", daily_budget=3)
    pages, run_id = w.pages(spent), w.run(spent)
    w.offer(run_id, spent, pages)
    with w.engine.begin() as connection:
        hosts.log(connection, run_id, [_logged(spent.host, f"{spent.homepage}{n}") for n in range(3)])
    yield from _all(pages, Standing.WAITING, "deferred", "daily budget", "3 of 3")


def _logged(host: str, url: str) -> hosts.LoggedFetch:
    return hosts.LoggedFetch(
        fetched_at=NOW - HOUR, host=host, url=url, kind="page", status=200, outcome=None, bytes=1, error=None
    )


def _retried(outcome: Outcome) -> Kind:
    def kind(w: World) -> Iterable[Truth]:
        s = w.source(f"retry-{outcome.value.replace('_', '-')}")
        pages = w.pages(s)
        w.failed(s, pages, outcome, times=2)
        return _all(pages, Standing.RETRY, outcome.value, "as made")

    return kind


def given_up(w: World) -> Iterable[Truth]:
    """Failed, and at each further try that it gets."""
    s = w.source("given-up")
    pages = w.pages(s)
    w.failed(s, pages, Outcome.TIMEOUT, times=MAX_FAILURES + 1)
    return _all(pages, Standing.GIVEN_UP, "timeout", f"{MAX_FAILURES + 1} failures")


def too_old(w: World) -> Iterable[Truth]:
    """Too old when offered, while it waited, and by its address alone."""
    s = w.source("too-old", max_age_days=10)
    pages = w.pages(s)
    w.offer(w.run(s), s, pages, published="Mon, 05 Oct 2026 08:00:00 GMT")
    yield from _all(pages, Standing.TOO_OLD, "too_old", "max_age_days")

    waited = w.source("waited", max_age_days=10)
    pages = w.pages(waited)
    at = NOW - timedelta(days=15)
    w.offer(w.run(waited, at=at), waited, pages, at=at)
    yield from _all(pages, Standing.TOO_OLD, "too_old", "max_age_days", is_in_sql=False)  # the next run finds that out

    never = w.pages(s, "2019/05/04/")
    yield from _all(never, Standing.TOO_OLD, "too_old", "2019-05-04", is_in_sql=False)


def excluded(w: World) -> Iterable[Truth]:
    """By an exclude pattern, by the lack of an include pattern; offered and never offered; and taken back."""
    for offered in (True, False):
        s = w.source(f"excludes-{int(offered)}", exclude=("/video/", "/live/*$"))
        pages = w.pages(s, "video/")
        if offered:
            w.offer(w.run(s), s, pages, outcome=Outcome.EXCLUDED, detail="by /video/")
        yield from _all(pages, Standing.EXCLUDED, "excluded", "/video/", "entry 1", is_in_sql=offered)
        s = w.source(f"includes-{int(offered)}", include=("/articles/",))
        pages = w.pages(s)
        if offered:
            w.offer(w.run(s), s, pages, outcome=Outcome.EXCLUDED, detail="no include pattern matches")
        yield from _all(pages, Standing.EXCLUDED, "excluded", "no include pattern", is_in_sql=offered)
    s = w.source("excludes-no-more")
    pages = w.pages(s, "video/")
    w.offer(w.run(s), s, pages, outcome=Outcome.EXCLUDED, detail="by /video/")
    yield from _all(pages, Standing.NOT_OFFERED, "excluded", "no longer does", is_in_sql=False)


def foreign(w: World) -> Iterable[Truth]:
    """On hosts of nobody, and of another source; offered and never offered; and where a redirect led there."""
    s = w.source("speaks-for-others")
    pages = [f"https://elsewhere-{n}.example.org/x/{n}" for n in range(w.spread)]
    w.offer(w.run(s), s, pages, outcome=Outcome.FOREIGN_HOST, detail=f"offered by {s.key}")
    yield from _all(pages, Standing.NO_SOURCE, "foreign_host", "no source", s.key)
    other = w.source("spoken-for", site="example.net")
    pages = w.pages(other)
    w.offer(w.run(s), s, pages, outcome=Outcome.FOREIGN_HOST, detail=f"offered by {s.key}")
    yield from _all(pages, Standing.NOT_OFFERED, "foreign_host", s.key, is_in_sql=False)
    pages = [f"https://nowhere-{n}.example.org/x/{n}" for n in range(w.spread)]
    yield from _all(pages, Standing.NO_SOURCE, "foreign_host", "no source", is_in_sql=False)


def robots_denied(w: World) -> Iterable[Truth]:
    """By a line of the group for all, by one for us, by a file that is refused; visited and never seen."""
    s = w.source("denies")
    pages = w.pages(s, "private/")
    w.failed(s, pages, Outcome.ROBOTS_DENIED, detail="robots.txt line 2: Disallow: /private/")
    yield from _all(pages, Standing.ROBOTS_DENIED, "robots_denied", "line 2: Disallow: /private/", "all agents")
    yield from _all(w.pages(s, "private/"), Standing.ROBOTS_DENIED, "robots_denied", "line 2", is_in_sql=False)

    ours = w.source("denies-us", robots_txt="User-agent: *\nDisallow:\n\nUser-agent: NewsETL\nDisallow: /news/")
    yield from _all(
        w.pages(ours), Standing.ROBOTS_DENIED, "robots_denied", "line 5", "group of NewsETL", is_in_sql=False
    )

    many = "User-agent: *\n" + "".join(f"Disallow: /tag/{n}/\n" for n in range(3000)) + "Disallow: /news/\n"
    s = w.source("denies-much", robots_txt=many)
    yield from _all(w.pages(s), Standing.ROBOTS_DENIED, "robots_denied", "line 3002: Disallow: /news/", is_in_sql=False)

    s = w.source("refuses", robots_txt=None)
    w.robots(s.host, RobotsState.DENIED, error="403 Forbidden", status=403)
    yield from _all(w.pages(s), Standing.ROBOTS_DENIED, "robots_denied", "403", is_in_sql=False)


def robots_unreachable(w: World) -> Iterable[Truth]:
    """While it cannot be read, seen and never seen; and when it could since."""
    s = w.source("unreachable", robots_txt=None)
    w.robots(s.host, RobotsState.UNREACHABLE, error="503 Service Unavailable", status=503)
    pages = w.pages(s)
    w.failed(s, pages, Outcome.ROBOTS_UNREACHABLE)
    yield from _all(pages, Standing.ROBOTS_UNREACHABLE, "robots_unreachable", "503")
    yield from _all(w.pages(s), Standing.ROBOTS_UNREACHABLE, "robots_unreachable", "503", is_in_sql=False)

    s = w.source("reachable-again")
    pages = w.pages(s)
    w.failed(s, pages, Outcome.ROBOTS_UNREACHABLE)
    yield from _all(pages, Standing.RETRY, "robots_unreachable", is_in_sql=False)


def off(w: World) -> Iterable[Truth]:
    """Of a source that was disabled, or removed, after it had offered pages; and never seen ones."""
    s = w.source("off")
    pages = w.pages(s)
    w.offer(w.run(s), s, pages)
    w.sources[s.key] = replace(s, enabled=False)
    yield from _all([*pages, *w.pages(s)], Standing.SOURCE_DISABLED, None, "off is disabled", is_in_sql=False)

    s = w.source("removed", site="example.net")
    pages = [u.replace("removed.example.net", "removed.example.org") for u in w.pages(s)]
    w.offer(w.run(s), s, pages)
    del w.sources[s.key]
    yield from _all(pages, Standing.NO_SOURCE, "foreign_host", "no source", is_in_sql=False)


def listed(w: World) -> Iterable[Truth]:
    """Named by an archive for a past day, and not tried."""
    s = w.source("listed")
    pages, day = w.pages(s), date(2026, 3, 1)
    hint = Hint(source_key=s.key, via=FoundVia.SITEMAP_ARCHIVE, found_at=f"{s.homepage}2026-03.xml")
    with w.engine.begin() as connection:
        expected_urls.record_expected(
            connection,
            [ExpectedUrl(source_key=s.key, day=day, key=url_key(u), url=u, host=s.host, hints=(hint,)) for u in pages],
        )
    yield from _all(pages, Standing.IN_ARCHIVE, None, "2026-03-01", is_in_sql=False)

    pages = w.pages(s)  # offered by a fill that ended before it came to them
    run_id = w.run(s, kind=RunKind.FILL)
    w.offer(run_id, s, pages)
    with w.engine.begin() as connection:
        expected_urls.record_expected(
            connection,
            [ExpectedUrl(source_key=s.key, day=day, key=url_key(u), url=u, host=s.host, hints=(hint,)) for u in pages],
        )
    runs.summarize(w.engine, run_id=run_id, is_given_up=True)
    yield from _all(pages, Standing.IN_ARCHIVE, None, "2026-03-01")


def redirected(w: World) -> Iterable[Truth]:
    """Addresses that a visit was led away from: the answer is that of the page."""
    s = w.source("leads-on")
    before, after = w.pages(s, "p/"), w.pages(s)
    run_id = w.run(s)
    w.offer(run_id, s, before)
    due = w.due(run_id, s)
    w.visit(run_id, s, due, targets=[after[before.index(d.url)] for d in due])
    w.load(after, source=s, redirects=before)
    for one, other in zip(before, after, strict=True):
        yield Truth(asked=one, standing=Standing.ARTICLE, outcome="article", url=other)


def named(w: World) -> Iterable[Truth]:
    """Addresses that pages name as their own, canonical or AMP, and that nobody offered."""
    s = w.source("names-itself")
    for kind in ("canonical_url", "amp_url"):
        for u in w.pages(s):
            other = u.replace("/news/", f"/{kind}/")
            w.taken(s, [u], page={kind: other})
            yield Truth(asked=other, standing=Standing.ARTICLE, outcome="article", url=u, is_in_sql=True)


def never_seen(w: World) -> Iterable[Truth]:
    """Nothing keeps it out: robots.txt read, or never read; with a trailing spelling that is known."""
    s = w.source("quiet")
    yield from _all(w.pages(s), Standing.NOT_OFFERED, None, "1 documents of quiet", is_in_sql=False)
    s = w.source("unread", robots_txt=None)
    yield from _all(w.pages(s), Standing.NOT_OFFERED, None, is_in_sql=False)


def no_address(w: World) -> Iterable[Truth]:
    """What is no address."""
    return [Truth(asked=_BAD[n % len(_BAD)], standing=Standing.NO_ADDRESS, is_in_sql=False) for n in range(w.spread)]


KINDS: tuple[Kind, ...] = (
    *(
        articles,
        archived,
        gone_articles,
        gone,
        quarantined,
        not_loaded,
        buried,
        waiting,
        given_up,
        too_old,
        excluded,
        foreign,
    ),
    *(robots_denied, robots_unreachable, off, listed, redirected, named, never_seen, no_address),
    *map(
        _no_article,
        (
            Outcome.LIST_PAGE,
            Outcome.EMPTY_TEXT,
            Outcome.PAYWALL_STUB,
            Outcome.CONSENT_WALL,
            Outcome.SOFT_404,
            Outcome.BROKEN_PAGE,
        ),
    ),
    *map(
        _retried,
        (
            Outcome.HTTP_ERROR,
            Outcome.TIMEOUT,
            Outcome.TOO_LARGE,
            Outcome.REFUSED_ADDRESS,
            Outcome.NOT_HTML,
            Outcome.MOVED_TO_FRONT,
            Outcome.BOT_CHALLENGE,
            Outcome.FOREIGN_HOST,
        ),
    ),
)


def make(w: World) -> list[Truth]:
    """All kinds; the registry of the world is whole after it."""
    return [truth for kind in KINDS for truth in kind(w)]
