"""The price in an answer 402: what a site asks for a page, read and never paid.

Sources: Cloudflare's pay per crawl (`crawler-price: USD 0.01`, `crawler-error`; developers.cloudflare.com/ai-crawl-control),
x402 (`PAYMENT-REQUIRED` as base64 of JSON, or JSON as body; github.com/coinbase/x402), and RSL terms as body.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from etl.rights import rsl
from etl.untrusted_text import as_line, storable

MAX_PRICE = 200  # characters
_MAX_BODY = 64 << 10  # of an offer; longer bodies are pages for people
_PRICE = re.compile(
    r"(?:([A-Za-z]{3})\s*([0-9][0-9.,]*)|([$€£])\s*([0-9][0-9.,]*)|([0-9][0-9.,]*)\s*([A-Za-z]{3}))\s*$"
)
_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP"}


def price(headers: Sequence[tuple[str, str]], body: bytes) -> str | None:
    """The price that an answer names, such as `USD 0.01`, in the words of the site where it is written otherwise.

    None where it names none.
    """
    fields = {name.lower(): value.strip() for name, value in reversed(headers)}
    for name in ("crawler-price", "x-crawler-price"):
        if said := as_line(fields.get(name, ""), MAX_PRICE):
            return _amount(said)
    for name in ("payment-required", "x-payment-required"):
        if found := _offer(_json(_decoded(fields.get(name, "")))):
            return found
    start = body[:_MAX_BODY].lstrip()
    if start[:1] == b"{" and len(body) <= _MAX_BODY:
        return _offer(_json(start))
    if b"rslstandard.org/rsl" in start:
        return _of_terms(start)
    return None


def problem(headers: Sequence[tuple[str, str]]) -> str | None:
    """What `crawler-error` says, such as `InvalidCrawlerExactPrice`."""
    said = next((value for name, value in headers if name.lower() == "crawler-error"), "")
    return as_line(said, MAX_PRICE) or None


def _amount(said: str) -> str:
    found = _PRICE.match(said)
    if found is None:
        return said
    currency = found[1] or _SIGNS.get(found[3] or "") or found[6]
    return f"{currency.upper()} {(found[2] or found[4] or found[5]).rstrip('.,')}"


def _offer(value: Any) -> str | None:
    """The first price of an offer of x402: an amount in the smallest unit of an asset."""
    if not isinstance(value, Mapping):
        return None
    accepts = value.get("accepts")
    for one in accepts if isinstance(accepts, list) else [value]:
        if not isinstance(one, Mapping):
            continue
        amount = one.get("maxAmountRequired", one.get("amount", one.get("price")))
        if isinstance(amount, Mapping):
            one, amount = amount, amount.get("amount")
        if isinstance(amount, (int, float, str)) and not isinstance(amount, bool) and str(amount).strip():
            if isinstance(currency := one.get("currency"), str):
                return _amount(as_line(f"{currency} {amount}", MAX_PRICE))
            units = [unit for unit in (one.get("asset"), one.get("network")) if isinstance(unit, str)]
            return as_line(" ".join([str(amount), *units]), MAX_PRICE) or None
    return None


def _of_terms(body: bytes) -> str | None:
    document = rsl.read(storable(body.decode("utf-8", "replace")))
    found = [one.price for content in document.contents for one in content.licenses if one.price]
    return found[0] if found else None


def _decoded(value: str) -> bytes:
    if value[:1] == "{":
        return value.encode("utf-8", "replace")
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4), validate=False)
    except (binascii.Error, ValueError):
        return b""


def _json(text: bytes) -> Any:
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None
