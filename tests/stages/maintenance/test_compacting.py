"""Compaction changes nothing but files: same captures, same rows, revisits still find their originals."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lake_places import NOW, Dying, Place, exchange, revisit
from sqlalchemy import text

from benchmarks.pages import page
from etl.extract import rules
from etl.lake import cdxj, rewriting, warc
from etl.lake.segment import SegmentWriter, publish
from etl.model import Place as At
from etl.stages.maintenance import compact as compacting
from etl.stages.maintenance import rebuild
from etl.stages.process.extract_load import process_again
from etl.stages.process.ingest import ingest, register
from etl.stages.resources import open_resources
from etl.warehouse.fingerprint import parts

TOMORROW = date(2026, 11, 22)


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Place]:
    """Six segments of two days; the revisits of the second day refer to pages of the first."""
    place = Place(tmp_path / "place", database_url)
    pages = [exchange(f"https://gazette.example/{n}", page(n), hours=n / 10) for n in range(6)]
    pages += [revisit(f"https://gazette.example/{n}", pages[n], hours=24 + n / 10) for n in range(6)]
    with open_resources(place.settings) as r:
        names = []
        for n in range(0, 12, 2):
            at = NOW + timedelta(hours=0 if n < 6 else 24, minutes=n)
            with SegmentWriter(tmp_path, now=at, operator=None, user_agent="test") as writer:
                for one in pages[n : n + 2]:
                    writer.write(one)
                names.append(publish(r.store, writer.close()))
        register(r, names)
        ingest(r, warcs=names)
    yield place
    place.engine.dispose()


def compact(place: Place) -> compacting.CompactionReport:
    with open_resources(place.settings, activate=False) as r:
        return compacting.compact(r, before=TOMORROW)


def everything_is_where_it_is_said_to_be(place: Place) -> None:
    with open_resources(place.settings, activate=False) as r:
        rows = place.rows("SELECT url, warc, warc_offset, warc_length, capture_id FROM core.capture")
        assert len(rows) == 12
        for url, name, offset, length, _ in rows:
            assert warc.read_at(r.store, At(warc=name, offset=offset, length=length)).target_uri == url
        for name in {row[1] for row in rows}:
            lines = {
                (line.offset, line.url, line.filename) for line in cdxj.parse(r.store.read(cdxj.name_beside(name)))
            }
            assert lines == {(c.place.offset, c.target_uri, name) for c in warc.read(r.store, name)}


def test_the_segments_of_a_day_become_one_and_the_warehouse_stays_the_same(place: Place) -> None:
    before = parts(place.engine)
    done = compact(place)
    assert (done.merged, len(done.made), done.left_over) == (6, 2, ())
    assert parts(place.engine) == before
    everything_is_where_it_is_said_to_be(place)
    assert {name for (name,) in place.rows("SELECT DISTINCT warc FROM core.capture")} == set(done.made)
    assert {name for (name,) in place.rows("SELECT warc FROM ops.segment")} == set(done.made)
    again = compact(place)
    assert (again.merged, again.made, len(again.left_over)) == (0, (), 6)
    with open_resources(place.settings, activate=False) as r:
        assert set(rewriting.warcs(r.store)) == set(done.made)
    everything_is_where_it_is_said_to_be(place)
    last = compact(place)
    assert (last.merged, last.left_over) == (0, ())


def test_revisits_find_their_originals_and_a_rebuild_gives_the_same(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    compact(place)
    compact(place)
    before = parts(place.engine)
    counts = place.rows("SELECT observation_count FROM core.article")
    assert counts == [(2,)] * 6
    monkeypatch.setattr(rules, "_code_version", lambda: "better")
    with open_resources(place.settings) as r:
        at = [At(warc=w, offset=o, length=n) for w, o, n in place.rows(
            "SELECT warc, warc_offset, warc_length FROM core.capture ORDER BY is_revisit DESC"
        )]  # fmt: skip
        assert process_again(r, at)["unchanged"] == 6
    monkeypatch.undo()
    place.empty()
    with open_resources(place.settings) as r:
        rebuild.rebuild(r, now=NOW)
    assert parts(place.engine) == before


def test_today_and_what_is_not_loaded_yet_are_left_alone(place: Place, tmp_path: Path) -> None:
    with open_resources(place.settings, activate=False) as r:
        assert compacting.compact(r, before=NOW.date()).merged == 0
        with SegmentWriter(tmp_path, now=NOW, operator=None, user_agent="test") as writer:
            writer.write(exchange("https://gazette.example/new", page(9), hours=1))
            name = publish(r.store, writer.close())
        done = compacting.compact(r, before=TOMORROW)
        assert done.merged == 6 and r.store.exists(name)
        assert compacting.compact(r, before=TOMORROW).left_over and r.store.exists(name)


@pytest.mark.parametrize("seed", [1, 2])
def test_stopped_at_any_moment_it_is_finished_by_doing_it_again(
    place: Place, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    rng, before, stopped = random.Random(seed), parts(place.engine), 0
    switch = compacting.erasure.switch

    def dying(*args: Any) -> None:
        switch(*args)
        if rng.random() < 0.5:
            raise KeyboardInterrupt  # before the commit

    monkeypatch.setattr(compacting.erasure, "switch", dying)
    with open_resources(place.settings, activate=False) as r:
        for _ in range(100):
            try:
                compacting.compact(replace(r, store=Dying(r.store, rng)), before=TOMORROW)
                everything_is_where_it_is_said_to_be(place)
                if len(list(rewriting.warcs(r.store))) == 2:
                    break
            except KeyboardInterrupt:
                stopped += 1
                everything_is_where_it_is_said_to_be(place)
    assert 1 < stopped < 99
    assert parts(place.engine) == before


def test_silver_of_rules_of_the_past_goes_once_it_is_loaded(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_resources(place.settings, activate=False) as r:
        silver = list(r.store.list("silver/"))
    assert silver and compact(place).silver == 0
    monkeypatch.setattr(rules, "_code_version", lambda: "better")
    with place.engine.begin() as connection:
        connection.execute(text("DELETE FROM ops.load_batch WHERE batch_key = :name"), {"name": silver[0]})
    assert compact(place).silver == len(silver) - 1
    with open_resources(place.settings, activate=False) as r:
        assert list(r.store.list("silver/")) == [silver[0]]


@given(st.lists(st.integers(0, 50), max_size=30))
def test_groups_keep_the_order_fit_and_are_worth_it(sizes: list[int]) -> None:
    files = [(str(n), size) for n, size in enumerate(sizes)]
    groups = list(compacting.packed(files, most=60))
    grouped = [int(name) for group in groups for name in group]
    assert grouped == sorted(set(grouped))
    assert all(len(group) > 1 and sum(sizes[int(name)] for name in group) <= 60 for group in groups)
    alone = set(range(len(sizes))) - set(grouped)
    assert all(n + 1 not in alone or sizes[n] + sizes[n + 1] > 60 for n in alone)
