"""One model of several seeds."""

from collections.abc import Callable

import numpy as np
import pytest

from bellwether.hashing import digest_arrays
from bellwether.models import (
    Family,
    TrainingData,
    UnreadableModel,
    make_family,
    stops_by_validation,
)
from bellwether.models._seeds import SeededFamily

MakeRows = Callable[[int, int], TrainingData]
TINY = {"units": (4,), "dense_units": 4, "max_epochs": 2, "batch_rows": 64, "n_steps": 4}


def test_a_model_of_several_seeds_forecasts_their_mean(make_rows: MakeRows) -> None:
    rows = make_rows(150, 1)
    several = make_family("lstm", changes={**TINY, "n_seeds": 3})
    assert isinstance(several, SeededFamily)

    model = several.fit(rows, rows, 5)

    one = make_family("lstm", changes=TINY)
    parts = [one.fit(rows, rows, 5 + step * 1_000_003) for step in range(3)]
    mean = np.mean([part.predict(rows.windows) for part in parts], axis=0)
    np.testing.assert_allclose(model.predict(rows.windows), mean, atol=1e-12)
    assert model.n_epochs == sum(part.n_epochs for part in parts)


def test_one_seed_is_the_family_itself(make_rows: MakeRows) -> None:
    rows = make_rows(150, 1)

    arrays = make_family("lstm", changes=TINY).fit(rows, rows, 5).arrays()

    assert not any("/" in name for name in arrays)


def test_progress_goes_once_through_all_seeds(make_rows: MakeRows) -> None:
    rows, told = make_rows(150, 1), []

    def hear(n_done: int, n_total: int, _note: str) -> None:
        told.append((n_done, n_total))

    _several(2).fit(rows, rows, 5, hear)

    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_arrays_of_another_number_of_seeds_are_refused(make_rows: MakeRows) -> None:
    rows = make_rows(150, 1)
    arrays = _several(3).fit(rows, rows, 5).arrays()

    with pytest.raises(UnreadableModel):
        _several(2).restore(arrays)
    with pytest.raises(UnreadableModel):
        _several(4).restore(arrays)
    with pytest.raises(UnreadableModel):
        _several(2).restore({"weights": np.zeros(3)})


@pytest.mark.parametrize("family", ["lstm", "transformer", "gradient_boosting", "quadratic"])
def test_tuned_presets_give_the_same_bytes_twice_and_come_back(
    family: str, make_rows: MakeRows
) -> None:
    rows, kind = make_rows(200, 1), make_family(family, preset="tuned")

    one, other = kind.fit(rows, rows, 5), kind.fit(rows, rows, 5)

    assert digest_arrays(one.arrays()) == digest_arrays(other.arrays())
    restored = kind.restore(one.arrays())
    np.testing.assert_array_equal(restored.predict(rows.windows), one.predict(rows.windows))


@pytest.mark.parametrize("family", ["lstm", "transformer", "gradient_boosting"])
def test_whether_rows_held_out_stop_a_family_is_told_by_its_options(family: str) -> None:
    assert stops_by_validation(make_family(family))
    assert not stops_by_validation(make_family(family, preset="tuned"))


def _several(n_seeds: int) -> Family:
    return make_family("lstm", changes={**TINY, "n_seeds": n_seeds})
