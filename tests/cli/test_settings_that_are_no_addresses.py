"""Settings that no address can be: the variable is named, before anything is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl.errors import SettingError
from etl.settings import load


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("NEWS_ETL_LAKE_URL", "http://[x"),
        ("NEWS_ETL_LAKE_URL", "s3://[x"),
        ("NEWS_ETL_CC_NEWS_URL", "http://[x"),
        ("NEWS_ETL_CC_NEWS_URL", "https://example.org:99999"),
        ("NEWS_ETL_WAYBACK_URL", "http://[x"),
        ("NEWS_ETL_WAYBACK_URL", "https://example.org:abc"),
        ("NEWS_ETL_CONTACT", "http://[x"),
        ("NEWS_ETL_S3_ENDPOINT_URL", "http://127.0.0.1:99999"),
        ("NEWS_ETL_S3_ENDPOINT_URL", "http://[x"),
        ("NEWS_ETL_S3_ENDPOINT_URL", "nonsense"),
        ("NEWS_ETL_CC_NEWS_ENDPOINT_URL", "http://127.0.0.1:-1"),
    ],
)
def test_a_setting_that_is_no_address_is_named(tmp_path: Path, variable: str, value: str) -> None:
    with pytest.raises(SettingError, match=variable):
        load({"NEWS_ETL_HOME": str(tmp_path), variable: value})
