"""Common Crawl's news crawl: WARC files by time of crawling, listed by month.

https://commoncrawl.org/blog/news-dataset-available : `crawl-data/CC-NEWS/YYYY/MM/warc.paths.gz` lists the files of a
month, `CC-NEWS-<time of its start>-<number>.warc.gz`, about 1 GB each, one record per gzip member. Also for a few sites whole
files have to be read, so each is read once, for all requested days and sources.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import BinaryIO

from etl.archives.days import Span
from etl.archives.ranges import Files
from etl.discover.markup import unpacked
from etl.errors import Quarantine
from etl.isolation import put_aside
from etl.lake.captures import to_capture
from etl.lake.date_limits import AHEAD
from etl.lake.members import Damage, GzipMember, walk
from etl.lake.record_writer import checked_uri
from etl.lake.records import RecordError, field, parse_head, parse_record
from etl.lake.segment import Exchange
from etl.lake.store import ObjectMissing
from etl.model import CaptureMeta, FoundVia, Hint

ARCHIVE = FoundVia.CC_NEWS.value
# The crawler follows feeds, so most articles are read on their day or the day after.
LATE = timedelta(days=1)
# Files are begun anew when they are full, within hours; days in the first months of 2016.
FILE_TIME = timedelta(days=7)

_NAME = re.compile(r"CC-NEWS-(\d{14})-\d+\.warc\.gz\Z")
_LISTING_BYTES = 16 << 20

# The source whose page a URL is, if it is wanted.
SourceOf = Callable[[str], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanResult:
    """A part of a file that was read: what is kept of it, and the offset to resume at."""

    next_offset: int
    exchange: Exchange | None = None
    is_capture: bool = False
    is_bad: bool = False


def names_of(files: Files, days: Span) -> list[str]:
    """The files that may hold articles of these days, in the order of time. A month that is not listed has none."""
    months = sorted({(d.year, d.month) for d in Span(first=days.first - LATE, last=days.last + 2 * LATE)})
    names: list[str] = []
    for year, month in months:
        try:
            listing = files.read(f"crawl-data/CC-NEWS/{year:04}/{month:02}/warc.paths.gz")
        except ObjectMissing:
            continue
        names += unpacked(listing, _LISTING_BYTES)[0].decode("ascii", "replace").split()
    return wanted_names(names, days)


def wanted_names(names: Sequence[str], days: Span) -> list[str]:
    """Of the files those whose time of crawling, from their start to the start of the next, meets the days. Pure."""
    timed = sorted((at, name) for name in set(names) if (at := started_at(name)) is not None)
    begin = datetime.combine(days.first, time(), UTC)
    end = datetime.combine(days.last + timedelta(days=1), time(), UTC) + LATE
    following = [*(at for at, _ in timed[1:]), datetime.max.replace(tzinfo=UTC)][: len(timed)]
    return [name for (at, name), after in zip(timed, following, strict=True) if at < end and after > begin]


def started_at(name: str) -> datetime | None:
    """When a file was begun, by its name; None for what is no file of this archive."""
    match = _NAME.search(name)
    try:
        return datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC) if match else None
    except ValueError:
        return None


def scan(stream: BinaryIO, name: str, start: int, source_of: SourceOf) -> Iterator[ScanResult]:
    """Every record of a file from an offset on, in bounded memory; captures of wanted sources as exchanges.

    Full answers are kept, and those that say that a page is gone; redirects and errors are not. A page that the archive has
    truncated counts as bad: half an article is worse than none, since it does not show. So does a page that is dated after
    the file, by its name: it would win over every later capture.
    """
    for member in walk(stream, start):
        after = member.offset + member.length
        if isinstance(member, Damage):
            yield ScanResult(next_offset=after, is_bad=True)
            continue
        try:
            yield _scanned(member, name, source_of, after)
        except (RecordError, Quarantine):
            yield ScanResult(next_offset=after, is_bad=True)
        except Exception as error:  # one record must not end the reading of a file of a gigabyte
            put_aside(error, what="record", which=f"{name} at {member.offset}")
            yield ScanResult(next_offset=after, is_bad=True)


def _scanned(member: GzipMember, name: str, source_of: SourceOf, after: int) -> ScanResult:
    fields, _ = parse_head(member.data)
    if (field(fields, "WARC-Type") or "").lower() != "response":
        return ScanResult(next_offset=after)
    uri = (field(fields, "WARC-Target-URI") or "").strip("<>")
    source_key = source_of(uri)
    if source_key is None:
        return ScanResult(next_offset=after, is_capture=True)
    capture = to_capture(parse_record(member.data, member.size), place=None)
    started = started_at(name)
    is_ahead = started is not None and capture.captured_at - started > FILE_TIME + AHEAD
    if capture.truncated or is_ahead:
        return ScanResult(next_offset=after, is_capture=True, is_bad=True)
    if not (200 <= capture.status < 300 or capture.status in (404, 410)):
        return ScanResult(next_offset=after, is_capture=True)
    hint = Hint(source_key=source_key, via=FoundVia.CC_NEWS, found_at=name)
    exchange = Exchange(
        target_uri=checked_uri(capture.target_uri),
        captured_at=capture.captured_at,
        status=capture.status,
        headers=capture.headers,
        body=capture.body,
        ip=field(fields, "WARC-IP-Address"),
        truncated="disconnect" if capture.flaws else None,
        meta=CaptureMeta(source_key=source_key, hints=(hint,)),
    )
    return ScanResult(next_offset=after, is_capture=True, exchange=exchange)
