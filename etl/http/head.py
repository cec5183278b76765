"""The head of an answer, read with the tolerance of browsers. Pure.

Source: RFC 9112 sections 2 to 5, and the deviations of real servers. Every tolerated deviation is named in `Head.mended`:
after such a head the connection must not be used for another answer, since two readers may see its end in two places
(RFC 9112 section 11.2).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

Fields = tuple[tuple[bytes, bytes], ...]

# RFC 9112 section 4, with the other blanks that it allows recipients to accept, and without a reason.
_STATUS_LINE = re.compile(rb"HTTP/(\d(?:\.\d)?)[ \t]+(\d{3})(?:[ \t]+(.*))?", re.IGNORECASE | re.DOTALL)
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_NOT_IN_A_VALUE = re.compile(rb"[\x00\r]")
_BLANKS = b" \t"


class HeadError(Exception):
    """Not the head of an answer of HTTP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Status line and fields. `fields`: in the order received, a folded line joined to its first by a blank.

    `mended`: what a strict reader would refuse, in words; empty for a head that conforms to the standard.
    """

    status: int
    reason: bytes
    version: str  # 1.1
    fields: Fields
    mended: tuple[str, ...] = ()

    def values(self, name: bytes) -> list[bytes]:
        """The values of a field, one for each line."""
        return values_of(self.fields, name)


def values_of(fields: Fields, name: bytes) -> list[bytes]:
    """The values of a field of that name (in small letters), one for each line."""
    return [value for key, value in fields if key.lower() == name]


def parse_head(lines: Sequence[bytes]) -> Head:
    """The head in these lines, which have no line ends and no empty line among them. Raises `HeadError`.

    >>> parse_head([b"HTTP/1.1 200", b"X Own: a", b"Content-Type : text/html", b"  ; charset=utf-8"]).fields
    ((b'X Own', b'a'), (b'Content-Type', b'text/html ; charset=utf-8'))
    """
    first = lines[0] if lines else b""
    status_line = _STATUS_LINE.fullmatch(first)
    if status_line is None:
        raise HeadError(f"no answer starts with {first[:80]!r}")
    status = int(status_line[2])
    if status < 100:
        raise HeadError(f"status {status:03}")
    fields, mended = parse_fields(lines[1:])
    return Head(
        status=status,
        reason=(status_line[3] or b"").strip(_BLANKS),
        version=status_line[1].decode(),
        fields=fields,
        mended=mended,
    )


def parse_fields(lines: Sequence[bytes]) -> tuple[Fields, tuple[str, ...]]:
    """`name: value` lines, and the deviations in them.

    A name keeps invalid characters, without the blanks around it; a line without a colon is left out.
    """
    fields: list[tuple[bytes, bytes]] = []
    mended: dict[str, None] = {}
    for line in lines:
        if line[:1] in (b" ", b"\t"):
            mended["a folded line"] = None  # RFC 9112 section 5.2: a recipient joins them with blanks
            if fields:
                name, value = fields[-1]
                fields[-1] = (name, b" ".join((value, line.strip(_BLANKS))).strip(_BLANKS))
            continue
        name, colon, value = line.partition(b":")
        bare = name.strip(_BLANKS)
        if not colon or not bare:
            mended["a line that is no field"] = None
            continue
        if bare != name:
            mended["a blank before a colon"] = None
        elif not _TOKEN.fullmatch(bare):
            mended["a name that is none"] = None
        if _NOT_IN_A_VALUE.search(line):
            mended["NUL or CR within a line"] = None
        fields.append((bare, value.strip(_BLANKS)))
    return tuple(fields), tuple(mended)
