"""A proposal as an entry of the registry file, with its evidence in comments, and as JSON values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import yaml

from etl.fetch.address import is_loopback_host
from etl.probe.findings import USEFUL, Proposal, Role
from etl.untrusted_text import as_line
from etl.urls import host_of

MAX_DAYS = 36_500  # time may stand still there, as in the sample newsroom
LOOPBACK_DELAY_S = 0.1  # this machine's own servers need no pause
_MAX_COMMENT = 160
# In the order of seeds/README.md.
_FIELDS = ("key", "name", "homepage", "country", "languages", "timezone")
_LISTS = ("aliases", "feeds", "sitemaps", "sections", "date_archives")


def entry(proposal: Proposal, *, enabled: bool) -> dict[str, Any]:
    """The fields of the entry that are known, in the order of the file."""
    found: dict[str, Any] = {}
    for name in _FIELDS:
        value = getattr(proposal, name)
        if value:
            found[name] = list(value) if isinstance(value, tuple) else value
    found["enabled"] = enabled
    if proposal.homepage and is_loopback_host(host_of(proposal.homepage)):
        found["min_delay_s"] = LOOPBACK_DELAY_S
        found["max_age_days"] = MAX_DAYS
    for name in _LISTS:
        if values := getattr(proposal, name):
            found[name] = list(values)
    return found


def to_yaml(proposal: Proposal, *, enabled: bool, comments: bool = True) -> str:
    """One entry of the list `sources:`, indented by two. Text of the site is in comments, one line each.

    For a site that was not reached there are only comments.
    """
    lines: list[str] = []
    if comments:
        lines += (f"# {line}" for line in _head(proposal))
    if not proposal.homepage:
        return "".join(f"  {line}\n" for line in lines)
    for name, value in entry(proposal, enabled=enabled).items():
        dumped = _dumped(name, value)
        said = proposal.evidence.get(name, ()) if comments else ()
        lines += (f"# {_comment(each)}" for each in said)
        lines += dumped.splitlines()
    if comments:
        lines += (f"# {line}" for line in _left_out(proposal))
    first = next(n for n, line in enumerate(lines) if not line.startswith("#"))
    return "".join(
        f"{'  - ' if n == first else '    '}{line}\n" if n >= first else f"  {line}\n" for n, line in enumerate(lines)
    )


def to_json(proposal: Proposal) -> dict[str, Any]:
    """Everything that was found, ready for `json.dumps`; entries of documents as their number."""
    found = asdict(proposal)
    for document, values in zip(proposal.documents, found["documents"], strict=True):
        values["entries"] = len(document.entries)
        values["children"] = len(document.children)
        del values["modified"]
        values["newest"] = document.newest.isoformat() if document.newest else None
    found["entry"] = entry(proposal, enabled=False)
    return found


def _dumped(name: str, value: Any) -> str:
    if name == "languages":
        return f"{name}: " + yaml.safe_dump(value, default_flow_style=True, width=1000).strip()
    if isinstance(value, list):
        listed = yaml.safe_dump(value, allow_unicode=True, width=10_000, default_flow_style=False)
        return f"{name}:\n" + "\n".join(f"  {line}" for line in listed.splitlines())
    return yaml.safe_dump({name: value}, allow_unicode=True, width=10_000).strip()


def _head(proposal: Proposal) -> Iterable[str]:
    if proposal.system:
        yield _comment(f"made with {proposal.evidence['system'][0]}")
    for warning in proposal.warnings:
        yield _comment(f"! {warning.message}")
    if proposal.past_days:
        yield _comment(f"past days: {proposal.past_days}")


def _left_out(proposal: Proposal) -> Iterable[str]:
    for document in proposal.documents:
        if document.role not in USEFUL and document.role is not Role.NOTHING:
            said = f"{document.why} as {document.same_as}" if document.same_as else document.why
            yield _comment(f"left out: {document.url} ({document.role.value}: {said})")


def _comment(text: str) -> str:
    return as_line(text, _MAX_COMMENT)
