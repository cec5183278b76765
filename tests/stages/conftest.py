"""The S3 server of the lake's tests, for archives that lie in S3."""

from __future__ import annotations

import importlib.util
from pathlib import Path

_spec = importlib.util.spec_from_file_location("lake_fixtures", Path(__file__).parents[1] / "lake" / "conftest.py")
assert _spec and _spec.loader
_lake = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_lake)
s3_endpoint = _lake.s3_endpoint
s3_session = _lake.s3_session
