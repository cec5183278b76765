"""Paths of data files of the project: at the root of a checkout, or under `etl/_data` in a wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data(name: str) -> Path:
    """The folder `name` (sql, seeds or dags), wherever the package was installed."""
    bundled = _PACKAGE / "_data" / name
    return bundled if bundled.is_dir() else _PACKAGE.parent / name
