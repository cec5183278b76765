"""The interface of a lake's store, for a local folder and S3.

An object is published complete or not at all. Names are relative POSIX paths, the same for every store.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from etl.errors import Permanent

if TYPE_CHECKING:
    pass

# S3 allows 1,024 bytes of UTF-8 for a key; common file systems 255 for a part of a path.
MAX_NAME_BYTES = 900  # leaves room for the prefix of the lake
MAX_PART_BYTES = 255
_CONTROL = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")


class ObjectMissing(Permanent):
    """There is no object of that name; the message holds its URL."""


class ObjectStore(Protocol):
    """A place for immutable objects.

    Every method raises `Transient` when another try may help and `Permanent` when it will not; both name the URL.
    A name that is not a clean relative path raises `Permanent`.
    """

    def put_new(self, name: str, data: Path | bytes) -> bool:
        """Create the object if there is none of that name; returns whether this call did.

        Of several concurrent callers exactly one gets True. False is also returned when an earlier try of this call had
        succeeded and only its confirmation was lost, so names should contain a hash of the content.
        """

    def put(self, name: str, data: Path | bytes) -> None:
        """Create or replace the object; readers see the old one or the new one, never a mixture."""

    def read(self, name: str) -> bytes:
        """All bytes. Raises `ObjectMissing`."""

    def read_range(self, name: str, offset: int, length: int) -> bytes:
        """The bytes from `offset`, fewer than `length` only where the object ends. Raises `ObjectMissing`."""

    def open(self, name: str) -> BinaryIO:
        """A seekable stream that holds a bounded part in memory. Raises `ObjectMissing`."""

    def exists(self, name: str) -> bool:
        """Whether there is an object of that name."""

    def size(self, name: str) -> int:
        """Bytes. Raises `ObjectMissing`."""

    def list(self, prefix: str = "") -> Iterator[str]:
        """The names that start with `prefix` (of characters, not of folders), in the order of their UTF-8 bytes."""

    def delete(self, name: str) -> None:
        """Remove the object; one that is not there is already removed."""

    def sweep(self, *, before: float) -> int:
        """Delete unfinished files of killed writers that were last written before this time (seconds since 1970).

        Returns how many. Choose a time that no live writer's file can be older than, such as a day ago.
        """

    def url(self, name: str) -> str:
        """The full URL of the object, for messages and ledgers."""


def checked(name: str) -> str:
    """The name itself when it is a clean relative POSIX path; raises `Permanent` otherwise.

    >>> checked("raw/live/2026/11/24/a.warc.gz")
    'raw/live/2026/11/24/a.warc.gz'
    """
    parts = name.split("/")
    if (
        _CONTROL.search(name)
        or any(not part or part.startswith(".") or len(os.fsencode(part)) > MAX_PART_BYTES for part in parts)
        or len(name.encode()) > MAX_NAME_BYTES
    ):
        raise Permanent(
            f"{name!r} is no object name: give a relative path with '/', without '..', hidden parts, controls"
        )
    return name
