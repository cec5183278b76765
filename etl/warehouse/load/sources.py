"""The registry's sources as rows of `core.source`."""

from __future__ import annotations

from sqlalchemy import Engine, text

from etl.sources.registry import Registry


def sync(engine: Engine, registry: Registry) -> None:
    """Make `core.source` equal to the registry. A source that is no longer in the registry is deleted from the table."""
    wanted = {
        s.key: {
            "source_key": s.key,
            "name": s.name,
            "homepage": s.homepage,
            "country": s.country,
            "languages": list(s.languages),
            "timezone": s.timezone,
            "is_enabled": s.enabled,
            "region": s.region,
            "kind": s.kind.value if s.kind else None,
            "owner": s.owner,
            "wikidata": s.wikidata,
            "issn": list(s.issn),
            "tags": list(s.tags),
        }
        for s in registry.sources.values()
    }
    with engine.begin() as connection:
        connection.execute(text("LOCK TABLE core.source IN SHARE ROW EXCLUSIVE MODE"))
        stored = {r.source_key: dict(r._mapping) for r in connection.execute(text("SELECT * FROM core.source"))}
        for key in stored.keys() - wanted.keys():
            connection.execute(text("DELETE FROM core.source WHERE source_key = :key"), {"key": key})
        for key in sorted(wanted):
            if stored.get(key) != wanted[key]:
                connection.execute(
                    text("""
                        INSERT INTO core.source
                            (source_key, name, homepage, country, languages, timezone, is_enabled,
                             region, kind, owner, wikidata, issn, tags)
                        VALUES (:source_key, :name, :homepage, :country, :languages, :timezone, :is_enabled,
                                :region, :kind, :owner, :wikidata, :issn, :tags)
                        ON CONFLICT (source_key) DO UPDATE SET name = excluded.name, homepage = excluded.homepage,
                            country = excluded.country, languages = excluded.languages, timezone = excluded.timezone,
                            is_enabled = excluded.is_enabled, region = excluded.region, kind = excluded.kind,
                            owner = excluded.owner, wikidata = excluded.wikidata, issn = excluded.issn,
                            tags = excluded.tags
                    """),
                    wanted[key],
                )
