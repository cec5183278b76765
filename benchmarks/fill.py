"""Common Crawl's news crawl into the warehouse: `python -m benchmarks.fill [PAGES] [KILL_EVERY_S]`.

A month of the crawl is simulated on a loopback S3: real pages (`pages.warc.gz` of NEWS_ETL_EVAL or ../shared/eval, else
made-up ones) under changed URLs, in several WARC files as Common Crawl writes them, half of the captures of sites that
nobody asked for. `news-etl fill` reads them; with KILL_EVERY_S it is killed after so many seconds, again and again, and
started anew until it comes to its end. Printed: pages a second, and the memory of its processes by progress. BENCH_PREFIX
is put before the command, such as `nice -n 10`.

Before that, the same with 600 pages twice, undisturbed and killed at random moments: the fingerprints must be equal.
After each, `news-etl rebuild` makes another warehouse of the lake, whose fingerprint must be the same. Exits with 1 when
fingerprints differ or pages are missing.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zlib
from base64 import b32encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from gzip import compress
from pathlib import Path
from typing import Any

import boto3
import psutil
import psycopg

from benchmarks.corpus import Given, own, real
from etl.embedded_postgres import server

NEWS_ETL = str(Path(sys.executable).with_name("news-etl"))
DAY = "2022-02-24"
HOSTS = 40
FILES = 8
SEED = 20220224
SMALL = 600
S3 = (
    "import os, sys, threading; "
    "threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start(); "
    "sys.argv = ['ministack']; from ministack.app import main; main()"
)
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}


@dataclass(slots=True)
class Measured:
    """Seconds of the command in all its starts, and MiB of its processes by captures that are in the lake."""

    seconds: float = 0.0
    reading_s: float = 0.0
    starts: int = 0
    memory: list[tuple[int, float]] = field(default_factory=list)


def main() -> int:
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    every_s = float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    with tempfile.TemporaryDirectory(prefix="news-etl-fill-") as name, s3(Path(name)) as endpoint:
        folder = Path(name)
        folder.chmod(0o755)
        given = real() or own()
        sources = folder / "sources.yaml"
        sources.write_text("sources:\n" + "".join(_source(n) for n in range(HOSTS)), encoding="utf-8")
        env = {**os.environ, **KEYS, "NEWS_ETL_SOURCES": str(sources), "NEWS_ETL_CC_NEWS_ENDPOINT_URL": endpoint}
        wrong = 0
        prints = []
        put(endpoint, "small", given, SMALL)
        for kind in ("undisturbed", "killed"):
            place = {**env, "NEWS_ETL_HOME": str(folder / kind), "NEWS_ETL_CC_NEWS_URL": "s3://small"}
            with warehouse(place):
                rng = random.Random(SEED)
                limits = [rng.uniform(2, 12) for _ in range(4)] if kind == "killed" else []
                measured = run(place, limits)
                prints.append(_said(place, "status", "--fingerprint"))
                print(f"{SMALL} pages, {kind}: {measured.starts} starts, fingerprint {prints[-1][:16]}", flush=True)
                prints.append(rebuilt(place))
        wrong += len(set(prints)) != 1
        put(endpoint, "large", given, pages)
        place = {**env, "NEWS_ETL_HOME": str(folder / "large"), "NEWS_ETL_CC_NEWS_URL": "s3://large"}
        with warehouse(place):
            wrong += report(place, pages, run(place, [every_s] * 1000 if every_s else []))
            found = _said(place, "status", "--fingerprint")
            print(f"{pages} pages: fingerprint {found[:16]}", flush=True)
            wrong += found != rebuilt(place)
    print("pages are missing or fingerprints differ" if wrong else "all pages there, every fingerprint the same")
    return int(wrong > 0)


def report(env: dict[str, str], pages: int, m: Measured) -> int:
    query = "SELECT sum(kept) AS kept, sum(records) AS seen, sum(bad) AS bad FROM ops.archive_file"
    ledger = json.loads(_said(env, "query", "--json", query))
    loaded = json.loads(_said(env, "query", "--json", "SELECT count(*) AS n FROM core.capture"))["n"]
    peak = max((mib for _, mib in m.memory), default=0.0)
    print(f"{pages} pages in {FILES} files: {ledger}, {loaded} captures loaded, {m.starts} starts")
    print(f"{m.seconds:.0f} s, {pages / max(m.seconds, 1):.1f} pages/s; peak {peak:.0f} MiB over all its processes")
    print(f"of these {m.reading_s:.0f} s reading into the lake: {pages / max(m.reading_s, 1):.0f} pages/s")
    for part in range(1, 5):
        of = [mib for n, mib in m.memory if (part - 1) * pages / 4 <= n < part * pages / 4]
        if of:
            print(f"  while reading quarter {part}: at most {max(of):.0f} MiB")
    return int(int(ledger["kept"]) != pages or int(loaded) != pages)


def run(env: dict[str, str], limits: Sequence[float]) -> Measured:
    """`news-etl fill`, killed after each of these seconds, then to its end."""
    m = Measured()
    command = [
        *shlex.split(os.environ.get("BENCH_PREFIX", "")),
        NEWS_ETL,
        "fill",
        "--from",
        DAY,
        "--archive",
        "cc_news",
    ]
    for limit in [*limits, 0.0]:
        m.starts += 1
        log = Path(env["NEWS_ETL_HOME"]) / "fill.log"
        with log.open("ab") as said:
            process = subprocess.Popen(command, env=env, stdout=said, stderr=said, start_new_session=True)
        if _watch(process, limit, m, env):
            if process.returncode not in (0, 3):
                raise RuntimeError(log.read_text()[-3000:])
            break
    return m


def _watch(process: subprocess.Popen[bytes], limit: float, m: Measured, env: dict[str, str]) -> bool:
    """Measure until the command ends or its time is up; whether it ended. Time counts from its first own process on."""
    began = None
    at = time.monotonic()
    read = 0
    looked = 0.0
    while process.poll() is None:
        time.sleep(0.25)
        now = time.monotonic()
        own_processes = [p for p in _tree(process.pid) if "news-etl" in _command(p)]
        if not own_processes:
            at = now
            continue
        began = began or now
        m.seconds += now - at
        if now - looked > 3:
            read, is_reading, looked = *_progress(env), now
        if is_reading:
            m.reading_s += now - at
            m.memory.append((read, sum(_rss(p) for p in own_processes) / (1 << 20)))
        else:
            m.memory.append((10**9, sum(_rss(p) for p in own_processes) / (1 << 20)))
        at = now
        if limit and now - began > limit:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return False
    return True


def _progress(env: dict[str, str]) -> tuple[int, bool]:
    """Captures that were kept so far, and whether files are still being read."""
    from sqlalchemy import text

    from etl import settings
    from etl.embedded_postgres import server
    from etl.warehouse.engine import open_engine

    engine = open_engine(server.url(settings.load(env).postgres_dir))
    try:
        with engine.connect() as connection:
            found = connection.execute(
                text(
                    "SELECT COALESCE(sum(kept), 0) AS kept, count(*) FILTER (WHERE is_done) AS done FROM ops.archive_file"
                )
            ).one()
            return int(found.kept), found.done < FILES
    except Exception:  # the server or the table is not there yet
        return 0, True
    finally:
        engine.dispose()


def put(endpoint: str, bucket: str, given: Sequence[Given], pages: int) -> None:
    """A month of the crawl: listing and files, every page once of a wanted site and once of another."""
    client = boto3.client(
        "s3", endpoint_url=endpoint, aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1"
    )
    client.create_bucket(Bucket=bucket)
    packed = [_Packed(g) for g in given]
    names, size = [], 0
    for f in range(FILES):
        out = bytearray(_whole(b"WARC/1.0\r\nWARC-Type: warcinfo\r\nContent-Length: 0\r\n\r\n\r\n\r\n"))
        for n in range(f * pages // FILES, (f + 1) * pages // FILES):
            page = packed[n % len(packed)]
            out += page.member(f"http://s{n % HOSTS}.bench.example/{n}/story-of-the-day-{n}", n)
            if n % 2 == 0:
                out += page.member(f"http://other{n % 9}.example/{n}", n)
        names.append(f"crawl-data/CC-NEWS/2022/02/CC-NEWS-202202240{f}0000-0000{f}.warc.gz")
        client.put_object(Bucket=bucket, Key=names[-1], Body=bytes(out))
        size += len(out)
    listing = compress("".join(f"{name}\n" for name in names).encode())
    client.put_object(Bucket=bucket, Key="crawl-data/CC-NEWS/2022/02/warc.paths.gz", Body=listing)
    print(f"{pages} pages in {FILES} files of {size / FILES / (1 << 20):.0f} MiB on {endpoint}", flush=True)


class _Packed:
    """A page whose body is compressed once: a member is its own header, and these bytes behind it."""

    def __init__(self, given: Given) -> None:
        self._tail = given.body + b"\r\n\r\n"
        deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
        self._packed = deflate.compress(self._tail) + deflate.flush()
        self._size = len(given.body)
        self._digest = b32encode(hashlib.sha1(given.body).digest()).decode()
        self._type = given.content_type or "text/html"

    def member(self, url: str, n: int) -> bytes:
        http = f"HTTP/1.1 200 OK\r\nContent-Type: {self._type}\r\nContent-Length: {self._size}\r\n\r\n".encode(
            "utf-8", "surrogateescape"
        )
        head = (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Date: 2022-02-24T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}Z\r\n"
            f"WARC-Record-ID: <urn:uuid:{n:032x}>\r\nWARC-Target-URI: {url}\r\n"
            f"WARC-Payload-Digest: sha1:{self._digest}\r\nContent-Type: application/http; msgtype=response\r\n"
            f"Content-Length: {len(http) + self._size}\r\n\r\n"
        ).encode() + http
        deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
        first = deflate.compress(head) + deflate.flush(zlib.Z_SYNC_FLUSH)
        crc = zlib.crc32(self._tail, zlib.crc32(head))
        size = len(head) + len(self._tail)
        ends = crc.to_bytes(4, "little") + size.to_bytes(4, "little")
        return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + first + self._packed + ends


def _whole(data: bytes) -> bytes:
    return compress(data, mtime=0)


def _source(n: int) -> str:
    return (
        f"  - key: s{n}\n    name: Site {n}\n    homepage: http://s{n}.bench.example/\n    languages: [en]\n"
        f"    aliases: [s{n}.bench.example]\n"
    )


@contextmanager
def s3(folder: Path) -> Iterator[str]:
    """An S3 server on loopback; ends with this process."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    env = os.environ | {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "TMPDIR": str(folder)}
    env |= {"S3_PERSIST": "0", "PERSIST_STATE": "0", "LOG_LEVEL": "ERROR"}
    with (folder / "s3.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", S3], stdin=subprocess.PIPE, stdout=log, stderr=log, env=env, cwd=folder
        )
        try:
            for _ in range(600):
                with socket.socket() as one:
                    if one.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.communicate(timeout=30)


@contextmanager
def warehouse(env: dict[str, str]) -> Iterator[None]:
    """An empty home with its own PostgreSQL, removed at the end."""
    home = Path(env["NEWS_ETL_HOME"])
    home.mkdir(parents=True)
    home.chmod(0o755)
    _said(env, "migrate")
    try:
        yield
    finally:
        _said(env, "down")
        shutil.rmtree(home, ignore_errors=True)


def rebuilt(env: dict[str, str]) -> str:
    """The fingerprint of another warehouse that is made of the lake alone."""
    began = time.monotonic()
    home = Path(env["NEWS_ETL_HOME"]) / "postgres"
    with psycopg.connect(server.ensure(home).replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute("CREATE DATABASE rebuilt")
    into = server.url(home, database="rebuilt")
    found = str(json.loads(_said(env, "rebuild", "--into", into, "--json"))["fingerprint"])
    print(f"  rebuilt from the lake in {time.monotonic() - began:.0f} s: fingerprint {found[:16]}", flush=True)
    return found


def _said(env: dict[str, str], *command: str) -> str:
    done = subprocess.run([NEWS_ETL, *command], env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-3000:])
    return done.stdout.strip()


def _tree(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def _command(process: psutil.Process) -> str:
    try:
        parts: list[Any] = process.cmdline()
        return str(parts[1]) if len(parts) > 1 and "python" in str(parts[0]) else str(parts[:1])
    except psutil.Error:
        return ""


def _rss(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


if __name__ == "__main__":
    sys.exit(main())
