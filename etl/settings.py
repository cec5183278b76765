"""Settings from the environment, checked once, with errors that name the variable."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from etl.errors import SettingError
from etl.model import ARCHIVES, SITE_ARCHIVES
from etl.paths import data

CC_NEWS_URL = "https://data.commoncrawl.org"
WAYBACK_URL = "https://web.archive.org"
# The archive answers 429 from about 15 requests per minute on, and blocks clients that continue for an hour
# (https://archive.org/details/toomanyrequests_20191110).
WAYBACK_EVERY_S = 5.0
# Less than the hour after which the next run begins, and than the 50 minutes that a task of the DAG has.
RUN_MINUTES = 40.0
# A year and a month: a question about the same week of last year is still answered.
LOG_DAYS = 400
CONTACT_SCHEMES = ("http", "https", "mailto")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The operator's settings. `warehouse_url` None means the embedded server under `home`.

    `contact` None means that only loopback addresses are fetched: a crawler that cannot be contacted must not crawl.
    """

    home: Path
    warehouse_url: str | None
    lake_url: str  # file:///... or s3://bucket/prefix
    sources: Path
    contact: str | None
    s3_endpoint_url: str | None  # for S3-compatible stores
    archives: tuple[str, ...] = SITE_ARCHIVES  # archives of a fill
    cc_news_url: str = CC_NEWS_URL  # https://... or s3://bucket
    cc_news_endpoint_url: str | None = None  # where that bucket is not Amazon's
    wayback_url: str = WAYBACK_URL
    wayback_every_s: float = WAYBACK_EVERY_S  # between two requests, of all processes together
    run_limit_s: float = RUN_MINUTES * 60  # of a live run's visits; what is left then is deferred
    log_days: int = LOG_DAYS  # for which requests, and the URLs that runs have seen, are kept
    rights: Path | None = None  # the policy on rights; None: as shipped
    reader_url: str | None = None  # the login of `query`; None: on the embedded server a role of its own

    @property
    def postgres_dir(self) -> Path:
        """Home of the embedded server."""
        return self.home / "postgres"


def project_root() -> Path:
    """The folder that holds this package's checkout, or the current folder when it is installed elsewhere."""
    root = Path(__file__).resolve().parents[1]
    return root if (root / "pyproject.toml").is_file() else Path.cwd()


def load(env: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings.

    Raises `SettingError` naming the variable that cannot be used.
    """
    env = os.environ if env is None else env
    root = project_root()
    home = Path(env.get("NEWS_ETL_HOME") or root / ".news-etl").expanduser().absolute()
    return Settings(
        home=home,
        warehouse_url=warehouse_address(env.get("NEWS_ETL_WAREHOUSE_URL")),
        reader_url=warehouse_address(env.get("NEWS_ETL_READER_URL"), "NEWS_ETL_READER_URL"),
        lake_url=_lake_url(env.get("NEWS_ETL_LAKE_URL"), home),
        sources=Path(env.get("NEWS_ETL_SOURCES") or data("seeds") / "sources.yaml").expanduser().absolute(),
        rights=Path(rights).expanduser().absolute() if (rights := env.get("NEWS_ETL_RIGHTS")) else None,
        contact=_contact(env.get("NEWS_ETL_CONTACT")),
        s3_endpoint_url=_endpoint_url(env.get("NEWS_ETL_S3_ENDPOINT_URL"), "NEWS_ETL_S3_ENDPOINT_URL"),
        archives=_archives(env.get("NEWS_ETL_ARCHIVES")),
        cc_news_url=_archive_url(env.get("NEWS_ETL_CC_NEWS_URL") or CC_NEWS_URL, "NEWS_ETL_CC_NEWS_URL", s3=True),
        cc_news_endpoint_url=_endpoint_url(env.get("NEWS_ETL_CC_NEWS_ENDPOINT_URL"), "NEWS_ETL_CC_NEWS_ENDPOINT_URL"),
        wayback_url=_archive_url(env.get("NEWS_ETL_WAYBACK_URL") or WAYBACK_URL, "NEWS_ETL_WAYBACK_URL"),
        wayback_every_s=_seconds(env.get("NEWS_ETL_WAYBACK_EVERY_S"), "NEWS_ETL_WAYBACK_EVERY_S", WAYBACK_EVERY_S),
        run_limit_s=_minutes(env.get("NEWS_ETL_RUN_MINUTES"), "NEWS_ETL_RUN_MINUTES", RUN_MINUTES) * 60,
        log_days=_days(env.get("NEWS_ETL_LOG_DAYS"), "NEWS_ETL_LOG_DAYS", LOG_DAYS),
    )


def with_connections(settings: Settings, *, warehouse_url: str | None, lake_url: str | None) -> Settings:
    """The settings, with some overridden by an orchestrator's connections; None keeps the setting."""
    return replace(
        settings,
        warehouse_url=warehouse_address(warehouse_url) or settings.warehouse_url,
        lake_url=_lake_url(lake_url, settings.home) if lake_url else settings.lake_url,
    )


def warehouse_address(value: str | None, variable: str = "NEWS_ETL_WAREHOUSE_URL") -> str | None:
    """The URL of a database as SQLAlchemy takes it; None for none. Raises `SettingError` that names `variable`."""
    if not value:
        return None
    scheme, rest = value.partition("://")[::2]
    if scheme.partition("+")[0] not in ("postgresql", "postgres") or not rest:
        raise SettingError(
            f"{variable} starts with {scheme!r}: give postgresql://user:password@host:port/database, "
            "or leave it out for the embedded server"
        )
    return f"postgresql+psycopg://{rest}"


def _lake_url(value: str | None, home: Path) -> str:
    if not value:
        return (home / "lake").as_uri()
    parts = _parts(value)
    if parts.scheme == "s3" and parts.netloc:
        return value.rstrip("/")
    if parts.scheme == "file" and parts.path:
        return value.rstrip("/")
    if not parts.scheme and "://" not in value:
        return Path(value).expanduser().absolute().as_uri()
    raise SettingError(f"NEWS_ETL_LAKE_URL is {value!r}: give a folder or s3://bucket/prefix")


def _parts(value: str) -> SplitResult:
    """The parts of an address, of nothing where it is none: a bracket that is never closed, a port beyond 65535."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts


def _endpoint_url(value: str | None, variable: str) -> str | None:
    if not value:
        return None
    parts = _parts(value)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise SettingError(f"{variable} is {value!r}: give https://host:port")
    return value


def _archives(value: str | None) -> tuple[str, ...]:
    names = tuple(dict.fromkeys((value or "").replace(",", " ").split()))
    if unknown := [name for name in names if name not in ARCHIVES]:
        raise SettingError(f"NEWS_ETL_ARCHIVES names {', '.join(unknown)}: give some of {', '.join(ARCHIVES)}")
    return names or SITE_ARCHIVES


def _seconds(value: str | None, variable: str, default: float) -> float:
    try:
        found = float(value) if value else default
    except ValueError:
        found = -1.0
    if not 0 < found < 3600:
        raise SettingError(f"{variable} is {value!r}: give seconds, such as {default:g}")
    return found


def _days(value: str | None, variable: str, default: int) -> int:
    if not value:
        return default
    if not value.isdecimal() or not 1 <= int(value) <= 36500:
        raise SettingError(f"{variable} is {value!r}: give a number of days, such as {default}")
    return int(value)


def _minutes(value: str | None, variable: str, default: float) -> float:
    try:
        found = float(value) if value else default
    except ValueError:
        found = -1.0
    if not 0 < found <= 24 * 60:
        raise SettingError(f"{variable} is {value!r}: give minutes, such as {default:g}")
    return found


def _archive_url(value: str, variable: str, *, s3: bool = False) -> str:
    parts = _parts(value)
    if parts.scheme not in (("http", "https", "s3") if s3 else ("http", "https")) or not parts.netloc:
        raise SettingError(f"{variable} is {value!r}: give https://host{' or s3://bucket' if s3 else ''}")
    return value.rstrip("/")


def _contact(value: str | None) -> str | None:
    if not value:
        return None
    contact = f"mailto:{value}" if "@" in value and ":" not in value else value
    if _parts(contact).scheme not in CONTACT_SCHEMES:
        raise SettingError(
            f"NEWS_ETL_CONTACT is {value!r}: give the URL of a page about your crawler, or a mail address"
        )
    return contact
