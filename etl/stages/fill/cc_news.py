"""Captures of past days out of others' archives into the lake: their bytes, their times, and which archive had them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from etl import processes
from etl.archives import cc_news
from etl.archives.days import Span
from etl.archives.ranges import Files, open_files
from etl.errors import Quarantine
from etl.fetch.agent import user_agent
from etl.lake.segment import SegmentWriter
from etl.sources.source import Source
from etl.stages.live.crawling import clock
from etl.stages.maintenance.erase import keys_of
from etl.stages.process.recording import recording
from etl.stages.resources import Resources
from etl.warehouse.maintenance import erasure
from etl.warehouse.ops import archive_files
from etl.warehouse.ops.archive_files import Progress

SEGMENT_SECONDS = 60.0
# Also where nothing is kept, so that a file of others' pages is not read from its start after a kill.
NOTED_EVERY_BYTES = 256 << 20

Say = Callable[[str], None]


def read_cc_news(r: Resources, *, run_id: str, days: Span, sources: Sequence[str], say: Say) -> bool:
    """Take the captures of these sources, and of all enabled ones, out of the news crawl's files of these days.

    A file is read once for a set of hosts, whatever days and sources ask for it, by one process at a time; after a kill
    it goes on behind the last capture that is in the lake. False when the archive has no file of these days.
    """
    files = _files(r)
    wanted, hosts = _wanted(r, sources)
    names = cc_news.names_of(files, days)
    for n, name in enumerate(names, 1):
        with archive_files.alone_with(r.engine, archive=cc_news.ARCHIVE, name=name):
            rest = archive_files.uncovered(r.engine, archive=cc_news.ARCHIVE, name=name, hosts=hosts)
            if not rest:
                continue
            done = _read(r, files, name, run_id=run_id, hosts=rest, sources=wanted.values())
        say(f"cc_news {n} of {len(names)}: {name}: {done.records} captures, {done.kept} kept, {done.bad} unreadable")
    return bool(names)


def unread_cc_news(r: Resources, *, days: Span, sources: Sequence[str]) -> tuple[int, int]:
    """How many files of the news crawl such a fill would read, and how many it has of these days. Reads lists only."""
    names = cc_news.names_of(_files(r), days)
    _, hosts = _wanted(r, sources)
    unread = [n for n in names if archive_files.uncovered(r.engine, archive=cc_news.ARCHIVE, name=n, hosts=hosts)]
    return len(unread), len(names)


def _files(r: Resources) -> Files:
    return open_files(
        r.settings.cc_news_url, contact=r.settings.contact, clock=clock, endpoint_url=r.settings.cc_news_endpoint_url
    )


def _wanted(r: Resources, sources: Sequence[str]) -> tuple[dict[str, Source], list[str]]:
    wanted = {s.key: s for s in (*r.registry.enabled, *r.registry.select(sources))}
    return wanted, sorted({host for source in wanted.values() for host in claims(source)})


def claims(source: Source) -> set[str]:
    """What makes a URL the source's, as words of the ledger."""
    return set(source.hosts) | ({f"*.{source.site}"} if source.site else set())


def _read(
    r: Resources, files: Files, name: str, *, run_id: str, hosts: Sequence[str], sources: Iterable[Source]
) -> Progress:
    """One file from where its reading was stopped to its end."""
    new = {s.key for s in sources if claims(s) & set(hosts)}
    buried = erasure.buried(r.engine)

    def source_of(url: str) -> str | None:
        source = r.registry.source_of(url)
        if source is None or source.key not in new or (buried and keys_of(url, r.registry) & buried):
            return None
        return source.key

    one = _Reader(r, name, run_id=run_id, hosts=hosts)
    try:
        with files.open(name) as stream:
            one.read(cc_news.scan(stream, name, one.progress.next_offset, source_of))
    finally:
        one.discard()
    return one.progress


class _Reader:
    """Keeps what is found in a file: a segment in the lake, then in one transaction where reading goes on."""

    def __init__(self, r: Resources, name: str, *, run_id: str, hosts: Sequence[str]) -> None:
        self._r = r
        self._name = name
        self._run_id = run_id
        self._hosts = hosts
        self._holder = processes.name_of_this()
        self.progress = archive_files.progress(r.engine, archive=cc_news.ARCHIVE, name=name, hosts=hosts)
        self._noted = self.progress
        self._writer: SegmentWriter | None = None
        self._since = time.monotonic()

    def read(self, scanned: Iterable[cc_news.Scanned]) -> None:
        for one in scanned:
            is_kept = one.exchange is not None
            if one.exchange is not None:
                try:
                    self._open().write(one.exchange)
                except (Quarantine, ValueError):
                    is_kept, one = False, replace(one, is_bad=True)
            p = self.progress
            self.progress = replace(
                p,
                next_offset=one.next_offset,
                records=p.records + one.is_capture,
                kept=p.kept + is_kept,
                bad=p.bad + one.is_bad,
            )
            is_old = time.monotonic() - self._since > SEGMENT_SECONDS
            is_far = self.progress.next_offset - self._noted.next_offset > NOTED_EVERY_BYTES
            if is_old or is_far or (self._writer is not None and self._writer.is_full):
                self._note()
        self.progress = replace(self.progress, is_done=True)
        self._note()

    def discard(self) -> None:
        """Remove what was not noted."""
        if self._writer is not None:
            self._writer.discard()

    def _open(self) -> SegmentWriter:
        if self._writer is None:
            self._writer = archive_writer(self._r, at=cc_news.started_at(self._name) or clock())
        return self._writer

    def _note(self) -> None:
        writer, self._writer = self._writer, None
        with recording(
            self._r,
            writer,
            run_id=self._run_id,
            batch=cc_news.ARCHIVE,
            holder=self._holder,
            folder=f"raw/archive/{cc_news.ARCHIVE}",
        ) as recorded:
            archive_files.advance(
                recorded.connection,
                archive=cc_news.ARCHIVE,
                name=self._name,
                hosts=self._hosts,
                to=self.progress,
                at=clock(),
            )
        self._noted, self._since = self.progress, time.monotonic()


def archive_writer(r: Resources, *, at: datetime) -> SegmentWriter:
    """A segment for captures of an archive."""
    return SegmentWriter(
        r.settings.home / "tmp",
        now=at,
        operator=r.settings.contact,
        user_agent=user_agent(r.settings.contact),
    )
