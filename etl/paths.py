"""Where the files beside the code lie: in a checkout at its root, in a wheel under `etl/_data`."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data(name: str) -> Path:
    """The folder `name` (sql, seeds or dags), wherever the package was installed."""
    bundled = _PACKAGE / "_data" / name
    return bundled if bundled.is_dir() else _PACKAGE.parent / name
