import contextlib
import json
import logging
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bellwether.adapters import FitFailed, FitFolderUnreadable, ProcessFitRunner, WorkStore
from bellwether.adapters import _fit_processes as fit_processes
from bellwether.adapters._fit_folder import (
    read_fit_folder,
    write_fit_folder,
)
from bellwether.adapters._line_workers import LineWorkers
from bellwether.bars import Panel, noise_world
from bellwether.errors import ModelError
from bellwether.features import core15
from bellwether.labels import LabelSpec
from bellwether.samples import Samples, build_samples
from bellwether.service import estimate_fit_seconds
from bellwether.validation import (
    FINAL_FOLD,
    FamilyPlan,
    FitTask,
    InlineFitRunner,
    TrainingPlan,
    plan_fits,
)

Outcome = Mapping[str, NDArray[Any]]


@pytest.fixture(scope="module")
def samples() -> Samples:
    panel = Panel(bars=[noise_world(3, 420).bars, noise_world(4, 400).bars])
    return build_samples(panel, core15(), LabelSpec())


@pytest.fixture(scope="module")
def tasks(samples: Samples) -> tuple[FitTask, ...]:
    items = tuple(
        FamilyPlan(family=name, preset="demo", n_refits=2)
        for name in ("ridge", "gradient_boosting")
    )
    return plan_fits(samples, TrainingPlan(name="tiny", families=items)).tasks


def silent(_task: FitTask, _share: float) -> None:
    pass


def run(runner: ProcessFitRunner, samples: Samples, tasks: Sequence[FitTask]) -> dict[str, Outcome]:
    return {task.key: outcome for task, outcome in runner.run(samples, tasks, silent)}


def assert_same(one: Mapping[str, Outcome], other: Mapping[str, Outcome]) -> None:
    assert one.keys() == other.keys()
    for key, outcome in one.items():
        assert outcome.keys() == other[key].keys()
        for name, array in outcome.items():
            assert array.dtype == other[key][name].dtype
            np.testing.assert_array_equal(array, other[key][name])


def children() -> list[int]:
    """Return the ids of this process's children that still live."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == os.getpid() and fields[0] != "Z":
                found.append(int(entry.name))
    return found


@pytest.fixture(autouse=True)
def _no_process_is_left() -> Iterator[None]:
    before = set(children())
    yield
    assert set(children()) <= before


def test_processes_say_what_this_process_says_to_the_bit(
    samples: Samples, tasks: tuple[FitTask, ...], tmp_path: Path
) -> None:
    told: dict[str, list[float]] = {task.key: [] for task in tasks}
    runner = ProcessFitRunner(WorkStore(tmp_path / "work"), 2)
    found = {
        task.key: outcome
        for task, outcome in runner.run(
            samples, tasks, lambda task, share: told[task.key].append(share)
        )
    }
    inline = {task.key: outcome for task, outcome in InlineFitRunner().run(samples, tasks, silent)}
    assert_same(found, inline)
    for shares in told.values():
        assert shares == sorted(shares)
        assert shares[-1] == 1.0


def test_the_longest_fit_is_begun_first(
    samples: Samples, tasks: tuple[FitTask, ...], tmp_path: Path
) -> None:
    found = [
        task for task, _ in ProcessFitRunner(WorkStore(tmp_path), 1).run(samples, tasks, silent)
    ]

    expected = [estimate_fit_seconds(task) for task in found]
    assert expected == sorted(expected, reverse=True)
    assert [task.key for task in found] != [task.key for task in tasks]


def test_what_was_done_before_is_not_done_again(
    samples: Samples, tasks: tuple[FitTask, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = WorkStore(tmp_path / "work")
    inline = {task.key: outcome for task, outcome in InlineFitRunner().run(samples, tasks, silent)}
    for key, outcome in inline.items():
        store.put(key, outcome)
    monkeypatch.setattr(fit_processes, "COMMAND", ("/nowhere/python",))
    told: list[float] = []
    ran = ProcessFitRunner(store, 2).run(samples, tasks, lambda _task, share: told.append(share))
    found = list(ran)
    assert [task for task, _ in found] == list(tasks)
    assert_same({task.key: outcome for task, outcome in found}, inline)
    assert told == [1.0] * len(tasks)


def test_a_killed_process_is_said_by_name_and_the_next_run_goes_on(
    samples: Samples, tasks: tuple[FitTask, ...], tmp_path: Path
) -> None:
    store = WorkStore(tmp_path / "work")
    runner = ProcessFitRunner(store, 1)
    before = set(children())
    running = runner.run(samples, tasks, silent)
    first, _ = next(running)
    [worker] = set(children()) - before
    os.kill(worker, signal.SIGKILL)
    with pytest.raises(FitFailed, match="finished fits are kept") as caught:
        list(running)
    assert caught.value.cause == "SIGKILL"
    assert "ended by SIGKILL" in caught.value.was
    assert "--workers 1" in caught.value.hint
    assert store.get(first.key) is not None
    told: list[tuple[str, float]] = []
    found = {
        task.key: outcome
        for task, outcome in runner.run(
            samples, tasks, lambda task, share: told.append((task.key, share))
        )
    }
    assert told[0] == (first.key, 1.0)
    inline = {task.key: outcome for task, outcome in InlineFitRunner().run(samples, tasks, silent)}
    assert_same(found, inline)


def test_a_run_that_is_given_up_stops_its_processes_and_keeps_what_is_finished(
    samples: Samples, tasks: tuple[FitTask, ...], tmp_path: Path
) -> None:
    store = WorkStore(tmp_path / "work")
    running = ProcessFitRunner(store, 1).run(samples, tasks, silent)
    first, _ = next(running)
    running.close()
    assert store.get(first.key) is not None


@pytest.fixture(scope="module")
def broken(samples: Samples, tasks: tuple[FitTask, ...]) -> tuple[Samples, FitTask]:
    """Return samples of which one training row has no target."""
    task = next(t for t in tasks if (t.family, t.fold) == ("ridge", FINAL_FOLD))
    target = np.array(samples.target)
    target[task.train[3]] = np.nan
    return replace(samples, target=target), task


def test_an_error_within_a_process_comes_out_with_its_facts(
    broken: tuple[Samples, FitTask], tmp_path: Path
) -> None:
    samples, task = broken
    with pytest.raises(ModelError, match="expected") as inline:
        list(InlineFitRunner().run(samples, [task], silent))
    with pytest.raises(FitFailed, match="in the final fit of ridge") as caught:
        run(ProcessFitRunner(WorkStore(tmp_path / "work"), 1), samples, [task])
    error = caught.value
    assert (error.family, error.fold) == ("ridge", FINAL_FOLD)
    assert error.cause == type(inline.value).__name__ == "UnusableTrainingData"
    assert error.expected.startswith(inline.value.expected)
    assert (error.was, error.hint) == (inline.value.was, inline.value.hint)


FAKE_WORKER = """
import json, os, sys
sys.path.insert(0, {folder!r})
print(json.dumps({{"ready": True}}), flush=True)
for line in sys.stdin:
    {answer}
"""


@pytest.fixture
def fake_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that puts a program in the worker's place."""

    def install(answer: str) -> None:
        program = tmp_path / "worker.py"
        program.write_text(FAKE_WORKER.format(folder=str(tmp_path), answer=answer))
        monkeypatch.setattr(fit_processes, "COMMAND", (sys.executable, "-S", str(program)))

    return install


def test_an_error_nobody_expected_comes_out_with_its_trace(
    samples: Samples,
    tasks: tuple[FitTask, ...],
    tmp_path: Path,
    fake_worker: Callable[[str], None],
) -> None:
    fake_worker(
        'print(json.dumps({"task": int(line), "failed": "MemoryError", "trace": "at x"}), '
        "flush=True)"
    )
    with pytest.raises(FitFailed, match="read the trace:\nat x") as caught:
        run(ProcessFitRunner(WorkStore(tmp_path / "work"), 1), samples, tasks)
    assert (caught.value.cause, caught.value.was) == ("MemoryError", "MemoryError")
    assert "the final fit of gradient_boosting to end" in caught.value.expected


@pytest.mark.parametrize(
    "answer", ["os._exit(3)", 'os.write(1, b\'{"task": 0, "do\'); os._exit(3)']
)
def test_a_process_that_ends_within_a_fit_or_a_line_is_noticed(
    samples: Samples,
    tasks: tuple[FitTask, ...],
    tmp_path: Path,
    fake_worker: Callable[[str], None],
    answer: str,
) -> None:
    fake_worker(answer)
    with pytest.raises(FitFailed, match=r"exit code 3 during (fit . of|the final)"):
        run(ProcessFitRunner(WorkStore(tmp_path / "work"), 2), samples, tasks)


def test_a_fit_that_is_said_to_be_done_and_is_nowhere_is_an_error(
    samples: Samples,
    tasks: tuple[FitTask, ...],
    tmp_path: Path,
    fake_worker: Callable[[str], None],
) -> None:
    fake_worker('print(json.dumps({"task": int(line), "done": True}), flush=True)')
    with pytest.raises(FitFailed, match="can be written and is not emptied") as caught:
        run(ProcessFitRunner(WorkStore(tmp_path / "work"), 1), samples, tasks)
    assert caught.value.family == "gradient_boosting"


def test_asking_and_stopping_a_dead_process_raises_nothing(
    tmp_path: Path, fake_worker: Callable[[str], None]
) -> None:
    fake_worker("pass")
    workers = LineWorkers([*fit_processes.COMMAND, str(tmp_path)], 1)
    assert workers.next_message() == (0, {"ready": True})
    workers._processes[0].kill()
    assert workers.next_message() == (0, {"ended": -signal.SIGKILL})
    workers.ask(0, 0)
    workers.stop()


def test_what_a_library_prints_is_no_message(
    samples: Samples,
    tasks: tuple[FitTask, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    program = tmp_path / "noisy.py"
    program.write_text(
        "import sys\nfrom pathlib import Path\n"
        "from bellwether.adapters import _fit_worker as worker\n"
        "say = worker.open_channel()\n"
        "print('{\"failed\": 1}', flush=True)\n"
        "worker.serve(Path(sys.argv[1]), say)\n"
    )
    monkeypatch.setattr(fit_processes, "COMMAND", (sys.executable, str(program)))
    found = run(ProcessFitRunner(WorkStore(tmp_path / "work"), 1), samples, tasks[:1])
    assert found.keys() == {tasks[0].key}
    assert capfd.readouterr().err == '{"failed": 1}\n'


def test_a_process_whose_parent_is_gone_ends_by_itself(
    samples: Samples, tasks: tuple[FitTask, ...], tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir()
    write_fit_folder(tmp_path / "run", samples, tasks, tmp_path / "work")
    worker = subprocess.Popen(
        [*fit_processes.COMMAND, str(tmp_path / "run")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write("0\n")
    worker.stdin.flush()
    assert any(json.loads(line).get("done") for line in worker.stdout)
    _, trace = worker.communicate(timeout=60)
    assert (worker.returncode, trace) == (0, "")
    assert WorkStore(tmp_path / "work").get(tasks[0].key) is not None


@contextlib.contextmanager
def file_size_limit(n_bytes: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_no_room_for_the_samples_is_said_before_a_process_starts(
    samples: Samples, tasks: tuple[FitTask, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with file_size_limit(4096), pytest.raises(OSError, match="too large"):
        run(ProcessFitRunner(WorkStore(tmp_path / "work"), 1), samples, tasks)
    assert not list(tmp_path.iterdir())


def test_no_room_for_the_outcome_is_said_by_the_fit_and_the_folder(
    samples: Samples, tasks: tuple[FitTask, ...], tmp_path: Path
) -> None:
    (tmp_path / "work").write_text("a file where the folder should be")
    runner = ProcessFitRunner(WorkStore(tmp_path / "work" / "fits"), 1)
    with pytest.raises(FitFailed, match="the finished fit in the work store") as caught:
        run(runner, samples, tasks[:1])
    assert str(tmp_path / "work") in caught.value.hint


def test_samples_and_tasks_survive_the_folder(
    samples: Samples, tasks: tuple[FitTask, ...], tmp_path: Path
) -> None:
    write_fit_folder(tmp_path, samples, tasks, tmp_path / "work")
    read_samples, read_tasks, store = read_fit_folder(tmp_path)
    assert store == (tmp_path / "work").resolve()
    for name in ("features", "symbol", "decided_at", "closes_at", "target", "volatility"):
        np.testing.assert_array_equal(getattr(read_samples, name), getattr(samples, name))
    assert read_samples.symbols == samples.symbols
    assert read_samples.horizon_bars == samples.horizon_bars
    for one, other in zip(read_tasks, tasks, strict=True):
        assert (one.key, one.fold, one.seed) == (other.key, other.fold, other.seed)
        np.testing.assert_array_equal(one.predict, other.predict)


def test_a_folder_without_its_arrays_is_refused(
    samples: Samples,
    tasks: tuple[FitTask, ...],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    write_fit_folder(tmp_path, samples, tasks, tmp_path / "work")
    path = WorkStore(tmp_path).path("samples")
    path.write_bytes(path.read_bytes()[:-100])
    with caplog.at_level(logging.CRITICAL), pytest.raises(FitFolderUnreadable, match="samples"):
        read_fit_folder(tmp_path)


def test_a_progress_that_fails_stops_the_processes(
    samples: Samples, tasks: tuple[FitTask, ...], tmp_path: Path
) -> None:
    def fail(_task: FitTask, _share: float) -> None:
        raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(ProcessFitRunner(WorkStore(tmp_path / "work"), 1).run(samples, tasks, fail))
    assert time.monotonic() - started < 60
