"""A market on which forecasts of known worth are judged, the shipped rules beside them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.bars import Panel
from bellwether.rules import rule_signals
from bellwether.trials import TrialCount
from bellwether.validation._combine import combine_configurations
from bellwether.validation._evidence import Evidence

OUT_OF_SAMPLE_FROM_FRAC = 0.30


@dataclass(frozen=True, kw_only=True, eq=False)
class JudgedMarket:
    """Bars, and what every Evidence about them shares.

    Parameters
    ----------
    panel : Panel
        Every symbol with a bar at every instant.
    """

    panel: Panel

    @cached_property
    def close(self) -> FloatArray:
        """Adjusted closes, float64 of shape (n_bars, n_symbols)."""
        return np.column_stack([bars.matrix[:, 3] for bars in self.panel.bars])

    @cached_property
    def returns(self) -> FloatArray:
        """Close-to-close returns, float64 of shape (n_bars, n_symbols), NaN on the first bar."""
        return _after_nothing(self.close[1:] / self.close[:-1] - 1.0)

    @cached_property
    def rule_direction(self) -> FloatArray:
        """The shipped rules' signal known before each bar, shape as the returns."""
        said = [rule_signals(bars.matrix).direction for bars in self.panel.bars]
        return _after_nothing(np.column_stack(said).astype(np.float64)[:-1])

    def combine(self, members: FloatArray) -> FloatArray:
        """Return the forecasts of several configurations as the one that is judged.

        Parameters
        ----------
        members : float64 array of shape (n_members, n_bars, n_symbols)
        """
        if len(members) == 1:
            return np.asarray(members[0])
        return combine_configurations(members, self.returns).forecast

    def evidence(
        self,
        forecast: FloatArray,
        *,
        n_bars: int | None = None,
        n_looks: int = 1,
        cost_bps: float = 5.0,
        ic_worth_finding: float = 0.10,
    ) -> Evidence:
        """Return evidence of soundly made forecasts about these bars.

        Parameters
        ----------
        forecast : float64 array of shape (n_bars, n_symbols)
            Row i known before bar i; out of sample from 30 % of the bars on, and warm from
            the second bar on.
        n_bars : int, optional
            Only so many bars, the first ones; all of them by default.
        n_looks : int, default 1
            Which look at this one pipeline it is.
        cost_bps, ic_worth_finding : float
            As in Evidence.

        Returns
        -------
        evidence : Evidence
            Of a single pipeline, with one fold and with leak probes that found nothing.
        """
        closed_at = self.panel.closed_at[:n_bars]
        returns, close = self.returns[:n_bars], self.close[:n_bars]
        forecast, rules = forecast[:n_bars], self.rule_direction[:n_bars]
        return Evidence(
            name="calibration",
            pipeline="calibration",
            snapshot="",
            closed_at=closed_at,
            close=close,
            returns=returns,
            forecast=forecast,
            direction=np.sign(forecast),
            rule_direction=rules,
            target=np.concatenate([returns[1:], np.full((1, returns.shape[1]), np.nan)]),
            out_of_sample_from=first_judged_bar(len(closed_at)),
            warm_from=1,
            trials=TrialCount(n_pipelines=1, n_looks=n_looks),
            cost_bps=cost_bps,
            ic_worth_finding=ic_worth_finding,
            fold_spans=((closed_at[0], closed_at[1]),),
            leaks_probed=True,
        )


def first_judged_bar(n_bars: int) -> int:
    """Return the first bar out of sample of a history of so many bars: 30 % of it."""
    return round(OUT_OF_SAMPLE_FROM_FRAC * n_bars)


def _after_nothing(values: FloatArray) -> FloatArray:
    """Return values behind a first bar for which there is none."""
    return np.concatenate([np.full((1, values.shape[1]), np.nan), values])
