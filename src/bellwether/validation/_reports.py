"""The figures that stand beside a verdict."""

from dataclasses import replace

import numpy as np
from scipy.special import ndtr

from bellwether.arrays import FloatArray
from bellwether.validation._bootstrap import (
    resample_rows,
    resampled_drawdowns,
    resampled_profit_factors,
)
from bellwether.validation._economics import (
    compound,
    contract_returns,
    drawdown_quantile,
    hold_signals,
    mark_positions,
    maximum_drawdown,
)
from bellwether.validation._metrics import (
    brier_score,
    pesaran_timmermann,
    profit_factor,
    strict_hit_rate,
    trade_results,
)
from bellwether.validation._options import GateOptions
from bellwether.validation._report_parts import (
    accuracy_of,
    independent_share,
    skill_within,
)
from bellwether.validation._sharpe import (
    deflated_sharpe,
    minimum_track_record,
    probabilistic_sharpe,
    sharpe_moments,
)
from bellwether.validation._statistics import t_of_products
from bellwether.validation._verdict import (
    ContractNumber,
    ContractReport,
    SkillReport,
    ValueReport,
    YearReport,
)
from bellwether.validation._workings import Workings

N_RESAMPLES = 300


def report_skill(workings: Workings) -> SkillReport:
    """Return the skill leg's figures."""
    return SkillReport(
        statistic=workings.skill,
        needed=workings.needed_t,
        p=float(ndtr(-workings.skill.minimum)),
        alpha=workings.alpha,
        information_coefficient=skill_within(workings, np.ones_like(workings.scored)),
    )


def report_value(workings: Workings) -> ValueReport:
    """Return the value leg's figures."""
    net, a_year = workings.over_cash, workings.n_bars_per_year
    moments = sharpe_moments(net)
    n_pipelines = workings.evidence.trials.n_pipelines
    deflated = probable = record = None
    if moments is not None:
        probable = probabilistic_sharpe(moments)
        # Skill-less Sharpe ratios scatter with a variance of one over the number of bars.
        deflated = deflated_sharpe(moments, n_pipelines, 1.0 / len(net))
        record = minimum_track_record(moments)
    excess = (workings.over_cash, workings.over_holding, workings.over_rules)
    over_cash, over_holding, over_rules = (annual_mean(workings, series) for series in excess)
    t_cash, t_holding, t_rules = (_t_of_mean(series) for series in excess)
    turnover = np.abs(np.diff(workings.position, axis=0, prepend=0.0)).mean()
    return ValueReport(
        over_cash=over_cash,
        over_holding=over_holding,
        over_rules=over_rules,
        over_cash_t=t_cash,
        over_holding_t=t_holding,
        over_rules_t=t_rules,
        mean_exposure=float(workings.position.mean()),
        turnover=float(turnover) * a_year,
        sharpe=None if moments is None else moments.sharpe * float(np.sqrt(a_year)),
        probabilistic_sharpe=probable,
        deflated_sharpe=deflated,
        minimum_track_record_bars=record,
        maximum_drawdown=maximum_drawdown(net),
        maximum_drawdown_95=drawdown_quantile(net),
    )


def annual_mean(workings: Workings, series: FloatArray) -> float:
    """Return the mean of a series of returns per bar, in return a year (not compounded)."""
    return float(series.mean()) * workings.n_bars_per_year


def report_contract(workings: Workings, options: GateOptions) -> ContractReport:
    """Return the contract's numbers."""
    evidence = workings.evidence
    rows, horizon = evidence.out_of_sample, evidence.horizon_bars
    direction, net = evidence.direction[rows], workings.contract_net
    timing = pesaran_timmermann(direction, workings.outcome) if horizon == 1 else None
    # Symbols of one bar are not independent: the statistic shrinks with what they share.
    alone = float(np.sqrt(independent_share(workings)))
    trades = _trades(workings)
    factor, fall = contract_profit_factor(workings, options), contract_drawdown(workings, options)
    if factor.value is not None and fall.value is not None:
        rows_again = resample_rows(len(net), N_RESAMPLES)
        factor = _with_interval(factor, resampled_profit_factors(net, rows_again))
        fall = _with_interval(fall, resampled_drawdowns(net, rows_again))
    return ContractReport(
        accuracy=contract_accuracy(workings, options),
        profit_factor=factor,
        maximum_drawdown=fall,
        n_trades=len(trades),
        profit_factor_by_trade=profit_factor(trades),
        pesaran_timmermann_p=None if timing is None else float(ndtr(-timing[0] * alone)),
        strict_hit_rate=strict_hit_rate(evidence.expected_return[rows], workings.outcome),
        brier=brier_score(evidence.probability_up[rows], workings.outcome),
        net_return=float(compound(net)[-1]) - 1.0,
    )


def _with_interval(number: ContractNumber, resampled: FloatArray) -> ContractNumber:
    """Return a number with the middle 95 % of its bootstrap resamples."""
    known = resampled[~np.isnan(resampled)]
    if not known.size:
        return number
    low, high = np.quantile(known, (0.025, 0.975), method="nearest")
    return replace(number, low=float(low), high=float(high), interval="bootstrap")


def contract_accuracy(workings: Workings, options: GateOptions) -> ContractNumber:
    """Return the directional accuracy of BUY and SELL; undefined where nothing was traded."""
    accuracy = accuracy_of(workings, workings.evidence.direction)
    if accuracy is None:
        return ContractNumber(value=None, threshold=options.least_accuracy, passed=False)
    return ContractNumber(
        value=accuracy.value,
        low=accuracy.low,
        high=accuracy.high,
        threshold=options.least_accuracy,
        passed=accuracy.value >= options.least_accuracy,
    )


def contract_profit_factor(workings: Workings, options: GateOptions) -> ContractNumber:
    """Return won over lost, bar by bar after costs; undefined where nothing was traded."""
    factor = profit_factor(workings.contract_net) if _is_traded(workings) else None
    threshold = options.least_profit_factor
    passed = factor is not None and factor >= threshold
    return ContractNumber(value=factor, threshold=threshold, passed=passed)


def contract_drawdown(workings: Workings, options: GateOptions) -> ContractNumber:
    """Return the deepest fall of the equity; undefined where nothing was traded."""
    fall = maximum_drawdown(workings.contract_net) if _is_traded(workings) else None
    threshold = options.most_drawdown
    passed = fall is not None and fall <= threshold
    return ContractNumber(value=fall, threshold=threshold, passed=passed)


def report_years(workings: Workings) -> tuple[YearReport, ...]:
    """Return the figures of each calendar year out of sample."""
    evidence = workings.evidence
    rows = evidence.out_of_sample
    years = evidence.closed_at[rows].astype("datetime64[Y]").astype(np.int64) + 1970
    held = contract_returns(evidence, np.ones_like(evidence.returns), horizon_bars=1)
    reports = []
    for year in np.unique(years):
        own = years == year
        net = workings.contract_net[own]
        part = np.broadcast_to(own[:, None], workings.scored.shape)
        reports.append(
            YearReport(
                year=int(year),
                n_bars=int(own.sum()),
                accuracy=accuracy_of(workings, evidence.direction, part),
                net_return=float(compound(net)[-1]) - 1.0,
                buy_and_hold=float(compound(held[own])[-1]) - 1.0,
                maximum_drawdown=maximum_drawdown(net),
                information_coefficient=skill_within(workings, part),
            )
        )
    return tuple(reports)


def _trades(workings: Workings) -> FloatArray:
    """Return the net result of every trade of every symbol."""
    evidence = workings.evidence
    rows = evidence.out_of_sample
    returns = evidence.returns[rows]
    position = hold_signals(evidence.direction[rows], returns, evidence.horizon_bars)
    net = mark_positions(position, returns, evidence.cost_bps)
    own = ~np.isnan(returns)
    columns = range(evidence.n_symbols)
    return np.concatenate(
        [trade_results(position[own[:, i], i], net[own[:, i], i]) for i in columns]
    )


def _is_traded(workings: Workings) -> bool:
    rows = workings.evidence.out_of_sample
    return bool((np.nan_to_num(workings.evidence.direction[rows]) != 0.0).any())


def _t_of_mean(series: FloatArray) -> float | None:
    t = t_of_products(series)
    return t if np.isfinite(t) else None
