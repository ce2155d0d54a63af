"""What every family must do, whatever is inside: one suite, run for each."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from bellwether.arrays import Float32Array, FloatArray
from bellwether.hashing import digest_arrays
from bellwether.models import (
    FAMILIES,
    Family,
    FittedModel,
    TrainingData,
    UnreadableModel,
    UnusableTrainingData,
)

MakeRows = Callable[[int, int], TrainingData]
MakeSmall = Callable[[str], Family]
RunLowered = Callable[[FittedModel, Float32Array], FloatArray]

every_family = pytest.mark.parametrize("name", FAMILIES)
SEEDED = ("gradient_boosting", "lstm", "transformer")


@pytest.fixture(scope="module")
def fitted(make_rows: MakeRows, make_small: MakeSmall) -> Callable[[str], FittedModel]:
    kept: dict[str, FittedModel] = {}

    def fit_once(name: str) -> FittedModel:
        if name not in kept:
            kept[name] = make_small(name).fit(make_rows(300, 1), make_rows(80, 2), 5)
        return kept[name]

    return fit_once


@every_family
def test_graph_gives_the_forecasts_of_the_training_path(
    name: str, fitted: Callable[[str], FittedModel], make_rows: MakeRows, run_lowered: RunLowered
) -> None:
    model, windows = fitted(name), make_rows(500, 3).windows

    np.testing.assert_allclose(run_lowered(model, windows), model.predict(windows), atol=1e-6)


@every_family
def test_same_seed_gives_the_same_model_bit_for_bit(
    name: str, fitted: Callable[[str], FittedModel], make_rows: MakeRows, make_small: MakeSmall
) -> None:
    torch.rand(17)

    again = make_small(name).fit(make_rows(300, 1), make_rows(80, 2), 5)

    assert digest_arrays(again.arrays()) == digest_arrays(fitted(name).arrays())


@pytest.mark.parametrize("name", SEEDED)
def test_another_seed_gives_another_model(
    name: str, fitted: Callable[[str], FittedModel], make_rows: MakeRows, make_small: MakeSmall
) -> None:
    other = make_small(name).fit(make_rows(300, 1), make_rows(80, 2), 6)

    assert digest_arrays(other.arrays()) != digest_arrays(fitted(name).arrays())


@every_family
def test_a_restored_model_forecasts_the_same_bits(
    name: str, fitted: Callable[[str], FittedModel], make_rows: MakeRows, make_small: MakeSmall
) -> None:
    model, windows = fitted(name), make_rows(50, 4).windows

    restored = make_small(name).restore(model.arrays())

    np.testing.assert_array_equal(restored.predict(windows), model.predict(windows))
    facts = ("family", "n_steps", "n_features", "n_epochs", "best_epoch")
    assert [getattr(restored, fact) for fact in facts] == [getattr(model, fact) for fact in facts]


@every_family
def test_only_the_last_steps_of_a_window_count(
    name: str, fitted: Callable[[str], FittedModel], make_rows: MakeRows
) -> None:
    model, windows = fitted(name), make_rows(20, 4).windows
    longer = np.concatenate([windows[:, :7, :] + 1, windows], axis=1)

    np.testing.assert_array_equal(model.predict(longer), model.predict(windows))


@every_family
def test_rows_do_not_see_one_another(
    name: str, fitted: Callable[[str], FittedModel], make_rows: MakeRows
) -> None:
    model, windows = fitted(name), make_rows(600, 4).windows

    alone = np.concatenate([model.predict(windows[row : row + 1]) for row in (0, 300, 599)])

    np.testing.assert_allclose(alone, model.predict(windows)[[0, 300, 599]], atol=1e-6)


@every_family
def test_a_constant_target_gives_a_constant_forecast_that_exports(
    name: str, make_rows: MakeRows, make_small: MakeSmall, run_lowered: RunLowered
) -> None:
    rows = TrainingData(
        windows=np.zeros((100, 20, 15), np.float32), target=np.full(100, 0.25, np.float32)
    )

    model = make_small(name).fit(rows, rows, 5)

    forecast = model.predict(rows.windows)
    assert np.ptp(forecast) == 0.0
    np.testing.assert_allclose(run_lowered(model, rows.windows), forecast, atol=1e-6)


@every_family
def test_weightless_rows_are_not_learned_from(
    name: str, make_rows: MakeRows, make_small: MakeSmall
) -> None:
    rows, family = make_rows(200, 1), make_small(name)
    spoiled = rows.target.copy()
    spoiled[100:] = 50.0
    weight = np.repeat(np.array([1.0, 0.0], np.float32), 100)

    model = family.fit(
        TrainingData(windows=rows.windows, target=spoiled, weight=weight), make_rows(80, 2), 5
    )

    assert np.abs(model.predict(rows.windows)).max() < 10.0


@every_family
def test_progress_is_told_and_an_interrupt_goes_through_without_trace(
    name: str, make_rows: MakeRows, make_small: MakeSmall
) -> None:
    told: list[tuple[int, int, str]] = []

    def interrupt(n_done: int, n_total: int, note: str) -> None:
        told.append((n_done, n_total, note))
        raise KeyboardInterrupt

    before = _global_state()
    with pytest.raises(KeyboardInterrupt):
        make_small(name).fit(make_rows(100, 1), make_rows(80, 2), 5, interrupt)

    assert [n_done for n_done, _, _ in told] == [1]
    assert _global_state() == before


@every_family
def test_fitting_leaves_torch_as_it_was(
    name: str, make_rows: MakeRows, make_small: MakeSmall
) -> None:
    n_threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        before = _global_state()
        model = make_small(name).fit(make_rows(100, 1), make_rows(80, 2), 5)
        model.predict(make_rows(10, 1).windows)
        assert _global_state() == before
    finally:
        torch.set_num_threads(n_threads)


@every_family
def test_windows_of_another_shape_are_refused(
    name: str, fitted: Callable[[str], FittedModel]
) -> None:
    with pytest.raises(UnusableTrainingData):
        fitted(name).predict(np.zeros((3, 20, 14), np.float32))
    with pytest.raises(UnusableTrainingData):
        fitted(name).predict(np.zeros((3, 0, 15), np.float32))


@every_family
def test_stored_arrays_that_miss_one_are_refused(
    name: str, fitted: Callable[[str], FittedModel], make_small: MakeSmall
) -> None:
    arrays = fitted(name).arrays()

    for missing in arrays:
        kept = {key: array for key, array in arrays.items() if key != missing}
        with pytest.raises(UnreadableModel):
            make_small(name).restore(kept)


def _global_state() -> tuple[int, bool, bytes]:
    return (
        torch.get_num_threads(),
        torch.are_deterministic_algorithms_enabled(),
        torch.random.get_rng_state().numpy().tobytes(),
    )
