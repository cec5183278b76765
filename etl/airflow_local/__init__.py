"""Airflow with its UI on this machine, on the embedded PostgreSQL: for looking, trying and a laptop's schedule.

`airflow standalone` listens on all addresses and leaves its children behind when it is stopped. Here its four services
run by themselves, on loopback alone, each in a session of its own, and `down` leaves no process.
"""

from etl.airflow_local.environment import env, prepare
from etl.airflow_local.local import Running, down, status, up

__all__ = ["Running", "down", "env", "prepare", "status", "up"]
