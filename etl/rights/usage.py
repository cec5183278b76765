"""Preferences as lists of `label=value`: AIPREF (`Content-Usage`) and Content Signals (`Content-Signal`).

Sources: draft-ietf-aipref-vocab-08, draft-ietf-aipref-attach-05, https://contentsignals.org. A yes counts as the norm writes
it (`y`; `yes`), a no in every notation in which people write it: a strict reader would make a permission of a misspelt
refusal. Of a label given twice a no counts. Labels that are not known are ignored; those that AIPREF had before and that
covered training (`train-genai`, `genai`, `ai`, `tdm`, `bots`, `all`) still refuse it, and grant nothing.

`search` refused: the text is not even to be found, so it is neither shown nor given away. Granted, it is less than showing
a text. `ai-use` and `ai-input` (retrieval, grounding) concern none of the uses that are told apart here; they are kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from etl.rights.statements import Use

_SHOWN = frozenset({Use.SHOW, Use.EXPORT})
_TRAINED = frozenset({Use.TRAIN})
_NO = frozenset({"n", "no", "?0", "0", "false", "disallow", "none", "deny"})
_ITEM = re.compile(r"([^=:\s]+)\s*[=:]\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The labels of a norm: what a no denies, what a yes grants, and how a yes is written."""

    norm: str
    denies: Mapping[str, frozenset[Use]]
    grants: Mapping[str, frozenset[Use]]
    yes: str
    has_case: bool  # whether Y is another value than y


AIPREF = Vocabulary(
    norm="aipref",
    denies={
        "search": _SHOWN,
        **dict.fromkeys(("train-ai", "train-genai", "genai", "ai", "tdm", "bots", "all"), _TRAINED),
    },
    grants={"train-ai": _TRAINED},
    yes="y",
    has_case=True,
)
CONTENT_SIGNAL = Vocabulary(
    norm="content_signal",
    denies={"search": _SHOWN, "ai-train": _TRAINED},
    grants={"ai-train": _TRAINED},
    yes="yes",
    has_case=False,
)


def read(value: str, words: Vocabulary) -> tuple[frozenset[Use], frozenset[Use]]:
    """The uses that a value denies, and those that it grants."""
    no: set[Use] = set()
    yes: set[Use] = set()
    for item in re.split(r"[,\n]|\s(?=[\w-]+\s*=)", value):
        found = _ITEM.match(item.strip())
        if found is None:
            continue
        label, said = found[1].lower(), found[2].partition(";")[0].strip()
        if said.strip("\"' ").lower() in _NO:
            no |= words.denies.get(label, frozenset())
        elif words.yes == (said if words.has_case else said.lower()) and (not words.has_case or found[1] == label):
            yes |= words.grants.get(label, frozenset())
    return frozenset(no), frozenset(yes - no)
