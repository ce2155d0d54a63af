import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwether.arrays import FloatArray
from bellwether.monitor import (
    UnusableMonitorOption,
    UnusableObservation,
    design_effect,
    outcome_correlation,
    reject_by_e_values,
)


def correlated(rho: float, n_bars: int, n_symbols: int, seed: int) -> FloatArray:
    """Return outcomes with a known correlation over symbols."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n_bars, 1))
    own = rng.normal(size=(n_bars, n_symbols))
    return np.asarray(np.sqrt(rho) * common + np.sqrt(1.0 - rho) * own)


@pytest.mark.parametrize("rho", [0.0, 0.1, 0.5, 0.9])
def test_a_known_correlation_is_found_with_gaps_and_without(rho: float) -> None:
    outcomes = correlated(rho, 5000, 10, seed=3)
    assert outcome_correlation(outcomes) == pytest.approx(rho, abs=0.02)
    outcomes[np.random.default_rng(4).random(outcomes.shape) < 0.4] = np.nan
    assert outcome_correlation(outcomes) == pytest.approx(rho, abs=0.03)


def test_what_cannot_be_told_is_not_taken_for_independent() -> None:
    assert outcome_correlation(np.zeros((19, 3))) == 1.0
    assert outcome_correlation(np.full((100, 3), np.nan)) == 1.0
    assert outcome_correlation(np.ones((100, 3))) == 1.0


def test_outcomes_of_one_symbol_have_no_correlation_to_tell() -> None:
    with pytest.raises(UnusableObservation):
        outcome_correlation(np.zeros(30))


def test_the_design_effect_is_that_of_kish() -> None:
    assert design_effect(1, 0.9) == 1.0
    assert design_effect(11, 0.1) == 2.0
    assert design_effect(5, -0.2) == 1.0
    with pytest.raises(UnusableObservation):
        design_effect(0, 0.1)
    with pytest.raises(UnusableObservation):
        design_effect(2, float("nan"))


@given(
    e_values=st.dictionaries(st.text(max_size=3), st.floats(0.0, 1e6), max_size=12),
    level=st.floats(0.01, 0.5),
)
def test_e_bh_rejects_the_most_that_its_definition_allows(
    e_values: dict[str, float], level: float
) -> None:
    # Wang and Ramdas 2022, equation 8: the largest k whose k-th largest e-value reaches n / (a k).
    ordered = sorted(e_values.values(), reverse=True)
    n = len(ordered)
    allowed = [k for k in range(1, n + 1) if ordered[k - 1] >= n / (level * k)]
    assert len(reject_by_e_values(e_values, level)) == max(allowed, default=0)


def test_e_bh_keeps_its_promise_where_nothing_is_wrong() -> None:
    rng = np.random.default_rng(8)
    false = 0
    for _ in range(2000):
        e = rng.exponential(size=20) ** 2 / 2.0  # expectation one
        false += bool(reject_by_e_values({str(i): float(v) for i, v in enumerate(e)}, 0.1))
    assert false / 2000 <= 0.1


def test_a_level_that_is_none_is_refused() -> None:
    with pytest.raises(UnusableMonitorOption):
        reject_by_e_values({"A": 2.0}, 1.0)
