"""Converts hints to JSON values and back, for the frontier, archives, lake and warehouse."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from etl.model import FoundVia, Hint


def values_of(hint: Hint) -> dict[str, str | None]:
    """A hint as JSON-ready values."""
    return {name: str(value) if value is not None else None for name, value in asdict(hint).items()}


def hint_of(values: Mapping[str, Any]) -> Hint:
    """The hint of `values_of`. Raises `ValueError`, `KeyError` or `TypeError` for what is none."""
    return Hint(**{**values, "via": FoundVia(values["via"])})


def hints_of(stored: str | Iterable[Mapping[str, Any]]) -> tuple[Hint, ...]:
    """The hints that a column of the database holds, which drivers give as text or as values."""
    return tuple(hint_of(values) for values in (json.loads(stored) if isinstance(stored, str) else stored))
