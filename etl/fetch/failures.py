"""Maps errors below HTTP to an outcome and a line that names the layer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import aiohttp

from etl.fetch.address import RefusedAddressError
from etl.fetch.messages import Refusal
from etl.http.codings import ContentError, TooLargeError
from etl.model import Outcome
from etl.untrusted_text import as_line

_MAX_DETAIL = 300


class BrokenConnectionError(Exception):
    """The server closed the connection before it answered."""


class NotHttpError(Exception):
    """What came back is no answer of HTTP."""


class BodyError(Exception):
    """The body of an answer did not come, or its parts cannot be told from each other."""


def outcome_of(error: Exception) -> Refusal:
    """The outcome of a request that raised. Everything that is not more exact is HTTP_ERROR."""
    chain = list(_chain(error))
    for each in chain:
        if isinstance(each, RefusedAddressError):
            return Refusal(outcome=Outcome.REFUSED_ADDRESS, detail=str(each))
    if isinstance(error, TooLargeError):
        return Refusal(outcome=Outcome.TOO_LARGE, detail=_detail("body", error))
    if isinstance(error, ContentError):  # complete, but undecodable: fetching it again will not help
        return Refusal(outcome=Outcome.BROKEN_PAGE, detail=_detail("body", error))
    if any(isinstance(each, asyncio.TimeoutError | TimeoutError) for each in chain):
        return Refusal(outcome=Outcome.TIMEOUT, detail=_detail("timeout", error))
    return Refusal(outcome=Outcome.HTTP_ERROR, detail=_detail(_layer(error), error))


def _layer(error: Exception) -> str:
    match error:
        case aiohttp.ClientHttpProxyError() | aiohttp.ClientProxyConnectionError():
            return "proxy"
        case aiohttp.ClientConnectorDNSError():
            return "dns"
        case aiohttp.ClientConnectorSSLError() | aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return "tls"
        case aiohttp.ClientConnectorError():
            return "connect"
        case BodyError():
            return "body"
        case NotHttpError() | aiohttp.ClientResponseError():
            return "not http"
        case aiohttp.InvalidURL():
            return "url"
        case aiohttp.ClientConnectionError() | BrokenConnectionError() | OSError():
            return "connection"
        case _:
            return "client"


def _detail(layer: str, error: Exception) -> str:
    text = error.message if isinstance(error, aiohttp.ClientResponseError) else str(error)
    return as_line(f"{layer}: {text or type(error).__name__}", _MAX_DETAIL)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what caused it, with the OSError that aiohttp keeps aside."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [each.__cause__, each.__context__, getattr(each, "os_error", None)]
