"""A page says the same in the row, in the record that `extract` prints, and in the explanation."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import lxml.html
import pytest
import yaml
from sqlalchemy import text

from etl import settings as settings_module
from etl.article_fields import FIELDS, FieldKind
from etl.extract.record import to_record
from etl.lake.adopt import LocalPage, page_capture
from etl.lake.segment import Exchange, SegmentWriter
from etl.model import Capture, CaptureMeta, Outcome, Page, PageType
from etl.sample.manifest import expected
from etl.sample.server import running_newsroom
from etl.sample.sources import sources_yaml
from etl.settings import Settings
from etl.stages.inspect.explain import explanation
from etl.stages.inspect.records import records
from etl.stages.process.adopt import adopt
from etl.stages.process.ingest import ingest
from etl.stages.resources import Resources, open_resources
from etl.warehouse.schema import tables

_spec = importlib.util.spec_from_file_location(
    "golden_pages_here", Path(__file__).parents[2] / "golden" / "golden_pages.py"
)
assert _spec and _spec.loader
golden = importlib.util.module_from_spec(_spec)
sys.modules["golden_pages_here"] = golden
_spec.loader.exec_module(golden)

PORT = 18497
AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
# Of the columns of core.observation those that are of the capture or the warehouse, and no value of the page.
OF_THE_CAPTURE = {
    "capture_id",
    "url_key",
    "url",
    "source_key",
    "site",
    "captured_at",
    "payload_digest",
    "rules_version",
}
# Columns that say a value of the record in another way.
SAID_BY = {"text_digest": "text", "text_chars": "text", "published_utc_offset_min": "published_at"}
LONG = 600
# Of these precisions a record gives the day alone.
MERE_DAYS = (None, "local", "day", "reckoned")


def is_here(url: str) -> bool:
    return (urllib.parse.urlsplit(url).hostname or "").startswith("127.")


class OnThisMachine(urllib.request.HTTPRedirectHandler):
    """Follows no redirect that leads away: some pages of the newsroom try that."""

    def redirect_request(self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: str) -> Any:
        return super().redirect_request(req, fp, code, msg, headers, newurl) if is_here(newurl) else None


def newsroom_pages() -> Iterator[Exchange]:
    for day in (1, 2):
        with running_newsroom(day=day, port=PORT):
            for page in expected(PORT):
                if page.on(day) is None or not is_here(page.url):
                    continue
                try:
                    with urllib.request.build_opener(OnThisMachine).open(page.url, timeout=20) as answer:
                        body, status, headers = answer.read(), answer.status, tuple(answer.headers.items())
                except (urllib.error.HTTPError, urllib.error.URLError):
                    continue
                kept = tuple((n, v) for n, v in headers if n.lower() in ("content-type", "content-encoding"))
                yield Exchange(
                    target_uri=page.url, captured_at=AT.replace(day=23 + day), status=status, headers=kept, body=body,
                    meta=CaptureMeta(source_key=page.source),
                )  # fmt: skip


def golden_pages() -> Iterator[Exchange]:
    for number, case in enumerate(golden.cases()):
        # Noted when it was captured, and no source of the registry claims the host: nothing follows from it.
        yield Exchange(
            target_uri=case.url, captured_at=golden.CAPTURED_AT + timedelta(seconds=number), status=200,
            headers=(("Content-Type", case.content_type),), body=case.body, meta=CaptureMeta(source_key="morgenkurier"),
        )  # fmt: skip


def write(path: Path, exchanges: list[Exchange]) -> Path:
    with SegmentWriter(path.parent, now=AT, operator=None, user_agent="t") as writer:
        for exchange in exchanges:
            writer.write(exchange)
        return Path(writer.close().path).replace(path)


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    registry = yaml.safe_load(sources_yaml(PORT))
    for entry, store in zip(registry["sources"], ("full", "excerpt", "metadata"), strict=False):
        entry["rights"] = {"store": store}
    (tmp_path / "sources.yaml").write_text(yaml.safe_dump(registry, allow_unicode=True), encoding="utf-8")
    return settings_module.load(
        {
            "NEWS_ETL_HOME": str(tmp_path / "home"),
            "NEWS_ETL_LAKE_URL": str(tmp_path / "lake"),
            "NEWS_ETL_WAREHOUSE_URL": database_url,
            "NEWS_ETL_SOURCES": str(tmp_path / "sources.yaml"),
        }
    )


@pytest.mark.parametrize("every", [9, pytest.param(1, marks=pytest.mark.slow)])
def test_row_record_and_explanation_of_a_page_say_the_same(settings: Settings, tmp_path: Path, every: int) -> None:
    exchanges = [*newsroom_pages(), *golden_pages()][::every]
    archive = write(tmp_path / "pages.warc.gz", exchanges)
    with open_resources(settings) as r:
        ingest(r, warcs=adopt(r, [str(archive)], url=None, captured_at=None).uris)
        rows, rejects = found(r)
    printed = [json.loads(x) for _, x in records(settings, [archive], url=None, captured_at=None, say=print)]
    assert len(printed) == len(exchanges)
    articles = 0
    for number, (exchange, record) in enumerate(zip(exchanges, printed, strict=True)):
        key = (exchange.target_uri, exchange.captured_at)
        if record["outcome"] == "article":
            articles += 1
            assert {name: rows[key][name] for name in values_of(record)} == values_of(record), key
        elif record["outcome"] != "gone":
            assert rejects[key] == (record["outcome"], record["detail"], record["rules_version"])
        one = write(tmp_path / f"{number}.warc.gz", [exchange])
        if 200 <= exchange.status < 300 and exchange.body:
            page = explanation(settings, one, url=exchange.target_uri, captured_at=None, say=lambda _: None)
            assert shown(page) == told(record), key
        one.unlink()
    assert articles > len(exchanges) * 0.5
    stores = {flag for record in printed for flag in record["flags"] if flag.startswith("stored_")}
    assert stores == {"stored_excerpt", "stored_metadata"}


def test_no_value_of_a_page_is_left_out_of_the_record() -> None:
    page = Page(outcome=Outcome.ARTICLE, page_type=PageType.ARTICLE)
    record = to_record(page, url="https://a.example/", source_file=None, rules_version="")
    assert {f.name for f in dataclasses.fields(Page)} <= set(record)
    columns = {column.name for column in tables.observation.columns} - OF_THE_CAPTURE
    assert {SAID_BY.get(column, column) for column in columns} <= set(record)


def test_a_single_file_is_read_as_its_record_in_the_lake_is(settings: Settings, tmp_path: Path) -> None:
    case = next(golden.cases())
    file = tmp_path / "a.html"
    file.write_bytes(case.body)
    (printed,) = (json.loads(x) for _, x in records(settings, [file], url=case.url, captured_at=AT, say=print))
    with open_resources(settings) as r:
        ingest(r, warcs=adopt(r, [str(file)], url=case.url, captured_at=AT).uris)
        rows, _ = found(r)
    row = rows[case.url, AT]
    assert {name: row[name] for name in values_of(printed)} == values_of(printed)
    assert shown(explanation(settings, file, url=case.url, captured_at=AT, say=print)) == told(printed)
    capture = page_capture(LocalPage(url=case.url, captured_at=AT, content_type="text/html", body=case.body))
    assert isinstance(capture, Capture) and capture.payload_digest == row["payload_digest"]


def found(r: Resources) -> tuple[dict[Any, Any], dict[Any, Any]]:
    with r.engine.connect() as connection:
        rows = connection.execute(
            text("""SELECT o.*, b.text, c.url AS target_uri FROM core.observation o JOIN core.body b USING (text_digest)
                    JOIN core.capture c USING (capture_id)""")
        ).mappings()
        articles = {(row["target_uri"], row["captured_at"]): dict(row) for row in rows}
        rejects = connection.execute(
            text("SELECT c.url, c.captured_at, j.reason, j.detail, j.rules_version "
                 "FROM ops.reject j JOIN core.capture c USING (capture_id)")
        )  # fmt: skip
        return articles, {(x.url, x.captured_at): (x.reason, x.detail, x.rules_version) for x in rejects}


def values_of(record: dict[str, Any]) -> dict[str, Any]:
    """The columns of core.observation that a record gives."""
    names = {column.name for column in tables.observation.columns} - OF_THE_CAPTURE - set(SAID_BY)
    values = {name: record[name] for name in names} | {"text": record["text"], "text_chars": len(record["text"])}
    at = record["published_at"]
    is_instant = record["published_precision"] not in MERE_DAYS
    values["published_at"] = datetime.fromisoformat(at) if at and is_instant else None
    offset = values["published_at"].utcoffset() if values["published_at"] else None
    values["published_utc_offset_min"] = int(offset.total_seconds() // 60) if offset is not None else None
    if record["modified_at"]:
        values["modified_at"] = datetime.fromisoformat(record["modified_at"])
    if record["published_on"]:
        values["published_on"] = datetime.fromisoformat(record["published_on"]).date()
    return values | {"rules_version": record["rules_version"]}


def told(record: dict[str, Any]) -> dict[str, str]:
    """What an explanation should say of a record."""
    precision = f" ({record['published_precision']})" if record["published_precision"] else ""
    is_instant = record["published_precision"] not in MERE_DAYS
    values = {
        f.name: record[f.name] or "" for f in FIELDS if f.kind is FieldKind.TEXT and f.name not in ("text", "detail")
    }
    values["modified_at"] = record["modified_at"] or ""
    values |= {name: "; ".join(record[name]) for name in ("authors", "tags", "agencies")}
    values["published_at"] = f"{record['published_at']}{precision}" if record["published_at"] and is_instant else ""
    values["published_on"] = f"{record['published_on']}{precision}" if record["published_on"] else ""
    free = record["is_accessible_for_free"]
    values["is_accessible_for_free"] = "" if free is None else str(free).lower()
    values["text_truncated"] = "true" if record["text_truncated"] else ""
    values["images"] = "\n".join(
        " · ".join(filter(None, (i["url"], i["caption"], i["credit"]))) for i in record["images"]
    )
    for use in ("may_store", "may_show", "may_export", "may_train"):
        values[use] = "" if record[use] == "unknown" else record[use]
    values["rights"] = "\n".join(" · ".join(part for part in each.values() if part) for each in record["rights"])
    detail = f" · {record['detail']}" if record["detail"] else ""
    return {name: cut(value) for name, value in values.items() if value} | {
        "outcome": f"{record['outcome']} · {record['page_type']}{detail}",
        "flags": " ".join(record["flags"]),
        "version": record["rules_version"],
        "chars": f"{len(record['text'])} characters kept" if record["text"] or record["removed"] else "",
        "cuts": str(len(record["removed"])),
    }


def cut(value: str) -> str:
    return value if len(value) <= LONG else f"{value[:LONG]} … ({len(value)} characters)"


def shown(page: str) -> dict[str, str]:
    """What an explanation says, read out of its HTML."""
    root = lxml.html.fromstring(page)
    table = root.xpath("//table[thead//th='came from']")[0]
    values = {}
    for row in table.xpath("./tbody/tr"):
        value = row.xpath("./td[1]/span[@class='value']")
        if value:
            values[row.xpath("string(./th)")] = value[0].text_content()
    head = root.xpath("//p[strong]")[0]
    soft = head.xpath("string(.//span[@class='soft'])")
    kept = root.xpath("//h2[.='Text']/following-sibling::p[1]")
    said = kept[0].text_content() if kept else ""
    return values | {
        "outcome": head.xpath("string(./strong)"),
        "flags": " ".join(code.text_content() for code in head.xpath("./code")),
        "version": soft.rpartition("rules ")[2],
        "chars": said.partition(",")[0] if "kept" in said else "",
        "cuts": str(sum(int(td.text) for td in root.xpath("//h2[.='Cuts']/following-sibling::table[1]//td[4]"))),
    }
