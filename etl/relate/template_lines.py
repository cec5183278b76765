"""Lines that a site prints on its pages: found in texts, and removed before texts are compared.

Otherwise one slogan would join all pages of a site into a story. The list of lines is fixed for all texts of a run: first
learnt from all of them (`etl.clean.site_lines.learn`), or read from a file.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl.clean.site_lines import MIN_ARTICLES, MIN_SHARE, SAMPLE, learn, site_line_key
from etl.errors import Permanent
from etl.relate.characters import DIGIT, SEPARATOR, UNSEEN, tables
from etl.relate.jit import kernel
from etl.relate.tokens import fold_of, mix
from etl.relate.utf8 import code_point, packed, utf8

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

_KIND, _POINT, _S8, _ONE = np.uint64(0xFF), np.uint64(0x1FFFFF), np.uint64(8), np.uint64(1)
_SEPARATOR, _UNSEEN, _DIGIT = np.uint64(SEPARATOR), np.uint64(UNSEEN), np.uint64(DIGIT)
_STEP = np.uint64(0x100000001B3)
_SEED = np.uint64(0x9E3779B97F4A7C15)
_NEWLINE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """The lines of one site: what they compare as, and hashes of their letters, which are quick to look up."""

    keys: frozenset[str]
    hashes: frozenset[int]


SiteLines = Mapping[str, Template]


def template(lines: Iterable[str]) -> Template:
    """Return the template of a site from its lines as they are printed."""
    given = [line.strip() for line in lines]
    hashes, _ = line_hashes(utf8(given))
    return Template(
        keys=frozenset(site_line_key(line) for line in given) - {""}, hashes=frozenset(hashes[hashes != 0].tolist())
    )


@kernel
def _line_hashes(data: Any, offsets: Any, folds: Any, out: Any, counts: Any) -> int:
    """Write a hash of the letters of every line, 0 for lines without any; digits, spaces and stops do not count."""
    here = 0
    for text in range(len(counts)):
        before = here
        value = _SEED
        at = np.uint64(offsets[text])
        end = np.uint64(offsets[text + 1])
        while at < end:
            lead = data[at]
            if lead < 0x80:
                at += _ONE
                fold = np.uint64(folds[lead])
                if lead == _NEWLINE:
                    out[here] = mix(value) if value != _SEED else np.uint64(0)
                    here += 1
                    value = _SEED
                    continue
            else:
                point, width = code_point(data, at)
                at += np.uint64(width)
                fold = fold_of(point, folds)
            kind = fold & _KIND
            if kind != _SEPARATOR and kind != _UNSEEN and kind != _DIGIT:
                value = (value ^ ((fold >> _S8) & _POINT)) * _STEP
        out[here] = mix(value) if value != _SEED else np.uint64(0)
        here += 1
        counts[text] = here - before
    return here


def line_hashes(pieces: Sequence[bytes]) -> tuple[U64, I64]:
    """Return a hash for each line of each text (NFC in UTF-8), and where each text's lines begin."""
    data, offsets = packed(pieces)
    out = np.empty(int(np.count_nonzero(data == _NEWLINE)) + len(pieces), np.uint64)
    starts = np.zeros(len(pieces) + 1, np.int64)
    _line_hashes(data, offsets, tables().folds, out, starts[1:])
    return out, np.cumsum(starts)


def learnt(articles: Sequence[tuple[bytes, bytes, U64]]) -> tuple[str, ...]:
    """Return the lines that one site prints on at least 30% of its articles; empty with fewer than 20.

    An article is its URL key, its text (NFC in UTF-8) and the hashes of its lines (`line_hashes`). What is returned is
    what `etl.clean.site_lines.learn` proposes. Lines whose letters are not frequent are spared its closer look.
    """
    once: dict[bytes, tuple[bytes, U64]] = {}
    for key, text, hashes in articles:
        if key not in once or text < once[key][0]:
            once[key] = (text, hashes)
    sample = [(key, *once[key]) for key in sorted(once)[:SAMPLE]]
    if len(sample) < MIN_ARTICLES:
        return ()
    counts = Counter(value for _, _, hashes in sample for value in set(hashes.tolist()))
    frequent = {value for value, count in counts.items() if value and count >= MIN_SHARE * len(sample)}
    if not frequent:
        return ()
    lines = [(key, _near(text, [value in frequent for value in hashes.tolist()])) for key, text, hashes in sample]
    return tuple(proposed.line for proposed in learn(lines))


def _near(text: bytes, keep: Sequence[bool]) -> list[str]:
    """Return the lines of a text that are kept, with an empty one for all that stand between, before or behind them."""
    if not any(keep):
        return [""]
    found: list[str] = []
    for line, kept in zip(text.decode("utf-8", "replace").split("\n"), keep, strict=True):
        if kept or not found or found[-1]:
            found.append(line if kept else "")
    return found


def without_lines(
    pieces: Sequence[bytes], sites: Sequence[str | None], site_lines: SiteLines, hashes: U64, starts: I64
) -> list[bytes]:
    """Return the texts (NFC in UTF-8) without the lines of their sites.

    `hashes[starts[i]:starts[i + 1]]` are those of the lines of text i (`line_hashes`).
    """
    kept = list(pieces)
    key_of: dict[bytes, str] = {}
    for index, site in enumerate(sites):
        if not site or site not in site_lines or not pieces[index]:
            continue
        known = site_lines[site]
        near = [value in known.hashes for value in hashes[starts[index] : starts[index + 1]].tolist()]
        if any(near):
            lines = pieces[index].split(b"\n")
            for line, is_near in zip(lines, near, strict=True):
                if is_near and line not in key_of:
                    key_of[line] = site_line_key(line.decode("utf-8", "replace"))
            left = [line for i, line in enumerate(lines) if not (near[i] and key_of[line] in known.keys)]
            kept[index] = b"\n".join(left)
    return kept


def read_site_lines(path: Path) -> SiteLines:
    """Return the lines of a file: JSON, site → list of lines. Raises Permanent if it is something else."""
    try:
        given = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Permanent(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(given, dict) or not all(isinstance(lines, list) for lines in given.values()):
        raise Permanent(f'{path} has to be an object of sites with their lines, such as {{"example.org": ["Share"]}}')
    return {str(site): template(map(str, lines)) for site, lines in given.items()}
