"""A run over 200 hosts with 200 pages each, beside a plain aiohttp loop over the same pages: `python -m benchmarks.fetch_speed`.

The run has all that a run has: leases and robots.txt in PostgreSQL, redirect and address guards, rights, WARC files, the log, the
frontier; its pace is 0, which only loopback hosts may have. The loop has a session of aiohttp, the same number of hosts at a time, one
request at a time to each, and throws the pages away. Both are processes of their own, in turns, over a server that is a third; time is
that of the processor (of children and of PostgreSQL's sessions none) and that which passes.

    python -m benchmarks.fetch_speed [--hosts 200] [--pages 200] [--rounds 3] [--latency-ms 0] [--profile FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import yaml

from benchmarks.pages import page

AT_ONCE = 64  # as `etl.stages.live.crawling.MAX_HOSTS`
DISTINCT = 50  # pages; an address adds its own line, so that no two are the same
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def host(n: int) -> str:
    """A loopback address of a host."""
    return f"127.20.{n // 200}.{n % 200 + 1}"


class _Server(asyncio.Protocol):
    """Answers from memory, on kept connections: it is to cost as little as can be."""

    heads: tuple[bytes, ...] = ()
    latency_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            request, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            answer = self._answer(request.split(b" ", 2)[1])
            if self.latency_s:
                asyncio.get_running_loop().call_later(self.latency_s, self._transport.write, answer)  # type: ignore[attr-defined]
            else:
                self._transport.write(answer)  # type: ignore[attr-defined]

    def _answer(self, path: bytes) -> bytes:
        if not path.startswith(b"/news/"):
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        body = self.heads[int(path.rpartition(b"-")[2]) % DISTINCT] + b"<!-- " + path + b" -->"
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n" % len(body)
        return head + body


async def _serve(hosts: int, port: int, latency_ms: float) -> None:
    _Server.heads = tuple(page(n).encode() for n in range(DISTINCT))
    _Server.latency_s = latency_ms / 1000
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(_Server, host(n), port, backlog=256) for n in range(hosts)]
    print("ready", flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


def _urls(hosts: int, pages: int, port: int) -> list[list[str]]:
    return [[f"http://{host(n)}:{port}/news/story-{n}-{k}" for k in range(pages)] for n in range(hosts)]


async def _loop(hosts: int, pages: int, port: int) -> int:
    """The plain loop."""
    import aiohttp

    waiting = iter(_urls(hosts, pages, port))
    got = 0

    async def work(session: aiohttp.ClientSession) -> None:
        nonlocal got
        for urls in waiting:
            for url in urls:
                async with session.get(url) as answer:
                    await answer.read()
                    got += answer.status == 200

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await asyncio.gather(*(work(session) for _ in range(AT_ONCE)))
    return got


def _run(hosts: int, pages: int, port: int, database_url: str, folder: str, profile: str | None) -> int:
    """The fetch of a run; what it is to fetch is offered before, outside of the time that is measured."""
    from etl.frontier import Offer
    from etl.model import FoundVia, Hint
    from etl.settings import Settings
    from etl.stages.live import fetch as stage
    from etl.stages.live.plan import plan
    from etl.stages.resources import open_resources
    from etl.urls import host_of, url_key
    from etl.warehouse.ops import frontier

    sources = Path(folder) / "sources.yaml"
    entries = [{"key": f"s{n}", "name": f"s{n}", "homepage": f"http://{host(n)}:{port}/", "languages": ["en"], "min_delay_s": 0,
                "daily_budget": 100_000} for n in range(hosts)]  # fmt: skip
    sources.write_text(yaml.safe_dump({"sources": entries}), encoding="utf-8")
    settings = Settings(home=Path(folder), warehouse_url=database_url, lake_url=(Path(folder) / "lake").as_uri(), sources=sources,
                        contact=None, s3_endpoint_url=None)  # fmt: skip
    with open_resources(settings) as r:
        run_id = f"run-{folder}"
        (batch,) = plan(r, run_id=run_id, sources=(), now=NOW, most=1)
        for n, urls in enumerate(_urls(hosts, pages, port)):
            hint = Hint(source_key=f"s{n}", via=FoundVia.FEED, found_at=f"http://{host(n)}:{port}/feed", title="T")
            offers = [Offer(url=u, url_key=url_key(u), host=host_of(u), hints=(hint,)) for u in urls]
            with r.engine.begin() as connection:
                frontier.offer(connection, run_id=run_id, source_key=f"s{n}", offers=offers, now=NOW)
        with _measured(hosts * pages), _profiled(profile):
            stage.fetch(r, run_id=run_id, sources=batch)
        from sqlalchemy import text

        with r.engine.connect() as connection:
            query = text("SELECT count(*) FROM ops.run_url WHERE run_id = :run AND capture_id IS NOT NULL")
            return int(connection.execute(query, {"run": run_id}).scalar_one())


@contextmanager
def _measured(count: int) -> Iterator[None]:
    cpu, wall = time.process_time(), time.perf_counter()
    yield
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(json.dumps({"cpu_us": cpu / count * 1e6, "wall_us": wall / count * 1e6}), flush=True)


@contextmanager
def _profiled(path: str | None) -> Iterator[None]:
    """Into a file for pstats: processor time of this thread alone."""
    if path is None:
        yield
        return
    import cProfile

    with cProfile.Profile(time.thread_time) as profile:
        yield
    profile.dump_stats(path)


def _child(kind: str, given: argparse.Namespace, *more: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.fetch_speed", "--child", kind, "--hosts", str(given.hosts), "--pages",
               str(given.pages), "--port", str(given.port), *more]  # fmt: skip
    if given.profile:
        command += ["--profile", given.profile]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = {}
    for line in done.stdout.splitlines():
        found |= json.loads(line)
    assert found["got"] == given.hosts * given.pages, found
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in (("hosts", 200), ("pages", 200), ("rounds", 3), ("port", 18_700)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--profile")
    parser.add_argument("--child")
    parser.add_argument("--database")
    parser.add_argument("--folder")
    given = parser.parse_args()
    if given.child == "serve":
        asyncio.run(_serve(given.hosts, given.port, given.latency_ms))
    elif given.child == "loop":
        with _measured(given.hosts * given.pages):
            got = asyncio.run(_loop(given.hosts, given.pages, given.port))
        print(json.dumps({"got": got}))
    elif given.child == "run":
        print(
            json.dumps({"got": _run(given.hosts, given.pages, given.port, given.database, given.folder, given.profile)})
        )
    else:
        _compare(given)


def _compare(given: argparse.Namespace) -> None:
    from etl.embedded_postgres import server
    from etl.warehouse.engine import open_engine
    from etl.warehouse.schema import migrate

    home = Path(tempfile.mkdtemp(prefix="fetch-speed-"))
    home.chmod(0o755)
    engine = open_engine(server.ensure(home / "postgres", durable=False))
    serving = [sys.executable, "-m", "benchmarks.fetch_speed", "--child", "serve", "--hosts", str(given.hosts), "--port",
               str(given.port), "--latency-ms", str(given.latency_ms)]  # fmt: skip
    listening = subprocess.Popen(serving, stdout=subprocess.PIPE, text=True)
    try:
        migrate.upgrade(engine)
        assert listening.stdout is not None and listening.stdout.readline() == "ready\n"
        loops, runs = [], []
        for n in range(given.rounds):
            loops.append(_child("loop", given))
            with engine.begin() as connection:
                connection.exec_driver_sql(
                    "TRUNCATE ops.candidate, ops.run, ops.run_url, ops.run_source, ops.segment, ops.host_lease"
                )
            folder = home / f"home-{n}"
            folder.mkdir()
            url = engine.url.render_as_string(hide_password=False)
            runs.append(_child("run", given, "--database", url, "--folder", str(folder)))
        print(f"{given.hosts} hosts x {given.pages} pages, {AT_ONCE} hosts at a time, latency {given.latency_ms:g} ms, "
              f"medians of {given.rounds} rounds in turns, {os.cpu_count()} cores")  # fmt: skip
        for what, of in (("processor", "cpu_us"), ("passed", "wall_us")):
            loop, run = (statistics.median(each[of] for each in found) for found in (loops, runs))
            print(
                f"{what:10} loop {loop:7.0f} us a page, run {run:7.0f} us a page: {loop / run:.2f} of the loop's pages per second"
            )
    finally:
        listening.terminate()
        listening.wait()
        engine.dispose()
        server.destroy(home / "postgres")
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
