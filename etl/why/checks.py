"""The rules that an address must pass, each with its answer: decided on values, without a database or a network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from etl.discover.relays import is_relay
from etl.fetch import robots
from etl.fetch.robots_store import RobotsState, StoredRobots
from etl.fetch.wire import BadUrlError, wire_url
from etl.frontier import age_of
from etl.model import Hint
from etl.sources.registry import Registry
from etl.sources.source import Source
from etl.urls import host_of, page_url


class Rule(StrEnum):
    """What may keep a page out."""

    ERASED = "erased"
    SOURCE = "source"  # a source of the registry has its host
    ENABLED = "enabled"
    PATTERN = "pattern"
    ROBOTS = "robots"
    ROBOTS_FILE = "robots_file"  # robots.txt can be read at all
    AGE = "age"


class Passes(StrEnum):
    """Whether a rule lets the page through."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"  # it is not known yet: the next visit finds out


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The answer of one rule, in words; `do` is what changes it, where the operator can change it."""

    rule: Rule
    passes: Passes
    says: str
    do: str | None = None


def source_check(registry: Registry, address: str, *, offered_by: str | None = None) -> tuple[Source | None, Check]:
    """Which source has the host of an address, or has offered it where it is one of a relay."""
    source = registry.source_of(address)
    if source is None and is_relay(address) and (source := registry.sources.get(offered_by or "")) is not None:
        says = f"its host is a relay's, which a feed of the source {source.key} ({source.name}) leads through"
        return source, Check(rule=Rule.SOURCE, passes=Passes.YES, says=says)
    if source is not None:
        return source, Check(
            rule=Rule.SOURCE, passes=Passes.YES, says=f"its host belongs to the source {source.key} ({source.name})"
        )
    host = host_of(page_url(address))
    if is_relay(address):
        says = f"{host} is a relay: whose page it leads to is known only once a feed has offered it and a visit has followed it"
        do = "open it in a browser, and ask about the address where it ends"
        return None, Check(rule=Rule.SOURCE, passes=Passes.NO, says=says, do=do)
    return None, Check(
        rule=Rule.SOURCE,
        passes=Passes.NO,
        says=f"no source of the registry has the host {host or 'of a local file'}",
        do=f"if it is a publisher's site of its own: news-etl sources add {host}; if it is another host of a source that you "
        "have: add it to the aliases of that source" if host else None,
    )  # fmt: skip


def enabled_check(source: Source) -> Check:
    """Whether its source is visited at all."""
    if source.enabled:
        return Check(rule=Rule.ENABLED, passes=Passes.YES, says=f"{source.key} is enabled")
    return Check(
        rule=Rule.ENABLED,
        passes=Passes.NO,
        says=f"{source.key} is disabled: nothing of it is fetched",
        do=f"news-etl sources enable {source.key}",
    )


def pattern_check(source: Source, address: str) -> Check:
    """Which include or exclude pattern decides."""
    if is_relay(address) and not source.owns(address):
        says = "patterns are asked of the page that the relay leads to"
        return Check(rule=Rule.PATTERN, passes=Passes.UNKNOWN, says=says)
    is_wanted, pattern = source.deciding_pattern(address)
    if pattern is None:
        says = "no pattern of its source is about it" if is_wanted else "no include pattern of its source matches it"
    else:
        kind = "include" if is_wanted else "exclude"
        number = (source.include if is_wanted else source.exclude).index(pattern) + 1
        says = f"the pattern {pattern} decides ({kind}, entry {number} of {source.key})"
    if is_wanted:
        return Check(rule=Rule.PATTERN, passes=Passes.YES, says=says)
    return Check(
        rule=Rule.PATTERN,
        passes=Passes.NO,
        says=says,
        do=f"change include or exclude of {source.key} in the registry; news-etl sources try-url shows what decides then",
    )


def robots_check(stored: StoredRobots | None, address: str, *, host: str, now: datetime) -> Check:
    """What the host's robots.txt says of an address, as it was read last."""
    if stored is None:
        return Check(
            rule=Rule.ROBOTS,
            passes=Passes.UNKNOWN,
            says=f"robots.txt of {host} was never read: the first visit reads it",
        )
    read = f"as read {_at(stored.fetched_at)}" + ("" if stored.is_fresh(now) else ", and read again at the next visit")
    match stored.state:
        case RobotsState.NO_FILE:
            says = f"{host} has no robots.txt (status {stored.status}), so it forbids nothing, {read}"
            return Check(rule=Rule.ROBOTS, passes=Passes.YES, says=says)
        case RobotsState.DENIED:
            return Check(
                rule=Rule.ROBOTS,
                passes=Passes.NO,
                says=f"{host} refuses its robots.txt ({_why(stored)}), which counts as a no to all of it, {read}",
                do="nothing here: the site does not want to be fetched; a publisher may let your user agent in",
            )
        case RobotsState.UNREACHABLE:
            return Check(
                rule=Rule.ROBOTS_FILE,
                passes=Passes.NO if stored.is_fresh(now) else Passes.UNKNOWN,
                says=f"robots.txt of {host} could not be read ({_why(stored)}), and nothing is fetched while it cannot, {read}",
                do="wait: it is asked again at the next visit, ten minutes later at the earliest",
            )
    try:
        url = wire_url(address)
    except BadUrlError as error:
        return Check(rule=Rule.ROBOTS, passes=Passes.UNKNOWN, says=f"cannot be asked of this address: {error}")
    rules = robots.parse(stored.text)
    verdict = rules.explained(url)
    group = {"": "no group of it is for us or for all", "*": "in the group of all agents (*)"}.get(
        verdict.agent, f"in the group of {rules.token}"
    )
    if verdict.is_allowed:
        line = f"line {verdict.rule} allows it, {group}" if verdict.rule else _no_line(verdict.agent, group)
        return Check(rule=Rule.ROBOTS, passes=Passes.YES, says=f"robots.txt of {host}: {line}, {read}")
    return Check(
        rule=Rule.ROBOTS,
        passes=Passes.NO,
        says=f"robots.txt of {host}: line {verdict.rule or '?'} forbids it, {group}, {read}",
        do="nothing here: it is the publisher's rule, and is obeyed",
    )


def _no_line(agent: str, group: str) -> str:
    return f"no line is about it, {group}" if agent else group


def age_check(source: Source, address: str, hints: tuple[Hint, ...], *, offered_at: datetime, now: datetime) -> Check:
    """Whether it is young enough for a first visit."""
    age = age_of(address, hints, offered_at=offered_at)
    limit = f"max_age_days of {source.key} is {source.max_age_days}"
    if age.at is None:
        return Check(rule=Rule.AGE, passes=Passes.YES, says=f"nothing says from when it is ({limit})")
    if age.at >= source.oldest(now):
        return Check(
            rule=Rule.AGE, passes=Passes.YES, says=f"by what is said of it, it is from {_at(age.at)} ({limit})"
        )
    return Check(
        rule=Rule.AGE,
        passes=Passes.NO,
        says=f"it is from {_at(age.at)} or before, too old for a first visit by live runs ({limit})",
        do=f"news-etl fill --source {source.key} --from {age.at:%Y-%m-%d} --to {age.at:%Y-%m-%d}, or a larger max_age_days",
    )


def _why(stored: StoredRobots) -> str:
    return stored.error or f"status {stored.status}"


def _at(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z"
