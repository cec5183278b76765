"""Makes statements: a line of a norm, and the uses that it denies and grants."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from etl.model import RightsStatement
from etl.untrusted_text import as_line

MAX_SAID = 2000  # characters of one line; a longer one is noise or an attack on our own tables


class Use(StrEnum):
    """What is done with a page, each on its own."""

    STORE = "store"  # keep its text
    SHOW = "show"  # let readers of the warehouse see its text
    EXPORT = "export"  # give its text away
    TRAIN = "train"  # give it to those who train models on it


ALL = frozenset(Use)


def statement(
    norm: str,
    place: str,
    said: str,
    *,
    denies: Iterable[Use] = (),
    grants: Iterable[Use] = (),
    document: str | None = None,
    read_at: str | None = None,
) -> RightsStatement:
    """A statement; a use that is both denied and granted is denied."""
    no = frozenset(denies)
    return RightsStatement(
        norm=norm,
        place=as_line(place, MAX_SAID),
        said=as_line(said, MAX_SAID),
        document=document,
        read_at=read_at,
        denies=_named(no),
        grants=_named(frozenset(grants) - no),
    )


def _named(uses: frozenset[Use]) -> str:
    return " ".join(use.value for use in Use if use in uses)
