"""Which lines cleaning takes out that a human kept: the price of each rule, line by line.

    news-etl extract pages.warc.gz > records.jsonl
    python -m benchmarks.cut_lines records.jsonl gold.jsonl

A gold file has a JSON object a line with `url` and `gold.text`. Where there is no such file, there is nothing to say.
A line counts when its words are those of a whole line of the gold text, or, from eight words on, stand in a row in it.
Credits, rights lines and the title once more are kept by some annotators; a sentence of prose among them is a defect.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from etl.clean.fold import fold

LONG = 8  # words that are in a row in both by no chance
# Words; in scripts without spaces, characters.
_WORD = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff]|[^\\W\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff]+"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A line that was cut and that the gold text holds."""

    url: str
    rule: str
    zone: str
    line: str
    is_whole: bool  # a whole line of the gold text


def lost_lines(records: Path, gold: Path) -> Iterator[Lost]:
    """Every cut line of the records that their gold texts hold, in the order of the records."""
    texts = {}
    with gold.open(encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            if text := (row.get("gold") or {}).get("text"):
                texts[row["url"]] = text
    with records.open(encoding="utf-8") as rows:
        for record in map(json.loads, rows):
            text = texts.get(record["url"])
            if text is None:
                continue
            lines = {_words(line) for line in text.splitlines()}
            whole = f" {_words(text)} "
            for cut in record["removed"]:
                for line in cut["text"].splitlines():
                    words = _words(line)
                    is_whole = words in lines
                    if words and (is_whole or (words.count(" ") + 1 >= LONG and f" {words} " in whole)):
                        yield Lost(
                            url=record["url"], rule=cut["rule"], zone=cut["zone"], line=line.strip(), is_whole=is_whole
                        )


def _words(text: str) -> str:
    return " ".join(_WORD.findall(fold(text)))


def main() -> None:
    """Print the lines by rule, the rule with most of them first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", type=Path, help="what `news-etl extract` printed")
    parser.add_argument("gold", type=Path, help="the gold texts")
    given = parser.parse_args()
    if not given.gold.is_file():
        print(f"{given.gold}: no gold texts here, nothing to compare with")
        return
    found = list(lost_lines(given.records, given.gold))
    for rule, count in Counter(lost.rule for lost in found).most_common():
        print(f"{count:4} {rule}")
        for lost in found:
            if lost.rule == rule:
                print(f"       {'=' if lost.is_whole else '~'} {lost.line}\n         {lost.url}")
    print(f"{len(found):4} in all (= a whole line of the gold text, ~ words in a row in it)")


if __name__ == "__main__":
    main()
