from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.rights.payment import MAX_PRICE, price, problem

X402 = {"x402Version": 2, "accepts": [{"scheme": "exact", "network": "base", "amount": "10000", "asset": "0x8335"}]}
FORMER = {"x402Version": 1, "accepts": [{"maxAmountRequired": "5000", "network": "base-sepolia", "asset": "USDC"}]}
RSL = (
    b'<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license><payment type="crawl">'
    b'<amount currency="EUR">0.02</amount></payment></license></content></rsl>'
)


def packed(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ((("crawler-price", "USD 0.01"),), b"", "USD 0.01"),
        ((("Crawler-Price", " usd 0.01 "),), b"", "USD 0.01"),
        ((("crawler-price", "0.01 USD"),), b"", "USD 0.01"),
        ((("crawler-price", "$0.01"),), b"", "USD 0.01"),
        ((("crawler-price", "€ 1,50"),), b"", "EUR 1,50"),
        ((("crawler-price", "0.01"),), b"", "0.01"),
        ((("crawler-price", "5000 micros USD"),), b"", "5000 micros USD"),
        ((("crawler-price", "USD"),), b"", "USD"),
        ((("crawler-price", ""),), b"", None),
        ((("crawler-price", "x" * 5000),), b"", "x" * MAX_PRICE),
        ((("PAYMENT-REQUIRED", packed(X402)),), b"", "10000 0x8335 base"),
        ((("payment-required", json.dumps(X402)),), b"", "10000 0x8335 base"),
        ((("payment-required", "no base64 at all!"),), b"", None),
        ((), json.dumps(FORMER).encode(), "5000 USDC base-sepolia"),
        ((), b'{"error": "payment_required", "price": {"amount": "0.01", "currency": "USD"}}', "USD 0.01"),
        ((), b'{"accepts": []}', None),
        ((), b'{"accepts": [null, {"amount": true}]}', None),
        ((), b"[]", None),
        ((), b'{"price":', None),
        ((), RSL, "EUR 0.02"),
        ((), b"<html>rslstandard.org/rsl", None),
        ((), b"<html><body>Subscribe for 1 USD</body></html>", None),
        ((), b"", None),
        ((("crawler-price", "USD 0.01"),), json.dumps(FORMER).encode(), "USD 0.01"),
    ],
)
def test_the_price_is_read_wherever_it_stands(
    headers: tuple[tuple[str, str], ...], body: bytes, expected: str | None
) -> None:
    assert price(headers, body) == expected


def test_what_was_wrong_with_a_request_is_said() -> None:
    assert problem((("crawler-error", "InvalidCrawlerExactPrice"),)) == "InvalidCrawlerExactPrice"
    assert problem(()) is None


@given(st.text(max_size=60), st.binary(max_size=80))
def test_no_answer_raises(value: str, body: bytes) -> None:
    for name in ("crawler-price", "payment-required"):
        found = price(((name, value),), b"{" + body)
        assert found is None or (found and "\n" not in found)
