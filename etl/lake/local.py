"""A lake in a local folder."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from etl import files
from etl.errors import NewsEtlError, Permanent
from etl.faults import disk
from etl.lake.store import ObjectMissing, checked

# Below the root, so that publishing is a rename within one file system; hidden, so that `list` skips it.
SPOOL = ".spool"
COPY_CHUNK = 1 << 20

_NO_HARD_LINKS = frozenset({errno.EPERM, errno.EXDEV, errno.ENOSYS, errno.EOPNOTSUPP})


class LocalStore:
    """Objects as files below one folder; see `ObjectStore` for the promises.

    Folders and files are accessible to their owner only (0700, 0600). If the root is writable for a group, everything below
    it is too.

    The bytes are on the disk (fsync of file and folder) before a name is visible. A killed writer leaves a file in the
    hidden spool only, which `sweep` empties.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().absolute()

    def put_new(self, name: str, data: Path | bytes) -> bool:
        target = self._path(name)
        with _errors(self.url(name)):
            if target.exists():
                return False
            with self._spooled(data) as temporary:
                self._make_folders(target.parent)
                try:
                    os.link(temporary, target)  # fails when the name is taken: the kernel picks the one winner
                except FileExistsError:
                    return False
                except OSError as error:
                    if error.errno in _NO_HARD_LINKS:
                        raise Permanent(
                            f"{self.root} is on a file system without hard links, which a lake needs: {error}"
                        ) from error
                    raise
                _sync_folder(target.parent)
        return True

    def put(self, name: str, data: Path | bytes) -> None:
        target = self._path(name)
        with _errors(self.url(name)), self._spooled(data) as temporary:
            self._make_folders(target.parent)
            temporary.replace(target)
            _sync_folder(target.parent)

    def read(self, name: str) -> bytes:
        with _errors(self.url(name)):
            return self._path(name).read_bytes()

    def read_range(self, name: str, offset: int, length: int) -> bytes:
        with _errors(self.url(name)), self._path(name).open("rb") as file:
            file.seek(offset)
            return file.read(length)

    def open(self, name: str) -> BinaryIO:
        with _errors(self.url(name)):
            return self._path(name).open("rb")

    def exists(self, name: str) -> bool:
        with _errors(self.url(name)):
            return self._path(name).is_file()

    def size(self, name: str) -> int:
        with _errors(self.url(name)):
            return self._path(name).stat().st_size

    def list(self, prefix: str = "") -> Iterator[str]:
        folder = prefix.rpartition("/")[0]
        if folder:
            checked(folder)
        with _errors((self.root / folder).as_uri()):
            yield from _names(self.root / folder, f"{folder}/" if folder else "", prefix)

    def delete(self, name: str) -> None:
        target = self._path(name)
        with _errors(self.url(name)), suppress(FileNotFoundError):
            target.unlink()
            _sync_folder(target.parent)

    def url(self, name: str) -> str:
        return self._path(name).as_uri()

    def sweep(self, *, before: float) -> int:
        spool = self.root / SPOOL
        with _errors(spool.as_uri()):
            return files.remove_old(spool, "*", before=before)

    def _path(self, name: str) -> Path:
        return self.root / checked(name)

    def _make_folders(self, folder: Path) -> None:
        """Create folders, each on the disk before the next: a name that survives a power cut needs all its parents."""
        if folder.is_dir():
            return
        if folder == self.root:
            missing = [each for each in (folder, *folder.parents) if not each.is_dir()]
            files.make_private(folder)
            for each in missing:
                _sync_folder(each.parent)
            return
        self._make_folders(folder.parent)
        mode = 0o700 | (self._shared_with_group() & 0o070)
        with suppress(FileExistsError):
            folder.mkdir(mode=mode)
            folder.chmod(mode | (folder.stat().st_mode & stat.S_ISGID))
        _sync_folder(folder.parent)

    def _shared_with_group(self) -> int:
        mode = self.root.stat().st_mode
        return mode if mode & stat.S_IWGRP else 0

    @contextmanager
    def _spooled(self, data: Path | bytes) -> Iterator[Path]:
        spool = self.root / SPOOL
        self._make_folders(spool)
        temporary = spool / uuid.uuid4().hex
        try:
            with temporary.open("xb") as file:
                os.fchmod(file.fileno(), 0o600 | (self._shared_with_group() & 0o060))
                if isinstance(data, bytes):
                    file.write(data)
                else:
                    with data.open("rb") as source:
                        shutil.copyfileobj(source, file, COPY_CHUNK)
                file.flush()
                os.fsync(file.fileno())
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)


def _names(folder: Path, stem: str, prefix: str) -> Iterator[str]:
    """Names below `folder` in the order of whole names: a folder sorts as its name with '/' ('a-b' before 'a/b')."""
    try:
        entries = [(entry.name + "/" if entry.is_dir() else entry.name) for entry in os.scandir(folder)]
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in sorted(entries):
        name = stem + entry
        if entry.startswith("."):
            continue
        if entry.endswith("/"):
            if name.startswith(prefix) or prefix.startswith(name):
                yield from _names(folder / entry, name, prefix)
        elif name.startswith(prefix):
            yield name


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _errors(url: str) -> Iterator[None]:
    try:
        yield
    except NewsEtlError:
        raise
    except FileNotFoundError as error:
        raise ObjectMissing(f"there is no object {url}") from error
    except OSError as error:
        raise disk.fault(error, url) or Permanent(f"{url}: {error}") from error
