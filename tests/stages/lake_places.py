"""A lake and a warehouse of a test's own, exchanges for them, and a store that stops the process now and then."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from sqlalchemy import text

from etl.lake.identity import payload_digest
from etl.lake.segment import Exchange
from etl.model import CaptureMeta, RefersTo
from etl.settings import Settings
from etl.stages.process.adopt import adopt
from etl.stages.process.ingest import ingest
from etl.stages.resources import open_resources
from etl.warehouse.engine import open_engine

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SOURCES = """
sources:
  - {key: gazette, name: Gazette, homepage: "https://gazette.example/", languages: [en, ru], enabled: false}
"""


def exchange(url: str, body: str = "", *, hours: float = 0, **more: Any) -> Exchange:
    values: dict[str, Any] = {
        "target_uri": url,
        "captured_at": NOW + timedelta(hours=hours),
        "status": 200,
        "headers": (("Content-Type", "text/html; charset=utf-8"), ("ETag", f'"{hours}"')),
        "body": body.encode(),
        "request": f"GET {url} HTTP/1.1\r\n\r\n".encode(),
        "meta": CaptureMeta(
            source_key="gazette" if url.startswith("https://gazette.") else None, robots={"robots_state": "rules"}
        ),
    }
    return Exchange(**(values | more))


def revisit(url: str, of: Exchange, *, hours: float) -> Exchange:
    refers_to = RefersTo(
        target_uri=of.target_uri,
        captured_at=of.captured_at,
        payload_digest=payload_digest(of.body),
        not_modified=False,
    )
    return exchange(url, hours=hours, refers_to=refers_to)


class Place:
    def __init__(self, folder: Path, database_url: str) -> None:
        folder.mkdir()
        (folder / "sources.yaml").write_text(SOURCES)
        self.lake = folder / "lake"
        self.settings = Settings(
            home=folder,
            warehouse_url=database_url,
            lake_url=self.lake.as_uri(),
            sources=folder / "sources.yaml",
            contact=None,
            s3_endpoint_url=None,
        )
        self.engine = open_engine(database_url)

    def ingest(self, *files: Path) -> None:
        with open_resources(self.settings) as r:
            ingest(r, warcs=adopt(r, [str(file) for file in files], url=None, captured_at=None).uris)

    def rows(self, query: str) -> list[Any]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def empty(self) -> None:
        tables = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('core', 'ops') " \
                 "AND tablename <> 'schema_version' AND tablename !~ '^fetch_log_'"  # fmt: skip
        with self.engine.begin() as connection:
            names = [name for (name,) in connection.execute(text(tables))]
            connection.execute(text(f"TRUNCATE {', '.join(names)} CASCADE"))

    def holding(self, *words: str) -> list[str]:
        """Where words are, looked for in another way than the command does."""
        found = []
        for path in sorted(self.lake.rglob("*")):
            if not path.is_file():
                continue
            data = path.read_bytes()
            readable = data + (b"".join(_unpacked(data)) if path.suffix == ".gz" else b"")
            readable += str(pq.read_table(path).to_pylist()).encode() if path.suffix == ".parquet" else b""
            found += [str(path) for word in words if word.encode() in readable]
        for (table,) in self.rows(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname !~ '^pg_|^information'"
        ):
            found += [table for row in self.rows(f"SELECT t::text FROM {table} t") for word in words if word in row[0]]
        return found


def _unpacked(data: bytes) -> Iterator[bytes]:
    """The content of gzip members, and of what is packed within them."""
    while data:
        inflater = zlib.decompressobj(31)
        content = inflater.decompress(data)
        yield content
        at = content.find(b"\x1f\x8b\x08")
        if at >= 0:
            body = content[at:].replace(b"\r\n", b"\n")
            first, _, rest = content[at:].partition(b"\r\n")  # the first of two chunks ends here
            second = rest.partition(b"\r\n")[2].partition(b"\r\n")[0]
            yield zlib.decompressobj(31).decompress(first + second) if body else b""
        data = inflater.unused_data


class Dying:
    """A store that stops the process before or after one of its writes, now and then."""

    def __init__(self, store: Any, rng: random.Random) -> None:
        self._store, self._rng = store, rng

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._store, name)
        if name not in ("put", "put_new", "delete"):
            return call

        def dying(*args: Any) -> Any:
            if self._rng.random() < 0.15:
                raise KeyboardInterrupt
            found = call(*args)
            if self._rng.random() < 0.15:
                raise KeyboardInterrupt
            return found

        return dying
