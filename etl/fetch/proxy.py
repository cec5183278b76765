"""The proxy of the environment: HTTP_PROXY, HTTPS_PROXY, NO_PROXY in either case."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit
from urllib.request import getproxies_environment

from etl.errors import SettingError


def environment_proxies() -> dict[str, str]:
    """Proxy URLs by scheme (`http`, `https`) and the hosts that go without (`no`), as urllib reads the environment.

    Raises `SettingError` for a proxy of another kind, such as SOCKS.
    """
    found = {key: value for key, value in getproxies_environment().items() if key in ("http", "https", "no")}
    for scheme in found.keys() - {"no"}:
        proxy = found[scheme] if "://" in found[scheme] else f"http://{found[scheme]}"
        kind = proxy.partition("://")[0].lower()
        if kind not in ("http", "https"):  # what follows may hold a password, so it is not shown
            raise SettingError(f"{scheme.upper()}_PROXY is {kind}://...: give an http or https proxy")
        found[scheme] = proxy
    return found


def proxy_for(url: str, proxies: Mapping[str, str]) -> str | None:
    """The proxy that a URL goes through, or None."""
    parts = urlsplit(url)
    proxy = proxies.get(parts.scheme)
    return proxy if proxy and not _goes_without(parts.hostname or "", parts.port, proxies.get("no", "")) else None


def _goes_without(host: str, port: int | None, listed: str) -> bool:
    """As curl and urllib: `*` is every host, a name stands for its subdomains too, with or without a dot before it."""
    for entry in listed.lower().split(","):
        name, _, only_port = entry.strip().partition(":") if entry.count(":") == 1 else (entry.strip(), "", "")
        name = name.removeprefix("*.").lstrip(".").strip("[]")
        if entry.strip() == "*":
            return True
        if name and (host == name or host.endswith(f".{name}")) and only_port in ("", str(port)):
            return True
    return False
