"""Static checks of a registry: entries that are allowed but doubtful. No network."""

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
class RegistryFinding:
    """Something doubtful about a source. `code` is for machines, `message` says what it leads to and what to do.

    `since` is the first day of it, where that is known.
    """

    severity: Severity
    source_key: str
    code: str
    message: str
    since: date | None = None


def check(registry: Registry, *, today: date | None = None) -> list[RegistryFinding]:
    """Everything doubtful in the registry, errors first, then in the order of the file.

    `today` decides which extraction rules have expired; None skips that check.
    """
    findings = list(_shared_hosts(registry))
    for source in registry.sources.values():
        findings.extend(_ways_in(source))
        findings.extend(_foreign_documents(source))
        findings.extend(_values(source))
        if today is not None:
            findings.extend(_rules(source, today))
    return in_order(registry, findings)


def in_order(registry: Registry, findings: Iterable[RegistryFinding]) -> list[RegistryFinding]:
    """Findings with the errors first, then in the order of the registry's file."""
    order = list(registry.sources)
    return sorted(findings, key=lambda each: (list(Severity).index(each.severity), order.index(each.source_key)))


def _shared_hosts(registry: Registry) -> Iterator[RegistryFinding]:
    owners: dict[str, Source] = {}
    for source in registry.sources.values():
        for host in sorted(source.hosts):
            owner = owners.setdefault(host, source)
            if owner is not source:
                yield RegistryFinding(
                    severity=Severity.ERROR,
                    source_key=source.key,
                    code="shared_host",
                    message=f"{host} belongs to {owner.key} as well, so its pages get the rules of one of them: "
                    "make them one source, or remove the alias",
                )


def _ways_in(source: Source) -> Iterator[RegistryFinding]:
    if not (source.feeds or source.sitemaps or source.sections):
        yield RegistryFinding(
            severity=Severity.ERROR if source.enabled else Severity.WARNING,
            source_key=source.key,
            code="no_way_in",
            message="no feed, sitemap or section: no page of it is ever found; "
            "give at least one (`news-etl sources probe DOMAIN` proposes some)",
        )
    elif not (source.feeds or source.sitemaps):
        yield RegistryFinding(
            severity=Severity.INFO,
            source_key=source.key,
            code="sections_only",
            message="sections only: articles are guessed from link URLs, and their dates are known only after fetching",
        )
    if not source.enabled:
        yield RegistryFinding(
            severity=Severity.INFO,
            source_key=source.key,
            code="disabled",
            message=f"off: `news-etl sources enable {source.key}` turns it on",
        )


def _foreign_documents(source: Source) -> Iterator[RegistryFinding]:
    for kind in ("feeds", "sitemaps", "sections"):
        hosts = dict.fromkeys(host_of(url) for url in getattr(source, kind) if not source.owns(url))
        for host in hosts:
            consequence = (
                "its links will all be foreign_host" if kind == "sections" else "articles on that host are foreign_host"
            )
            yield RegistryFinding(
                severity=Severity.WARNING,
                source_key=source.key,
                code="foreign_document",
                message=f"{kind} on {host}, which is none of its hosts; {consequence}: "
                f"if that host is the publisher's, add `aliases: [{bare(host)}]`",
            )


def _values(source: Source) -> Iterator[RegistryFinding]:
    if source.timezone is None:
        yield RegistryFinding(
            severity=Severity.WARNING,
            source_key=source.key,
            code="no_timezone",
            message="no timezone: dates without an offset are kept as days, without a time",
        )
    if source.daily_budget * source.min_delay_s > SECONDS_A_DAY:
        possible = int(SECONDS_A_DAY / source.min_delay_s)
        yield RegistryFinding(
            severity=Severity.INFO,
            source_key=source.key,
            code="budget_unreachable",
            message=f"daily_budget {source.daily_budget} at {source.min_delay_s:g} s takes over a day: "
            f"at most {possible} are possible on one host",
        )


def _rules(source: Source, today: date) -> Iterator[RegistryFinding]:
    for number, rule in enumerate(source.rules, start=1):
        if rule.valid_until and rule.valid_until < today:
            yield RegistryFinding(
                severity=Severity.INFO,
                source_key=source.key,
                code="rule_over",
                message=f"rules[{number}] is for captures until {rule.valid_until}: it does not apply to newer pages",
            )
        elif rule.valid_from and rule.valid_from > today:
            yield RegistryFinding(
                severity=Severity.WARNING,
                source_key=source.key,
                code="rule_to_come",
                message=f"rules[{number}] begins on {rule.valid_from}, which is in the future",
            )
