"""Where an S3 client may connect to: the endpoint that the operator named, whatever its answers say."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3.session
import pytest
from botocore.awsrequest import AWSPreparedRequest

from etl.errors import Permanent, Transient
from etl.lake.s3 import S3Store

SESSION = boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")


class Answering:
    """A server that counts who comes, and answers everything in one way."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.status, self.headers, self.body = 200, dict[str, str](), b""
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.seen.append(self.path)
                self.send_response(server.status)
                for name, value in server.headers.items():
                    self.send_header(name, value)
                body = b"" if self.command == "HEAD" else server.body
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_HEAD = do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"

    def __enter__(self) -> Answering:
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture
def endpoint() -> Iterator[Answering]:
    with Answering() as server:
        yield server


@pytest.fixture
def trap() -> Iterator[Answering]:
    with Answering() as server:
        yield server


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400])
@pytest.mark.parametrize("region", ["", "eu-west-1", "x@127.0.0.1", "127.0.0.1/?", "../..", "169.254.169.254/"])
def test_an_endpoints_redirect_leads_nowhere_else(endpoint, trap, status, region):
    """By Location, by the region of the bucket, or by the endpoint that an error names."""
    host = trap.url.removeprefix("http://")
    code = (
        "AuthorizationHeaderMalformed"
        if status == 400
        else "TemporaryRedirect"
        if status == 307
        else "PermanentRedirect"
    )
    region = region.replace("127.0.0.1", host)
    endpoint.status = status
    endpoint.headers = {"Location": f"{trap.url}/bucket/key"} | ({"x-amz-bucket-region": region} if region else {})
    endpoint.body = (
        f"<?xml version='1.0'?><Error><Code>{code}</Code><Endpoint>{host}</Endpoint><Region>{region}</Region>"
        "<Bucket>bucket</Bucket></Error>"
    ).encode()
    store = S3Store("bucket", endpoint_url=endpoint.url, session=SESSION)
    for ask in (store.read, store.size, lambda name: list(store.list(name))):
        with pytest.raises((Permanent, Transient)):
            ask("key")
    assert endpoint.seen and not trap.seen


def test_a_request_that_would_go_elsewhere_is_refused_before_it_is_sent(endpoint, trap):
    """Whatever a later version of the library makes of an answer: the guard stands before the socket."""
    store = S3Store("bucket", endpoint_url=endpoint.url, session=SESSION)

    def lead_astray(request: AWSPreparedRequest, **_: object) -> None:
        request.url = request.url.replace(endpoint.url, trap.url)

    store._client.meta.events.register_first("before-send.s3", lead_astray)
    with pytest.raises(Permanent, match="another place than its endpoint"):
        store.read("key")
    assert not trap.seen and not endpoint.seen
