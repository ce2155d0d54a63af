"""Who holds a lease, and whether it still lives."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from bellwether.adapters import SqlCheckpoints, is_gone, name_holder

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/ns/pid").exists(),
    reason="only Linux tells when a process began; elsewhere a lease ends by itself",
)
NOW = np.datetime64("2026-03-02T21:00", "us")
HOLD = """
import sys
import numpy as np
from bellwether.adapters import SqlCheckpoints, name_holder
now = np.datetime64(sys.argv[2], "us")
assert SqlCheckpoints(sys.argv[1]).lease("tick", name_holder(), now=now, seconds=900)
print(name_holder(), flush=True)
sys.stdin.read()
"""


@contextmanager
def holding(address: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start a process that holds the lease, and yield it and its name."""
    command = [sys.executable, "-c", HOLD, address, str(NOW)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
        process.kill()


def test_a_process_that_lives_is_not_gone() -> None:
    assert name_holder() == name_holder()
    assert len(name_holder()) <= 200
    assert not is_gone(name_holder())


def test_a_lease_is_taken_from_who_was_killed_and_from_nobody_else(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/registry.sqlite"
    checkpoints = SqlCheckpoints(address)
    with holding(address) as (process, holder):
        assert not is_gone(holder)
        assert not checkpoints.lease("tick", name_holder(), now=NOW, seconds=900)

        process.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)

        # Nobody has asked the system yet how it ended: its number is still taken.
        assert is_gone(holder)
        process.wait()
        assert is_gone(holder)
        assert checkpoints.lease("tick", name_holder(), now=NOW, seconds=900)
        assert not checkpoints.lease("tick", "somebody", now=NOW, seconds=900)


def test_another_process_of_the_same_number_is_not_the_holder() -> None:
    *place, process, begun = name_holder().split(" ")

    assert is_gone(" ".join([*place, process, str(int(begun) + 1)]))


@pytest.mark.parametrize("changed", [0, 1, 2])
def test_of_another_machine_start_or_container_nothing_is_known(changed: int) -> None:
    parts = name_holder().split(" ")
    parts[3] = "4194304"  # one more than the largest number of a process
    assert is_gone(" ".join(parts))

    parts[changed] += "0"

    assert not is_gone(" ".join(parts))


@pytest.mark.parametrize("holder", ["", "me", "host 12", "host-12"])
def test_of_a_holder_of_another_form_nothing_is_known(holder: str) -> None:
    assert not is_gone(holder)


def test_a_lease_that_is_to_outlive_its_holder_does() -> None:
    assert not is_gone(f"{name_holder()} 2026-03-02T21:00:00")
