"""Histories of a warehouse: one newsroom's captures in a random order, by all ways in, with rules that change and crashes.

    plan (steps of two workers, from a seed) ─→ play ─→ finish (the last rules, all of it again, settled) ─→ fingerprint

A step calls the stages as a scheduler does: what crashed is begun again, and what was done may be asked for once more.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from unittest import mock

from sqlalchemy import text

from benchmarks.history_crashes import Crash, Crashes
from benchmarks.history_newsroom import REGISTRIES, SITE_LINE, WITH_SITE_LINES, Delivery, Newsroom, Way
from etl import processes
from etl.errors import Permanent, Transient
from etl.extract.page import extract_page
from etl.extract.rules import rules_version
from etl.lake import silver, warc
from etl.lake.segment import SegmentWriter
from etl.settings import Settings
from etl.sources import site_lines
from etl.sources.site_lines import SiteLine, SiteLines
from etl.stages.maintenance import compact, erase, rebuild
from etl.stages.process import page_reading, relate, reprocess
from etl.stages.process.adopt import adopt
from etl.stages.process.extract_load import extract, load, load_silver, observe_file
from etl.stages.process.open_work import load_open
from etl.stages.process.recording import recording, segment_writer
from etl.stages.process.replay import replay
from etl.stages.resources import Resources, open_resources, rules_versions
from etl.warehouse.fingerprint import parts
from etl.warehouse.load.load import activate_rules
from etl.warehouse.load.sources import sync
from etl.warehouse.ops import erased, segments

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TAKEN_AT = NOW + timedelta(days=365)  # files from outside: after all that they hold
MOST_ATTEMPTS = 50
CRASHING = 4  # attempts of a step that may crash; then it is let through


class Kind(StrEnum):
    """What a step does."""

    LIVE = "live"
    FILL = "fill"
    FILE = "file"
    RULES = "rules"  # other rules are activated
    REPROCESS = "reprocess"
    REPLAY = "replay"
    RELATE = "relate"
    SETTLE = "settle"
    AGAIN = "again"  # messages of the past come once more
    COMPACT = "compact"
    ERASE = "erase"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A task: `registry` is the one of its process, which may lag behind the one in use."""

    name: str
    kind: Kind
    registry: int
    deliveries: tuple[int, ...] = ()
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Phases one after the other; in each, two workers go through their steps at the same time."""

    phases: tuple[tuple[tuple[Step, ...], ...], ...]
    registry: int  # the last one


@dataclass(slots=True)
class Played:
    """What happened on the way."""

    crashes: Counter[str] = field(default_factory=Counter)
    transient: int = 0


def plan(seed: int, newsroom: Newsroom) -> History:
    """The history of a seed: each delivery once, in batches of a random size, among steps of other kinds."""
    rng = random.Random(f"history {seed}")
    order = rng.sample(range(len(newsroom.deliveries)), len(newsroom.deliveries))
    steps: list[tuple[Kind, tuple[int, ...]]] = []
    for way, kind in ((Way.LIVE, Kind.LIVE), (Way.FILL, Kind.FILL), (Way.FILE, Kind.FILE)):
        mine = [n for n in order if newsroom.deliveries[n].way is way]
        while mine:
            size = rng.choice((1, 2, 5, 10, 20, len(mine)))
            steps.append((kind, tuple(mine[:size])))
            mine = mine[size:]
    others = [Kind.RULES, Kind.RULES, Kind.REPROCESS, Kind.REPROCESS, Kind.AGAIN, Kind.AGAIN, Kind.RELATE, Kind.REPLAY]
    steps += [(kind, ()) for kind in others + rng.choices(others, k=rng.randint(0, 4))]
    rng.shuffle(steps)
    phases: list[tuple[tuple[Step, ...], ...]] = []
    registry = rng.randrange(len(REGISTRIES))
    ends = sorted({*rng.sample(range(1, len(steps)), 2), len(steps)})
    at = 0
    known = [registry, registry]  # of each worker: it hears of new rules when it puts some to use, or in the next phase
    for end in ends:
        workers: list[list[Step]] = [[], []]
        for n in range(at, end):
            kind, deliveries = steps[n]
            worker = rng.randrange(2)
            if kind is Kind.RULES:
                registry = known[worker] = rng.randrange(len(REGISTRIES))
            workers[worker].append(
                Step(
                    name=f"{kind}-{n}",
                    kind=kind,
                    registry=known[worker],
                    deliveries=deliveries,
                    seed=rng.getrandbits(32),
                )
            )
        phases.append(tuple(map(tuple, workers)))
        known = [registry if rng.random() < 0.8 else k for k in known]
        at = end
        # Alone: what a scheduler does not let run beside others.
        kind = rng.choice((Kind.COMPACT, Kind.COMPACT, Kind.SETTLE, Kind.ERASE))
        if kind is not Kind.ERASE or newsroom.erased:
            phases.append(((Step(name=f"{kind}-{end}-alone", kind=kind, registry=registry, seed=end),),))
    return History(phases=tuple(phases), registry=rng.randrange(len(REGISTRIES)))


class Player:
    """A lake and a warehouse, and what is done to them."""

    def __init__(self, folder: Path, warehouse_url: str, newsroom: Newsroom) -> None:
        self.folder = folder
        self.newsroom = newsroom
        self._settings = [self._settings_of(n, warehouse_url) for n in range(len(REGISTRIES))]

    def _settings_of(self, n: int, warehouse_url: str) -> Settings:
        home = self.folder / f"registry-{n}"
        home.mkdir(parents=True, exist_ok=True)
        sources = home / "sources.yaml"
        sources.write_text(REGISTRIES[n], encoding="utf-8")
        if n in WITH_SITE_LINES:
            site_lines.activate(sources, SiteLines(source="morning", lines=(SiteLine(line=SITE_LINE),)))
        return Settings(
            home=home,
            warehouse_url=warehouse_url,
            lake_url=(self.folder / "lake").as_uri(),
            sources=sources,
            contact=None,
            s3_endpoint_url=None,
        )

    def into(self, warehouse_url: str) -> Player:
        """The same lake with another warehouse."""
        return Player(self.folder, warehouse_url, self.newsroom)

    def undisturbed(self, registry: int) -> dict[str, str]:
        """Everything at once, in the order in which it happened, under the last rules: what any history has to give."""
        with self._open(registry, activate=True) as r:
            self._write(r, "all", range(len(self.newsroom.deliveries)), Way.LIVE, size=0)
            warcs = segments.named(r.engine, run_id="all", batch="0")
            load(r, silver_names=extract(r, warcs=warcs).uris)
        return self.finish(registry)

    def play(self, history: History, seed: int, *, share: float = 0.5) -> Played:
        """Go through a history; attempts crash with a chance of `share`. Raises what a worker did not foresee."""
        played = Played()
        with self._open(history.phases[0][0][0].registry if history.phases[0][0] else 0, activate=True):
            pass
        for p, workers in enumerate(history.phases):
            errors: list[BaseException] = []
            crashes = [Crashes(random.Random(f"{seed} {p} {w}"), share=share) for w in range(len(workers))]

            def work(steps: Sequence[Step], mine: Crashes, errors: list[BaseException] = errors) -> None:
                try:
                    for step in steps:
                        played.transient += self.perform(step, mine)
                except BaseException as error:
                    errors.append(error)

            threads = [threading.Thread(target=work, args=pair) for pair in zip(workers, crashes, strict=True)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            for each in crashes:
                played.crashes += each.counts
            if errors:
                raise errors[0]
        return played

    def perform(self, step: Step, crashes: Crashes) -> int:
        """One step until it is done, again after each crash; gives how often the database asked to try again."""
        transient = 0
        for attempt in range(MOST_ATTEMPTS):
            with self._open(step.registry) as bare, crashes.within(bare) as r:
                if attempt < CRASHING:
                    crashes.arm()
                try:
                    self._do(r, step, attempt)
                    return transient
                except Crash:
                    continue
                except Transient:
                    transient += 1
                finally:
                    crashes.disarm()
        raise AssertionError(f"{step.name} did not come to its end")

    def finish(self, registry: int) -> dict[str, str]:
        """Activate the last rules, reprocess what has others, settle; the fingerprint by parts."""
        with self._open(registry, activate=True) as r:
            self._erase(r)
            reprocess.reprocess(r, span=_captured_days(r), by=reprocess.DayBasis.CAPTURED)
            relate.settle(r.engine)
            return parts(r.engine)

    def rebuilt(self, registry: int) -> dict[str, str]:
        """An empty warehouse made from the lake; its fingerprint by parts."""
        with self._open(registry, activate=True) as r:
            rebuild.rebuild(r, now=NOW)
            return parts(r.engine)

    @contextmanager
    def _open(self, registry: int, *, activate: bool = False) -> Iterator[Resources]:
        with open_resources(self._settings[registry], activate=activate) as r:
            yield r

    def _do(self, r: Resources, step: Step, attempt: int) -> None:
        rng = random.Random(step.seed)
        match step.kind:
            case Kind.LIVE:
                self._write(r, step.name, step.deliveries, Way.LIVE, size=rng.randint(1, 12), attempt=attempt)
                warcs = [w for n in range(len(step.deliveries)) for w in _segments(r, step.name, n)]
                load(r, silver_names=extract(r, warcs=warcs).uris)
            case Kind.FILL:
                self._write(r, step.name, step.deliveries, Way.FILL, size=rng.randint(1, 12), attempt=attempt)
                load_open(r, run_id=step.name)
            case Kind.FILE:
                self._ingest(r, step, rng)
            case Kind.RULES:
                sync(r.engine, r.registry)
                activate_rules(r.engine, rules_versions(r.registry), of_no_source=rules_version())
            case Kind.REPROCESS:
                by = rng.choice(list(reprocess.DayBasis))
                days = _captured_days(r) if by is reprocess.DayBasis.CAPTURED else _published_days(r)
                if span := rng.sample(days, rng.randint(0, len(days))):
                    with _nothing_is_fine():
                        reprocess.reprocess(r, span=span, by=by)
            case Kind.REPLAY:
                replay(r, reason=None, since=None)
            case Kind.RELATE:
                relate.relate(r.engine)
            case Kind.SETTLE:
                relate.settle(r.engine)
            case Kind.AGAIN:
                with r.engine.connect() as connection:
                    warcs = list(connection.execute(text("SELECT warc FROM ops.segment ORDER BY warc")).scalars())
                warcs = rng.sample(warcs, rng.randint(0, len(warcs)))
                load(r, silver_names=extract(r, warcs=warcs).uris)
            case Kind.COMPACT:
                compact.compact(r, before=date(2100, 1, 1))
            case Kind.ERASE:
                self._erase(r)

    def _write(
        self, r: Resources, run: str, deliveries: Sequence[int], way: Way, *, size: int, attempt: int = 0
    ) -> None:
        """Segments of so many captures (0: all) into the lake, each then recorded; what is recorded is not written again."""
        mine = sorted(deliveries)
        for n, at in enumerate(range(0, len(mine), size or len(mine))):
            if _segments(r, run, n):
                continue
            some = [self.newsroom.deliveries[i] for i in mine[at : at + (size or len(mine))]]
            some = [d for d in some if not self._is_erased(r, d)]
            if not some:
                continue
            if way is Way.FILL:
                writer = segment_writer(r, at=some[0].exchange.captured_at)
            else:
                writer = _writer(r.settings.home / "tmp", some[0], attempt)
            with writer:
                for delivery in some:
                    writer.write(delivery.exchange)
                folder = "raw/archive/cc_news" if way is Way.FILL else None
                with recording(r, writer, run_id=run, batch=str(n), holder=processes.name_of_this(), folder=folder):
                    pass

    def _ingest(self, r: Resources, step: Step, rng: random.Random) -> None:
        """A file from outside, its records in whichever order, in batches of whichever size."""
        folder = self.folder / "outside"
        path = folder / f"{step.name}.warc.gz"
        if not path.exists():
            some = [self.newsroom.deliveries[i] for i in step.deliveries]
            with _writer(folder, some[0], 0) as writer:
                for delivery in some:
                    writer.write(delivery.exchange)
                writer.close().path.rename(path)
        size = rng.randint(1, 12)
        for name in adopt(r, [str(path)], url=None, captured_at=None, now=TAKEN_AT).uris:
            for part in warc.scan(r.store, name, records=size):
                target = silver.name_for(name, r.rules_version, part.start, part.end)
                if not r.store.exists(target):
                    silver.write(r.store, observe_file(r, name, start=part.start, end=part.end), name=target)
                load_silver(r, target)

    def _erase(self, r: Resources) -> None:
        if self.newsroom.erased:
            keys = erase.targets(r, addresses=self.newsroom.erased, sources=())
            erase.erase(r, keys=keys, reason="asked for", now=NOW)

    def _is_erased(self, r: Resources, delivery: Delivery) -> bool:
        """As those who fetch ask before they keep a page."""
        return not erased.all_keys(r.engine).isdisjoint(r.registry.keys_of(delivery.exchange.target_uri))


@contextmanager
def remembered_extraction() -> Iterator[None]:
    """Extract each page once: it is a pure function, and histories ask for the same pages again and again."""
    with mock.patch.object(page_reading, "read_page", lru_cache(maxsize=50_000)(extract_page)):
        yield


def _writer(folder: Path, first: Delivery, attempt: int) -> SegmentWriter:
    # Another attempt fetches at another time and gives another file, of which the first is left over.
    return SegmentWriter(folder, now=first.exchange.captured_at, operator=None, user_agent=f"attempt {attempt}")


def _segments(r: Resources, run: str, n: int) -> tuple[str, ...]:
    return segments.named(r.engine, run_id=run, batch=str(n))


def _captured_days(r: Resources) -> list[date]:
    query = "SELECT DISTINCT (captured_at AT TIME ZONE 'UTC')::date AS day FROM core.capture ORDER BY day"
    with r.engine.connect() as connection:
        return list(connection.execute(text(query)).scalars())


def _published_days(r: Resources) -> list[date]:
    query = "SELECT DISTINCT published_on FROM core.article WHERE published_on IS NOT NULL ORDER BY published_on"
    with r.engine.connect() as connection:
        return list(connection.execute(text(query)).scalars())


@contextmanager
def _nothing_is_fine() -> Iterator[None]:
    try:
        yield
    except Permanent as error:
        if not str(error).startswith("nothing that is kept"):
            raise


__all__ = ["History", "Kind", "Played", "Player", "Step", "plan", "remembered_extraction"]
