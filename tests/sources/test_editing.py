"""Changes of one entry leave every other byte of a registry file as it was."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.errors import SettingError
from etl.sources.editing import keys_of, with_enabled, with_entry, without
from etl.sources.registry_yaml import Problems, read_sources

ENTRY = """\
  # found by a probe
  - key: new-one
    name: New One
    homepage: https://new.example/
    languages: [en]
    enabled: false
    feeds:
      - https://new.example/feed
"""

PLAIN = """\
# A registry, with remarks.
sources:
  # the first of all
  - key: one          # never change it
    name: "One"
    homepage: https://one.example/
    languages: [en]   # and no other
    feeds:
      - https://one.example/feed   # main

    # between fields

    enabled: true
  - key: two
    name: 'Two'
    homepage: https://two.example/
    languages:
    - de
    # closing remark of two

  # about three
  - key: three
    name: Three
    homepage: https://three.example/
    languages: [fr]
# the end
"""
FLAT = PLAIN.replace("\n  ", "\n").replace("sources:", "sources:")
WINDOWS = PLAIN.replace("\n", "\r\n")
NO_END = PLAIN.rstrip().removesuffix("# the end").rstrip()
FLOW_ENTRIES = """\
sources:
- {key: one, name: One, homepage: "https://one.example/", languages: [en]}
- {key: two, name: Two, homepage: "https://two.example/", languages: [de], enabled: no}
- {key: three, name: Three, homepage: "https://three.example/", languages: [fr]}
"""
FILES = {"plain": PLAIN, "flat": FLAT, "windows": WINDOWS, "no_end": NO_END, "flow": FLOW_ENTRIES}


def keys(text: str) -> list[str]:
    problems = Problems()
    found = [source.key for source in read_sources(text, problems)]
    assert not problems.found, problems.found
    return found


def changes(before: str, after: str) -> tuple[list[str], list[str]]:
    compared = list(difflib.ndiff(before.splitlines(keepends=True), after.splitlines(keepends=True)))
    return [x[2:] for x in compared if x[:2] == "- "], [x[2:] for x in compared if x[:2] == "+ "]


@pytest.fixture(params=FILES.values(), ids=FILES)
def text(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_an_entry_comes_last_and_nothing_else_changes(text: str) -> None:
    after = with_entry(text, ENTRY)
    assert keys(after) == ["one", "two", "three", "new-one"]
    gone, _ = changes(text if text.endswith("\n") else text + "\n", after)
    assert gone == []
    assert ("\r\n" in after) == ("\r\n" in text)
    assert not after.replace("\r\n", "").count("\r")


def test_turning_a_source_on_or_off_changes_one_line(text: str) -> None:
    for key in ("one", "two", "three"):
        for enabled in (True, False):
            after = with_enabled(text, key, enabled=enabled)
            assert {s.key: s.enabled for s in read_sources(after, Problems())}[key] is enabled
            gone, come = changes(text, after)
            assert len(come) <= 2 and len(gone) <= 1


def test_a_source_goes_with_the_remarks_that_are_its_own(text: str) -> None:
    for key in ("one", "two", "three"):
        after = without(text, key)
        assert keys(after) == [other for other in ("one", "two", "three") if other != key]
        _, come = changes(text, after)
        assert come == []
    assert "about three" not in without(PLAIN, "three") and "# the end" in without(PLAIN, "three")
    assert "closing remark" in without(PLAIN, "three")


def test_to_add_and_remove_again_gives_the_file_of_before(text: str) -> None:
    again = without(with_entry(text, ENTRY), "new-one")
    assert again.split() == text.split()


def test_the_last_source_leaves_an_empty_list_that_can_be_filled_again() -> None:
    text = "# mine\nsources:\n" + ENTRY
    empty = without(text, "new-one")
    assert "sources: []" in empty and empty.startswith("# mine\n")
    assert keys(with_entry(empty, ENTRY)) == ["new-one"]


@pytest.mark.parametrize(
    "text",
    ["", "\n", "# only a remark\n", "sources:\n", "sources: []\n", "sources: []  # none yet\n", "sources:   # none\n"],
)
def test_a_file_without_sources_gets_its_first(text: str) -> None:
    after = with_entry(text, ENTRY)
    assert keys(after) == ["new-one"]
    assert all(word in after for word in text.replace("[]", "").split())


@pytest.mark.parametrize(
    "text",
    [
        'sources: [{key: one, name: One, homepage: "https://one.example/", languages: [en]}]\n',
        "{sources: []}\n",
        "other: 1\n",
        "- a\n",
        "just words\n",
    ],
)
def test_a_file_of_another_shape_is_left_to_its_owner(text: str) -> None:
    with pytest.raises(SettingError, match="by hand"):
        with_entry(text, ENTRY)


def test_an_entry_that_names_a_feed_of_another_source_is_refused() -> None:
    with pytest.raises(SettingError, match="stands in one"):
        with_entry(PLAIN, ENTRY.replace("https://new.example/feed", "https://one.example/feed"))


def test_a_key_that_is_there_is_refused() -> None:
    with pytest.raises(SettingError, match="again"):
        with_entry(PLAIN, ENTRY.replace("new-one", "two"))


def test_a_value_that_other_sources_share_is_not_changed_for_one() -> None:
    text = (
        "sources:\n- {key: one, name: One, homepage: 'https://one.example/', languages: [en], enabled: &on true}\n"
        "- {key: two, name: Two, homepage: 'https://two.example/', languages: [en], enabled: *on}\n"
    )
    with pytest.raises(SettingError, match="by hand"):
        with_enabled(text, "two", enabled=False)


def test_an_unknown_key_is_named() -> None:
    with pytest.raises(SettingError, match="'four'"):
        without(PLAIN, "four")


def test_keys_of_a_file_that_is_no_registry_are_none() -> None:
    assert keys_of("- x\n") == () and keys_of(PLAIN) == ("one", "two", "three")


@settings(deadline=None)
@given(st.lists(st.sampled_from(["on", "off", "add", "remove"]), max_size=12), st.sampled_from(sorted(FILES)))
def test_any_row_of_changes_keeps_remarks_and_order(steps: list[str], name: str) -> None:
    text, added = FILES[name], False
    for step in steps:
        if step == "add" and not added:
            text, added = with_entry(text, ENTRY), True
        elif step == "remove" and added:
            text, added = without(text, "new-one"), False
        elif step in ("on", "off"):
            text = with_enabled(text, "two", enabled=step == "on")
    assert keys(text) == ["one", "two", "three"] + ["new-one"] * added
    remarks = [line.strip() for line in FILES[name].splitlines() if line.lstrip().startswith("#")]
    assert [line.strip() for line in text.splitlines() if line.strip() in remarks] == remarks
