from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rights_cases import CASES, CHANGES, URL, Case, group, meta

from etl.fetch.rights import SiteFiles, signals
from etl.fetch.robots import parse
from etl.lake import capture_meta, segment, warc
from etl.lake.local import LocalStore
from etl.lake.segment import Exchange, SegmentWriter
from etl.model import Capture, CaptureMeta, Permission
from etl.rights import rsl
from etl.rights.evidence import ReadFile
from etl.rights.head import HtmlHead, parse_head
from etl.rights.statements import Use
from etl.rights.verdict import PageRights, rights_of

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FILE = ReadFile(url="https://news.example/robots.txt", read_at=NOW.isoformat())
LETTERS = {Permission.NO: "n", Permission.YES: "y", Permission.UNKNOWN: "-"}


def body_of(case: Case) -> bytes:
    return f"<!doctype html><html><head>{case.head}</head><body><p>x</body></html>".encode()


def evidence_of(case: Case) -> dict[str, str]:
    """As a crawl notes it when it takes the page."""
    files = SiteFiles(
        rules=parse(case.robots),
        robots=FILE,
        tdmrep=case.tdmrep,
        tdmrep_file=ReadFile(url="https://news.example/.well-known/tdmrep.json", read_at=NOW.isoformat()),
        terms={url: (rsl.read(text), NOW.isoformat()) for url, text in case.terms.items()},
    )
    return signals(url=case.url, headers=case.headers, head=parse_head(body_of(case)), site=files)


def live(case: Case, at: datetime = NOW) -> PageRights:
    return rights_of(
        url=case.url, at=at, headers=case.headers, head=parse_head(body_of(case)), evidence=evidence_of(case)
    )


def from_warc(cases: Sequence[Case], folder: Path) -> list[PageRights]:
    """The same pages, written as captures and read again."""
    writer = SegmentWriter(folder / "tmp", now=NOW, operator=None, user_agent="NewsETL")
    for n, case in enumerate(cases):
        writer.write(
            Exchange(
                target_uri=case.url,
                captured_at=NOW + timedelta(seconds=n),
                status=200,
                reason="OK",
                headers=case.headers,
                body=body_of(case),
                request=b"",
                ip=None,
                meta=CaptureMeta(robots=evidence_of(case)),
            )
        )
    store = LocalStore(folder / "lake")
    made = writer.close()
    segment.publish(store, made)
    found = [each for each in warc.read(store, made.name) if isinstance(each, Capture)]
    assert len(found) == len(cases)
    return [
        rights_of(
            url=each.target_uri,
            at=NOW,
            headers=each.headers,
            head=parse_head(each.body),
            evidence=each.meta.robots,
        )
        for each in found
    ]


def letters(rights: PageRights) -> str:
    return "".join(LETTERS[rights.may(use)] for use in Use)


def test_there_are_three_hundred_cases() -> None:
    assert len({case.name for case in CASES}) + len(CHANGES) >= 300


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_follows_from_what_is_said(case: Case) -> None:
    assert letters(live(case)) == case.expected


def test_what_is_read_from_an_archive_gives_the_same(tmp_path: Path) -> None:
    found = from_warc(CASES, tmp_path)
    wrong = [case.name for case, rights in zip(CASES, found, strict=True) if letters(rights) != case.expected]
    assert wrong == []
    assert found == [live(case) for case in CASES]  # also which lines it was, where and when


@pytest.mark.parametrize(("name", "cases"), CHANGES, ids=lambda each: each if isinstance(each, str) else "")
def test_each_capture_has_what_was_said_when_it_was_taken(name: str, cases: tuple[Case, ...], tmp_path: Path) -> None:
    assert [letters(rights) for rights in from_warc(cases, tmp_path)] == [case.expected for case in cases]


def test_a_statement_names_its_line_its_document_and_when_it_was_read() -> None:
    case = Case(name="", expected="", robots="User-agent: *\n\nContent-Signal:  search=yes,  ai-train=no\n")
    (said,) = live(case).statements
    assert (said.norm, said.place, said.said) == (
        "content_signal",
        "robots.txt line 3",
        "Content-Signal: search=yes, ai-train=no",
    )
    assert (said.document, said.read_at, said.denies, said.grants) == (FILE.url, FILE.read_at, "train", "")


def test_the_line_that_decides_is_named_for_each_use() -> None:
    case = Case(name="", expected="", head=meta("noarchive"), robots=group("Content-Usage: train-ai=n"))
    rights = live(case)
    found = {use.value: line.place for use in Use if (line := rights.deciding(use))}
    assert found == {"store": "meta robots", "export": "meta robots", "train": "robots.txt line 2"}


def test_what_decides_nothing_is_kept_as_well() -> None:
    rights = live(Case(name="", expected="", head=meta("index, follow"), headers=(("TDM-Policy", "/p.json"),)))
    assert [(s.place, s.said) for s in rights.statements] == [
        ("header TDM-Policy", "/p.json"),
        ("meta robots", "index, follow"),
    ]


def test_captures_of_before_are_judged_by_what_was_recorded_of_them() -> None:
    former = {"content_signal": "ai-train=no, search=yes", "robots_fetched_at": NOW.isoformat()}
    assert letters(rights_of(url=URL, at=NOW, headers=(), head=HtmlHead(), evidence=former)) == "---n"
    former = {"tdm_reservation": "1", "tdm_found_in": "tdmrep.json"}
    assert letters(rights_of(url=URL, at=NOW, headers=(), head=HtmlHead(), evidence=former)) == "---n"
    headers = (("tdm-reservation", "0"),)
    assert letters(rights_of(url=URL, at=NOW, headers=headers, head=HtmlHead(), evidence=former)) == "---y"


words = st.text(alphabet="aginortxy-=:,;/*. \n\"'<>01é政", max_size=40)


@settings(deadline=None, max_examples=150)
@given(robots=words, header=words, content=words, tdmrep=words, terms=words)
def test_no_notation_raises_and_what_is_kept_is_read_back(
    robots: str, header: str, content: str, tdmrep: str, terms: str
) -> None:
    case = Case(
        name="",
        expected="",
        robots=group(f"Content-Usage: {robots}", f"License: {robots}"),
        headers=tuple((name, header) for name in ("X-Robots-Tag", "Content-Signal", "Link", "TDM-Reservation")),
        head=meta(content) + meta(content, "tdm-reservation"),
        tdmrep=f"[{tdmrep}]",
        terms={"https://news.example/t.xml": f"<rsl><content url='{terms}'>"},
    )
    rights = live(case)
    block = capture_meta.to_json(CaptureMeta(robots=evidence_of(case)))
    again = rights_of(
        url=case.url,
        at=NOW,
        headers=case.headers,
        head=parse_head(body_of(case)),
        evidence=capture_meta.from_json(block).robots,
    )
    assert again == rights
    assert all(s.said == s.said.strip() and "\n" not in s.said for s in rights.statements)


@settings(deadline=None)
@given(st.lists(st.sampled_from(CASES), min_size=1, max_size=4))
def test_more_statements_never_make_a_no_undone(cases: list[Case]) -> None:
    """Of whatever is said together, but for the places of TDMRep, which replace one another."""
    found = [live(case) for case in cases if "TDM" not in case.name and "tdm" not in case.name]
    together = PageRights(statements=tuple(s for rights in found for s in rights.statements))
    for use in Use:
        ranks = [rights.may(use).rank for rights in found]
        assert together.may(use).rank == max(ranks, default=0)
