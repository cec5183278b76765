"""Rights, from a site that states them in every way to rows: live, from the WARC files of that run, and rebuilt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml
from lake_places import Place

from benchmarks.hostile_server import article
from etl.model import Outcome
from etl.stages.live.run import run_once
from etl.stages.maintenance import rebuild, retain
from etl.stages.process import reprocess
from etl.stages.process.adopt import adopt
from etl.stages.process.ingest import ingest
from etl.stages.resources import open_resources
from etl.warehouse.fingerprint import parts

pytestmark = pytest.mark.e2e

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ROBOTS = """User-agent: *
Content-Signal: search=yes, ai-train=no
Content-Usage: /open train-ai=y
License: /license.xml
Allow: /
"""
LICENSE = (
    '<rsl xmlns="https://rslstandard.org/rsl"><content url="/licensed"><license>'
    '<prohibits type="usage">all</prohibits></license></content></rsl>'
)
TDMREP = '[{"location": "/mined", "tdm-reservation": 1, "tdm-policy": "/policy.json"}]'
META = {"/kept": "noarchive", "/quiet": "nosnippet", "/plain": "index, follow"}
HEADERS = {"/hidden": {"X-Robots-Tag": "noindex"}, "/named": {"X-Robots-Tag": "otherbot: noindex"}}
PAGES = ("/plain", "/kept", "/quiet", "/hidden", "/named", "/mined", "/licensed", "/open", "/paid")
EXPECTED = {  # store, show, export, train
    "/plain": "unknown unknown unknown no",
    "/kept": "no unknown no no",
    "/quiet": "unknown no no no",
    "/hidden": "unknown no no no",
    "/named": "unknown unknown unknown no",
    "/mined": "unknown unknown unknown no",
    "/licensed": "no no no no",
    "/open": "unknown unknown unknown no",
}
VERDICTS = """
SELECT regexp_replace(url, '^https?://[^/]+', ''), concat_ws(' ', may_store, may_show, may_export, may_train),
       store_by, show_by, train_by
FROM news.rights WHERE status = 200 ORDER BY url
"""


class Site:
    """What the site says; changed between runs."""

    def __init__(self) -> None:
        self.meta = dict(META)
        self.asked: list[str] = []
        self.revision = 0

    def answer(self, path: str, host: str) -> tuple[int, str, bytes, dict[str, str]]:
        self.asked.append(path)
        files = {"/robots.txt": ROBOTS, "/license.xml": LICENSE, "/.well-known/tdmrep.json": TDMREP}
        if path in files:
            kind = {"xml": "application/rsl+xml", "json": "application/json"}.get(path.rpartition(".")[2], "text/plain")
            return 200, kind, files[path].encode(), {}
        if path == "/feed":
            items = "".join(f"<item><title>S</title><link>http://{host}{page}</link></item>" for page in PAGES)
            feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{items}</channel></rss>'
            return 200, "application/rss+xml", feed.encode(), {}
        if path == "/paid":
            return 402, "text/plain", b"", {"crawler-price": "USD 0.01"}
        if path in PAGES:
            page = article(f"{path}/{self.revision}")
            head = f'<meta name="robots" content="{self.meta[path]}"></head>' if path in self.meta else "</head>"
            return 200, "text/html", page.replace(b"</head>", head.encode(), 1), HEADERS.get(path, {})
        return 404, "text/plain", b"", {}


@pytest.fixture
def site() -> Iterator[tuple[Site, str]]:
    told = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, body, headers = told.answer(self.path, str(self.headers["Host"]))
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield told, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def place(database_url: str, tmp_path: Path, site: tuple[Site, str]) -> Iterator[Place]:
    place = Place(tmp_path / "place", database_url)
    base = site[1]
    source = {"key": "site", "name": "Site", "homepage": f"{base}/", "languages": ["en"], "feeds": [f"{base}/feed"]}
    source |= {"min_delay_s": 0.01, "daily_budget": 1000}
    place.settings.sources.write_text(yaml.safe_dump({"sources": [source]}), encoding="utf-8")
    yield place
    place.engine.dispose()


def with_policy(place: Place, policy: str) -> None:
    path = place.settings.home / "rights.yaml"
    path.write_text(policy, encoding="utf-8")
    place.settings = replace(place.settings, rights=path)


def texts(place: Place) -> dict[str, Any]:
    query = "SELECT regexp_replace(a.url, '^https?://[^/]+', ''), length(t.text) FROM news.article a " \
            "LEFT JOIN news.article_text t USING (article_id)"  # fmt: skip
    return dict(place.rows(query))


def test_live_from_its_warc_files_and_rebuilt_the_verdicts_are_the_same(site: tuple[Site, str], place: Place) -> None:
    told, _ = site
    run_once(place.settings, sources=(), now=NOW)
    live = place.rows(VERDICTS)
    assert {path: verdict for path, verdict, *_ in live} == EXPECTED
    why = {path: (store, show, train) for path, _, store, show, train in live}
    assert why["/kept"][0] == "meta robots: noarchive"
    assert why["/hidden"][1] == "header X-Robots-Tag: noindex"
    assert why["/plain"][2] == "robots.txt line 2: Content-Signal: search=yes, ai-train=no"
    assert why["/licensed"][0].endswith("/license.xml: content /licensed; permits all, payment free; prohibits all")

    # What was said is in the lake: files are read once, terms are kept as they came, and are no page.
    assert [told.asked.count(path) for path in ("/robots.txt", "/license.xml", "/.well-known/tdmrep.json")] == [1, 1, 1]
    assert place.rows("SELECT reason, regexp_replace(url, '^.*/', '') FROM news.reject") == [("not_web", "license.xml")]
    assert place.holding("telepathy") == [] and any("raw/live" in path for path in place.holding("rslstandard.org"))

    # 402 is an outcome of its own, with its price.
    ((detail,),) = place.rows("SELECT detail FROM ops.run_url WHERE outcome = 'payment_required'")
    assert "asks USD 0.01" in detail
    assert place.rows("SELECT price FROM ops.fetch_log WHERE status = 402") == [("USD 0.01",)]
    assert place.rows("SELECT due_at FROM ops.candidate WHERE url LIKE '%/paid'") == [(NOW + timedelta(days=7),)]

    before = parts(place.engine)
    place.empty()
    with open_resources(place.settings) as r:
        made = rebuild.rebuild(r, now=NOW)
        assert made.candidates == len(EXPECTED)  # terms are no candidates
    assert place.rows(VERDICTS) == live
    rebuilt = parts(place.engine)
    assert {name: rebuilt[name] for name in ("capture", "observation", "article", "text")} == {
        name: before[name] for name in ("capture", "observation", "article", "text")
    }

    # As somebody else's archive.
    files = [str(path) for path in sorted(place.lake.rglob("*.warc.gz"))]
    place.empty()
    place.lake.rename(place.lake.with_name("elsewhere"))
    files = [file.replace("/lake/", "/elsewhere/") for file in files]
    with open_resources(place.settings) as r:
        ingest(r, warcs=adopt(r, files, url=None, captured_at=None).uris)
    assert place.rows(VERDICTS) == live


@pytest.mark.slow
def test_by_the_shipped_policy_all_is_kept_and_what_may_not_be_shown_or_exported_is_hidden(
    site: tuple[Site, str], place: Place
) -> None:
    run_once(place.settings, sources=(), now=NOW)
    found = texts(place)
    assert {path for path, length in found.items() if length is None} == {"/quiet", "/hidden", "/licensed"}
    assert found["/kept"] > 300 and found["/plain"] > 300
    assert place.rows("SELECT flags FROM news.article WHERE url LIKE '%/kept'") == [([],)]
    exported = place.rows("SELECT regexp_replace(url, '^https?://[^/]+', ''), is_for_training FROM news.article_export")
    assert sorted(exported) == [(path, False) for path in ("/mined", "/named", "/open", "/plain")]


@pytest.mark.slow
def test_of_a_no_to_storing_an_excerpt_is_kept_where_the_policy_says_so(site: tuple[Site, str], place: Place) -> None:
    with_policy(place, "store: {no: excerpt}\n")
    run_once(place.settings, sources=(), now=NOW)
    found = texts(place)
    assert {path for path, length in found.items() if length is None} == {"/quiet", "/hidden", "/licensed"}
    assert found["/kept"] <= 300 < found["/plain"]
    assert place.rows("SELECT flags FROM news.article WHERE url LIKE '%/kept'") == [(["stored_excerpt"],)]
    exported = place.rows("SELECT regexp_replace(url, '^https?://[^/]+', ''), is_for_training FROM news.article_export")
    assert sorted(exported) == [(path, False) for path in ("/mined", "/named", "/open", "/plain")]


@pytest.mark.slow
def test_each_capture_has_what_was_said_when_it_was_taken(site: tuple[Site, str], place: Place) -> None:
    told, _ = site
    run_once(place.settings, sources=(), now=NOW)
    told.meta["/plain"], told.revision = "noindex", 1
    run_once(place.settings, sources=(), now=NOW + timedelta(hours=2))
    query = "SELECT may_show, is_current FROM news.rights WHERE url LIKE '%/plain' ORDER BY captured_at"
    assert place.rows(query) == [("unknown", False), ("no", True)]
    assert texts(place)["/plain"] is None
    revisions = "SELECT text IS NULL FROM news.article_revision v JOIN news.article a USING (article_id) " \
                "WHERE a.url LIKE '%/plain' ORDER BY revision_no"  # fmt: skip
    assert place.rows(revisions) == [(False,), (True,)]  # the text of then may be shown, as was said then
    edits = "SELECT e.added IS NULL, e.removed IS NULL FROM news.edit e JOIN news.article a USING (article_id)"
    assert place.rows(f"{edits} WHERE a.url LIKE '%/plain'") == [(True, True)]


@pytest.mark.slow
def test_of_what_may_not_be_stored_nothing_is_kept_where_the_policy_says_so(
    site: tuple[Site, str], place: Place
) -> None:
    with_policy(place, "store: {no: nothing}\n")
    run_once(place.settings, sources=(), now=NOW)
    ended = dict(place.rows("SELECT regexp_replace(url, '^https?://[^/]+', ''), outcome FROM ops.run_url"))
    assert {path for path, outcome in ended.items() if outcome == Outcome.RIGHTS_RESERVED} == {"/kept", "/licensed"}
    ((detail,),) = place.rows("SELECT detail FROM ops.run_url WHERE url LIKE '%/kept'")
    assert detail == "meta robots: noarchive"
    assert set(texts(place)) == EXPECTED.keys() - {"/kept", "/licensed"}
    assert place.rows("SELECT 1 FROM core.capture WHERE url LIKE '%/kept'") == []
    assert not any("raw" in path for path in place.holding("noarchive"))  # no page, only that it was asked for


@pytest.mark.slow
def test_a_change_of_the_policy_is_followed_by_reading_again_and_loses_no_page(
    site: tuple[Site, str], place: Place
) -> None:
    with_policy(place, "store: {no: excerpt}\n")
    run_once(place.settings, sources=(), now=NOW)
    short = texts(place)["/kept"]
    with_policy(place, "store: {no: full}\nshow: {no: allow}\n")
    days = [day for (day,) in place.rows("SELECT DISTINCT captured_at::date FROM core.capture ORDER BY 1")]
    with open_resources(place.settings) as r:
        assert texts(place)["/quiet"]  # what is shown changes at once
        reprocess.reprocess(r, span=days, by=reprocess.DayBasis.CAPTURED)
    found = texts(place)
    assert found["/kept"] > short and all(found.values())

    # And back: what was whole is cut again; of nothing the page goes as well, with the next retention.
    with_policy(place, "store: {no: nothing}\n")
    with open_resources(place.settings) as r:
        reprocess.reprocess(r, span=days, by=reprocess.DayBasis.CAPTURED)
        assert "/kept" not in texts(place)
        rejected = "SELECT reason FROM news.reject WHERE url LIKE '%/kept'"
        assert place.rows(rejected) == [("rights_reserved",)]
        assert retain.retain(r, now=NOW + timedelta(days=1)).captures["site"] == 2
    assert place.rows("SELECT count(*) FROM core.capture WHERE url LIKE '%/kept' AND warc IS NOT NULL") == [(0,)]
    assert place.rows(rejected) == [("rights_reserved",)]
