"""Large files of public archives, read a range at a time: a connection that breaks costs one range and not the file."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from datetime import datetime
from http.client import HTTPException
from typing import BinaryIO, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import OpenerDirector, ProxyHandler, Request, build_opener

from etl.errors import Permanent, SettingError, Transient
from etl.fetch.address import Policy, host_refusal
from etl.fetch.agent import user_agent
from etl.fetch.wire import retry_after_s
from etl.lake.store import ObjectMissing, open_store

RANGE_BYTES = 4 << 20
TRIES = 6
FIRST_PAUSE_S = 1.0
MAX_PAUSE_S = 60.0
TIMEOUT_S = 60.0

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
    """The files at `https://host/prefix` or `s3://bucket/prefix` (with boto3's credentials; Common Crawl wants some).

    Without a contact only this machine is asked, as for sites. Raises `SettingError`.
    """
    if url.startswith("s3://"):
        return open_store(url, endpoint_url=endpoint_url)
    host = urlsplit(url).hostname or ""
    refusal = host_refusal(host, Policy.for_contact(contact), loopback_too=True)
    if refusal:
        raise SettingError(f"{url} cannot be asked ({refusal}): set NEWS_ETL_CONTACT to a page or address of yours")
    # Without a contact a proxy's loopback would be another machine's.
    opener = build_opener(ProxyHandler() if contact else ProxyHandler({}))
    return HttpFiles(url.rstrip("/"), opener, agent=user_agent(contact), clock=clock, sleep=sleep)


class HttpFiles:
    """Files of an HTTP server that knows ranges (RFC 9110, 14). Busy servers are waited for, a bounded number of times."""

    def __init__(self, base: str, opener: OpenerDirector, *, agent: str, clock: Clock, sleep: Sleep) -> None:
        self._base = base
        self._opener = opener
        self._agent = agent
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
        headers = {"User-Agent": self._agent, "Accept-Encoding": "identity"}
        if span:
            headers["Range"] = f"bytes={span[0]}-{span[0] + span[1] - 1}"
        try:
            with self._opener.open(Request(self.url(name), headers=headers), timeout=TIMEOUT_S) as answer:
                etag = answer.headers.get("ETag") or ""
                if span and answer.status != 206:
                    raise Permanent(f"{self.url(name)}: the server gives no ranges (status {answer.status})")
                data = answer.read()
                declared = answer.headers.get("Content-Length")
                if declared is not None and len(data) != int(declared):
                    raise _BusyError(f"{len(data)} bytes came of {declared}")
                total = (answer.headers.get("Content-Range") or "").rpartition("/")[2]
                return data, int(total) if total.isdigit() else len(data), etag
        except HTTPError as error:
            return self._failed(name, error, span)
        except (URLError, HTTPException, OSError) as error:
            raise _BusyError(str(error) or type(error).__name__) from error

    def _failed(self, name: str, error: HTTPError, span: tuple[int, int] | None) -> tuple[bytes, int, str]:
        if error.code == 416 and span:  # the range starts where the file has ended
            return b"", span[0], ""
        if error.code in (404, 410):
            raise ObjectMissing(f"there is no file {self.url(name)}") from error
        if error.code == 429 or error.code >= 500:
            after = retry_after_s(error.headers.get("Retry-After"), self._clock())
            raise _BusyError(f"status {error.code}", after or 0.0) from error
        raise Permanent(f"{self.url(name)}: status {error.code} {error.reason}") from error


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
