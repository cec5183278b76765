"""Which parameters are noise: on every site, on one site, and by the `key_rules` of a source."""

from __future__ import annotations

from dataclasses import dataclass

from etl.urls.trackers import SITE_PARAMETERS, TRACKING_PARAMETERS, TRACKING_PREFIXES


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRules:
    """A source's rules for its own parameters. Names are compared without case; `keep` wins over every deny-list."""

    drop: frozenset[str] = frozenset()
    keep: frozenset[str] = frozenset()

    def drops(self, name: str, host: str = "") -> bool:
        """True if a parameter of this name is noise on this host."""
        name = name.lower()
        if self.keep and any(name == kept.lower() for kept in self.keep):
            return False
        if name in TRACKING_PARAMETERS or name.startswith(TRACKING_PREFIXES):
            return True
        if any(name in SITE_PARAMETERS[site] for site in suffixes(host) if site in SITE_PARAMETERS):
            return True
        return bool(self.drop) and any(name == dropped.lower() for dropped in self.drop)


DEFAULT_RULES = KeyRules()


def suffixes(host: str) -> list[str]:
    """A host and the domains that it is below.

    >>> suffixes("a.news.example")
    ['a.news.example', 'news.example', 'example']
    """
    labels = host.split(".")
    return [".".join(labels[at:]) for at in range(len(labels))]
