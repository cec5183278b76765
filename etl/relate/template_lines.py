"""Lines that a site prints on its pages: found in texts, and taken off before texts are compared.

Without it one slogan makes a story of a whole site. The list of lines is fixed for all texts of a run: learnt from all of
them first (`etl.clean.site_lines.learn`), or read from a file.
"""

from __future__ import annotations

import json
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
from etl.relate.tokens import code_point, fold_of, mix, packed, utf8

_KIND, _POINT, _S8 = np.uint64(0xFF), np.uint64(0x1FFFFF), np.uint64(8)
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
            point, width = code_point(data, at)
            at += np.uint64(width)
            if point == _NEWLINE:
                out[here] = mix(value) if value != _SEED else np.uint64(0)
                here += 1
                value = _SEED
                continue
            fold = fold_of(point, folds)
            kind = np.int64(fold & _KIND)
            if kind != SEPARATOR and kind != UNSEEN and kind != DIGIT:
                value = (value ^ ((fold >> _S8) & _POINT)) * _STEP
        out[here] = mix(value) if value != _SEED else np.uint64(0)
        here += 1
        counts[text] = here - before
    return here


def line_hashes(pieces: Sequence[bytes]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return a hash for each line of each text (NFC in UTF-8), and where each text's lines begin."""
    data, offsets = packed(pieces)
    out = np.empty(int(np.count_nonzero(data == _NEWLINE)) + len(pieces), np.uint64)
    starts = np.zeros(len(pieces) + 1, np.int64)
    _line_hashes(data, offsets, tables().folds, out, starts[1:])
    return out, np.cumsum(starts)


def learnt(articles: Sequence[tuple[bytes, bytes]]) -> tuple[str, ...]:
    """Return the lines that one site prints on at least 30% of its articles; empty with fewer than 20.

    What `etl.clean.site_lines.learn` proposes. Lines whose letters are not frequent are spared its closer look.
    """
    once: dict[bytes, bytes] = {}
    for key, text in articles:
        once[key] = min(text, once.get(key, text))
    sample = [(key, once[key]) for key in sorted(once)[:SAMPLE]]
    if len(sample) < MIN_ARTICLES:
        return ()
    hashes, starts = line_hashes([text for _, text in sample])
    each = [np.unique(hashes[starts[i] : starts[i + 1]]) for i in range(len(sample))]
    values, counts = np.unique(np.concatenate(each), return_counts=True)
    frequent = values[(counts >= MIN_SHARE * len(sample)) & (values != 0)]
    if not len(frequent):
        return ()
    keep = np.isin(hashes, frequent)
    lines = [
        (
            key,
            [line if keep[starts[i] + n] else "" for n, line in enumerate(text.decode("utf-8", "replace").split("\n"))],
        )
        for i, (key, text) in enumerate(sample)
    ]
    return tuple(proposed.line for proposed in learn(lines))


def without_lines(pieces: Sequence[bytes], sites: Sequence[str | None], site_lines: SiteLines) -> list[bytes]:
    """Return the texts (NFC in UTF-8) without the lines of their sites."""
    kept = list(pieces)
    mine = [i for i, site in enumerate(sites) if site and site in site_lines and pieces[i]]
    hashes, starts = line_hashes([pieces[i] for i in mine])
    for place, index in enumerate(mine):
        known = site_lines[sites[index] or ""]
        near = [value in known.hashes for value in hashes[starts[place] : starts[place + 1]].tolist()]
        if any(near):
            lines = pieces[index].decode("utf-8", "replace").split("\n")
            left = [line for i, line in enumerate(lines) if not (near[i] and site_line_key(line) in known.keys)]
            kept[index] = "\n".join(left).encode("utf-8", "surrogatepass")
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
