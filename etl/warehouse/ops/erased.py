"""Which URL keys were erased on request: `core.tombstone`. All code that stores pages checks here first.

Loads check in their own SQL (`etl.warehouse.load.statements`), within their locks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, Engine, text

from etl.urls import former_keys


def record(engine: Engine, erased: Mapping[bytes, tuple[str, datetime]]) -> None:
    """Record keys as erased (with reason and time): from now on no load brings them back. Known ones stay."""
    keys = sorted(erased)
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO core.tombstone (url_key, reason, erased_at) SELECT * FROM unnest(CAST(:keys AS bytea[]), "
                 "CAST(:reasons AS text[]), CAST(:times AS timestamptz[])) ON CONFLICT DO NOTHING"),
            {"keys": keys, "reasons": [erased[k][0] for k in keys], "times": [erased[k][1] for k in keys]},
        )  # fmt: skip


def reasons(engine: Engine) -> dict[bytes, tuple[str, datetime]]:
    """All erased URL keys, with reason and time."""
    with engine.connect() as connection:
        found = connection.execute(text("SELECT url_key, reason, erased_at FROM core.tombstone"))
        return {bytes(r.url_key): (r.reason, r.erased_at) for r in found}


def all_keys(engine: Engine) -> frozenset[bytes]:
    """All erased URL keys."""
    with engine.connect() as connection:
        return frozenset(bytes(key) for key in connection.execute(text("SELECT url_key FROM core.tombstone")).scalars())


def among(connection: Connection, keys: Collection[bytes]) -> frozenset[bytes]:
    """Those of these URL keys that were erased."""
    query = text("SELECT url_key FROM core.tombstone WHERE url_key = ANY(CAST(:keys AS bytea[]))")
    return frozenset(bytes(key) for key in connection.execute(query, {"keys": sorted(set(keys))}).scalars())


def formerly(connection: Connection, urls: Iterable[str]) -> frozenset[str]:
    """Those of these URLs that were erased under a key of an earlier version: of a hash nobody can say what it is of."""
    former = {url: keys for url in set(urls) if (keys := former_keys(url))}
    gone = among(connection, frozenset().union(*former.values())) if former else frozenset()
    return frozenset(url for url, keys in former.items() if not gone.isdisjoint(keys))
