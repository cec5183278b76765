"""What a killed process leaves in spool, temporary folders and S3 goes; what others are writing stays."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import boto3.session
import pytest
from calling import Caller

from etl.files import LEFT_BEHIND_S, working_folder
from etl.lake.local import SPOOL
from etl.lake.s3 import S3Store
from etl.lake.segment import SegmentWriter

_spec = importlib.util.spec_from_file_location("lake_fixtures", Path(__file__).parents[1] / "lake" / "conftest.py")
assert _spec and _spec.loader
_lake = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_lake)
s3_endpoint, s3_session, s3_url = _lake.s3_endpoint, _lake.s3_session, _lake.s3_url

NOW = datetime(2026, 11, 1, tzinfo=UTC)
OLD = time.time() - LEFT_BEHIND_S - 60


def left(folder: Path, name: str, *, at: float) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(b"half")
    os.utime(path, (at, at))
    return path


def test_compact_empties_the_spool_of_killed_writers_and_leaves_that_of_others(
    call: Caller, warehouse: str, tmp_path: Path
) -> None:
    spool = tmp_path / "lake" / SPOOL
    old, young = left(spool, "killed", at=OLD), left(spool, "writing", at=time.time())
    assert call("compact").code == 0
    assert not old.exists()
    assert young.exists()


def test_uploads_of_killed_writers_are_aborted_and_those_of_others_go_on(
    s3_url: str, s3_endpoint: str, s3_session: boto3.session.Session
) -> None:
    bucket = s3_url.split("/")[2]
    store = S3Store(bucket, "news/lake", endpoint_url=s3_endpoint, session=s3_session)
    client = s3_session.client("s3", endpoint_url=s3_endpoint)
    for key in ("news/lake/raw/a", "news/lake/raw/b", "elsewhere/c"):
        client.create_multipart_upload(Bucket=bucket, Key=key)
    assert store.sweep(before=time.time() - LEFT_BEHIND_S) == 0
    assert store.sweep(before=time.time() + 60) == 2
    assert [u["Key"] for u in client.list_multipart_uploads(Bucket=bucket)["Uploads"]] == ["elsewhere/c"]


def test_a_new_segment_takes_the_place_of_what_was_left_a_day_ago(tmp_path: Path) -> None:
    gone = [left(tmp_path, name, at=OLD) for name in ("x.warc.gz.open", "20261101T000000Z-ab.warc.gz")]
    kept = [left(tmp_path, "y.warc.gz.open", at=time.time()), left(tmp_path, "notes.txt", at=OLD)]
    with SegmentWriter(tmp_path, now=NOW, operator=None, user_agent="test"):
        assert not any(path.exists() for path in gone)
        assert all(path.exists() for path in kept)


@pytest.mark.parametrize("is_closed", [False, True])
def test_a_segment_of_a_writer_that_lives_stays_also_when_the_clock_was_set_years_ahead(
    tmp_path: Path, is_closed: bool
) -> None:
    writer = SegmentWriter(tmp_path, now=NOW, operator=None, user_agent="test")
    if is_closed:
        writer.close()
    (path,) = tmp_path.iterdir()
    os.utime(path, (OLD, OLD))  # as it looks when the clock says 2099
    with SegmentWriter(tmp_path, now=NOW, operator=None, user_agent="test"):
        assert path.exists()
    writer.remove()
    assert list(tmp_path.iterdir()) == []
    with (
        left(tmp_path, "x.warc.gz", at=OLD).open() as other,
        SegmentWriter(tmp_path, now=NOW, operator=None, user_agent="test"),
    ):
        assert not Path(other.name).exists()  # reading is no holding


def test_a_segment_that_is_not_published_leaves_no_file(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path, now=NOW, operator=None, user_agent="test")
    writer.close()
    assert len(list(tmp_path.iterdir())) == 1
    writer.remove()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ["kill", "wait"])
def test_a_working_folder_goes_with_its_process_and_not_before(tmp_path: Path, ending: str) -> None:
    program = (
        "import sys; from pathlib import Path; from etl.files import working_folder\n"
        "with working_folder(Path(sys.argv[1])) as folder:\n"
        "    (folder / 'half').write_bytes(b'x'); print('here', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None and process.stdout.readline() == b"here\n"
    with working_folder(tmp_path):
        assert len(list(tmp_path.iterdir())) == 2  # one is at it, beside ours
    if ending == "kill":
        process.kill()
    process.communicate()
    with working_folder(tmp_path) as ours:
        assert list(tmp_path.iterdir()) == [ours]
    assert list(tmp_path.iterdir()) == []
