"""Every value that the rules of this checkout take out of given pages, one JSON record a line.

    python -m benchmarks.rules_records PAGES.jsonl

`benchmarks.rules_lock` runs it in two checkouts and holds their records against each other. Only this checkout's own code
is used, so it may be moved and renamed along with the rest.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etl.extract.excerpt import stored
from etl.extract.page import extract_page
from etl.extract.rules import SourceRules

if TYPE_CHECKING:
    from benchmarks.corpus import Given

CAPTURED_AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
# What a source may say of its pages, all at once; each page is read without and with it.
SOURCE = SourceRules(
    body=("//article", "//main"),
    drop=("//aside", "//*[contains(@class, 'share')]"),
    title=("//h1",),
    published=("//time/@datetime",),
    site_names=("Gazette", "Morgenkurier", "Harbour Post"),
    site_lines=("Leave a comment", "Read more"),
    language="de",
    timezone="Asia/Tokyo",
    month_first=True,
)
TEXT_CHARS = 200  # of a source whose whole text may not be stored


def write_pages(pages: Iterable[tuple[str, Given]], path: Path) -> int:
    """Write named pages for `records`; how many there are."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for count, (name, given) in enumerate(pages, 1):  # noqa: B007
            line = {"name": name, "url": given.url, "type": given.content_type, "body": b64encode(given.body).decode()}
            file.write(json.dumps(line) + "\n")
    return count


def records(path: Path) -> Iterator[dict[str, Any]]:
    """Two records of each page: as the page of no source, and as that of one with rules of its own."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            page = json.loads(line)
            for name, rules in (("", None), (" (with rules of a source)", SOURCE)):
                found = extract_page(
                    b64decode(page["body"]),
                    url=page["url"],
                    captured_at=CAPTURED_AT,
                    content_type=page["type"],
                    rules=rules,
                )
                if rules:
                    found = stored(found, TEXT_CHARS)
                values = {f.name: getattr(found, f.name) for f in dataclasses.fields(found)}
                yield {"name": page["name"] + name, "values": values}


def plain(value: Any) -> Any:
    """What `json` cannot write by itself, exactly."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return f"{type(value).__name__} {value.isoformat()}"
    return dict(value)


if __name__ == "__main__":
    for record in records(Path(sys.argv[1])):
        print(json.dumps(record, default=plain, sort_keys=True))
