"""Changes one entry in the text of a registry file, and no other byte.

Positions come from the parser's marks, so comments, order, quotes and line ends are never rewritten. Each result is parsed
and compared with the intended one: where another source would differ, the change is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import yaml

from etl.errors import SettingError
from etl.sources.registry_yaml import Problems, read_sources
from etl.sources.source import Source

_ENTRY_INDENT = 2  # of an entry as `probe.writing` makes it
_COMMENT = re.compile(r"\s*#")


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of the list: its node, and the lines that are its own, comments right above it included."""

    key: str
    node: yaml.MappingNode
    first: int
    end: int  # the line behind its last


def with_entry(text: str, entry: str) -> str:
    """The file with an entry after its last one. `entry` is YAML of one entry, indented as in a list below `sources:`.

    An empty text becomes a file with that entry. Raises `SettingError` where the file is not written as such a list, or
    would have a problem with the entry.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    if _composed(text) is None:
        head = f"{text.rstrip()}{newline}" if text.strip() else ""
        return _checked(text, f"{head}sources:{newline}{_lines_of(entry, newline)}", added=True)
    key, listed = _list_of(text)
    lines = text.splitlines(keepends=True)
    if isinstance(listed, yaml.SequenceNode) and listed.value:
        entries = _entries(text)
        column = lines[listed.value[0].start_mark.line].index("-")
        at = entries[-1].end
        before = "" if at and not lines[at - 1].strip() else newline
    else:  # `sources:` or `sources: []`
        at, column, before = key.start_mark.line + 1, key.start_mark.column + _ENTRY_INDENT, ""
        if listed.end_mark.index > listed.start_mark.index:
            start, end = listed.start_mark.index, listed.end_mark.index
            lines = (text[:start].rstrip(" ") + text[end:]).splitlines(keepends=True)
    if at and not lines[at - 1].endswith(("\n", "\r")):
        lines[at - 1] += newline
    added = _lines_of(entry, newline, shift=column - _ENTRY_INDENT)
    return _checked(text, "".join([*lines[:at], before, added, *_with_break(lines[at:], newline)]), added=True)


def with_enabled(text: str, key: str, *, enabled: bool) -> str:
    """The file with a source enabled or disabled. Raises `SettingError` for a key that is not in it."""
    entry = _entry(text, key)
    said = "true" if enabled else "false"
    for name, value in entry.node.value:
        if name.value == "enabled":
            changed = text[: value.start_mark.index] + said + text[value.end_mark.index :]
            return _checked(text, changed, key=key, enabled=enabled)
    name, value = next(pair for pair in entry.node.value if pair[0].value == "homepage")
    at = value.end_mark.index
    if entry.node.flow_style:
        return _checked(text, f"{text[:at]}, enabled: {said}{text[at:]}", key=key, enabled=enabled)
    lines = text.splitlines(keepends=True)
    newline = "\r\n" if "\r\n" in text else "\n"
    behind = value.end_mark.line
    if not lines[behind].endswith(("\n", "\r")):
        lines[behind] += newline
    column = min(pair[0].start_mark.column for pair in entry.node.value)
    lines.insert(behind + 1, f"{' ' * column}enabled: {said}{newline}")
    return _checked(text, "".join(lines), key=key, enabled=enabled)


def without(text: str, key: str) -> str:
    """The file without a source, and without the comments right above it. Raises `SettingError` for an unknown key."""
    entries = _entries(text)
    entry = _entry(text, key)
    lines = text.splitlines(keepends=True)
    if any(other.first < entry.end and entry.first < other.end for other in entries if other.key != key):
        raise SettingError(f"{key} shares its lines with another source: remove it by hand")
    first, end = entry.first, entry.end
    while end < len(lines) and not lines[end].strip():  # the blank lines between it and the next one
        end += 1
    if end == len(lines):
        end = entry.end
        while first and not lines[first - 1].strip():
            first -= 1
    kept = [*lines[:first], *lines[end:]]
    if len(entries) == 1:
        listed_key, _ = _list_of(text)
        line = listed_key.start_mark.line
        kept[line] = kept[line].replace("sources:", "sources: []", 1)
    return _checked(text, "".join(kept), key=key)


def keys_of(text: str) -> tuple[str, ...]:
    """The keys of a file's sources, in its order; none for a file that is no registry."""
    try:
        return tuple(entry.key for entry in _entries(text))
    except SettingError:
        return ()


def _composed(text: str) -> yaml.Node | None:
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise SettingError(f"the file is no YAML: {' '.join(str(error).split())}") from error
    return node


def _list_of(text: str) -> tuple[yaml.Node, yaml.Node]:
    root = _composed(text)
    if isinstance(root, yaml.MappingNode) and not root.flow_style:
        for name, value in root.value:
            is_list = isinstance(value, yaml.SequenceNode) and (not value.flow_style or not value.value)
            if name.value == "sources" and (is_list or value.value == ""):
                return name, value
    raise SettingError("`sources:` is no list with hyphens: change the file by hand")


def _entry(text: str, key: str) -> _Entry:
    found = [entry for entry in _entries(text) if entry.key == key]
    if len(found) != 1:
        raise SettingError(f"no source {key!r} in it")
    return found[0]


def _entries(text: str) -> list[_Entry]:
    _, listed = _list_of(text)
    lines = text.splitlines()
    found = []
    nodes = listed.value if isinstance(listed, yaml.SequenceNode) else []
    for node in nodes:
        name = next((v.value for k, v in getattr(node, "value", ()) if k.value == "key"), None)
        if not isinstance(node, yaml.MappingNode) or not isinstance(name, str):
            raise SettingError(f"line {node.start_mark.line + 1}: an entry without a key: change the file by hand")
        dash = lines[node.start_mark.line].find("-")
        first = node.start_mark.line
        while first and _COMMENT.match(lines[first - 1]) and _indent(lines[first - 1]) >= dash:
            first -= 1
        end = _last_line(node) + 1
        while end < len(lines) and _COMMENT.match(lines[end]) and _indent(lines[end]) > dash:
            end += 1
        found.append(_Entry(name, node, first, end))
    return found


def _last_line(node: yaml.Node) -> int:
    """The last line of the node's content, since a block's end mark is at the next node."""
    last = max((each.end_mark for each in _leaves(node)), key=lambda mark: mark.index)
    return int(last.line if last.column else last.line - 1)


def _leaves(node: yaml.Node) -> Iterator[yaml.Node]:
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        yield node
        return
    for each in node.value:
        for part in each if isinstance(each, tuple) else (each,):
            yield from _leaves(part)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _lines_of(entry: str, newline: str, *, shift: int = 0) -> str:
    moved = (f"{' ' * shift}{line}" if shift > 0 else line[-shift:] for line in entry.splitlines())
    return "".join(f"{line.rstrip()}{newline}" for line in moved)


def _with_break(lines: Sequence[str], newline: str) -> Iterable[str]:
    """A blank line before what follows an entry, if something does."""
    return [newline, *lines] if lines and lines[0].strip() else lines


def _checked(
    before: str, after: str, *, added: bool = False, key: str | None = None, enabled: bool | None = None
) -> str:
    """The new text, if it is the intended registry. Raises `SettingError` with the difference otherwise."""
    problems = Problems()
    had = read_sources(before, Problems()) if before.strip() else []
    has = read_sources(after, problems) if after.strip() else []
    expected = [_after(source, enabled) if source.key == key else source for source in had]
    wanted = [each for each in expected if each is not None]
    if problems.found and not (key is not None and enabled is None and not wanted):
        raise SettingError("\n  ".join(["the change does not fit into the file; change it by hand", *problems.found]))
    if has[: len(wanted)] != wanted or len(has) != len(wanted) + added:
        raise SettingError("the file is written in a way that one entry cannot be changed alone: change it by hand")
    return after


def _after(source: Source, enabled: bool | None) -> Source | None:
    return None if enabled is None else replace(source, enabled=enabled)
