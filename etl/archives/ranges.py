"""Large files of public archives, read a range at a time: a connection that breaks costs one range and not the file.

HTTP goes through the same client as sites: every redirect is checked by the address guard, and requests are bounded in bytes
and time.
"""

from __future__ import annotations

import asyncio
import io
import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import BinaryIO, Protocol

from etl import urls
from etl.errors import Permanent, Quarantine, SettingError, Transient
from etl.fetch.address import Policy, host_name, host_refusal, is_loopback_host
from etl.fetch.client import LIMITS, MIB, Client, ClientConfig
from etl.fetch.messages import FetchRequest, FetchResult, RequestKind
from etl.fetch.transport import PART
from etl.lake.store import ObjectMissing
from etl.lake.stores import open_store
from etl.model import Outcome

RANGE_BYTES = 4 * MIB
MAX_FILE_BYTES = LIMITS[RequestKind.ARCHIVE].max_bytes
TRIES = 6
FIRST_PAUSE_S = 1.0
MAX_PAUSE_S = (
    60.0  # also of what a server asks for: the tries together take some minutes, and are made again by the next run
)
TOTAL_TIMEOUT_S = 300.0  # of one request: 4 MiB at 14 KB/s
READ_TIMEOUT_S = 60.0  # without a single byte

# Nothing that another try would change.
_FINAL = frozenset({Outcome.REFUSED_ADDRESS, Outcome.TOO_LARGE, Outcome.BROKEN_PAGE})
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,19})-([0-9]{1,19})/([0-9]{1,19}|\*)")

Sleep = Callable[[float], None]
Clock = Callable[[], datetime]


class Files(Protocol):
    """A place of files that do not change."""

    def read(self, name: str) -> bytes:
        """All bytes of a small file. Raises `ObjectMissing`, `Transient` or `Permanent`."""

    def open(self, name: str) -> BinaryIO:
        """A seekable stream that holds a bounded part in memory. Raises `ObjectMissing`."""

    def url(self, name: str) -> str:
        """The full address, for messages."""


def open_files(
    url: str, *, contact: str | None, clock: Clock, endpoint_url: str | None = None, sleep: Sleep = time.sleep
) -> Files:
    """The files at `https://host/prefix` or `s3://bucket/prefix` (with boto3's credentials; Common Crawl requires some).

    Without a contact only loopback is fetched, as for sites. Raises `SettingError`.
    """
    if url.startswith("s3://"):
        return open_store(url, endpoint_url=endpoint_url)
    try:
        host = urls.host_of(url)
    except Quarantine as error:
        raise SettingError(f"{url} is no address of an archive: {error.detail}") from error
    refusal = host_refusal(host_name(host), Policy.for_contact(contact), loopback_too=True)
    if refusal:
        raise SettingError(f"{url} cannot be asked ({refusal}): set NEWS_ETL_CONTACT to a page or address of yours")
    config = ClientConfig.for_contact(
        contact, loopback_hosts=frozenset({host}) if is_loopback_host(host) else frozenset()
    )
    config = replace(config, total_timeout_s=TOTAL_TIMEOUT_S, read_timeout_s=READ_TIMEOUT_S)
    config = replace(
        config, limits={RequestKind.ARCHIVE: replace(LIMITS[RequestKind.ARCHIVE], max_bytes=MAX_FILE_BYTES)}
    )
    return HttpFiles(url.rstrip("/"), config, clock=clock, sleep=sleep)


class HttpFiles:
    """Files of an HTTP server that supports ranges (RFC 9110, 14). A busy server is tried again a limited number of times."""

    def __init__(self, base: str, config: ClientConfig, *, clock: Clock, sleep: Sleep) -> None:
        self._base = base
        self._config = config
        self._clock = clock
        self._sleep = sleep

    def read(self, name: str) -> bytes:
        return self._get(name, None)[0]

    def open(self, name: str) -> BinaryIO:
        return io.BufferedReader(_Ranges(self, name), RANGE_BYTES)

    def url(self, name: str) -> str:
        return f"{self._base}/{name}"

    def range(self, name: str, start: int, length: int) -> tuple[bytes, int, str]:
        """Bytes from `start`, fewer only at the end; the size of the whole, and its ETag."""
        data, size, etag = self._get(name, (start, length))
        return data, size, etag

    def _get(self, name: str, span: tuple[int, int] | None) -> tuple[bytes, int, str]:
        pause = FIRST_PAUSE_S
        for attempt in range(1, TRIES + 1):
            try:
                return self._once(name, span)
            except _BusyError as busy:
                if attempt == TRIES:
                    raise Transient(f"{self.url(name)}: {busy.why}, {TRIES} times") from busy
                self._sleep(min(MAX_PAUSE_S, max(pause, busy.after_s)))
                pause *= 2
        raise AssertionError("the last try returns or raises")

    def _once(self, name: str, span: tuple[int, int] | None) -> tuple[bytes, int, str]:
        request = FetchRequest(
            url=self.url(name),
            kind=RequestKind.ARCHIVE,
            byte_range=(span[0], span[0] + span[1] - 1) if span else None,
            whole_only=True,
        )
        result = asyncio.run(self._ask(request))
        if not result.is_full:
            return self._failed(name, result, span)
        if span is None:
            return result.body, len(result.body), result.etag or ""
        said = result.header("Content-Range") or ""
        part = _CONTENT_RANGE.fullmatch(said.strip())
        if part is None or int(part[1]) != span[0] or int(part[2]) - int(part[1]) + 1 != len(result.body):
            raise Permanent(
                f"{self.url(name)}: bytes from {span[0]} were asked for, {len(result.body)} came as {said!r}"
            )
        return result.body, int(part[3]) if part[3] != "*" else span[0] + len(result.body), result.etag or ""

    async def _ask(self, request: FetchRequest) -> FetchResult:
        async with Client(self._config, clock=self._clock) as client:
            return await client.get(request)

    def _failed(self, name: str, result: FetchResult, span: tuple[int, int] | None) -> tuple[bytes, int, str]:
        where, status = self.url(name), result.status
        if status == 416 and span:  # the range starts where the file has ended
            return b"", span[0], ""
        if status in (404, 410):
            raise ObjectMissing(f"there is no file {where}")
        if span and status in (200, 203):
            raise Permanent(f"{where}: the server gives no ranges (status {status})")
        if result.outcome not in _FINAL and (status in (None, 200, 203, PART, 429) or status >= 500):
            raise _BusyError(result.error or str(result.outcome), result.retry_after_s or 0.0)
        raise Permanent(f"{where}: {result.error or result.outcome}")


class _BusyError(Exception):
    def __init__(self, why: str, after_s: float = 0.0) -> None:
        super().__init__(why)
        self.why = why
        self.after_s = after_s


class _Ranges(io.RawIOBase):
    """A seekable stream of ranged requests."""

    def __init__(self, files: HttpFiles, name: str) -> None:
        self._files, self._name = files, name
        self._position = 0
        self._size: int | None = None
        self._etag: str | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = self._position if whence == io.SEEK_CUR else self._whole() if whence == io.SEEK_END else 0
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._size is not None and self._position >= self._size:
            return 0
        data, size, etag = self._files.range(self._name, self._position, len(buffer))
        if self._etag is not None and data and etag != self._etag:
            raise Transient(f"{self._files.url(self._name)} was replaced while it was read")
        if data:
            self._size, self._etag = size, etag
        wanted = min(len(buffer), max(0, size - self._position))
        if len(data) < wanted:
            raise Transient(f"{self._files.url(self._name)}: {len(data)} bytes came where {wanted} were asked for")
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _whole(self) -> int:
        if self._size is None:
            _, self._size, self._etag = self._files.range(self._name, 0, 1)
        return self._size
