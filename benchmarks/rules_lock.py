"""Renew the lock of the rules (`etl/extract/rules.lock`) after a change of code or data that decides on values.

    python -m benchmarks.rules_lock             # what differs from the lock
    python -m benchmarks.rules_lock same        # no value changes: the version stays, and no page is read again
    python -m benchmarks.rules_lock new         # values change: another version, and pages are read again

`same` is checked: the commit that last wrote the lock is checked out elsewhere, and both extract every golden page, the
sample newsroom and made-up pages, without and with rules of a source, and the pages of WARCs that are given as arguments. It
refuses when one value of one page differs.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import corpus
from benchmarks.corpus import Given
from benchmarks.rules_records import write_pages
from etl.extract import rules_lock

ROOT = Path(__file__).resolve().parents[1]
LOCK = rules_lock.LOCK.relative_to(ROOT).as_posix()
SHOWN = 20
RENEW = (
    "do values of pages change? `make rules-lock VALUES=new`, and pages are read again; "
    "if not, `make rules-lock VALUES=same`: the version stays, after a comparison"
)


class Refused(Exception):
    """Why the lock is not renewed; the message is for the user."""


def renew_same(pages: Iterable[tuple[str, Given]], root: Path = ROOT) -> str:
    """Lock the present content with the existing version, after showing that it gives the same values."""
    path = root / LOCK
    lock = rules_lock.read(path)
    with tempfile.TemporaryDirectory(prefix="news-etl-rules-") as folder:
        written, before = Path(folder) / "pages.jsonl", Path(folder) / "before"
        base = _base(root, lock)
        _check_out(root, base, before)
        count = write_pages(pages, written)
        old, new = _records(before, written), _records(root, written)
        differing = list(_differences(old, new))
        if differing:
            more = [f"and {len(differing) - SHOWN} more"] if len(differing) > SHOWN else []
            raise Refused(
                "\n".join([f"values of {len(differing)} records differ from {base[:10]}:", *differing[:SHOWN], *more])
                + "\nif that is meant, `make rules-lock VALUES=new` gives them another version"
            )
    rules_lock.write(replace(lock, content=rules_lock.content(root / "etl")), path)
    return f"{count} pages read twice by {base[:10]} and by this checkout: no value differs, the version stays"


def renew_new(root: Path = ROOT) -> str:
    """Lock the present content and libraries with a new version."""
    path = root / LOCK
    lock = rules_lock.derived(rules_lock.content(root / "etl"), rules_lock.installed())
    if lock == rules_lock.read(path):
        raise Refused("nothing that decides on values has changed")
    rules_lock.write(lock, path)
    return f"another version, {lock.version[:16]}: pages are read again as they are touched, or by `news-etl reprocess`"


def _base(root: Path, lock: rules_lock.Lock) -> str:
    """The commit that has last written the lock: what it holds is what the version was given for, or shown to equal."""
    base = _git(root, "log", "-1", "--format=%H", "--", LOCK).decode().strip()
    if not base:
        raise Refused(f"no commit has {LOCK}: there is nothing to compare with")
    with tempfile.NamedTemporaryFile(suffix=".lock") as file:
        file.write(_git(root, "show", f"{base}:{LOCK}"))
        file.flush()
        if rules_lock.read(Path(file.name)).version != lock.version:
            raise Refused("the lock has a version that is in no commit yet: `make rules-lock VALUES=new` once more")
    return base


def _check_out(root: Path, commit: str, folder: Path) -> None:
    folder.mkdir()
    packed = _git(root, "archive", commit, "etl", "benchmarks", "seeds")
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed, check=True)


def _git(root: Path, *arguments: str) -> bytes:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=False)
    if done.returncode:
        raise Refused(f"git {arguments[0]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def _pages(warcs: Sequence[Path]) -> Iterator[tuple[str, Given]]:
    for case in corpus.golden_cases():
        yield case.name, Given(url=case.url, body=case.body, content_type=case.content_type)
    for given in corpus.own():
        yield given.url, given
    for warc in warcs:
        for given in corpus.of_warc(warc):
            yield f"{warc.name} {given.url}", given


def _records(root: Path, pages: Path) -> list[dict[str, Any]]:
    """What the code below `root` makes of the pages, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.rules_records", str(pages)]
    done = subprocess.run(command, cwd=root, capture_output=True, check=False)
    if done.returncode:
        raise Refused(f"reading the pages with {root} failed: {done.stderr.decode(errors='replace').strip()}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def _differences(old: Sequence[dict[str, Any]], new: Sequence[dict[str, Any]]) -> Iterator[str]:
    for before, after in zip(old, new, strict=True):
        a, b = before["values"], after["values"]
        fields = [name for name in sorted(a.keys() | b.keys()) if name not in a or name not in b or a[name] != b[name]]
        if fields:
            shown = "; ".join(f"{name}: {_short(a.get(name))} is now {_short(b.get(name))}" for name in fields[:3])
            yield f"  {after['name']}: {shown}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."


def main(arguments: Sequence[str]) -> str:
    """Do what the command line says; the line to print. Raises `Refused` with a message."""
    match arguments:
        case ["same", *warcs]:
            return renew_same(_pages([Path(warc) for warc in warcs]))
        case ["new"]:
            return renew_new()
        case []:
            found = rules_lock.changed()
            if not found:
                return "the lock is current"
            listed = "\n".join(f"  {name}" for name in found)
            raise Refused(f"not as they are locked:\n{listed}\n{RENEW}")
    raise Refused("same [WARC]..., new, or nothing")


if __name__ == "__main__":
    try:
        print(main(sys.argv[1:]))
    except Refused as error:
        sys.exit(str(error))
