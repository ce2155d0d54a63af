"""Audited forecasts: what is read, where it stands, what is accused, and what is concluded."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.arrays import FloatArray, TimeArray
from bellwether.bars import Bars, Panel, World, edge_world, noise_world
from bellwether.clock import FixedClock
from bellwether.service import (
    AuditFinding,
    AuditOptions,
    AuditOutcome,
    AuditPorts,
    AuditReport,
    FindingKind,
    ForecastColumn,
    ForecastColumnsUnclear,
    ForecastsElsewhere,
    ForecastTable,
    KindUnclear,
    MemoryEvidence,
    OptionOutOfRange,
    audit_forecasts,
    inspect_forecasts,
)
from bellwether.service._audit_places import NOWHERE, _find_closes
from bellwether.trials import MemoryTrialLog
from bellwether.validation import Decision, Evidence, judge

DAY = np.timedelta64(1, "D")
PRICES = ("open", "high", "low", "close")


def ports() -> AuditPorts:
    clock = FixedClock(np.datetime64("2020-01-01T00:00:00", "us"))
    return AuditPorts(trials=MemoryTrialLog(), evidence=MemoryEvidence(), clock=clock)


def table_of(
    bars: Bars, values: FloatArray | dict[str, FloatArray], **changes: Any
) -> ForecastTable:
    """Return a table of the rows that have any value, one a date."""
    columns = values if isinstance(values, dict) else {"forecast": values}
    rows = np.isfinite(np.array(list(columns.values()))).any(axis=0)
    days = bars.closed_at[rows].astype("datetime64[D]")
    table = ForecastTable(
        source="a test",
        stamps=days.astype("datetime64[us]"),
        days=days,
        dates_only=True,
        columns=tuple(ForecastColumn(name=n, values=v[rows]) for n, v in columns.items()),
    )
    return replace(table, **changes)


def panel(bars: Bars) -> Panel:
    return Panel(bars=[bars])


def inspect(bars: Bars, values: FloatArray, **options: Any) -> tuple[AuditFinding, ...]:
    return inspect_forecasts(table_of(bars, values), panel(bars), options=AuditOptions(**options))


def kinds_of(findings: tuple[AuditFinding, ...], *, blocks: bool = True) -> set[FindingKind]:
    return {one.kind for one in findings if one.blocks or not blocks}


def evidence_of(bars: Bars, table: ForecastTable, **options: Any) -> Evidence:
    """Return the evidence that an audit judged."""
    kept = MemoryEvidence()
    own = replace(ports(), evidence=kept)
    report = audit_forecasts(table, panel(bars), ports=own, options=AuditOptions(**options))
    return kept.get(report.verdict.evidence_digest)


def moved(values: FloatArray, n: int) -> FloatArray:
    out = np.full(len(values), np.nan)
    out[max(n, 0) : len(values) + min(n, 0)] = values[max(-n, 0) : len(values) - max(n, 0)]
    return out


def returns_of(bars: Bars) -> FloatArray:
    return np.append(0.0, bars.close[1:] / bars.close[:-1] - 1.0)


def smoothed(values: FloatArray, n: int) -> FloatArray:
    out = np.full(len(values), np.nan)
    out[n - 1 :] = np.convolve(values, np.ones(n) / n, mode="valid")
    return out


@pytest.fixture(scope="module")
def market() -> World:
    return noise_world(11, 900)


@pytest.fixture(scope="module")
def skilled() -> World:
    return edge_world(5, 1500, information_coefficient=0.25, signal="exogenous")


@pytest.fixture(scope="module")
def shown(skilled: World) -> AuditReport:
    return audit_forecasts(
        table_of(skilled.bars, skilled.signal), panel(skilled.bars), ports=ports()
    )


PLANTED: dict[str, Callable[[Bars], FloatArray]] = {
    "the return it is about": lambda b: moved(returns_of(b), -1),
    "the direction it is about": lambda b: moved(np.sign(returns_of(b)), -1),
    "the close it is about": lambda b: moved(b.close, -1),
    "the close two bars on": lambda b: moved(b.close, -2),
    "reversal a bar early": lambda b: moved(-smoothed(returns_of(b), 5), -1),
    "momentum a bar early": lambda b: moved(b.close / moved(b.close, 20) - 1.0, -1),
    "centred mean of returns": lambda b: moved(smoothed(returns_of(b), 5), -2),
    "centred mean of many returns": lambda b: moved(smoothed(returns_of(b), 21), -10),
    "centred mean of prices": lambda b: moved(smoothed(b.close, 5), -2),
    "gap to a centred mean": lambda b: b.close / moved(smoothed(b.close, 11), -5) - 1.0,
}
HONEST: dict[str, Callable[[Bars], FloatArray]] = {
    "momentum": lambda b: b.close / moved(b.close, 20) - 1.0,
    "momentum as signs": lambda b: np.sign(b.close / moved(b.close, 20) - 1.0),
    "long momentum": lambda b: b.close / moved(b.close, 120) - 1.0,
    "reversal": lambda b: -smoothed(returns_of(b), 5),
    "slow trend": lambda b: b.close / smoothed(b.close, 200) - 1.0,
    "mean price": lambda b: smoothed(b.close, 5),
    "autoregression as prices": lambda b: b.close * (1.0 - 0.1 * returns_of(b)),
    "last return": returns_of,
    "volatility": lambda b: -smoothed(returns_of(b) ** 2, 20),
}


@pytest.mark.parametrize("name", PLANTED)
def test_forecasts_that_know_their_own_bar_are_accused_of_it(name: str, market: World) -> None:
    assert kinds_of(inspect(market.bars, PLANTED[name](market.bars))) == {FindingKind.LOOK_AHEAD}


@pytest.mark.parametrize("name", HONEST)
@pytest.mark.parametrize("seed", [1, 2])
def test_forecasts_made_from_closed_bars_are_not_accused(name: str, seed: int) -> None:
    bars = noise_world(seed, 900, process="gjr").bars
    assert kinds_of(inspect(bars, HONEST[name](bars))) == set()


def test_skill_that_the_bars_do_not_show_is_not_accused(skilled: World) -> None:
    assert kinds_of(inspect(skilled.bars, skilled.signal)) == set()


def test_prices_stamped_with_the_bar_they_are_about_are_misaligned(market: World) -> None:
    prices = moved(market.bars.close * (1.0 + 0.05 * returns_of(market.bars)), 1)
    [found] = [one for one in inspect(market.bars, prices) if one.blocks]
    assert found.kind is FindingKind.MISALIGNED
    assert "--known-at previous-close" in found.remedy
    assert kinds_of(inspect(market.bars, prices, known_at="previous-close")) == set()


def test_a_last_price_is_recognised_as_a_copy(market: World) -> None:
    findings = inspect(market.bars, np.array(market.bars.close))
    assert FindingKind.COPY in kinds_of(findings, blocks=False)
    assert kinds_of(findings) == set()


def test_a_floor_under_another_name_is_recognised(market: World) -> None:
    [found] = [
        one
        for one in inspect(market.bars, 3.0 * returns_of(market.bars))
        if one.kind is FindingKind.COPY
    ]
    assert "last value" in found.sentence


def test_a_signal_that_fits_the_bar_after_its_own_is_misaligned(market: World) -> None:
    noise = np.random.default_rng(3).standard_normal(len(market.bars))
    early = 0.35 * moved(market.shock, -2) + noise
    assert kinds_of(inspect(market.bars, early)) == {FindingKind.MISALIGNED}


def test_a_signal_that_fits_the_bar_before_its_own_is_perhaps_late(market: World) -> None:
    noise = np.random.default_rng(3).standard_normal(len(market.bars))
    late = inspect(market.bars, 0.3 * market.shock + noise)
    assert FindingKind.LATE in kinds_of(late, blocks=False)
    assert kinds_of(late) == set()


def test_an_incredible_correlation_is_told_by_the_audit_and_not_by_the_inspection(
    market: World,
) -> None:
    noise = np.random.default_rng(3).standard_normal(len(market.bars))
    values = 0.35 * moved(market.shock, -1) + noise
    report = audit_forecasts(table_of(market.bars, values), panel(market.bars), ports=ports())
    assert FindingKind.TOO_GOOD in {one.kind for one in report.findings}
    assert FindingKind.TOO_GOOD not in kinds_of(inspect(market.bars, values), blocks=False)


def test_dates_a_day_early_block_and_nothing_else_is_said(market: World) -> None:
    table = table_of(market.bars, HONEST["momentum"](market.bars))
    early = replace(table, days=table.days - DAY, stamps=table.stamps - DAY)
    findings = inspect_forecasts(early, panel(market.bars))
    assert kinds_of(findings) == {FindingKind.DAY_SHIFTED}


def test_skill_is_shown_and_nothing_is_promoted(shown: AuditReport) -> None:
    assert shown.outcome is AuditOutcome.SKILL_SHOWN
    assert shown.verdict.decision is Decision.REFUSE
    assert shown.decisive is None
    assert set(shown.not_asked) == {
        "leak_probes_ran",
        "no_leak_found",
        "folds_are_purged",
        "label_is_no_price_level",
    }
    assert {rival.name for rival in shown.rivals} >= {"rules", "always_up", "last_value"}
    own = {score.lag_bars: score for score in shown.lags}[0]
    assert own.t is not None
    assert own.t > own.luck


def test_noise_shows_no_skill(market: World) -> None:
    noise = np.random.default_rng(1).standard_normal(len(market.bars))
    report = audit_forecasts(table_of(market.bars, noise), panel(market.bars), ports=ports())
    assert report.outcome is AuditOutcome.NOT_SHOWN
    assert "skill t-statistic" in report.reason
    assert report.to_json()["outcome"] == "SKILL NOT SHOWN"


def test_a_leak_is_never_skill_shown(market: World) -> None:
    known = moved(returns_of(market.bars), -1)
    report = audit_forecasts(table_of(market.bars, known), panel(market.bars), ports=ports())
    assert report.outcome is AuditOutcome.NOT_SHOWN
    assert report.reason.startswith("look-ahead")
    assert "no_leak_found" in {check.name for check in report.verdict.failed}
    assert "no_leak_found" not in report.not_asked


def test_a_few_forecasts_are_not_enough_data(skilled: World) -> None:
    few = skilled.signal.copy()
    few[:-200] = np.nan
    report = audit_forecasts(table_of(skilled.bars, few), panel(skilled.bars), ports=ports())
    assert report.outcome is AuditOutcome.NOT_ENOUGH_DATA


def test_skill_that_does_not_pay_its_costs_is_told_as_that(skilled: World) -> None:
    options = AuditOptions(cost_bps=500.0)
    table = table_of(skilled.bars, skilled.signal)
    report = audit_forecasts(table, panel(skilled.bars), ports=ports(), options=options)
    assert report.outcome is AuditOutcome.NOT_SHOWN
    assert report.reason.startswith("it has skill, but after costs")


def test_the_look_is_logged_once_and_others_count(skilled: World) -> None:
    own = ports()
    table = table_of(skilled.bars, skilled.signal)
    audit_forecasts(table, panel(skilled.bars), ports=own)
    again = audit_forecasts(table, panel(skilled.bars), ports=own)
    assert [one.kind for one in own.trials.entries()] == ["look"]
    assert again.verdict.n_pipelines == 1
    other = audit_forecasts(
        table, panel(skilled.bars), ports=own, options=AuditOptions(name="another")
    )
    assert other.verdict.n_pipelines == 2
    assert [one.kind for one in own.trials.entries()] == ["look", "look"]


def test_forecasts_that_cannot_be_judged_leave_nothing_in_the_log(market: World) -> None:
    own = ports()
    few = np.full(len(market.bars), np.nan)
    few[-15:] = np.arange(15.0) - 7.0
    with pytest.raises(ForecastsElsewhere, match="more than 20 forecasts"):
        audit_forecasts(table_of(market.bars, few), panel(market.bars), ports=own)
    assert own.trials.entries() == ()


def test_an_inspection_is_no_look(market: World) -> None:
    findings = inspect(market.bars, HONEST["momentum"](market.bars))
    assert FindingKind.READ_AS in kinds_of(findings, blocks=False)


def test_several_columns_are_combined_and_each_is_logged(skilled: World) -> None:
    own = ports()
    noise = np.random.default_rng(1).standard_normal(len(skilled.bars))
    table = table_of(skilled.bars, {"a": skilled.signal, "b": noise})
    report = audit_forecasts(table, panel(skilled.bars), ports=own)
    assert [one.name for one in report.columns] == ["a", "b"]
    assert [one.kind for one in own.trials.entries()] == ["tuning", "tuning", "look"]
    assert report.outcome is AuditOutcome.SKILL_SHOWN


def test_the_verdict_is_that_of_the_kept_evidence(skilled: World) -> None:
    kept = MemoryEvidence()
    own = replace(ports(), evidence=kept)
    table = table_of(skilled.bars, skilled.signal)
    report = audit_forecasts(table, panel(skilled.bars), ports=own)
    evidence = kept.get(report.verdict.evidence_digest)
    assert judge(evidence, AuditOptions().gate).to_json() == report.verdict.to_json()


def test_a_missing_forecast_refuses_unless_it_was_no_view(skilled: World) -> None:
    gap = skilled.signal.copy()
    gap[800:803] = np.nan
    table = table_of(skilled.bars, gap)
    report = audit_forecasts(table, panel(skilled.bars), ports=ports())
    assert report.outcome is AuditOutcome.NOT_SHOWN
    assert "3 of" in report.reason
    [found] = [one for one in report.findings if one.kind is FindingKind.GAPS]
    assert found.sentence.startswith("3 judged bars have no forecast, the first")
    neutral = AuditOptions(gaps="neutral")
    report = audit_forecasts(table, panel(skilled.bars), ports=ports(), options=neutral)
    assert report.outcome is AuditOutcome.SKILL_SHOWN


def test_only_bars_after_the_training_are_judged(skilled: World) -> None:
    day = skilled.bars.closed_at[900]
    report = audit_forecasts(
        table_of(skilled.bars, skilled.signal),
        panel(skilled.bars),
        ports=ports(),
        options=AuditOptions(judged_from=day),
    )
    assert report.verdict.first_closed_at == np.datetime_as_string(day, unit="s")
    assert report.verdict.n_bars == 600


def test_a_forecast_earns_the_bar_after_its_own(market: World) -> None:
    noise = np.random.default_rng(1).standard_normal(len(market.bars))
    evidence = evidence_of(market.bars, table_of(market.bars, noise))
    assert evidence.forecast[1:, 0].tolist() == noise[: evidence.n_bars - 1].tolist()
    assert evidence.direction[1:, 0].tolist() == np.sign(noise[: evidence.n_bars - 1]).tolist()


def test_a_row_of_the_bar_it_is_about_stands_on_that_bar(market: World) -> None:
    noise = np.random.default_rng(1).standard_normal(len(market.bars))
    evidence = evidence_of(market.bars, table_of(market.bars, noise), known_at="previous-close")
    assert evidence.forecast[1:, 0].tolist() == noise[1:].tolist()


def test_a_forecast_known_at_the_open_earns_from_open_to_open(market: World) -> None:
    noise = np.random.default_rng(1).standard_normal(len(market.bars))
    evidence = evidence_of(market.bars, table_of(market.bars, noise), known_at="open")
    opens = market.bars.open
    assert np.allclose(evidence.returns[1:, 0], opens[1:] / opens[:-1] - 1.0)
    assert evidence.forecast[1:, 0].tolist() == noise[:-1].tolist()
    closes = evidence_of(market.bars, table_of(market.bars, noise))
    # At an open the rules know the bar before it, and no more.
    assert evidence.rule_direction[2:, 0].tolist() == closes.rule_direction[1:-1, 0].tolist()


def test_a_forecast_of_several_bars_is_the_mean_of_the_last(market: World) -> None:
    noise = np.random.default_rng(1).standard_normal(len(market.bars))
    evidence = evidence_of(market.bars, table_of(market.bars, noise), horizon_bars=5)
    assert evidence.forecast[300, 0] == pytest.approx(noise[295:300].mean())
    assert evidence.direction[300, 0] == np.sign(noise[299])


def test_what_comes_later_changes_nothing_before(market: World) -> None:
    noise = np.random.default_rng(1).standard_normal((2, len(market.bars)))
    first = evidence_of(market.bars, table_of(market.bars, {"a": noise[0], "b": noise[1]}))
    noise[:, 600:] *= -3.0
    second = evidence_of(market.bars, table_of(market.bars, {"a": noise[0], "b": noise[1]}))
    for name in ("forecast", "direction", "rule_direction"):
        before, after = getattr(first, name)[:601], getattr(second, name)[:601]
        assert np.array_equal(before, after, equal_nan=True)
    assert not np.array_equal(first.forecast[601:], second.forecast[601:])


KINDS: dict[str, tuple[Callable[[Bars], FloatArray], str]] = {
    "small and of both signs": (lambda b: 0.1 * returns_of(b), "return"),
    "about the price": (lambda b: b.close * 1.001, "price"),
    "near one half": (lambda b: 0.5 + returns_of(b), "probability"),
    "in per cent": (lambda b: 50.0 + 20.0 * np.sin(np.arange(len(b))), "probability"),
    "three numbers": (lambda b: np.sign(returns_of(b)), "direction"),
    "large and of both signs": (lambda b: 100.0 * returns_of(b), "score"),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_is_recognised_by_its_values(name: str, market: World) -> None:
    make, kind = KINDS[name]
    bars = replace(market.bars, **{n: 3.0 * getattr(market.bars, n) for n in PRICES})
    report = audit_forecasts(table_of(bars, make(bars)), panel(bars), ports=ports())
    assert [(one.kind, one.recognised) for one in report.columns] == [(kind, True)]


@pytest.mark.parametrize(
    ("values", "fitting"),
    [
        (lambda n: (np.arange(n) % 3 == 0).astype(np.float64), ("direction", "probability")),
        (lambda n: np.linspace(1e5, 2e5, n), ()),
    ],
)
def test_a_kind_that_is_unclear_is_asked_for(
    values: Callable[[int], FloatArray], fitting: tuple[str, ...], market: World
) -> None:
    with pytest.raises(KindUnclear) as caught:
        inspect(market.bars, values(len(market.bars)))
    assert caught.value.fitting == fitting
    assert "--kind" in caught.value.hint


def test_zero_and_one_mean_what_was_said(market: World) -> None:
    values = (np.arange(len(market.bars)) % 3 == 0).astype(np.float64)
    table = table_of(market.bars, values)
    as_chance = evidence_of(market.bars, table, kinds={"": "probability"})
    as_view = evidence_of(market.bars, table, kinds={"forecast": "direction"})
    assert set(as_chance.direction[1:, 0]) == {-1.0, 1.0}
    assert set(as_view.direction[1:, 0]) == {0.0, 1.0}
    assert as_chance.probability_up[1, 0] == 1.0


def test_prices_as_traded_are_adjusted_like_their_bars(market: World) -> None:
    split = np.where(np.arange(len(market.bars)) < 400, 0.5, 1.0)
    traded = {name: getattr(market.bars, name) / split for name in PRICES}
    bars = replace(market.bars, **traded, adjustment=split)
    said = bars.close * (1.0 + 0.1 * returns_of(market.bars))
    evidence = evidence_of(bars, table_of(bars, said))
    assert np.allclose(evidence.forecast[1:, 0], 0.1 * returns_of(market.bars)[:-1])


def test_prices_of_another_market_are_refused(market: World) -> None:
    with pytest.raises(ForecastsElsewhere, match="prices of these bars"):
        inspect(market.bars, 40.0 * market.bars.close, kinds={"": "price"})


def two_markets() -> Panel:
    return Panel(bars=[replace(noise_world(seed, 600).bars, symbol=f"M{seed}") for seed in (1, 2)])


def test_wide_and_long_tables_say_the_same() -> None:
    both = two_markets()
    noise = np.random.default_rng(1).standard_normal((2, 600))
    wide = table_of(both.bars[0], {"M1": noise[0], "M2": noise[1]})
    long = table_of(both.bars[0], noise[0])
    long = replace(
        long,
        stamps=np.tile(long.stamps, 2),
        days=np.tile(long.days, 2),
        symbols=("M1",) * 600 + ("M2",) * 600,
        columns=(ForecastColumn(name="forecast", values=noise.ravel()),),
    )
    kept = MemoryEvidence()
    own = replace(ports(), evidence=kept)
    digests = [
        audit_forecasts(table, both, ports=own).verdict.evidence_digest for table in (wide, long)
    ]
    one, other = (kept.get(digest) for digest in digests)
    assert np.array_equal(one.forecast, other.forecast, equal_nan=True)
    assert one.n_symbols == 2


def test_symbols_without_bars_or_forecasts_are_told() -> None:
    both = two_markets()
    table = table_of(both.bars[0], np.random.default_rng(1).standard_normal(600))
    table = replace(table, symbols=("M1",) * 400 + ("M9",) * 200)
    told = [one.sentence for one in inspect_forecasts(table, both)]
    assert "there are no bars of M9" in told
    assert "there are no forecasts of M2" in told


def test_a_panel_needs_to_know_which_symbol_is_meant() -> None:
    both = two_markets()
    with pytest.raises(ForecastColumnsUnclear, match="one column a symbol"):
        inspect_forecasts(table_of(both.bars[0], np.ones(600)), both)
    table = replace(table_of(both.bars[0], np.ones(600)), symbols=("X",) * 600)
    with pytest.raises(ForecastsElsewhere, match="call them alike"):
        inspect_forecasts(table, both)


def with_rows(table: ForecastTable, rows: list[int], values: FloatArray) -> ForecastTable:
    """Return the table with some of its rows once more, with other values."""
    every = np.append(np.arange(len(table)), rows)
    column = replace(table.columns[0], values=np.append(table.columns[0].values, values))
    return replace(table, stamps=table.stamps[every], days=table.days[every], columns=(column,))


def test_repeated_rows_are_dropped_and_contradictions_left_out(market: World) -> None:
    noise = np.random.default_rng(1).standard_normal(len(market.bars))
    table = table_of(market.bars, noise)
    told = with_rows(table, [500, 501], np.array([noise[500], 7.0]))
    sentences = [one.sentence for one in inspect_forecasts(told, panel(market.bars))]
    assert "1 rows repeat another and were dropped" in sentences
    assert any(one.startswith("2 rows give one time different forecasts") for one in sentences)
    evidence = evidence_of(market.bars, told)
    assert evidence.forecast[501, 0] == noise[500]
    assert np.isnan(evidence.forecast[502, 0])


def test_rows_outside_the_bars_are_counted(market: World) -> None:
    noise = np.random.default_rng(1).standard_normal(len(market.bars))
    sentences = [
        one.sentence
        for one in inspect_forecasts(table_of(market.bars, noise), panel(market.bars[100:800]))
    ]
    assert "100 rows are older than the first bar and were left out" in sentences
    assert "100 rows are about bars after the last one there is and were left out" in sentences


def test_times_that_are_no_bar_are_left_out_and_told(market: World) -> None:
    noise = np.random.default_rng(1).standard_normal(len(market.bars))
    table = table_of(market.bars, noise)
    saturday = with_rows(table, [4], np.array([1.0]))
    days = np.array(saturday.days)
    days[-1] = np.datetime64("2000-01-08")
    moved_table = replace(saturday, days=days, stamps=days.astype("datetime64[us]"))
    [found] = [
        one
        for one in inspect_forecasts(moved_table, panel(market.bars))
        if one.kind is FindingKind.NO_BAR
    ]
    assert "1 of 901 rows are at times that are no bar, the first 2000-01-08" in found.sentence


def test_forecasts_of_another_time_are_refused(market: World) -> None:
    table = table_of(market.bars, np.ones(len(market.bars)))
    with pytest.raises(ForecastsElsewhere, match="they run from 2029"):
        inspect_forecasts(
            replace(table, days=table.days + 30 * 365 * DAY, stamps=table.stamps + 30 * 365 * DAY),
            panel(market.bars),
        )


def test_dates_alone_cannot_be_laid_onto_hours(market: World) -> None:
    hours = replace(
        market.bars,
        interval="1h",
        closed_at=np.datetime64("2020-01-01", "us") + np.arange(900) * np.timedelta64(1, "h"),
    )
    with pytest.raises(ForecastsElsewhere, match="time of day"):
        inspect_forecasts(table_of(hours, np.ones(900)), panel(hours))


def test_rows_that_tell_both_times_are_taken_by_their_distance(market: World) -> None:
    bars = market.bars
    noise = np.random.default_rng(1).standard_normal(len(bars))
    table = table_of(bars, noise)
    days = table.days.astype("datetime64[us]")
    told = replace(
        table,
        stamps=np.tile(days[:-2], 2),
        days=np.tile(table.days[:-2], 2),
        about=np.append(days[1:-1], days[2:]),
        columns=(ForecastColumn(name="f", values=np.append(noise[:-2], -noise[:-2])),),
    )
    near, far = (evidence_of(bars, told, horizon_bars=n) for n in (1, 2))
    assert near.forecast[10, 0] == noise[9]
    assert far.direction[10, 0] == -np.sign(noise[9])
    with pytest.raises(ForecastsElsewhere, match="--horizon 1"):
        inspect_forecasts(told, panel(bars), options=AuditOptions(horizon_bars=7))
    with pytest.raises(ForecastsElsewhere, match="leave --known-at out"):
        inspect_forecasts(told, panel(bars), options=AuditOptions(known_at="open"))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(-200_000, 900_000), min_size=1, max_size=20),
    st.lists(st.integers(1, 100_000), min_size=2, max_size=12),
)
def test_no_forecast_counts_from_a_close_that_came_before_it(
    seconds: list[int], steps: list[int]
) -> None:
    begin = np.datetime64("2020-01-01", "us")
    closes: TimeArray = begin + np.cumsum(steps).astype("timedelta64[s]")
    stamps: TimeArray = begin + np.array(seconds, dtype="timedelta64[s]")
    place, moved_on = _find_closes(stamps, closes)
    grace = np.median(np.diff(closes).astype(np.int64)) * 0.05 * np.timedelta64(1, "us")
    for stamp, row, waited in zip(stamps, place.tolist(), moved_on.tolist(), strict=True):
        if row != NOWHERE:
            assert closes[row] >= stamp - grace
            assert row == 0 or closes[row - 1] < stamp
            assert waited == (closes[row] > stamp)


@pytest.mark.parametrize(
    "options",
    [
        {"horizon_bars": 0},
        {"horizon_bars": 61},
        {"known_at": "noon"},
        {"gaps": "fill"},
        {"kinds": {"": "guess"}},
        {"cost_bps": -1.0},
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionOutOfRange):
        AuditOptions(**options)
