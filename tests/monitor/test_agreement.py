"""How much outcomes of one bar repeat each other, learned bar by bar."""

import numpy as np
import pytest

from bellwether.monitor import Agreement, ForeignState, outcome_correlation


def test_it_is_the_estimate_over_all_bars_while_nothing_is_forgotten() -> None:
    rng = np.random.default_rng(3)
    outcomes = np.sqrt(0.2) * rng.normal(size=(60, 1)) + np.sqrt(0.8) * rng.normal(size=(60, 8))
    agreement = Agreement()
    for bar in outcomes:
        agreement = agreement.take(bar.tolist())
    assert agreement.correlation == pytest.approx(outcome_correlation(outcomes), abs=0.01)


def test_it_follows_a_change_within_two_years() -> None:
    rng = np.random.default_rng(4)
    agreement = Agreement()
    for share in (0.0, 0.5):
        for _ in range(1000):
            common, own = rng.normal(), rng.normal(size=10)
            agreement = agreement.take((share**0.5 * common + (1 - share) ** 0.5 * own).tolist())
    assert agreement.correlation > 0.35


def test_what_is_not_known_yet_is_taken_for_one_outcome() -> None:
    agreement = Agreement()
    for _ in range(19):
        agreement = agreement.take([1.0, 0.0, 1.0])
    assert agreement.correlation == 1.0
    assert agreement.design_effect(3) == 3.0


def test_outcomes_that_are_all_alike_are_one() -> None:
    agreement = Agreement()
    for _ in range(30):
        agreement = agreement.take([1.0, 1.0])
    assert agreement.design_effect(2) == 2.0


def test_one_outcome_alone_says_nothing() -> None:
    assert Agreement().take([1.0]) == Agreement()


def test_it_comes_back_from_json() -> None:
    agreement = Agreement().take([0.1, 0.7, -0.3]).take([0.2, 0.4])
    assert Agreement.from_json(agreement.to_json()) == agreement


@pytest.mark.parametrize("content", [{}, {"n_bars": "x"}, Agreement().to_json() | {"total": "nan"}])
def test_what_is_none_is_refused(content: dict[str, object]) -> None:
    with pytest.raises(ForeignState):
        Agreement.from_json(content)
