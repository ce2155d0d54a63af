"""The test of two models in one regime, by hand, and on what it must not see."""

from dataclasses import replace
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from bellwether.arrays import FloatArray
from bellwether.rules import Regime
from bellwether.trials import TrialCount
from bellwether.validation import (
    Evidence,
    RegimeDifference,
    _regime_difference,
    differ_by_regime,
    past_volatility,
    return_scores,
    standardise_expanding,
    standardise_exponential,
)

N_BARS, START, WARM = 1200, 300, 200
PAIRED = {"A": (0, 0)}
DAYS = np.datetime64("2010-01-01T21:00", "us") + np.timedelta64(1, "D") * np.arange(N_BARS)
RANDOM = np.random.default_rng(5)
RETURNS = RANDOM.standard_t(5, (N_BARS, 2)) * 0.01
REGIMES = RANDOM.choice([0.0, 1.0, 3.0], (N_BARS, 2), p=[0.5, 0.45, 0.05])


def evidence(forecast: FloatArray, returns: FloatArray = RETURNS, **changes: Any) -> Evidence:
    told = {
        "closed_at": DAYS[: len(returns)],
        "out_of_sample_from": START,
        "warm_from": WARM,
        **changes,
    }
    return Evidence(
        name="world",
        pipeline="p",
        snapshot="s",
        close=np.asarray(100.0 * np.cumprod(1.0 + np.clip(returns, -0.2, 0.2), axis=0), np.float64),
        returns=returns,
        forecast=forecast,
        direction=np.sign(forecast),
        rule_direction=np.ones_like(returns),
        target=returns,
        trials=TrialCount(n_pipelines=1, n_looks=1),
        **told,
    )


def noise(seed: int, n_symbols: int = 2) -> FloatArray:
    found: FloatArray = np.random.default_rng([7, seed]).standard_normal((N_BARS, n_symbols))
    return found


def skilled_in(regime: Regime, seed: int, skill: float = 0.5) -> FloatArray:
    """Return noise that knows something of returns in one regime."""
    inside = float(regime) == REGIMES
    knows = noise(seed) + skill / (1.0 - skill) * RETURNS / 0.01
    return np.where(inside, knows, noise(seed))


def by_name(found: tuple[RegimeDifference, ...]) -> dict[str, RegimeDifference]:
    return {one.regime: one for one in found}


def by_hand(products: list[float | None]) -> float:
    """Return the sum over its standard error, by Newey and West where that is larger."""
    there = [one for one in products if one is not None]
    total, squares, mean = sum(there), sum(one**2 for one in there), sum(there) / len(there)
    lasting = 0.0
    for lag in range(1, 21):
        for bar in range(lag, len(products)):
            now, before = products[bar], products[bar - lag]
            if now is not None and before is not None:
                lasting += 2.0 * (1.0 - lag / 21.0) * (now - mean) * (before - mean)
    return float(total / np.sqrt(max(squares, squares + lasting)))


def test_the_statistic_is_that_of_products_by_hand() -> None:
    ours, theirs = noise(1), skilled_in(Regime.RANGING, 2)
    champion = evidence(ours[:, :1], RETURNS[:, :1])
    previous = evidence(theirs[:, :1], RETURNS[:, :1])
    found = by_name(differ_by_regime(champion, previous, PAIRED, REGIMES[:, :1]))
    scores = return_scores(RETURNS[:, 0], past_volatility(RETURNS[:, 0]))
    smallest = np.inf
    for standardise in (standardise_expanding, standardise_exponential):
        known = [np.full(N_BARS, np.nan), np.full(N_BARS, np.nan)]
        for place, said in enumerate((ours, theirs)):
            known[place][WARM:] = standardise(said[WARM:, 0])
        for score in scores:
            products = [
                (known[1][bar] - known[0][bar]) * score[bar] if REGIMES[bar, 0] == 0.0 else None
                for bar in range(START, N_BARS)
            ]
            smallest = min(smallest, by_hand(products))
    one = found["ranging"]
    assert one.t == pytest.approx(smallest, abs=1e-9)
    assert one.p == pytest.approx(1.0 - NormalDist().cdf(smallest), abs=1e-12)
    assert one.n_bars == int((REGIMES[START:, 0] == 0.0).sum())


def test_the_level_is_shared_by_the_regimes_that_have_bars_enough() -> None:
    found = by_name(
        differ_by_regime(evidence(noise(1)), evidence(noise(2)), PAIRED, REGIMES[:, :1])
    )
    assert found["ranging"].needed_p == found["trending up"].needed_p == 0.005
    assert found["volatile"].needed_p is None, "44 bars are too few"
    assert found["volatile"].n_bars < 126
    assert (found["quiet"].n_bars, found["quiet"].t) == (0, None)
    assert found["all"].needed_p is None, "reported, not tested"
    assert not found["all"].passes


def test_who_is_better_in_one_regime_is_found_there_and_nowhere_else() -> None:
    previous = evidence(skilled_in(Regime.TRENDING_UP, 2))
    found = by_name(
        differ_by_regime(evidence(noise(1)), previous, {"A": (0, 0), "B": (1, 1)}, REGIMES)
    )
    assert [name for name, one in found.items() if one.passes] == ["trending up"]
    inside = found["trending up"]
    assert inside.previous_ic is not None
    assert inside.champion_ic is not None
    assert inside.previous_ic > 0.2 > abs(inside.champion_ic)
    back = differ_by_regime(previous, evidence(noise(1)), {"A": (0, 0), "B": (1, 1)}, REGIMES)
    assert not any(one.passes for one in back), "a champion that is better needs no choice"


def test_what_either_has_seen_does_not_count() -> None:
    ours, theirs = noise(1), noise(2)
    seen = theirs.copy()
    seen[:700] = RETURNS[:700] * 100.0
    late = evidence(seen, out_of_sample_from=700, warm_from=600)
    found = by_name(differ_by_regime(evidence(ours), late, PAIRED, REGIMES[:, :1]))
    assert found["all"].n_bars == N_BARS - 700
    assert not any(one.passes for one in found.values())
    [whole, *_] = differ_by_regime(late, evidence(ours), PAIRED, REGIMES[:, :1])
    assert whole.n_bars == N_BARS - 700


def test_bars_are_paired_by_their_closes_and_symbols_by_their_names() -> None:
    cut = slice(100, None)
    later = evidence(
        noise(2)[cut, ::-1], RETURNS[cut, ::-1], closed_at=DAYS[cut], out_of_sample_from=200,
        warm_from=100,
    )  # fmt: skip
    same = evidence(noise(2))
    swapped = {"A": (0, 1), "B": (1, 0)}
    straight = {"A": (0, 0), "B": (1, 1)}
    one, *_ = differ_by_regime(evidence(noise(1)), later, swapped, REGIMES)
    other, *_ = differ_by_regime(evidence(noise(1)), same, straight, REGIMES)
    assert one.n_bars == other.n_bars == N_BARS - START
    assert one.t == pytest.approx(other.t, abs=0.3), "standardised by a shorter past"


def test_symbols_that_are_copies_say_no_more_than_one() -> None:
    def found(n_copies: int) -> float | None:
        returns = np.repeat(RETURNS[:, :1], n_copies, axis=1)
        said = [np.repeat(noise(seed)[:, :1], n_copies, axis=1) for seed in (1, 2)]
        columns = {f"{place}": (place, place) for place in range(n_copies)}
        codes = np.repeat(REGIMES[:, :1], n_copies, axis=1)
        pair = [evidence(one, returns) for one in said]
        return by_name(differ_by_regime(pair[0], pair[1], columns, codes))["ranging"].t

    assert found(8) == pytest.approx(found(1), abs=0.05)


def test_the_same_model_twice_differs_by_nothing() -> None:
    found = differ_by_regime(evidence(noise(1)), evidence(noise(1)), PAIRED, REGIMES[:, :1])
    assert {(one.t, one.p, one.passes) for one in found} == {(None, None, False)}


def test_bars_of_unknown_regime_are_of_none() -> None:
    nowhere = np.full((N_BARS, 1), np.nan)
    whole, *parts = differ_by_regime(evidence(noise(1)), evidence(noise(2)), PAIRED, nowhere)
    assert whole.n_bars == N_BARS - START
    assert {(one.n_bars, one.t, one.needed_p) for one in parts} == {(0, None, None)}


def test_noise_is_hardly_ever_better() -> None:
    n_runs, n_chosen = 200, 0
    for seed in range(n_runs):
        pair = [evidence(noise(10 + 2 * seed + k)[:, :1], RETURNS[:, :1]) for k in (0, 1)]
        found = differ_by_regime(pair[0], pair[1], PAIRED, REGIMES[:, :1])
        n_chosen += any(one.passes for one in found)
    assert n_chosen <= 7, "of 200 at 1 %: seven or fewer in 998 of 1,000 cases"


def test_models_that_are_right_by_turns_are_hardly_taken_for_better_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    luck = np.repeat(np.random.default_rng(3).standard_normal((N_BARS // 10, 1)), 10, axis=0)
    signs = np.sign(RETURNS[:, :1])
    pair = [evidence(signs * (noise(1)[:, :1] + one), RETURNS[:, :1]) for one in (luck, -luck)]
    nowhere = np.zeros((N_BARS, 1))
    lasting, *_ = differ_by_regime(pair[0], pair[1], PAIRED, nowhere)
    monkeypatch.setattr(_regime_difference, "LASTING_BARS", 0)
    plain, *_ = differ_by_regime(pair[0], pair[1], PAIRED, nowhere)
    assert lasting.t == pytest.approx(plain.t / np.sqrt(10.0), rel=0.4), "ten bars are one"


def test_it_is_told_as_json() -> None:
    one, *_ = differ_by_regime(evidence(noise(1)), evidence(noise(2)), PAIRED, REGIMES[:, :1])
    told = one.to_json()
    assert told["passes"] is False
    assert set(told) == {
        "regime", "n_bars", "champion_ic", "previous_ic", "t", "p", "needed_p", "passes",
    }  # fmt: skip
    assert replace(one, p=0.001, needed_p=0.002).passes
