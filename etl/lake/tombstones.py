"""Tombstones of erased pages, as objects of the lake: hashes of URLs, so that a rebuilt warehouse has them too.

One object an erasure, `erased/<hash>.json`: {"url_keys": [hex, ...], "reason": ..., "erased_at": ...}. Written before
anything is removed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from etl.lake.store import ObjectStore

PREFIX = "erased/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """URL keys that were erased together."""

    url_keys: frozenset[bytes]
    reason: str
    erased_at: datetime


def bury(store: ObjectStore, erasure: Erasure) -> str:
    """Put an erasure into the lake; gives the name of its object. The same keys are the same object: the first stays."""
    keys = sorted(key.hex() for key in erasure.url_keys)
    name = f"{PREFIX}{hashlib.sha256(','.join(keys).encode()).hexdigest()[:32]}.json"
    value = {"url_keys": keys, "reason": erasure.reason, "erased_at": erasure.erased_at.isoformat()}
    store.put_new(name, json.dumps(value, ensure_ascii=False).encode())
    return name


def erasures(store: ObjectStore) -> Iterator[Erasure]:
    """All erasures of the lake, in the order of their names."""
    for name in store.list(PREFIX):
        value = json.loads(store.read(name))
        yield Erasure(
            url_keys=frozenset(bytes.fromhex(key) for key in value["url_keys"]),
            reason=value["reason"],
            erased_at=datetime.fromisoformat(value["erased_at"]),
        )


def reasons(found: Collection[Erasure]) -> dict[bytes, tuple[str, datetime]]:
    """Reason and time of each erased key; of a key that was erased twice the earlier ones."""
    known: dict[bytes, tuple[str, datetime]] = {}
    for each in sorted(found, key=lambda e: (e.erased_at, e.reason)):
        for key in each.url_keys:
            known.setdefault(key, (each.reason, each.erased_at))
    return known
