"""What the past runs of a source show: silence, volume, refusals, shrinking fields, documents that fail. Pure.

Every decision names its threshold and the least evidence that it needs; with less it says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import groupby
from statistics import median

from etl.model import Outcome
from etl.sources.check import RegistryFinding, Severity
from etl.sources.source import Source
from etl.sources.url_patterns import matches

# How far back a source's own habits are taken from. Longer, and a redesign would be compared with the time before.
HABIT_DAYS = 56
LEAST_DAYS = 14  # visited ones, before a rhythm is known
LEAST_ARTICLES = 20
# Of a Poisson count of which 6 were expected, none happens 1 time in 400; news comes in bursts, so the source's own
# longest pause has to be exceeded as well.
SILENT_EXPECTED = 6.0
SILENT_FOR_SURE = 20.0
# A week's volume against the lowest and the highest of at least four weeks before.
LEAST_WEEKS = 4
LEAST_A_WEEK = 20
LOW, HIGH = 0.5, 2.0
RECENT_DAYS = 14
# A field shrinks when its share falls to half of at least this, on at least so many articles.
COMMON = 0.5
SHRUNK = 0.5
LEAST_RECENT, LEAST_BEFORE = 20, 50
# Visits that a server refuses.
REFUSED_SHARE, REFUSED_BEFORE = 0.5, 0.2
LEAST_VISITS = 10
REFUSALS = frozenset(
    {
        Outcome.HTTP_ERROR,
        Outcome.BOT_CHALLENGE,
        Outcome.CONSENT_WALL,
        Outcome.ROBOTS_DENIED,
        Outcome.ROBOTS_UNREACHABLE,
        Outcome.TIMEOUT,
        Outcome.REFUSED_ADDRESS,
        Outcome.PAYWALL_STUB,
        Outcome.EMPTY_TEXT,
    }
)
READ = frozenset({Outcome.ARTICLE, Outcome.UNCHANGED})
# A document that failed so often in a row, over so long, will not come back by itself.
LEAST_FAILURES = 3
FAILS_FOR = timedelta(days=1)
UNVISITED_FOR = timedelta(days=3)
# A pattern that let through or kept out none of so many addresses.
LEAST_ADDRESSES = 100
# A statement on rights that most new captures have, and hardly one before.
LEAST_CAPTURES = 10
NEW_SHARE, OLD_SHARE = 0.8, 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDay:
    """A day (UTC) of a source. Articles are those first seen on it that were published within the three days before."""

    day: date
    is_visited: bool  # a live run read its documents
    articles: int = 0
    authors: int = 0  # articles with a value
    published: int = 0
    titles: int = 0
    text_chars: float = 0.0  # the median of the articles
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)  # of visits
    captures: int = 0
    rights: Mapping[str, int] = field(default_factory=dict)  # captures by statement, such as `tdm: 1`


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentHistory:
    """What the server said last of a feed, sitemap or section."""

    url: str
    status: int | None
    error: str | None
    failures: int  # in a row
    checked_at: datetime
    succeeded_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHistory:
    """What is known of a source: its days without gaps, the last one not over; `addresses` are the newest it offered."""

    source: Source
    now: datetime
    days: tuple[SourceDay, ...]
    documents: tuple[DocumentHistory, ...] = ()
    addresses: tuple[str, ...] = ()
    visited_at: datetime | None = None

    @property
    def over(self) -> tuple[SourceDay, ...]:
        """The days that are over and on which the source was visited."""
        return tuple(each for each in self.days if each.is_visited and each.day < self.now.astimezone(UTC).date())


def examine(history: SourceHistory) -> list[RegistryFinding]:
    """Everything that the past shows to be wrong with an enabled source; nothing of one that is off."""
    if not history.source.enabled:
        return []
    findings = [*_unvisited(history), *_documents(history), *_refused(history)]
    silent = list(_silent(history))
    findings += silent or list(_volume(history))
    return [*findings, *_fields(history), *_patterns(history), *_rights(history)]


def _unvisited(history: SourceHistory) -> Iterator[RegistryFinding]:
    if history.visited_at is not None and history.now - history.visited_at > UNVISITED_FOR:
        message = "no run has visited it: is the schedule on? (`news-etl status` shows the runs, `news-etl run` is one)"
        yield _finding(history, Severity.WARNING, "unvisited", message, since=history.visited_at.date())


def _documents(history: SourceHistory) -> Iterator[RegistryFinding]:
    own = {*history.source.feeds, *history.source.sitemaps, *history.source.sections}
    failing = [d for d in history.documents if d.url in own and _fails(d)]
    for each in failing:
        why = f"{each.url} fails ({each.status or each.error or 'no answer'}, {each.failures} times in a row)"
        do = _remedy(each.status, history.source)
        is_last = len(failing) == len(own)
        severity = Severity.ERROR if is_last else Severity.WARNING
        told = f"{why}{', as all of its documents do' if is_last and len(own) > 1 else ''}: {do}"
        since = each.succeeded_at.date() if each.succeeded_at else None
        yield _finding(
            history, severity, "document_gone" if each.status == 410 else "document_fails", told, since=since
        )


def _fails(document: DocumentHistory) -> bool:
    if document.status == 410:  # the server says that it is for good
        return document.failures >= 1
    since = document.succeeded_at
    return document.failures >= LEAST_FAILURES and (since is None or document.checked_at - since >= FAILS_FOR)


def _remedy(status: int | None, source: Source) -> str:
    host = source.host
    if status in (404, 410):
        return f"`news-etl sources probe {host}` finds the ones that it has now; put them in its place, or take it out"
    if status in (401, 402, 403, 451):
        return "the server refuses us: ask the publisher, or take it out"
    return f"`news-etl sources probe {host}` shows whether the site answers; if not, `news-etl sources disable {source.key}`"


def _silent(history: SourceHistory) -> Iterator[RegistryFinding]:
    """Silence is measured in visited days, each against the same weekdays before: a weekly is not silent on the other six."""
    over = history.over
    last = max((n for n, each in enumerate(over) if each.articles), default=None)
    if last is None:
        return
    base, silent = over[max(0, last + 1 - HABIT_DAYS) : last + 1], over[last + 1 :]
    total = sum(each.articles for each in base)
    if not silent or history.days[-1].articles or len(base) < LEAST_DAYS or total < LEAST_ARTICLES:
        return
    expected = sum(_usual(base, each.day.weekday()) for each in silent)
    pauses = [sum(1 for _ in run) for is_quiet, run in groupby(base, key=lambda each: not each.articles) if is_quiet]
    if expected < SILENT_EXPECTED or len(silent) <= max(pauses, default=0):
        return
    severity = Severity.ERROR if expected >= SILENT_FOR_SURE else Severity.WARNING
    message = (
        f"no new article, where by its own rhythm of the weekdays about {expected:.0f} were to be expected ({total} on "
        f"{len(base)} days before): `news-etl sources check --live {history.source.key}` asks the site"
    )
    yield _finding(history, severity, "silent", message, since=base[-1].day)


def _usual(base: Sequence[SourceDay], weekday: int) -> float:
    same = [each.articles for each in base if each.day.weekday() == weekday]
    every = same if len(same) >= 2 else [each.articles for each in base]
    return sum(every) / len(every)


def _volume(history: SourceHistory) -> Iterator[RegistryFinding]:
    weeks = _weeks(history)
    if len(weeks) <= LEAST_WEEKS:
        return
    last, *before = weeks
    low, high = min(before), max(before)
    since = history.now.astimezone(UTC).date() - timedelta(days=7)
    band = f"{last} new articles in seven days, where the {len(before)} weeks before had {low} to {high}"
    if last < LOW * low and low >= LEAST_A_WEEK:
        message = (
            f"{band}: has a feed become shorter, or a section moved? `news-etl sources probe {history.source.host}`"
        )
        yield _finding(history, Severity.WARNING, "low_volume", message, since=since)
    elif last > HIGH * high and high >= LEAST_A_WEEK:
        message = f"{band}: is there a new section, or one page under many addresses? `exclude` patterns keep them out"
        yield _finding(history, Severity.WARNING, "high_volume", message, since=since)


def _weeks(history: SourceHistory) -> list[int]:
    """Articles of whole weeks up to today, the newest first; of at least six visited days each."""
    today = history.now.astimezone(UTC).date()
    found = []
    for number in range(HABIT_DAYS // 7 + 1):
        first = today - timedelta(days=7 * (number + 1))
        week = [each for each in history.over if first <= each.day < first + timedelta(days=7)]
        if len(week) < 6:
            break
        found.append(sum(each.articles for each in week))
    return found


def _refused(history: SourceHistory) -> Iterator[RegistryFinding]:
    recent, before = _parted(history)
    refused, visits = _refusals(recent)
    refused_before, visits_before = _refusals(before)
    if visits < LEAST_VISITS or refused < REFUSED_SHARE * visits:
        return
    if visits_before >= LEAST_VISITS and refused_before > REFUSED_BEFORE * visits_before:
        return
    by_outcome = {o: sum(each.outcomes.get(o, 0) for each in recent) for o in REFUSALS}
    kind = max(sorted(by_outcome), key=lambda o: by_outcome[o])
    since = next((e.day for e in recent if _refusals([e])[0] >= REFUSED_SHARE * max(1, _refusals([e])[1])), None)
    message = (
        f"{refused} of {visits} pages of the last {RECENT_DAYS} days were not had, most for {kind.value}; before it were "
        f"{refused_before} of {visits_before}: `news-etl sources check --live {history.source.key}` shows what the site "
        "answers now; what it refuses is not to be circumvented"
    )
    yield _finding(history, Severity.ERROR, "refused", message, since=since)


def _refusals(days: Sequence[SourceDay]) -> tuple[int, int]:
    refused = sum(each.outcomes.get(o, 0) for each in days for o in REFUSALS)
    return refused, refused + sum(each.outcomes.get(o, 0) for each in days for o in READ)


def _parted(history: SourceHistory) -> tuple[list[SourceDay], list[SourceDay]]:
    """The last days, today included, and those of the habit before them."""
    today = history.now.astimezone(UTC).date()
    begin = today - timedelta(days=RECENT_DAYS)
    recent = [each for each in history.days if begin < each.day]
    before = [each for each in history.days if begin - timedelta(days=HABIT_DAYS) < each.day <= begin]
    return recent, before


def _fields(history: SourceHistory) -> Iterator[RegistryFinding]:
    recent, before = _parted(history)
    count, count_before = sum(e.articles for e in recent), sum(e.articles for e in before)
    if count < LEAST_RECENT or count_before < LEAST_BEFORE:
        return
    for name, what in (("authors", "authors"), ("published", "a day"), ("titles", "a title")):
        share = sum(getattr(e, name) for e in recent) / count
        usual = sum(getattr(e, name) for e in before) / count_before
        if usual >= COMMON and share < SHRUNK * usual:
            limit = (share + usual) / 2
            since = _since(recent, partial(_lacks, name, limit))
            message = (
                f"{share:.0%} of its articles have {what}, where {usual:.0%} had: has its layout changed? `news-etl extract "
                "--explain` shows where a page has it; a rule in the registry names the place"
            )
            yield _finding(history, Severity.WARNING, f"fewer_{name}", message, since=since)
    chars = median(e.text_chars for e in recent if e.articles)
    usual_chars = median(e.text_chars for e in before if e.articles)
    if chars < SHRUNK * usual_chars:
        limit_chars = (chars + usual_chars) / 2
        message = (
            f"texts have {chars:.0f} characters, where they had {usual_chars:.0f}: has its layout changed, or is there a "
            "paywall now? `news-etl extract --explain` shows what is cut, and a body rule names the text"
        )
        since = _since(recent, lambda e: e.text_chars < limit_chars)
        yield _finding(history, Severity.WARNING, "shorter_texts", message, since=since)


def _lacks(name: str, limit: float, day: SourceDay) -> bool:
    return bool(getattr(day, name) < limit * day.articles)


def _since(days: Sequence[SourceDay], is_bad: Callable[[SourceDay], bool]) -> date | None:
    """The first of the days with articles from which on all are bad."""
    first = None
    for each in reversed([e for e in days if e.articles]):
        if not is_bad(each):
            break
        first = each.day
    return first


def _patterns(history: SourceHistory) -> Iterator[RegistryFinding]:
    if len(history.addresses) < LEAST_ADDRESSES:
        return
    source, seen = history.source, len(history.addresses)
    unused = {
        kind: [p for p in getattr(source, kind) if not any(matches(p, url) for url in history.addresses)]
        for kind in ("include", "exclude")
    }
    if source.include and len(unused["include"]) == len(source.include):
        message = (
            f"none of its include patterns matches one of its last {seen} addresses, so nothing of it is fetched: has the "
            f"site changed its addresses? Try patterns with `news-etl sources try-url {history.addresses[0]}`"
        )
        yield _finding(history, Severity.ERROR, "include_unmatched", message)
        return
    for kind, patterns in unused.items():
        for pattern in patterns:
            message = f"{kind} {pattern!r} matches none of its last {seen} addresses: correct it, or take it out"
            yield _finding(history, Severity.WARNING, "pattern_unused", message)


def _rights(history: SourceHistory) -> Iterator[RegistryFinding]:
    recent, before = _parted(history)
    count, count_before = sum(e.captures for e in recent), sum(e.captures for e in before)
    if count < LEAST_CAPTURES or count_before < LEAST_CAPTURES:
        return
    statements = sorted({name for e in (*recent, *before) for name in e.rights})
    for statement in statements:
        new = sum(e.rights.get(statement, 0) for e in recent) / count
        old = sum(e.rights.get(statement, 0) for e in before) / count_before
        has_come = new >= NEW_SHARE and old <= OLD_SHARE
        if has_come or (old >= NEW_SHARE and new <= OLD_SHARE):
            first = next((e.day for e in recent if e.captures and (statement in e.rights) is has_come), None)
            what = "its pages state now" if has_come else "its pages do not state any more"
            message = f"{what} `{statement}`: read the publisher's terms, and set `rights` and `retention` accordingly"
            yield _finding(history, Severity.WARNING, "rights_changed", message, since=first)


def _finding(
    history: SourceHistory, severity: Severity, code: str, message: str, *, since: date | None = None
) -> RegistryFinding:
    return RegistryFinding(severity=severity, source_key=history.source.key, code=code, message=message, since=since)
