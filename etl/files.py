"""Local files: locks, values that only their owner can read, and atomic writes."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from etl.errors import Permanent, SettingError, Transient
from etl.faults import disk

POLL_S = 0.05
# No live writer leaves a file untouched for so long: an older one was left behind by a killed writer.
LEFT_BEHIND_S = 86400.0
# Folders beside a file that is being written: they can be deleted once the process that made them is gone.
_ASIDE = ".news-etl-"
_ENDING = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def locked(path: Path, *, limit_s: float) -> Iterator[None]:
    """Hold the lock file `path`, which ends with the process that holds it; programs we start do not inherit it.

    Raises Transient when another process holds it for longer than `limit_s`.
    """
    deadline = time.monotonic() + limit_s
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Transient(f"another process has held {path} for {limit_s:.0f} s: try again later") from None
                time.sleep(POLL_S)
        yield
    finally:
        os.close(file)


def read(path: Path) -> str | None:
    """The text of a small file without its line end; None when there is no file, or nothing in it."""
    try:
        return path.read_text(encoding="utf-8").strip() or None
    except (FileNotFoundError, NotADirectoryError):
        return None


def write_private(path: Path, value: str) -> None:
    """Write a file that only its owner reads, complete or not at all."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(f"{value}\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def make_private(folder: Path) -> None:
    """Create a folder that only its owner can enter, whatever the umask; an existing one keeps its mode.

    Missing parent folders are created with mode 0711, so that others can pass through but not list them: root's embedded
    PostgreSQL runs as another account, which has to reach its own data.
    """
    _make(folder, 0o700)


def make_passable(folder: Path) -> None:
    """Create a folder and its parents with mode 0711, whatever the umask: others can pass through but not list them."""
    _make(folder, 0o711)


def _make(folder: Path, mode: int) -> None:
    if folder.is_dir():
        return
    _make(folder.parent, 0o711)
    with suppress(FileExistsError):
        try:
            folder.mkdir(mode=mode)
        except FileNotFoundError as error:  # its parent is there: a file system that makes no folders, such as /proc
            raise SettingError(f"{folder}: no folder can be made there; name another place in the settings") from error
        folder.chmod(mode)


@contextmanager
def replacing(target: Path, *, reads: Iterable[Path] = ()) -> Iterator[Path]:
    """A temporary path to write to; when the block ends without an exception, the file atomically replaces `target`.

    The path is in a folder of its own on the same disk, which may hold further temporary files. The folder is deleted in
    the end, also after an exception, SIGINT, SIGTERM or SIGHUP; after SIGKILL it is deleted when the next file is written
    beside it. A symbolic link keeps pointing to the file; a pipe or device gets a copy of it.

    Raises `Permanent` where nothing can be written; also, before anything is done, when `target` is one of `reads` (by any
    path or link) or is in a folder among them.
    """
    try:
        place = _resolved(target)
        is_file = not target.exists() or target.is_file()
        _refuse_what_is_read(target, place, reads)
        if target.is_dir():
            raise Permanent(f"{target} is a folder; give a file that can be written")
        with _ended_by_signals(), working_folder(place.parent if is_file else None) as folder:
            path = folder / place.name
            yield path
            _put(path, target, place if is_file else None)
    except OSError as error:
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT) and error.filename is None  # as writes say it
        if not is_full and (error.filename is None or not _is_ours(str(error.filename), target)):
            raise
        if fault := disk.passing(error, str(target)):
            raise fault from error
        raise Permanent(f"{target}: {error.strerror}; give a file that can be written") from error


def _resolved(target: Path) -> Path:
    try:
        return target.resolve()
    except RuntimeError as error:  # before Python 3.13
        raise Permanent(f"{target}: symbolic links in a circle; give a file that can be written") from error


def _put(path: Path, target: Path, place: Path | None) -> None:
    if place is None:
        with path.open("rb") as source, target.open("wb") as out:
            shutil.copyfileobj(source, out)
        return
    with suppress(FileNotFoundError):
        path.chmod(place.stat().st_mode & 0o7777)
    with path.open("rb") as written:
        os.fsync(written.fileno())
    path.replace(place)


def _refuse_what_is_read(target: Path, place: Path, reads: Iterable[Path]) -> None:
    for read in reads:
        if not read.exists():
            continue
        is_same = target.exists() and target.samefile(read) and (target.is_file() or target.is_dir())
        if is_same or (read.is_dir() and place.is_relative_to(read.resolve())):
            raise Permanent(f"{target} would be written over what the command reads ({read}); give another file")


def _is_ours(failed: str, target: Path) -> bool:
    """Whether an error is about the path to write to, and not from the block's own work."""
    return _ASIDE in failed or failed in (str(target), str(target.resolve().parent))


@contextmanager
def working_folder(parent: Path | None = None) -> Iterator[Path]:
    """A new folder in `parent` (default: the system's for temporary files) that is deleted in the end.

    It is locked while its process lives. Folders that killed processes left there are no longer locked, and are deleted.
    """
    parent = parent or Path(tempfile.gettempdir())
    _sweep(parent)
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=parent))
        # Another process may delete it before it is locked: then a new one is made.
        try:
            held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            continue
        with suppress(BlockingIOError):
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if folder.exists():
                break
        os.close(held)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def remove_old(folder: Path, pattern: str, *, before: float) -> int:
    """Delete files that were last written before a time (seconds since 1970); returns how many.

    It is for leftovers of killed processes in a folder that others are writing to: choose a time that no live writer's
    file can be older than, such as a day ago. A file that its writer has `held` stays, whatever its age.
    """
    removed = 0
    for path in sorted(folder.glob(pattern)):
        with suppress(FileNotFoundError):  # another process has deleted it
            if path.stat().st_mtime < before and not _is_held(path):
                path.unlink()
                removed += 1
    return removed


def held(descriptor: int) -> int:
    """Protect an open file from `remove_old` of other processes, until the returned descriptor is closed."""
    own = os.dup(descriptor)
    with suppress(OSError):  # a file system without locks: there only the age decides
        fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return own


def _is_held(path: Path) -> bool:
    if not path.is_file():
        return False
    file = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(file)
    return False


def _sweep(parent: Path) -> None:
    for folder in parent.glob(f"{_ASIDE}*/"):
        try:
            held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue  # somebody else's
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            pass  # somebody is at it
        finally:
            os.close(held)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Make terminating signals raise an exception, so that the process can clean up; in the main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.getsignal(number) for number in _ENDING}
    for number, handler in before.items():
        if handler is signal.SIG_DFL:
            signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is signal.SIG_DFL:
                signal.signal(number, handler)
