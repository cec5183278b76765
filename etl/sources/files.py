"""The registry's files on disk: finds the file of a source, and writes changes of one entry atomically."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable
from pathlib import Path

from etl.errors import SettingError, Transient
from etl.files import replacing
from etl.sources import editing
from etl.sources.registry import files_of, load, read_text
from etl.sources.registry_yaml import Problems, read_files


def add(registry: Path, entry: str, *, key: str, file: str | None = None) -> Path:
    """Add an entry at the end of a file, and return the file.

    A missing registry is created. In a folder `file` names the file, by default `KEY.yaml`.
    Raises `SettingError` where the entry does not fit, and then nothing is written.
    """
    path = file_for(registry, file or f"{key}.yaml") if registry.is_dir() else file_for(registry, file)
    _change(registry, path, lambda text: editing.with_entry(text, entry))
    return path


def file_for(registry: Path, file: str | None) -> Path:
    """The file of a registry that has this name. Raises `SettingError` for one that cannot be of it."""
    if registry.is_dir():
        path = registry / (file or "sources.yaml")
        if path.parent != registry or path.suffix not in (".yaml", ".yml"):
            raise SettingError(f"--file {file}: give the name of a *.yaml in {registry}")
        return path
    if file and (registry.parent / file).resolve() != registry.resolve():
        raise SettingError(f"--file {file}: the registry is one file, {registry}; NEWS_ETL_SOURCES may name a folder")
    return registry


def check_writable(registry: Path) -> None:
    """Raise `SettingError` where the registry cannot be written, so that no site is probed for nothing."""
    try:
        place = registry.resolve(strict=registry.is_symlink())
    except (OSError, RuntimeError) as error:  # links in a circle
        raise SettingError(f"{registry}: {error}; NEWS_ETL_SOURCES has to name a file or a folder") from error
    if place.exists() and not place.is_file() and not place.is_dir():
        raise SettingError(f"{registry}: neither a file nor a folder; NEWS_ETL_SOURCES has to name one")
    folder = place if place.is_dir() else place.parent
    _make(folder)
    if not os.access(folder, os.W_OK | os.X_OK) or (place.is_file() and not os.access(place, os.W_OK)):
        raise SettingError(f"{registry}: no permission to write there")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(
            f"{folder}: no folder can be made there ({error.strerror}); NEWS_ETL_SOURCES names it"
        ) from error


def set_enabled(registry: Path, key: str, *, enabled: bool) -> Path:
    """Enable or disable a source in its file. Raises `SettingError` as `editing.with_enabled`."""
    path = file_of(registry, key)
    _change(registry, path, lambda text: editing.with_enabled(text, key, enabled=enabled))
    return path


def remove(registry: Path, key: str) -> Path:
    """Remove a source from its file; a folder's file is deleted with its last source."""
    path = file_of(registry, key)
    if registry.is_dir() and len(files_of(registry)) > 1 and editing.keys_of(read_text(path)) == (key,):
        path.unlink()
        return path
    _change(registry, path, lambda text: editing.without(text, key))
    return path


def file_of(registry: Path, key: str) -> Path:
    """The file of a source. Raises `SettingError` for an unknown key, with similar ones."""
    load(registry).select([key])
    return next(path for path in files_of(registry) if key in editing.keys_of(read_text(path)))


def _change(registry: Path, path: Path, edit: Callable[[str], str]) -> None:
    """Replace a file. Raises `Transient` when another process has written it meanwhile."""
    before = path.read_bytes() if path.exists() else b""
    mark = codecs.BOM_UTF8 if before.startswith(codecs.BOM_UTF8) else b""
    after = mark + edit(read_text(path) if path.exists() else "").encode()
    _make(path.parent)
    with replacing(path) as written:
        written.write_bytes(after)
        if path.exists() and path.read_bytes() != before:
            raise Transient(f"{path} was changed by another program meanwhile: run the same command again")
        if registry.is_dir():  # checked together with the other files before it is written
            _check_together(registry, path, after)


def _check_together(registry: Path, path: Path, after: bytes) -> None:
    texts = {each.name: read_text(each) for each in registry.iterdir() if each.suffix in (".yaml", ".yml")}
    texts[path.name] = after.decode("utf-8-sig")
    problems = Problems()
    read_files(dict(sorted(texts.items())), problems)
    if problems.found:
        raise SettingError("\n  ".join([f"{registry}: the entry does not fit", *problems.found]))
