"""Reads one answer from a connection, within bounds of time and size. What is not as it should be is kept and said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from etl.fetch.connections import Inbox
from etl.fetch.failures import BodyError, BrokenConnectionError, NotHttpError
from etl.http.codings import BodyDecoder, TooLargeError
from etl.http.framing import ChunkError, Dechunker, End, Framing, framing_of
from etl.http.head import Head, HeadError, parse_head, values_of

# Publishers' content security policies and preload links run to kilobytes a field; browsers take 256 KiB in all.
MAX_FIELD_BYTES = 32 << 10
MAX_FIELDS = 200

_PART = 1 << 16
# Behind a body whose stated length was too small its rest is there at once, or the connection has nothing more to say.
_BEHIND_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How much of a body is taken, decoded. `cut`: the first part will do, instead of giving up.

    `as_stored`: content codings stay on, since the file itself is meant and not what it says. `unwraps`: gzip comes off
    also where nobody named it.
    """

    max_bytes: int
    cut: bool = False
    as_stored: bool = False
    unwraps: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedBody:
    """A body without its codings. `is_cut`: by the limit; `is_short`: the answer ended before what it had stated."""

    content: bytes
    is_cut: bool = False
    is_short: bool = False


async def read_head(inbox: Inbox, within_s: float) -> Head:
    """The head of the answer, interim ones passed by. Raises `NotHttpError`, `BrokenConnectionError`, `TimeoutError`."""
    while True:
        head = await _read_one_head(inbox, within_s)
        if head.status == 101:
            raise NotHttpError("another protocol, which nobody asked for")
        if head.status >= 200:
            return head


async def _read_one_head(inbox: Inbox, within_s: float) -> Head:
    lines: list[bytes] = []
    while True:
        line = await _line(inbox, within_s)
        if line is None:
            return _cut_head(inbox, lines)
        if line:
            lines.append(line)
            if len(lines) > MAX_FIELDS + 1:
                raise NotHttpError(f"more than {MAX_FIELDS} header fields")
            if len(lines) == 1:
                _parsed(lines)  # not HTTP at all: nobody waits for its end
        elif lines:
            return _parsed(lines)


def _cut_head(inbox: Inbox, lines: list[bytes]) -> Head:
    """A redirect says all that it has to say with its Location. Of any other head half of it is none."""
    if not lines and not inbox.buffer:
        if inbox.error is not None:
            raise inbox.error
        raise BrokenConnectionError("closed without an answer")
    if lines:
        head = _parsed(lines)
        if 300 <= head.status < 400 and head.values(b"location"):
            return head
    raise NotHttpError("the connection ended within the head of the answer")


def _parsed(lines: list[bytes]) -> Head:
    try:
        return parse_head(lines)
    except HeadError as error:
        raise NotHttpError(str(error)) from error


async def _line(inbox: Inbox, within_s: float) -> bytes | None:
    """A line without its end; None where the connection ends before that. Raises `NotHttpError` for one without end."""
    looked = 0
    while (end := inbox.buffer.find(b"\n", looked)) < 0:
        looked = len(inbox.buffer)
        if looked > MAX_FIELD_BYTES:
            raise NotHttpError(f"a header line of over {MAX_FIELD_BYTES} bytes")
        if not await inbox.more(within_s):
            return None
    if end > MAX_FIELD_BYTES:
        raise NotHttpError(f"a header line of over {MAX_FIELD_BYTES} bytes")
    return inbox.take(end + 1)[:-1].removesuffix(b"\r")


def framing(head: Head) -> Framing:
    """What ends the body. Raises `NotHttpError`."""
    try:
        return framing_of(head)
    except HeadError as error:
        raise NotHttpError(str(error)) from error


class BodyReader:
    """Reads the body behind a head. `is_clean`: it ended where head and bytes agree that it does."""

    def __init__(self, inbox: Inbox, head: Head, framing: Framing, limit: Limit, *, within_s: float) -> None:
        self._inbox = inbox
        self._framing = framing
        self._within_s = within_s
        coded = values_of(head.fields, b"content-encoding")
        names = b", ".join(coded).decode("latin-1")
        named = ", ".join(name for name in (names, *framing.codings) if name)
        self._limit = limit
        self._decoder = BodyDecoder(
            "" if limit.as_stored else named, max_bytes=limit.max_bytes, unwraps=limit.unwraps and not limit.as_stored
        )
        self._is_short = False
        self.is_clean = False

    async def read(self) -> ReceivedBody:
        """The body. Raises `TooLargeError`, `ContentError`, `BodyError`, `TimeoutError`."""
        stated = self._framing.length
        if stated is not None and stated > self._limit.max_bytes and not self._limit.cut:
            raise TooLargeError(f"Content-Length is {stated}, more than {self._limit.max_bytes} bytes")
        try:
            async for part in self._parts():
                self._decoder.feed(part)
            content = self._decoder.finish()
        except TooLargeError:
            if not self._limit.cut:
                raise
            return ReceivedBody(content=bytes(self._decoder.body), is_cut=True)
        except TimeoutError:
            if not self._decoder.is_whole:
                raise
            content, self.is_clean = self._decoder.finish(), False  # a length that is that of the unpacked body
        if self._is_short and not content:
            raise BodyError("the connection ended before the body came")
        is_whole = self._decoder.is_whole and not self._decoder.is_cut
        return ReceivedBody(content=content, is_short=self._decoder.is_cut or (self._is_short and not is_whole))

    def _parts(self) -> AsyncIterator[bytes]:
        match self._framing.end:
            case End.NOTHING:
                return self._nothing()
            case End.LENGTH:
                return self._of_length(self._framing.length or 0)
            case End.CHUNKS:
                return self._of_chunks()
            case End.CLOSE:
                return self._to_the_end()

    async def _nothing(self) -> AsyncIterator[bytes]:
        self.is_clean = True
        return
        yield b""

    async def _to_the_end(self) -> AsyncIterator[bytes]:
        while self._inbox.buffer or await self._more():
            yield self._inbox.take(_PART)

    async def _of_length(self, left: int) -> AsyncIterator[bytes]:
        while left > 0 and (self._inbox.buffer or await self._more()):
            part = self._inbox.take(min(left, _PART))
            left -= len(part)
            yield part
        self._is_short = left > 0
        self.is_clean = left == 0 and not self._inbox.buffer
        if left == 0:
            async for part in self._behind():
                yield part

    async def _behind(self) -> AsyncIterator[bytes]:
        """What stands behind the stated length, if it is the body's: nobody else asked for anything on this connection.

        A second answer begins as one. Where the connection goes on after the answer, only what is there already counts.
        """
        if not self._inbox.buffer and self._framing.is_last:
            await self._more(_BEHIND_S, or_not=True)
        if not self._inbox.buffer:
            return
        self.is_clean = False
        if bytes(self._inbox.buffer[:5]).upper() == b"HTTP/":
            return
        yield self._inbox.take(_PART)
        while self._inbox.buffer or await self._more(_BEHIND_S, or_not=True):
            yield self._inbox.take(_PART)

    async def _of_chunks(self) -> AsyncIterator[bytes]:
        dechunker = Dechunker()
        while not dechunker.is_over and (self._inbox.buffer or await self._more()):
            data = self._inbox.take(_PART)
            try:
                for part in dechunker.feed(data):
                    yield part
            except ChunkError as error:
                if not dechunker.is_plain:
                    raise BodyError(str(error)) from error
                self._inbox.buffer[:0] = dechunker.taken
                whole = self._framing.length
                async for part in self._of_length(whole) if whole is not None else self._to_the_end():
                    yield part
                self.is_clean = False
                return
        self._is_short = not dechunker.is_over
        self.is_clean = dechunker.is_over and not dechunker.rest and not self._inbox.buffer

    async def _more(self, within_s: float | None = None, *, or_not: bool = False) -> bool:
        """As `Inbox.more`. `or_not`: nothing within that time, and a connection that broke, are nothing more."""
        try:
            if await self._inbox.more(within_s or self._within_s):
                return True
        except TimeoutError:
            if not or_not:
                raise
            return False
        if self._inbox.error is not None and not or_not:
            raise BodyError(f"the connection broke: {self._inbox.error}")
        return False
