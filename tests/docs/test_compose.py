"""docker-compose.yml, without a Docker engine: its form, the secrets that its services share, and what the image holds."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
NEEDED = re.compile(r"\$\{(\w+):\?")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
    return found


def test_the_file_follows_the_compose_specification() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_all_services_of_airflow_have_the_same_environment_and_so_the_same_secrets(services: dict[str, Any]) -> None:
    environments = {name: dict(one["environment"]) for name, one in services.items() if "build" in one}
    assert environments["init"].pop("ADMIN_PASSWORD")
    assert set(environments) == {"init", "api-server", "scheduler", "dag-processor"}
    assert all(one == environments["scheduler"] for one in environments.values())
    assert {name for name in environments["scheduler"] if "SECRET" in name or "FERNET" in name} == {
        "AIRFLOW__API__SECRET_KEY",
        "AIRFLOW__API_AUTH__JWT_SECRET",
        "AIRFLOW__CORE__FERNET_KEY",
    }


def test_the_secrets_that_must_be_given_are_those_that_make_writes(tmp_path: Path) -> None:
    make = ["make", "-s", "-C", str(tmp_path), "-f", str(ROOT / "Makefile"), f"PYTHON={sys.executable}", ".env"]
    subprocess.run(make, check=True)
    written = tmp_path / ".env"
    values = dict(line.split("=", 1) for line in written.read_text().splitlines())
    assert set(NEEDED.findall(COMPOSE.read_text(encoding="utf-8"))) == set(values)
    assert len(set(values.values())) == len(values) and all(len(value) >= 16 for value in values.values())
    assert written.stat().st_mode & 0o077 == 0


def test_no_port_is_open_to_other_machines(services: dict[str, Any]) -> None:
    ports = [port for one in services.values() for port in one.get("ports", ())]
    assert ports and all(port.startswith("127.0.0.1:") for port in ports)


def test_the_image_takes_what_the_package_is_built_of() -> None:
    copied = set(re.findall(r"^COPY (?:(\S+) )?(?:\S+ )*\S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for folder in ("etl", "dags", "seeds", "sql"):
        assert folder in copied and f"!{folder}/" in ignored
