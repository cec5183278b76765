"""What is stated about a page, wherever it is stated, and what follows for each use.

Of all statements the strictest counts: one that denies a use before one that grants it, and where nothing is said, nothing is
known. Only the places of TDMRep replace one another, as that protocol says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urljoin

from etl.fetch.agent import PRODUCT
from etl.model import Page, Permission, RightsStatement
from etl.rights import evidence as of_site
from etl.rights import licenses, robots_tag, rsl, tdm, usage
from etl.rights.head import HtmlHead
from etl.rights.link import link_headers
from etl.rights.statements import Use, statement
from etl.untrusted_text import as_line

_AGENT = PRODUCT.lower()
# Of one page; more are an attack on our own tables.
MAX_STATEMENTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRights:
    """The statements about a page, in the order of files, headers, page."""

    statements: tuple[RightsStatement, ...] = ()

    def may(self, use: Use) -> Permission:
        """Whether a use is permitted: the strictest statement counts."""
        found = Permission.UNKNOWN
        for each in self.statements:
            if use in each.denies.split():
                return Permission.NO
            if use in each.grants.split():
                found = Permission.YES
        return found

    def deciding(self, use: Use) -> RightsStatement | None:
        """The first statement that decides about a use; None where nothing is said."""
        permission = self.may(use)
        said = {Permission.NO: "denies", Permission.YES: "grants"}.get(permission)
        return next((s for s in self.statements if said and use in getattr(s, said).split()), None)

    def reserved(self) -> str:
        """Why nothing of a page is kept: the line that does not permit to store it."""
        line = self.deciding(Use.STORE)
        return f"{line.place}: {line.said}" if line else "nothing is known of its rights"

    def on(self, page: Page) -> Page:
        """The page with these rights."""
        return replace(
            page,
            may_store=self.may(Use.STORE),
            may_show=self.may(Use.SHOW),
            may_export=self.may(Use.EXPORT),
            may_train=self.may(Use.TRAIN),
            rights=self.statements,
        )


def rights_of(
    *,
    url: str,
    at: datetime,
    headers: Sequence[tuple[str, str]],
    head: HtmlHead,
    evidence: Mapping[str, str],
) -> PageRights:
    """The rights of the page at `url` that was taken at `at`: `evidence` is that of its capture's metadata."""
    found = (*_of_files(evidence, headers, head), *_of_headers(headers, at), *_of_page(head, at, url))
    terms = _of_terms(url, headers, head, evidence)
    kept = dict.fromkeys((*found, *terms))
    # What decides comes first where there is too much.
    ordered = sorted(kept, key=lambda each: not (each.denies or each.grants)) if len(kept) > MAX_STATEMENTS else kept
    return PageRights(statements=tuple(ordered)[:MAX_STATEMENTS])


def _of_files(
    evidence: Mapping[str, str], headers: Sequence[tuple[str, str]], head: HtmlHead
) -> Iterator[RightsStatement]:
    is_former = "norms" not in evidence
    yield from of_site.former_statements(evidence) if is_former else of_site.robots_statements(evidence)
    lines = of_site.former_tdm_lines(evidence) if is_former else of_site.tdm_lines(evidence)
    header = _tdm_line("header", "TDM-Reservation", _named(headers, "tdm-reservation"))
    header_policy = _named(headers, "tdm-policy")
    meta = _tdm_line("meta", "tdm-reservation", head.metas("tdm-reservation"))
    yield from tdm.statements([*lines, *header, *meta])
    for place, values in (("header TDM-Policy", header_policy), ("meta tdm-policy", head.metas("tdm-policy"))):
        for value in values:
            yield statement("tdmrep", place, value)


def _tdm_line(kind: str, name: str, values: Sequence[str]) -> Iterator[tdm.TdmLine]:
    if values:
        yield tdm.TdmLine(place=f"{kind} {name}", said=", ".join(values), values=values)


def _of_headers(headers: Sequence[tuple[str, str]], at: datetime) -> Iterator[RightsStatement]:
    for value in _named(headers, "x-robots-tag"):
        found = robots_tag.directives(value, _AGENT, names_agents=True)
        yield statement("robots", "header X-Robots-Tag", value, denies=robots_tag.denied(found, at))
    for name, words in (("Content-Usage", usage.AIPREF), ("Content-Signal", usage.CONTENT_SIGNAL)):
        for value in _named(headers, name.lower()):
            no, yes = usage.read(value, words)
            yield statement(words.norm, f"header {name}", value, denies=no, grants=yes)
    for target, rel, kind in link_headers(_named(headers, "link")):
        if is_license(rel):
            yield _license("header Link", target, kind)


def _of_page(head: HtmlHead, at: datetime, url: str) -> Iterator[RightsStatement]:
    for name in ("robots", _AGENT):
        for value in head.metas(name):
            found = robots_tag.directives(value, _AGENT, names_agents=False)
            yield statement("robots", f"meta {name}", value, denies=robots_tag.denied(found, at))
    for target, rel, kind in head.links:
        if is_license(rel):
            yield _license("link license", target, kind)
    for text in head.terms:
        terms = rsl.read(text).terms(url)
        no, yes = terms.decided()
        yield statement("rsl", "script application/rsl+xml", rsl.said(terms), denies=no, grants=yes)


def _of_terms(
    url: str, headers: Sequence[tuple[str, str]], head: HtmlHead, evidence: Mapping[str, str]
) -> Iterator[RightsStatement]:
    read = set()
    for address, terms, read_at in of_site.terms(evidence):
        read.add(address)
        no, yes = terms.decided()
        yield statement(
            "rsl", f"terms {address}", rsl.said(terms), denies=no, grants=yes, document=address, read_at=read_at
        )
    for address in terms_named(url, headers, head):
        if address not in read:
            yield statement("rsl", f"terms {address}", "not read", document=address)


def terms_named(url: str, headers: Sequence[tuple[str, str]], head: HtmlHead) -> tuple[str, ...]:
    """The addresses of documents of terms that a page and its headers name."""
    links = (*link_headers(_named(headers, "link")), *head.links)
    targets = [target for target, rel, kind in links if is_license(rel) and kind.lower().startswith(rsl.MEDIA_TYPE)]
    return absolute(url, targets)


def absolute(base: str, targets: Iterable[str]) -> tuple[str, ...]:
    """Addresses, each once; what is none is left out."""
    found = []
    for target in targets:
        try:
            found.append(as_line(urljoin(base, target.strip()).replace(" ", "%20"), 2000))
        except ValueError:  # a broken IPv6 literal
            continue
    return tuple(dict.fromkeys(found))


def is_license(rel: str) -> bool:
    """Whether a link is to a licence."""
    return "license" in rel.lower().split()


def _license(place: str, target: str, kind: str) -> RightsStatement:
    said = f"{target} ({kind})" if kind else target
    return statement("license", place, said, grants=licenses.grants(target))


def _named(headers: Sequence[tuple[str, str]], name: str) -> tuple[str, ...]:
    return tuple(value.strip() for key, value in headers if key.lower() == name and value.strip())
