"""The golden pages: every shape of page filled with stories in many languages, and single pages written out.

`cases()` gives them all, the same in every process. A page's expectation is what is true of it, also where the
extractor does not know better yet: `known_gaps.yaml` names such fields and why.

    python tests/golden/golden_pages.py                  one line for each page: what differs
    python tests/golden/golden_pages.py de_bruecke_arc   one page's source, and what differs
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from etl.extract.page import extract_page
from etl.model import Page

HERE = Path(__file__).parent
CAPTURED_AT = datetime(2024, 9, 1, 12, 0, tzinfo=UTC)
_RTL = frozenset(("ar", "fa", "he", "ur"))
_LINK = re.compile(r"\[\[(.+?)\]\]")
_VALUES = (
    "outcome", "page_type", "title", "authors", "published_on", "published_at", "published_precision", "language",
    "section", "tags", "text", "dateline", "credit_line", "agencies", "rights_line", "correction_note", "captions",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A page as bytes, and what is true of it. `expected` holds the values by field; `cuts` categories of rules."""

    name: str
    shape: str
    language: str
    body: bytes
    url: str
    content_type: str
    expected: Mapping[str, Any]
    cuts: tuple[str, ...] = ()
    known_gap: Mapping[str, str] = field(default_factory=dict)


def extract(case: Case) -> Page:
    """The page as the extractor reads it."""
    return extract_page(case.body, url=case.url, captured_at=CAPTURED_AT, content_type=case.content_type)


def values(page: Page) -> dict[str, Any]:
    """The fields of a page that golden pages speak of, in plain types."""
    found = {name: getattr(page, name) for name in _VALUES if name != "captions"}
    found |= {name: found[name].value for name in ("outcome", "page_type") if found[name]}
    found["published_precision"] = page.published_precision.value if page.published_precision else None
    found["captions"] = sorted({image.caption for image in page.images if image.caption})
    return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


def cases() -> Iterator[Case]:
    """Every golden page."""
    for path in sorted((HERE / "stories").glob("*.yaml")):
        yield from _of_language(_yaml(path))
    for path in sorted((HERE / "pages").glob("*.yaml")):
        yield _single(path)


def _of_language(data: Mapping[str, Any]) -> Iterator[Case]:
    for number, story in enumerate(data["stories"]):
        rest = [s["title"] for s in data["stories"] if s is not story]
        for page in story["pages"]:
            entry = {"shape": page} if isinstance(page, str) else page
            yield _of_shape(data, story, [*data["others"], *rest], entry, number)


def _of_shape(
    data: Mapping[str, Any], story: Mapping[str, Any], others: list[str], entry: Mapping[str, Any], number: int
) -> Case:
    shape = _shapes()[entry["shape"]]
    name = f"{data['language'].replace('-', '_')}_{story['id']}_{entry['shape']}"
    encoding = entry.get("encoding", "utf-8")
    published = datetime.fromisoformat(str(story["published"]))
    path = shape["path"].format(
        slug=quote(story["slug"]), section_slug="news", year=f"{published:%Y}", month=f"{published:%m}",
        daynr=f"{published:%d}",
    )  # fmt: skip
    url = f"https://{data['host']}{path}"
    lines = [line for line in story["text"].split("\n") if line.strip()]
    blocks = [_block(line) for line in lines]
    plain = [_LINK.sub(r"\1", b["source"]) for b in blocks]
    utc = published.astimezone(UTC)
    context = {
        "site": data["site"],
        "host": data["host"],
        "comments": [dict(zip(("by", "text"), c.split(" | "), strict=True)) for c in data["comments"]],
        "bio": data["bio"].replace("{author}", story["authors"][0]),
        "w": {**data["words"], "rights": f"© 2024 {data['site']}"},
        "lang": "en" if shape.get("lang") == "en" else data["language"],
        "dir": Markup('dir="rtl" ') if data["language"] in _RTL else "",
        "title": story["title"],
        "authors": story["authors"],
        "people": [{"@type": "Person", "name": a} for a in story["authors"]],
        "section": story["section"],
        "tags": story["tags"],
        "written": story["written"],
        "numeric": story.get("numeric", f"{published:%d.%m.%Y}"),
        "clock": f"{published:%H:%M}",
        "day": f"{published:%Y-%m-%d}",
        "iso": published.isoformat(),
        "iso_minute": published.isoformat(timespec="minutes"),
        "iso_local": f"{published:%Y-%m-%dT%H:%M}",
        "iso_compact": f"{published:%Y-%m-%dT%H:%M:%S%z}",
        "iso_utc": utc.isoformat(),
        "later": (published + timedelta(days=1, hours=2)).isoformat(),
        "iso_z": f"{utc:%Y-%m-%dT%H:%M:%SZ}",
        "iso_z_ms": f"{utc:%Y-%m-%dT%H:%M:%S}.000Z",
        "caption": story["caption"],
        "photographer": story["photographer"],
        "slug": story["slug"],
        "url": url,
        "encoding": encoding,
        "blocks": blocks,
        "plain": plain,
        "lead": plain[0],
        "description": plain[0][: max(40, len(plain[0]) * 2 // 3)].rsplit(" ", 1)[0] + "…",
        "state_body": [
            {"type": "subheading" if b["kind"] == "h2" else "paragraph", "text": t}
            for b, t in zip(blocks, plain, strict=True)
        ],
        "others": others,
        "wire": story.get("wire"),
    }
    source = _environment().get_template(f"{entry['shape']}.html").render(context)
    return Case(
        name=name,
        shape=entry["shape"],
        language=data["language"],
        body=source.encode(encoding, "xmlcharrefreplace"),
        url=url,
        content_type=shape.get("content_type", "text/html"),
        expected=_expected(data, story, shape, plain, published) | entry.get("expected", {}),
        cuts=tuple(shape.get("cuts", ())),
        known_gap=known_gaps().get(name, {}),
    )


def _expected(
    data: Mapping[str, Any], story: Mapping[str, Any], shape: Mapping[str, Any], plain: list[str], published: datetime
) -> dict[str, Any]:
    gives = shape["gives"]
    precision = shape["precision"]
    text = list(plain)
    found: dict[str, Any] = {
        "outcome": shape.get("outcome", "article"),
        "page_type": shape.get("page_type", "article"),
        "title": story["title"],
        "authors": story["authors"][: shape.get("signers", 9)] if "authors" in gives else [],
        "published_on": published.date() if precision else None,
        "published_at": published if precision in ("second", "minute") else None,
        "published_precision": precision,
        "language": data.get("code") or data["language"].partition("-")[0],
        "section": story["section"] if "section" in gives else None,
        "tags": story["tags"] if "tags" in gives else [story["section"]] if shape.get("tags") == "section" else [],
        "dateline": None,
        "credit_line": None,
        "agencies": [],
        "rights_line": None,
        "correction_note": None,
    }
    if shape.get("wire") and (wire := story["wire"]):
        text[0] = f"{wire['dateline']}{wire['dash']}{text[0]}"
        found |= {"dateline": wire["dateline"], "credit_line": wire["credit"], "rights_line": wire["rights"]}
        found["agencies"] = wire["agencies"]
    if shape.get("quoted_post"):
        by, words = data["comments"][0].split(" | ")
        text[1:1] = [f"{words} pic.twitter.com/x1y2", f"— {by} (@reader1) {story['written']}"]
    if shape.get("correction"):
        text.append(data["words"]["correction"])
        found["correction_note"] = data["words"]["correction"]
    if shape.get("captions"):
        found["captions"] = [story["caption"]]
    if found["outcome"] != "article":
        return {name: found[name] for name in ("outcome", "page_type")}
    return found | {"text": "\n".join(text)}


def _single(path: Path) -> Case:
    """A page written out: `<name>.html` or `.txt` beside `<name>.yaml`."""
    data = dict(_yaml(path))
    page = next(p for suffix in (".html", ".txt") if (p := path.with_suffix(suffix)).exists())
    expected = dict(data["expected"])
    if isinstance(expected.get("text"), str):
        expected["text"] = expected["text"].strip("\n")
    if expected.get("published_at"):
        expected["published_at"] = datetime.fromisoformat(str(expected["published_at"]))
    return Case(
        name=path.stem,
        shape=data.get("shape", "single"),
        language=data["language"],
        body=page.read_text("utf-8").encode(data.get("encoding", "utf-8")),
        url=data["url"],
        content_type=data.get("content_type", "text/plain" if page.suffix == ".txt" else "text/html"),
        expected=expected,
        cuts=tuple(data.get("cuts", ())),
        known_gap=known_gaps().get(path.stem, {}),
    )


def _block(line: str) -> dict[str, Any]:
    kind, source = (
        ("h2", line[3:]) if line.startswith("## ") else ("li", line[2:]) if line.startswith("- ") else ("p", line)
    )
    html = Markup(_LINK.sub(lambda m: f'<a href="/topic/{len(m[1])}/">{m[1]}</a>', str(escape(source))))
    return {"kind": kind, "source": source, "html": html}


@cache
def _shapes() -> Mapping[str, Any]:
    return _yaml(HERE / "shapes.yaml")


@cache
def known_gaps() -> Mapping[str, Any]:
    """Page → field → why the extractor has another value."""
    return _yaml(HERE / "known_gaps.yaml")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "shapes"), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.globals["p"] = environment.get_template("_parts.html").module
    return environment


def _yaml(path: Path) -> Mapping[str, Any]:
    data = yaml.safe_load(path.read_text("utf-8"))
    assert isinstance(data, dict), path
    return data


def differences(case: Case, page: Page) -> dict[str, str]:
    """Field → how the extractor's value differs from the expected one."""
    found = values(page)
    wrong = {}
    for name, wanted in case.expected.items():
        if name == "text" and wanted is not None:
            lines = difflib.unified_diff(wanted.split("\n"), found["text"].split("\n"), "expected", "found", "", "", 0)
            if wanted != found["text"]:
                wrong[name] = "\n".join(list(lines)[2:])
        elif name == "text":
            continue
        elif found[name] != wanted or (
            isinstance(wanted, datetime) and wanted.utcoffset() and found[name].date() != page.published_on
        ):
            wrong[name] = f"{found[name]!r} instead of {wanted!r}"
    rules = {cut.rule.partition(".")[0] for cut in page.removed}
    if missing := set(case.cuts) - rules:
        wrong["cuts"] = f"{sorted(rules)} without {sorted(missing)}"
    return wrong


def _main() -> None:
    chosen = sys.argv[1:]
    every = [c for c in cases() if not chosen or any(name in c.name for name in chosen)]
    if len(every) == 1:
        sys.stdout.write(every[0].body.decode("utf-8", "replace") + "\n")
    for case in every:
        page = extract(case)
        for name, how in differences(case, page).items():
            gap = "  (known gap)" if name in case.known_gap else ""
            print(f"{case.name} {name}{gap}: {how}")
        for name in set(case.known_gap) - set(differences(case, page)):
            print(f"{case.name} {name}: mended, take it off known_gaps.yaml")
        if len(every) == 1:
            print([(c.rule, c.text) for c in page.removed], dict(page.evidence), page.flags)
    print(len(every), "pages")


if __name__ == "__main__":
    _main()
