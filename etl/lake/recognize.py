"""What a given file is, by its bytes: an archive or a page; and of an archive that cannot be one, what is wrong with it."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

from etl.errors import Permanent
from etl.lake import arc, repack, wacz

# File name endings of archives, each with or without `.gz` or `.zst`.
ARCHIVE_SUFFIXES = frozenset((".warc", ".wet", ".wat", ".arc", ".wacz"))


def is_archive(path: Path) -> bool:
    """Whether a file is a WARC, ARC or WACZ, packed or not; else it is taken for a page.

    Raises `Permanent` for what is neither: for what is no file, for an empty one, and for one that is named as an archive
    and is none.
    """
    _check_file(path)
    try:
        if wacz.is_wacz(path):
            return True
        start, problem = repack.start_of(path)
        if start.startswith((b"WARC/", arc.START)):
            return True
        if any(suffix.lower() in ARCHIVE_SUFFIXES for suffix in path.suffixes[-2:]):
            raise Permanent(_no_archive(path, str(path), start, problem))
    except OSError as error:
        raise Permanent(f"{path}: {error.strerror}; give a file that can be read") from error
    if not start and problem is None:
        raise Permanent(f"{path}: the file is empty; give one that holds a page or an archive")
    return False


def check_archive(path: Path, shown: str) -> None:
    """Raise `Permanent` for a file whose first bytes, unpacked, are no WARC or ARC; `shown` is its name in the message."""
    start, problem = repack.start_of(path)
    if not start.startswith((b"WARC/", arc.START)):
        raise Permanent(_no_archive(path, shown, start, problem))


def _check_file(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        told = "; of a page of the web save the file first" if str(path).startswith(("http:/", "https:/")) else ""
        raise Permanent(f"{path}: {error.strerror}; give a file or s3://bucket/key{told}") from error
    if not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
        raise Permanent(f"{path}: is {what}; give a file that holds a page or an archive")


def _no_archive(path: Path, shown: str, start: bytes, problem: str | None) -> str:
    return f"{shown} is no WARC, ARC or WACZ: {_why(path, start, problem)}. Get it again; a single page is named page.html or page.txt"


def _why(path: Path, start: bytes, problem: str | None) -> str:
    if path.suffix.lower() == wacz.SUFFIX or start.startswith(b"PK"):
        if not zipfile.is_zipfile(path):
            return "it is no whole zip file, as a WACZ is"
        return "it is a zip file without archive/*.warc.gz, where a WACZ has its pages"
    if problem:
        return f"it cannot be unpacked ({problem}), so it is damaged or cut short"
    if not start:
        return "it is empty"
    if start.lstrip()[:1] == b"<":
        return "it is a web page, perhaps an error page of the server that it came from"
    return "it holds no record of one"
