"""Static checks of a registry: what is allowed, and yet doubtful. No network: `probe` asks the sites themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from etl.sources.registry import Registry, Source
from etl.sources.source import bare
from etl.urls import host_of

SECONDS_A_DAY = 86_400


class Severity(StrEnum):
    """How bad it is: `error` loses or mixes articles, `warning` probably does, `info` is good to know."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something doubtful about a source. `code` is for machines, `message` says what it leads to and what to do."""

    severity: Severity
    source_key: str
    code: str
    message: str


def check(registry: Registry, *, today: date | None = None) -> list[Finding]:
    """Everything doubtful in the registry, errors first, then in the order of the file.

    `today` decides which extraction rules are over; None leaves that check out.
    """
    findings = list(_shared_hosts(registry))
    for source in registry.sources.values():
        findings.extend(_ways_in(source))
        findings.extend(_foreign_documents(source))
        findings.extend(_values(source))
        if today is not None:
            findings.extend(_rules(source, today))
    return in_order(registry, findings)


def in_order(registry: Registry, findings: Iterable[Finding]) -> list[Finding]:
    """Findings with the errors first, then in the order of the registry's file."""
    order = list(registry.sources)
    return sorted(findings, key=lambda each: (list(Severity).index(each.severity), order.index(each.source_key)))


def _shared_hosts(registry: Registry) -> Iterator[Finding]:
    owners: dict[str, Source] = {}
    for source in registry.sources.values():
        for host in sorted(source.hosts):
            owner = owners.setdefault(host, source)
            if owner is not source:
                yield Finding(
                    severity=Severity.ERROR,
                    source_key=source.key,
                    code="shared_host",
                    message=f"{host} belongs to {owner.key} as well, so its pages get the rules of one of them: "
                    "make them one source, or take the alias away",
                )


def _ways_in(source: Source) -> Iterator[Finding]:
    if not (source.feeds or source.sitemaps or source.sections):
        yield Finding(
            severity=Severity.ERROR if source.enabled else Severity.WARNING,
            source_key=source.key,
            code="no_way_in",
            message="no feed, sitemap or section: nothing is ever found (`news-etl sources probe` proposes some)",
        )
    elif not (source.feeds or source.sitemaps):
        yield Finding(
            severity=Severity.INFO,
            source_key=source.key,
            code="sections_only",
            message="links of section pages only: articles are guessed from their addresses, and dates come late",
        )
    if not source.enabled:
        yield Finding(
            severity=Severity.INFO,
            source_key=source.key,
            code="disabled",
            message="off: set `enabled: true` to visit it",
        )


def _foreign_documents(source: Source) -> Iterator[Finding]:
    for kind in ("feeds", "sitemaps", "sections"):
        hosts = dict.fromkeys(host_of(url) for url in getattr(source, kind) if not source.owns(url))
        for host in hosts:
            consequence = (
                "its links will all be foreign_host" if kind == "sections" else "articles on that host are foreign_host"
            )
            yield Finding(
                severity=Severity.WARNING,
                source_key=source.key,
                code="foreign_document",
                message=f"{kind} on {host}, which is none of its hosts; {consequence}: "
                f"if the publisher speaks for it, add `aliases: [{bare(host)}]`",
            )


def _values(source: Source) -> Iterator[Finding]:
    if source.timezone is None:
        yield Finding(
            severity=Severity.WARNING,
            source_key=source.key,
            code="no_timezone",
            message="no timezone: dates without an offset stay days, and have no instant",
        )
    if source.daily_budget * source.min_delay_s > SECONDS_A_DAY:
        possible = int(SECONDS_A_DAY / source.min_delay_s)
        yield Finding(
            severity=Severity.INFO,
            source_key=source.key,
            code="budget_unreachable",
            message=f"daily_budget {source.daily_budget} at {source.min_delay_s:g} s takes over a day: "
            f"at most {possible} are possible on one host",
        )


def _rules(source: Source, today: date) -> Iterator[Finding]:
    for number, rule in enumerate(source.rules, start=1):
        if rule.valid_until and rule.valid_until < today:
            yield Finding(
                severity=Severity.INFO,
                source_key=source.key,
                code="rule_over",
                message=f"rules[{number}] is for captures until {rule.valid_until}: newer pages go without it",
            )
        elif rule.valid_from and rule.valid_from > today:
            yield Finding(
                severity=Severity.WARNING,
                source_key=source.key,
                code="rule_to_come",
                message=f"rules[{number}] begins on {rule.valid_from}, which is yet to come",
            )
