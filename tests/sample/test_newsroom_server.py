"""The newsroom as an HTTP server: validators, codings, the log, the second day, and its own end."""

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import zlib

import pytest

from etl.errors import Permanent
from etl.sample import request_log
from etl.sample.answers import TOO_LARGE_BYTES
from etl.sample.server import CONTROL_HOST, running_newsroom

FERRY = "/2026/11/09/ferry-timetable-winter/"
BARRIER = "/2026/11/12/corrected-flood-barrier-cost/"


def test_it_starts_and_stops_and_leaves_its_port_free() -> None:
    with running_newsroom() as newsroom:
        port, hosts = newsroom.port, newsroom.hosts
    assert len(hosts) > 10
    for host in (CONTROL_HOST, *hosts):
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            free.bind((host, port))
    assert not [thread for thread in threading.enumerate() if thread.name == "sample-newsroom"]


def test_a_port_that_is_taken_is_named(newsroom) -> None:
    with pytest.raises(Permanent, match=str(newsroom.port)), running_newsroom(port=newsroom.port):
        pass


@pytest.mark.parametrize("path", [FERRY, "/feed/", "/sitemap_index.xml", "/post-sitemap2.xml.gz", "/robots.txt", "/"])
def test_a_copy_that_is_current_gets_304_without_a_body(newsroom, fetch, path) -> None:
    first = fetch(newsroom.url("harbour-post", path))
    assert first.status == 200
    for headers in (
        {"If_None_Match": first.headers["ETag"]},
        {"If_None_Match": f'"other", W/{first.headers["ETag"]}'},
        {"If_Modified_Since": first.headers["Last-Modified"]},
    ):
        again = fetch(newsroom.url("harbour-post", path), **headers)
        assert (again.status, again.body) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]


def test_a_stale_copy_gets_the_whole_answer(newsroom, fetch) -> None:
    url = newsroom.url("harbour-post", FERRY)
    assert fetch(url, If_None_Match='"something-else"').status == 200
    assert fetch(url, If_Modified_Since="Sun, 08 Nov 2026 07:30:00 GMT").status == 200
    modified = fetch(url).headers["Last-Modified"]
    assert fetch(url, If_None_Match='"something-else"', If_Modified_Since=modified).status == 200  # the tag decides


@pytest.mark.parametrize("path", ["/retry-after-503", "/gone-410-withdrawn", "/never-heard-of-it"])
def test_errors_carry_no_validators(newsroom, fetch, path) -> None:
    reply = fetch(newsroom.url("fault-line", path))
    assert reply.status >= 400
    assert "ETag" not in reply.headers


def test_head_says_what_get_would_say(newsroom, fetch) -> None:
    url = newsroom.url("harbour-post", FERRY)
    whole, head = fetch(url), fetch(url, method="HEAD")
    assert (head.status, head.body) == (200, b"")
    for name in ("Content-Length", "Content-Type", "ETag", "Last-Modified"):
        assert head.headers[name] == whole.headers[name]
    assert int(head.headers["Content-Length"]) == len(whole.body)


def test_other_methods_are_refused(newsroom, fetch) -> None:
    assert fetch(newsroom.url("harbour-post", FERRY), method="POST", body=b"x").status == 405


@pytest.mark.parametrize(
    ("source", "path", "coding", "unpack"),
    [
        ("harbour-post", FERRY, "gzip", gzip.decompress),
        ("mercantile-daily", "/grain-terminal-second-berth/", "deflate", zlib.decompress),
        ("fault-line", "/deflate-zlib", "deflate", zlib.decompress),
        ("fault-line", "/deflate-raw", "deflate", lambda body: zlib.decompress(body, wbits=-15)),
    ],
)
def test_a_page_is_packed_only_for_those_who_can_unpack_it(newsroom, fetch, source, path, coding, unpack) -> None:
    url = newsroom.url(source, path)
    plain = fetch(url, Accept_Encoding="identity")
    packed = fetch(url, Accept_Encoding="br, gzip, deflate")
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == coding
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert packed.body != plain.body
    assert unpack(packed.body) == plain.body
    assert "Content-Encoding" not in fetch(url, Accept_Encoding=f"br, {coding};q=0").headers


def test_deflate_comes_with_and_without_its_wrapper(newsroom, fetch) -> None:
    raw = fetch(newsroom.url("fault-line", "/deflate-raw"), Accept_Encoding="deflate")
    with pytest.raises(zlib.error):
        zlib.decompress(raw.body)


def test_the_broken_gzip_begins_soundly_and_cannot_be_unpacked(newsroom, fetch) -> None:
    url = newsroom.url("fault-line", "/broken-gzip")
    packed = fetch(url, Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.body[:2] == b"\x1f\x8b"
    assert zlib.decompressobj(wbits=31).decompress(packed.body[:200]).startswith(b"<!DOCTYPE")
    with pytest.raises((zlib.error, OSError, EOFError)):
        gzip.decompress(packed.body)


def test_the_answer_that_is_too_large_has_no_length_and_ends(newsroom, fetch) -> None:
    reply = fetch(newsroom.url("fault-line", "/too-large"), timeout=60)
    assert "Content-Length" not in reply.headers
    assert TOO_LARGE_BYTES <= len(reply.body) < TOO_LARGE_BYTES + 1_000_000


def test_a_client_that_leaves_early_is_in_the_log(newsroom) -> None:
    with socket.create_connection((newsroom.sites["fault-line"].host, newsroom.port)) as client:
        client.sendall(b"GET /too-large?leaving HTTP/1.1\r\nHost: x\r\n\r\n")
        client.recv(1000)
    for _ in range(100):
        requests = [request for request in newsroom.log() if request.path.endswith("?leaving")]
        if requests:
            break
        time.sleep(0.05)
    assert [request.aborted for request in requests] == [True]
    assert 0 < requests[0].bytes_sent < TOO_LARGE_BYTES


def test_a_client_that_tires_of_waiting_leaves_when_it_leaves_and_not_when_the_answer_is_ready(newsroom, fetch) -> None:
    with pytest.raises(TimeoutError):
        fetch(newsroom.url("fault-line", "/slow-answer?wait=3"), timeout=0.2)
    for _ in range(40):
        requests = [request for request in newsroom.log() if request.path.endswith("?wait=3")]
        if requests:
            break
        time.sleep(0.05)
    (request,) = requests
    assert request.aborted
    assert request.end - request.start < 2


def test_the_slow_page_is_slow_only_when_asked(newsroom, fetch) -> None:
    url = newsroom.url("fault-line", "/slow-answer")
    began = time.monotonic()
    quick = fetch(url)
    assert time.monotonic() - began < 15
    began = time.monotonic()
    slow = fetch(f"{url}?wait=1")
    assert time.monotonic() - began >= 1
    assert slow.body == quick.body
    newsroom.set_wait(0.3)
    try:
        with pytest.raises(TimeoutError):
            fetch(url, timeout=0.1)
        assert fetch(url).status == 200
    finally:
        newsroom.set_wait(0)
    newsroom.set_wait(10_000)
    assert newsroom._wait_s <= 20
    newsroom.set_wait(0)


def test_unknown_parameters_lead_to_the_same_page_and_telling_ones_to_another(newsroom, fetch) -> None:
    ferry = newsroom.url("harbour-post", FERRY)
    assert fetch(f"{ferry}?utm_source=rss&utm_medium=feed").body == fetch(ferry).body
    one, two = (fetch(newsroom.url("borderland-review", f"/story?{number}")) for number in (1, 2))
    assert one.status == two.status == 200
    assert one.body != two.body
    assert fetch(newsroom.url("borderland-review", "/story?1&utm_source=x")).body == one.body
    assert fetch(newsroom.url("borderland-review", "/story")).status == 404


def test_the_log_tells_who_came_when_and_for_what(tmp_path, fetch) -> None:
    path = tmp_path / "requests.jsonl"
    with running_newsroom(log=path) as newsroom:
        fetch(newsroom.url("harbour-post", f"{FERRY}?utm_source=x"), User_Agent="test/1")
        fetch(newsroom.url("la-vega", "/robots.txt"), If_None_Match='"x"')
        fetch(newsroom.url("harbour-post", "/nothing"), method="HEAD")
        requests = newsroom.log()
    assert [(each.host, each.method, each.path, each.status) for each in requests] == [
        ("127.0.0.11", "GET", f"{FERRY}?utm_source=x", 200),
        ("127.0.0.16", "GET", "/robots.txt", 200),
        ("127.0.0.11", "HEAD", "/nothing", 404),
    ]
    assert [each.user_agent for each in requests] == ["test/1", "", ""]
    assert [each.conditional for each in requests] == [False, True, False]
    assert all(each.client.startswith("127.") and each.start <= each.end and not each.aborted for each in requests)
    assert requests[0].bytes_sent > 1000
    assert request_log.read(path) == requests
    assert request_log.overlaps(requests) == []
    (gap,) = request_log.spacing_s(requests, "127.0.0.11")
    assert 0 < gap < 5


def test_two_at_a_time_on_one_host_show_in_the_log(newsroom, fetch) -> None:
    before = len(newsroom.log())
    slow, other = newsroom.url("fault-line", "/slow-answer?wait=0.5"), newsroom.url("harbour-post", FERRY)
    first = threading.Thread(target=fetch, args=(slow,))
    first.start()
    time.sleep(0.15)
    fetch(other)
    fetch(slow)
    first.join()
    pairs = request_log.overlaps(newsroom.log()[before:])
    assert [(one.host, two.host) for one, two in pairs] == [("127.0.0.23", "127.0.0.23")]


def test_on_the_second_day_pages_change_appear_move_and_go(fetch) -> None:
    with running_newsroom() as newsroom:
        barrier, feed = newsroom.url("harbour-post", BARRIER), newsroom.url("harbour-post", "/feed/")
        turkish, ferry = newsroom.url("korfez-postasi", "/feeds/posts/default"), newsroom.url("harbour-post", FERRY)
        old = {url: fetch(url) for url in (barrier, feed, turkish, ferry)}
        assert fetch(newsroom.url("harbour-post", "/2026/11/19/new-day2-harbour-seal/")).status == 404
        newsroom.set_day(2)
        for url, changed in ((barrier, True), (feed, True), (turkish, False), (ferry, False)):
            since = {"If_Modified_Since": old[url].headers["Last-Modified"]}
            tag = {"If_None_Match": old[url].headers["ETag"]}
            assert [fetch(url, **each).status for each in (since, tag)] == ([200, 200] if changed else [304, 304]), url
        assert b"Correction, 13 November 2026" in fetch(barrier).body
        assert b"Correction, 13 November 2026" not in old[barrier].body
        assert fetch(newsroom.url("harbour-post", "/2026/11/19/new-day2-harbour-seal/")).status == 200
        assert fetch(newsroom.url("harbour-post", "/2026/11/11/gone-404-market-hall-roof/")).status == 404
        assert fetch(newsroom.url("morgenkurier", "/wirtschaft/gone-410-brauerei-uebernahme")).status == 410
        moved = fetch(newsroom.url("harbour-post", "/2026/11/13/moved-library-hours/"))
        assert (moved.status, moved.headers["Location"]) == (301, "/culture/library-sunday-hours/")
        newsroom.set_day(1)
        assert fetch(barrier).body == old[barrier].body


def test_the_same_day_and_port_give_the_same_bytes(newsroom, fetch) -> None:
    paths = [
        ("harbour-post", "/feed/"),
        ("harbour-post", "/post-sitemap2.xml.gz"),
        ("al-marfa", "/2026/11/10/rasif-jadid/"),
    ]
    port = newsroom.port
    first = [fetch(newsroom.url(*each), Accept_Encoding="gzip").body for each in paths]
    again = _in_another_process(port, paths)
    assert [body.hex() for body in first] == again


def _in_another_process(port: int, paths: list[tuple[str, str]]) -> list[str]:
    code = (
        "import json, sys; from etl.sample.answers import build; from etl.sample.content import load_sites;"
        f"built = build(1, {port}); sites = load_sites(); found = [built[sites[s].host, p] for s, p in {paths!r}];"
        "print(json.dumps([(each.coded or each.body).hex() for each in found]))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Pacific/Auckland"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60, env=environment)
    return json.loads(done.stdout)


def test_a_process_of_its_own_is_steered_over_http_and_stops_by_itself(tmp_path, fetch) -> None:
    log = tmp_path / "log.jsonl"
    with socket.socket() as probe:
        probe.bind((CONTROL_HOST, 0))
        port = probe.getsockname()[1]
    code = f"from pathlib import Path; from etl.sample.server import run; run({port}, log=Path({str(log)!r}), for_s=60)"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(16)]
        assert f"http://127.0.0.11:{port}/" in lines[0]
        control, page = f"http://{CONTROL_HOST}:{port}", f"http://127.0.0.11:{port}/2026/11/19/new-day2-business-rates/"
        assert fetch(f"{control}/day").body == b"1\n"
        assert fetch(page).status == 404
        assert fetch(f"{control}/day", method="PUT", body=b"3").status == 400
        assert fetch(f"{control}/day", method="PUT", body=b"2").body == b"2\n"
        assert fetch(page).status == 200
        assert fetch(f"{control}/wait", method="PUT", body=b"0.2").body == b"0.2\n"
        assert [json.loads(line)["status"] for line in fetch(f"{control}/log").body.splitlines()] == [404, 200]
        assert [each.status for each in request_log.read(log)] == [404, 200]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.wait()


def test_a_server_that_is_given_a_time_ends_on_its_own() -> None:
    code = "from etl.sample.server import run; run(0, for_s=0.2)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, capture_output=True, check=False).returncode == 0
