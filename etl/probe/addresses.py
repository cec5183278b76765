"""Addresses as a probe compares them."""

from __future__ import annotations

from etl import urls
from etl.errors import Quarantine


def key_of(url: str) -> str:
    """An address without scheme and `www.`: the same document, by both of which it is often named."""
    try:
        return urls.normal_url(url).partition("://")[2].removeprefix("www.")
    except Quarantine:
        return url


def host_of(url: str) -> str:
    """The host of a URL, "" for one that has none."""
    try:
        return urls.host_of(url)
    except Quarantine:
        return ""
