"""Commands that write a file: whole or not at all, and never over what they read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from benchmarks.pages import page
from etl import cli
from etl.errors import NewsEtlError, Permanent
from etl.files import replacing


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    registry = tmp_path / "registry"
    registry.mkdir()
    (registry / "sources.yaml").write_text("sources: []\n")
    monkeypatch.setenv("NEWS_ETL_SOURCES", str(registry / "sources.yaml"))
    monkeypatch.setenv("NEWS_ETL_HOME", str(tmp_path / "home"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "work"
    made.mkdir()
    return made


def documents(path: Path) -> Path:
    rows = [
        {"doc_id": f"d{n}", "url": f"https://a{n}.example/{n}", "title": f"T {n}", "text": f"Words of page {n}. " * 30,
         "published_at": "2026-11-20T00:00:00Z", "site": f"a{n}.example"}
        for n in range(3)
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def run(*command: str | Path) -> str:
    result = CliRunner().invoke(cli.app, [str(c) for c in command])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def hard(path: Path) -> Path:
    link = path.with_name("hard.parquet")
    os.link(path, link)
    return link


def soft(path: Path) -> Path:
    link = path.with_name("soft.parquet")
    link.symlink_to(path)
    return link


def soft_of_soft(path: Path) -> Path:
    link = path.with_name("soft2.parquet")
    link.symlink_to(soft(path))
    return link


def round_about(path: Path) -> Path:
    (path.parent / "sub").mkdir()
    return path.parent / "sub" / ".." / path.name


def through_a_folder(path: Path) -> Path:
    link = path.parent.with_name("linked-folder")
    link.symlink_to(path.parent)
    return link / path.name


def by_descriptor(path: Path) -> Path:
    return Path(f"/proc/self/fd/{os.open(path, os.O_RDWR)}")


@pytest.mark.parametrize("other", [lambda p: p, hard, soft, soft_of_soft, round_about, through_a_folder, by_descriptor])
def test_clusters_are_not_written_over_the_documents(folder: Path, other: Callable[[Path], Path]) -> None:
    source = documents(folder / "x.parquet")
    before = source.read_bytes()
    with pytest.raises(Permanent, match="reads"):
        run("cluster", source, "-o", other(source), "--workers", "1")
    assert source.read_bytes() == before


def test_clusters_are_not_written_over_the_site_lines(folder: Path) -> None:
    source, lines = documents(folder / "x.parquet"), folder / "lines.json"
    lines.write_text("{}")
    with pytest.raises(Permanent, match="reads"):
        run("cluster", source, "-o", lines, "--site-lines", lines, "--workers", "1")
    assert lines.read_text() == "{}"


def test_an_explanation_is_not_written_over_the_page_or_the_registry(folder: Path, tmp_path: Path) -> None:
    file = folder / "a.html"
    file.write_text(page(1))
    for target in (file, tmp_path / "registry" / "sources.yaml"):
        before = target.read_bytes()
        with pytest.raises(Permanent, match="reads"):
            run("extract", "--explain", file, "-o", target, "--url", "https://a.example/1")
        assert target.read_bytes() == before


def test_a_folder_that_is_read_takes_no_output(folder: Path) -> None:
    inside = folder / "deep" / "out.txt"
    inside.parent.mkdir()
    with pytest.raises(Permanent, match="reads"), replacing(inside, reads=[folder]):
        pass
    with replacing(folder.with_name("beside.txt"), reads=[folder]) as path:
        path.write_text("x")


def test_clusters_take_the_place_of_older_ones_and_nothing_else_is_left(folder: Path) -> None:
    source, target = documents(folder / "x.parquet"), folder / "out.parquet"
    target.write_bytes(b"old")
    target.chmod(0o640)
    run("cluster", source, "-o", target, "--workers", "1")
    assert pq.read_table(target).num_rows == 3
    assert target.stat().st_mode & 0o777 == 0o640
    assert sorted(p.name for p in folder.iterdir()) == ["out.parquet", "x.parquet"]


def test_what_fails_half_way_leaves_the_old_file_and_no_other(folder: Path) -> None:
    target = folder / "out.txt"
    target.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(target) as path:
        path.write_text("half")
        raise ZeroDivisionError
    assert target.read_text() == "old"
    assert [p.name for p in folder.iterdir()] == ["out.txt"]


def test_an_input_that_is_no_parquet_leaves_the_old_clusters(folder: Path) -> None:
    source, target = folder / "x.parquet", folder / "out.parquet"
    source.write_bytes(b"none")
    target.write_bytes(b"old")
    with pytest.raises(NewsEtlError):
        run("cluster", source, "-o", target, "--workers", "1")
    assert target.read_bytes() == b"old"
    assert sorted(p.name for p in folder.iterdir()) == ["out.parquet", "x.parquet"]


def test_a_link_goes_on_leading_to_the_file_that_was_written(folder: Path) -> None:
    real, link = folder / "real.txt", folder / "link.txt"
    link.symlink_to(real)  # also where it leads nowhere yet
    for text in ("first", "second"):
        with replacing(link) as path:
            path.write_text(text)
        assert link.is_symlink() and real.read_text() == text


def test_a_pipe_gets_all_of_it(folder: Path) -> None:
    source, pipe = documents(folder / "x.parquet"), folder / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    run("cluster", source, "-o", pipe, "--workers", "1")
    reader.join(30)
    assert pq.read_table(pa.BufferReader(got[0])).num_rows == 3


def test_standard_output_may_be_named_as_a_file(folder: Path) -> None:
    file = folder / "a.html"
    file.write_text(page(1))
    command = [sys.executable, "-c", "from etl import cli; cli.main()", "extract", "--explain", str(file)]
    to_file = subprocess.run(
        [*command, "-o", str(folder / "out.html")], capture_output=True, cwd=Path(__file__).parents[2]
    )
    assert to_file.returncode == 0, to_file.stderr
    piped = subprocess.run([*command, "-o", "/dev/stdout"], capture_output=True, cwd=Path(__file__).parents[2])
    assert piped.stdout == (folder / "out.html").read_bytes()


@pytest.mark.parametrize("target", ["no/x.html", ".", "a.html/x.html"])
def test_a_place_that_cannot_be_written_is_named(folder: Path, target: str) -> None:
    file = folder / "a.html"
    file.write_text(page(1))
    with pytest.raises(Permanent, match="can be written"):
        run("extract", "--explain", file, "-o", folder / target, "--url", "https://a.example/1")


def test_many_at_once_take_no_folder_from_each_other(folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from etl.files import replacing\n"
        "for n in range(150):\n"
        "    with replacing(Path(sys.argv[1])) as path: path.write_text(sys.argv[1])"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(folder / f"{n}")], cwd=Path(__file__).parents[2])
        for n in range(4)
    ]
    assert [one.wait(120) for one in running] == [0, 0, 0, 0]
    assert sorted(p.name for p in folder.iterdir()) == ["0", "1", "2", "3"]


HALF = """
import sys, time
from pathlib import Path
from etl.files import replacing
with replacing(Path(sys.argv[1])) as path:
    path.write_text("half")
    (path.parent / "spilled").write_text("more")
    print("written", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_command_leaves_the_old_file_and_no_litter(folder: Path, how: signal.Signals) -> None:
    target = folder / "out.txt"
    target.write_text("old")
    stop(target, how)
    assert target.read_text() == "old"
    assert [p.name for p in folder.iterdir()] == ["out.txt"]


def test_what_a_killed_command_leaves_goes_with_the_next_one(folder: Path) -> None:
    target = folder / "out.txt"
    target.write_text("old")
    stop(target, signal.SIGKILL)
    assert target.read_text() == "old"
    with replacing(folder / "another.txt") as path:
        path.write_text("new")
        with replacing(target) as beside:  # another writer at the same time: its live files stay
            beside.write_text("new too")
        assert path.exists()
    assert sorted(p.name for p in folder.iterdir()) == ["another.txt", "out.txt"]


def stop(target: Path, how: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HALF, str(target)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        process.send_signal(how)
        assert process.wait(30) != 0
