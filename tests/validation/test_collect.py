from collections.abc import Sequence

import numpy as np
import pytest

from bellwether.arrays import FloatArray
from bellwether.bars import Bars, Panel
from bellwether.samples import Fold, Leak, Samples
from bellwether.trials import TrialCount
from bellwether.validation import Dossier, Evidence, ForecastStream, collect_evidence, judge

NAN = float("nan")
MONDAY = np.datetime64("2024-01-01T21:00", "us")
DAY = np.timedelta64(1, "D")


def bars_on(days: Sequence[int], close: Sequence[float], symbol: str = "A") -> Bars:
    prices = np.array(close, dtype=np.float64)
    return Bars(
        symbol=symbol,
        closed_at=MONDAY + np.array(days) * DAY,
        open=prices,
        high=prices,
        low=prices,
        close=prices,
        volume=np.ones(len(prices)),
    )


def samples_of(panel: Panel, horizon_bars: int = 1) -> Samples:
    """Return samples that know nothing but times: alignment is all that is tested."""
    n_bars = [len(bars) for bars in panel.bars]
    nothing = np.full(sum(n_bars), NAN)
    return Samples(
        features=np.zeros((sum(n_bars), 1)),
        symbol=np.repeat(np.arange(len(n_bars)), n_bars),
        bar=np.concatenate([np.arange(n) for n in n_bars]),
        decided_at=np.concatenate([bars.closed_at for bars in panel.bars]),
        closes_at=np.full(sum(n_bars), np.datetime64("NaT", "us")),
        forward_return=nothing,
        target=np.arange(sum(n_bars)) / 10.0,
        volatility=nothing,
        symbols=panel.symbols,
        feature_names=("none",),
        horizon_bars=horizon_bars,
    )


def stream_of(score: Sequence[float], warm: Sequence[int], tested: Sequence[int]) -> ForecastStream:
    values = np.array(score, dtype=np.float64)
    rows = np.arange(len(values))
    return ForecastStream(
        score=values,
        direction=np.sign(values),
        probability_up=0.5 + values / 100.0,
        expected_return=values / 1000.0,
        confidence=np.full(len(values), 60.0),
        warm=np.isin(rows, warm),
        out_of_sample=np.isin(rows, tested),
    )


def evidence_of(
    panel: Panel, stream: ForecastStream, *, horizon_bars: int = 1, leaks: tuple[Leak, ...] = ()
) -> Evidence:
    none = np.empty(0, dtype=np.int64)
    fold = Fold(
        train=none,
        validation=none,
        test=none,
        train_closes_at_max=MONDAY,
        test_decided_at_min=MONDAY + DAY,
    )
    dossier = Dossier(
        name="tiny",
        pipeline="p",
        trials=TrialCount(n_pipelines=2, n_looks=3),
        rule_direction=[np.arange(float(len(bars))) % 3 - 1.0 for bars in panel.bars],
        folds=[fold],
        leaks=leaks,
        cost_bps=7.0,
        ic_worth_finding=0.2,
    )
    return collect_evidence(panel, samples_of(panel, horizon_bars), stream, dossier)


def column(values: FloatArray, number: int = 0) -> list[float]:
    return list(np.asarray(values[:, number], dtype=np.float64))


def assert_column(values: FloatArray, expected: list[float], number: int = 0) -> None:
    np.testing.assert_allclose(column(values, number), expected, rtol=1e-12)


def test_row_i_was_decided_at_the_close_of_bar_i_less_one() -> None:
    """Six bars written out: what is said at bar 3's close is scored on bar 4's return."""
    panel = Panel(bars=[bars_on(range(6), [100, 110, 99, 99, 198, 99])])
    stream = stream_of([NAN, 1.0, NAN, 4.0, -5.0, 6.0], warm=[1], tested=[3, 4, 5])
    evidence = evidence_of(panel, stream)
    assert_column(evidence.returns, [NAN, 0.1, -0.1, 0.0, 1.0, -0.5])
    assert_column(evidence.close, [100, 110, 99, 99, 198, 99])
    assert_column(evidence.forecast, [NAN, NAN, 1.0, NAN, 4.0, -5.0])
    assert_column(evidence.direction, [NAN, NAN, NAN, NAN, 1.0, -1.0])
    assert_column(evidence.probability_up, [NAN, NAN, 0.51, NAN, 0.54, 0.45])
    assert_column(evidence.expected_return, [NAN, NAN, 0.001, NAN, 0.004, -0.005])
    assert_column(evidence.rule_direction, [NAN, -1.0, 0.0, 1.0, -1.0, 0.0])
    assert_column(evidence.target, [NAN, 0.0, 0.1, 0.2, 0.3, 0.4])
    assert (evidence.warm_from, evidence.out_of_sample_from) == (2, 4)


def test_a_signal_for_two_bars_is_the_mean_of_the_last_two_forecasts() -> None:
    panel = Panel(bars=[bars_on(range(7), [100.0] * 7)])
    stream = stream_of([1.0, 2.0, NAN, 4.0, 6.0, 9.0, 1.0], warm=[0, 1], tested=[3, 4, 5, 6])
    evidence = evidence_of(panel, stream, horizon_bars=2)
    assert_column(evidence.forecast, [NAN, NAN, 1.5, NAN, NAN, 5.0, 7.5])
    assert_column(evidence.direction, [NAN, NAN, NAN, NAN, 1.0, 1.0, 1.0])
    assert (evidence.warm_from, evidence.out_of_sample_from) == (2, 5)


def test_a_day_that_a_symbol_misses_shifts_nothing_but_itself() -> None:
    """B misses day 2: what it says at day 1's close is scored on its next bar, day 3."""
    a = bars_on(range(6), [100, 110, 121, 110, 121, 110])
    b = bars_on([0, 1, 3, 4, 5], [100, 100, 150, 300, 150], "B")
    score = [NAN, 1.0, 2.0, 3.0, 4.0, 5.0, NAN, -1.0, -3.0, -4.0, -5.0]
    stream = stream_of(score, warm=[], tested=[1, 2, 3, 4, 5, 7, 8, 9, 10])
    evidence = evidence_of(Panel(bars=[a, b]), stream)
    assert_column(evidence.forecast, [NAN, NAN, 1.0, 2.0, 3.0, 4.0])
    assert_column(evidence.forecast, [NAN, NAN, NAN, -1.0, -3.0, -4.0], 1)
    assert_column(evidence.returns, [NAN, 0.0, NAN, 0.5, 1.0, -0.5], 1)
    assert evidence.out_of_sample_from == 2


@pytest.mark.parametrize(("horizon_bars", "begins"), [(1, 4), (2, 5)])
def test_judging_waits_for_a_symbol_that_missed_the_first_day(
    horizon_bars: int, begins: int
) -> None:
    """A is forecast from day 2 on, B, which misses day 2, from day 3 on."""
    a = bars_on(range(8), [100.0 + day for day in range(8)])
    b = bars_on([0, 1, 3, 4, 5, 6, 7], [100.0 + day for day in range(7)], "B")
    score = [NAN, NAN, 1, 2, 1, 2, 1, 2, NAN, NAN, 3, 4, 3, 4, 3]
    tested = [2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14]
    stream = stream_of(score, warm=[], tested=tested)
    evidence = evidence_of(Panel(bars=[a, b]), stream, horizon_bars=horizon_bars)
    assert evidence.out_of_sample_from == begins
    assert np.isfinite(evidence.forecast[begins:]).all()
    assert not np.isfinite(evidence.forecast[begins - 1]).all()
    [check] = [one for one in judge(evidence).checks if one.name == "forecast_is_complete"]
    assert check.passed


def test_a_symbol_listed_late_stands_flat_until_its_first_forecast() -> None:
    a = bars_on(range(8), [100.0 + day for day in range(8)])
    b = bars_on([4, 5, 6, 7], [100.0, 101.0, 102.0, 103.0], "B")
    score = [NAN, 1, 2, 1, 2, 1, 2, 1, NAN, NAN, -3, -3]
    stream = stream_of(score, warm=[1], tested=[2, 3, 4, 5, 6, 7, 10, 11])
    evidence = evidence_of(Panel(bars=[a, b]), stream)
    assert evidence.out_of_sample_from == 3
    assert_column(evidence.forecast, [NAN] * 7 + [-3.0], 1)
    assert_column(evidence.direction, [NAN] * 5 + [0.0, 0.0, -1.0], 1)
    verdict = judge(evidence)
    [check] = [one for one in verdict.checks if one.name == "forecast_is_complete"]
    assert check.passed
    assert verdict.contract is not None
    assert np.isfinite(verdict.contract.net_return)


def test_a_symbol_that_ended_before_judging_began_holds_nothing_up() -> None:
    a = bars_on(range(8), [100.0 + day for day in range(8)])
    b = bars_on([0, 1, 2], [100.0, 101.0, 102.0], "B")
    stream = stream_of([NAN] * 3 + [1, 2, 1, 2, 1] + [NAN] * 3, warm=[], tested=range(3, 8))
    assert evidence_of(Panel(bars=[a, b]), stream).out_of_sample_from == 4


def test_a_symbol_that_ends_with_its_first_forecast_is_not_judged() -> None:
    a = bars_on(range(8), [100.0 + day for day in range(8)])
    b = bars_on(range(4), [100.0, 101.0, 102.0, 103.0], "B")
    score = [NAN] * 3 + [1, 2, 1, 2, 1] + [NAN] * 3 + [1]
    stream = stream_of(score, warm=[], tested=[3, 4, 5, 6, 7, 11])
    assert evidence_of(Panel(bars=[a, b]), stream, horizon_bars=2).out_of_sample_from == 5


def test_everything_else_comes_along() -> None:
    panel = Panel(bars=[bars_on(range(6), [100, 110, 99, 99, 198, 99])])
    leak = Leak(kind="future_changed", where=0, at=3, text="column 0 knows too much")
    stream = stream_of([NAN, 1.0, 2.0, 4.0, -5.0, 6.0], warm=[1], tested=[3, 4, 5])
    evidence = evidence_of(panel, stream, leaks=(leak,))
    assert evidence.snapshot == panel.digest
    assert evidence.trials == TrialCount(n_pipelines=2, n_looks=3)
    assert (evidence.cost_bps, evidence.ic_worth_finding) == (7.0, 0.2)
    assert evidence.fold_spans == ((MONDAY, MONDAY + DAY),)
    assert evidence.leaks == ("column 0 knows too much",)
    assert evidence.leaks_probed
    np.testing.assert_array_equal(evidence.closed_at, panel.closed_at)
