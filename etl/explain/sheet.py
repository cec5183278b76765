"""The explanation of one page as one HTML file: no scripts, nothing loaded, everything of the page escaped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from html import escape

from etl.explain import marked
from etl.explain.fields import ExplainedField, FieldCandidate, fields
from etl.extract.web import PageReading
from etl.model import Page
from etl.printable import visible

# Nothing is fetched and nothing runs, whatever a browser makes of what follows.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_LONG = 600  # characters of a value that are shown
_CANDIDATES = 40
_RTL = frozenset("ar arc ckb dv fa he ku ps sd ug ur yi".split())

_STYLE = """
:root { color-scheme: light dark; --ink: #1a1c1f; --soft: #5a6068; --paper: #fff; --line: #d8dce2; --good: #14713b; --l: 84%; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8eb; --soft: #a0a7b0; --paper: #16181b; --line: #363b42; --good: #6fd79b; --l: 26%; }
}
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 72rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.4rem; margin: 0 0 .2rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .6rem; }
.soft, small { color: var(--soft); } a, .url { overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: start; vertical-align: top; padding: .3rem .7rem .3rem 0; border-top: 1px solid var(--line); }
th { font-weight: 600; white-space: nowrap; } td.n { text-align: end; font-variant-numeric: tabular-nums; }
code { font: .88em/1.4 ui-monospace, monospace; color: var(--soft); }
.value { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; }
details { margin: .3rem 0; } summary { cursor: pointer; color: var(--soft); }
.chosen { color: var(--good); font-weight: 600; }
.text { border: 1px solid var(--line); border-radius: .4rem; padding: .4rem 1.2rem; }
.text p { margin: .6rem 0; unicode-bidi: plaintext; overflow-wrap: anywhere; }
mark { color: inherit; background: hsl(var(--h) 75% var(--l)); border-radius: .2rem; padding: .05em .2em; box-decoration-break: clone; -webkit-box-decoration-break: clone; }
mark small { font: .72em ui-monospace, monospace; unicode-bidi: isolate; margin-inline-start: .5em; }
.key { display: inline-block; width: 1em; height: 1em; border-radius: .2em; vertical-align: -.1em; background: hsl(var(--h) 75% var(--l)); }
"""


def sheet(
    result: Page | PageReading,
    *,
    url: str,
    captured_at: datetime,
    content_type: str | None,
    version: str,
) -> str:
    """The HTML file. `result` is what `page.read_page` returned; plain text has no candidates to show."""
    reading = result if isinstance(result, PageReading) else None
    page = result.page if isinstance(result, PageReading) else result
    direction = "rtl" if page.language in _RTL else "ltr"
    hues = _hues(page)
    body = [
        _head(page, url=url, captured_at=captured_at, content_type=content_type, version=version),
        "<h2>Values</h2>",
        _values(fields(page, reading, captured_at=captured_at)),
        _legend(page, hues),
        _text(page, hues, direction),
        _page_features(page, reading),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{_escaped(page.title or url)}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(part for part in body if part)
        + "\n</body></html>\n"
    )


def _escaped(value: str) -> str:
    """Text for HTML, without what could turn the rest of the line round or end the file for some reader."""
    return escape(visible(value), quote=True)


def _value(value: str) -> str:
    cut = value if len(value) <= _LONG else f"{value[:_LONG]} … ({len(value)} characters)"
    return f'<span class="value" dir="auto">{_escaped(cut)}</span>'


def _head(page: Page, *, url: str, captured_at: datetime, content_type: str | None, version: str) -> str:
    outcome = f"{page.outcome.value} · {page.page_type.value}" + (f" · {page.detail}" if page.detail else "")
    return (
        f'<h1 dir="auto" class="value">{_escaped(page.title or "(no title)")}</h1>'
        f'<p class="url soft">{_escaped(url)}</p>'
        f"<p><strong>{_escaped(outcome)}</strong>"
        + "".join(f" · <code>{_escaped(flag)}</code>" for flag in page.flags)
        + f'<br><span class="soft">captured {captured_at.isoformat()} · {_escaped(content_type or "no content type")}'
        f" · rules {_escaped(version)}</span></p>"
    )


def _values(explained: list[ExplainedField]) -> str:
    rows = (
        f'<tr><th scope="row">{_escaped(f.name)}</th><td>{_value(f.value) if f.value else "<span class=soft>none</span>"}'
        f"{_why(f)}</td><td><code>{_escaped(f.place)}</code></td></tr>"
        for f in explained
    )
    head = "<tr><th>field</th><th>value</th><th>came from</th></tr>"
    return f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def _why(explained: ExplainedField) -> str:
    if not explained.candidates:
        return ""
    # Many places say the same; only those that differ are of interest beyond the first lines.
    shown = list(dict.fromkeys(explained.candidates))[:_CANDIDATES]
    more = len(set(explained.candidates)) - len(shown)
    count = f"{len(set(explained.candidates))} candidate{'s' if len(set(explained.candidates)) != 1 else ''}"
    items = "".join(_candidate(c) for c in shown) + (f"<li class=soft>and {more} more</li>" if more else "")
    rule = f"<p class=soft>{_escaped(explained.rule)}</p>" if explained.rule else ""
    return f"<details><summary>{count}</summary>{rule}<ul>{items}</ul></details>"


def _candidate(candidate: FieldCandidate) -> str:
    note = f' <span class="soft value" dir="auto">— {_escaped(candidate.note)}</span>' if candidate.note else ""
    mark = '<span class="chosen">✓ chosen</span> ' if candidate.is_chosen else ""
    return f"<li>{mark}<code>{_escaped(candidate.place)}</code> {_value(candidate.value)}{note}</li>"


def _hues(page: Page) -> dict[str, int]:
    """A hue for each rule that cut; the golden angle keeps neighbours apart."""
    return {row.rule: n * 137 % 360 for n, row in enumerate(marked.legend(page.removed))}


def _legend(page: Page, hues: dict[str, int]) -> str:
    rows = marked.legend(page.removed)
    if not rows:
        return ""
    body = "".join(
        f'<tr><td><span class="key" style="--h:{hues[r.rule]}"></span> <code>{_escaped(r.rule)}</code></td>'
        f'<td>{_escaped(r.category)}</td><td>{_escaped(r.zone)}</td><td class="n">{r.cuts}</td><td class="n">{r.chars}</td></tr>'
        for r in rows
    )
    head = "<tr><th>rule</th><th>category</th><th>zone</th><th>cuts</th><th>characters</th></tr>"
    return f"<h2>Cuts</h2><table><thead>{head}</thead><tbody>{body}</tbody></table>"


def _text(page: Page, hues: dict[str, int], direction: str) -> str:
    lines = marked.lines(page.text, page.removed)
    if not lines:
        return "<h2>Text</h2><p class=soft>No text was extracted.</p>"
    shown = "".join(f'<p dir="auto">{"".join(_piece(p, hues) for p in line)}</p>' for line in lines)
    cut = sum(len(c.text) for c in page.removed)
    language = f' lang="{_escaped(page.language)}"' if page.language else ""
    return (
        f"<h2>Text</h2><p class=soft>{len(page.text)} characters kept, {cut} cut{'; colours as above' if cut else ''}</p>"
        f'<div class="text" dir="{direction}"{language}>{shown}</div>'
    )


def _piece(piece: marked.Piece, hues: dict[str, int]) -> str:
    if piece.cut is None:
        return _escaped(piece.text)
    rule = _escaped(piece.cut.rule)
    return f'<mark style="--h:{hues[piece.cut.rule]}" title="{rule}">{_escaped(piece.text)}<small>{rule}</small></mark>'


def _page_features(page: Page, reading: PageReading | None) -> str:
    if reading is None:
        return ""
    features = reading.features
    facts = [
        ("text was found by", page.evidence.get("text", "no way")),
        ("taken off the tree before", _counts(reading.pruned)),
        ("moved out of the text", _moved(page, reading)),
        ("linked headlines", str(features.headline_links)),
        ("times of day", str(features.clocks)),
        ("entries of a live blog", str(features.entries)),
        ("player, gallery", f"{_yes(features.has_player)}, {_yes(features.has_gallery)}"),
        ("the system calls the page", features.calls_itself or "nothing"),
        ("article node", " ".join(sorted(map(str, reading.signals.article or {}))) or "none"),
    ]
    rows = "".join(f'<tr><th scope="row">{_escaped(k)}</th><td>{_value(v)}</td></tr>' for k, v in facts if v)
    return f"<h2>What was seen</h2><table><tbody>{rows}</tbody></table>"


def _moved(page: Page, reading: PageReading) -> str:
    names = ("credit_line", "rights_line", "author_note", "paywall_marker", "syndicated_from")
    moved = [f"{name}: {value}" for name in names if (value := getattr(reading.cleaned, name))]
    moved += [f"caption: {caption.text}" for caption in reading.cleaned.captions]
    return "\n".join(moved)


def _counts(counts: Mapping[str, int]) -> str:
    return "\n".join(f"{count} × {rule}" for rule, count in sorted(counts.items(), key=lambda p: (-p[1], p[0])))


def _yes(value: bool) -> str:
    return "yes" if value else "no"
