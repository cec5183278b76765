"""A host's robots.txt as last read, how long it is valid, and the store that keeps it."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from etl.fetch.messages import FetchResult
from etl.untrusted_text import storable

# RFC 9309 section 2.4: not longer than a day. A no that comes from an error is asked again soon: with a day of it one
# restart of a server would cost a day of news (https://github.com/D4Vinci/Scrapling/issues/451).
FRESH = timedelta(hours=24)
FRESH_UNREACHABLE = timedelta(minutes=10)

# Payment, login, refusal, law: stricter than the RFC, which takes every 4xx for "no file". Whoever locks his robots.txt
# has not invited us in.
DENYING = frozenset({401, 402, 403, 451})
# Answers of today, not of the file: https://github.com/xorbitsai/xagent/issues/2043.
TEMPORARY = frozenset({408, 421, 425, 429})


class RobotsState(StrEnum):
    """The state of a host's robots.txt."""

    RULES = "rules"
    NO_FILE = "no_file"  # everything may be fetched
    DENIED = "denied"  # nothing may be fetched
    UNREACHABLE = "unreachable"  # nothing may be fetched now


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """Another file of the site that speaks of rights: tdmrep.json, or a document of terms. `problem`: why it has no text."""

    url: str  # tdmrep.json: after redirects; terms: as they are named
    fetched_at: datetime
    text: str = field(default="", repr=False)
    problem: str | None = None
    may_pass: bool = False  # the problem is one of now, and is not kept

    def to_json(self) -> dict[str, Any]:
        """A JSON object; `from_json` reads it."""
        return {
            "url": self.url,
            "fetched_at": self.fetched_at.isoformat(),
            "text": self.text,
            "problem": self.problem,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> StoredFile:
        """What `to_json` gave."""
        return cls(
            url=str(value["url"]),
            fetched_at=datetime.fromisoformat(value["fetched_at"]),
            text=value.get("text") or "",
            problem=value.get("problem"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRobots:
    """The file and the circumstances of its reading; `tdmrep` is the text of `/.well-known/tdmrep.json`, if any.

    `terms` are the documents of RSL that this file or the host's pages name. All of them are valid as long as the file is.
    """

    host: str
    state: RobotsState
    url: str  # after redirects
    fetched_at: datetime
    status: int | None = None
    error: str | None = None
    text: str = field(default="", repr=False)
    sha256: str | None = None  # of the bytes: what was in force at that time
    tdmrep: str | None = field(default=None, repr=False)
    tdmrep_url: str | None = None
    tdmrep_at: datetime | None = None
    terms: tuple[StoredFile, ...] = ()
    is_short: bool = False  # the answer ended before its stated length: rules may be missing

    def is_fresh(self, now: datetime) -> bool:
        """True while it is valid; a clock that was set back does not extend that."""
        limit = FRESH_UNREACHABLE if self.state is RobotsState.UNREACHABLE or self.is_short else FRESH
        return timedelta() <= now - self.fetched_at < limit

    def to_json(self) -> dict[str, Any]:
        """A JSON object that PostgreSQL takes; `from_json` reads it."""
        return {
            "host": self.host,
            "state": self.state.value,
            "url": self.url,
            "fetched_at": self.fetched_at.isoformat(),
            "status": self.status,
            "error": self.error,
            "text": self.text,
            "sha256": self.sha256,
            "tdmrep": self.tdmrep,
            "tdmrep_url": self.tdmrep_url,
            "tdmrep_at": self.tdmrep_at.isoformat() if self.tdmrep_at else None,
            "terms": [each.to_json() for each in self.terms],
            "is_short": self.is_short,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> StoredRobots:
        """What `to_json` gave."""
        known = {key: value.get(key) for key in ("host", "url", "status", "error", "sha256", "tdmrep", "tdmrep_url")}
        return cls(
            state=RobotsState(value["state"]),
            fetched_at=datetime.fromisoformat(value["fetched_at"]),
            text=value.get("text") or "",
            is_short=bool(value.get("is_short")),
            tdmrep_at=datetime.fromisoformat(at) if (at := value.get("tdmrep_at")) else None,
            terms=tuple(StoredFile.from_json(each) for each in value.get("terms") or ()),
            **known,  # type: ignore[arg-type]
        )


class RobotsStore(Protocol):
    """Where they are kept between runs and shared between processes, by `host[:port]`."""

    async def get(self, host: str) -> StoredRobots | None:
        """What was put last."""

    async def put(self, host: str, stored: StoredRobots) -> None:
        """Keep it in place of what was there."""


def stored_from(host: str, result: FetchResult) -> StoredRobots:
    """The meaning of an answer to `/robots.txt`. No answer, and redirects that lead nowhere, mean unreachable."""
    state = _state(result)
    text = _text(result) if state is RobotsState.RULES else ""
    return StoredRobots(
        host=host,
        state=state,
        url=result.final_url,
        fetched_at=result.fetched_at,
        status=result.status,
        error=result.error,
        text=text,
        is_short=result.is_short,
        sha256=hashlib.sha256(result.body).hexdigest() if state is RobotsState.RULES else None,
    )


def _state(result: FetchResult) -> RobotsState:
    status = result.status
    if result.is_full or status == 204:
        return RobotsState.RULES
    if status is None or not 400 <= status < 500 or status in TEMPORARY:
        return RobotsState.UNREACHABLE
    return RobotsState.DENIED if status in DENYING else RobotsState.NO_FILE


def _text(result: FetchResult) -> str:
    text = plain_text(result.body)
    whole = text[: max(text.rfind("\n"), text.rfind("\r")) + 1]
    # The last line of a file that was cut may be half a rule: "Disallow: /" of "Disallow: /private/". Where only the
    # length said so it may also be whole: then a no is kept, and a yes is not, which may be half of a narrower one.
    if result.is_cut or (result.is_short and not text[len(whole) :].lstrip().lower().startswith("disallow")):
        return whole
    return text


def plain_text(body: bytes) -> str:
    """A small text file of a site, in UTF-8 whatever its label says, or in UTF-16 where its bytes are that."""
    return storable(body.decode(_encoding(body), "replace"))


def _encoding(body: bytes) -> str:
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # ASCII as UTF-16 without a mark: every other byte is NUL, which no text in UTF-8 has.
    even, odd = body[:64:2], body[1:64:2]
    if len(body) >= 4 and not any(odd) and all(even):
        return "utf-16-le"
    return "utf-16-be" if len(body) >= 4 and not any(even) and all(odd) else "utf-8-sig"
