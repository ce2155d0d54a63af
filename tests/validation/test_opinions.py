"""What other tests say beside the gate."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bellwether.trials import TrialCount
from bellwether.validation import Evidence, Verdict, Wealth, judge, t_statistic
from bellwether.validation._opinions import (
    N_FLIPS,
    _flip_signs,
    _in_own_size,
    _of_candidates,
    opine,
    pair_products,
)
from bellwether.validation._workings import Workings

Maker = Callable[..., Evidence]


def test_planted_skill_convinces_both(make_evidence: Maker) -> None:
    opinions = opine(Workings(make_evidence(ic=0.3), 0.01))
    assert opinions.sign_flip_p == 1.0 / (N_FLIPS + 1)
    assert opinions.n_flips == N_FLIPS
    assert opinions.e_value_largest >= opinions.e_value > opinions.e_needed == 100.0


def test_noise_convinces_neither(make_evidence: Maker) -> None:
    for seed in range(12):
        opinions = opine(Workings(make_evidence(ic=0.0, seed=seed), 0.01))
        assert opinions.sign_flip_p > 0.01
        assert opinions.e_value_largest < opinions.e_needed


def test_wealth_is_asked_for_by_every_pipeline_tried_and_not_by_looks(
    make_evidence: Maker,
) -> None:
    tried = TrialCount(n_pipelines=7, n_looks=5)
    assert opine(Workings(make_evidence(trials=tried), 0.01)).e_needed == pytest.approx(700.0)


def test_the_statistic_is_the_gates_own(make_evidence: Maker) -> None:
    workings = Workings(make_evidence(n_symbols=3, ic=0.05), 0.01)
    rows = workings.evidence.out_of_sample
    products = pair_products(workings, (workings.expanding, workings.exponential))[rows]
    t = products.sum(axis=0) / np.sqrt((products**2).sum(axis=0))
    skill = workings.skill
    assert t.tolist() == pytest.approx(
        [
            skill.raw_expanding,
            skill.centred_expanding,
            skill.raw_exponential,
            skill.centred_exponential,
        ]
    )


def test_the_sign_flip_agrees_with_the_normal_law_on_one_forecast(make_evidence: Maker) -> None:
    evidence = make_evidence(ic=0.05, seed=4)
    workings = Workings(evidence, 0.01)
    t = workings.skill.minimum
    rows = evidence.out_of_sample
    alone = t_statistic(workings.expanding[rows], workings.scores[1][rows])
    assert abs(t - alone) < 0.5
    from_the_law = float(np.mean(np.random.default_rng(0).standard_normal(200_000) > t))
    # The smallest of four is smaller than one of them, so the copies' law lies below the normal.
    assert from_the_law - 0.06 < opine(workings).sign_flip_p < from_the_law + 0.01


def test_idle_candidates_make_the_best_of_them_less_of_a_surprise(make_evidence: Maker) -> None:
    evidence = make_evidence(ic=0.08, seed=3)
    idle = np.random.default_rng(1).standard_normal((30, *evidence.forecast.shape))
    alone = opine(Workings(evidence, 0.01)).sign_flip_p
    among = opine(Workings(replace(evidence, candidate_forecasts=idle), 0.01)).sign_flip_p
    assert alone < among


def test_a_candidate_that_never_spoke_changes_nothing(make_evidence: Maker) -> None:
    evidence = make_evidence(ic=0.08, seed=3)
    silent = np.full((2, *evidence.forecast.shape), np.nan)
    with np.errstate(all="ignore"):
        asked = opine(Workings(replace(evidence, candidate_forecasts=silent), 0.01))
    assert asked == opine(Workings(evidence, 0.01))


def test_betting_on_one_symbol_is_the_published_wealth(make_evidence: Maker) -> None:
    workings = Workings(make_evidence(ic=0.1), 0.01)
    rows = workings.evidence.out_of_sample
    wealth = Wealth.start()
    raw, centred = workings.scores
    series = (workings.expanding, workings.exponential, raw, centred)
    for row in zip(*(one[rows, 0].tolist() for one in series), strict=True):
        wealth = wealth.step((row[0], row[1]), (row[2], row[3]))
    assert opine(workings).e_value == wealth.value


@pytest.mark.parametrize("panel", ["clustered", "market_neutral"])
def test_panels_are_bet_on_in_units_of_their_own_size(make_evidence: Maker, panel: Any) -> None:
    noise = [make_evidence(ic=0.0, n_symbols=8, n_bars=700, seed=seed) for seed in range(10)]
    skilled = make_evidence(ic=0.1, n_symbols=8)
    assert max(opine(Workings(one, 0.01, panel)).e_value_largest for one in noise) < 100.0
    assert opine(Workings(skilled, 0.01, panel)).e_value > 100.0


def test_the_verdict_carries_them_and_reads_them_back(make_evidence: Maker) -> None:
    verdict = judge(make_evidence(ic=0.1))
    assert verdict.opinions is not None
    assert Verdict.from_json(verdict.to_json()) == verdict


def test_what_cannot_be_computed_is_no_opinion(make_evidence: Maker) -> None:
    evidence = make_evidence(warm_from=378)
    verdict = judge(replace(evidence, forecast=np.full(evidence.returns.shape, np.nan)))
    assert verdict.opinions is None or np.isnan(verdict.opinions.sign_flip_p)
    assert not verdict.promotes


def test_each_candidate_is_standardised_as_the_forecast_would_be(make_evidence: Maker) -> None:
    evidence = make_evidence(n_symbols=2, warm_from=60)
    candidates = np.random.default_rng(7).normal(0.0, 1.0, (3, evidence.n_bars, 2))
    candidates[:, :60] = 1e6
    candidates[1, [100, 700], 0] = np.inf
    found = _of_candidates(Workings(replace(evidence, candidate_forecasts=candidates), 0.01))
    assert len(found) == 3
    for candidate, products in zip(candidates, found, strict=True):
        alone = Workings(replace(evidence, forecast=candidate), 0.01)
        expected = pair_products(alone, (alone.expanding, alone.exponential))
        np.testing.assert_allclose(products, expected, rtol=1e-9)


def test_products_of_a_panel_are_measured_by_those_that_came_before() -> None:
    random = np.random.default_rng(3)
    products = np.round(random.normal(0.0, 0.4, (200, 4)), 1) * np.array([1.0, 10.0, 0.02, 2.5])
    products[:40, 1] = 0.0
    expected = np.zeros_like(products)
    for column in range(4):
        past: list[float] = []
        for row, one in enumerate(products[:, column]):
            if one != 0.0 and len(past) >= 20:
                expected[row, column] = one / np.sqrt(np.mean(np.square(past)))
            if one != 0.0:
                past.append(one)
    np.testing.assert_allclose(_in_own_size(products, 2), expected)
    np.testing.assert_array_equal(_in_own_size(products, 1), products)


def test_flipping_signs_counts_the_copies_whose_smallest_of_four_is_as_large() -> None:
    random = np.random.default_rng(11)
    common = random.normal(0.05, 1.0, (300, 1))
    # Four that agree in part, each in a unit of its own.
    products = (common + random.normal(0.0, 0.7, (300, 4))) * np.array([1.0, 10.0, 0.1, 3.0])
    scale = np.sqrt(np.sum(products**2, axis=0))
    observed = np.min(np.sum(products, axis=0) / scale)
    signs = np.random.default_rng(0)
    n_reached = 1
    for n_copies in (500, 500, 500, 499):
        for flips in signs.integers(0, 2, (n_copies, 300), dtype=np.int8):
            copy = np.sum(products * (2.0 * flips - 1.0)[:, None], axis=0) / scale
            n_reached += bool(np.min(copy) >= observed)
    assert 200 < n_reached < 1800
    assert _flip_signs(products) == n_reached / 2000


def test_copies_that_equal_what_was_seen_count_as_reaching_it() -> None:
    # All six bars are alike: one copy in 64 has no sign changed.
    share = _flip_signs(np.ones((6, 4)))
    assert share == pytest.approx(1.0 / 64.0, abs=0.01)
    assert share > 3.0 / 2000


def test_the_worst_forecast_there_can_be_is_reached_by_every_copy() -> None:
    assert _flip_signs(-np.ones((6, 4))) == 1.0


def test_wealth_that_only_falls_was_largest_at_the_start(make_evidence: Maker) -> None:
    evidence = make_evidence(ic=0.35, seed=7)
    worst = opine(Workings(replace(evidence, forecast=-evidence.forecast), 0.01))
    assert worst.e_value < worst.e_value_largest == 1.0
