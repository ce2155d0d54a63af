"""What the gate works out of one Evidence, each part once and from the past alone."""

from functools import cached_property

import numpy as np

from bellwether.arrays import BoolArray, FloatArray
from bellwether.validation._economics import (
    bars_per_year,
    contract_returns,
    hold_signals,
    mark_positions,
    pool_symbols,
    running_exposure,
    target_volatility,
)
from bellwether.validation._evidence import Evidence
from bellwether.validation._panels import (
    PanelSkill,
    against_others,
    past_agreement,
    weigh_by_precision,
)
from bellwether.validation._planner import bars_for_power, critical_t
from bellwether.validation._statistics import (
    SkillStatistic,
    min4,
    past_volatility,
    products_by_bar,
    return_scores,
    standardise_expanding,
    standardise_exponential,
)


class Workings:
    """Derived series and figures of one Evidence, computed when first asked for.

    Parameters
    ----------
    evidence : Evidence
    level : float
        Wanted rate of false promotion.
    panel : {"clustered", "market_neutral"}
        Whether several symbols are judged as they are, weighed by how alike they move, or
        each against the mean of the others; one symbol alone is never touched.

    Notes
    -----
    Knows: row t of `expanding`, `exponential`, `volatility`, `position` and `rule_position`
    was known before bar t; the scores know bar t itself.
    """

    def __init__(self, evidence: Evidence, level: float, panel: PanelSkill = "clustered") -> None:
        self.evidence = evidence
        self.is_relative = panel == "market_neutral" and evidence.n_symbols > 1
        self.level = level
        self.alpha = evidence.trials.alpha(level)
        self.needed_t = critical_t(self.alpha)

    @cached_property
    def volatility(self) -> FloatArray:
        """Volatility known before each bar, float64 of shape (n_bars, n_symbols)."""
        return past_volatility(self.evidence.returns)

    @cached_property
    def scores(self) -> tuple[FloatArray, FloatArray]:
        """Scores of the raw and the centred return, each of shape (n_bars, n_symbols)."""
        return return_scores(self.evidence.returns, self.volatility)

    @cached_property
    def judged_scores(self) -> tuple[FloatArray, FloatArray]:
        """The scores as the forecast is judged by them, each of shape (n_bars, n_symbols)."""
        raw, centred = self.scores
        if self.is_relative:
            return self._against_others(raw), self._against_others(centred)
        if self.evidence.n_symbols == 1:
            return raw, centred
        agreement = past_agreement(raw)
        return weigh_by_precision(raw, agreement), weigh_by_precision(centred, agreement)

    @cached_property
    def warmed_forecast(self) -> FloatArray:
        """The forecast from `warm_from` on, NaN before and wherever it is not finite."""
        forecast = np.array(self.evidence.forecast)
        forecast[: self.evidence.warm_from] = np.nan
        return np.where(np.isfinite(forecast), forecast, np.nan)

    @cached_property
    def expanding(self) -> FloatArray:
        """The forecast standardised by its whole past."""
        return self._against_others(standardise_expanding(self.warmed_forecast))

    @cached_property
    def exponential(self) -> FloatArray:
        """The forecast standardised by its recent past."""
        return self._against_others(standardise_exponential(self.warmed_forecast))

    @cached_property
    def skill(self) -> SkillStatistic:
        """The four t-statistics over the out-of-sample bars."""
        rows = self.evidence.out_of_sample
        raw, centred = self.judged_scores
        return min4((self.expanding[rows], self.exponential[rows]), (raw[rows], centred[rows]))

    @cached_property
    def scored(self) -> BoolArray:
        """Out-of-sample entries with a return, a volatility and a forecast."""
        rows = self.evidence.out_of_sample
        return ~np.isnan(self.scores[0][rows]) & ~np.isnan(self.warmed_forecast[rows])

    @property
    def n_scored_bars(self) -> int:
        """Out-of-sample bars on which some symbol was scored."""
        return int(self.scored.any(axis=1).sum())

    @cached_property
    def n_effective(self) -> float:
        """Independent observations: all of them over the design effect of symbols of one bar."""
        rows = self.evidence.out_of_sample
        n_observations = float(self.scored.sum())
        if self.evidence.n_symbols == 1:
            return n_observations
        forecast, score = self.expanding[rows], self.judged_scores[1][rows]
        alone = float(np.nansum((forecast * score) ** 2))
        together = float(np.sum(products_by_bar(forecast, score) ** 2))
        # Symbols that offset each other are not counted as more than independent.
        share = min(alone / together, 1.0) if together > 0.0 else 1.0 / self.evidence.n_symbols
        return n_observations * share

    @property
    def n_needed(self) -> int:
        """Independent observations with which the best test is right half of the time."""
        return bars_for_power(self.evidence.ic_worth_finding, 0.5, self.alpha)

    @cached_property
    def n_bars_per_year(self) -> float:
        """Bars in a calendar year."""
        return bars_per_year(self.evidence.closed_at)

    @cached_property
    def position(self) -> FloatArray:
        """Volatility-targeted position of the forecast out of sample."""
        rows = self.evidence.out_of_sample
        return target_volatility(self.expanding[rows], self.volatility[rows], self.n_bars_per_year)

    @cached_property
    def rule_position(self) -> FloatArray:
        """Volatility-targeted position of the rules out of sample, NaN where they are silent."""
        rows = self.evidence.out_of_sample
        direction, returns = self.evidence.rule_direction[rows], self.evidence.returns[rows]
        signal = hold_signals(direction, returns, self.evidence.horizon_bars)
        if self.is_relative:
            signal = against_others(signal, signal)
        position = target_volatility(signal, self.volatility[rows], self.n_bars_per_year)
        return np.where(np.isnan(signal), np.nan, position)

    @cached_property
    def over_cash(self) -> FloatArray:
        """Net return of the forecast's position on each out-of-sample bar."""
        return self._net(self.position, self.evidence.cost_bps)

    @cached_property
    def over_holding(self) -> FloatArray:
        """The same less buy and hold, free of costs, at the forecast's own mean exposure."""
        return self.over_cash - self._net(running_exposure(self.position), 0.0)

    @cached_property
    def over_rules(self) -> FloatArray:
        """The same less the rules at the same target and costs."""
        return self.over_cash - self._net(self.rule_position, self.evidence.cost_bps)

    @cached_property
    def contract_net(self) -> FloatArray:
        """Net return of following BUY, SELL and HOLD on each out-of-sample bar."""
        return contract_returns(self.evidence, self.evidence.direction)

    @cached_property
    def outcome(self) -> FloatArray:
        """Return over the horizon that each row's signal was made for, out of sample.

        Row i is the return from the close before bar i to that of the h-th bar from i on,
        over the symbol's own bars; NaN where that has not closed yet.
        """
        close, horizon = self.evidence.close, self.evidence.horizon_bars
        outcome = np.full(close.shape, np.nan)
        for column in range(close.shape[1]):
            there = np.flatnonzero(~np.isnan(close[:, column]))
            own = close[there, column]
            n_closed = max(len(own) - horizon, 0)
            moves = own[horizon:] / own[:n_closed] - 1.0
            outcome[there[1 : n_closed + 1], column] = moves
        return outcome[self.evidence.out_of_sample]

    def _against_others(self, values: FloatArray) -> FloatArray:
        """Return values less their mean over the symbols that have a forecast and a bar."""
        if not self.is_relative:
            return values
        return against_others(values, self.warmed_forecast + self.evidence.returns)

    def _net(self, position: FloatArray, cost_bps: float) -> FloatArray:
        returns = self.evidence.returns[self.evidence.out_of_sample]
        return pool_symbols(mark_positions(position, returns, cost_bps), returns)
