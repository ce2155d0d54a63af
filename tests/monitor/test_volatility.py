"""How wide bars are, against how wide they were in training."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.signal import lfilter

from bellwether.arrays import FloatArray
from bellwether.bars import noise_world
from bellwether.monitor import (
    MOST_CHECKED_SYMBOLS,
    ForeignState,
    VolatilityReference,
    choose_checked_symbols,
    log_true_ranges,
)
from bellwether.monitor._input_drifts import VolatilityDrift
from bellwether.monitor._volatility import _student_p

SYMBOLS = ("A", "B", "C", "D", "E")


def ranges_of(
    n_bars: int, seed: int, *, together: float = 0.7, slow: float = 0.97, n_symbols: int = 5
) -> FloatArray:
    """Return log ranges: a slow wave, partly common to all symbols, and the noise of each bar."""
    rng = np.random.default_rng(seed)
    waves = rng.normal(size=(n_bars + 500, n_symbols + 1)) * math.sqrt(1.0 - slow**2)
    wave = lfilter([1.0], [1.0, -slow], waves, axis=0)[500:]
    shared = math.sqrt(together) * wave[:, :1] + math.sqrt(1.0 - together) * wave[:, 1:]
    usual = -4.5 + np.arange(n_symbols) / 2.0
    return np.asarray(usual + 0.15 * shared + rng.normal(size=(n_bars, n_symbols)) * 0.5)


def reference_of(ranges: FloatArray) -> VolatilityReference:
    found = VolatilityReference.of(SYMBOLS[: ranges.shape[1]], ranges)
    assert found is not None
    return found


def compare(reference: VolatilityReference, ranges: FloatArray) -> VolatilityDrift:
    """Compare the last bars of the first symbols."""
    named = zip(SYMBOLS, ranges.T, strict=False)
    found = reference.compare(dict(named), share=0.75)
    assert found is not None
    return found


def test_the_spread_is_that_of_means_over_sixty_bars() -> None:
    ranges = ranges_of(60_000, seed=1)
    apart = (ranges - ranges.mean(axis=0)).mean(axis=1)
    windows = np.lib.stride_tricks.sliding_window_view
    reference = reference_of(ranges)
    assert reference.spread == pytest.approx(windows(apart, 60).mean(axis=1).std(), rel=0.01)
    own = [windows(one, 60).mean(axis=1).var() for one in ranges.T]
    assert reference.spread_alone == pytest.approx(math.sqrt(np.mean(own)), rel=0.01)
    assert reference.n_effective == pytest.approx(apart.var() / reference.spread**2)


def test_sixty_independent_bars_hold_sixty_looks() -> None:
    reference = reference_of(np.random.default_rng(2).normal(size=(50_000, 1)))
    assert reference.n_effective == pytest.approx(60.0, rel=0.1)
    assert reference.spread == pytest.approx(1.0 / math.sqrt(60.0), rel=0.05)


def test_the_chance_is_that_of_students_t() -> None:
    ranges = ranges_of(1200, seed=3)
    reference, recent = reference_of(ranges), ranges_of(60, seed=4) + 0.2
    apart = float((recent.mean(axis=0) - ranges.mean(axis=0)).mean())
    error = reference.spread * math.sqrt(1.0 + 120.0 / 1200.0)
    expected = 2.0 * stats.t.sf(abs(apart) / error, 10.0)
    found = compare(reference, recent)
    assert found.p == pytest.approx(expected, rel=0.1)
    assert found.times == pytest.approx(math.exp(apart))


@pytest.mark.parametrize("degrees", [4.0, 10.5, 60.0])
def test_chances_are_near_those_of_the_exact_distribution(degrees: float) -> None:
    for distance in np.linspace(0.0, 12.0, 49):
        exact = 2.0 * float(stats.t.sf(distance, degrees))
        if exact > 1e-4:
            assert _student_p(float(distance), degrees) == pytest.approx(exact, rel=0.25)


def test_chances_of_the_shortest_references_err_towards_no_alarm() -> None:
    for distance in np.linspace(0.0, 12.0, 49):
        exact = 2.0 * float(stats.t.sf(distance, 250.0 / 120.0))
        assert 0.98 * exact <= _student_p(float(distance), 250.0 / 120.0) <= 1.5 * exact


def test_symbols_that_move_together_are_seldom_in_alarm() -> None:
    # 200 markets of five years each, checked once: a chance of 5 % is one of 3 to 9 %.
    alarms = []
    for seed in range(200):
        ranges = ranges_of(1560, seed=1000 + seed)
        alarms.append(compare(reference_of(ranges[:1260]), ranges[1500:]).p < 0.05)
    assert 0.01 <= np.mean(alarms) <= 0.09


def test_the_spread_of_symbols_together_is_not_that_of_independent_ones() -> None:
    reference = reference_of(ranges_of(2520, seed=5))
    assert reference.spread > 1.5 * reference.spread_alone / math.sqrt(5.0)


@pytest.mark.parametrize("times", [1.6, 1.0 / 1.6])
def test_volatility_that_rose_or_fell_is_found(times: float) -> None:
    found = []
    for seed in range(50):
        ranges = ranges_of(1320, seed=2000 + seed)
        drift = compare(reference_of(ranges[:1260]), ranges[1260:] + math.log(times))
        found.append(drift.p < 0.05)
        assert drift.times == pytest.approx(times, rel=0.6)
    assert np.mean(found) >= 0.8


def test_fewer_symbols_than_in_training_are_more_by_chance() -> None:
    reference = reference_of(ranges_of(1260, seed=6, together=0.2))
    apart = np.full((60, 5), 0.2) + [reference.usual[name] for name in SYMBOLS]
    chances = [compare(reference, apart[:, :n]).p for n in (5, 4, 3, 2, 1)]
    assert chances == sorted(chances)
    assert chances[0] < chances[-1] / 2.0


def test_one_of_several_symbols_has_the_spread_of_one() -> None:
    reference = reference_of(ranges_of(1260, seed=7, together=0.0))
    apart = np.full((60, 1), 0.2 + reference.usual["A"])
    alone = VolatilityReference(
        usual={"A": reference.usual["A"]},
        spread=reference.spread_alone,
        spread_alone=reference.spread_alone,
        n_effective=1.0,
        n_bars=1260,
    )
    assert compare(reference, apart).p == pytest.approx(compare(alone, apart).p)


def test_symbols_that_training_did_not_see_say_nothing() -> None:
    reference, recent = reference_of(ranges_of(1260, seed=8)), ranges_of(60, seed=9)
    known = dict(zip(SYMBOLS, recent.T, strict=True))
    more = {**known, "new": np.full(60, 5.0)}
    assert reference.compare(more, 1.0) == reference.compare(known, 1.0)
    assert reference.compare({"new": recent[:, 0]}, 1.0) is None
    assert reference.compare({}, 1.0) is None


def test_bars_without_a_range_are_left_out_and_too_few_say_nothing() -> None:
    reference, recent = reference_of(ranges_of(1260, seed=10)), ranges_of(90, seed=11)
    holed = recent[:, :1].copy()
    holed[60::2] = np.nan
    found = compare(reference, holed)
    left = np.delete(recent[30:, 0], np.s_[30::2])
    assert found.times == pytest.approx(math.exp(left.mean() - reference.usual["A"]))
    shorter = reference.compare({"A": left}, 0.75)
    assert shorter == found
    assert reference.compare({"A": left[:29]}, 0.75) is None
    assert reference.compare({"A": np.full(60, np.nan)}, 0.75) is None


def test_only_the_last_sixty_bars_count() -> None:
    reference, recent = reference_of(ranges_of(1260, seed=12)), ranges_of(60, seed=13)
    longer = np.vstack([np.full((40, 5), 9.0), recent])
    assert compare(reference, longer) == compare(reference, recent)


def test_symbols_with_too_few_bars_are_no_part_of_the_reference() -> None:
    ranges = ranges_of(1260, seed=14, n_symbols=3)
    ranges[249:, 1] = np.nan
    assert tuple(reference_of(ranges).usual) == ("A", "C")
    assert VolatilityReference.of(SYMBOLS[:1], ranges[:249, :1]) is None


def test_a_line_of_time_that_nobody_traded_on_counts_for_nothing() -> None:
    ranges = ranges_of(1260, seed=15)
    holed = np.insert(ranges, [400, 800], np.nan, axis=0)
    found, expected = reference_of(holed), reference_of(ranges)
    assert found.n_bars == expected.n_bars == 1260
    assert found.spread == pytest.approx(expected.spread)
    assert dict(found.usual) == pytest.approx(dict(expected.usual))


def test_ranges_that_never_change_are_no_reference() -> None:
    assert VolatilityReference.of(["A"], np.full((300, 1), -4.0)) is None


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), wider=st.floats(-3.0, 3.0), n_symbols=st.integers(1, 5))
def test_what_is_wide_for_one_market_is_usual_for_another(
    seed: int, wider: float, n_symbols: int
) -> None:
    ranges = ranges_of(360, seed=seed, n_symbols=n_symbols)
    one = compare(reference_of(ranges[:300]), ranges[300:])
    other = compare(reference_of(ranges[:300] + wider), ranges[300:] + wider)
    assert other.p == pytest.approx(one.p, rel=1e-6)
    assert other.times == pytest.approx(one.times, rel=1e-9)
    assert 0.0 <= one.p <= 1.0
    assert one.times > 0.0


def test_a_reference_is_read_back_as_it_was() -> None:
    reference = reference_of(ranges_of(1260, seed=16))
    assert VolatilityReference.from_json(reference.to_json()) == reference


@pytest.mark.parametrize(
    "damage",
    [
        {"usual": {}},
        {"usual": [1.0]},
        {"usual": {"A": "wide"}},
        {"spread": 0.0},
        {"spread_alone": math.nan},
        {"n_effective": -1.0},
        {"n_bars": None},
    ],
)
def test_a_damaged_reference_is_refused(damage: dict[str, object]) -> None:
    content = reference_of(ranges_of(300, seed=17)).to_json()
    with pytest.raises(ForeignState):
        VolatilityReference.from_json({**content, **damage})
    with pytest.raises(ForeignState):
        VolatilityReference.from_json({k: v for k, v in content.items() if k not in damage})


def test_a_range_reaches_to_the_close_before() -> None:
    bars = np.array(
        [
            [10.0, 11.0, 9.0, 10.0, 1.0],
            [10.0, 11.0, 9.0, 10.0, 1.0],
            [20.0, 22.0, 20.0, 21.0, 1.0],
            [11.0, 12.0, 10.0, 11.0, 1.0],
        ]
    )
    expected = [math.log(math.log(one)) for one in (11.0 / 9.0, 22.0 / 10.0, 21.0 / 10.0)]
    found = log_true_ranges(bars)
    assert math.isnan(found[0])
    assert found[1:].tolist() == pytest.approx(expected)


def test_bars_that_stand_still_or_lack_a_price_have_no_range() -> None:
    bars = np.full((6, 5), 10.0)
    bars[2, :4] *= 1.0 + 1e-15  # an adjusted price that stood still
    bars[4, 1] = np.nan
    bars[5, :4] = [10.0, 10.5, 10.0, 10.0]
    assert np.isnan(log_true_ranges(bars)).tolist() == [True] * 5 + [False]


@given(seed=st.integers(0, 1000), unit=st.floats(1e-3, 1e3), cut=st.integers(1, 99))
def test_ranges_know_no_unit_and_no_later_bar(seed: int, unit: float, cut: int) -> None:
    matrix = noise_world(seed, 100).bars.matrix
    found = log_true_ranges(matrix)
    assert log_true_ranges(matrix * unit) == pytest.approx(found, rel=1e-6, nan_ok=True)
    assert np.array_equal(log_true_ranges(matrix[:cut]), found[:cut], equal_nan=True)


@given(n_symbols=st.integers(0, 700), seed=st.integers(0, 100))
def test_as_many_symbols_as_are_needed_are_chosen_whatever_their_order(
    n_symbols: int, seed: int
) -> None:
    symbols = [f"S{k:04d}" for k in range(n_symbols)]
    shuffled = np.random.default_rng(seed).permutation(symbols).tolist()
    chosen = choose_checked_symbols(shuffled)
    assert chosen == choose_checked_symbols(symbols)
    assert len(set(chosen)) == len(chosen) == min(n_symbols, MOST_CHECKED_SYMBOLS)
    assert set(chosen) <= set(symbols)
