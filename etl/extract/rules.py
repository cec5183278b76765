"""A source's own extraction rules, and the rules version: a hash over everything that values depend on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

from etl.extract import rules_lock


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRules:
    """The registry's rules for a source's pages. XPath expressions start at the root; a broken one selects nothing.

    `timezone` turns a clock without an offset into an instant. `site_lines` are the activated stop-list: lines that the
    site prints on every page, cut wherever one is a whole line.
    """

    body: tuple[str, ...] = ()  # XPath of the element that holds the article; the first that matches counts
    drop: tuple[str, ...] = ()  # XPath of what is none of it
    title: tuple[str, ...] = ()  # XPath of the headline, an element or its text; the first that gives any counts
    published: tuple[str, ...] = ()  # XPath of the publication time, likewise
    site_names: tuple[str, ...] = ()
    site_lines: tuple[str, ...] = ()
    language: str | None = None
    timezone: str | None = None  # IANA name
    month_first: bool | None = None  # how 02/03/2022 is meant; None: by language and region


def rules_version(registry_version: str = "") -> str:
    """The rules version: a hash over code and data of extraction, cleaning and normalizing (the version in their lock),
    their libraries and the registry.

    `registry_version` is that of one source (`Registry.version_of`) for the version of its observations, or that of the
    whole registry for files with pages of several sources. The same bytes extracted with the same version give the same
    values.
    """
    return hashlib.sha256(f"{_code_version()}{registry_version}".encode()).hexdigest()[:16]


@cache
def _code_version() -> str:
    return rules_lock.read().version_with(rules_lock.installed())
