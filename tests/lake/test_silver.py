"""Observations come back from Parquet exactly as they were."""

from __future__ import annotations

import dataclasses
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from exchanges import metas
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.article_fields import FIELDS, ArticleField, FieldKind
from etl.errors import Permanent, Quarantine
from etl.lake import silver
from etl.lake.silver_schema import SCHEMA
from etl.lake.store import ObjectStore
from etl.model import (
    CaptureMeta,
    Cut,
    Image,
    Observation,
    Outcome,
    Page,
    PageType,
    Place,
    RightsStatement,
)

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
maybe = st.none() | text
texts = st.lists(text, max_size=3).map(tuple)
clean_metas = metas.filter(lambda meta: "\0" not in repr(meta).encode().decode("unicode_escape", "ignore"))
zones = st.integers(-14 * 3600, 14 * 3600).map(lambda seconds: timezone(timedelta(seconds=seconds)))
instants = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=zones | st.just(UTC))
images = st.builds(Image, url=text, caption=maybe, credit=maybe)
statements = st.builds(
    RightsStatement, norm=text, place=text, said=text, document=maybe, read_at=maybe, denies=text, grants=text
)
cuts = st.builds(Cut, rule=text, zone=text, start=st.integers(0, 2**40), end=st.integers(0, 2**40), text=text)


def values(field: ArticleField) -> st.SearchStrategy[Any]:
    found: st.SearchStrategy[Any] = {
        FieldKind.TEXT: text,
        FieldKind.TEXTS: texts,
        FieldKind.INSTANT: instants,
        FieldKind.DAY: st.dates(),
        FieldKind.FLAG: st.booleans(),
        FieldKind.NAME: st.sampled_from(field.type) if field.kind is FieldKind.NAME else st.nothing(),
        FieldKind.STRUCTS: st.lists(
            {Image: images, Cut: cuts, RightsStatement: statements}.get(field.type, st.nothing()), max_size=2
        ).map(tuple),
        FieldKind.MAP: st.dictionaries(text, text, max_size=3),
    }[field.kind]
    return found if field.is_required else st.none() | found


pages = st.builds(Page, **{field.name: values(field) for field in FIELDS})
observations = st.builds(
    Observation,
    capture_id=st.binary(min_size=32, max_size=32),
    url_key=st.binary(min_size=32, max_size=32),
    target_uri=text,
    source_key=maybe,
    site=text,
    captured_at=st.datetimes(datetime(1, 1, 1), timezones=st.just(UTC)),
    payload_digest=text,
    status=st.integers(0, 999),
    is_revisit=st.booleans(),
    place=st.none() | st.builds(Place, warc=text, offset=st.integers(0, 2**62), length=st.integers(0, 2**62)),
    meta=clean_metas,
    rules_version=text,
    page=pages,
)


def observation(number: int = 0, **page: object) -> Observation:
    values: dict[str, object] = {"outcome": Outcome.ARTICLE, "page_type": PageType.ARTICLE, "text": "市議会\nالمجلس"}
    return Observation(
        capture_id=number.to_bytes(32, "big"),
        url_key=bytes(32),
        target_uri=f"https://example.com/{number}",
        source_key=None,
        site="example.com",
        captured_at=datetime(2026, 11, 24, tzinfo=UTC),
        payload_digest="sha256:00",
        status=200,
        is_revisit=False,
        place=Place(warc="raw/a.warc.gz", offset=number, length=7),
        meta=CaptureMeta(),
        rules_version="r1",
        page=Page(**(values | page)),  # type: ignore[arg-type]
    )


@given(st.lists(observations, max_size=4))
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_observations_come_back_exactly(local_store: ObjectStore, written: list[Observation]) -> None:
    name = "silver/r1/a.parquet"
    local_store.delete(name)
    assert silver.write(local_store, iter(written), name=name) == name
    first = local_store.read(name)
    found = list(silver.read(local_store, name))
    assert found == written
    for one, other in zip(found, written, strict=True):
        for field in ("published_at", "modified_at"):
            mine, theirs = getattr(one.page, field), getattr(other.page, field)
            assert (mine and mine.utcoffset()) == (theirs and theirs.utcoffset())  # equal instants are not enough
        assert type(one.page.outcome) is Outcome and type(one.page.page_type) is PageType
    local_store.delete(name)
    silver.write(local_store, written, name=name)
    assert local_store.read(name) == first  # the same bytes again


def test_maps_are_written_in_one_order(local_store: ObjectStore) -> None:
    for name, keys in (("a", ("x", "y")), ("b", ("y", "x"))):
        silver.write(local_store, [observation(evidence=dict.fromkeys(keys, "json_ld"))], name=name)
    assert local_store.read("a") == local_store.read("b")


def test_every_field_of_the_types_has_its_column() -> None:
    observation_fields = {field.name for field in dataclasses.fields(Observation)} - {"page"}
    page_fields = {field.name for field in dataclasses.fields(Page)}
    offsets = {"published_at_offset_s", "modified_at_offset_s"}
    assert set(SCHEMA.names) == observation_fields | page_fields | offsets
    assert not observation_fields & page_fields


def test_columns_have_the_types_that_other_readers_know(local_store: ObjectStore) -> None:
    zone = timezone(timedelta(hours=5, minutes=30))
    page = {"published_at": datetime(2026, 11, 24, 9, 0, tzinfo=zone), "published_on": date(2026, 11, 24)}
    silver.write(local_store, [observation(**page, authors=("Ana", "Бо"))], name="a")
    table = pq.read_table(pa.BufferReader(local_store.read("a")))
    assert table.schema.equals(SCHEMA)
    (row,) = table.to_pylist()
    assert row["published_at"] == datetime(2026, 11, 24, 3, 30, tzinfo=UTC) and row["published_at_offset_s"] == 19800
    assert row["published_on"] == date(2026, 11, 24) and row["authors"] == ["Ana", "Бо"]
    assert row["modified_at"] is None and row["modified_at_offset_s"] is None
    parquet = pq.ParquetFile(pa.BufferReader(local_store.read("a")))
    assert {parquet.metadata.row_group(0).column(at).compression for at in range(5)} == {"ZSTD"}


@pytest.mark.parametrize("missing", [
    ["correction_note"], ["dateline", "is_accessible_for_free"], ["tags"], ["text_truncated"], ["images"], ["evidence"],
    ["modified_at", "modified_at_offset_s"],
])  # fmt: skip
def test_a_file_from_before_there_was_a_field_is_read_as_if_nothing_were_known_of_it(
    local_store: ObjectStore, missing: list[str]
) -> None:
    page = {
        "correction_note": "التصحيح", "dateline": "東京", "is_accessible_for_free": False, "tags": ("a",), "text_truncated": True,
        "images": (Image(url="u"),), "evidence": {"title": "h1"}, "modified_at": datetime(2026, 11, 24, tzinfo=UTC),
    }  # fmt: skip
    silver.write(local_store, [observation(1, **page), observation(2, **page)], name="a")
    sink = pa.BufferOutputStream()
    pq.write_table(pq.read_table(pa.BufferReader(local_store.read("a"))).drop_columns(missing), sink)
    local_store.put("before", sink.getvalue().to_pybytes())
    kept = {name: value for name, value in page.items() if name not in missing}
    assert list(silver.read(local_store, "before")) == [observation(1, **kept), observation(2, **kept)]


@pytest.mark.parametrize(
    "page",
    [
        {"text": "a\0b"},
        {"title": "\ud800"},
        {"authors": ("fine", "\udfff")},
        {"evidence": {"title\0": "x"}},
        {"removed": (Cut(rule="r", zone="head", start=0, end=1, text="\0"),)},
        {"images": (Image(url="u", caption="\ud8ff"),)},
        {"published_at": datetime(2026, 1, 1)},
        {"modified_at": datetime(2026, 1, 1, tzinfo=timezone(timedelta(microseconds=1)))},
    ],
)
def test_what_no_table_takes_is_quarantined_and_nothing_is_written(
    local_store: ObjectStore, page: dict[str, object]
) -> None:
    bad = observation(**page)
    with pytest.raises(Quarantine):
        silver.write(local_store, [observation(), bad], name="a")
    assert not local_store.exists("a")
    with pytest.raises(Quarantine):
        silver.check(bad)
    silver.check(observation())


def test_a_file_that_is_there_stays(local_store: ObjectStore) -> None:
    silver.write(local_store, [observation(1)], name="a")
    silver.write(local_store, [observation(2)], name="a")
    assert list(silver.read(local_store, "a")) == [observation(1)]


def test_files_larger_than_memory_are_written_and_read_in_groups(
    local_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silver, "GROUP_CHARS", 1 << 20)

    def many() -> Iterator[Observation]:
        for number in range(1200):
            yield observation(number, text=f"{number} " * 10_000)

    tracemalloc.start()
    try:
        silver.write(local_store, many(), name="a")
        numbers = [item.place.offset for item in silver.read(local_store, "a") if item.place]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert numbers == list(range(1200))
    assert peak < 16 << 20  # of 56 MB of text
    file = pq.ParquetFile(pa.BufferReader(local_store.read("a")))
    assert file.num_row_groups > 10


def test_silver_lies_on_every_store(store: ObjectStore) -> None:
    name = silver.name_for("raw/a.warc.gz", "r1")
    silver.write(store, [observation(1), observation(2)], name=name)
    assert list(silver.read(store, name)) == [observation(1), observation(2)]


def test_the_name_says_what_the_file_is_of() -> None:
    names = {
        silver.name_for(warc, rules, start, end)
        for warc in ("raw/a", "raw/b")
        for rules in ("r1", "r2")
        for start, end in ((0, None), (0, 10), (10, 20), (1, 0))
    }
    assert len(names) == 16
    assert silver.name_for("raw/a", "r1", 0, 10) == silver.name_for("raw/a", "r1", 0, 10)
    assert silver.name_for("raw/a", "r1").startswith("silver/r1/")


def test_what_is_no_parquet_is_named(local_store: ObjectStore, tmp_path: Path) -> None:
    local_store.put("a.parquet", b"no parquet")
    with pytest.raises(Permanent, match=r"a\.parquet is no Parquet"):
        list(silver.read(local_store, "a.parquet"))
