"""Read by every Python that a test starts, since the tests put this folder into PYTHONPATH."""

import os

import network_guard

if network_guard.REPORT in os.environ:
    network_guard.install()
