"""Which fit a process is given next, and what it loads for it."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.adapters._fit_queue import LIBRARIES, START_SECONDS, FitQueue
from bellwether.models import FAMILIES
from bellwether.service import estimate_fit_seconds
from bellwether.validation import FitTask

LEARN_EVERY_LIBRARY = f"""
import sys
from bellwether.models import FAMILIES, make_family
libraries = {sorted(set(LIBRARIES.values()))!r}
for family in FAMILIES:
    make_family(family)
    print(family, *[name for name in libraries if name in sys.modules])
"""


def make_task(family: str, n_rows: int) -> FitTask:
    none, train = np.empty(0, dtype=np.int64), np.arange(n_rows)
    return FitTask(
        family=family,
        preset="contract",
        seed=0,
        fold=0,
        train=train,
        validation=none,
        predict=none,
        key=f"{family}/{n_rows}",
    )


LONG_NET, NET = make_task("lstm", 9_000), make_task("transformer", 1_800)
TREES, FEW_TREES, LINE = (
    make_task("gradient_boosting", 15_000),
    make_task("gradient_boosting", 3_000),
    make_task("ridge", 8_000),
)


def take_all(queue: FitQueue, worker: int) -> list[int]:
    """Return the numbers of all fits a process is given, each done before the next."""
    found = []
    while (number := queue.take(worker)) is not None:
        found.append(number)
        queue.end(number)
    return found


def test_the_longest_fit_is_given_first() -> None:
    lines = [make_task("ridge", n_rows) for n_rows in (3_000, 9_000, 6_000)]
    assert take_all(FitQueue(lines), 0) == [1, 2, 0]


def test_the_first_fit_of_a_library_counts_its_start_as_well() -> None:
    queue = FitQueue([LONG_NET, NET, TREES, FEW_TREES])
    assert estimate_fit_seconds(TREES) < estimate_fit_seconds(NET)
    assert [queue.take(0), queue.take(1), queue.take(0), queue.take(1)] == [0, 1, 2, 3]

    shorter = make_task("transformer", 900)
    queue = FitQueue([LONG_NET, shorter, TREES, FEW_TREES])
    assert [queue.take(0), queue.take(1), queue.take(0), queue.take(1)] == [0, 2, 1, 3]


def test_no_process_loads_a_library_for_little_that_another_is_ready_for() -> None:
    queue = FitQueue([TREES, FEW_TREES, FEW_TREES, LINE])
    queue.end(queue.take(0) or 0)
    assert take_all(queue, 1) == [3]
    assert take_all(queue, 0) == [1, 2]


def test_a_library_that_no_process_has_ready_is_loaded_by_several() -> None:
    queue = FitQueue([TREES, FEW_TREES, LINE])
    assert [queue.take(0), queue.take(1)] == [0, 1]


def test_a_library_is_loaded_for_as_much_as_its_start_takes() -> None:
    many = [TREES, TREES, TREES, TREES]
    assert sum(estimate_fit_seconds(task) for task in many[1:]) == START_SECONDS
    queue = FitQueue(many)
    queue.end(queue.take(0) or 0)
    assert queue.take(1) == 1


@given(
    tasks=st.lists(st.sampled_from([LONG_NET, NET, TREES, FEW_TREES, LINE]), max_size=12),
    turns=st.lists(st.integers(0, 2), max_size=40),
)
def test_every_fit_is_given_once_in_whatever_order_processes_end(
    tasks: list[FitTask], turns: list[int]
) -> None:
    queue, given_out = FitQueue(tasks), []
    under_way = {worker: queue.take(worker) for worker in range(3)}
    given_out += [number for number in under_way.values() if number is not None]
    # Whose turn it is ends its fit; when all turns are over the others end theirs.
    for worker in [*turns, *[0, 1, 2] * len(tasks)]:
        number = under_way[worker]
        if number is not None:
            queue.end(number)
            under_way[worker] = queue.take(worker)
            given_out += [found for found in [under_way[worker]] if found is not None]
    assert sorted(given_out) == list(range(len(tasks)))


def test_each_family_loads_the_library_that_is_said() -> None:
    told = subprocess.run(
        [sys.executable, "-c", LEARN_EVERY_LIBRARY], capture_output=True, text=True, check=True
    )
    loaded: set[str] = set()
    for family, line in zip(FAMILIES, told.stdout.splitlines(), strict=True):
        loaded |= {LIBRARIES[family]} if family in LIBRARIES else set()
        assert line == " ".join([family, *sorted(loaded)])


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("adapters", ("numpy", "sqlalchemy")),
        ("adapters._fit_worker", (*LIBRARIES.values(), "sqlalchemy", "onnxruntime", "pandas")),
    ],
)
def test_a_process_starts_without_what_it_may_never_need(
    module: str, heavy: tuple[str, ...]
) -> None:
    script = f"""
import sys, bellwether.{module}
print(*[name for name in {heavy!r} if name in sys.modules])
"""
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == []
