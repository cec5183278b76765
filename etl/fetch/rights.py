"""Collects what a site states about the use of a page, from all places where it may. Pure; nothing is decided here.

The result is a flat map of strings for the capture's metadata, since rights change, and those at the time of the fetch
count. What files of the site said stands in it line by line (`etl.rights.evidence`), and decides; beside it is a summary of
all places, for people. Its keys, each only if something was stated:

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

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urljoin

from etl.fetch.agent import PRODUCT
from etl.fetch.robots import RobotsRules
from etl.rights import evidence, robots_tag, rsl, tdm
from etl.rights.evidence import ReadFile
from etl.rights.head import HtmlHead
from etl.rights.link import link_headers
from etl.untrusted_text import as_line, storable
from etl.urls import join

# The vocabulary may still change; a reader of old captures has to know which one this was.
AIPREF_DRAFT = "draft-ietf-aipref-attach-05"

FLAGS = ("noindex", "noarchive", "nosnippet", "noai", "noimageai")
_MAX_VALUE = 2000  # characters of one value; a longer one is noise or an attack on our own tables


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFiles:
    """What files of a site say: robots.txt, tdmrep.json and documents of terms, with when each was read."""

    rules: RobotsRules
    robots: ReadFile
    tdmrep: str | None = None
    tdmrep_file: ReadFile | None = None
    terms: Mapping[str, tuple[rsl.RslDocument, str]] = field(default_factory=dict)  # by address, with when it was read


def signals(
    *, url: str, headers: Sequence[tuple[str, str]], head: HtmlHead, site: SiteFiles | None = None
) -> dict[str, str]:
    """Everything that is stated about the page at `url` (in wire form)."""
    fields = _fields(headers)
    rules = site.rules if site else None
    found = {
        **_tdm(url, fields, head, tdm.read_file(site.tdmrep if site else None)),
        **_usage("content_usage", fields.get("content-usage", ()), rules, url),
        **_usage("content_signal", fields.get("content-signal", ()), rules, url),
        **_licenses(url, fields.get("link", ()), head, rules),
        "x_robots_tag": ", ".join(fields.get("x-robots-tag", ())),
        "meta_robots": ", ".join((*head.metas("robots"), *head.metas(PRODUCT))),
        "robots_flags": " ".join(_flags(fields.get("x-robots-tag", ()), head)),
    }
    if "content_usage" in found:
        found["content_usage_draft"] = AIPREF_DRAFT
    summary = {key: said for key, value in found.items() if (said := as_line(value, _MAX_VALUE))}
    return summary | (_evidence(url, site) if site else {})


def _evidence(url: str, site: SiteFiles) -> dict[str, str]:
    lines = {
        **evidence.of_robots(site.rules, url, site.robots),
        **evidence.of_tdmrep(tdm.read_file(site.tdmrep).entry(url), site.tdmrep_file),
        **evidence.of_terms({address: (doc.terms(url), at) for address, (doc, at) in site.terms.items()}),
    }
    return {storable(key): storable(value) for key, value in lines.items()}


def _tdm(url: str, fields: Mapping[str, tuple[str, ...]], head: HtmlHead, file: tdm.TdmFile) -> dict[str, str]:
    """TDM reservation: the file of the site, then headers, then the page; each may replace what came before it.

    Values other than 0 and 1 say nothing, and what says nothing replaces nothing.
    """
    entry = file.entry(url)
    places = (
        ("tdmrep.json", entry.reservation if entry else "", entry.policy if entry else ""),
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


def _usage(name: str, values: Iterable[str], robots: RobotsRules | None, url: str) -> dict[str, str]:
    """Header and robots.txt together: each label with its most restrictive value; what cannot be read stays in raw."""
    texts = (*values, *(said for _, said in (robots.usage(name.replace("_", "-"), url) if robots else ())))
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
    terms = [rule.value for rule in robots.licenses] if robots else []
    other: list[str] = []
    for target, rel, kind in (*link_headers(links), *head.links):
        if "license" in rel.lower().split():
            (terms if kind.lower().startswith(rsl.MEDIA_TYPE) else other).append(target)
    return {"rsl_license_url": _urls(url, terms), "license_url": _urls(url, other)}


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
    agent = PRODUCT.lower()
    said: set[str] = set()
    for value in headers:
        said.update(robots_tag.directives(value, agent, names_agents=True))
    for value in (*head.metas("robots"), *head.metas(PRODUCT)):
        said.update(robots_tag.directives(value, agent, names_agents=False))
    if "none" in said:
        said |= {"noindex", "nofollow"}
    if "max-snippet:0" in said:
        said.add("nosnippet")
    return [flag for flag in FLAGS if flag in said]


def _fields(headers: Sequence[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    fields: dict[str, list[str]] = defaultdict(list)
    for name, value in headers:
        fields[name.lower()].append(value.strip())
    return {name: tuple(values) for name, values in fields.items()}


def _last(values: Sequence[str]) -> str:
    return values[-1].strip() if values else ""
