"""What other accounts of the machine see of a lake and of work under way: nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from etl import doctor, files
from etl.lake.local import LocalStore
from etl.lake.segment import SegmentWriter
from etl.settings import Settings


@pytest.fixture(autouse=True)
def generous_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder.parent)): path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*"))}


def test_a_lake_is_its_owners_whatever_the_umask(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "new" / "lake")
    store.put_new("raw/live/2026/a.warc.gz", b"x")
    store.put("silver/b.parquet", b"y")
    (tmp_path / "given").write_bytes(b"z")
    store.put_new("raw/c", tmp_path / "given")
    found = modes(tmp_path / "new" / "lake")
    assert {mode for name, mode in found.items() if (tmp_path / "new" / name).is_dir()} == {0o700}
    assert {mode for name, mode in found.items() if (tmp_path / "new" / name).is_file()} == {0o600}
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o711  # may be passed through, not looked into


def test_a_lake_that_its_owner_shares_with_a_group_stays_shared_with_it(tmp_path: Path) -> None:
    root = tmp_path / "lake"
    root.mkdir(mode=0o2777)
    root.chmod(0o2770)
    LocalStore(root).put_new("raw/a", b"x")
    assert (root / "raw").stat().st_mode & 0o777 == 0o770
    assert (root / "raw" / "a").stat().st_mode & 0o777 == 0o660


def test_what_is_under_way_is_its_owners(tmp_path: Path) -> None:
    writer = SegmentWriter(
        tmp_path / "home" / "tmp", now=datetime(2026, 11, 24, tzinfo=UTC), operator=None, user_agent="x"
    )
    try:
        assert (tmp_path / "home" / "tmp").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "home").stat().st_mode & 0o777 == 0o711
    finally:
        writer.discard()


def test_folders_that_are_there_keep_their_modes(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0o755)
    files.make_private(tmp_path / "a" / "b")
    assert [(tmp_path / "a" / each).stat().st_mode & 0o777 for each in (".", "b")] == [0o755, 0o700]
    files.make_private(tmp_path / "a")
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o755


def test_doctor_names_folders_of_older_versions_that_others_can_read(tmp_path: Path) -> None:
    home, lake = tmp_path / "home", tmp_path / "lake"
    for folder in (home, home / "tmp", lake, lake / "raw"):
        folder.mkdir(mode=0o755)
    settings = Settings(
        home=home, warehouse_url=None, lake_url=lake.as_uri(), sources=home / "s", contact=None, s3_endpoint_url=None
    )
    found = {each.found.partition(" ")[0]: each.do for each in doctor._modes(settings)}
    assert found == {
        str(lake): f"chmod -R go-rwx {lake}",
        str(home / "tmp"): f"chmod -R go-rwx {home / 'tmp'}",
        str(home): f"chmod go-rw {home}",
    }
    for folder, mode in ((home, 0o711), (home / "tmp", 0o700), (lake, 0o700)):
        folder.chmod(mode)
    assert list(doctor._modes(settings)) == []
