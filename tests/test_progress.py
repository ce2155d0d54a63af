import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from bellwether import features as f
from bellwether.features import FeatureSet
from bellwether.features._program import find_operations
from bellwether.progress import ProgressLines, TrainingProgress, prepare_features
from bellwether.validation import FINAL_FOLD, FitTask


def task_of(family: str, fold: int) -> FitTask:
    rows = np.arange(100 * (fold + 2))
    return FitTask(
        family=family,
        preset="contract",
        seed=1,
        fold=fold,
        train=rows,
        validation=rows[:0],
        predict=rows[:0],
        key=f"{family} {fold}",
    )


TASKS = [
    task_of(family, fold) for family in ("gradient_boosting", "ridge") for fold in (0, FINAL_FOLD)
]


@pytest.fixture
def log() -> StringIO:
    return StringIO()


def test_a_log_gets_one_line_a_finished_family(log: StringIO) -> None:
    with TrainingProgress(Console(file=log)) as progress:
        progress.planned(TASKS)
        for task in TASKS:
            for share in (0.3, 1.0, 1.0):
                progress.fitting(task, share)
        progress.judging()
        assert progress.counts == (4, 4)
    assert log.getvalue().split("\n")[:2] == [
        "  gradient boosting: 2 fits done (2 of 4 in all)",
        "  ridge: 2 fits done (4 of 4 in all)",
    ]
    assert not log.getvalue().split("\n", 2)[2].strip()


def test_shares_that_come_late_do_not_turn_the_bar_back(log: StringIO) -> None:
    with TrainingProgress(Console(file=log)) as progress:
        progress.planned(TASKS)
        progress.fitting(TASKS[0], 1.0)
        progress.fitting(TASKS[0], 0.5)
        assert progress.counts == (1, 4)


def test_remembered_fits_count_as_done(log: StringIO) -> None:
    with TrainingProgress(Console(file=log)) as progress:
        progress.planned(TASKS)
        assert progress.counts == (0, 4)
        for task in reversed(TASKS):
            progress.fitting(task, 1.0)
        assert progress.counts == (4, 4)
    assert log.getvalue().startswith("  ridge: 2 fits done (2 of 4 in all)\n")


def test_a_terminal_shows_what_is_fitted_and_is_left_clean(log: StringIO) -> None:
    console = Console(file=log, force_terminal=True, width=140)
    with TrainingProgress(console) as progress:
        progress.planned(TASKS)
        progress.fitting(TASKS[1], 0.5)
        progress._bar.refresh()
        assert "fit 1 of 4: gradient boosting, on the whole history" in log.getvalue()
        progress.judging()
        progress._bar.refresh()
        assert "the gate looks at the results" in log.getvalue()
    assert "fits done" not in log.getvalue()


def test_a_family_nobody_measured_moves_the_bar_as_well(log: StringIO) -> None:
    with TrainingProgress(Console(file=log)) as progress:
        progress.planned([task_of("logistic", 0)])
        progress.fitting(task_of("logistic", 0), 1.0)
        assert progress.counts == (1, 1)


def test_a_run_that_ends_before_its_plan_prints_nothing_of_it(log: StringIO) -> None:
    with TrainingProgress(Console(file=log)):
        pass
    assert not log.getvalue().strip()


def test_a_search_for_options_is_told_when_it_is_over(log: StringIO) -> None:
    with TrainingProgress(Console(file=log)) as progress:
        for n_done in (4, 8):
            progress.tuned(n_done, 8)
        progress.planned(TASKS)
    assert log.getvalue().splitlines()[0] == "  tuning: 8 of 8 configurations tried"
    stream = StringIO()
    with ProgressLines(stream) as lines:
        lines.tuned(4, 8)
    told = json.loads(stream.getvalue())["progress"]
    assert told == {"share": 0.0, "words": "tuning: 4 of 8 configurations tried"}


def test_a_program_is_told_the_share_of_the_work_as_lines() -> None:
    stream = StringIO()
    with ProgressLines(stream) as progress:
        progress.planned(TASKS)
        for task in TASKS:
            for share in (0.001, 0.002, 0.5, 1.0):
                progress.fitting(task, share)
        progress.judging()
    told = [json.loads(line)["progress"] for line in stream.getvalue().splitlines()]
    shares = [one["share"] for one in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert len(told) < 2 + 4 * len(TASKS)  # what is no news is not told
    assert [one["words"] for one in (told[0], told[-2], told[-1])] == [
        "4 fits to do",
        "4 of 4 fits done",
        "the gate looks at the results",
    ]


def test_compiling_is_said_once_and_only_where_somebody_waits(
    monkeypatch: pytest.MonkeyPatch, log: StringIO, tmp_path: Path
) -> None:
    monkeypatch.setattr("numba.config.CACHE_DIR", str(tmp_path))
    features = FeatureSet(name="one", version="1", features=(("tangle", f.sign(-f.close)),))
    for one in find_operations(features.expressions):
        monkeypatch.delitem(one.__dict__, "_compiled", raising=False)
    prepare_features(Console(file=log), features)
    assert log.getvalue() == "compiling feature kernels 1/2, once on this machine\n"
    prepare_features(Console(file=log), features)
    assert log.getvalue().count("\n") == 1


def test_compiling_shows_how_far_it_is_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, log: StringIO, tmp_path: Path
) -> None:
    monkeypatch.setattr("numba.config.CACHE_DIR", str(tmp_path))
    features = FeatureSet(name="one", version="1", features=(("tangle", f.abs(-f.close)),))
    for one in find_operations(features.expressions):
        monkeypatch.delitem(one.__dict__, "_compiled", raising=False)
    prepare_features(Console(file=log, force_terminal=True, width=80), features)
    assert "compiling feature kernels" in log.getvalue()
