"""Which addresses may be connected to: the guard against server-side request forgery (SSRF) into a private network.

A crawler gets untrusted URLs from feeds, sitemaps and redirects. Three checks, each sufficient for what it sees:

- the host of every URL, first ones and redirects, before anything is sent (`host_refusal`);
- the addresses that a name resolves to, of which only allowed ones are passed to the connector (`GuardedResolver`), so
  that there is no second look-up between check and connection (DNS rebinding);
- the address of a socket, when it is created (`SocketGuard`), however it was determined.

Behind a proxy only the first check is possible: the proxy resolves names, and has to refuse private addresses itself.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp.abc import AbstractResolver, ResolveResult

Address = IPv4Address | IPv6Address

# The IANA special-purpose registry, without regard to Python's version: `is_global` was wrong for some of these before
# 3.11.10 (https://github.com/python/cpython/issues/113171), and takes multicast for global.
NOT_GLOBAL_V4 = tuple(
    IPv4Network(net)
    for net in (
        "0.0.0.0/8",  # this network; 0.0.0.0 connects to loopback
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, and the metadata service of clouds
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
# Of IPv6 only 2000::/3 is given out as global unicast. Mapped (::ffff:0:0/96), compatible (::/96), unique local, link-
# local, site-local and multicast addresses lie outside it.
GLOBAL_V6 = IPv6Network("2000::/3")
NOT_GLOBAL_V6 = tuple(
    IPv6Network(net)
    for net in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries any IPv4 address
        "3fff::/20",  # documentation
    )
)
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address as networks without IPv4 see it

NO_CONTACT = (
    "NEWS_ETL_CONTACT is not set, so only loopback addresses are fetched: set it to a URL or a mail address at which "
    "the sites that you visit can reach you"
)


class Policy(StrEnum):
    """Which addresses may be fetched."""

    LOOPBACK_ONLY = "loopback_only"
    GLOBAL_ONLY = "global_only"

    @classmethod
    def for_contact(cls, contact: str | None) -> Policy:
        """Without a contact only loopback is allowed: a crawler that cannot be contacted must not crawl."""
        return cls.GLOBAL_ONLY if contact else cls.LOOPBACK_ONLY


class RefusedAddressError(OSError):
    """An address that the policy refuses. Raised where aiohttp expects the errors of the network."""

    def __str__(self) -> str:
        return str(self.args[0])


def is_global(address: Address) -> bool:
    """True if the address can be a public server, and does not embed an address that cannot."""
    if isinstance(address, IPv4Address):
        return not any(address in net for net in NOT_GLOBAL_V4)
    if address in NAT64:
        return is_global(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in GLOBAL_V6 and not any(address in net for net in NOT_GLOBAL_V6)


def literal_address(host: str) -> Address | None:
    """The address that a host stands for without any look-up, in every spelling that getaddrinfo takes; None for names.

    >>> literal_address("0x7f.1"), literal_address("2130706433"), literal_address("example.org")
    (IPv4Address('127.0.0.1'), IPv4Address('127.0.0.1'), None)
    """
    host = host.strip("[]")
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host)) if host.isascii() and not any(map(str.isspace, host)) else None
    except OSError:
        return None


def is_localhost(host: str) -> bool:
    """True for the names that always mean loopback (RFC 6761 section 6.3)."""
    name = host.rstrip(".").lower()
    return name == "localhost" or name.endswith(".localhost")


def is_loopback_host(host: str) -> bool:
    """True if `host[:port]` can only be this machine: by its address or a name of RFC 6761, never by how it begins.

    >>> [is_loopback_host(host) for host in ("127.0.0.9:80", "[::1]", "a.localhost", "127.evil.example")]
    [True, True, True, False]
    """
    name = host_name(host)
    address = literal_address(name)
    return _is_loopback(address) if address is not None else is_localhost(name)


def address_refusal(address: Address, policy: Policy, *, loopback_too: bool = False) -> str | None:
    """Why an address is refused, or None. `loopback_too`: the registry itself puts this host on loopback."""
    if policy is Policy.LOOPBACK_ONLY:
        return None if _is_loopback(address) else NO_CONTACT
    if is_global(address) or (loopback_too and _is_loopback(address)):
        return None
    return f"{address} is not a global address"


def host_refusal(host: str, policy: Policy, *, loopback_too: bool = False) -> str | None:
    """Why a host is refused without a look-up, or None if it is allowed or its name has to be resolved."""
    address = literal_address(host)
    if address is not None:
        return address_refusal(address, policy, loopback_too=loopback_too)
    if policy is Policy.LOOPBACK_ONLY:
        return None if is_localhost(host) else NO_CONTACT
    return f"{host} is a name for loopback" if is_localhost(host) and not loopback_too else None


class GuardedResolver(AbstractResolver):
    """Resolves names and returns allowed addresses only; of a mixed answer the allowed ones.

    `localhost` and its subdomains are loopback without a look-up. With LOOPBACK_ONLY no name is looked up at all.
    Raises `RefusedAddressError` if nothing is left.
    """

    def __init__(
        self, policy: Policy, *, loopback_hosts: Iterable[str] = (), inner: AbstractResolver | None = None
    ) -> None:
        self._policy = policy
        self._loopback_names = frozenset(host_name(host) for host in loopback_hosts)
        self._inner = inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Addresses that may be connected to."""
        loopback_too = host_name(host) in self._loopback_names
        refusal = host_refusal(host, self._policy, loopback_too=loopback_too)
        if refusal:
            raise RefusedAddressError(refusal)
        if is_localhost(host):
            return [_resolved(host, port, address) for address in ("127.0.0.1", "::1")]
        found = await self._inner.resolve(host, port, family)
        refusals = {
            each["host"]: address_refusal(ip_address(each["host"]), self._policy, loopback_too=loopback_too)
            for each in found
        }
        allowed = [each for each in found if refusals[each["host"]] is None]
        if found and not allowed:
            raise RefusedAddressError(f"{host}: {'; '.join(filter(None, refusals.values()))}")
        return allowed

    async def close(self) -> None:
        """Stop the threads that look names up."""
        await self._inner.close()


class SocketGuard:
    """Makes sockets for allowed addresses only: what `aiohttp.TCPConnector` takes as its `socket_factory`."""

    def __init__(self, policy: Policy, *, loopback_hosts: Iterable[str] = ()) -> None:
        self._policy = policy
        self._loopback_ports = frozenset(port for host in loopback_hosts for port in _ports(host))

    def __call__(self, addr_info: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
        """A socket for that address. Raises `RefusedAddressError`."""
        family, kind, protocol, _, (host, port, *_) = addr_info
        refusal = address_refusal(ip_address(str(host)), self._policy, loopback_too=port in self._loopback_ports)
        if refusal:
            raise RefusedAddressError(refusal)
        return socket.socket(family=family, type=kind, proto=protocol)


class ThreadedResolver(AbstractResolver):
    """getaddrinfo in its own threads: with asyncio's few threads some dead name servers would block all look-ups."""

    THREADS = 32

    def __init__(self, getaddrinfo: Callable[..., list[tuple[object, ...]]] | None = None) -> None:
        self._getaddrinfo = getaddrinfo or socket.getaddrinfo
        self._threads = ThreadPoolExecutor(self.THREADS, thread_name_prefix="resolve")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Every address of a name. Raises `socket.gaierror`."""
        infos = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: self._getaddrinfo(host, port, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)
        )
        addresses = dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in infos)  # type: ignore[index]
        return [_resolved(host, port, address) for address in addresses]

    async def close(self) -> None:
        """Shut the threads down without waiting; hanging look-ups end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def host_name(host: str) -> str:
    """The name or address of `host[:port]`, without brackets.

    >>> host_name("example.org:8080"), host_name("[::1]:80"), host_name("::1")
    ('example.org', '::1', '::1')
    """
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].rstrip(".").lower() if host.count(":") < 2 else host


def _ports(host: str) -> tuple[int, ...]:
    port = host.rpartition(":")[2]
    return (int(port),) if ":" in host and port.isdigit() else (80, 443)


def _is_loopback(address: Address) -> bool:
    return address.is_loopback and not getattr(address, "ipv4_mapped", None)


def _resolved(host: str, port: int, address: str) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=flags)
