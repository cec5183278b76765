"""Which sitemaps of an index are read: those that may hold the newest articles. Pure.

An index is a list of files, and only a few of them are read in a run. Its dates are missing, all the same, of any
notation, or wrong; its files are numbered up or down; and among them are files of tags, authors and other hosts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import chain, zip_longest
from urllib.parse import unquote, urlsplit

from etl.discover.parsed import ChildSitemap

# Words of the files that hold no articles in what WordPress (core, Yoast), Drupal, Ghost, TYPO3 and shops write.
_OTHER = re.compile(
    r"(?:tag|tags|categor(?:y|ies)|taxonom(?:y|ies)|author|authors|user|users|page|pages|product|products|"
    r"image|images|video|videos|attachment|location|locations|topic|topics|keyword|keywords|static)"
)
_NUMBER = re.compile(r"\d+")
_AHEAD = timedelta(days=1)  # clocks and time zones: what is further ahead is a mistake
# "Tue Nov 10 2026 09:00:00 GMT+0100 (CET)", as JavaScript's Date.toString writes it.
_JAVASCRIPT = re.compile(
    r"(?:[A-Za-z]{3} )?([A-Za-z]{3}) (\d{1,2}) (\d{4}) (\d\d:\d\d:\d\d)(?: (?:GMT|UTC)?([+-]\d{4})?)?(?: ?\(.*\))?"
)


def choose(
    children: Sequence[ChildSitemap], *, owns: Callable[[str], bool], limit: int, now: datetime
) -> list[ChildSitemap]:
    """At most `limit` of the files that an index names, the most promising first; `now` says which dates are ahead.

    Files of hosts that the source does not own are out before anything is counted. Files of tags, authors and the like
    come behind all others. Newer dates come first, compared as instants; one that is ahead of `now` is none. Where dates
    do not decide, rows of numbered files are read from both ends, since they may be numbered up or down. Every third
    place goes to a file without a date where others have one.
    """
    own = [child for child in dict.fromkeys(children) if owns(child.url)]
    articles = [child for child in own if not _is_other(child.url)]
    others = [child for child in own if _is_other(child.url)]
    return [*_ranked(articles, now), *_ranked(others, now)][:limit]


def instant(text: str | None) -> datetime | None:
    """The time that a lastmod means, in UTC where it names no zone: ISO 8601, RFC 5322 or JavaScript; None for others.

    >>> instant("2026-11-09T23:30-08:00") > instant("2026-11-10T09:00+09:00")
    True
    """
    words = " ".join((text or "").split())
    if not words:
        return None
    for read in (_iso, _rfc, _javascript):
        try:
            found = read(words)
            if found is not None:
                return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _iso(words: str) -> datetime | None:
    if re.fullmatch(r"\d{4}", words):
        return datetime(int(words), 1, 1, tzinfo=UTC)
    if re.fullmatch(r"\d{4}-\d\d", words):
        return datetime.fromisoformat(f"{words}-01")
    return datetime.fromisoformat(words.replace(" UTC", "+00:00").replace(" GMT", "+00:00"))


def _rfc(words: str) -> datetime | None:
    return parsedate_to_datetime(words)


def _javascript(words: str) -> datetime | None:
    match = _JAVASCRIPT.fullmatch(words)
    if match is None:
        return None
    month, day, year, time, zone = match.groups()
    return datetime.strptime(f"{month} {day} {year} {time} {zone or '+0000'}", "%b %d %Y %H:%M:%S %z")


def _is_other(url: str) -> bool:
    """By the file's own name: folders and queries are of the whole site's."""
    name = unquote(urlsplit(url).path).lower().rpartition("/")[2]
    return any(_OTHER.fullmatch(word) for word in re.split(r"[\W\d_]+", name))


def _ranked(children: Sequence[ChildSitemap], now: datetime) -> list[ChildSitemap]:
    dated: dict[datetime, list[ChildSitemap]] = defaultdict(list)
    undated = []
    for child in children:
        when = instant(child.modified_raw)
        if when is None or when > now + _AHEAD:
            undated.append(child)
        else:
            dated[when].append(child)
    first = chain.from_iterable(_both_ends(dated[when]) for when in sorted(dated, reverse=True))
    return list(_two_to_one(first, _both_ends(undated)))


def _both_ends(children: Iterable[ChildSitemap]) -> list[ChildSitemap]:
    """The last, the first, the last but one ... of each row of numbered files, the rows by turns."""
    rows: dict[str, list[ChildSitemap]] = defaultdict(list)
    for child in children:
        rows[_NUMBER.sub("#", child.url)].append(child)
    turns = []
    for row in rows.values():
        up = sorted(row, key=lambda child: [int(number) for number in _NUMBER.findall(child.url)])
        middle = (len(up) + 1) // 2
        pairs = zip_longest(reversed(up[len(up) - middle :]), up[: len(up) - middle])
        turns.append([child for pair in pairs for child in pair if child is not None])
    return [child for turn in zip_longest(*turns) for child in turn if child is not None]


def _two_to_one(first: Iterable[ChildSitemap], second: Iterable[ChildSitemap]) -> Iterator[ChildSitemap]:
    left, right = iter(first), iter(second)
    while True:
        taken = [*(child for child in (next(left, None), next(right, None), next(left, None)) if child is not None)]
        if not taken:
            return
        yield from taken
