"""Collects what a site states about the use of a page, from all places where it may. Pure; nothing is decided here.

The result is a flat map of strings for the capture's metadata, since rights change, and those at the time of the fetch
count. Keys, each only if something was stated:

    tdm_reservation     "1" or "0"; tdm_policy: URL; tdm_found_in: tdmrep.json, header or meta
    tdm_left_out        how many locations of tdmrep.json stand behind the first 1,000, which are read
    content_usage       IETF AIPREF, such as "search=y, train-ai=n", the strictest of all places; content_usage_raw
    content_signal      Cloudflare's signals, such as "ai-train=no, search=yes"; content_signal_raw
    content_usage_left_out, content_signal_left_out: how many lines of robots.txt stand behind the first 1,000 of a kind
    rsl_license_url     RSL: URLs of the terms, separated by blanks; license_url: other links of rel=license
    x_robots_tag        the header as it came; meta_robots: the same of the page
    robots_flags        of both, what is said to us: of noindex, noarchive, nosnippet, noai, noimageai

Sources: TDMRep (https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/), draft-ietf-aipref-attach-05,
https://contentsignals.org, https://rslstandard.org; `noai` and `noimageai` are informal.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urljoin

from etl.fetch.agent import PRODUCT
from etl.fetch.head import HtmlHead
from etl.fetch.robots import PathPattern, RobotsRules
from etl.untrusted_text import as_line
from etl.urls import join

# The vocabulary may still change; a reader of old captures has to know which one this was.
AIPREF_DRAFT = "draft-ietf-aipref-attach-05"

FLAGS = ("noindex", "noarchive", "nosnippet", "noai", "noimageai")
# Values of these directives hold colons or blanks of their own, so what stands before them is no crawler's name.
_WITH_VALUE = frozenset({"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"})

# Publishers list a handful of locations; each is matched with each page's address.
MAX_LOCATIONS = 1000

RSL_TYPE = "application/rsl+xml"
_LINK = re.compile(r"<([^<>]*)>((?:\s*+;\s*+[\w*!#$&+\-.^`|~]++\s*+(?:=\s*+(?:\"[^\"]*\"|[^\s;,\"]*+))?+)*+)")
_PARAMETER = re.compile(r";\s*([\w*-]+)\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]*))")
_MAX_VALUE = 2000  # characters of one value; a longer one is noise or an attack on our own tables


def signals(
    *,
    url: str,
    headers: Sequence[tuple[str, str]],
    head: HtmlHead,
    robots: RobotsRules | None = None,
    tdmrep: str | None = None,
) -> dict[str, str]:
    """Everything that is stated about the page at `url` (in wire form)."""
    fields = _fields(headers)
    found = {
        **tdm(url=url, headers=headers, head=head, tdmrep=tdmrep),
        **_usage("content_usage", fields.get("content-usage", ()), robots, url),
        **_usage("content_signal", fields.get("content-signal", ()), robots, url),
        **_licenses(url, fields.get("link", ()), head, robots),
        "x_robots_tag": ", ".join(fields.get("x-robots-tag", ())),
        "meta_robots": ", ".join((*head.metas("robots"), *head.metas(PRODUCT))),
        "robots_flags": " ".join(_flags(fields.get("x-robots-tag", ()), head)),
    }
    if "content_usage" in found:
        found["content_usage_draft"] = AIPREF_DRAFT
    return {key: said for key, value in found.items() if (said := as_line(value, _MAX_VALUE))}


def tdm(*, url: str, headers: Sequence[tuple[str, str]], head: HtmlHead, tdmrep: str | None) -> dict[str, str]:
    """TDM reservation: the file of the site, then headers, then the page; each may replace what came before it.

    Values other than 0 and 1 say nothing, and what says nothing replaces nothing.
    """
    fields = _fields(headers)
    file = _tdm_file(tdmrep)
    places = (
        ("tdmrep.json", *_from_file(url, file)),
        ("header", _last(fields.get("tdm-reservation", ())), _last(fields.get("tdm-policy", ()))),
        ("meta", _last(head.metas("tdm-reservation")), _last(head.metas("tdm-policy"))),
    )
    found: dict[str, str] = {}
    for place, reservation, policy in places:
        if reservation in ("0", "1"):
            found |= {"tdm_reservation": reservation, "tdm_found_in": place}
        if policy:
            found["tdm_policy"] = join(url, policy) or policy  # what is no web address is kept as it was written
    if file.left_out:
        found["tdm_left_out"] = str(file.left_out)
    return found


def _from_file(url: str, file: _TdmFile) -> tuple[str, str]:
    """Reservation and policy of the first location that matches, as the report says; not of the longest."""
    return next(((said, policy) for pattern, said, policy in file.locations if pattern.matches(url)), ("", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class _TdmFile:
    locations: tuple[tuple[PathPattern, str, str], ...] = ()  # with reservation and policy
    left_out: int = 0


@lru_cache(maxsize=64)  # of the hosts that are visited at a time: a file is read once and not with every page
def _tdm_file(text: str | None) -> _TdmFile:
    try:
        rules = json.loads(text) if text else []
    except (ValueError, RecursionError):
        return _TdmFile()
    found = (
        [r for r in rules if isinstance(r, Mapping) and isinstance(r.get("location"), str)]
        if isinstance(rules, list)
        else []
    )
    return _TdmFile(
        locations=tuple(
            (
                PathPattern(rule["location"]),
                str(rule.get("tdm-reservation", "")),
                policy if isinstance(policy := rule.get("tdm-policy"), str) else "",
            )
            for rule in found[:MAX_LOCATIONS]
        ),
        left_out=max(0, len(found) - MAX_LOCATIONS),
    )


def _usage(name: str, values: Iterable[str], robots: RobotsRules | None, url: str) -> dict[str, str]:
    """Header and robots.txt together: each label with its most restrictive value; what cannot be read stays in raw."""
    texts = (*values, *(robots.usage(name.replace("_", "-"), url) if robots else ()))
    labels: dict[str, str] = {}
    for text in texts:
        for item in text.split(","):
            label, equals, value = item.partition(";")[0].strip().lower().partition("=")
            value = value.strip()
            if equals and value in ("y", "n", "yes", "no") and labels.get(label.strip(), "")[:1] != "n":
                labels[label.strip()] = value
    parsed = ", ".join(f"{label}={value}" for label, value in sorted(labels.items()))
    found = {name: parsed, f"{name}_raw": " | ".join(texts)} if texts else {}
    if robots and (left_out := robots.usage_left_out(name.replace("_", "-"))):
        found[f"{name}_left_out"] = str(left_out)
    return found


def _licenses(url: str, links: Iterable[str], head: HtmlHead, robots: RobotsRules | None) -> dict[str, str]:
    rsl = list(robots.licenses) if robots else []
    other: list[str] = []
    for target, rel, kind in (*link_headers(links), *head.links):
        if "license" in rel.lower().split():
            (rsl if kind.lower().startswith(RSL_TYPE) else other).append(target)
    return {"rsl_license_url": _urls(url, rsl), "license_url": _urls(url, other)}


def link_headers(values: Iterable[str]) -> Iterable[tuple[str, str, str]]:
    """Target, rel and type of the links of a Link header (RFC 8288 section 3)."""
    for value in values:
        for target, parameters in _LINK.findall(value):
            given = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(parameters)}
            yield target, given.get("rel", ""), given.get("type", "")


def _urls(base: str, found: Iterable[str]) -> str:
    absolute = []
    for each in found:
        try:
            absolute.append(urljoin(base, each.strip()).replace(" ", "%20"))
        except ValueError:  # a broken IPv6 literal
            continue
    return " ".join(dict.fromkeys(absolute))


def _flags(headers: Iterable[str], head: HtmlHead) -> list[str]:
    """The flags for all crawlers or for ours: `X-Robots-Tag: otherbot: noindex` is for another."""
    said: set[str] = set()
    for value in headers:
        said |= _directives_of_header(value)
    for value in (*head.metas("robots"), *head.metas(PRODUCT)):
        said |= {item.strip().lower() for item in value.split(",")}
    if "none" in said:
        said |= {"noindex", "nofollow"}
    if said & {"max-snippet:0", "max-snippet: 0"}:
        said.add("nosnippet")
    return [flag for flag in FLAGS if flag in said]


def _directives_of_header(value: str) -> set[str]:
    """A name before a directive counts for those behind it, up to the next name."""
    said: set[str] = set()
    whose = "*"
    for item in value.lower().split(","):
        name, colon, rest = item.strip().partition(":")
        if colon and name.strip() not in _WITH_VALUE:
            whose, item = name.strip(), rest
        if whose in ("*", PRODUCT.lower()):
            said.add(item.strip())
    return said


def _fields(headers: Sequence[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    fields: dict[str, list[str]] = defaultdict(list)
    for name, value in headers:
        fields[name.lower()].append(value.strip())
    return {name: tuple(values) for name, values in fields.items()}


def _last(values: Sequence[str]) -> str:
    return values[-1].strip() if values else ""
