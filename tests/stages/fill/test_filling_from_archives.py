"""Past days out of Common Crawl and the Wayback Machine, over real HTTP and S3 into a real warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from test_filling import DAY, FIRST, Place, short_rests  # noqa: F401  (the fixture is used by its name)

from benchmarks import archive_servers, past_site
from benchmarks.archive_servers import Archive, record, request_record
from etl import stages
from etl.archives import ranges
from etl.archives.days import Span
from etl.errors import Permanent, SettingError, Transient
from etl.lake import segment as lake
from etl.lake import warc
from etl.lake.records import BadRecord
from etl.lake.stores import open_store
from etl.model import FoundVia
from etl.stages.fill import cc_news, replays
from etl.stages.maintenance import erase, verify_erasure
from etl.stages.resources import open_resources
from etl.urls import url_key
from etl.warehouse.fingerprint import fingerprint
from etl.warehouse.ops import archive_files, expected_urls

MORNING = datetime(2022, 2, 24, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replays, "REST_S", 0.05)
    monkeypatch.setattr(ranges, "FIRST_PAUSE_S", 0.01)


@pytest.fixture
def archive() -> Iterator[Archive]:
    with archive_servers.running() as archive:
        yield archive


@pytest.fixture
def place(database_url: str, tmp_path: Path, archive: Archive) -> Iterator[Place]:
    with past_site.running() as site:
        place = Place(tmp_path / "home", database_url, site)
        place.settings = replace(
            place.settings,
            cc_news_url=archive.base,
            wayback_url=archive.base,
            wayback_every_s=0.02,
            archives=("cc_news",),
        )
        yield place
        place.engine.dispose()


def crawled(place: Place, day: date, count: int, *, at: str | None = None) -> list[bytes]:
    """Records of a site's articles, among those of another site."""
    records = []
    for n in range(count):
        url = f"{place.site.base}/{day:%Y/%m/%d}/harbour-ferry-sails-again-{n}"
        records += [
            request_record(url),
            record(url, past_site.article(day, n), at or f"{day}T10:0{n}:00Z"),
            record(f"http://other.example/{n}", past_site.article(day, n)),
        ]
    return records


def test_captures_of_wanted_hosts_come_out_of_the_news_crawl_with_its_times(place, archive):
    name = archive.news("20220224080000", crawled(place, DAY, 3))
    archive.news("20220220080000", crawled(place, FIRST, 1))
    done = place.fill()
    rows = place.rows(
        "SELECT c.url, c.captured_at, c.warc, h.via, h.found_at FROM core.capture c JOIN core.hint h USING (capture_id) "
        "WHERE c.url LIKE '%2022/02/24%' ORDER BY c.url"
    )
    assert [r.captured_at for r in rows] == [datetime(2022, 2, 24, 10, n, tzinfo=UTC) for n in range(3)]
    assert {(r.via, r.found_at) for r in rows} == {("cc_news", name)}
    assert all(r.warc.startswith("raw/archive/cc_news/") for r in rows)
    assert dict(done.coverage[0].expected_from) == {"cc_news": 3} and done.problem is None
    assert place.rows("SELECT count(*) AS n FROM core.capture WHERE url LIKE '%other.example%'") == [(0,)]
    store = open_store(place.settings.lake_url)
    (first, *_) = [c for c in warc.read(store, rows[0].warc) if not isinstance(c, BadRecord)]
    assert first.meta.source_key == "quay" and first.meta.hints[0].via is FoundVia.CC_NEWS


def test_a_file_is_read_once_for_all_days_and_for_new_hosts_again(place, archive):
    name = archive.news("20220224080000", crawled(place, DAY, 2))
    place.fill()
    read = len(archive.ranges)
    place.fill(DAY - timedelta(days=1), DAY)
    assert len(archive.ranges) == read
    place.configure(aliases="[other.example]")
    place.fill()
    assert len(archive.ranges) > read
    assert place.rows("SELECT count(*) AS n FROM core.article WHERE url LIKE '%other.example%'") == [(2,)]
    assert place.rows("SELECT count(DISTINCT hosts_digest) AS n FROM ops.archive_file WHERE name = :n", n=name) == [
        (2,)
    ]


@pytest.mark.parametrize("other", ["is gone", "is still loading"])
def test_what_another_run_has_read_of_a_file_counts_for_the_day_whoever_loads_it(place, archive, other):
    for n in range(2):
        archive.news(f"2022022408000{n}", crawled(place, DAY, 2 + n))
    days = {"first": DAY, "last": DAY, "sources": ["quay"], "now": datetime.now(UTC)}
    stages.plan_fill(place.settings, run_id="news_fill__1", **days)
    with open_resources(place.settings) as r:
        cc_news.read_cc_news(
            r, run_id="news_fill__1", days=Span(first=DAY, last=DAY), sources=["quay"], say=lambda _: None
        )
        if other == "is still loading":
            with r.engine.begin() as connection:
                connection.execute(text("UPDATE ops.segment SET holder = 'elsewhere', held_until = now() + '1 hour'"))
    stages.plan_fill(place.settings, run_id="news_fill__2", **days)
    stages.fill_files(place.settings, run_id="news_fill__2", sources=["quay"])
    with place.engine.begin() as connection:
        connection.execute(text("UPDATE ops.segment SET holder = NULL WHERE loaded_at IS NULL"))
    stages.load_open(place.settings, limit_s=60)

    assert len(place.urls()) == 3
    first, second = sorted(r.name for r in place.rows("SELECT name FROM ops.archive_file"))
    found = place.rows("SELECT url, found_at FROM ops.expected WHERE via = 'cc_news' ORDER BY url")
    assert [r.found_at for r in found] == [first, first, second]
    assert place.rows("SELECT named FROM ops.source_day WHERE via = 'cc_news'") == [(3,)]
    assert place.rows("SELECT expected, loaded, missing FROM news.coverage") == [(3, 3, 0)]


def test_a_dry_run_says_how_many_files_are_to_be_read_and_reads_none(place, archive):
    names = [archive.news(f"2022022{n}080000", crawled(place, DAY, 1)) for n in (4, 5)]
    planned = {"first": str(DAY), "last": str(DAY), "archive": "cc_news", "files": 2, "to_read": 2, "bytes": 2 << 30}
    assert place.fill(is_dry=True).files == [planned]
    assert not [path for path in archive.seen if path.rpartition("/")[2] in {name.rpartition("/")[2] for name in names}]
    place.fill()
    assert place.fill(is_dry=True).files == [planned | {"to_read": 0, "bytes": 0}]


def test_reading_goes_on_behind_the_last_capture_in_the_lake(place, archive, monkeypatch):
    archive.news("20220224080000", crawled(place, DAY, 6))
    monkeypatch.setattr(cc_news, "NOTED_EVERY_BYTES", 1500)
    noted: list[int] = []
    advance = archive_files.advance

    def killed(connection, **values):
        if len(noted) == 2:
            raise KeyboardInterrupt
        noted.append(values["to"].next_offset)
        advance(connection, **values)

    monkeypatch.setattr(archive_files, "advance", killed)
    with pytest.raises(KeyboardInterrupt):
        place.fill()
    monkeypatch.setattr(archive_files, "advance", advance)
    starts: list[int] = []
    scan = cc_news.cc_news.scan
    monkeypatch.setattr(cc_news.cc_news, "scan", lambda s, n, start, f: starts.append(start) or scan(s, n, start, f))
    place.fill()
    assert starts == [noted[-1]] and noted[-1] > 0
    assert len(place.urls()) == 6
    assert place.rows("SELECT kept, records, is_done FROM ops.archive_file") == [(6, 12, True)]


def test_broken_connections_busy_servers_and_damage_lose_nothing_else(place, archive):
    records = crawled(place, DAY, 3)
    name = archive.news("20220224080000", records)
    data = bytearray(archive.files[f"/{name}"])
    third = sum(len(__import__("gzip").compress(r, 6, mtime=0)) for r in records[:4])
    data[third + 60] ^= 0xFF  # the second article of the site
    archive.files[f"/{name}"] = bytes(data)
    archive.trouble = ["503 0", "cut", "429 0", "503", "cut"]
    place.fill()
    assert {u[-1] for u in place.urls()} == {"0", "2"}
    assert place.rows("SELECT bad FROM ops.archive_file") == [(1,)]


def test_a_page_that_the_archive_has_cut_short_is_not_taken(place, archive):
    url = f"{place.site.base}/2022/02/24/harbour-ferry-sails-again-0"
    archive.news("20220224080000", [record(url, past_site.article(DAY, 0), more="WARC-Truncated: length\r\n")])
    done = place.fill()
    assert place.urls() == set() and done.problem is not None


def test_the_news_crawl_is_read_from_s3_as_well(place, archive, s3_endpoint, s3_session, monkeypatch):
    archive.news("20220224080000", crawled(place, DAY, 2))
    client = s3_session.client("s3", endpoint_url=s3_endpoint)
    client.create_bucket(Bucket="newscrawl")
    for path, data in archive.files.items():
        client.put_object(Bucket="newscrawl", Key=path.lstrip("/"), Body=data)
    for variable, value in {
        "ACCESS_KEY_ID": "test",
        "SECRET_ACCESS_KEY": "test",
        "DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(f"AWS_{variable}", value)
    place.settings = replace(place.settings, cc_news_url="s3://newscrawl", cc_news_endpoint_url=s3_endpoint)
    place.fill()
    assert len(place.urls()) == 2 and archive.seen == []


def test_without_a_contact_nobody_elses_archive_is_asked(place):
    place.settings = replace(place.settings, cc_news_url="https://data.commoncrawl.org")
    with pytest.raises(SettingError, match="NEWS_ETL_CONTACT"):
        place.fill()
    with pytest.raises(Permanent, match="'crawl': give some of"):
        place.fill(archives=["crawl"])


def test_an_archive_that_stays_busy_can_be_tried_again_later(place, archive):
    archive.news("20220224080000", crawled(place, DAY, 1))
    archive.trouble = ["503"] * 20
    with pytest.raises(Transient, match="503 Service Unavailable, 6 times"):
        place.fill()
    archive.trouble.clear()
    place.fill()
    assert len(place.urls()) == 1


def remembered(archive: Archive, site, day: date, *, at: datetime = MORNING) -> None:
    for n, path in enumerate(site.articles[day]):
        archive.captures.append((at + timedelta(minutes=n), site.base + path, past_site.article(day, n).encode()))


def test_pages_that_are_gone_come_from_the_wayback_machine_as_they_were(place, archive):
    site = place.site
    site.publish(DAY, 1, a_day=5)
    site.sitemaps()
    remembered(archive, site, DAY)
    gone = site.articles[DAY][:4]
    for path in gone:
        site.put(path, "gone", status=410)
    archive.trouble = ["429 0", "", "nonsense"]
    place.settings = replace(place.settings, archives=("sitemap_archive", "wayback"))
    first = place.fill()
    assert first.problem is not None  # the second page of the API could not be read
    done = place.fill()
    assert place.urls() == set(site.articles[DAY]) and done.problem is None
    assert dict(done.coverage[0].expected_from) == {"sitemap_archive": 5, "wayback": 5}
    rows = place.rows(
        "SELECT c.url, c.captured_at, h.found_at FROM core.capture c JOIN core.hint h USING (capture_id) "
        "WHERE h.via = 'wayback' ORDER BY c.captured_at"
    )
    assert [r.captured_at for r in rows] == [MORNING + timedelta(minutes=n) for n in range(4)]
    assert rows[0].found_at == f"{archive.base}/web/20220224090000id_/{rows[0].url}"
    text = place.rows("SELECT string_agg(text, ' ') AS all FROM core.body")[0].all
    assert "toolbar" not in text


def dies(*_: Any, **__: Any) -> None:
    raise RuntimeError("the process ends here")


@pytest.mark.parametrize("archives", [("wayback",), ("cc_news",)])
def test_what_was_announced_and_never_came_is_the_next_fills_to_bring_under_the_same_name(
    place, archive, archives, monkeypatch
):
    place.site.publish(DAY, 1)
    remembered(archive, place.site, DAY)
    archive.news("20220224080000", crawled(place, DAY, 3))
    place.settings = replace(place.settings, archives=archives)
    publish = lake.publish
    monkeypatch.setattr(lake, "publish", dies)
    with pytest.raises(RuntimeError, match="ends here"):
        place.fill()
    monkeypatch.setattr(lake, "publish", publish)
    (announced,) = place.rows("SELECT warc FROM ops.segment WHERE published_at IS NULL")
    done = place.fill()
    assert place.urls() == set(place.site.articles[DAY]) and done.problem is None
    assert place.rows("SELECT loaded_at IS NOT NULL FROM ops.segment WHERE warc = :warc", warc=announced.warc) == [
        (True,)
    ]


def test_pages_that_a_fill_read_before_it_was_stopped_count_as_tried(place, monkeypatch):
    place.site.publish(DAY, 1)
    place.site.sitemaps()
    place.site.put(place.site.articles[DAY][0], "gone", status=410)
    place.settings = replace(place.settings, archives=("sitemap_archive",))
    decided = expected_urls.decided
    monkeypatch.setattr(expected_urls, "decided", dies)
    with pytest.raises(RuntimeError, match="ends here"):
        place.fill()
    monkeypatch.setattr(expected_urls, "decided", decided)
    asked = len(place.site.seen)
    place.fill()
    assert [path for path in place.site.seen[asked:] if path.startswith("/2022/")] == []
    rows = place.rows("SELECT outcome, detail, tries FROM ops.expected ORDER BY url")
    assert [(r.outcome, r.detail, r.tries) for r in rows] == [("captured", "410 Gone", 1), *[("captured", None, 1)] * 2]


def test_equal_bytes_under_several_addresses_are_taken_once(place, archive):
    body = past_site.article(DAY, 0).encode()
    for n in range(4):
        archive.captures.append((MORNING, f"{place.site.base}/2022/02/24/harbour-ferry?print={n}", body))
    place.fill(archives=["wayback"])
    assert len(place.rows("SELECT url FROM ops.expected")) == 1
    assert len([p for p in archive.seen if p.startswith("/web/")]) == 1


def test_the_capture_that_is_given_counts_with_its_own_time(place, archive):
    url = f"{place.site.base}/2022/02/24/harbour-ferry-sails-again-0"
    archive.captures.append((MORNING, url, past_site.article(DAY, 0).encode()))
    place.fill(archives=["wayback"], is_dry=True)
    at, _, body = archive.captures[0]
    archive.captures[0] = (at + timedelta(hours=1), url, body)  # the archive has given up the other one
    place.fill(archives=["wayback"])
    assert place.rows("SELECT captured_at FROM core.capture") == [(MORNING + timedelta(hours=1),)]


def test_what_robots_txt_forbids_is_not_taken_from_an_archive_either(place, archive):
    site = place.site
    site.publish(DAY, 1)
    site.sitemaps()
    site.put("/robots.txt", f"User-agent: *\nDisallow: /2022/\nSitemap: {site.base}/sitemap-index.xml\n", "text/plain")
    remembered(archive, site, DAY)
    place.settings = replace(place.settings, archives=("sitemap_archive", "wayback"))
    done = place.fill()
    assert place.urls() == set() and dict(done.coverage[0].missing_by) == {"robots_denied": 3}


def test_all_processes_share_one_pace_and_one_rest(place):
    turns = [archive_files.reserve_request(place.engine, archive="w", every_s=2.0) for _ in range(3)]
    assert turns[0] == 0 and 1.5 < turns[1] <= 2.0 and 3.5 < turns[2] <= 4.0
    archive_files.rest(place.engine, archive="w", seconds=60)
    assert 58 < archive_files.reserve_request(place.engine, archive="w", every_s=2.0) <= 60


def test_pages_that_an_archive_gave_are_not_fetched_from_the_site(place, archive):
    site = place.site
    site.publish(DAY, 1)
    site.sitemaps()
    archive.news("20220224080000", crawled(place, DAY, 3))
    place.fill()
    before = fingerprint(place.engine)
    place.fill(archives=["sitemap_archive"])  # all of it is there: nothing is fetched
    assert fingerprint(place.engine) == before
    assert not [path for path in site.seen if "sails-again" in path]


def test_an_erased_page_comes_back_from_no_archive(place, archive):
    site = place.site
    site.publish(DAY, 1)
    site.sitemaps()
    remembered(archive, site, DAY)
    archive.news("20220224080000", crawled(place, DAY, 3))
    erased = site.base + site.articles[DAY][0]
    with place.engine.begin() as connection:
        connection.execute(text("INSERT INTO core.tombstone VALUES (:key, 'asked', now())"), {"key": url_key(erased)})
    place.fill(archives=["sitemap_archive", "cc_news", "wayback"])
    assert place.urls() == set(site.articles[DAY][1:])
    assert place.rows("SELECT count(*) AS n FROM ops.expected WHERE url = :url", url=erased) == [(0,)]
    assert not [path for path in (*site.seen, *archive.seen) if path.endswith("again-0")]
    store = open_store(place.settings.lake_url)
    kept = {c.target_uri for name in store.list("raw/") if name.endswith(".warc.gz") for c in warc.read(store, name)}
    assert len(kept) == 2 and erased not in kept


def test_of_an_erased_article_no_sentence_is_left_and_a_fill_of_its_day_brings_none_back(place, archive):
    planted = "A heron of blue glass was found under the third plank of the ferry that morning."
    place.site.publish(DAY, 1)
    path = place.site.articles[DAY][0]
    body = past_site.article(DAY, 0).replace("<p>Repairs", f"<p>{planted}</p><p>Repairs")
    place.site.put(path, body)
    place.site.sitemaps()
    archive.news("20220224080000", [record(place.site.base + path, body, f"{DAY}T10:00:00Z")])
    remembered(archive, place.site, DAY)
    archives = ["sitemap_archive", "cc_news", "wayback"]
    place.fill(archives=archives)
    with open_resources(place.settings) as r:
        assert len(verify_erasure.search(r, [planted]).found) > 2
        keys = erase.targets(r, addresses=[place.site.base + path], sources=())
        erase.erase(r, keys=keys, reason="asked for", now=MORNING)
        assert verify_erasure.search(r, [planted]).found == ()
    with place.engine.begin() as connection:  # as if no archive had ever been read
        connection.execute(text("TRUNCATE ops.source_day, ops.expected, ops.archive_file CASCADE"))
    asked = len(archive.seen)
    place.fill(archives=archives)
    assert len(archive.seen) > asked and path not in place.urls()
    with open_resources(place.settings) as r:
        assert verify_erasure.search(r, [planted]).found == ()
