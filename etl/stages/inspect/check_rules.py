"""Checks a source's extraction rules on its latest captures in the lake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from etl.errors import Quarantine
from etl.lake import warc
from etl.model import Capture
from etl.sources.check import RegistryFinding
from etl.sources.rule_use import findings
from etl.sources.source import Source
from etl.stages.resources import Resources
from etl.warehouse import captures


def check_rules(r: Resources, sources: Sequence[Source], *, per_source: int) -> list[RegistryFinding]:
    """Findings about the rules of these sources, from the latest captures of each."""
    found: list[RegistryFinding] = []
    for source in sources:
        if source.rules:
            found.extend(findings(source, latest_captures(r, source, per_source)))
    return found


def latest_captures(r: Resources, source: Source, count: int) -> Iterator[Capture]:
    """The source's latest captured pages, the newest first; one that cannot be read is left out."""
    hosts = [name for host in sorted(source.hosts) for name in (host, f"www.{host}")]
    for place in captures.latest_of_source(r.engine, source.key, hosts=hosts, count=count):
        try:
            yield warc.read_at(r.store, place)
        except Quarantine:
            continue
