"""robots.txt by RFC 9309: a host's rules, and whether they allow a URL. Pure; `crawl` fetches the file.

protego matches paths. Which group is ours is decided here, by the whole product token as section 2.2.1 says: protego
takes `User-agent: News` for NewsETL, and does not say which line decided.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import quote, urlsplit

from protego import Protego

from etl.fetch.agent import PRODUCT
from etl.untrusted_text import as_line, storable

# Longer delays are kept to this and reported: at two minutes a request a front page's news does not fit into a day.
# Common Crawl's news crawler has the same cap.
CRAWL_DELAY_CAP_S = 120.0

# Files of scraped directory lists hold tens of thousands of rules; which of them decided is then not looked for.
MAX_EXPLAINED_RULES = 1000
# Lines of content-usage, and of content-signal, are matched one by one with each page's address.
MAX_USAGES = 1000

_FIELDS = {  # with the misspellings that Google's and Scrapy's parsers take
    **dict.fromkeys(("user-agent", "useragent", "user agent"), "user-agent"),
    **dict.fromkeys(("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"), "disallow"),
    **dict.fromkeys(("crawl-delay", "crawldelay", "crawl delay"), "crawl-delay"),
    **dict.fromkeys(("sitemap", "site-map", "sitemaps"), "sitemap"),
    **{name: name for name in ("allow", "request-rate", "content-usage", "content-signal", "license")},
}
_SITE_WIDE = frozenset({"sitemap", "license"})
_USAGES = ("content-usage", "content-signal")
_LINE_END = re.compile(r"\r\n|\r|\n")
_WITHOUT_COLON = re.compile(
    rf"(?:{'|'.join(sorted(map(re.escape, _FIELDS), key=len, reverse=True))})(?=\s)", re.IGNORECASE
)
_TOKEN = re.compile(r"[A-Za-z_-]+")
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)?(?:[eE][0-9]{1,9})?")
_RATE = re.compile(r"([0-9]+)[ ]?/[ ]?([0-9]+)([smhdSMHD]?)")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_SPECIAL = re.compile(r"[^!-#&-)+-~]")  # what a pattern may have escaped or as a wildcard
_ASCII = "".join(map(chr, range(0x20, 0x7F)))


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsRule:
    """A line of the group that applies to us."""

    line: int  # from 1
    field: str
    value: str

    def __str__(self) -> str:
        return f"{self.line}: {self.field.capitalize()}: {self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsVerdict:
    """Whether a URL may be fetched, and by which line. `rule` None: no line applies, or there are too many to tell.

    `agent` is whose group it stands in, as lower case: ours, or `*`; "" where the file has neither.
    """

    is_allowed: bool
    rule: str | None = None
    agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """Seconds between requests; `asked_s` is the host's Crawl-delay, `is_capped` when it exceeds our maximum."""

    seconds: float
    asked_s: float | None = None
    is_capped: bool = False


@dataclass(frozen=True, kw_only=True)
class RobotsRules:
    """The lines of one robots.txt that concern us."""

    rules: tuple[RobotsRule, ...] = ()
    sitemaps: tuple[str, ...] = ()
    licenses: tuple[RobotsRule, ...] = ()  # RSL; of equal ones the first
    token: str = field(default=PRODUCT)
    agent: str = ""  # of the groups that apply to us

    def verdict(self, url: str) -> RobotsVerdict:
        """Whether a URL (in wire form) may be fetched. `/robots.txt` always may (section 2.2.2)."""
        if urlsplit(url).path == "/robots.txt":
            return RobotsVerdict(is_allowed=True)
        is_allowed: bool = self._matcher.can_fetch(url, "*")
        rule = self._deciding(url, "allow" if is_allowed else "disallow")
        return RobotsVerdict(is_allowed=is_allowed, rule=rule, agent=self.agent)

    def explained(self, url: str) -> RobotsVerdict:
        """As `verdict`, with the line also out of a file of many thousands: too slow for each page of a crawl."""
        verdict = self.verdict(url)
        if verdict.rule is not None or self._single:
            return verdict
        kind = "allow" if verdict.is_allowed else "disallow"
        near = [rule for rule in self.rules if rule.field == kind and _may_match(rule.value, url)]
        longest_first = sorted(near, key=lambda rule: len(rule.value), reverse=True)
        found = next((rule for rule in longest_first if PathPattern(rule.value).matches(url)), None)
        return replace(verdict, rule=str(found) if found else None)

    def delay(self, ours_s: float) -> Delay:
        """The longer of our delay and theirs (Crawl-delay, Request-rate), theirs up to `CRAWL_DELAY_CAP_S`."""
        asked = self._asked_delay_s
        if asked is None:
            return Delay(seconds=ours_s)
        return Delay(
            seconds=max(ours_s, min(asked, CRAWL_DELAY_CAP_S)), asked_s=asked, is_capped=asked > CRAWL_DELAY_CAP_S
        )

    def usage(self, name: str, url: str) -> tuple[tuple[RobotsRule, str], ...]:
        """The `content-usage` or `content-signal` lines for a URL: those with the longest path that matches, and what
        stands behind the path.

        The path may be left out (draft-ietf-aipref-attach-05 section 3): then it speaks of the whole site.
        """
        found = [
            (len(path), rule, value)
            for path, pattern, rule, value in self._usages.get(name, ())
            if pattern is None or pattern.matches(url)
        ]
        longest = max((length for length, _, _ in found), default=0)
        return tuple((rule, value) for length, rule, value in found if length == longest and value)

    def usage_left_out(self, name: str) -> int:
        """How many lines of that kind stand behind the first `MAX_USAGES`, which are read."""
        return max(0, sum(rule.field == name for rule in self.rules) - MAX_USAGES)

    @cached_property
    def _matcher(self) -> Protego:
        lines = (f"{rule.field}: {quote(rule.value, safe=_ASCII)}" for rule in self.rules)
        return Protego.parse("\n".join(("User-agent: *", *lines)))

    @cached_property
    def _usages(self) -> Mapping[str, Sequence[tuple[str, PathPattern | None, RobotsRule, str]]]:
        found: dict[str, list[tuple[str, PathPattern | None, RobotsRule, str]]] = {name: [] for name in _USAGES}
        for rule in self.rules:
            if rule.field in found and len(found[rule.field]) < MAX_USAGES:
                path, value = without_path(rule.value)
                found[rule.field].append((path, PathPattern(path) if path else None, rule, value))
        return found

    @cached_property
    def _asked_delay_s(self) -> float | None:
        # "0,5" and "5s" are no numbers to protego, and it divides what has no end.
        asked = [_number(rule.value) for rule in self.rules if rule.field == "crawl-delay"]
        asked += [_seconds_each(rule.value) for rule in self.rules if rule.field == "request-rate"]
        return max((delay for delay in asked if delay is not None), default=None)

    @cached_property
    def _single(self) -> tuple[tuple[RobotsRule, PathPattern], ...]:
        rules = [rule for rule in self.rules if rule.field in ("allow", "disallow")]
        return tuple((rule, PathPattern(rule.value)) for rule in rules) if len(rules) <= MAX_EXPLAINED_RULES else ()

    def _deciding(self, url: str, kind: str) -> str | None:
        matching = [rule for rule, pattern in self._single if rule.field == kind and pattern.matches(url)]
        return str(max(matching, key=lambda rule: len(rule.value))) if matching else None


def parse(text: str, token: str = PRODUCT) -> RobotsRules:
    """The rules for a product token: all groups that name it, else all groups for `*` (section 2.2.1).

    What cannot be read as a rule is left out; an HTML page has no rules, so it allows all, as the RFC has it.
    """
    named: set[str] = set()
    agents: frozenset[str] = frozenset()
    in_rules = False
    lines: list[tuple[frozenset[str], RobotsRule]] = []
    for number, line in enumerate(_LINE_END.split(text.removeprefix("\ufeff")), start=1):
        name, value = _directive(line.partition("#")[0].strip())
        if name is None or (not value and name != "user-agent"):
            # An empty Disallow forbids nothing, but it ends the list of agents as any rule does.
            in_rules = in_rules or name in ("disallow", "allow")
        elif name == "user-agent":
            agents = (frozenset() if in_rules else agents) | {_agent(value)}
            named |= agents
            in_rules = False
        else:
            # Sitemap and License lines stand anywhere, between the agents of a group too.
            in_rules = in_rules or name not in _SITE_WIDE
            lines.append((agents, RobotsRule(line=number, field=name, value=" ".join(value.split()))))
    ours = token.lower() if token.lower() in named else "*"
    agent = ours if ours in named else ""
    return RobotsRules(
        rules=tuple(rule for whose, rule in lines if _is_ours(ours, whose, rule)),
        sitemaps=tuple(_first_of_each(lines, "sitemap")),
        licenses=tuple(_first_of_each(lines, "license").values()),
        token=token,
        agent=agent,
    )


class PathPattern:
    """A path pattern with `*` and a final `$` (section 2.2.3), compiled once for many URLs."""

    def __init__(self, pattern: str) -> None:
        self._rule = Protego.parse(f"User-agent: *\nDisallow: {quote(storable(pattern), safe=_ASCII)}")

    def matches(self, url: str) -> bool:
        """True if it matches the path and query of a URL."""
        return not self._rule.can_fetch(url, "*")


def _directive(line: str) -> tuple[str | None, str]:
    name, colon, value = line.partition(":")
    if colon and (known := _FIELDS.get(" ".join(name.lower().split()))):
        return known, value.strip()
    found = _WITHOUT_COLON.match(line)  # "Disallow /private", as some write it
    return (_FIELDS[found[0].lower()], line[found.end() :].strip()) if found else (None, "")


def _may_match(pattern: str, url: str) -> bool:
    """False where the plain letters that a pattern begins with are others than those of the path: told without compiling."""
    if not pattern.startswith("/"):
        return True
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    letters, of_path = _SPECIAL.split(pattern, maxsplit=1)[0], path.partition("%")[0]
    length = min(len(letters), len(of_path)) if "%" in path else len(letters)
    return of_path[:length] == letters[:length]


def _agent(value: str) -> str:
    """The product token of a User-agent line, in lower case; "" for text that is no token."""
    if value == "*" or value.startswith("* "):
        return "*"
    found = _TOKEN.match(value)
    return found[0].lower() if found else ""


def without_path(value: str) -> tuple[str, str]:
    """The path of a usage line, "" where it has none, and what stands behind it."""
    path, _, rest = value.partition(" ") if value.startswith("/") else ("", "", value)
    return path, rest.strip()


def _is_ours(ours: str, whose: frozenset[str], rule: RobotsRule) -> bool:
    if rule.field in _SITE_WIDE:
        return False
    # Many write usage lines above the first group, and mean everyone (https://github.com/koala73/worldmonitor/issues/3307).
    return ours in whose or (not whose and rule.field in _USAGES)


def _first_of_each(lines: Iterable[tuple[frozenset[str], RobotsRule]], name: str) -> dict[str, RobotsRule]:
    """The lines of a field, by value, in their order; of equal ones the first."""
    found: dict[str, RobotsRule] = {}
    for _, rule in lines:
        if rule.field == name:
            found.setdefault(rule.value, rule)
    return found


def _number(text: str) -> float | None:
    """Seconds, infinite where there are too many digits: what is long is capped and not passed by."""
    found = _NUMBER.match(text)
    return float(found[0].replace(",", ".")) if found else None


def _seconds_each(text: str) -> float | None:
    """Of `pages/seconds`, with a unit or without, the seconds for one page."""
    found = _RATE.match(text)
    if not found:
        return None
    pages, seconds = float(found[1]), float(found[2]) * _UNITS[found[3].lower()]
    each = seconds / pages if pages else math.nan
    return None if math.isnan(each) else each


def signals(verdict: RobotsVerdict, delay: Delay) -> Mapping[str, str]:
    """What goes into a capture's metadata."""
    found = {"robots_rule": verdict.rule, "crawl_delay_s": f"{delay.asked_s:g}" if delay.asked_s is not None else None}
    if delay.is_capped:
        found["crawl_delay_capped_s"] = f"{CRAWL_DELAY_CAP_S:g}"
    return {key: said for key, value in found.items() if value and (said := as_line(value))}
