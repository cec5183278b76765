"""One suite for both kinds of store: what a lake may rely on."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import boto3.session
import botocore.exceptions
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.errors import Permanent, Transient
from etl.lake import s3
from etl.lake.local import LocalStore
from etl.lake.s3 import MULTIPART_ABOVE, S3Store
from etl.lake.store import ObjectMissing, ObjectStore
from etl.lake.stores import open_store

right_md5 = s3._md5
LARGE = os.urandom(1 << 20) * 9 + b"tail"  # three parts, the last one short
NAMES = ["raw/a-b/1", "raw/a/1", "raw/a/10", "raw/a/2", "raw/新聞/1", "raw/خبر/1", "silver/x", "raw.txt", "raw/a.b"]


def test_an_object_is_created_once_and_then_kept(store: ObjectStore) -> None:
    assert store.put_new("raw/a", b"first") is True
    assert store.put_new("raw/a", b"second") is False
    assert store.read("raw/a") == b"first"


def test_put_replaces(store: ObjectStore) -> None:
    store.put("raw/a", b"first")
    store.put("raw/a", b"second")
    assert store.read("raw/a") == b"second"
    assert store.size("raw/a") == 6


@pytest.mark.parametrize("size", [0, 1, 100_000])
def test_bytes_and_files_arrive_as_they_were(store: ObjectStore, tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    path = tmp_path / "source"
    path.write_bytes(data)
    assert store.put_new("from/file", path)
    assert store.put_new("from/bytes", data)
    assert store.read("from/file") == store.read("from/bytes") == data
    assert store.size("from/file") == size


def test_a_large_file_is_created_once_and_arrives_whole(store: ObjectStore, tmp_path: Path) -> None:
    assert len(LARGE) > MULTIPART_ABOVE
    path = tmp_path / "large"
    path.write_bytes(LARGE)
    assert store.put_new("raw/large", path) is True
    assert store.put_new("raw/large", LARGE[::-1]) is False
    assert store.read("raw/large") == LARGE
    with store.open("raw/large") as stream:
        assert stream.seek(-4, io.SEEK_END) == len(LARGE) - 4
        assert stream.read() == b"tail"
        stream.seek(5_000_000)
        assert stream.read(3_000_000) == LARGE[5_000_000:8_000_000]


def test_ranges_end_where_the_object_ends(store: ObjectStore) -> None:
    store.put_new("a", b"0123456789")
    assert store.read_range("a", 2, 3) == b"234"
    assert store.read_range("a", 8, 100) == b"89"
    assert store.read_range("a", 10, 5) == b""
    assert store.read_range("a", 3, 0) == b""


def test_names_are_listed_by_prefix_in_the_order_of_their_bytes(store: ObjectStore) -> None:
    for name in NAMES:
        store.put_new(name, b"x")
    assert list(store.list()) == sorted(NAMES, key=str.encode)
    for prefix in ("raw", "raw/", "raw/a", "raw/a/", "raw/a/1", "raw/新", "nothing/", "silver/x/"):
        assert list(store.list(prefix)) == sorted((n for n in NAMES if n.startswith(prefix)), key=str.encode)


def test_what_is_deleted_is_gone_and_deleting_again_is_no_error(store: ObjectStore) -> None:
    store.put_new("a/b", b"x")
    store.delete("a/b")
    store.delete("a/b")
    assert not store.exists("a/b")
    assert list(store.list()) == []
    assert store.put_new("a/b", b"y")


def test_a_missing_object_is_named_by_its_url(store: ObjectStore) -> None:
    assert store.exists("no/such") is False
    for ask in (store.read, store.size, store.open, lambda name: store.read_range(name, 0, 1)):
        with pytest.raises(ObjectMissing) as caught:
            ask("no/such")
        assert store.url("no/such") in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "../up",
        "a/../b",
        "a//b",
        "a/",
        ".",
        "a/.hidden",
        "a\\b",
        "a\nb",
        "a\0b",
        "a\ud800",
        "é" * 200,
    ],
)
def test_names_that_leave_the_lake_are_refused(store: ObjectStore, name: str) -> None:
    for ask in (store.read, store.url, store.delete, lambda name: store.put_new(name, b"x")):
        with pytest.raises(Permanent):
            ask(name)


@pytest.mark.parametrize("bulk", [b"", LARGE])
def test_of_eight_racers_one_wins_and_its_bytes_stay(store: ObjectStore, bulk: bytes) -> None:
    barrier = threading.Barrier(8)
    won: list[int] = []

    def race(racer: int) -> None:
        data = bulk + bytes([racer])
        barrier.wait()
        if store.put_new("race", data):
            won.append(racer)

    racers = [threading.Thread(target=race, args=(racer,)) for racer in range(8)]
    for thread in racers:
        thread.start()
    for thread in racers:
        thread.join()
    assert len(won) == 1
    assert store.read("race")[-1] == won[0]


@pytest.mark.parametrize("bulk", [b"", LARGE])
def test_the_condition_decides_even_where_nothing_was_seen_before(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch, bulk: bytes
) -> None:
    store.put_new("a", b"first")
    if isinstance(store, S3Store):
        monkeypatch.setattr(S3Store, "exists", lambda self, name: False)
    else:
        monkeypatch.setattr(Path, "exists", lambda self: False)
    assert store.put_new("a", bulk + b"second") is False
    assert store.read("a") == b"first"


def test_a_lost_race_that_s3_does_not_decide_is_asked_again(
    s3_url: str, s3_endpoint: str, s3_session: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(s3_url, endpoint_url=s3_endpoint, session=s3_session)
    upload, answers = S3Store._upload, ["ConditionalRequestConflict"] * 2

    def contested(self: S3Store, name: str, data: Path | bytes, *, only_new: bool) -> None:
        if answers:
            raise _client_error(answers.pop(), 409)
        upload(self, name, data, only_new=only_new)

    monkeypatch.setattr(S3Store, "_upload", contested)
    assert store.put_new("a", b"x") is True
    answers += ["ConditionalRequestConflict"] * 9
    with pytest.raises(Transient):
        store.put_new("b", b"x")
    assert len(answers) == 9 - s3.TRIES


@given(data=st.binary(max_size=300), spans=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=5))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_range_is_a_slice(store: ObjectStore, data: bytes, spans: list[tuple[int, int]]) -> None:
    store.put("slice", data)
    with store.open("slice") as stream:
        for offset, length in spans:
            assert store.read_range("slice", offset, length) == data[offset : offset + length]
            stream.seek(offset)
            assert stream.read(length) == data[offset : offset + length]


def test_a_publisher_that_is_killed_leaves_nothing_to_be_seen(tmp_path: Path) -> None:
    root = tmp_path / "lake"
    program = (
        "import os, sys; from pathlib import Path; from etl.lake.local import LocalStore; "
        "store = LocalStore(Path(sys.argv[1])); sync = os.fsync\n"
        "def fsync(file):\n"
        "    if list((store.root / '.spool').glob('*')): print('half', flush=True); sys.stdin.read()\n"
        "    sync(file)\n"
        "os.fsync = fsync; store.put_new('raw/a', b'x' * 5_000_000)"
    )
    victim = subprocess.Popen([sys.executable, "-c", program, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert victim.stdout is not None and victim.stdout.readline() == b"half\n"
    victim.kill()
    victim.wait()
    victim.stdout.close()
    store = LocalStore(root)
    assert list(store.list()) == [] and not store.exists("raw/a")
    assert store.put_new("raw/a", b"whole")
    assert store.sweep(before=time.time() - 3600) == 0
    assert store.sweep(before=time.time() + 3600) == 1
    assert list((root / ".spool").iterdir()) == []
    assert store.read("raw/a") == b"whole"


def test_an_upload_that_fails_is_taken_back(
    s3_url: str, s3_endpoint: str, s3_session: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = S3Store(s3_url.split("/")[2], "p", endpoint_url=s3_endpoint, session=s3_session)
    wrong = "AAAAAAAAAAAAAAAAAAAAAA=="
    monkeypatch.setattr(s3, "_md5", lambda body: wrong if body.endswith(b"tail") else right_md5(body))
    with pytest.raises(Transient):
        store.put_new("raw/large", LARGE)
    assert not store.exists("raw/large")
    client = s3_session.client("s3", endpoint_url=s3_endpoint)
    assert client.list_multipart_uploads(Bucket=store.bucket).get("Uploads", []) == []
    monkeypatch.setattr(s3, "_md5", lambda body: wrong)
    with pytest.raises(Transient):  # bytes that changed on their way are refused by the server
        store.put_new("raw/small", b"small")
    assert not store.exists("raw/small")


def test_a_stream_notices_that_its_object_was_replaced(
    s3_url: str, s3_endpoint: str, s3_session: boto3.session.Session
) -> None:
    store = open_store(s3_url, endpoint_url=s3_endpoint, session=s3_session)
    store.put("a", LARGE)
    with store.open("a") as stream:
        stream.read(10)
        store.put("a", LARGE[::-1])
        stream.seek(8_000_000)
        with pytest.raises(Transient):
            stream.read(10)


def test_what_cannot_get_better_is_permanent_and_names_the_place(
    s3_endpoint: str, s3_session: boto3.session.Session
) -> None:
    store = open_store("s3://no-such-bucket/p", endpoint_url=s3_endpoint, session=s3_session)
    for ask in (lambda: store.put_new("a", b"x"), lambda: list(store.list())):
        with pytest.raises(Permanent, match="s3://no-such-bucket/p"):
            ask()
    with pytest.raises(Permanent, match="nonsense"):
        open_store("nonsense://x")
    with pytest.raises(Permanent):
        open_store("s3://bucket", endpoint_url="not a url", session=s3_session)


def test_a_server_that_is_away_is_transient(s3_session: boto3.session.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "CONFIG", s3.CONFIG.merge(s3.Config(retries={"mode": "standard", "max_attempts": 1})))
    store = open_store("s3://bucket", endpoint_url="http://127.0.0.1:1", session=s3_session)
    with pytest.raises(Transient, match="s3://bucket/a"):
        store.read("a")


def test_without_credentials_the_error_says_so(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(Permanent, match=r"s3://bucket.*[Cc]redentials"):
        open_store("s3://bucket", endpoint_url=s3_endpoint, session=boto3.session.Session()).read("a")


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("SlowDown", 503, Transient),
        ("InternalError", 500, Transient),
        ("ExpiredToken", 400, Transient),
        ("ConditionalRequestConflict", 409, Transient),
        ("AccessDenied", 403, Permanent),
        ("InvalidAccessKeyId", 403, Permanent),
        ("404", 404, ObjectMissing),
    ],
)
def test_errors_of_s3_are_sorted_by_what_to_do(code: str, status: int, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="s3://b/x"), s3._errors("s3://b/x"):
        raise _client_error(code, status)


def _client_error(code: str, status: int) -> botocore.exceptions.ClientError:
    answer = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return botocore.exceptions.ClientError(answer, "PutObject")  # type: ignore[arg-type]
