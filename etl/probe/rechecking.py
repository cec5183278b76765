"""What a second look at a source of the registry shows: documents that moved or are gone, walls, changed robots rules. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from etl.fetch import robots
from etl.fetch.robots_store import StoredRobots
from etl.probe.findings import USEFUL, ProbedDocument, Proposal, Role, Verdict, Wall
from etl.sources.check import RegistryFinding, Severity
from etl.sources.source import Source

# What is wrong with a document by its role, and what to do.
_SAYS = {
    Role.SILENT: "lists nothing new",
    Role.EMPTY: "lists nothing",
    Role.FOREIGN: "lists pages of other sites: if they are the publisher's, add their host to `aliases`",
    Role.NO_ARTICLES: "lists no articles",
    Role.COMMENTS: "lists comments of readers",
    Role.AUDIO: "lists recordings",
}
_ASK = "it is not to be circumvented: ask the publisher, or `news-etl sources disable {key}`"
_DO = {
    Wall.ROBOTS: "what robots.txt forbids is not fetched: if it stays so, `news-etl sources disable {key}`",
    Wall.JAVASCRIPT: "look for a feed with whole texts, or `news-etl sources disable {key}`",
    Wall.UNREACHABLE: "try again later; if it stays so, `news-etl sources disable {key}`",
    Wall.NOTICE: "`news-etl extract --explain` shows one of these pages; a body rule names the text",
    Wall.NO_ARTICLES: "`news-etl sources probe {host}` finds what the site has now",
}
_REFUSING = frozenset({401, 402, 403, 451})


def findings(
    source: Source, proposal: Proposal, *, before: StoredRobots | None = None, after: StoredRobots | None = None
) -> Iterator[RegistryFinding]:
    """Everything wrong with a source by a `recheck`; `before` and `after` are its host's robots.txt as stored and as now."""
    named = [each for each in proposal.documents if each.asked]
    broken = [each for each in named if each.role is Role.NOTHING]
    for each in broken:
        severity = Severity.ERROR if len(broken) == len(named) else Severity.WARNING
        yield _finding(source, severity, *_why_broken(source, each))
    for each in named:
        if each.role in USEFUL and each.url != each.asked:
            message = f"{each.asked} moved: write {each.url} in its place"
            yield _finding(source, Severity.WARNING, "moved", message)
        elif each.role in _SAYS:
            message = f"{each.asked} {_SAYS[each.role]} ({each.why}): {_probe(source)}"
            yield _finding(source, Severity.WARNING, f"document_{each.role.value}", message)
        elif each.role is Role.DUPLICATE:
            message = f"{each.asked} has {each.why} as {each.same_as}: one of them is enough"
            yield _finding(source, Severity.INFO, "document_duplicate", message)
    yield from _robots(source, named, before, after)
    yield from _walls(source, proposal)


def _walls(source: Source, proposal: Proposal) -> Iterator[RegistryFinding]:
    walls = [(each.wall, each.message) for each in proposal.warnings if each.wall is not None]
    for wall, message in walls:
        is_whole = proposal.verdict is Verdict.NOT_READY and wall is not Wall.NOTICE
        severity = Severity.ERROR if is_whole else Severity.WARNING
        do = _DO.get(wall, _ASK).format(key=source.key, host=source.host)
        yield _finding(source, severity, wall.value, f"{message}: {do}")
    if proposal.verdict is Verdict.NOT_READY and not walls:
        message = f"its newest pages give no articles: {_probe(source)}"
        yield _finding(source, Severity.ERROR, "no_articles", message)


def _why_broken(source: Source, each: ProbedDocument) -> tuple[str, str]:
    if each.status in (404, 410):
        return "document_gone", f"{each.asked} is gone ({each.status}): {_probe(source)}, or take it out"
    if each.status in _REFUSING:
        return "refused", f"{each.asked} is refused ({each.status}): ask the publisher, or take it out"
    return "document_fails", f"{each.asked} cannot be read ({each.why}): {_probe(source)}"


def _probe(source: Source) -> str:
    return f"`news-etl sources probe {source.host}` finds what the site has now"


def _robots(
    source: Source, named: Iterable[ProbedDocument], before: StoredRobots | None, after: StoredRobots | None
) -> Iterator[RegistryFinding]:
    """Addresses that robots.txt allowed when it was read last, and forbids now."""
    if before is None or after is None or before.text == after.text:
        return
    then, now = robots.parse(before.text), robots.parse(after.text)
    own = [each.asked for each in named if urlsplit(each.asked).netloc == urlsplit(source.homepage).netloc]
    pages = [entry.url for each in named for entry in each.entries[:3]]
    for url in dict.fromkeys([source.homepage, *own, *pages]):
        verdict = now.verdict(url)
        if then.verdict(url).is_allowed and not verdict.is_allowed:
            since = before.fetched_at.date()
            message = f"robots.txt forbids {url} now ({verdict.rule}), and did not on {since}: it is no longer fetched"
            yield RegistryFinding(
                severity=Severity.ERROR, source_key=source.key, code="robots_changed", message=message, since=since
            )


def _finding(source: Source, severity: Severity, code: str, message: str) -> RegistryFinding:
    return RegistryFinding(severity=severity, source_key=source.key, code=code, message=message)
