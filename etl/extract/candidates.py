"""A value with where it came from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One value for a field, and the name of the place it stood in."""

    value: str
    evidence: str
