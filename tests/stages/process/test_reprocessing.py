"""Days processed again with the current rules: only what they change moves, it is logged, and no text is called a correction."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from benchmarks.pages import write_archive
from etl.errors import Permanent
from etl.settings import Settings
from etl.stages.process import reprocess as reprocessing
from etl.stages.process.adopt import adopt
from etl.stages.process.ingest import ingest
from etl.stages.process.relate import settle
from etl.stages.process.reprocess import DayBasis, ReprocessPart, ReprocessReport
from etl.stages.resources import Resources, open_resources
from etl.warehouse.engine import open_engine
from etl.warehouse.fingerprint import parts

# One source changes its layout, the other does not; pages of five more sites are of no source.
BEFORE = """
sources:
  - {key: zero, name: Gazette, homepage: "https://gazette0.example/", languages: [de, en], enabled: false}
  - {key: one, name: Gazette, homepage: "https://gazette1.example/", languages: [de, en], enabled: false}
"""
AFTER = BEFORE.replace('gazette1.example/"', 'gazette1.example/", rules: [{drop: ["//article/p[2]"]}]')
DAYS = [date(2026, 10, 1), date(2026, 10, 2)]  # on which the pages say that they were published
N = 30


class Place:
    """A lake and a warehouse with an archive in them, and the registry that the next opening reads."""

    def __init__(self, folder: Path, database_url: str) -> None:
        folder.mkdir(exist_ok=True)
        self.sources = folder / "sources.yaml"
        self.sources.write_text(BEFORE)
        self.settings = Settings(
            home=folder,
            warehouse_url=database_url,
            lake_url=(folder / "lake").as_uri(),
            sources=self.sources,
            contact=None,
            s3_endpoint_url=None,
        )
        self.engine = open_engine(database_url)

    def ingest(self, archive: Path) -> None:
        with open_resources(self.settings) as r:
            ingest(r, warcs=adopt(r, [str(archive)], url=None, captured_at=None).uris)

    def reprocess(self, *, activate: bool = True, **how: Any) -> ReprocessReport:
        with open_resources(self.settings, activate=activate) as r:
            return reprocessing.reprocess(r, **{"span": DAYS, **how})

    def empty(self) -> None:
        tables = """
            SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
            WHERE schemaname IN ('core', 'ops') AND tablename <> 'schema_version' AND tablename !~ '^fetch_log_'
        """
        with self.engine.begin() as connection:
            names = connection.execute(text(tables)).scalars()
            connection.execute(text(f"TRUNCATE {', '.join(names)} CASCADE"))

    def rows(self, query: str) -> list[Any]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path / "place", database_url)
    place.ingest(write_archive(tmp_path / "a.warc.gz", N))
    yield place
    place.engine.dispose()


ARTICLES = (
    "SELECT url, source_key, rules_version, revision_count, loaded_at, text_digest FROM core.article ORDER BY url"
)


def test_a_changed_source_moves_its_articles_alone_and_opens_no_revision(place: Place) -> None:
    before = place.rows(ARTICLES)
    place.sources.write_text(AFTER)
    done = place.reprocess()
    after = place.rows(ARTICLES)
    assert {old[0] for old, new in zip(before, after, strict=True) if old != new} == {
        row[0] for row in before if row[1] == "one"
    }
    assert [row[3] for row in before] == [row[3] for row in after]
    of_one = sum(row[1] == "one" for row in before)
    assert done.keys == len(before) and 0 < of_one <= done.captures <= of_one * 2
    assert done.changed == {"text": of_one}
    again = place.reprocess()
    assert (again.keys, again.captures, again.changed) == (done.keys, 0, {})


def test_what_changed_is_logged_with_both_values_and_versions(place: Place) -> None:
    before = dict(place.rows("SELECT url, text FROM news.article JOIN news.article_text USING (article_id)"))
    versions = dict(place.rows("SELECT url, rules_version FROM core.article"))
    place.sources.write_text(AFTER)
    place.reprocess()
    after = dict(place.rows("SELECT url, text FROM news.article JOIN news.article_text USING (article_id)"))
    now = dict(place.rows("SELECT url, rules_version FROM core.article"))
    logged = place.rows("SELECT url, field, before, after, rules_before, rules_after FROM news.article_change")
    assert {row[0] for row in logged} == {url for url in before if before[url] != after[url]} != set()
    for url, field, old, new, rules_before, rules_after in logged:
        lost = [line for line in before[url].split("\n") if line not in after[url].split("\n")]
        assert (field, old, new) == ("text", "\n".join(lost), "") and lost
        assert (rules_before, rules_after) == (versions[url], now[url])


def test_a_dry_run_says_what_would_change_and_writes_nothing(place: Place) -> None:
    tables = """
    SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('core', 'ops') ORDER BY 1
    """
    dump = {t: sorted(map(repr, place.rows(f"SELECT * FROM {t}"))) for (t,) in place.rows(tables)}
    place.sources.write_text(AFTER)
    dry = place.reprocess(activate=False, dry_run=True)
    assert {t: sorted(map(repr, place.rows(f"SELECT * FROM {t}"))) for (t,) in place.rows(tables)} == dump
    assert dry.samples and all(s.field == "text" and s.before and s.after == "" for s in dry.samples)
    done = place.reprocess()
    assert (done.keys, done.captures, done.changed) == (dry.keys, dry.captures, dry.changed)


def test_stopped_anywhere_and_started_again_it_gives_what_a_fresh_warehouse_has(
    place: Place, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(20261124)
    monkeypatch.setattr(reprocessing, "BATCH_CAPTURES", 3)
    whole = reprocessing.process_again

    def stops(*args: Any, **how: Any) -> Any:
        if rng.random() < 0.4:
            raise KeyboardInterrupt
        found = whole(*args, **how)
        if rng.random() < 0.4:
            raise KeyboardInterrupt
        return found

    place.sources.write_text(AFTER)
    monkeypatch.setattr(reprocessing, "process_again", stops)
    stopped = 0
    for _ in range(50):
        try:
            place.reprocess(span=DAYS[::-1])
            break
        except KeyboardInterrupt:
            stopped += 1
    assert 1 < stopped < 49
    settle(place.engine)
    moved = parts(place.engine)
    place.empty()
    place.ingest(tmp_path / "a.warc.gz")
    assert parts(place.engine) == moved


def test_captured_days_and_sources_and_parts_choose_what_is_read(place: Place) -> None:
    place.sources.write_text(AFTER.replace("name: Gazette", "name: The Gazette"))
    days = [day for (day,) in place.rows("SELECT DISTINCT captured_at::date FROM core.capture")]
    only = place.reprocess(span=days, by=DayBasis.CAPTURED, sources=["zero"])
    urls = place.rows("SELECT count(*) FROM core.article WHERE source_key = 'zero'")
    assert [(only.keys,)] == urls and only.captures >= only.keys
    cut = [place.reprocess(span=DAYS, part=ReprocessPart(number=n, of=3)) for n in range(3)]
    assert sum(each.keys for each in cut) == place.rows("SELECT count(*) FROM core.article")[0][0]
    assert all(each.keys for each in cut)
    assert place.rows("SELECT count(*) FROM core.article WHERE rules_version NOT IN "
                      "(SELECT rules_version FROM ops.rules WHERE is_current)") == [(0,)]  # fmt: skip


def test_days_that_cannot_be_had_end_with_a_sentence(place: Place) -> None:
    today = date(2026, 11, 24)
    with pytest.raises(Permanent, match=r"2026-11-24 is not over yet \(UTC\): reprocess up to 2026-11-23"):
        reprocessing.days(date(2026, 11, 1), today, today=today)
    with pytest.raises(Permanent, match="2027-01-01 is in the future"):
        reprocessing.days(date(2027, 1, 1), date(2027, 1, 1), today=today)
    with pytest.raises(Permanent, match="is no span"):
        reprocessing.days(date(2026, 11, 2), date(2026, 11, 1), today=today)
    assert reprocessing.days(*DAYS, today=today) == tuple(DAYS)
    with pytest.raises(
        Permanent, match="nothing that is kept was published on 2020-01-01: captures are kept from 2026-"
    ):
        place.reprocess(span=[date(2020, 1, 1)])


def test_other_rules_than_the_pinned_ones_are_refused(place: Place) -> None:
    def version(r: Resources, *sources: str) -> str:
        return reprocessing.pinned(r, sources=sources)

    with open_resources(place.settings) as r:
        all_of_them, of_zero, of_one = version(r), version(r, "zero"), version(r, "one")
    place.sources.write_text(AFTER)
    with pytest.raises(Permanent, match=f"is pinned to rules version {all_of_them}, and the current one is"):
        place.reprocess(expected_rules=all_of_them)
    with open_resources(place.settings) as r:
        assert (version(r, "zero"), version(r, "one") == of_one) == (of_zero, False)


def test_the_command_shows_a_diff_and_says_it_to_machines(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from typer.testing import CliRunner

    from etl.cli import app

    monkeypatch.setenv("NEWS_ETL_HOME", str(place.settings.home))
    monkeypatch.setenv("NEWS_ETL_WAREHOUSE_URL", place.settings.warehouse_url or "")
    monkeypatch.setenv("NEWS_ETL_LAKE_URL", place.settings.lake_url)
    monkeypatch.setenv("NEWS_ETL_SOURCES", str(place.sources))
    place.sources.write_text(AFTER)
    span = ["reprocess", "--from", "2026-10-01", "--to", "2026-10-02"]
    shown = CliRunner().invoke(app, [*span, "--dry-run"])
    assert shown.exit_code == 0, shown.output
    dry = CliRunner().invoke(app, [*span, "--dry-run", "--json"])
    assert json.loads(dry.stdout)["changed"] == {"text": 4}
    done = CliRunner().invoke(app, [*span, "--json", "--source", "one"])
    assert json.loads(done.stdout)["changed"] == {"text": 4}
