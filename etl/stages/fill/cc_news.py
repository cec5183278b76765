"""Loads captures of past days from Common Crawl's news crawl: with their bytes, their times, and their archive's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from etl.archives import cc_news
from etl.archives.days import Span
from etl.archives.ranges import Files, open_files
from etl.clock import clock
from etl.errors import Quarantine
from etl.model import FoundVia, Outcome
from etl.sources.source import Source
from etl.stages.fill.archive import ArchiveRequest, Say
from etl.stages.process.open_work import load_open
from etl.stages.process.recording import SegmentRecorder
from etl.stages.resources import Resources
from etl.states import ListingState
from etl.warehouse.ops import archive_files, erased, expected_urls
from etl.warehouse.ops.archive_files import Progress

# Also where nothing is kept, so that reading resumes here after a SIGKILL, and not at the start of the file.
NOTED_EVERY_BYTES = 256 << 20

# Nearly all files are closed at this size.
USUAL_FILE_BYTES = 1 << 30


class CcNews:
    """Common Crawl's news crawl: files of some hours each, read whole."""

    via = FoundVia.CC_NEWS

    def list(self, r: Resources, wanted: ArchiveRequest) -> Sequence[str]:
        """Does nothing: there is no listing of the pages in a file."""
        return ()

    def take(self, r: Resources, wanted: ArchiveRequest) -> Counter[Outcome]:
        """Read the files of these days; the pages found are recorded as what the archive lists."""
        sources, days = wanted.sources, wanted.days
        are_there = read_cc_news(r, run_id=wanted.run_id, days=days, sources=sources, say=wanted.say)
        # Includes what an abandoned run has read of these files.
        outcomes = load_open(r, batch=cc_news.ARCHIVE, in_parallel=True).outcomes
        state = ListingState.LISTED if are_there else ListingState.ABSENT
        expected_urls.note_captured(r.engine, via=self.via, sources=sources, days=list(days), state=state, at=clock())
        return outcomes

    def estimate(self, r: Resources, *, days: Span, sources: Sequence[str]) -> dict[str, Any]:
        """How many files there are and how many of them would be read, and their bytes, roughly. Reads lists only."""
        names = cc_news.names_of(_files(r), days)
        _, hosts = _wanted(r, sources)
        unread = [n for n in names if archive_files.uncovered(r.engine, archive=cc_news.ARCHIVE, name=n, hosts=hosts)]
        return {"files": len(names), "to_read": len(unread), "bytes": len(unread) * USUAL_FILE_BYTES}


def read_cc_news(r: Resources, *, run_id: str, days: Span, sources: Sequence[str], say: Say) -> bool:
    """Take the captures of these sources, and of all enabled ones, out of the news crawl's files of these days.

    A file is read once per set of hosts, whatever days and sources ask for it, by one process at a time; after a SIGKILL
    reading resumes behind the last capture that is in the lake. False when the archive has no file of these days.
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


def _files(r: Resources) -> Files:
    return open_files(
        r.settings.cc_news_url, contact=r.settings.contact, clock=clock, endpoint_url=r.settings.cc_news_endpoint_url
    )


def _wanted(r: Resources, sources: Sequence[str]) -> tuple[dict[str, Source], list[str]]:
    wanted = {s.key: s for s in (*r.registry.enabled, *r.registry.select(sources))}
    return wanted, sorted({host for source in wanted.values() for host in claims(source)})


def claims(source: Source) -> set[str]:
    """What makes a URL the source's, as it is stored in `ops.archive_file`."""
    return set(source.hosts) | ({f"*.{source.site}"} if source.site else set())


def _read(
    r: Resources, files: Files, name: str, *, run_id: str, hosts: Sequence[str], sources: Iterable[Source]
) -> Progress:
    """Read one file from where reading was stopped to its end."""
    new = {s.key for s in sources if claims(s) & set(hosts)}
    buried = erased.all_keys(r.engine)

    def source_of(url: str) -> str | None:
        source = r.registry.source_of(url)
        if source is None or source.key not in new or (buried and r.registry.keys_of(url) & buried):
            return None
        return source.key

    one = _FileReader(r, name, run_id=run_id, hosts=hosts)
    try:
        with files.open(name) as stream:
            one.read(cc_news.scan(stream, name, one.progress.next_offset, source_of))
    finally:
        one.discard()
    return one.progress


class _FileReader:
    """Stores the captures of a file: a segment in the lake, then in one transaction its rows and the offset to resume at."""

    def __init__(self, r: Resources, name: str, *, run_id: str, hosts: Sequence[str]) -> None:
        self._name = name
        self._hosts = hosts
        self.progress = archive_files.progress(r.engine, archive=cc_news.ARCHIVE, name=name, hosts=hosts)
        self._noted = self.progress
        self._recorder = SegmentRecorder(r, run_id=run_id, batch=cc_news.ARCHIVE, archive=cc_news.ARCHIVE)

    def read(self, scanned: Iterable[cc_news.ScanResult]) -> None:
        for one in scanned:
            is_kept = one.exchange is not None
            if one.exchange is not None:
                try:
                    self._recorder.opened(cc_news.started_at(self._name) or clock()).write(one.exchange)
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
            is_far = self.progress.next_offset - self._noted.next_offset > NOTED_EVERY_BYTES
            if is_far or self._recorder.is_due:
                self._note()
        self.progress = replace(self.progress, is_done=True)
        self._note()

    def discard(self) -> None:
        """Delete the segment that was not recorded."""
        self._recorder.discard()

    def _note(self) -> None:
        with self._recorder.recorded() as recorded:
            archive_files.advance(
                recorded.connection,
                archive=cc_news.ARCHIVE,
                name=self._name,
                hosts=self._hosts,
                to=self.progress,
                at=clock(),
            )
        self._noted = self.progress
