from __future__ import annotations

import base64

import pytest
from fetch_servers import Server, Visitor, answer, client, run

from etl.errors import SettingError
from etl.fetch.address import Policy
from etl.fetch.client import ClientConfig
from etl.fetch.messages import FetchRequest
from etl.fetch.proxy import environment_proxies, proxy_for
from etl.model import Outcome

PROXIES = {"http": "http://proxy.example:3128", "no": "localhost, .intern.example,news.example:8080, *.cdn.example"}


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    ("url", "goes"),
    [
        ("http://news.example/", True),
        ("http://news.example:8080/", False),
        ("http://localhost:80/", False),
        ("http://intern.example/", False),
        ("http://a.b.intern.example/", False),
        ("http://xintern.example/", True),
        ("http://img.cdn.example/", False),
        ("https://news.example/", False),
    ],
)
def test_no_proxy_names_hosts_with_their_subdomains(url: str, goes: bool) -> None:
    assert (proxy_for(url, PROXIES) is not None) is goes
    assert proxy_for(url, PROXIES | {"no": "*"}) is None


def test_proxies_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment_proxies() == {}
    monkeypatch.setenv("HTTP_PROXY", "proxy.example:3128")
    monkeypatch.setenv("https_proxy", "http://user:pw@proxy.example:3129")
    monkeypatch.setenv("NO_PROXY", "localhost")
    assert environment_proxies() == {
        "http": "http://proxy.example:3128",
        "https": "http://user:pw@proxy.example:3129",
        "no": "localhost",
    }
    assert ClientConfig.for_contact("mailto:a@example.org").proxies["http"] == "http://proxy.example:3128"
    assert ClientConfig.for_contact(None).proxies == {}


def test_a_proxy_of_another_kind_is_a_setting_error_that_shows_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://user:secret@proxy.example:1080")
    with pytest.raises(SettingError, match="HTTPS_PROXY") as caught:
        environment_proxies()
    assert "secret" not in str(caught.value)


def test_behind_a_proxy_names_are_its_business_and_literal_private_addresses_are_still_refused() -> None:
    async def go() -> None:
        async with Server(default=answer(200, b"from the proxy")) as proxy:
            url = f"http://user:p%40w@127.0.0.1:{proxy.port}"
            async with client(policy=Policy.GLOBAL_ONLY, proxies={"http": url}) as fetcher:
                result = await fetcher.get(FetchRequest(url="http://unknown.example/a?b"))
                assert result.is_full and result.body == b"from the proxy" and result.ip is None
                assert proxy.targets == ["http://unknown.example/a?b"]
                expected = "Basic " + base64.b64encode(b"user:p@w").decode()
                assert proxy.seen[0].headers["proxy-authorization"] == expected
                for host in ("10.0.0.1", "127.0.0.1", "[::1]", "localhost", "0xa9fea9fe"):
                    refused = await fetcher.get(FetchRequest(url=f"http://{host}/"))
                    assert refused.outcome is Outcome.REFUSED_ADDRESS
                assert len(proxy.seen) == 1

    run(go())


def test_a_tunnel_that_the_proxy_refuses_is_an_error() -> None:
    async def refuse(visitor: Visitor) -> None:
        await visitor.send(answer(403, b"no", reason="Forbidden"))
        visitor.close()

    async def go() -> None:
        async with Server(default=refuse) as proxy:
            proxies = {"https": f"http://127.0.0.1:{proxy.port}"}
            async with client(policy=Policy.GLOBAL_ONLY, proxies=proxies) as fetcher:
                result = await fetcher.get(FetchRequest(url="https://unknown.example/"))
            assert (result.outcome, result.status) == (Outcome.HTTP_ERROR, None)
            assert (result.error or "").startswith("proxy: ")
            assert proxy.targets == ["unknown.example:443"]

    run(go())


def test_a_host_of_the_registry_on_loopback_goes_without_the_proxy() -> None:
    async def go() -> None:
        async with Server(default=answer(200, b"direct")) as server, Server(default=answer(200, b"proxied")) as proxy:
            changes = {
                "proxies": {"http": f"http://127.0.0.1:{proxy.port}"},
                "loopback_hosts": frozenset({f"127.0.0.1:{server.port}"}),
            }
            async with client(policy=Policy.GLOBAL_ONLY, **changes) as fetcher:
                assert (await fetcher.get(FetchRequest(url=server.url()))).body == b"direct"

    run(go())
