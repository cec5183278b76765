"""A small world of which it is known why each page is, or is not, among the articles: made by the pipeline's own calls.

A kind (`why_kinds`) has a source of its own, offers its pages to runs, visits and loads them as it likes, and says of each
address what the answer must be.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from etl import urls
from etl.fetch.robots_store import RobotsState, StoredRobots
from etl.frontier import Offer
from etl.model import CaptureMeta, FoundVia, Hint, Observation, Outcome, Page, PageType, Place, Redirect
from etl.sources.registry import Registry
from etl.sources.source import Source
from etl.states import RunKind
from etl.warehouse.load.load import load_again
from etl.warehouse.ops import frontier, robots, runs, visits
from etl.warehouse.ops.frontier import DueUrl
from etl.warehouse.ops.visits import VisitResult
from etl.why.answer import Standing

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULES = "r1"
FEW_LINES = "User-agent: *\nDisallow: /private/\nAllow: /private/open/\n"
_WORDS = (
    *(
        "storm",
        "größe",
        "новости",
        "記事",
        "뉴스",
        "خبر",
        "चुनाव",
        "ข่าว",
        "élection",
        "σεισμός",
        "água",
        "haber",
        "tin-tức",
    ),
    *("Ärzte", "żniwa", "ukrán", "ქალაქი", "עיר", "செய்தி", "খবর", "berita", "jūra", "škola", "ägg", "lög"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What the answer to an address must be; `words` stand in its sentence."""

    asked: str
    standing: Standing
    outcome: str | None = None
    url: str | None = None  # of the page that it leads to, in any spelling
    words: tuple[str, ...] = ()
    is_in_sql: bool = True  # news.why says the same of `url`


@dataclass(slots=True, kw_only=True)
class World:
    """What kinds build on. `spread` is how many pages each of them makes."""

    engine: Engine
    spread: int
    random: random.Random = field(default_factory=lambda: random.Random(11))
    sources: dict[str, Source] = field(default_factory=dict)
    _made: int = 0
    _runs: int = 0

    @property
    def registry(self) -> Registry:
        """All sources that kinds have left in it."""
        return Registry.of(self.sources.values())

    def source(
        self, key: str, site: str = "example.com", *, robots_txt: str | None = FEW_LINES, **values: object
    ) -> Source:
        """A source with a host of its own, and its robots.txt as it was read an hour ago (None: never)."""
        home = f"https://{key}.{site}/"
        made = Source(key=key, name=key.title(), homepage=home, languages=("en",), feeds=(f"{home}feed",), **values)  # type: ignore[arg-type]
        self.sources[key] = made
        if robots_txt is not None:
            self.robots(made.host, RobotsState.RULES, text=robots_txt)
        return made

    def robots(
        self, host: str, state: RobotsState, *, text: str = "", error: str | None = None, status: int = 200
    ) -> None:
        """Keep a robots.txt."""
        at = NOW - timedelta(minutes=5)
        stored = StoredRobots(host=host, state=state, url=f"https://{host}/robots.txt", fetched_at=at, status=status,
                              text=text, error=error)  # fmt: skip
        robots.keep(self.engine, host, stored.to_json(), at=at)

    def pages(self, source: Source, folder: str = "news/") -> list[str]:
        """New addresses of a source."""
        found = []
        for _ in range(self.spread):
            self._made += 1
            found.append(f"{source.homepage}{folder}{self.random.choice(_WORDS)}-{self._made}")
        return found

    def run(self, source: Source, *, at: datetime = NOW - HOUR, kind: RunKind = RunKind.LIVE) -> str:
        """A run of one source, that is under way."""
        self._runs += 1
        run_id = f"run-{self._runs}"
        runs.start(self.engine, run_id=run_id, kind=kind, batches={"0": [source.key]}, window=None, as_of=at)
        return run_id

    def offer(self, run_id: str, source: Source, pages: Iterable[str], *, at: datetime = NOW - HOUR,
              published: str | None = None, outcome: Outcome | None = None, detail: str | None = None) -> None:  # fmt: skip
        """What the source's feed names in a run."""
        hint = replace(_hint(source), published_raw=published)
        offers = [Offer(url=u, url_key=urls.url_key(u, rules=source.key_rules), host=urls.host_of(u), hints=(hint,),
                        outcome=outcome, detail=detail) for u in pages]  # fmt: skip
        with self.engine.begin() as connection:
            frontier.offer(
                connection, run_id=run_id, source_key=source.key, offers=offers, now=at, oldest=source.oldest(at)
            )

    def due(self, run_id: str, source: Source, *, at: datetime = NOW - HOUR) -> list[DueUrl]:
        """The run's URLs that are due."""
        return frontier.due(
            self.engine, run_id=run_id, host=source.host, now=at, oldest={source.key: source.oldest(at)}
        )

    def visit(self, run_id: str, source: Source, due: Sequence[DueUrl], outcome: Outcome | None = None,
              *, detail: str | None = None, at: datetime = NOW - HOUR, targets: Sequence[str] = ()) -> None:  # fmt: skip
        """End the visits of these URLs: without an outcome, or as gone, with a capture of the URL or of its target."""
        ended = []
        for each, target in zip(due, targets or [d.url for d in due], strict=True):
            has_capture = outcome in (None, Outcome.GONE)
            ended.append(
                VisitResult(due=each, at=at, outcome=outcome, detail=detail, target_uri=target if has_capture else None,
                            capture_id=capture_id(target, at) if has_capture else None, payload_digest="sha256:0")
            )  # fmt: skip
        with self.engine.begin() as connection:
            visits.record(connection, run_id=run_id, visits=ended, revisit_after={source.key: source.revisit_after})

    def load(self, pages: Iterable[str], outcome: Outcome = Outcome.ARTICLE, *, source: Source | None = None, status: int = 200,
             at: datetime = NOW - HOUR, detail: str | None = None, redirects: Sequence[str] = (), page: Mapping[str, str] | None = None) -> None:  # fmt: skip
        """Load a capture of each of these pages; `redirects` led to them, one to each."""
        hops = list(redirects)
        load_again(
            self.engine,
            [
                _observation(url, outcome, source, status, at, detail, hops[i : i + 1], page)
                for i, url in enumerate(pages)
            ],
        )

    def taken(self, source: Source, pages: Sequence[str], outcome: Outcome = Outcome.ARTICLE, *, status: int = 200,
              detail: str | None = None, page: Mapping[str, str] | None = None) -> None:  # fmt: skip
        """Offer, visit and load these pages in one run."""
        run_id = self.run(source)
        self.offer(run_id, source, pages)
        self.visit(run_id, source, self.due(run_id, source), Outcome.GONE if outcome is Outcome.GONE else None)
        self.load(pages, outcome, source=source, status=status, detail=detail, page=page)

    def failed(
        self, source: Source, pages: Sequence[str], outcome: Outcome, *, detail: str = "as made", times: int = 1
    ) -> None:
        """Offer these pages, and visit them in so many runs, each time in vain."""
        at = NOW - 100 * HOUR
        for n in range(times):
            run_id = self.run(source, at=at)
            if not n:
                self.offer(run_id, source, pages, at=at)
            else:
                frontier.add_revisits(self.engine, run_id=run_id, sources=[source.key], now=at)
            self.visit(run_id, source, self.due(run_id, source, at=at), outcome, detail=detail, at=at)
            at += HOUR * 2**n


def _hint(source: Source) -> Hint:
    return Hint(source_key=source.key, via=FoundVia.FEED, found_at=source.feeds[0], title="T")


def capture_id(url: str, at: datetime) -> bytes:
    """The id of the capture of a page at a time."""
    return hashlib.sha256(f"{url} {at.isoformat()}".encode()).digest()


def _observation(url: str, outcome: Outcome, source: Source | None, status: int, at: datetime, detail: str | None,
                 redirects: Sequence[str], page: Mapping[str, str] | None) -> Observation:  # fmt: skip
    kind = PageType.ARTICLE if outcome is Outcome.ARTICLE else PageType.OTHER
    text = f"Text of {url}." if outcome is Outcome.ARTICLE else ""
    return Observation(
        capture_id=capture_id(url, at),
        url_key=urls.url_key(url, rules=source.key_rules if source else None),
        target_uri=url,
        source_key=source.key if source else None,
        site=urls.site_of(url),
        captured_at=at,
        payload_digest="sha256:" + hashlib.sha256(f"{status} {url}".encode()).hexdigest(),
        status=status,
        is_revisit=False,
        place=Place(warc="raw/live/2026/11/24/a.warc.gz", offset=0, length=10),
        meta=CaptureMeta(
            source_key=source.key if source else None,
            hints=(_hint(source),) if source else (),
            redirects=tuple(Redirect(url=each, status=301) for each in redirects),
        ),
        rules_version=RULES,
        page=Page(outcome=outcome, page_type=kind, text=text, title="T", detail=detail, **(page or {})),  # type: ignore[arg-type]
    )
