"""What the registry knows of a publisher's site."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from etl.errors import Quarantine
from etl.extract.rules import SourceRules
from etl.rhythm import PollingBounds
from etl.rights.policy import EXCERPT_CHARS
from etl.sources.url_patterns import matches
from etl.states import Schedule
from etl.urls import DEFAULT_RULES, KeyRules, host_of, registrable_domain

DEFAULT_MIN_DELAY_S = 5.0
DEFAULT_DAILY_BUDGET = 2000
# Corrections come within weeks; what is older is nobody's news, and `news-etl fill` has it from archives as well.
DEFAULT_MAX_AGE_DAYS = 30
# No feed gains by less; what brings nothing for a day may begin to at any time.
DEFAULT_POLL_INTERVAL = (timedelta(minutes=3), timedelta(days=1))
DEFAULT_REVISIT_AFTER = (timedelta(hours=1), timedelta(days=1), timedelta(days=7))


class Store(StrEnum):
    """How much of an article the operator may keep."""

    FULL = "full"  # the text, and the page as it came
    EXCERPT = "excerpt"  # the beginning of the text
    METADATA = "metadata"  # no text


class MediaKind(StrEnum):
    """What kind of publisher it is."""

    NEWSPAPER = "newspaper"
    MAGAZINE = "magazine"
    BROADCASTER = "broadcaster"
    AGENCY = "agency"
    ONLINE = "online"  # never printed or sent
    INSTITUTION = "institution"  # a government, company or organization that publishes its own news


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What the operator decided on a publisher's rights. None is as `full`."""

    store: Store | None = None

    @property
    def text_chars(self) -> int | None:
        """How many code points of a text are kept; None for all of them."""
        return {Store.EXCERPT: EXCERPT_CHARS, Store.METADATA: 0}.get(self.store) if self.store else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long pages are kept as they came, in days since they were captured."""

    raw_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractionRule:
    """XPath for pages of one layout, and the days (UTC, both included) on which captures have it; None is unbounded."""

    body: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None

    def is_valid(self, day: date) -> bool:
        """True if captures of that day have the layout."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A publisher's site: where its articles are found, how politely, and what is special about them."""

    key: str  # [a-z0-9-], never changed: it stands in rows and WARC records
    name: str
    homepage: str
    country: str | None = None  # ISO 3166-1 alpha-2, upper case
    languages: tuple[str, ...] = ()  # BCP 47 primary subtags
    timezone: str | None = None  # IANA name
    enabled: bool = True
    aliases: tuple[str, ...] = ()  # further hosts, `host` or `host:port`, that it may speak for
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    date_archives: tuple[str, ...] = ()  # addresses of pages of past days, with {yyyy}, {mm}, {dd} in them
    min_delay_s: float = DEFAULT_MIN_DELAY_S  # between two requests to a host; robots.txt may ask for more
    daily_budget: int = DEFAULT_DAILY_BUDGET  # requests
    max_age_days: int = DEFAULT_MAX_AGE_DAYS  # of a page that live runs visit for the first time
    revisit_after: tuple[timedelta, ...] = DEFAULT_REVISIT_AFTER  # since first sight, ascending
    schedule: Schedule = Schedule.HOURLY  # the runs that visit it
    poll_interval: tuple[timedelta, timedelta] = (
        DEFAULT_POLL_INTERVAL  # shortest and longest, between requests for a document
    )
    key_rules: KeyRules = DEFAULT_RULES
    rights: Rights = Rights()
    retention: Retention = Retention()
    rules: tuple[ExtractionRule, ...] = ()
    month_first: bool | None = None  # how 02/03/2026 is meant; None: by language and region
    include: tuple[str, ...] = ()  # patterns of addresses; with some only these are fetched
    exclude: tuple[str, ...] = ()  # and never these
    headers: tuple[tuple[str, str], ...] = ()  # of requests to its hosts, beside ours
    tags: tuple[str, ...] = ()  # the operator's own
    region: str | None = None  # ISO 3166-2
    kind: MediaKind | None = None
    owner: str | None = None
    wikidata: str | None = None  # Q and digits
    issn: tuple[str, ...] = ()
    site_lines: tuple[str, ...] = ()  # the list in use, of `site_lines/KEY.yaml` beside the registry file
    _hosts: frozenset[str] = field(init=False, repr=False, compare=False)
    _site: str | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        hosts = {bare(host_of(self.homepage)), *(bare(_alias(alias)) for alias in self.aliases)}
        object.__setattr__(self, "_hosts", frozenset(hosts))
        object.__setattr__(self, "_site", registrable_domain(self.homepage))

    @property
    def host(self) -> str:
        """`host` or `host:port` of the homepage."""
        return host_of(self.homepage)

    @property
    def hosts(self) -> frozenset[str]:
        """Its hosts by name, without `www.`: of the homepage and the aliases."""
        return self._hosts

    @property
    def site(self) -> str | None:
        """The registrable domain of the homepage; None if it has none (addresses, names of a local network)."""
        return self._site

    @property
    def polling(self) -> PollingBounds:
        """The bounds of the time between two requests for one of its documents: no run comes sooner than its schedule."""
        shortest, longest = (max(each, self.schedule.period) for each in self.poll_interval)
        return PollingBounds(shortest=shortest, longest=longest)

    def oldest(self, now: datetime) -> datetime:
        """The time before which a page is too old for a first visit by live runs."""
        return now - timedelta(days=self.max_age_days)

    def owns(self, url: str) -> bool:
        """True for a URL on its hosts (with or without `www.`) or on any host of its registrable domain.

        False for a URL that cannot be used.
        """
        try:
            return bare(host_of(url)) in self._hosts or (
                self._site is not None and registrable_domain(url) == self._site
            )
        except Quarantine:
            return False

    def wants(self, url: str) -> bool:
        """True for an address that its patterns let through; `deciding_pattern` says by which."""
        return self.deciding_pattern(url)[0]

    def deciding_pattern(self, url: str) -> tuple[bool, str | None]:
        """Whether its patterns let an address through, and the pattern that decided: the longest, exclude before include.

        Without patterns all is wanted; where there are include patterns, only what one of them or a longer one names.
        """
        found = [(2 * len(pattern) + 1, False, pattern) for pattern in self.exclude if matches(pattern, url)]
        found += [(2 * len(pattern), True, pattern) for pattern in self.include if matches(pattern, url)]
        if not found:
            return not self.include, None
        _, is_wanted, pattern = max(found)
        return is_wanted, pattern

    @property
    def raw_days(self) -> int | None:
        """For how many days a page is kept as it came; None for good.

        Where the text may not be kept whole, and nothing else is said, only until it was read: 0.
        """
        if self.retention.raw_days is None and self.rights.text_chars is not None:
            return 0
        return self.retention.raw_days

    def extraction_at(self, captured_at: datetime) -> SourceRules:
        """What extraction is to know of a page captured at that time."""
        day = captured_at.astimezone(UTC).date()
        valid = [rule for rule in self.rules if rule.is_valid(day)]
        return SourceRules(
            body=tuple(xpath for rule in valid for xpath in rule.body),
            drop=tuple(xpath for rule in valid for xpath in rule.drop),
            title=tuple(xpath for rule in valid for xpath in rule.title),
            published=tuple(xpath for rule in valid for xpath in rule.published),
            site_names=(self.name,),
            site_lines=self.site_lines,
            language=self.languages[0] if len(self.languages) == 1 else None,
            timezone=self.timezone,
            month_first=self.month_first,
        )


def bare(host: str) -> str:
    """A host without `www.`: publishers answer on both, and name either."""
    return host.removeprefix("www.")


def _alias(alias: str) -> str:
    return host_of(f"https://{alias}/")
