"""The numbers that decide what is one story, and their version.

Measured on two sets of synthetic syndication over real articles (`python -m benchmarks.stories`).
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

KEY_SHINGLE = 5  # words; shorter ones are shared by texts that have nothing to do with each other
KEY_MODULUS = 32  # one shingle of so many becomes a key: some 19 of a text of 600 words
MIN_KEYS = 8  # a short text has at least so many, its lowest
BUCKET = 64  # an edge counts while one end is among so many lowest members of a shared key; 16 let order show

SHINGLE = 3  # words, for verification
CHAR_SHINGLE = 8  # letters and digits, for texts with letters misread
CHAR_MODULUS = 4  # one character shingle of so many is compared

MIN_CONTAINMENT = 0.6
MIN_ANCHORS = 0.7
MIN_JACCARD = 0.2  # below, the smaller text is a paragraph in a larger one
SHORT_SHINGLES = 30  # under so many shingles a few shared phrases are half of a text,
SHORT_JACCARD = 0.8  # so that it has to be nearly equal

MIN_TOKENS = 12  # less is a headline or a stub, and takes no part

_DECIDING = ("characters", "tokens", "rules", "keys", "verify", "member", "candidates", "components")


@cache
def _version() -> str:
    here = Path(__file__).resolve().parent
    digest = hashlib.sha256()
    for name in _DECIDING:
        digest.update(name.encode() + b"\0" + (here / f"{name}.py").read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()[:16]


RELATE_VERSION: str = _version()
"""A hash over the code and numbers that decide on edges and stories. Another version relates all articles anew."""
