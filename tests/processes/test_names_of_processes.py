"""Whether the process that a name was given to is still there: exactly on this machine, and never a guess elsewhere."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from etl import processes

NAME = "from etl import processes; print(processes.name_of_this('nonce'), flush=True); import sys; sys.stdin.read()"


def started() -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen([sys.executable, "-c", NAME], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    return process, process.stdout.readline().strip()


def test_a_process_is_there_while_it_lives_and_gone_when_it_was_killed_reaped_or_not() -> None:
    process, name = started()
    assert not processes.is_gone(name)
    process.send_signal(signal.SIGSTOP)
    assert not processes.is_gone(name)  # it may go on
    process.kill()
    until = time.monotonic() + 20
    while not processes.is_gone(name) and time.monotonic() < until:  # a zombie: nobody has asked for its end yet
        time.sleep(0.01)
    assert processes.is_gone(name)
    process.communicate()
    assert processes.is_gone(name)


def test_another_process_with_its_number_is_not_it() -> None:
    name = processes.name_of_this()
    *machine, pid, start, nonce = name.rsplit("/", 5)
    assert pid == str(os.getpid()) and not processes.is_gone(name)
    assert processes.is_gone("/".join((*machine, pid, str(int(start) + 1), nonce)))


@pytest.mark.parametrize("part", [0, 1, 2])
def test_of_another_machine_boot_or_container_nobody_here_can_say(part: int) -> None:
    parts = processes.name_of_this().rsplit("/", 5)
    parts[part] += "x"
    parts[4] = "1"
    assert not processes.is_gone("/".join(parts))


@pytest.mark.parametrize("name", [None, "", "host/8c0d", "a/b/c/d/e/f", "////", "host/boot/1/-5/1/", "ホスト/b/1/٣/1/"])
def test_what_is_no_name_of_ours_is_never_gone(name: str | None) -> None:
    assert not processes.is_gone(name)


def test_a_child_has_a_name_of_its_own() -> None:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(writing, processes.name_of_this().encode())
        os._exit(0)
    os.waitpid(pid, 0)
    child = os.read(reading, 1000).decode()
    os.close(reading)
    os.close(writing)
    assert child != processes.name_of_this() and processes.is_gone(child)
