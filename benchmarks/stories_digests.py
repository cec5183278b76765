"""Do digests chain stories? `python -m benchmarks.stories_digests [DOCUMENTS] [FOLDER]`.

FOLDER holds `wire_20k.parquet` with its truth (`benchmarks.stories`). So many documents (100,000) are recombined from it:
the set again and again, each time in other words of the same kind (a word for a word, so that copies stay copies), and
4,000 digests in a hundred thousand: two to eight beginnings of reports, in series that share parts with the next one,
under a title of the service, under the first headline or under all of them, on one site or on several, on one day or
from day to day; and reports with the beginning of another one behind. Each of these is a document of its own.

Prints pair precision, recall and the adjusted Rand index, how many documents of each kind are in a story that is not
theirs, and the 40 largest clusters that hold anything foreign.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.stories import DEFAULT, scores
from etl.relate.cluster import cluster

DOCUMENTS = 100_000
DIGESTS = 0.04
LOOKED_AT = 40
SERVICES = (
    "Morning briefing", "News in brief", "Das Wichtigste am Morgen", "Polizeibericht", "L'essentiel de l'actualité",
    "Las noticias del día", "今日要闻", "ニュースまとめ", "Главное к этому часу", "أهم الأخبار", "आज की मुख्य खबरें", "ข่าวเด่นวันนี้",
    "간추린 뉴스", "Günün öne çıkanları", "Κύριες ειδήσεις",
)  # fmt: skip
_WORD = re.compile(r"\w+")
_IDEOGRAPH = 0x2E80
Row = dict[str, Any]


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENTS
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else DEFAULT
    rows = list(recombined(folder, count))
    with tempfile.TemporaryDirectory(prefix="news-etl-digests-") as name:
        given, out = Path(name) / "in.parquet", Path(name) / "out.parquet"
        columns = ("doc_id", "url", "site", "title", "text", "published_at")
        pq.write_table(pa.Table.from_pylist([{c: row[c] for c in columns} for row in rows]), given)
        report = cluster(given, out, folder=Path(name))
        found = pq.read_table(out)["cluster"].to_pylist()
    print(report)
    truth = np.unique([row["truth"] for row in rows], return_inverse=True)[1]
    print(scores(truth, np.array(found)))
    members = defaultdict(list)
    for row, story in zip(rows, found, strict=True):
        members[story].append(row)
    foreign = Counter[str]()
    for some in members.values():
        main_of = Counter(row["truth"] for row in some).most_common(1)[0][0]
        foreign.update(row["kind"] for row in some if row["truth"] != main_of)
    kinds = Counter(row["kind"] for row in rows)
    print("in a story that is not theirs: " + ", ".join(f"{k} {n} of {kinds[k]}" for k, n in foreign.most_common()))
    largest = sorted(members.values(), key=len, reverse=True)[:LOOKED_AT]
    wrong = [some for some in largest if len({row["truth"] for row in some}) > 1]
    print(
        f"of the {LOOKED_AT} largest clusters ({len(largest[-1])} to {len(largest[0])} documents) {len(wrong)} hold anything foreign"
    )
    for some in wrong:
        stories = Counter(row["truth"] for row in some)
        strangers = Counter(row["kind"] for row in some if row["truth"] != stories.most_common(1)[0][0])
        print(f"  {len(some)} documents, {len(stories)} stories; not of the largest one: {dict(strangers)}")
    return 0


def recombined(folder: Path, count: int) -> Iterator[Row]:
    """Yield the documents, with what they are (`truth`, `kind`)."""
    given = pq.read_table(folder / "wire_20k.parquet").sort_by("doc_id").to_pylist()
    truth = pq.read_table(folder / "wire_20k.truth.parquet").sort_by("doc_id").to_pylist()
    for row, known in zip(given, truth, strict=True):
        row |= {"truth": str(known["true_cluster"]), "kind": known["kind"].split("+")[0]}
    number = turn = 0
    while number < count:
        draw = random.Random(turn)
        again = _in_other_words(given, draw) if turn else given
        made = int(len(given) * DIGESTS)
        for row in [*again[: len(given) - made], *_digests(again, made, draw)][: count - number]:
            url = row["url"].replace("//", f"//t{turn}.", 1)
            yield {**row, "doc_id": number, "url": url, "truth": f"{turn}/{row['truth']}"}
            number += 1
        turn += 1


def _in_other_words(rows: list[Row], draw: random.Random) -> list[Row]:
    """Return the documents with each word in the place of another one of its script, size and capitals."""
    every = {word for row in rows for text in (row["title"] or "", row["text"]) for word in _WORD.findall(text)}
    letters = {c for word in every for c in word if ord(c) >= _IDEOGRAPH}
    other = _permuted(letters, draw) | _permuted({w for w in every if not letters.intersection(w)}, draw)

    def spoken(text: str) -> str:
        return _WORD.sub(lambda m: other.get(m[0]) or "".join(other.get(c, c) for c in m[0]), text)

    return [{**row, "title": spoken(row["title"] or ""), "text": spoken(row["text"])} for row in rows]


def _permuted(words: set[str], draw: random.Random) -> dict[str, str]:
    kinds = defaultdict(list)
    for word in sorted(words):
        kinds[ord(word[0]) >> 8, word[0].isdigit(), word[:1].isupper(), word.isupper(), min(len(word), 12)].append(word)
    other: dict[str, str] = {}
    for some in kinds.values():
        other |= dict(zip(some, draw.sample(some, len(some)), strict=True))
    return other


def _digests(rows: list[Row], count: int, draw: random.Random) -> Iterator[Row]:
    reports = [row for row in rows if row["kind"] in ("plain", "drop", "boil", "local", "exact_site") and row["text"]]
    sites = [row["site"] for row in draw.sample(reports, 50)]
    made = 0
    while made < count:
        size, slides = draw.randint(2, 8), draw.randint(1, 3)
        parts = [_beginning(draw.choice(reports), draw) for _ in range(size + 12)]
        service, site, how = draw.choice(SERVICES), draw.choice(sites), draw.randrange(4)
        day = draw.choice(reports)["published_at"] or datetime(2026, 3, 12)
        step, is_one_site = draw.randrange(2), draw.random() < 0.5
        for turn in range(draw.randint(1, 4)):
            some = parts[turn * slides : turn * slides + size]
            title = (
                service,
                f"{service} {day + timedelta(days=turn):%d.%m.}",
                some[0][0],
                " / ".join(t for t, _ in some[:3]),
            )[how]
            yield _made(title, [text for _, text in some], site if is_one_site else draw.choice(sites),
                        day + timedelta(days=turn * step), f"digest of {how} {made}")  # fmt: skip
            made += 1
        whole, behind = draw.choice(reports), draw.choice(reports)
        if whole["truth"] != behind["truth"]:
            text = [whole["text"], _beginning(behind, draw)[1]]
            row = _made(
                draw.choice((service, whole["title"])), text, draw.choice(sites), day, f"report and more {made}"
            )
            # More than the half is the report: a copy of it, unless what is behind is as long.
            yield row | ({"truth": whole["truth"], "kind": "more"} if len(text[1]) < len(text[0]) // 2 else {})
            made += 1


def _beginning(row: Row, draw: random.Random) -> tuple[str, str]:
    lines = [line for line in row["text"].split("\n") if line.strip()]
    return row["title"] or "", "\n".join(lines[: draw.randint(2, 5)])


def _made(title: str, texts: list[str], site: str, day: datetime, name: str) -> Row:
    kind = name.rpartition(" ")[0]
    path = re.sub(r"\W", "-", name)
    return {"url": f"https://{site}/{path}", "site": site, "title": title, "text": "\n".join(texts), "published_at": day,
            "truth": name, "kind": kind}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
