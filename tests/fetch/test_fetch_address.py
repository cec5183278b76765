from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from fetch_servers import FakeResolver, Server, answer, client, run
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.fetch.address import (
    GuardedResolver,
    Policy,
    RefusedAddressError,
    SocketGuard,
    ThreadedResolver,
    host_name,
    host_refusal,
    is_global,
    literal_address,
)
from etl.fetch.messages import FetchRequest
from etl.model import Outcome

PUBLIC = ["8.8.8.8", "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::808:808"]
PRIVATE = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.255",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2001::1",
    "2001:0:53aa:64c:0:0:0:0",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::",
    "3fff::1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::808:808",
    "100::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_global(address: str) -> None:
    assert is_global(ip_address(address))


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_or_hides_a_private_one_is_not_global(address: str) -> None:
    assert not is_global(ip_address(address))


@settings(deadline=None)
@given(st.ip_addresses())
def test_nothing_is_global_that_python_knows_to_be_private(address: IPv4Address | IPv6Address) -> None:
    if (
        address.is_private
        or address.is_loopback
        or address.is_multicast
        or address.is_link_local
        or address.is_reserved
    ):
        nat64 = isinstance(address, IPv6Address) and address in __import__("ipaddress").ip_network("64:ff9b::/96")
        assert nat64 or not is_global(address)


@settings(deadline=None)
@given(st.ip_addresses(v=4))
def test_every_ipv4_address_behind_nat64_is_judged_as_itself(address: IPv4Address) -> None:
    assert is_global(IPv6Address(int(IPv6Address("64:ff9b::")) | int(address))) == is_global(address)


@pytest.mark.parametrize(
    "spelling",
    ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "0177.1", "127.0.1", "0x7F.1"],
)
def test_every_spelling_of_loopback_is_seen_through(spelling: str) -> None:
    assert literal_address(spelling) == IPv4Address("127.0.0.1")
    assert host_refusal(spelling, Policy.GLOBAL_ONLY)
    assert socket.getaddrinfo(spelling, 80, type=socket.SOCK_STREAM)[0][4][0] == "127.0.0.1"  # as connect() would


@pytest.mark.parametrize(
    "name", ["example.org", "127.0.0.1.example.org", "face.b00c", "0x7g.1", "", "1.2.3.4.5", "é.fr"]
)
def test_a_name_is_no_literal(name: str) -> None:
    assert literal_address(name) is None


@pytest.mark.parametrize("host", ["localhost", "LocalHost", "localhost.", "daily.localhost"])
def test_names_of_loopback_need_no_look_up_to_be_refused(host: str) -> None:
    assert host_refusal(host, Policy.GLOBAL_ONLY)
    assert host_refusal(host, Policy.LOOPBACK_ONLY) is None


def test_without_a_contact_only_loopback_is_fetched_and_the_error_names_the_variable() -> None:
    assert Policy.for_contact(None) is Policy.LOOPBACK_ONLY
    assert Policy.for_contact("mailto:a@example.org") is Policy.GLOBAL_ONLY
    for host in ("example.org", "8.8.8.8", "10.0.0.1"):
        assert "NEWS_ETL_CONTACT" in (host_refusal(host, Policy.LOOPBACK_ONLY) or "")


def test_without_a_contact_no_name_is_looked_up() -> None:
    inner = FakeResolver(["127.0.0.1"])
    with pytest.raises(RefusedAddressError, match="NEWS_ETL_CONTACT"):
        run(GuardedResolver(Policy.LOOPBACK_ONLY, inner=inner).resolve("example.org", 80))
    assert inner.asked == []


def test_of_a_mixed_answer_only_the_global_addresses_are_handed_on() -> None:
    inner = FakeResolver(["10.0.0.1", "8.8.8.8", "::1", "2606:2800:21f::1", "169.254.169.254"])
    found = run(GuardedResolver(Policy.GLOBAL_ONLY, inner=inner).resolve("news.example", 80))
    assert [each["host"] for each in found] == ["8.8.8.8", "2606:2800:21f::1"]


def test_a_name_with_nothing_but_private_addresses_is_refused_and_the_error_shows_them() -> None:
    inner = FakeResolver(["10.0.0.1", "fd00::1"])
    with pytest.raises(RefusedAddressError, match=r"news\.example: 10\.0\.0\.1 .*fd00::1"):
        run(GuardedResolver(Policy.GLOBAL_ONLY, inner=inner).resolve("news.example", 80))


def test_localhost_is_loopback_whatever_a_resolver_says() -> None:
    inner = FakeResolver(["8.8.8.8"])
    found = run(GuardedResolver(Policy.LOOPBACK_ONLY, inner=inner).resolve("daily.localhost", 80))
    assert [each["host"] for each in found] == ["127.0.0.1", "::1"]
    assert inner.asked == []


def test_a_socket_is_made_for_allowed_addresses_only() -> None:
    guard = SocketGuard(Policy.GLOBAL_ONLY)
    for address in ("127.0.0.1", "169.254.169.254", "10.0.0.1"):
        with pytest.raises(RefusedAddressError):
            guard((socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, 80)))
    with pytest.raises(RefusedAddressError):
        guard((socket.AF_INET6, socket.SOCK_STREAM, 0, "", ("::1", 80, 0, 0)))
    guard((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("8.8.8.8", 80))).close()


def test_a_host_that_the_registry_puts_on_loopback_stays_reachable_and_no_other_port_does() -> None:
    async def go() -> None:
        async with Server(default=answer(200, b"hi")) as ours, Server(default=answer(200, b"secret")) as other:
            hosts = frozenset({f"127.0.0.1:{ours.port}"})
            async with client(policy=Policy.GLOBAL_ONLY, loopback_hosts=hosts) as fetcher:
                assert (await fetcher.get(FetchRequest(url=ours.url()))).body == b"hi"
                refused = await fetcher.get(FetchRequest(url=other.url()))
                named = await fetcher.get(FetchRequest(url=other.url(host="localhost")))
            assert refused.outcome is Outcome.REFUSED_ADDRESS and named.outcome is Outcome.REFUSED_ADDRESS
            assert other.seen == []

    run(go())


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "0x7f.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "１２７.0.0.1", "localhost", "127.0.0.1."],
)
def test_a_private_address_in_a_url_is_refused_before_anything_is_sent(host: str) -> None:
    async def go() -> None:
        async with Server(default=answer(200, b"secret")) as server, client(policy=Policy.GLOBAL_ONLY) as fetcher:
            result = await fetcher.get(FetchRequest(url=f"http://{host}:{server.port}/"))
            assert result.outcome is Outcome.REFUSED_ADDRESS, result
            assert result.status is None and server.seen == []

    run(go())


def test_a_name_that_resolves_to_a_private_address_is_refused() -> None:
    async def go() -> None:
        resolver = FakeResolver(["127.0.0.1"])
        async with Server(default=answer(200, b"secret")) as server:
            async with client(policy=Policy.GLOBAL_ONLY, resolver=resolver) as fetcher:
                result = await fetcher.get(FetchRequest(url=server.url(host="innocent.example")))
            assert result.outcome is Outcome.REFUSED_ADDRESS and "127.0.0.1" in (result.error or "")
            assert resolver.asked == ["innocent.example"] and server.seen == []

    run(go())


def test_an_address_is_checked_again_when_the_socket_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if somebody had got round the resolver: nothing below it may connect."""

    async def unguarded(self: GuardedResolver, host: str, port: int = 0, family: int = 0) -> object:
        return await self._inner.resolve(host, port, family)  # type: ignore[arg-type]

    monkeypatch.setattr(GuardedResolver, "resolve", unguarded)

    async def go() -> None:
        async with Server(default=answer(200, b"secret")) as server:
            for addresses in (["127.0.0.1"], ["127.0.0.1", "::1"]):
                async with client(policy=Policy.GLOBAL_ONLY, resolver=FakeResolver(addresses)) as fetcher:
                    result = await fetcher.get(FetchRequest(url=server.url(host="rebound.example")))
                assert result.outcome in (Outcome.REFUSED_ADDRESS, Outcome.HTTP_ERROR)
                assert "not a global address" in (result.error or "")
            assert server.seen == []

    run(go())


def test_the_address_that_was_checked_is_the_one_that_is_connected_to() -> None:
    """DNS rebinding: there is one look-up, and a second answer has no way in."""

    async def go() -> None:
        resolver = FakeResolver(["127.0.0.1"], ["10.0.0.1"])
        guarded = GuardedResolver(Policy.GLOBAL_ONLY, loopback_hosts=["site.example:80"], inner=resolver)
        assert [each["host"] for each in await guarded.resolve("site.example", 80)] == ["127.0.0.1"]
        with pytest.raises(RefusedAddressError):
            await guarded.resolve("site.example", 80)

    run(go())


def test_look_ups_run_in_threads_of_their_own() -> None:
    async def go() -> None:
        calls = []

        def getaddrinfo(host: str, port: int, *rest: object) -> list[tuple[object, ...]]:
            calls.append(host)
            return [(2, 1, 6, "", ("8.8.8.8", port)), (2, 2, 17, "", ("8.8.8.8", port)), (10, 1, 6, "", ("::1", port))]

        resolver = ThreadedResolver(getaddrinfo)
        found = await resolver.resolve("x.example", 443)
        await resolver.close()
        assert [(each["host"], each["port"], each["family"]) for each in found] == [
            ("8.8.8.8", 443, socket.AF_INET),
            ("::1", 443, socket.AF_INET6),
        ]
        assert calls == ["x.example"]

    run(go())


def test_a_name_that_does_not_exist_is_an_error_of_the_network() -> None:
    class Failing(FakeResolver):
        async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[object]:  # type: ignore[override]
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def go() -> None:
        async with client(policy=Policy.GLOBAL_ONLY, resolver=Failing([])) as fetcher:
            result = await fetcher.get(FetchRequest(url="http://gone.example/"))
        assert result.outcome is Outcome.HTTP_ERROR and (result.error or "").startswith("dns: ")

    run(go())


@pytest.mark.parametrize(
    ("host", "name"),
    [("a.example:80", "a.example"), ("A.example.", "a.example"), ("[::1]:8080", "::1"), ("::1", "::1")],
)
def test_the_name_of_a_host_is_without_its_port(host: str, name: str) -> None:
    assert host_name(host) == name
