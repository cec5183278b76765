"""News agencies as the source of a story: their own sites, and the agency that a story is syndicated from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml

from etl.relate.member import Member


@cache
def _sites() -> dict[str, frozenset[str]]:
    path = Path(__file__).with_name("agencies.yaml")
    return {name: frozenset(sites) for name, sites in yaml.safe_load(path.read_text("utf-8")).items()}


def own_sites(agency: str) -> frozenset[str]:
    """Return the registrable domains that an agency publishes on itself; empty if none is known."""
    return _sites().get(agency, frozenset())


def is_own_site(site: str, agency: str) -> bool:
    """True if a site is the agency's own."""
    return site in own_sites(agency)


def syndicated_from(members: Iterable[Member]) -> str | None:
    """Return the agency that a story comes from: the one that most members credit, or None.

    Of several with the same count the one with its own page among the members, then the first by name.
    """
    every = list(members)
    counts = Counter(name for member in every for name in set(member.agencies))
    sites = {member.site for member in every}
    if not counts:
        return None
    return min(counts, key=lambda name: (-counts[name], not (sites & own_sites(name)), name))
