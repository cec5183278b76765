"""The lake in S3: the same warehouse as with a folder."""

from __future__ import annotations

import json

from sqlalchemy import text
from typer.testing import CliRunner

from benchmarks.pages import write_archive
from etl.cli import app
from etl.warehouse.engine import open_engine
from etl.warehouse.schema import migrate


def test_a_lake_in_s3_gives_the_same_warehouse_as_a_folder(database_url, tmp_path, s3_endpoint, s3_url):
    archive = write_archive(tmp_path / "a.warc.gz", 60)
    sources = tmp_path / "sources.yaml"
    sources.write_text("sources: []\n")
    found = []
    for lake in (str(tmp_path / "lake"), s3_url):
        engine = open_engine(database_url)
        with engine.begin() as connection:
            for schema in ("news", "core", "ops"):
                connection.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
        migrate.upgrade(engine)
        engine.dispose()
        env = {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "NEWS_ETL_HOME": str(tmp_path / "home"),
            "NEWS_ETL_WAREHOUSE_URL": database_url,
            "NEWS_ETL_LAKE_URL": lake,
            "NEWS_ETL_S3_ENDPOINT_URL": s3_endpoint,
            "NEWS_ETL_SOURCES": str(sources),
        }
        done = CliRunner().invoke(app, ["ingest", "--json", str(archive)], env=env, catch_exceptions=False)
        assert done.exit_code == 0, done.stderr
        assert json.loads(done.stdout)["outcomes"] == {"article": 60}
        status = CliRunner().invoke(app, ["status", "--fingerprint"], env=env, catch_exceptions=False)
        assert status.exit_code == 0, status.stderr
        found.append(status.stdout)
    assert found[0] == found[1]
