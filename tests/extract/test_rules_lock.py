"""The rules version hangs on what can change a value, and on nothing else."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import rules_lock as command
from benchmarks.corpus import Given
from etl import doctor
from etl.extract import rules, rules_lock
from etl.extract.rules_lock import Lock, code_hash, data_hash, read

CODE = '''
"""A module."""
from __future__ import annotations

LONGEST = 80  # most are shorter

def cut(text: str, *, at: int = LONGEST) -> str:
    """Cut a text."""
    if len(text) > at:
        return text[:at]  # not a word more
    return text
'''


def test_the_lock_is_current() -> None:
    found = rules_lock.changed()
    assert not found, f"not as they are locked: {', '.join(found)}; {command.RENEW}"


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ('"""Cut a text."""', '"""Cut a text.\n\n    >>> cut("")\n    """'),
        ('"""A module."""', ""),
        ("  # not a word more", ""),
        ("# most are shorter", "# ما أكثرها أقصر"),
        ("text: str, *, at: int = LONGEST", "\n    text: str,\n    *,\n    at: int = LONGEST,\n"),
        ("return text[:at]", "return (text[ : at])"),
        ("LONGEST = 80", "LONGEST = 0x50"),
        ("\n    return text\n", "\n    return text\n\n\n'a text that stands alone'\n"),
        ("        return text[:at]", "        pass\n        return text[:at]"),
        ("\n", "\r\n"),
    ],
)
def test_comments_docstrings_and_layout_change_nothing(was: str, becomes: str) -> None:
    assert was in CODE and code_hash(CODE.replace(was, becomes)) == code_hash(CODE)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("80", "81"),
        ("80", "80.0"),
        ("80", "'80'"),
        ("80", "None"),
        ("> at", ">= at"),
        ("[:at]", "[at:]"),
        ("    return text\n", "    return ''\n"),
        ("    return text\n", "    return b''\n"),
        (
            "    if len(text) > at:\n        return text[:at]",
            "    if len(text) > at:\n        pass\n    return text[:at]",
        ),
        ("*, at", "at"),
        ("def cut", "async def cut"),
        ("return text[:at]", "return f'{text:.{at}}'"),
    ],
)
def test_what_code_does_changes_its_hash(was: str, becomes: str) -> None:
    assert was in CODE and code_hash(CODE.replace(was, becomes)) != code_hash(CODE)


def test_the_hash_of_code_is_the_same_on_every_python() -> None:
    """Where Pythons write their trees in different ways; the hash was seen on 3.11, 3.12 and 3.13."""
    awkward = (
        "def f(x, /, *a: int, k=None, **o) -> 'T':\n"
        "    match x:\n        case {'ü': [1, *_], **rest} if rest: return ...\n        case None | -1.5e300 | 2j: pass\n"
        '    y = f"{x!r:>{k}}{x=}" "a" f"\\u200b{{{x:{k}<{a[0]}}}}"\n'
        "    return [*a, b'\\xff', '\\ud800\\U0001fae8', 10**20, x[1:, ::2], (z := 1), {**o}, lambda: (yield)]\n"
        "try: pass\nexcept* (A, B) as e: raise e from None\n"
        "class C(metaclass=M): a: int; b: str = ''; c = d, = ()\n"
    )
    assert code_hash(awkward) == "f267faca5a0c4f16"


@pytest.mark.parametrize(
    ("one", "other", "are_equal"),
    [
        ("a: [x, y]", "# why\na:\n  - x\n  - 'y'\n", True),
        ("a: &w [x]\nb: *w", "a: [x]\nb: [x]", True),
        ("a: x\nb: y", "b: y\na: x", False),  # the first of several rules counts
        ("a: 1", "a: '1'", False),
        ("a: yes", "a: 1", False),
        ("a: [x]", "a: x", False),
        ("a: 2024-01-01", "a: '2024-01-01'", False),
        ("1: x", "'1': x", False),
        ("a:", "a: ''", False),
        ("a: शब्द", 'a: "\\u0936\\u092C\\u094D\\u0926"', True),
    ],
)
def test_of_data_counts_what_it_says_and_not_how_it_is_written(one: str, other: str, are_equal: bool) -> None:
    assert (data_hash(one) == data_hash(other)) is are_equal


def test_other_libraries_make_another_version_and_the_same_ones_the_locked_one() -> None:
    lock = Lock(version="v", libraries={"lxml": "6.1", "babel": "2"}, content={})
    assert lock.version_with({"babel": "2", "lxml": "6.1"}) == "v"
    others = [{"lxml": "6.2", "babel": "2"}, {"lxml": "6.1", "babel": "3"}, {"lxml": "2", "babel": "6.1"}]
    assert len({"v", *map(lock.version_with, others)}) == 4
    assert replace(lock, version="w").version_with(others[0]) != lock.version_with(others[0])


def test_no_source_is_read_to_know_the_version(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(*_: object) -> None:
        raise AssertionError("sources are read")

    rules._code_version.cache_clear()
    monkeypatch.setattr(rules_lock, "content", parse)
    assert re.fullmatch(r"[0-9a-f]{16}", rules.rules_version())


def test_what_the_lock_leaves_out_decides_on_no_value() -> None:
    """How a page is printed is used by no module that reads one; the lock itself only by the version."""
    for name in rules_lock._LEFT_OUT:
        module = Path(name).stem
        users = [
            path.name
            for room in rules_lock._ROOMS
            for path in (rules_lock.PACKAGE / room).rglob("*.py")
            if re.search(rf"import .*\b{module}\b|\.{module} import", path.read_text("utf-8"))
        ]
        assert users == (["rules.py"] if module == "rules_lock" else [])


def test_what_is_locked_uses_nothing_of_ours_that_is_not() -> None:
    """Else a value could change while its version stays. `etl.model` has the types of what is passed, and no rule."""
    locked = {f"etl.{room}" for room in rules_lock._ROOMS} | {"etl.model"}
    for room in rules_lock._ROOMS:
        for path in (rules_lock.PACKAGE / room).rglob("*.py"):
            if path.relative_to(rules_lock.PACKAGE).as_posix() in rules_lock._LEFT_OUT:
                continue
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names = [
                    name for name in names if f"{name.removeprefix('etl.').replace('.', '/')}.py" not in rules_lock.ALSO
                ]
                ours = {".".join(name.split(".")[:2]) for name in names if name.split(".")[0] == "etl"}
                assert ours <= locked and not getattr(node, "level", 0), f"{path.name}: {names}"


def test_doctor_names_rules_that_are_not_as_they_are_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [f.level for f in doctor._rules()] == [doctor.Level.OK]
    content = rules_lock.content() | {"clean/packs/share.yaml": "0", "clean/packs/of_ours.yaml": "1"}
    monkeypatch.setattr(rules_lock, "content", lambda: content)
    (found,) = doctor._rules()
    assert found.level is doctor.Level.ERROR
    assert "etl/clean/packs/of_ours.yaml, etl/clean/packs/share.yaml" in found.found


PAGES = [
    (name, Given(url=f"https://example.org/{name}", body=body.encode(), content_type="text/html; charset=utf-8"))
    for name, body in {
        "en": "<html lang=en><h1>Ferry runs again</h1><article>" + "<p>The ferry runs again today.</p>" * 20,
        "ar": "<html lang=ar dir=rtl><h1>عودة العبارة</h1><article>" + "<p>عادت العبارة إلى العمل اليوم.</p>" * 20,
    }.items()
]


class Checkout:
    """A repository of its own with this checkout's code, whose commit has the lock as it is."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lock = root / command.LOCK
        for name in ("etl", "benchmarks", "seeds"):
            shutil.copytree(command.ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "_data"))
        self.git("init", "--quiet")
        self.commit()

    def git(self, *arguments: str) -> None:
        me = ("-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *me, *arguments], cwd=self.root, check=True, capture_output=True)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "as it is")

    def replace(self, name: str, was: str, becomes: str) -> None:
        path = self.root / name
        text = path.read_text("utf-8")
        assert was in text
        path.write_text(text.replace(was, becomes), "utf-8")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@pytest.mark.slow
def test_a_module_that_moves_and_a_private_function_with_another_name_keep_the_version(checkout: Checkout) -> None:
    before = read(checkout.lock)
    (checkout.root / "etl/normalize/zones.py").rename(checkout.root / "etl/normalize/offsets.py")
    checkout.replace("etl/normalize/dates.py", "months, zones\n", "months, offsets as zones\n")
    checkout.replace("etl/extract/publication.py", "reckoned, zones\n", "reckoned, offsets as zones\n")
    checkout.replace("etl/extract/excerpt.py", "_excerpt(", "_first_words(")
    assert "no value differs" in command.renew_same(PAGES, checkout.root)
    after = read(checkout.lock)
    assert after.version == before.version and after.libraries == before.libraries
    assert after.content == rules_lock.content(checkout.root / "etl") != before.content
    assert "normalize/offsets.py" in after.content and "normalize/zones.py" not in after.content


@pytest.mark.slow
def test_a_version_is_not_kept_for_other_values(checkout: Checkout) -> None:
    before = checkout.lock.read_bytes()
    checkout.replace("etl/extract/excerpt.py", "def stored(", "def stored_(")
    with (checkout.root / "etl/extract/excerpt.py").open("a", encoding="utf-8") as file:
        file.write("\n\ndef stored(page, most):\n    return replace(page, title='another')\n")
    checkout.commit()  # what is compared with is the commit of the lock, not the last one
    with pytest.raises(command.Refused, match=r"(?s)values of 2 records differ.*  ar .*title: .*is now \"another\""):
        command.renew_same(PAGES, checkout.root)
    assert checkout.lock.read_bytes() == before
    assert "another version" in command.renew_new(checkout.root)
    after = read(checkout.lock)
    assert after.version != read().version and after.content == rules_lock.content(checkout.root / "etl")
    with pytest.raises(command.Refused, match="nothing that decides on values has changed"):
        command.renew_new(checkout.root)
    with pytest.raises(command.Refused, match="in no commit yet"):
        command.renew_same(PAGES, checkout.root)
