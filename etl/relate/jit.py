"""Compiles kernels with Numba, cached beside the source where that can be written, never in a home folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])

_HERE = Path(__file__).resolve().parent


def _kept_in() -> Path | None:
    """Return the folder of compiled code: in `__pycache__` beside the source, or where NUMBA_CACHE_DIR says; else None.

    Numba asks only whether a kernel's own file has changed, and a kernel holds the numbers of `rules.py` and the kernels
    of other files. So the folder bears a hash of all files. Where it cannot be written Numba would go to the user's
    home; it is told to compile anew in each process instead (some 25 seconds of a processor).
    """
    beside = _HERE / "__pycache__"
    given = os.environ.get("NUMBA_CACHE_DIR")
    if not given and not os.access(beside if beside.is_dir() else _HERE, os.W_OK):
        return None
    digest = hashlib.sha256()
    for path in sorted(_HERE.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return (Path(given) if given else beside) / f"kernels-{digest.hexdigest()[:16]}"


_KEPT_IN = _kept_in()


def kernel(function: F) -> F:
    """Compile a function of arrays and numbers to machine code at its first call. It lets go of the GIL.

    Integers wrap; there is no fast-math, so that all machines agree.
    """
    config: Any = numba.config
    before = config.CACHE_DIR
    config.CACHE_DIR = str(_KEPT_IN or "")  # read once, as the function is decorated
    try:
        compile_: Any = numba.njit(cache=_KEPT_IN is not None, nogil=True, error_model="numpy")
        compiled: F = compile_(function)
    finally:
        config.CACHE_DIR = before
    return compiled
