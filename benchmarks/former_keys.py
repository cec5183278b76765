"""A warehouse as version 1 of the URL keys left it: code that makes keys and addresses as it did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from etl import urls
from etl.lake import silver
from etl.sources import registry
from etl.stages.process import page_reading
from etl.urls.former import former_url
from etl.urls.keys import key_of_form
from etl.warehouse.load import rows


def former_key(url: str, *, rules: Any = None) -> bytes:
    """The key that an address had in version 1."""
    return key_of_form(former_url(url, rules=rules))


@contextmanager
def made_now() -> Iterator[None]:
    """Let all code make keys and addresses as version 1 did, inside."""
    with ExitStack() as stack:
        for module in (urls, registry, rows, page_reading):
            for name, former in (("url_key", former_key), ("page_url", str), ("normal_url", former_url)):
                if hasattr(module, name):
                    stack.enter_context(mock.patch.object(module, name, former))
        stack.enter_context(mock.patch.object(registry, "former_keys", lambda url, *, rules=None: frozenset()))
        stack.enter_context(mock.patch.object(silver, "KEY_VERSION", 1))
        yield
