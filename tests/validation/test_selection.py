"""The best of many: superior predictive ability against arch, overfitting against purgedcv."""

import numpy as np
import pytest

from bellwether.validation import (
    ArraysDiffer,
    UnusableOptions,
    overfitting_probability,
    resample_rows,
    superior_predictive_ability,
)


def candidates(seed: int, n_bars: int, n: int, edge: float = 0.0) -> np.ndarray:
    """Return results of candidates of differing size; the first has an edge."""
    random = np.random.default_rng(seed)
    results = random.standard_t(5, (n_bars, n)) * np.linspace(0.5, 2.0, n)
    results[:, 0] += edge * 0.5
    return np.asarray(results)


@pytest.mark.parametrize(("seed", "edge"), [(1, 0.0), (2, 0.05), (3, 0.12), (4, -0.3)])
def test_superior_ability_agrees_with_arch_on_the_same_resamples(seed: int, edge: float) -> None:
    bootstrap = pytest.importorskip("arch.bootstrap")
    excess = candidates(seed, 400, 6, edge) - 0.03
    n_resamples, block = 300, 12
    resampler = bootstrap.StationaryBootstrap(block, excess, seed=seed)
    rows = np.stack([resampler.index.copy() for _ in resampler.bootstrap(n_resamples)])
    # arch does not studentise its statistic, so it is given what is studentised already.
    deviation = np.stack([excess[own].mean(axis=0) for own in rows]).std(axis=0)
    scaled = excess / deviation
    oracle = bootstrap.SPA(
        np.zeros(400), -scaled, block_size=block, reps=n_resamples, nested=True, seed=seed
    )
    oracle.compute()
    ours = superior_predictive_ability(excess, rows)
    theirs = float(oracle.pvalues["consistent"])
    assert ours == pytest.approx((1.0 + n_resamples * theirs) / (1.0 + n_resamples), abs=1e-12)


def test_superior_ability_is_never_certain() -> None:
    p = superior_predictive_ability(np.ones((200, 2)) + 1e-3 * candidates(1, 200, 2))
    assert p == pytest.approx(1.0 / 1001.0)


def test_candidates_that_do_not_move_have_no_superior_one() -> None:
    assert superior_predictive_ability(np.zeros((100, 3))) is None


def test_superior_ability_ignores_a_candidate_at_rest() -> None:
    some = candidates(5, 300, 3)
    with_rest = np.column_stack([some, np.zeros(300)])
    assert superior_predictive_ability(with_rest) == superior_predictive_ability(some)


def test_resamples_of_other_bars_are_refused() -> None:
    with pytest.raises(ArraysDiffer):
        superior_predictive_ability(np.ones((10, 2)), resample_rows(9, 5))


def test_hopeless_candidates_do_not_hide_a_good_one() -> None:
    good = candidates(9, 500, 1, edge=0.4)
    hopeless = candidates(10, 500, 40) - 1.0
    alone = superior_predictive_ability(good)
    among = superior_predictive_ability(np.column_stack([good, hopeless]))
    assert alone is not None
    assert among == pytest.approx(alone, abs=0.02)


@pytest.mark.parametrize(("n_bars", "n", "n_blocks"), [(96, 5, 8), (101, 3, 6), (250, 12, 10)])
def test_overfitting_agrees_with_purgedcv(n_bars: int, n: int, n_blocks: int) -> None:
    oracle = pytest.importorskip("purgedcv")
    net = candidates(n_bars, n_bars, n, edge=0.1)
    theirs = oracle.probability_of_backtest_overfitting(net.T, n_splits=n_blocks)
    assert overfitting_probability(net, n_blocks) == theirs.pbo


def test_overfitting_agrees_with_purgedcv_where_candidates_tie() -> None:
    oracle = pytest.importorskip("purgedcv")
    net = np.repeat(candidates(6, 120, 3), 2, axis=1)
    net[:, 5] = 0.0
    theirs = oracle.probability_of_backtest_overfitting(net.T, n_splits=6)
    assert overfitting_probability(net, 6) == theirs.pbo


def test_choosing_among_noise_is_no_better_than_chance() -> None:
    found = [overfitting_probability(candidates(seed, 400, 20), 8) for seed in range(40)]
    assert np.mean([one for one in found if one is not None]) == pytest.approx(0.5, abs=0.08)


def test_one_candidate_far_above_the_others_is_no_overfitting() -> None:
    assert overfitting_probability(candidates(1, 400, 10, edge=2.0)) == 0.0


@pytest.mark.parametrize("shape", [(100, 1), (20, 5)])
def test_overfitting_needs_two_candidates_and_some_bars(shape: tuple[int, int]) -> None:
    assert overfitting_probability(np.ones(shape)) is None


@pytest.mark.parametrize("n_blocks", [0, 7])
def test_blocks_that_cannot_be_halved_are_refused(n_blocks: int) -> None:
    with pytest.raises(UnusableOptions, match="n_blocks"):
        overfitting_probability(np.ones((100, 3)), n_blocks)


def test_resampled_blocks_are_as_long_as_asked_and_go_round() -> None:
    rows = resample_rows(500, 200, mean_block_bars=10.0)
    follows = np.diff(rows, axis=1) % 500 == 1
    assert np.mean(~follows) == pytest.approx(0.1, abs=0.01)
    assert (np.sort(np.unique(rows)) == np.arange(500)).all()
    assert (rows == resample_rows(500, 200, mean_block_bars=10.0)).all()
