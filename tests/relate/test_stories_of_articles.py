"""Components, their labels, who speaks for them, and the whole way over a file."""

from __future__ import annotations

import hashlib
import json
import random
from datetime import UTC, date, datetime
from itertools import combinations, pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_stories import SCRIPTS, story

from etl.errors import Permanent
from etl.model import PageType, Precision
from etl.normalize.credits import AGENCIES, agencies
from etl.relate import (
    Edge,
    Member,
    NoPartReason,
    candidate_pairs,
    compare,
    components,
    keys,
    label,
    own_sites,
    primary,
    signature,
    split_component,
    syndicated_from,
    takes_part,
)
from etl.relate.cluster import cluster
from etl.relate.template_lines import read_site_lines
from etl.urls import url_key

SLOGAN = [line[start : start + 150] for line in story(77).split("\n") for start in (0, 150)]


def key(n: int) -> bytes:
    return hashlib.sha256(str(n).encode()).digest()


def member(n: int, **values: object) -> Member:
    given = {"url_key": key(n), "title": None, "text": story(n), "text_digest": key(n), "site": f"site{n}.example"}
    return Member(**{**given, **values})  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=40), st.randoms())
def test_components_and_labels_do_not_depend_on_order(pairs: list[tuple[int, int]], draw: random.Random) -> None:
    nodes = [key(n) for n in range(31)]
    edges = [(key(a), key(b)) for a, b in pairs]
    first = components(nodes, edges)
    draw.shuffle(nodes)
    draw.shuffle(edges)
    again = components(nodes, [(b, a) for a, b in edges])
    assert first == again
    assert len({label(x) for x in first}) == len(first) and sum(map(len, first)) == 31


def test_a_chain_of_two_great_stories_is_split_the_same_in_any_order() -> None:
    one, two = [key(n) for n in range(200)], [key(n) for n in range(200, 380)]
    bridge = key(999)
    draw = random.Random(1)
    edges = [
        Edge(a=min(a, b), b=max(a, b), containment=0.9, jaccard=0.8, anchors=0.95)
        for group in (one, two)
        for a, b in combinations(group, 2)
        if draw.random() < 0.3
    ]
    edges += [
        Edge(a=min(n, bridge), b=max(n, bridge), containment=0.7, jaccard=0.25, anchors=0.75) for n in one[:9] + two[:3]
    ]
    found = split_component([*one, *two, bridge], edges)
    assert sorted(map(len, (s.members for s in found))) == [180, 201]
    assert all(s.is_split for s in found)
    draw.shuffle(edges)
    assert split_component([bridge, *two, *one], edges) == found
    assert [s.members for s in split_component(one, edges)] == [tuple(sorted(one))]


def test_a_great_story_that_holds_together_stays_whole() -> None:
    nodes = [key(n) for n in range(300)]
    edges = [
        Edge(a=min(a, b), b=max(a, b), containment=0.9, jaccard=0.6, anchors=0.9)
        for a, b in combinations(nodes, 2)
        if min(nodes.index(a), nodes.index(b)) < 64
    ]
    assert [len(s.members) for s in split_component(nodes, edges)] == [300]


def test_the_agency_speaks_for_its_story_then_whoever_was_first() -> None:
    early = member(1, published_on=date(2024, 5, 1), published_precision=Precision.DAY, agencies=("Reuters",))
    exact = member(
        2,
        published_on=date(2024, 5, 1),
        published_precision=Precision.SECOND,
        published_at=datetime(2024, 5, 1, 9, tzinfo=UTC),
    )
    late = member(3, published_on=date(2024, 5, 2), agencies=("AFP", "Reuters"))
    own = member(4, published_on=date(2024, 5, 9), site="reuters.com")
    undated = member(5)
    everyone = [undated, late, exact, early, own]
    assert primary(everyone) is own and primary(reversed(everyone)) is own
    assert primary([undated, late, early, exact]) is exact and primary([undated, late, early]) is early
    assert syndicated_from(everyone) == "Reuters" and syndicated_from([undated]) is None


def test_pages_that_are_no_article_take_no_part() -> None:
    assert takes_part(member(1)) is None
    assert takes_part(member(1, page_type=PageType.LIST)) is NoPartReason.PAGE_TYPE
    assert takes_part(member(1, text="Storm warning for the coast")) is NoPartReason.SHORT
    assert len(keys("Storm warning for the coast")) == 0


def test_own_sites_are_of_agencies_that_are_recognised() -> None:
    assert own_sites("AFP") == {"afp.com"} and own_sites("nobody") == frozenset()
    assert sum(bool(own_sites(name)) for name in AGENCIES) >= 70


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("KYIV, Feb 24 (Reuters) — Trains run again.", "Reuters"),
        ("（法新社）港口重新开放。", "AFP"),
        ("[서울=연합뉴스] 항구가 다시 열렸다.", "Yonhap"),
        ("القاهرة (أ ش أ) — فتح الميناء.", "MENA"),
        ("МОСКВА, 3 марта. /ТАСС/. Порт открыт.", "TASS"),
        ("【共同通信】港が再開した。", "Kyodo"),
        ("ΑΘΗΝΑ (ΑΠΕ-ΜΠΕ) - Το λιμάνι άνοιξε.", "AMNA"),
        ("گزارش (ایسنا) - بندر باز شد.", "ISNA"),
        ("बंदरगाह खुल गया। (भाषा)", "PTI"),
        ("Hafen wieder offen. (dpa)", "dpa"),
    ],
)
def test_agencies_are_recognised_in_their_scripts(text: str, name: str) -> None:
    assert agencies(text, (), None) == (name,)


def rows() -> list[dict[str, object]]:
    """Nine stories in three copies each and some of their own, with a slogan that one site prints on every page."""
    found = []
    for n in range(9):
        text = story(n, SCRIPTS[n % len(SCRIPTS)])
        cut = "\n".join(text.split("\n")[:4])
        for copy, body in enumerate((text, cut, "PARIS (AFP) — " + text)):
            found.append((f"https://s{copy}.example/{n}", f"Story {n} of {copy}", body, f"s{copy}.example"))
    slogan = "\n".join(SLOGAN)
    for n in range(100, 130):
        found.append(
            (
                f"https://one.example/{n}",
                f"Report {story(n)[:20]}",
                f"{story(n, paragraphs=2)}\n{slogan}",
                "one.example",
            )
        )
    return [
        {"doc_id": i, "url": u, "title": t, "text": x, "published_at": None, "site": s}
        for i, (u, t, x, s) in enumerate(found)
    ]


def clusters(folder: Path, documents: list[dict[str, object]], name: str, **more: object) -> dict[int, str]:
    source, target, spill = folder / f"{name}.parquet", folder / f"{name}.out.parquet", folder / name
    spill.mkdir()
    schema = pa.schema(
        [("doc_id", pa.int64()), *((c, pa.string()) for c in ("url", "title", "text", "published_at", "site"))]
    )
    pq.write_table(pa.Table.from_pylist(documents, schema), source, row_group_size=17)
    cluster(source, target, folder=spill, **more)  # type: ignore[arg-type]
    table = pq.read_table(target)
    assert table["doc_id"].to_pylist() == [d["doc_id"] for d in documents]
    return dict(zip(table["doc_id"].to_pylist(), table["cluster"].to_pylist(), strict=True))


def test_a_file_has_the_same_stories_in_any_order_and_any_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = rows()
    found = clusters(tmp_path, documents, "one")
    for n in range(9):
        assert len({found[3 * n + copy] for copy in range(3)}) == 1
    assert len(set(found.values())) == 9 + 30
    random.Random(3).shuffle(documents)
    monkeypatch.setattr("etl.relate.cluster.KEYS_AT_ONCE", 200)
    monkeypatch.setattr("etl.relate.spill.BATCH", 5)
    assert clusters(tmp_path, documents, "two", workers=3) == found


def test_a_file_has_the_stories_that_the_parts_give(tmp_path: Path) -> None:
    documents = [d for d in rows() if d["site"] != "one.example"]
    of = {url_key(str(d["url"])): d for d in documents}
    buckets: dict[int, list[bytes]] = {}
    for name, d in of.items():
        for k in keys(str(d["text"])).tolist():
            buckets.setdefault(k, []).append(name)

    def signed(name: bytes) -> object:
        return signature(str(of[name]["text"]), title=str(of[name]["title"]), site=str(of[name]["site"]))

    edges = [(a, b) for a, b in candidate_pairs(buckets) if compare(signed(a), signed(b)).is_edge]  # type: ignore[arg-type]
    expected = {of[n]["doc_id"]: str(label(c)) for c in components(of, edges) for n in c}
    assert clusters(tmp_path, documents, "parts") == expected


def test_site_lines_of_a_file_are_taken_off(tmp_path: Path) -> None:
    path = tmp_path / "lines.json"
    path.write_text(json.dumps({"one.example": SLOGAN}), "utf-8")
    documents = [{**d, "title": None} for d in rows()[27:37]]
    assert len(set(clusters(tmp_path, documents, "with", site_lines=read_site_lines(path)).values())) == 10
    assert len(set(clusters(tmp_path, documents, "without").values())) < 10


def test_a_file_that_is_something_else_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "bad.parquet"
    bad.write_bytes(b"no parquet")
    with pytest.raises(Permanent, match="cannot be read"):
        cluster(bad, tmp_path / "x", folder=tmp_path)
    pq.write_table(pa.table({"doc_id": [1]}), bad)
    with pytest.raises(Permanent, match="url, title, text, site"):
        cluster(bad, tmp_path / "x", folder=tmp_path)
    assert clusters(tmp_path, [], "empty") == {}


def test_an_article_of_twelve_words_takes_part() -> None:
    text = "one two three four five six seven eight nine ten eleven"
    assert (
        takes_part(member(1, text=text)) is NoPartReason.SHORT and takes_part(member(1, text=text + " twelve")) is None
    )
    assert takes_part(member(1, page_type=PageType.LIVE_BLOG)) is None
    assert takes_part(member(1, page_type=PageType.DIGEST)) is NoPartReason.PAGE_TYPE


def test_a_story_is_named_by_its_least_member() -> None:
    assert str(label([b"\xff" * 32, bytes(range(32))])) == "00010203-0405-8607-8809-0a0b0c0d0e0f"
    assert label([b"\xff" * 32]).version == 8


def test_who_speaks_for_a_story_is_decided_in_one_order() -> None:
    day = date(2024, 5, 1)
    instants = [datetime(2024, 5, 1, hour, tzinfo=UTC) for hour in (9, 10)]
    low, high = sorted((1, 2), key=key)

    def first(one: dict[str, object], other: dict[str, object]) -> None:
        """`one` speaks although its URL key is the higher."""
        a, b = member(high, **one), member(low, **other)
        assert primary([a, b]) is a and primary([b, a]) is a

    first({"published_on": day, "captured_at": instants[1]}, {"captured_at": instants[0]})
    exactness = [*Precision, None]
    for exact, vague in pairwise(exactness):
        first(
            {"published_on": day, "published_precision": exact, "published_at": instants[1]},
            {"published_on": day, "published_precision": vague, "published_at": instants[0]},
        )
    first({"published_at": instants[0], "captured_at": instants[1]}, {"published_at": instants[1]})
    first({"captured_at": instants[0]}, {"captured_at": instants[1]})
    first({"captured_at": instants[1]}, {})
    assert primary([member(low), member(high)]).url_key == key(low)


def test_the_agency_of_a_story_is_the_one_that_most_members_credit() -> None:
    everyone = [member(1, agencies=("AFP", "AFP")), member(2, agencies=("Reuters",)), member(3, agencies=("Reuters",))]
    assert syndicated_from(everyone) == "Reuters"
    assert syndicated_from(everyone[:2]) == "AFP"  # by name
    assert syndicated_from([*everyone[:2], member(4, site="reuters.com")]) == "Reuters"


def grown(stories: int, copies: int, seed: int) -> tuple[list[bytes], list[Edge]]:
    """A component as texts make it: copies cut and reworked more and more, compared under the bucket rule."""
    draw = random.Random(seed)
    made: list[tuple[int, float]] = [(s, draw.uniform(0.45, 1)) for s in range(stories) for _ in range(copies)]
    nodes = sorted(key(n) for n in range(len(made)))
    draw.shuffle(made)
    of = dict(zip(nodes, made, strict=True))
    edges = []
    for place, a in enumerate(nodes[:64]):
        for b in nodes[place + 1 :]:
            (one, x), (other, y) = of[a], of[b]
            if one == other and draw.random() < 0.9:
                edges.append(Edge(a=a, b=b, containment=0.9, jaccard=min(x, y) / max(x, y), anchors=min(1, x + 0.4)))
    digest = key(99_999)  # quotes every story in full, and hangs on the copies that were cut short
    short = [n for n in nodes if of[n][1] < 0.6][:12]
    edges += [Edge(a=min(n, digest), b=max(n, digest), containment=0.8, jaccard=0.22, anchors=0.75) for n in short]
    return [*nodes, digest], edges


def test_stories_that_a_digest_chains_are_taken_apart_and_one_is_not() -> None:
    nodes, edges = grown(1, 400, 1)
    assert [s.is_split for s in split_component(nodes, edges)] == [False]
    nodes, edges = grown(4, 100, 2)
    found = split_component(nodes, edges)
    sizes = sorted(len(s.members) for s in found)
    assert sizes[-1] <= 101 and sum(size >= 90 for size in sizes) == 4 and sum(sizes) == 401
    random.Random(3).shuffle(edges)
    assert split_component(nodes[::-1], edges) == found


def test_a_story_of_over_two_thousand_members_is_flagged() -> None:
    nodes = sorted(key(n) for n in range(2001))
    edges = [Edge(a=nodes[0], b=node, containment=1, jaccard=1) for node in nodes[1:]]
    assert [s.is_flagged for s in split_component(nodes, edges)] == [True]
    assert [s.is_flagged for s in split_component(nodes[:2000], edges)] == [False]
