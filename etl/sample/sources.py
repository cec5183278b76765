"""The newsroom as entries of the source registry."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from etl.files import make_private, replacing
from etl.sample.content import DEFAULT_PORT, Feed, SampleSite, load_sites

SAMPLE = "sample-sources.yaml"
_HEAD = """\
# The sample newsroom as sources of the registry. Made by `etl.sample.sources.sources_yaml(port)` from sites.yaml.
"""


def sources_yaml(port: int = DEFAULT_PORT) -> str:
    """The registry file for a newsroom on that port."""
    entries = [_entry(site, port) for site in load_sites().values() if site.is_source]
    return _HEAD + yaml.safe_dump({"sources": entries}, allow_unicode=True, sort_keys=False, width=120)


def sample_registry(home: Path) -> Path:
    """Write the registry of the newsroom on its usual port into a home; its path.

    The port is part of every URL: on another one they would be other articles.
    """
    make_private(home / "tmp")
    path = home / SAMPLE
    with replacing(path) as written:
        written.write_text(sources_yaml(), encoding="utf-8")
    return path


def _entry(site: SampleSite, port: int) -> Mapping[str, Any]:
    base = site.base(port)
    return {
        "key": site.key,
        "name": site.name,
        "homepage": f"{base}/",
        "country": site.country,
        "languages": [site.language],
        "timezone": site.timezone,
        "enabled": site.is_enabled,
        "aliases": [f"{host}:{port}" for host in (*site.alias_hosts, *site.refused_aliases)],
        "feeds": [f"{base}{feed.path}" for feed in site.feeds],
        "sitemaps": [
            f"{base}{each.path}" for each in site.sitemaps if each.kind == "index" or not _is_child(each, site)
        ],
        "sections": [f"{base}{each.path}" for each in site.sections],
        "min_delay_s": site.min_delay_s,
        "daily_budget": 2000,
        "max_age_days": 36_500,  # its stories have days of their own, whatever today is
        "revisit_after": ["1h", "1d", "7d"],
    }


def _is_child(sitemap: Feed, site: SampleSite) -> bool:
    return any(sitemap.path in each.children for each in site.sitemaps)
