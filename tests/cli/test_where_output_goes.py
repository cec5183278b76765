"""Standard output and errors that are full, or whose reader has closed them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (
    "<!doctype html><title>Page</title><article><h1>Brücke gesperrt 橋 جسر</h1><p>"
    + "Words of it. " * 90
    + "</article>"
)
NEWS_ETL = (sys.executable, "-c", "from etl.cli import main; main()")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_text(PAGE, encoding="utf-8")
    return path


def commands(page: Path) -> dict[str, list[str]]:
    return {
        "JSON lines": ["extract", str(page)],
        "a document": ["extract", "--explain", str(page)],
        "a table": ["sources", "list"],
        "one JSON object a row": ["sources", "list", "--json"],
        "help": ["fill", "--help"],
    }


@pytest.mark.parametrize("what", ["JSON lines", "a document", "a table", "one JSON object a row", "help"])
def test_a_reader_who_leaves_is_no_error(page: Path, tmp_path: Path, what: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*NEWS_ETL, *commands(page)[what]], stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr and "Broken pipe" not in done.stderr


def test_notes_that_nobody_reads_stop_no_command(page: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*NEWS_ETL, "extract", str(page)], stderr=writing, stdout=subprocess.PIPE, text=True)
    os.close(writing)
    assert done.returncode == 0 and "Brücke gesperrt" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_behind_standard_output_is_said_and_may_pass(page: Path) -> None:
    for argv in commands(page).values():
        with Path("/dev/full").open("w") as full:
            done = subprocess.run([*NEWS_ETL, *argv], stdout=full, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 75, argv
        assert "or standard output: No space left on device" in done.stderr.splitlines()[-1]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_behind_the_errors_does_not_change_the_exit(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*NEWS_ETL, "extract", str(tmp_path / "none.html")], stderr=full)
    assert done.returncode == 2
