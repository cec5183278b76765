from __future__ import annotations

import asyncio
import gzip
import time
import zlib
from typing import Any

import pytest
from fetch_servers import AGENT, NOW, Server, Visitor, answer, client, redirect, run

from etl.errors import SettingError
from etl.fetch.agent import user_agent
from etl.fetch.client import ClientConfig
from etl.fetch.messages import FetchRequest, FetchResult, Refusal, RequestKind
from etl.fetch.response_reader import Limit
from etl.model import Outcome, Redirect

PAGE = "<!doctype html><p>Guten Tag, 你好, שלום.</p>".encode()


def fetched(*routes: tuple[str, Any], request: dict[str, Any] | None = None, **changes: Any) -> FetchResult:
    """One GET of "/" from a server with these routes."""

    async def go() -> FetchResult:
        async with Server(routes=dict(routes)) as server, client(**changes) as fetcher:
            return await fetcher.get(FetchRequest(url=server.url("/"), **(request or {})))

    return run(go())


def chunks(*parts: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + end


def then_close(data: bytes) -> Any:
    async def route(visitor: Visitor) -> None:
        await visitor.send(data)
        visitor.close()

    return route


def test_a_full_answer_has_everything_that_an_archive_needs() -> None:
    async def go() -> None:
        page = answer(
            200, PAGE, "Content-Type: text/html", "Set-Cookie: a=1", "set-cookie: b=2", 'ETag: "x"', "Last-Modified: L"
        )
        async with Server(routes={"/süd?q=1": b"", "/s%C3%BCd?q=1": page}) as server, client() as fetcher:
            url = server.url("/süd?q=1#top")
            result = await fetcher.get(FetchRequest(url=url))
            assert result.is_full and result.outcome is None and result.error is None
            assert (result.url, result.final_url) == (url, server.url("/s%C3%BCd?q=1"))
            assert (result.status, result.reason, result.http_version) == (200, "X", "HTTP/1.1")
            assert result.headers == (
                ("Content-Type", "text/html"),
                ("Set-Cookie", "a=1"),
                ("set-cookie", "b=2"),
                ("ETag", '"x"'),
                ("Last-Modified", "L"),
                ("Content-Length", str(len(PAGE))),
            )
            assert (result.body, result.is_cut) == (PAGE, False)
            assert (result.etag, result.last_modified, result.retry_after_s) == ('"x"', "L", None)
            assert (result.ip, result.fetched_at) == ("127.0.0.1", NOW)
            assert result.header("SET-cookie") == "a=1, b=2" and result.header("x") is None
            sent = server.seen[0].head.decode().split("\r\n")
            assert [f"{name}: {value}" for name, value in result.request_headers] == sent[1:-2]

    run(go())


def test_a_request_says_who_asks_and_nothing_about_where_from() -> None:
    async def go() -> None:
        async with Server(routes={"/": redirect("/next"), "/next": answer()}) as server, client() as fetcher:
            await fetcher.get(FetchRequest(url=server.url().replace("http://", "http://user:secret@")))
            for seen in server.seen:
                assert seen.headers["user-agent"] == AGENT
                assert seen.headers["accept-encoding"] == "gzip, deflate"
                assert not seen.headers.keys() & {"referer", "cookie", "authorization", "from"}

    run(go())


def test_headers_of_a_source_go_to_its_own_site_and_to_nobody_else() -> None:
    async def go() -> None:
        async with Server(routes={"/": redirect("/next")}, default=answer()) as server, client() as fetcher:
            more = (("accept", "text/html"), ("Accept-Language", "de"))
            await fetcher.get(FetchRequest(url=server.url("/"), headers=more))
            elsewhere = server.url("/x", host="localhost")
            server.routes["/away"] = redirect(elsewhere)
            await fetcher.get(FetchRequest(url=server.url("/away"), headers=more))
            own, there = server.seen[:3], server.seen[3]
            assert all(each.headers["accept-language"] == "de" for each in own)
            assert all(each.headers["accept"] == "text/html" for each in own)
            assert "accept-language" not in there.headers and there.headers["user-agent"] == AGENT

    run(go())


def test_the_credentials_of_netrc_are_not_sent(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))

    async def go() -> None:
        async with Server(default=answer()) as server, client() as fetcher:
            await fetcher.get(FetchRequest(url=server.url()))
            assert "authorization" not in server.seen[0].headers

    run(go())


def test_the_user_agent_names_product_version_and_contact() -> None:
    product, version = user_agent(None).split("/")
    assert product == "NewsETL" and version[0].isdigit()
    assert user_agent("https://example.org/bot?a=1") == f"NewsETL/{version} (+https://example.org/bot?a=1)"
    assert user_agent("mailto:news@example.org").endswith(" (+mailto:news@example.org)")
    for contact in ("https://x/\r\nX-Evil: 1", "https://x/)", "https://ü.example/", ""):
        with pytest.raises(SettingError, match="NEWS_ETL_CONTACT"):
            user_agent(contact)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, None),
        (203, None),
        (202, Outcome.HTTP_ERROR),
        (204, Outcome.HTTP_ERROR),
        (206, Outcome.HTTP_ERROR),
        (300, Outcome.HTTP_ERROR),
        (401, Outcome.HTTP_ERROR),
        (402, Outcome.PAYMENT_REQUIRED),
        (403, Outcome.HTTP_ERROR),
        (404, Outcome.GONE),
        (410, Outcome.GONE),
        (429, Outcome.HTTP_ERROR),
        (451, Outcome.HTTP_ERROR),
        (500, Outcome.HTTP_ERROR),
        (503, Outcome.HTTP_ERROR),
        (999, Outcome.HTTP_ERROR),
    ],
)
def test_a_status_has_one_outcome_and_is_asked_for_once(status: int, outcome: Outcome | None) -> None:
    async def go() -> None:
        async with (
            Server(routes={"/": answer(status, b"" if status == 204 else b"why")}) as server,
            client() as fetcher,
        ):
            result = await fetcher.get(FetchRequest(url=server.url()))
            assert (result.outcome, result.status) == (outcome, status)
            assert (result.error is None) == (outcome is None)
            assert result.body == (b"" if status == 204 else b"why")
            assert len(server.seen) == 1

    run(go())


@pytest.mark.parametrize(
    ("coding", "encoded"),
    [("gzip", gzip.compress(PAGE, mtime=0)), ("deflate", zlib.compress(PAGE)), ("deflate", zlib.compress(PAGE)[2:-4])],
)
def test_a_body_comes_decoded_with_its_headers_as_they_were(coding: str, encoded: bytes) -> None:
    result = fetched(("/", answer(200, encoded, f"Content-Encoding: {coding}")))
    assert result.body == PAGE and result.is_full
    assert result.header("Content-Encoding") == coding and result.header("Content-Length") == str(len(encoded))


def test_chunks_are_put_together() -> None:
    assert fetched(("/", chunks(PAGE[:5], PAGE[5:]))).body == PAGE


def test_an_answer_of_http_1_0_ends_with_its_connection() -> None:
    result = fetched(("/", then_close(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE)))
    assert (result.body, result.http_version, result.is_full) == (PAGE, "HTTP/1.0", True)


def test_a_wrong_charset_is_not_the_clients_business() -> None:
    body = "Größe".encode("latin-1")
    assert fetched(("/", answer(200, body, "Content-Type: text/html; charset=utf-8"))).body == body


def test_bytes_of_headers_survive_whatever_they_are() -> None:
    head = b"HTTP/1.1 200 \xd0\x9e\xd0\x9a\r\nX-Title: Gr\xf6\xdfe\r\nX-Utf8: \xe4\xbd\xa0\r\nContent-Length: 0\r\n\r\n"
    result = fetched(("/", head))
    assert result.is_full
    assert [value.encode("latin-1") for _, value in result.headers[:2]] == [b"Gr\xf6\xdfe", b"\xe4\xbd\xa0"]
    assert result.reason.encode("latin-1").decode() == "ОК"


UNREADABLE: dict[str, bytes] = {
    "a gzip stream of which nothing came": answer(200, gzip.compress(PAGE, mtime=0)[:9], "Content-Encoding: gzip"),
    "no gzip at all": answer(200, bytes(99), "Content-Encoding: gzip"),
    "a coding that nobody knows": answer(200, bytes(99), "Content-Encoding: quatsch"),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_a_body_that_comes_whole_but_cannot_be_decoded_is_broken(what: str) -> None:
    result = fetched(("/", UNREADABLE[what]))
    assert result.outcome is Outcome.BROKEN_PAGE and result.status == 200
    assert (result.error or "").startswith("body: ") and result.body == b""


def test_a_connection_that_is_reset_in_the_middle_is_an_error() -> None:
    async def route(visitor: Visitor) -> None:
        await visitor.send(answer(200, PAGE, length=100_000))
        await asyncio.sleep(0.05)
        visitor.reset()

    result = fetched(("/", route))
    assert result.outcome is Outcome.HTTP_ERROR and result.status == 200 and result.body == b""


NO_HTTP: dict[str, bytes] = {
    "not HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "two different lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 30\r\n\r\nabc",
    "a length that is none": b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nabc",
    "a header field without end": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    "too many header fields": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5_000 + b"\r\n",
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nX: ",
}


@pytest.mark.parametrize("what", NO_HTTP)
def test_what_is_no_answer_is_an_error_without_a_status(what: str) -> None:
    result = fetched(("/", then_close(NO_HTTP[what])))
    assert (result.outcome, result.status) == (Outcome.HTTP_ERROR, None), result
    assert result.error and result.error.isprintable()


def test_fields_of_a_content_security_policys_length_are_read() -> None:
    assert fetched(("/", answer(200, PAGE, "Content-Security-Policy: " + "x" * 20_000))).is_full


def test_headers_without_end_are_given_up() -> None:
    sent = 0

    async def route(visitor: Visitor) -> None:
        nonlocal sent
        await visitor.send(b"HTTP/1.1 200 OK\r\n")
        for number in range(200_000):
            await visitor.send(b"X-%d: y\r\n" % number)
            sent = number
            await asyncio.sleep(0)
        visitor.close()

    result = fetched(("/", route))
    assert result.outcome is Outcome.HTTP_ERROR and sent < 199_999


def test_a_body_without_end_is_given_up_at_the_limit() -> None:
    sent = 0

    async def route(visitor: Visitor) -> None:
        nonlocal sent
        await visitor.send(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(10_000):
            await visitor.send(b"x" * 10_000)
            sent += 1

    result = fetched(("/", route), limits={RequestKind.PAGE: Limit(max_bytes=1_000_000)})
    assert result.outcome is Outcome.TOO_LARGE and result.status == 200 and result.body == b""
    assert sent * 10_000 < 20_000_000


def test_a_length_over_the_limit_is_given_up_unread() -> None:
    result = fetched(("/", answer(200, PAGE, length=6 << 20)))
    assert result.outcome is Outcome.TOO_LARGE and "Content-Length is 6291456" in (result.error or "")


def test_a_bomb_is_given_up() -> None:
    bomb = gzip.compress(bytes(30 << 20), mtime=0)
    for kind in (RequestKind.PAGE, RequestKind.SITEMAP):
        result = fetched(("/", answer(200, bomb, "Content-Encoding: gzip")), request={"kind": kind})
        assert result.outcome is Outcome.TOO_LARGE, result.error


def test_of_a_long_robots_txt_the_first_part_is_taken() -> None:
    text = b"User-agent: *\nDisallow: /x\n" * 40_000
    result = fetched(("/", answer(200, text)), request={"kind": RequestKind.ROBOTS})
    assert result.is_full and result.is_cut and result.body == text[: 500 << 10]


def test_a_server_that_says_nothing_is_a_timeout() -> None:
    async def route(visitor: Visitor) -> None:
        await asyncio.sleep(5)

    started = time.monotonic()
    result = fetched(("/", route), read_timeout_s=0.2)
    assert (result.outcome, result.status) == (Outcome.TIMEOUT, None) and time.monotonic() - started < 30


@pytest.mark.parametrize("part", ["head", "body", "chunk"])
def test_a_server_that_drips_is_a_timeout_in_the_end(part: str) -> None:
    start = {
        "head": b"HTTP/1.1 200 OK\r\nX-Slow: ",
        "body": b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n",
        "chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n",
    }

    async def route(visitor: Visitor) -> None:
        await visitor.send(start[part])
        for _ in range(100):
            await visitor.send(b"x")
            await asyncio.sleep(0.05)

    started = time.monotonic()
    result = fetched(("/", route), total_timeout_s=0.5, read_timeout_s=0.3)
    assert result.outcome is Outcome.TIMEOUT and result.body == b"" and "0.5 s" in (result.error or "")
    assert result.status == (None if part == "head" else 200)
    assert 0.4 < time.monotonic() - started < 30


def test_interim_answers_without_end_are_a_timeout() -> None:
    async def route(visitor: Visitor) -> None:
        for _ in range(100):
            await visitor.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
            await asyncio.sleep(0.05)

    assert fetched(("/", route), total_timeout_s=0.4).outcome is Outcome.TIMEOUT


def test_an_interim_answer_is_passed_by() -> None:
    assert fetched(("/", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer(200, PAGE))).body == PAGE


def test_a_port_where_nobody_listens_is_an_error() -> None:
    async def go() -> FetchResult:
        async with Server() as server:
            url = server.url()
        async with client() as fetcher:
            return await fetcher.get(FetchRequest(url=url))

    result = run(go())
    assert result.outcome is Outcome.HTTP_ERROR and (result.error or "").startswith("connect: ")


def test_tls_is_checked() -> None:
    """A server without TLS, and one whose certificate nobody has signed."""

    async def go(server_context: Any) -> FetchResult:
        server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0, ssl=server_context)
        port = server.sockets[0].getsockname()[1]
        try:
            async with client() as fetcher:
                return await fetcher.get(FetchRequest(url=f"https://127.0.0.1:{port}/"))
        finally:
            server.close()

    plain = run(go(None))
    assert plain.outcome is Outcome.HTTP_ERROR and (plain.error or "").startswith(
        ("tls: ", "connect: ", "connection: ")
    )
    unsigned = run(go(_self_signed()))
    assert unsigned.outcome is Outcome.HTTP_ERROR and (unsigned.error or "").startswith("tls: ")
    assert "CERTIFICATE_VERIFY_FAILED" in (unsigned.error or "")


def _self_signed() -> Any:
    import ssl
    import tempfile
    from datetime import timedelta
    from ipaddress import ip_address
    from pathlib import Path

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=3650))
        .not_valid_after(NOW + timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "both.pem"
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
        context.load_cert_chain(path)
    return context


# Connections


def test_a_connection_is_used_again() -> None:
    async def go() -> None:
        async with Server(default=answer(200, PAGE)) as server, client() as fetcher:
            for _ in range(3):
                assert (await fetcher.get(FetchRequest(url=server.url()))).is_full
            assert {seen.connection for seen in server.seen} == {1}

    run(go())


@pytest.mark.parametrize(
    "broken",
    [
        answer(200, PAGE, length=7 << 20),
        answer(200, PAGE, "Content-Encoding: gzip"),
        answer(200, PAGE) + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL",
        answer(200, PAGE, length=5),
    ],
    ids=["left unread", "left in the middle", "an answer too many", "more than its length"],
)
def test_nothing_of_a_broken_answer_gets_into_the_next_one(broken: bytes) -> None:
    async def go() -> None:
        async with Server(routes={"/broken": broken, "/": answer(200, b"good")}) as server, client() as fetcher:
            await fetcher.get(FetchRequest(url=server.url("/broken")))
            result = await fetcher.get(FetchRequest(url=server.url()))
            assert (result.body, result.outcome) == (b"good", None)

    run(go())


def test_a_kept_connection_that_was_closed_meanwhile_costs_one_more_request() -> None:
    async def go() -> None:
        count = 0

        async def route(visitor: Visitor) -> None:
            nonlocal count
            count += 1
            if count == 2:  # the second request on the kept connection: closed instead of answered
                visitor.close()
            else:
                await visitor.send(answer(200, PAGE))

        async with Server(routes={"/": route}) as server, client() as fetcher:
            assert (await fetcher.get(FetchRequest(url=server.url()))).is_full
            assert (await fetcher.get(FetchRequest(url=server.url()))).is_full
            assert [seen.connection for seen in server.seen] == [1, 1, 2]

    run(go())


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_new_connection_that_is_closed_without_an_answer_is_not_tried_again(how: str) -> None:
    async def go() -> None:
        async def route(visitor: Visitor) -> None:
            getattr(visitor, how)()

        async with Server(routes={"/": route}) as server, client() as fetcher:
            result = await fetcher.get(FetchRequest(url=server.url()))
            assert (result.outcome, result.status) == (Outcome.HTTP_ERROR, None)
            assert (result.error or "").startswith("connection: ")
            assert len(server.seen) == 1

    run(go())


def test_a_fetch_that_is_cancelled_closes_its_connection() -> None:
    async def go() -> None:
        closed = asyncio.Event()

        async def route(visitor: Visitor) -> None:
            await visitor.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
            await visitor.reader.read()
            closed.set()

        async with Server(routes={"/": route}) as server, client() as fetcher:
            task = asyncio.create_task(fetcher.get(FetchRequest(url=server.url())))
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.wait_for(closed.wait(), 2)

    run(go())


# Conditions


def test_a_copy_that_is_still_good_is_unchanged() -> None:
    async def go() -> None:
        not_modified = b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\n\r\n'
        async with Server(routes={"/": not_modified}) as server, client() as fetcher:
            for given, sent in (
                ({"etag": '"v1"'}, {"if-none-match": '"v1"'}),
                (
                    {"last_modified": "Tue, 24 Nov 2026 10:00:00 GMT"},
                    {"if-modified-since": "Tue, 24 Nov 2026 10:00:00 GMT"},
                ),
            ):
                result = await fetcher.get(FetchRequest(url=server.url(), **given))
                assert (result.outcome, result.status, result.body) == (Outcome.UNCHANGED, 304, b"")
                assert result.etag == '"v1"' and result.error is None
                assert {k: v for k, v in server.seen[-1].headers.items() if k.startswith("if-")} == sent

    run(go())


def test_a_304_that_nobody_asked_for_is_an_error() -> None:
    result = fetched(("/", b"HTTP/1.1 304 Not Modified\r\n\r\n"))
    assert result.outcome is Outcome.HTTP_ERROR


@pytest.mark.parametrize("etag", ['"a"\r\nX-Evil: 1', '"ü"', "x" * 5000])
def test_a_stored_validator_that_cannot_stand_in_a_header_is_left_out(etag: str) -> None:
    async def go() -> None:
        async with Server(default=answer(200, PAGE)) as server, client() as fetcher:
            assert (await fetcher.get(FetchRequest(url=server.url(), etag=etag))).is_full
            assert not server.seen[0].headers.keys() & {"if-none-match", "x-evil"}

    run(go())


def test_conditions_go_along_to_the_same_host_only() -> None:
    async def go() -> None:
        async with Server(host="127.0.0.2", default=answer(200, PAGE)) as other:
            routes = {"/": redirect("/here"), "/here": redirect(other.url("/there"))}
            async with Server(routes=routes) as server, client() as fetcher:
                result = await fetcher.get(FetchRequest(url=server.url(), etag='"v1"'))
                assert result.is_full
                assert ["if-none-match" in seen.headers for seen in server.seen] == [True, True]
                assert "if-none-match" not in other.seen[0].headers

    run(go())


@pytest.mark.parametrize(
    ("value", "seconds"), [("120", 120.0), ("Tue, 24 Nov 2026 12:02:00 GMT", 120.0), ("whenever", None)]
)
def test_a_rest_that_is_asked_for_is_given_in_seconds(value: str, seconds: float | None) -> None:
    result = fetched(("/", answer(429, b"", f"Retry-After: {value}")))
    assert (result.status, result.retry_after_s) == (429, seconds)


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_and_noted(status: int) -> None:
    async def go() -> None:
        routes = {"/": redirect("a/b?c=1", status), "/a/b": redirect("../d%2Ce", status), "/d%2Ce": answer(200, PAGE)}
        async with Server(routes=routes) as server, client() as fetcher:
            result = await fetcher.get(FetchRequest(url=server.url()))
            assert result.is_full and result.body == PAGE and result.final_url == server.url("/d%2Ce")
            assert result.redirects == (
                Redirect(url=server.url("/"), status=status),
                Redirect(url=server.url("/a/b?c=1"), status=status),
            )
            assert {seen.connection for seen in server.seen} == {1}

    run(go())


def test_five_redirects_are_followed_and_not_six() -> None:
    async def go() -> None:
        routes = {f"/{n}": redirect(f"/{n + 1}") for n in range(20)}
        routes["/20"] = answer(200, PAGE)
        async with Server(routes=routes) as server, client() as fetcher:
            result = await fetcher.get(FetchRequest(url=server.url("/15")))
            assert result.is_full and len(result.redirects) == 5
            server.seen.clear()
            result = await fetcher.get(FetchRequest(url=server.url("/14")))
            assert result.outcome is Outcome.HTTP_ERROR and "more than 5 redirects" in (result.error or "")
            assert len(result.redirects) == 5 and len(server.seen) == 6
            assert result.location == server.url("/20") and result.status == 302

    run(go())


def test_a_circle_is_noticed_when_it_closes() -> None:
    async def go() -> None:
        async with Server(routes={"/": redirect("/b"), "/b": redirect("/#again")}) as server, client() as fetcher:
            result = await fetcher.get(FetchRequest(url=server.url()))
            assert result.outcome is Outcome.HTTP_ERROR and "circle" in (result.error or "")
            assert server.targets == ["/", "/b"]

    run(go())


def test_a_cookie_that_a_redirect_sets_goes_back_within_the_fetch_and_not_beyond() -> None:
    async def go() -> None:
        async def route(visitor: Visitor) -> None:
            assert visitor.seen is not None
            has_it = visitor.seen.headers.get("cookie") == "seen=a=b%20c"
            await visitor.send(answer(200, PAGE) if has_it else redirect("/", 302, "Set-Cookie: seen=a=b%20c; Path=/"))

        async with Server(routes={"/": route}) as server, client() as fetcher:
            for _ in range(2):
                result = await fetcher.get(FetchRequest(url=server.url()))
                assert result.is_full and len(result.redirects) == 1
            assert ["cookie" in seen.headers for seen in server.seen] == [False, True, False, True]

    run(go())


def test_a_cookie_does_not_go_to_another_host() -> None:
    async def go() -> None:
        async with (
            Server(host="127.0.0.2", default=answer(200, PAGE)) as other,
            Server() as server,
            client() as fetcher,
        ):
            server.default = redirect(other.url(), 302, "Set-Cookie: a=1")
            assert (await fetcher.get(FetchRequest(url=server.url()))).is_full
            assert "cookie" not in other.seen[0].headers

    run(go())


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "ftp://127.0.0.1/", "javascript:alert(1)", "", "http://", "http://[::1", "data:text/html,x"],
)
def test_a_redirect_to_what_is_no_web_address_is_an_error(location: str) -> None:
    result = fetched(("/", redirect(location)))
    assert (result.outcome, result.status, result.redirects) == (Outcome.HTTP_ERROR, 302, ())
    assert "redirect" in (result.error or "")


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "[fd00::1]", "0x0a000001", "192.168.1.1:8080"])
def test_a_redirect_to_a_private_address_is_refused(host: str) -> None:
    result = fetched(("/", redirect(f"http://{host}/latest/meta-data/")))
    assert result.outcome is Outcome.REFUSED_ADDRESS and result.status is None
    assert [hop.status for hop in result.redirects] == [302]


def test_who_asks_decides_about_a_redirect() -> None:
    async def go() -> None:
        asked = []

        async def may_follow(source: str, target: str) -> Refusal | None:
            asked.append((source, target))
            if target.endswith("/no"):
                return Refusal(outcome=Outcome.FOREIGN_HOST, detail="not ours")
            return None

        async with Server(routes={"/": redirect("/yes"), "/yes": redirect("/no", 301)}) as server, client() as fetcher:
            result = await fetcher.get(FetchRequest(url=server.url()), may_follow=may_follow)
            assert asked == [(server.url(), server.url("/yes")), (server.url("/yes"), server.url("/no"))]
            assert (result.outcome, result.error) == (Outcome.FOREIGN_HOST, "not ours")
            assert (result.final_url, result.location) == (server.url("/yes"), server.url("/no"))
            assert (result.status, len(result.redirects)) == (301, 1)
            assert server.targets == ["/", "/yes"]

    run(go())


def test_a_meta_refresh_is_not_followed() -> None:
    body = b'<meta http-equiv="refresh" content="0; url=/next">'
    result = fetched(("/", answer(200, body, "Refresh: 0; url=/next")))
    assert result.is_full and result.redirects == ()


def test_the_body_of_a_redirect_may_be_broken() -> None:
    async def go() -> None:
        routes = {"/": answer(302, b"x", "Location: /ok", "Content-Encoding: gzip"), "/ok": answer(200, PAGE)}
        async with Server(routes=routes) as server, client() as fetcher:
            assert (await fetcher.get(FetchRequest(url=server.url()))).is_full

    run(go())


@pytest.mark.parametrize("url", ["", "nonsense", "mailto:a@b", "http://", "http://exa mple/", "http://x:99999/"])
def test_what_is_no_url_is_an_error_and_nothing_is_sent(url: str) -> None:
    async def go() -> FetchResult:
        async with client() as fetcher:
            return await fetcher.get(FetchRequest(url=url))

    result = run(go())
    assert result.outcome is Outcome.HTTP_ERROR and (result.error or "").startswith("url: ")


def test_the_settings_of_an_installation() -> None:
    config = ClientConfig.for_contact("mailto:news@example.org", loopback_hosts=frozenset({"127.0.0.1:8000"}))
    assert config.policy == "global_only" and "news@example.org" in config.user_agent
    assert config.loopback_hosts == {"127.0.0.1:8000"}
    assert ClientConfig.for_contact(None).policy == "loopback_only"
