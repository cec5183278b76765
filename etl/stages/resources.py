"""What the stages work with: settings, registry, lake and warehouse, opened once and closed together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine

from etl.extract.rules import rules_version
from etl.lake.store import ObjectStore
from etl.lake.stores import open_store
from etl.rights import policy
from etl.settings import Settings
from etl.sources import registry as registry_module
from etl.sources.registry import Registry
from etl.warehouse import engine as warehouse
from etl.warehouse.load import rights_policy as rights_table
from etl.warehouse.load.load import activate_rules
from etl.warehouse.load.sources import sync
from etl.warehouse.schema import migrate


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """Settings, registry, lake and warehouse of one process.

    `rules_version` is that of all sources together; it names files with pages of several sources (silver files). An
    observation has the rules version of its own source: `version_for`.
    """

    settings: Settings
    registry: Registry
    store: ObjectStore
    engine: Engine
    rules_version: str

    def version_for(self, url: str) -> str:
        """The current rules version for captures of a URL."""
        return rules_version(self.registry.version_for(url))


def rules_versions(registry: Registry) -> set[str]:
    """The current rules versions: one per source, and one for pages of sites that no source claims."""
    return {rules_version(registry.version_of(source)) for source in (None, *registry.sources.values())}


def load_registry(settings: Settings) -> Registry:
    """The registry and the rights policy that the settings name."""
    rights = policy.load(settings.rights)
    registry = registry_module.load(settings.sources, rights)
    policy.check_sources(rights, registry.sources)
    return registry


def open_lake(settings: Settings) -> ObjectStore:
    """The lake that the settings name."""
    return open_store(settings.lake_url, endpoint_url=settings.s3_endpoint_url)


@contextmanager
def open_warehouse(settings: Settings, *, moves_keys: bool = False) -> Iterator[Engine]:
    """The warehouse with a current schema and, unless `moves_keys`, current URL keys, for what needs no registry."""
    with warehouse.opened(settings) as engine:
        if settings.warehouse_url is None:
            migrate.upgrade(engine)
        with engine.connect() as connection:
            migrate.require_current(connection, keys=not moves_keys)
        yield engine


@contextmanager
def open_resources(settings: Settings, *, activate: bool = True, moves_keys: bool = False) -> Iterator[Resources]:
    """Open and check everything: the schema is current, the registry is stored, its rules versions are activated.

    On the embedded server the schema is migrated here; elsewhere `news-etl migrate` does that. A warehouse with URL keys
    of an earlier version is refused, unless `moves_keys`. Faults of database, lake and disk within the block are raised
    as our own errors (`etl.faults`), for every stage.
    """
    registry = load_registry(settings)
    version = rules_version(registry.version)
    with open_warehouse(settings, moves_keys=moves_keys) as engine:
        if activate:
            sync(engine, registry)
            rights_table.sync(engine, registry.rights)
            activate_rules(engine, rules_versions(registry), of_no_source=rules_version(registry.version_of(None)))
        yield Resources(
            settings=settings, registry=registry, store=open_lake(settings), engine=engine, rules_version=version
        )
