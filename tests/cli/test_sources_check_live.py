"""`sources check --history` and `--live`: faults planted into a site on loopback and into what was loaded from it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from etl import cli
from etl.fetch.robots_store import RobotsState, StoredRobots
from etl.sources import registry
from etl.warehouse.engine import open_engine
from etl.warehouse.ops import robots

Answer = tuple[int, dict[str, str], str]
WORDS = (
    "The council met on Monday to speak about the bridge over the river, which has been closed since the flood of May."
)
TOPICS = ("bridge", "school", "harbour", "library", "market", "railway")


def page(title: str) -> str:
    text = "".join(f"<p>{WORDS.replace('bridge', title)} Part {n} of what was said on {title}.</p>" for n in range(9))
    return (
        f'<html lang="en"><head><title>{title}</title><meta property="og:type" content="article"></head>'
        f"<body><article><h1>The {title} of the town</h1><p>By Anna Weller</p>{text}</article></body></html>"
    )


def feed(*topics: str) -> str:
    at = format_datetime(datetime.now(UTC) - timedelta(hours=2))
    items = "".join(
        f"<item><title>The {t} of the town</title><link>/news/{t}</link><pubDate>{at}</pubDate></item>" for t in topics
    )
    return f'<rss version="2.0"><channel><title>Town</title><link>/</link>{items}</channel></rss>'


def links() -> str:
    return "".join(f'<a href="/news/{t}">The {t} of the town</a>' for t in TOPICS)


@dataclass
class Site:
    """A site whose answers a test changes."""

    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def put(self, path: str, body: str, kind: str = "text/html", status: int = 200, **headers: str) -> None:
        self.answers[path] = (status, {"Content-Type": f"{kind}; charset=utf-8", **headers}, body)


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            status, headers, body = made.answers.get(self.path, (404, {"Content-Type": "text/html"}, "not here"))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body.encode()))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    made.put("/", f"<html lang=en><title>Town</title><body>{links()}</body></html>")
    made.put("/robots.txt", "User-agent: *\nAllow: /\n", "text/plain")
    made.put("/feed", feed(*TOPICS), "application/rss+xml")
    for topic in TOPICS:
        made.put(f"/news/{topic}", page(topic))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str, site: Site) -> Path:
    monkeypatch.setenv("NEWS_ETL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NEWS_ETL_WAREHOUSE_URL", database_url)
    monkeypatch.setenv("NEWS_ETL_SOURCES", str(tmp_path / "sources.yaml"))
    for name in ("NEWS_ETL_CONTACT", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    base = f"http://127.0.0.1:{site.port}"
    (tmp_path / "sources.yaml").write_text(
        f"sources:\n  - key: town\n    name: Town\n    homepage: {base}/\n    languages: [en]\n"
        f"    timezone: Europe/London\n    feeds: [{base}/feed]\n",
        encoding="utf-8",
    )
    return tmp_path


def check(*options: str, code: int) -> dict[str, dict[str, str]]:
    """The findings by their codes."""
    result = CliRunner().invoke(cli.app, ("sources", "check", *options, "--json"))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == code, result.output
    return {each["code"]: each for each in found}


def moved(site: Site) -> None:
    site.put("/feed", "", status=301, Location="/rss.xml")
    site.put("/rss.xml", feed(*TOPICS), "application/rss+xml")


def moved_for_now(site: Site) -> None:
    site.put("/feed", "", status=302, Location="/rss.xml")
    site.put("/rss.xml", feed(*TOPICS), "application/rss+xml")


def moved_to_a_notice(site: Site) -> None:
    site.put("/feed", "", status=301, Location="/maintenance")
    site.put("/maintenance", "<html><title>We will be back</title><body>Come back later.</body></html>")


def gone(site: Site) -> None:
    site.put("/feed", "gone", status=410)


def not_found(site: Site) -> None:
    del site.answers["/feed"]


def refused(site: Site) -> None:
    site.put("/feed", "no", status=403)


def a_page(site: Site) -> None:
    site.put("/feed", "<html><title>Sign in</title><body><form><input type=password></form></body></html>")


def empty(site: Site) -> None:
    site.put("/feed", feed(), "application/rss+xml")


def down(site: Site) -> None:
    site.put("/feed", "later", status=500)


def pages_gone(site: Site) -> None:
    for topic in TOPICS:
        site.put(f"/news/{topic}", "no", status=403)


FAULTS = {
    moved: ("moved", "rss.xml", 0),
    moved_to_a_notice: ("document_fails", "a web page", 3),
    gone: ("document_gone", "gone (410)", 3),
    not_found: ("document_gone", "gone (404)", 3),
    refused: ("refused", "refused (403)", 3),
    a_page: ("document_fails", "a web page", 3),
    empty: ("document_empty", "lists nothing", 3),
    down: ("document_fails", "500", 3),
    pages_gone: ("refused", "5 of 5 samples", 3),
}


def test_a_site_in_which_all_is_well_gives_no_finding_and_is_asked_little(home: Path, site: Site) -> None:
    assert check("--live", code=0) == {}
    assert len(site.asked) <= 10


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_of_the_site_is_said_with_what_to_do(home: Path, site: Site, fault: object) -> None:
    code, said, exit_code = FAULTS[fault]  # type: ignore[index]
    fault(site)  # type: ignore[operator]
    found = check("--live", code=exit_code)
    assert code in found, found
    assert said in found[code]["finding"] and len(site.asked) <= 40
    assert all(": " in each["finding"] for each in found.values())


def test_an_address_that_moved_for_now_stays_as_it_is(home: Path, site: Site) -> None:
    moved_for_now(site)
    assert check("--live", code=0) == {}


def test_a_list_of_feeds_is_imported_as_the_sites_that_they_are_of(home: Path, site: Site) -> None:
    (home / "feeds.txt").write_text(f"http://127.0.0.1:{site.port}/feed\n", encoding="utf-8")
    (home / "sources.yaml").unlink()
    result = CliRunner().invoke(cli.app, ("sources", "import", str(home / "feeds.txt"), "--yes", "--json"))
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["result"] == "written"
    (source,) = registry.load(home / "sources.yaml").sources.values()
    base = f"http://127.0.0.1:{site.port}"
    assert (source.homepage, source.feeds) == (f"{base}/", (f"{base}/feed",))


def test_a_robots_txt_that_forbids_now_what_it_allowed_is_said_with_the_day(
    home: Path, site: Site, database_url: str
) -> None:
    host = f"127.0.0.1:{site.port}"
    read_at = datetime.now(UTC) - timedelta(days=3)
    before = StoredRobots(
        host=host,
        state=RobotsState.RULES,
        url=f"http://{host}/robots.txt",
        fetched_at=read_at,
        status=200,
        text="User-agent: *\nAllow: /\n",
    )
    engine = open_engine(database_url)
    robots.keep(engine, host, before.to_json(), at=read_at)
    engine.dispose()
    site.put("/robots.txt", "User-agent: *\nDisallow: /\n", "text/plain")
    found = check("--live", code=3)
    assert found["robots_changed"]["since"] == read_at.date().isoformat()


def test_what_was_loaded_is_judged_without_a_request(home: Path, site: Site) -> None:
    def run() -> None:
        result = CliRunner().invoke(cli.app, ("run", "--all-documents", "--json"))
        assert result.exit_code in (0, 3), result.output

    run()
    assert check("--history", code=0) == {}
    gone(site)
    run()
    asked = len(site.asked)
    found = check("--history", code=3)
    assert "410" in found["document_gone"]["finding"] and len(site.asked) == asked
    assert found["document_gone"]["since"] == datetime.now(UTC).date().isoformat()
