"""How the evidence was made: each check at its edges, and symbol by symbol."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.signal import lfilter

from bellwether.arrays import FloatArray
from bellwether.validation import Evidence, GateOptions
from bellwether.validation import _construction as construction
from bellwether.validation._case import Case, Finding

Maker = Callable[..., Evidence]
DAY = np.timedelta64(1, "D")
BEGIN = 378
BOTH_SYMBOLS = pytest.mark.parametrize("symbol", [0, 1])


def find(name: str, evidence: Evidence) -> Finding:
    check: Callable[[Case], Finding] = getattr(construction, f"check_{name}")
    return check(Case(evidence, GateOptions()))


def changed(values: FloatArray, rows: Any, symbol: int, value: Any) -> FloatArray:
    """Return values that differ on some rows of one symbol."""
    other = np.array(values)
    other[rows, symbol] = value
    return other


@pytest.fixture
def panel(make_evidence: Maker) -> Evidence:
    """Return two symbols' evidence with nothing wrong about it."""
    return make_evidence(n_symbols=2)


def without_bars(evidence: Evidence, rows: Any, symbol: int) -> Evidence:
    """Return evidence in which one symbol has no bar and no forecast on some rows."""
    names = ("close", "returns", "forecast")
    gaps: dict[str, Any] = {
        name: changed(getattr(evidence, name), rows, symbol, np.nan) for name in names
    }
    return replace(evidence, **gaps)


@pytest.mark.parametrize(
    ("leaks", "said"), [(("one",), "past: one"), (("one", "two"), "past: one (and 1 more)")]
)
def test_further_leaks_are_counted(make_evidence: Maker, leaks: tuple[str, ...], said: str) -> None:
    assert find("no_leak_found", make_evidence(leaks=leaks)).reason.endswith(said)


def test_the_fold_at_fault_is_named(make_evidence: Maker) -> None:
    evidence = make_evidence()
    at = evidence.closed_at
    spans = ((at[300], at[300]), (at[401], at[400]))
    assert find("folds_are_purged", replace(evidence, fold_spans=spans)).reason.startswith("fold 2")


@pytest.mark.parametrize(("first_decided_on", "passes"), [(BEGIN - 1, True), (BEGIN, False)])
def test_judging_may_begin_with_the_bar_after_the_first_decision(
    make_evidence: Maker, first_decided_on: int, passes: bool
) -> None:
    evidence = make_evidence()
    first, last = evidence.closed_at[first_decided_on], evidence.closed_at[900]
    for spans in (((first, first), (last, last)), ((last, last), (first, first))):
        found = find("folds_are_purged", replace(evidence, fold_spans=spans))
        assert found.passed is passes


def test_bars_a_microsecond_apart_are_in_order(make_evidence: Maker) -> None:
    evidence = make_evidence()
    at = np.array(evidence.closed_at)
    at[700] = at[699] + np.timedelta64(1, "us")
    assert find("times_increase", replace(evidence, closed_at=at)).passed
    at[[700, 900]] = at[[699, 899]]
    found = find("times_increase", replace(evidence, closed_at=at))
    assert not found.passed
    assert found.reason.startswith("bar 700 ")
    assert found.figures == {"n_wrong": 2}


# Copies


def draw(n_bars: int, n_symbols: int = 1, seed: int = 5) -> FloatArray:
    return np.random.default_rng(seed).normal(0.0, 0.01, (n_bars, n_symbols))


def test_a_copied_stretch_is_named_by_its_two_places() -> None:
    returns = draw(300)
    assert construction._find_copied_rows(returns) is None
    returns[120:140] = returns[30:50]
    assert construction._find_copied_rows(returns) == (30, 120)
    returns[200:220] = returns[70:90]
    assert construction._find_copied_rows(returns) in {(30, 120), (70, 200)}


def test_a_stretch_of_one_symbol_may_be_copied_from_another() -> None:
    returns = draw(300, n_symbols=2)
    returns[30:50, 1] = returns[120:140, 0]
    assert construction._find_copied_rows(returns) == (30, 120)


def test_symbols_too_short_for_a_copy_are_passed_over() -> None:
    returns = draw(300, n_symbols=2)
    returns[19:, 0] = np.nan
    assert construction._find_copied_rows(returns) is None
    returns[120:140, 1] = returns[30:50, 1]
    assert construction._find_copied_rows(returns) == (30, 120)
    assert construction._find_copied_rows(draw(19)) is None


def test_a_symbol_of_twenty_bars_can_be_a_copy() -> None:
    returns = draw(300, n_symbols=2)
    returns[20:, 0] = np.nan
    returns[50:70, 1] = returns[:20, 0]
    assert construction._find_copied_rows(returns) == (0, 50)


def test_rounding_hides_no_copy() -> None:
    returns = np.round(draw(300), 6)
    returns[120:140] = returns[30:50]
    returns[120:140] += 1e-13
    returns[30:50] -= 1e-13
    assert construction._find_copied_rows(returns) == (30, 120)


@pytest.mark.parametrize(("n_distinct", "found"), [(7, None), (8, (30, 120))])
def test_few_distinct_returns_may_come_twice(
    n_distinct: int, found: tuple[int, int] | None
) -> None:
    returns = draw(300)
    stretch = 0.001 * (np.arange(20) % n_distinct)[:, None]
    returns[30:50] = returns[120:140] = stretch
    assert construction._find_copied_rows(returns) == found


def test_coarse_ticks_are_not_taken_for_copies() -> None:
    ticks = np.random.default_rng(2).integers(-150, 150, (6000, 1))
    assert construction._find_copied_rows(np.asarray(1e-4 * ticks, dtype=np.float64)) is None


# Returns and prices


@BOTH_SYMBOLS
@pytest.mark.parametrize(("off", "passes"), [(5e-10, True), (1.5e-9, False)])
def test_returns_are_those_of_the_prices_up_to_rounding(
    panel: Evidence, symbol: int, off: float, passes: bool
) -> None:
    one = changed(panel.returns, 700, symbol, panel.returns[700, symbol] + off)
    assert find("returns_match_prices", replace(panel, returns=one)).passed is passes


def test_many_small_roundings_are_none_the_larger(panel: Evidence) -> None:
    found = find("returns_match_prices", replace(panel, returns=panel.returns + 5e-10))
    assert found.passed


@BOTH_SYMBOLS
def test_a_first_bar_may_have_a_return_and_a_second_must(panel: Evidence, symbol: int) -> None:
    first = changed(panel.returns, 0, symbol, 0.01)
    assert find("returns_match_prices", replace(panel, returns=first)).passed
    second = changed(panel.returns, 1, symbol, np.nan)
    assert not find("returns_match_prices", replace(panel, returns=second)).passed


# Labels


def walk(n_bars: int, keep: float, seed: int = 8) -> FloatArray:
    noise = np.random.default_rng(seed).standard_normal(n_bars)
    return np.asarray(lfilter([1.0], [1.0, -keep], noise))


@BOTH_SYMBOLS
@pytest.mark.parametrize(
    ("keep", "horizon_bars", "passes"),
    [(0.6, 1, True), (0.8, 1, False), (0.8, 5, True), (1.0, 20, False)],
)
def test_a_label_may_persist_as_overlapping_returns_do(
    panel: Evidence, symbol: int, keep: float, horizon_bars: int, passes: bool
) -> None:
    target = changed(panel.target, slice(None), symbol, walk(panel.n_bars, keep))
    found = find(
        "label_is_no_price_level", replace(panel, target=target, horizon_bars=horizon_bars)
    )
    persistence, alike = found.figures.values()
    assert persistence is not None
    assert (persistence < 1.0 - 0.3 / horizon_bars) is passes
    assert alike is not None
    assert alike < 0.85
    assert found.passed is passes


@BOTH_SYMBOLS
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_label_may_not_resemble_the_price_however_noisily(
    panel: Evidence, symbol: int, sign: float
) -> None:
    level = np.log(panel.close[:, symbol])
    noise = np.random.default_rng(1).standard_normal(len(level))
    blurred = sign * (level + 0.25 * level.std() * noise)
    target = changed(panel.target, slice(None), symbol, blurred)
    found = find("label_is_no_price_level", replace(panel, target=target, horizon_bars=20))
    persistence, alike = found.figures.values()
    assert persistence is not None
    assert persistence < 0.985
    assert alike is not None
    assert alike > 0.9
    assert not found.passed


def test_thirty_labels_are_enough_and_a_symbol_with_fewer_is_passed_over(panel: Evidence) -> None:
    few = np.full_like(panel.target, np.nan)
    few[:30, 1] = panel.target[:30, 1]
    assert find("label_is_no_price_level", replace(panel, target=few)).passed
    few[29, 1] = np.nan
    found = find("label_is_no_price_level", replace(panel, target=few))
    assert found.reason == "fewer than 30 label values are on record"
    level = changed(few, slice(None), 1, panel.close[:, 1])
    assert not find("label_is_no_price_level", replace(panel, target=level)).passed


def test_labels_may_be_returns_of_any_size(panel: Evidence) -> None:
    tiny = replace(panel, target=1e-4 * panel.target)
    assert find("label_is_no_price_level", tiny).passed


# Forecasts


@BOTH_SYMBOLS
def test_missing_forecasts_of_each_symbol_are_counted(panel: Evidence, symbol: int) -> None:
    gap = changed(panel.forecast, [700, 701], symbol, np.nan)
    found = find("forecast_is_complete", replace(panel, forecast=gap))
    assert not found.passed
    assert found.figures == {"n_missing": 2, "n_judged": 2 * (panel.n_bars - BEGIN)}


@BOTH_SYMBOLS
def test_a_symbol_at_rest_needs_no_forecast(panel: Evidence, symbol: int) -> None:
    assert find("forecast_is_complete", without_bars(panel, [700, 701], symbol)).passed


@BOTH_SYMBOLS
def test_a_symbol_without_any_bar_needs_no_forecast(panel: Evidence, symbol: int) -> None:
    assert find("forecast_is_complete", without_bars(panel, slice(None), symbol)).passed


def test_without_a_forecast_at_all_nothing_is_complete(panel: Evidence) -> None:
    silent = without_bars(without_bars(panel, slice(BEGIN, None), 0), slice(BEGIN, None), 1)
    assert not find("forecast_is_complete", silent).passed


@pytest.mark.parametrize(
    ("listed_on", "silent_on", "passes"),
    [
        (600, slice(0, 650), True),  # its first forecast comes late
        (600, [*range(650), 651], False),  # and then a gap
        (600, [*range(650), 700], False),
        (600, slice(0, None), True),  # it never speaks, the other does
        (90, [*range(100), 200], True),  # a gap before anything is judged
        (61, slice(0, 400), True),
        (60, slice(0, 400), False),  # there since the warm-up
        (1, slice(0, 400), False),
    ],
)
def test_a_symbol_listed_late_is_judged_from_its_first_forecast_on(
    panel: Evidence, listed_on: int, silent_on: Any, passes: bool
) -> None:
    late = without_bars(panel, slice(0, listed_on), 1)
    silent = replace(late, forecast=changed(late.forecast, silent_on, 1, np.nan), warm_from=60)
    assert find("forecast_is_complete", silent).passed is passes


@pytest.mark.parametrize(("listed_on", "passes"), [(1, False), (2, True)])
def test_without_a_warm_up_a_symbol_is_late_from_its_second_bar_on(
    panel: Evidence, listed_on: int, passes: bool
) -> None:
    late = replace(without_bars(panel, slice(0, listed_on), 1), warm_from=0)
    silent = replace(late, forecast=changed(late.forecast, slice(0, 400), 1, np.nan))
    assert find("forecast_is_complete", silent).passed is passes


@BOTH_SYMBOLS
def test_one_symbol_whose_forecast_varies_is_enough(panel: Evidence, symbol: int) -> None:
    for still in (0.5, np.nan):
        forecast = changed(panel.forecast, slice(None), symbol, still)
        assert find("forecast_varies", replace(panel, forecast=forecast)).passed


@pytest.mark.parametrize("level", [5.0, -5.0])
def test_rounding_is_no_variation_of_a_forecast(make_evidence: Maker, level: float) -> None:
    rounding = 1e-13 * draw(1260) / 0.01
    assert not find("forecast_varies", make_evidence(forecast=level + rounding)).passed
    assert find("forecast_varies", make_evidence(forecast=0.1 * rounding)).passed
