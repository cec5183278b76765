"""Writes the files that are made from the newsroom's pages: `python -m etl.sample`."""

from etl.sample.content import root
from etl.sample.manifest import expected_yaml
from etl.sample.sources import sources_yaml

(root() / "sources.yaml").write_text(sources_yaml(), encoding="utf-8")
(root() / "expected.yaml").write_text(expected_yaml(), encoding="utf-8")
