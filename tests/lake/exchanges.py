"""Exchanges made by hand and by Hypothesis, and short ways to write and read them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from hypothesis import strategies as st

from etl.lake.segment import Exchange, SegmentWriter, publish
from etl.lake.store import ObjectStore
from etl.model import CaptureMeta, FoundVia, Hint, Redirect

NOW = datetime(2026, 11, 24, 9, 30, 1, 250_000, tzinfo=UTC)
PAGES = {
    "https://example.com/news/1": "<p>The council met on Tuesday.</p>",
    "https://beispiel.example/straße": "<p>Der Rat tagte am Dienstag.</p>",
    "https://akhbar.example/خبر/2": "<p dir=rtl>اجتمع المجلس يوم الثلاثاء.</p>",
    "https://shimbun.example/記事?id=3": "<p>市議会は火曜日に開かれた。</p>",
}


def exchange(
    uri: str = "https://example.com/news/1", body: bytes | None = None, minute: int = 0, **more: object
) -> Exchange:
    values: dict[str, object] = {
        "target_uri": uri,
        "captured_at": NOW + timedelta(minutes=minute),
        "status": 200,
        "reason": "OK",
        "headers": (("Content-Type", "text/html; charset=utf-8"), ("ETag", '"v1"')),
        "body": PAGES.get(uri, "<p>x</p>").encode() if body is None else body,
        "request": b"GET / HTTP/1.1\r\nHost: example.com\r\nUser-Agent: news-etl/0.1\r\n\r\n",
        "ip": "127.0.0.1",
        "meta": CaptureMeta(source_key="example"),
    }
    return Exchange(**(values | more))  # type: ignore[arg-type]


def some_exchanges() -> list[Exchange]:
    return [exchange(uri, minute=number) for number, uri in enumerate(PAGES)]


def writer(folder: Path, **more: object) -> SegmentWriter:
    values: dict[str, object] = {
        "now": NOW,
        "operator": "mailto:desk@example.org",
        "user_agent": "news-etl/0.1 (+mailto:desk@example.org)",
        "software": "news-etl/0.1",
    }
    return SegmentWriter(folder, **(values | more))  # type: ignore[arg-type]


def published(store: ObjectStore, folder: Path, exchanges: Iterable[Exchange]) -> str:
    with writer(folder) as out:
        for one in exchanges:
            out.write(one)
        return publish(store, out.close())


# A text of HTTP without what a header cannot carry.
_line = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30).map(lambda text: text.strip(" "))
_text = st.text(max_size=20)
_offsets = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-3))])
uris = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=" <>"), min_size=1, max_size=40).map(
    lambda path: f"https://example.com/{path}"
)
instants = st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=_offsets)
metas = st.builds(
    CaptureMeta,
    source_key=st.none() | _text,
    hints=st.lists(
        st.builds(
            Hint,
            source_key=_text,
            via=st.sampled_from(FoundVia),
            found_at=_text,
            title=st.none() | _text,
            published_raw=st.none() | _text,
            modified_raw=st.none() | _text,
            summary=st.none() | _text,
            language=st.none() | _text,
        ),
        max_size=3,
    ).map(tuple),
    redirects=st.lists(st.builds(Redirect, url=_text, status=st.integers(300, 399)), max_size=3).map(tuple),
    robots=st.dictionaries(_text, _text, max_size=3),
)
_names = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,12}", fullmatch=True).filter(
    lambda name: not name.lower().startswith(("content-", "transfer-"))
)
exchanges = st.builds(
    Exchange,
    target_uri=uris,
    captured_at=instants,
    status=st.integers(100, 999),
    reason=_line,
    headers=st.lists(st.tuples(_names, _line), max_size=4).map(tuple),
    body=st.binary(max_size=300),
    request=st.binary(max_size=50),
    ip=st.none() | st.just("203.0.113.7"),
    meta=metas,
)
