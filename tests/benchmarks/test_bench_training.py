"""The benchmark of training measures what it says, on a few rows."""

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
Load = Callable[[str], ModuleType]


@pytest.fixture(scope="module")
def load() -> Iterator[Load]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield importlib.import_module


@pytest.mark.parametrize(
    ("course", "seconds"),
    [
        ([(1.0, 1.6), (2.0, 1.4), (3.0, 1.0)], 2.5),
        ([(1.0, 1.6), (2.0, 2.9), (3.0, 1.2)], 3.0),
        ([(1.0, 1.1)], 1.0),
        ([(1.0, 1.6), (2.0, 1.4)], 2.0),
    ],
    ids=["between two epochs", "a worse epoch in between", "the first epoch", "never"],
)
def test_the_clock_stops_where_the_loss_is_reached(
    load: Load, course: list[tuple[float, float]], seconds: float
) -> None:
    assert load("_keras_training").seconds_until(course, 1.2) == pytest.approx(seconds)


def test_our_fit_ends_at_the_loss(load: Load) -> None:
    keras = load("_keras_training")
    rows = keras.make_learnable(64, 1)

    course = keras.train_ours("transformer", rows, rows, 1, 1e9)

    assert len(course) == 1
    assert course[0][0] > 0.0


def test_a_ratio_is_that_of_the_medians_within_its_interval(load: Load) -> None:
    ratio, low, high = load("bench_training").ratio_of([4.0, 2.0, 6.0], [2.0, 1.0, 9.0])

    assert ratio == 2.0
    assert low <= ratio <= high


def test_bare_fits_see_the_numbers_of_the_walk(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    walks = load("_training_walks")
    grown: list[int] = []
    fit = walks.fit_bare
    monkeypatch.setattr(walks, "fit_bare", lambda *told: grown.append(fit(*told)))

    ours, bare = walks.time_walk(walks.make_panel_samples(2, 200, 5, 1))

    assert min(ours, bare) > 0.0
    assert len(grown) == len(walks.PANEL_PLAN.families) * (5 + 1)
    assert min(grown) > 10
