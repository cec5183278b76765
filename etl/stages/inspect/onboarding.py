"""Takes a site in: from a domain to a disabled entry of the registry, or to a proposal in the lake where that cannot be written."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from etl.errors import SettingError
from etl.probe.findings import Proposal, Verdict
from etl.probe.walk import origins
from etl.probe.writing import to_yaml
from etl.settings import Settings
from etl.sources import files
from etl.sources.registry import Registry, load_or_begin
from etl.sources.source import bare
from etl.stages.inspect.probe import probe
from etl.stages.resources import open_lake
from etl.urls import host_of, normal_url

# Where proposals lie in the lake, one file a source, the last one of it.
PROPOSALS = "proposals"


class OnboardResult(StrEnum):
    """How a site was taken in."""

    KNOWN = "known"  # the registry has it
    WRITTEN = "written"  # into the registry, disabled
    ENABLED = "enabled"  # and ready, as was asked for
    PROPOSED = "proposed"  # the registry cannot be written from here
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardReport:
    """What became of a site, and why; `proposal` is the address of its entry as a file of the lake."""

    domain: str
    result: OnboardResult
    why: str
    key: str | None = None
    proposal: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The values that Airflow's tasks pass on."""
        return {name: str(value) if value is not None else None for name, value in asdict(self).items()}


def onboard(settings: Settings, domain: str, *, enable: bool) -> OnboardReport:
    """Probe a site, store the proposal in the lake, and write it into the registry where that can be written.

    With `enable` a source that would work as it is proposed is written enabled. Nothing is written of a site that would
    give no articles, or of what is no domain. Raises `SettingError` for a registry that cannot be read, and `Transient`
    where another try may help.
    """
    registry = load_or_begin(settings.sources)
    try:
        return _onboard(settings, registry, domain, enable=enable)
    except SettingError as error:
        return OnboardReport(domain=domain, result=OnboardResult.LEFT_OUT, why=str(error))


def _onboard(settings: Settings, registry: Registry, domain: str, *, enable: bool) -> OnboardReport:
    if known := known_as(registry, domain):
        return OnboardReport(domain=domain, key=known, result=OnboardResult.KNOWN, why="the registry has it")
    proposal = with_free_key(probe(settings, domain), registry, None)
    if proposal.verdict is Verdict.NOT_READY:
        return OnboardReport(domain=domain, result=OnboardResult.LEFT_OUT, why=why_not(proposal))
    is_on = enable and proposal.verdict is Verdict.READY
    store = open_lake(settings)
    name = f"{PROPOSALS}/{proposal.key}.yaml"
    store.put(name, f"sources:\n{entry_of(registry, proposal, enabled=is_on)}".encode())
    report = OnboardReport(
        domain=domain, key=proposal.key, result=OnboardResult.PROPOSED, why="", proposal=store.url(name)
    )
    if not _is_writable(settings.sources):
        return replace(report, why=f"{settings.sources} cannot be written from here: put {report.proposal} into it")
    path = write(settings, registry, proposal, enabled=is_on)
    result = OnboardResult.ENABLED if is_on else OnboardResult.WRITTEN
    return replace(report, result=result, why=f"{proposal.verdict.value}, in {path.name}")


def known_as(registry: Registry, domain: str) -> str | None:
    """The source to which a domain belongs by name. Raises `SettingError` for what is no domain."""
    url = origins(domain)[0]
    source = registry.source_of(url)
    return source.key if source is not None and bare(host_of(url)) in source.hosts else None


def why_not(proposal: Proposal) -> str:
    """Why a site would give no articles."""
    return "; ".join(warning.message for warning in proposal.warnings[:2]) or "it would give no articles"


def with_free_key(proposal: Proposal, registry: Registry, key: str | None) -> Proposal:
    """The proposal with this key, else with a free one: where its own is taken, with its country or a number appended."""
    if key is not None:
        return replace(proposal, key=key)
    tries = [proposal.key, *([f"{proposal.key}-{proposal.country.lower()}"] if proposal.country else [])]
    tries += [f"{proposal.key}-{number}" for number in range(2, 1000)]
    return replace(proposal, key=next(each for each in tries if each not in registry.sources))


def with_feeds(proposal: Proposal, feeds: Sequence[str]) -> Proposal:
    """The proposal with further feeds, but for those that the probe has decided on: what it left out stays out."""
    decided = [*proposal.feeds, *proposal.sitemaps, *(each.url for each in proposal.documents)]
    more = [feed for feed in feeds if not any(_same(feed, known) for known in decided)]
    return replace(proposal, feeds=(*proposal.feeds, *more))


def entry_of(registry: Registry, proposal: Proposal, *, enabled: bool) -> str:
    """The entry of a source, without the documents that another one names. Raises `SettingError` without a language."""
    if not proposal.languages:
        raise SettingError(f"{proposal.key}: no language was detected; write the entry by hand, with `languages`")
    taken = {
        url.partition("://")[2]
        for each in registry.sources.values()
        for url in (*each.feeds, *each.sitemaps, *each.sections)
    }

    def free(urls: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(url for url in urls if url.partition("://")[2] not in taken)

    own = replace(
        proposal, feeds=free(proposal.feeds), sitemaps=free(proposal.sitemaps), sections=free(proposal.sections)
    )
    return to_yaml(own, enabled=enabled)


def write(
    settings: Settings, registry: Registry, proposal: Proposal, *, file: str | None = None, enabled: bool = False
) -> Path:
    """Add a proposal to the registry, and return the file. Raises as `entry_of` and `sources.files.add`."""
    entry = entry_of(registry, proposal, enabled=enabled)
    return files.add(settings.sources, entry, key=proposal.key, file=file)


def _is_writable(registry: Path) -> bool:
    folder = registry if registry.is_dir() else registry.parent
    return os.access(folder, os.W_OK | os.X_OK) and (
        registry.is_dir() or os.access(registry, os.W_OK) or not registry.exists()
    )


def _same(one: str, other: str) -> bool:
    return normal_url(one).partition("://")[2] == normal_url(other).partition("://")[2]
