"""The lake of an Airflow connection: its address, and credentials of an assumed role."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from etl import paths

PROGRAM = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
import news_support
from airflow.sdk import Connection
from etl.lake.stores import open_store

connection = Connection.get(news_support.LAKE)
for _ in range(2):  # tasks of `airflow dags test` share a process
    os.environ.update(news_support.lake_credentials(news_support.LAKE))
endpoint = news_support.lake_endpoint(connection)["NEWS_ETL_S3_ENDPOINT_URL"]
store = open_store(news_support.lake_url(connection), endpoint_url=endpoint)
store.put("raw/page", "新聞".encode())
print(json.dumps([store.url("raw/page"), store.read("raw/page").decode(), os.environ["AWS_ACCESS_KEY_ID"],
                  bool(os.environ["AWS_SESSION_TOKEN"])]))
"""


@pytest.mark.airflow
def test_a_connection_with_a_role_opens_the_lake_as_that_role(s3_endpoint: str, s3_url: str, tmp_path: Path) -> None:
    connection = {
        "conn_type": "aws",
        "login": "key",
        "password": "secret",
        "extra": {
            "bucket_url": s3_url,
            "service_config": {"s3": {"endpoint_url": s3_endpoint}, "sts": {"endpoint_url": s3_endpoint}},
            "region_name": "eu-west-1",
            "role_arn": "arn:aws:iam::000000000000:role/news",
        },
    }
    env = {
        "PATH": os.environ["PATH"],
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW_CONN_NEWS_LAKE": json.dumps(connection),
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(paths.data("dags"))], env=env, capture_output=True, text=True, cwd="/"
    )
    assert done.returncode == 0, done.stderr
    url, text, key, has_token = json.loads(done.stdout.splitlines()[-1])
    assert (url, text) == (f"{s3_url}/raw/page", "新聞")
    assert key != "key" and has_token
