"""WACZ: a zip with the archives of a crawl, its pages and indexes (https://specs.webrecorder.net/wacz/1.1.1/)."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from etl.errors import Permanent

SUFFIX = ".wacz"
ARCHIVES = (".warc.gz", ".warc", ".warc.zst", ".arc.gz", ".arc")
_COPY = 1 << 20


def is_wacz(path: Path) -> bool:
    """Whether a file is a zip that holds archives where a WACZ has them."""
    with path.open("rb") as stream:
        if stream.read(4) != b"PK\x03\x04":
            return False
    try:
        with zipfile.ZipFile(path) as packed:
            return any(_is_archive(name) for name in packed.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return False


def archives(path: Path, folder: Path) -> Iterator[tuple[Path, str]]:
    """Each archive of a WACZ, unpacked into the folder, with its name in the zip; gone when the next one is asked for.

    Raises `Permanent` for a file that is damaged, or encrypted.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            for name in sorted(filter(_is_archive, packed.namelist())):
                one = folder / f"of-wacz{''.join(PurePosixPath(name).suffixes[-2:])}"
                with packed.open(name) as source, one.open("wb") as target:
                    shutil.copyfileobj(source, target, _COPY)
                yield one, name
                one.unlink(missing_ok=True)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise Permanent(f"{path}: not a whole WACZ file ({error}): get it again") from error


def _is_archive(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return len(parts) >= 2 and parts[-2] == "archive" and name.lower().endswith(ARCHIVES)
