"""What other tests say beside the gate."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bellwether.trials import TrialCount
from bellwether.validation import Evidence, Verdict, Wealth, judge, t_statistic
from bellwether.validation._opinions import N_FLIPS, opine, pair_products
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
