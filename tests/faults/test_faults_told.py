"""What libraries raise for faults from outside, and which of our errors it becomes."""

from __future__ import annotations

import errno
import os
import pickle
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import botocore.exceptions
import psycopg
import psycopg.errors
import pytest
import sqlalchemy.exc
import urllib3.exceptions

from etl import faults
from etl.errors import NewsEtlError, Permanent, Quarantine, SettingError, Transient, tidying_after
from etl.faults.words import without_secrets
from etl.lake.store import ObjectMissing
from etl.stages.process.pool import process_pool

# Class of SQLSTATE (or the whole code): what it has to become. All others are defects.
WAITED_OUT = ("08", "25P03", "25P04", "40001", "40003", "40P01", "53", "55006", "55P03", "57014", "57P01", "57P02")
WAITED_OUT += ("57P03", "57P05", "58")
CHANGED_FIRST = ("25006", "28", "3D000", "42501", "53400", "57P04", "XX001", "XX002")


def all_sqlstates() -> dict[str, type[psycopg.Error]]:
    found = {}
    for name in dir(psycopg.errors):
        each = getattr(psycopg.errors, name)
        if isinstance(each, type) and issubclass(each, psycopg.Error) and each.sqlstate:
            found[each.sqlstate] = each
    return found


def test_every_sqlstate_is_waited_out_changed_first_or_a_defect_of_ours() -> None:
    for code, kind in all_sqlstates().items():
        wrapped = sqlalchemy.exc.DBAPIError("SELECT 'secret text'", {}, kind("words of the server"))
        ours = faults.as_ours(wrapped, "the warehouse db")
        if code in CHANGED_FIRST or code[:2] in CHANGED_FIRST:
            assert isinstance(ours, Permanent), code
        elif code in WAITED_OUT or code[:2] in WAITED_OUT:
            assert isinstance(ours, Transient), code
        else:
            assert ours is None, code
        if ours:
            assert str(ours).startswith("the warehouse db "), code
            assert "words of the server" in str(ours), code
            assert "secret text" not in str(ours), code


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ('connection failed: FATAL:  password authentication failed for user "news"', SettingError),
        ("connection failed: fe_sendauth: no password supplied", SettingError),
        ("connection failed: FATAL:  SASL authentication failed", SettingError),
        ('connection failed: FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "x"', SettingError),
        ('connection failed: FATAL:  role "nix" does not exist', SettingError),
        ('connection failed: FATAL:  database "nix" does not exist', SettingError),
        ('connection failed: FATAL:  permission denied for database "news"', SettingError),
        ("connection failed: server does not support SSL, but SSL was required", SettingError),
        ('connection is bad: invalid sslmode value: "bla"', SettingError),
        ('connection failed: root certificate file "/x" does not exist', SettingError),
        ("connection failed: FATAL:  no such database: news", SettingError),  # PgBouncer
        ("connection failed: FATAL:  sorry, too many clients already", Transient),
        ("connection failed: FATAL:  remaining connection slots are reserved for SUPERUSER", Transient),
        ('connection failed: FATAL:  too many connections for role "news"', Transient),
        ("connection failed: FATAL:  no more connections allowed (max_client_conn)", Transient),  # PgBouncer
        ("connection failed: FATAL:  query_wait_timeout", Transient),  # PgBouncer
        ('connection failed: FATAL:  server login has been failing: database "x" does not exist', SettingError),
        ("connection failed: FATAL:  the database system is starting up", Transient),
        ("connection failed: FATAL:  the database system is in recovery mode", Transient),
        ("connection failed: FATAL:  the database system is shutting down", Transient),
        ("connection failed: FATAL:  the database system is not yet accepting connections", Transient),
        ('connection failed: FATAL:  database "news" is not currently accepting connections', Transient),
        ("connection failed: connection to server at ::1, port 1 failed: Connection refused", Transient),
        ("failed to resolve host 'db.example': [Errno -2] Name or service not known", Transient),
        ("connection timeout expired", Transient),
        ("connection failed: FATAL:  die Datenbank fährt gerade hoch", Transient),  # a server that speaks German
        ("connection failed: FATAL:  データベースシステムは起動しています", Transient),
        ("server closed the connection unexpectedly", Transient),
        ("consuming input failed: SSL SYSCALL error: EOF detected", Transient),
        ("the connection is closed", Transient),
    ],
)
def test_a_connection_is_judged_by_the_words_of_its_refusal(words: str, kind: type[NewsEtlError]) -> None:
    ours = faults.as_ours(sqlalchemy.exc.OperationalError("", {}, psycopg.OperationalError(words)))
    assert type(ours) is kind, ours
    assert words.split(":")[-1].split()[-1].strip(".") in str(ours)


def test_what_is_said_to_a_lost_connection_is_no_defect() -> None:
    assert isinstance(faults.as_ours(sqlalchemy.exc.PendingRollbackError("Can't reconnect")), Transient)
    assert isinstance(faults.as_ours(psycopg.InterfaceError("the connection is closed")), Transient)
    assert isinstance(faults.as_ours(sqlalchemy.exc.TimeoutError("QueuePool limit")), Transient)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, Transient),
        (errno.EDQUOT, Transient),
        (errno.EMFILE, Transient),
        (errno.ENFILE, Transient),
        (errno.EIO, Transient),
        (errno.ESTALE, Transient),
        (errno.EROFS, SettingError),
        (errno.EACCES, SettingError),
        (errno.EPERM, SettingError),
        (errno.ENAMETOOLONG, SettingError),
        (errno.ENOTDIR, SettingError),
        (errno.ENOENT, type(None)),
        (errno.EEXIST, type(None)),
        (errno.EPIPE, type(None)),
    ],
)
def test_an_errno_says_whether_to_wait_or_to_change_something(number: int, kind: type) -> None:
    ours = faults.as_ours(OSError(number, os.strerror(number), "/données/lac"))
    assert type(ours) is kind
    assert ours is None or "/données/lac" in str(ours)


def boto(code: str, status: int) -> botocore.exceptions.ClientError:
    answer = {"Error": {"Code": code, "Message": "words"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return botocore.exceptions.ClientError(answer, "PutObject")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (boto("InternalError", 500), Transient),
        (boto("SlowDown", 503), Transient),
        (boto("", 502), Transient),
        (boto("RequestTimeout", 400), Transient),
        (boto("XMinioStorageFull", 507), Transient),
        (boto("QuotaExceeded", 403), Transient),
        (boto("ExpiredToken", 400), Transient),
        (boto("AccessDenied", 403), SettingError),
        (boto("403", 403), SettingError),
        (boto("InvalidAccessKeyId", 403), SettingError),
        (boto("SignatureDoesNotMatch", 403), SettingError),
        (boto("RequestTimeTooSkewed", 403), SettingError),
        (boto("NoSuchBucket", 404), SettingError),
        (boto("PermanentRedirect", 301), SettingError),
        (botocore.exceptions.EndpointConnectionError(endpoint_url="http://u:geheim@s3.example"), Transient),
        (botocore.exceptions.ReadTimeoutError(endpoint_url="http://s3.example"), Transient),
        (botocore.exceptions.ConnectionClosedError(endpoint_url="http://s3.example"), Transient),
        (botocore.exceptions.IncompleteReadError(actual_bytes=1, expected_bytes=2), Transient),
        (boto("NotImplemented", 501), SettingError),  # such as conditional writes: no lake can be kept there
        (urllib3.exceptions.ProtocolError("Connection broken: ConnectionResetError(104)"), Transient),  # boto3 #2902
        (urllib3.exceptions.ReadTimeoutError(None, "http://s3.example", "Read timed out."), Transient),  # type: ignore[arg-type]
        (botocore.exceptions.NoCredentialsError(), SettingError),
        (botocore.exceptions.ProfileNotFound(profile="x"), SettingError),
        (botocore.exceptions.SSLError(endpoint_url="x", error="CERTIFICATE_VERIFY_FAILED"), SettingError),
    ],
)
def test_a_store_is_judged_by_code_status_and_what_boto_raises(error: Exception, kind: type) -> None:
    ours = faults.as_ours(error)
    assert type(ours) is kind, ours
    assert "geheim" not in str(ours)


def test_several_faults_at_once_are_a_defect_if_one_is() -> None:
    away, refused = OSError(errno.EIO, "io"), OSError(errno.EROFS, "read-only")
    assert isinstance(faults.as_ours(ExceptionGroup("all", [away, ExceptionGroup("more", [refused])])), SettingError)
    assert isinstance(faults.as_ours(ExceptionGroup("all", [away])), Transient)
    assert faults.as_ours(ExceptionGroup("all", [away, KeyError("x")])) is None


@pytest.mark.parametrize("error", [KeyError("x"), ValueError("x"), RuntimeError("x"), FileNotFoundError(2, "no", "f")])
def test_a_defect_of_ours_stays_what_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, faults.told():
        raise error
    assert raised.value is error


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://news:pä:ss/w@db/news",
        "postgresql+psycopg://news:geheim@db/news?password=geheim&sslpassword=geheim",
        "host=db password=geheim user=x",
        "https://user:geheim@s3.example:9000/bucket",
        "AWS_SECRET_ACCESS_KEY=geheim",
    ],
)
def test_no_password_is_left_in_a_message(text: str) -> None:
    shown = without_secrets(text)
    assert "geheim" not in shown
    assert "***" in shown or "pä:ss/w" in shown  # a password with a slash is no part of a URL


@pytest.mark.parametrize(
    "error", [Transient("a"), Permanent("a"), SettingError("a"), Quarantine("bad", "why"), ObjectMissing("a")]
)
def test_our_errors_go_from_one_process_to_another(error: NewsEtlError) -> None:
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is type(error)
    assert str(back) == str(error)


def test_the_first_error_wins_and_holds_the_second() -> None:
    first = ValueError("first")
    with pytest.raises(ValueError, match="first") as raised:
        try:
            raise first
        except ValueError as error:
            with tidying_after(error):
                {}["second"]
            raise
    assert raised.value.__notes__ == ["after that: KeyError: 'second'"]


def _nothing() -> None:
    pass


def _fail(kind: str) -> None:
    if kind == "disk":
        raise OSError(errno.ENOSPC, "No space left on device", "/lake/x")
    if kind == "database":
        raise sqlalchemy.exc.OperationalError("SELECT 1", {}, psycopg.errors.AdminShutdown("terminating"))
    if kind == "quarantine":
        raise Quarantine("bad", "why")
    if kind == "killed":
        os._exit(9)
    raise KeyError(kind)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("disk", Transient), ("database", Transient), ("quarantine", Quarantine), ("defect", KeyError)],
)
def test_faults_in_a_worker_of_a_pool_arrive_as_our_errors(kind: str, expected: type[Exception]) -> None:
    with pytest.raises(expected), process_pool(1) as pool:
        pool.submit(_fail, kind).result()
    with pytest.raises(expected), process_pool(1) as pool:
        list(pool.map(_fail, [kind]))


class OddError(Exception):
    """As libraries have them: it cannot be made again from its message."""

    def __init__(self, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}")


def _odd() -> None:
    raise OddError(3, 4)


def test_a_defect_that_cannot_go_from_one_process_to_another_is_no_fault_of_the_machine() -> None:
    with (
        pytest.raises(RuntimeError, match="line 3, column 4") as raised,
        process_pool(1) as pool,
    ):
        pool.submit(_odd).result()
    assert faults.as_ours(raised.value) is None


def test_a_worker_that_cannot_start_says_why_and_one_that_is_killed_is_no_defect() -> None:
    with (
        pytest.raises(Transient, match="No space left"),
        process_pool(1, holds=_fail, args=("disk",)) as pool,
    ):
        pool.submit(_nothing).result()
    with pytest.raises(BrokenProcessPool) as raised, process_pool(1) as pool:
        pool.submit(_fail, "killed").result()
    assert isinstance(faults.as_ours(raised.value), Transient)


def test_a_segment_goes_from_a_full_disk_also_when_it_cannot_be_closed(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from etl.lake.segment import SegmentWriter

    writer = SegmentWriter(tmp_path, now=datetime(2026, 11, 1, tzinfo=UTC), operator=None, user_agent="test")
    os.dup2(os.open("/dev/full", os.O_WRONLY), writer._file.fileno())
    writer._file.write(b"x" * 10)
    writer.discard()
    assert list(tmp_path.iterdir()) == []


LACKING = [errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO, errno.EROFS]


def _observed(monkeypatch: pytest.MonkeyPatch, error: Exception):
    """What becomes of a page at which that is raised, where a model for its text is read."""
    from datetime import UTC, datetime

    from benchmarks.pages import page
    from etl.lake.adopt import LocalPage, page_capture
    from etl.model import Capture
    from etl.normalize import language
    from etl.sources.registry import Registry
    from etl.stages.process.observe import observe

    def fail() -> None:
        raise error

    monkeypatch.setattr(language, "_identifier", fail)
    found = page_capture(
        LocalPage(
            url="https://gazette.example/1",
            captured_at=datetime(2026, 11, 1, tzinfo=UTC),
            content_type="text/html; charset=utf-8",
            body=page(1).encode(),
        )
    )
    assert isinstance(found, Capture)
    return observe(found, registry=Registry.of([]), resolve=lambda _: None)


@pytest.mark.parametrize("number", LACKING)
def test_what_the_machine_lacks_is_no_outcome_of_a_page(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    with pytest.raises(OSError) as raised:
        _observed(monkeypatch, OSError(number, os.strerror(number)))
    assert raised.value.errno == number
    assert faults.as_ours(raised.value) is not None


def test_no_folder_for_temporary_files_is_no_outcome_of_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "No usable temporary directory found in ['/tmp', '/var/tmp', '/usr/tmp', '/données']"
    with pytest.raises(FileNotFoundError) as raised:
        _observed(monkeypatch, FileNotFoundError(errno.ENOENT, said))
    ours = faults.as_ours(raised.value)
    assert isinstance(ours, Transient) and "TMPDIR" in str(ours)


@pytest.mark.parametrize("error", [ValueError("odd"), OSError(errno.ENAMETOOLONG, "long"), MemoryError()])
def test_what_a_page_raises_of_itself_stays_its_outcome(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    assert _observed(monkeypatch, error).page.outcome == "quarantined"


def test_what_was_raised_around_an_input_is_judged_as_what_it_is() -> None:
    from etl.isolation import AroundError

    carrier = AroundError()
    carrier.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    assert isinstance(faults.as_ours(carrier), Transient)
