"""An S3 server on loopback for a test session, and the two kinds of store that share one suite."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import boto3.session
import pytest

from etl.lake.store import ObjectStore
from etl.lake.stores import open_store

# Ends when its input does, so it outlives neither the session nor a session that was killed.
SERVER = (
    "import os, sys, threading; "
    "threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start(); "
    "sys.argv = ['ministack']; from ministack.app import main; main()"
)


@pytest.fixture(scope="session")
def s3_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an S3 server, empty."""
    folder = tmp_path_factory.mktemp("s3")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    env = os.environ | {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "TMPDIR": str(folder)}
    env |= {"S3_PERSIST": "0", "PERSIST_STATE": "0", "LOG_LEVEL": "ERROR"}
    log = (folder / "log").open("wb")
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=log, stderr=log, env=env, cwd=folder
    )
    try:
        _wait(port, server, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.communicate(timeout=30)
        log.close()


@pytest.fixture(scope="session")
def s3_session() -> boto3.session.Session:
    return boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")


@pytest.fixture
def s3_url(s3_endpoint: str, s3_session: boto3.session.Session) -> str:
    """`s3://` and a new bucket, with a prefix."""
    bucket = f"lake-{token_hex(6)}"
    s3_session.client("s3", endpoint_url=s3_endpoint).create_bucket(Bucket=bucket)
    return f"s3://{bucket}/news/lake"


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """An empty store; every test that takes it runs once for each kind."""
    if request.param == "local":
        return open_store((tmp_path / "lake").as_uri())
    return open_store(
        request.getfixturevalue("s3_url"),
        endpoint_url=request.getfixturevalue("s3_endpoint"),
        session=request.getfixturevalue("s3_session"),
    )


@pytest.fixture
def local_store(tmp_path: Path) -> ObjectStore:
    return open_store((tmp_path / "lake").as_uri())


def _wait(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/_ministack/health")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise RuntimeError(f"the S3 server did not start: {log.read_text()[-2000:]}")
