"""How kernels are compiled: with Numba, kept beside the source where that can be written, never in a home folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])


def _may_keep() -> bool:
    """True where compiled code can lie in `__pycache__` beside the source, or where NUMBA_CACHE_DIR says.

    Otherwise Numba would write to the user's home, and is told to compile anew in each process (a few seconds).
    """
    if os.environ.get("NUMBA_CACHE_DIR"):
        return True
    here = Path(__file__).resolve().parent
    cache = here / "__pycache__"
    return os.access(cache if cache.is_dir() else here, os.W_OK)


_KEEP = _may_keep()


def kernel(function: F) -> F:
    """Compile a function of arrays and numbers to machine code at its first call. It lets go of the GIL.

    Integers wrap; there is no fast-math, so that all machines agree.
    """
    compile_: Any = numba.njit(cache=_KEEP, nogil=True, error_model="numpy")
    compiled: F = compile_(function)
    return compiled
