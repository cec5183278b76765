"""What crashes are tried on: two news sites that change, a site with a past, archives and S3, in processes of their own.

Editions: in the second a new article comes, one is corrected, one is gone, and the feed names another title of one.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks import archive_servers, past_site
from benchmarks.archive_servers import record

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)  # when runs are, by their own clock
PAST = date(2022, 2, 24)  # what fills bring in
HARBOUR, QUAY, OLD, ARCHIVE = "127.0.0.51", "127.0.0.52", "127.0.0.53", "127.0.0.54"
AGENCY = "The harbour office announced on Tuesday that the night ferry is to call at the outer islands again from May."

S3_SERVER = (
    "import os, sys, threading; "
    "threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start(); "
    "sys.argv = ['ministack']; from ministack.app import main; main()"
)


@dataclass(frozen=True, slots=True)
class Sites:
    """Where the servers are, the file that says which edition is out, and the log of what was asked for."""

    harbour: str
    quay: str
    old: str
    archive: str
    edition: Path
    log: Path

    def publish(self, edition: int) -> None:
        """Let this edition be out, and forget who asked for what."""
        self.edition.write_text(str(edition))
        self.log.write_text("")

    def asked(self) -> Counter[str]:
        """How often each page was asked for since then."""
        return Counter(line for line in self.log.read_text().splitlines() if "/a/" in line)

    def sources(self, *, rules: int = 1, raw_days: int | None = None) -> str:
        """The registry. With other `rules` the first paragraph of one site's articles is cut: its pages read otherwise."""
        drop = '\n    rules: [{drop: ["//article/p[1]"]}]' if rules == 2 else ""
        days = f"\n    retention: {{raw_days: {raw_days}}}" if raw_days is not None else ""
        of_site = "\n".join(
            f"  - key: {key}\n    name: {key.title()}\n    homepage: {base}/\n    languages: [en]\n    min_delay_s: 0"
            + (f"\n    feeds: [{base}/feed]" if key != "old" else "\n    enabled: true")
            + (drop + days if key == "harbour" else "")
            for key, base in (("harbour", self.harbour), ("quay", self.quay), ("old", self.old))
        )
        return f"sources:\n{of_site}\n"


def page(n: int, edition: int, *, shared: bool = False) -> str:
    """An article; the fourth is corrected in the second edition, `shared` carries an agency's text."""
    day = NOW.date() - timedelta(days=n % 3)
    lines = [
        f"Volunteers of district {n} met on Monday to repair the landing stage that the winter storms had damaged so badly.",
        f"They used {n + 40} planks of larch, which the forestry office had put aside for them after the storm of {1980 + n}.",
        "The mayor thanked everybody who had come, and promised that the town would pay for the nails and for the soup.",
    ]
    if n == 4 and edition == 2:
        lines.append(
            "Correction: an earlier version of this report gave a wrong number of planks; the editors regret this."
        )
    if shared:
        lines = [
            AGENCY,
            *[f"{AGENCY[:-1]}, said speaker {k} of the company in a statement to reporters." for k in range(4)],
        ]
    body = "".join(f"<p>{line}</p>" for line in lines)
    title = "Night ferry to call at the islands again" if shared else f"Landing stage of district {n} is repaired"
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>{title}</title><meta property="og:type" content="article">'
        f'<meta property="article:published_time" content="{day}T09:{n:02}:00+00:00"></head>'
        f"<body><article><h1>{title}</h1>{body}</article></body></html>"
    )


def answer(host: str, path: str, edition: int) -> tuple[int, dict[str, str], str]:
    """What a site answers: status, headers, body."""
    html = {"Content-Type": "text/html; charset=utf-8"}
    if path == "/robots.txt":
        return 200, {"Content-Type": "text/plain"}, "User-agent: *\nAllow: /\n"
    if path == "/feed":
        return 200, {"Content-Type": "application/rss+xml"}, feed(host, edition)
    if path == "/moved":
        return 301, {"Location": "/a/7"}, ""
    if path == "/about":
        return (
            200,
            html,
            "<!DOCTYPE html><html><head><title>About us</title></head><body><p>Who we are.</p></body></html>",
        )
    name, _, number = path.rpartition("/")
    if name != "/a" or not number.isdigit() or int(number) not in (*numbers(edition), 7):
        return 404, html, "<h1>Not found</h1>"
    body = page(int(number), edition, shared=number == "5")
    if host == QUAY and number != "5":
        body = body.replace("district", "ward").replace("larch", "oak").replace("soup", "tea")
    return 200, html | {"ETag": f'"{sha256(body.encode()).hexdigest()[:16]}"'}, body


def numbers(edition: int) -> list[int]:
    """Articles that are there."""
    return [1, 3, 4, 5, 6] if edition == 2 else [1, 2, 3, 4, 5]


def feed(host: str, edition: int) -> str:
    """The feed, with a redirect, a page that is no article, and one that was never there."""
    base = "http://{host}"
    paths = [f"/a/{n}" for n in numbers(edition)] + ["/moved", "/about", "/a/99"]
    items = "".join(
        f"<item><title>{'New title' if edition == 2 and path == '/a/1' else 'Item ' + path}</title>"
        f"<link>{base}{path}</link></item>"
        for path in paths
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Feed</title>{items}</channel></rss>'


def _serve(folder: Path, edition: Path, log: Path) -> None:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            host = self.headers["Host"]
            status, headers, body = answer(host.partition(":")[0], self.path, int(edition.read_text() or 1))
            with log.open("a") as out:
                out.write(f"{host}{self.path}\n")
            if headers.get("ETag") and self.headers.get("If-None-Match") == headers["ETag"]:
                status, body = 304, ""
            data = body.replace("{host}", host).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 304:
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """Killed clients break off."""

    servers = [Quiet((address, 0), Handler) for address in (HARBOUR, QUAY)]
    for server in servers:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.5}, daemon=True).start()
    with past_site.running(OLD) as old, archive_servers.running(ARCHIVE) as archive:
        old.publish(PAST, 2, a_day=2)
        old.sitemaps()
        lost = old.articles[PAST][0]  # the site has it no more, the Wayback Machine has
        old.put(lost, "<h1>Gone</h1>", status=410)
        at = datetime(PAST.year, PAST.month, PAST.day, 10, tzinfo=UTC)
        archive.captures = [(at, old.base + lost, past_site.article(PAST, 0).encode())]
        others = [record(f"https://elsewhere.example/{n}", "<p>not ours</p>") for n in range(3)]
        ours = [
            record(f"{old.base}/{PAST:%Y/%m/%d}/crawled-{n}", past_site.article(PAST, 5 + n), f"{PAST}T10:0{n}:00Z")
            for n in range(3)
        ]
        for part in range(2):
            archive.news(f"{PAST:%Y%m%d}1{part}0000", others + ours[part : part + 2])
        found = {
            "harbour": f"http://{HARBOUR}:{servers[0].server_port}",
            "quay": f"http://{QUAY}:{servers[1].server_port}",
            "old": old.base,
            "archive": archive.base,
        }
        (folder / "sites.part").write_text(json.dumps(found))
        (folder / "sites.part").rename(folder / "sites.json")
        parent = os.getppid()
        while os.getppid() == parent:
            time.sleep(0.5)


@contextmanager
def running(folder: Path) -> Iterator[Sites]:
    """The sites and archives, in a process of their own that ends with this block and with this process."""
    edition, log = folder / "edition", folder / "requests"
    edition.write_text("1")
    log.write_text("")
    command = [sys.executable, "-m", "benchmarks.crash_site", str(folder)]
    process = subprocess.Popen(command)
    try:
        deadline = time.monotonic() + 60
        while not (folder / "sites.json").exists():
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError("the sites did not start")
            time.sleep(0.05)
        yield Sites(**json.loads((folder / "sites.json").read_text()), edition=edition, log=log)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


@contextmanager
def running_s3(folder: Path) -> Iterator[str]:
    """The URL of an empty S3 server on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    env = os.environ | {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "TMPDIR": str(folder)}
    env |= {"S3_PERSIST": "0", "PERSIST_STATE": "0", "LOG_LEVEL": "ERROR"}
    with (folder / "s3.log").open("wb") as log:
        command = [sys.executable, "-c", S3_SERVER]
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=env, cwd=folder)
        try:
            deadline = time.monotonic() + 60
            while not _answers(port):
                if time.monotonic() > deadline or server.poll() is not None:
                    raise RuntimeError(f"the S3 server did not start: {(folder / 's3.log').read_text()[-2000:]}")
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.communicate(timeout=30)


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/_ministack/health")
        connection.getresponse().read()
        return True
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), Path(sys.argv[1]) / "edition", Path(sys.argv[1]) / "requests")
