"""Brings all rows to the current URL keys: the second step of `news-etl migrate`, after the schema.

    move (rows, some thousand per transaction) → extract again (captures that moved to another page) → erase (pages whose
    new key is a tombstone's) → end

Stopped at any moment, it resumes. Until its end every other command refuses the warehouse, since rows of one page may have
two keys; readers see complete articles all the time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from etl.clock import clock
from etl.model import Place
from etl.settings import Settings
from etl.stages.maintenance.erase import erase
from etl.stages.process.extract_load import observe_places
from etl.stages.resources import Resources, open_resources
from etl.urls import KEY_VERSION
from etl.warehouse.load.load import load_anew
from etl.warehouse.maintenance import erasure
from etl.warehouse.maintenance import rekey as rows
from etl.warehouse.ops import erased

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RekeyReport:
    """The results since the start: rows moved by table, keys merged into others, captures extracted again and erased."""

    rows: dict[str, int]
    folded: int
    read_again: int
    erased: int

    def as_text(self) -> str:
        """In one line."""
        moved = ", ".join(f"{count:,} of {table}" for table, count in sorted(self.rows.items()) if count)
        return (
            f"URL keys of version {KEY_VERSION}: rows moved: {moved or 'none'}; {self.folded:,} keys merged into others; "
            f"{self.read_again:,} captures extracted again, {self.erased:,} of erased pages removed"
        )


def rekey(settings: Settings, *, say: Say = lambda line: None) -> RekeyReport:
    """Bring the rows of a warehouse to the current keys. Raises `Transient` when another try may help."""
    with open_resources(settings, moves_keys=True) as r:
        return rekey_rows(r, say=say)


def rekey_rows(r: Resources, *, say: Say = lambda line: None) -> RekeyReport:
    """As `rekey`, with open resources. Stories follow when articles are related next."""

    def again(places: Sequence[Place]) -> None:
        load_anew(r.engine, observe_places(r, places))

    moved = rows.move(r.engine, r.registry, say=say)
    rows.read_again(r.engine, moved, version_for=r.version_for, again=again, say=say)
    captures = 0
    # Such as a web archive's capture of a page that was erased by its own address.
    if erasure.stored(r.engine, erased.all_keys(r.engine)):
        captures = erase(r, keys=frozenset(), reason="", now=clock()).captures
    rows.end(r.engine)
    return RekeyReport(rows=dict(moved.rows), folded=moved.folded, read_again=moved.read_again, erased=captures)
