"""The TDM Reservation Protocol: `tdmrep.json`, headers, the page itself. Each place may replace what the one before said.

Source: https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/. Values other than 0 and 1 say nothing, and what
says nothing replaces nothing. In the file the first location that matches counts, not the longest. 1 reserves the
rights of text and data mining, of which training is one; 0 gives them up. A policy says on which terms they can be had.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from etl.fetch.robots import PathPattern
from etl.model import RightsStatement
from etl.rights.statements import Use, statement
from etl.untrusted_text import as_line

# Publishers list a handful of locations; each is matched with each page's address.
MAX_LOCATIONS = 1000
_MAX_FIELD = 500  # characters, of addresses

_TRAINED = frozenset({Use.TRAIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class TdmEntry:
    """An entry of the file that speaks of a page. `number` is its place in the file, from 1."""

    number: int
    reservation: str
    policy: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TdmFile:
    """The locations of a `tdmrep.json`; `left_out` stand behind those that are read."""

    locations: tuple[tuple[PathPattern, TdmEntry], ...] = ()
    left_out: int = 0

    def entry(self, url: str) -> TdmEntry | None:
        """The first entry whose location matches a URL."""
        return next((entry for pattern, entry in self.locations if pattern.matches(url)), None)


@lru_cache(maxsize=64)  # of the hosts that are visited at a time: a file is read once and not with every page
def read_file(text: str | None) -> TdmFile:
    """The entries of the file that can be read; none for what is no such file."""
    try:
        rules = json.loads(text) if text else []
    except (ValueError, RecursionError):
        return TdmFile()
    if isinstance(rules, Mapping):  # a single entry without its list, as some publish it
        rules = [rules]
    if not isinstance(rules, list):
        return TdmFile()
    found = [
        (number, rule)
        for number, rule in enumerate(rules, start=1)
        if isinstance(rule, Mapping) and isinstance(rule.get("location"), str)
    ]
    return TdmFile(
        locations=tuple(
            (PathPattern(rule["location"]), _entry(number, rule)) for number, rule in found[:MAX_LOCATIONS]
        ),
        left_out=max(0, len(found) - MAX_LOCATIONS),
    )


def _entry(number: int, rule: Mapping[str, Any]) -> TdmEntry:
    reservation, policy = rule.get("tdm-reservation"), rule.get("tdm-policy")
    is_said = isinstance(reservation, (int, str)) and not isinstance(reservation, bool)
    entry = {
        "location": rule["location"],
        "tdm-reservation": str(reservation).strip() if is_said else "",
        "tdm-policy": policy,
    }
    kept = {key: as_line(value, _MAX_FIELD) for key, value in entry.items() if isinstance(value, str) and value}
    return TdmEntry(
        number=number,
        reservation=kept.get("tdm-reservation", ""),
        policy=kept.get("tdm-policy", ""),
        said=json.dumps(kept, ensure_ascii=False),
    )


def reservation_of(said: str) -> str:
    """The reservation of an entry as `TdmEntry.said` has it."""
    try:
        return str(json.loads(said).get("tdm-reservation", ""))
    except (ValueError, AttributeError):
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TdmLine:
    """What one place says; `values` is what it gives for the reservation, the last one counts."""

    place: str
    said: str
    values: Sequence[str]
    document: str | None = None
    read_at: str | None = None


def statements(lines: Iterable[TdmLine]) -> Iterable[RightsStatement]:
    """The statements of these places, from the weakest to the strongest; of those that say 0 or 1 the last decides."""
    given = list(lines)
    deciding = max((n for n, line in enumerate(given) if _value(line) is not None), default=-1)
    for n, line in enumerate(given):
        value = _value(line) if n == deciding else None
        yield statement(
            "tdmrep",
            line.place,
            line.said,
            denies=_TRAINED if value == "1" else (),
            grants=_TRAINED if value == "0" else (),
            document=line.document,
            read_at=line.read_at,
        )


def _value(line: TdmLine) -> str | None:
    """0 or 1; of several values that can be read, 1."""
    said = {value.strip() for value in line.values} & {"0", "1"}
    return max(said, default=None)
