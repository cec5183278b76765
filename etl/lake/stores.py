"""The lake's store by its URL: a folder of this machine, or a bucket."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from etl.errors import Permanent, SettingError
from etl.lake.local import LocalStore
from etl.lake.store import ObjectStore

if TYPE_CHECKING:
    import boto3.session


def open_store(
    url: str, *, endpoint_url: str | None = None, session: boto3.session.Session | None = None
) -> ObjectStore:
    """The store at `file:///folder`, a plain path, or `s3://bucket/prefix`.

    `endpoint_url` names an S3-compatible server. `session` brings credentials (an Airflow connection's, assume-role
    included); without it boto3's own chain is used. Raises `Permanent` for any other URL.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3" and parts.netloc:
        from etl.lake.s3 import S3Store  # boto3 takes half a second to import

        return S3Store(parts.netloc, unquote(parts.path).strip("/"), endpoint_url=endpoint_url, session=session)
    if (parts.scheme == "file" and parts.path and parts.netloc in ("", "localhost")) or (url and not parts.scheme):
        root = Path(unquote(parts.path) if parts.scheme else url).expanduser().absolute()
        there = next(each for each in (root, *root.parents) if each.exists())
        if not there.is_dir():
            raise SettingError(f"{there} is no folder, so no lake can be in it: NEWS_ETL_LAKE_URL has to name a folder")
        return LocalStore(root)
    raise Permanent(f"{url!r} is no place for a lake: give file:///folder or s3://bucket/prefix")
