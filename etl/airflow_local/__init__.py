"""Airflow with its UI on this machine, on the embedded PostgreSQL: for trying it out, or for a laptop's schedule.

`airflow standalone` listens on all addresses and leaves child processes behind when it is stopped. Here its four
services run separately, on loopback only, each in its own session, and `down` leaves no process behind.
"""

from etl.airflow_local.environment import env, execute, is_prepared, prepare
from etl.airflow_local.local import RunningAirflow, down, status, up

__all__ = ["RunningAirflow", "down", "env", "execute", "is_prepared", "prepare", "status", "up"]
