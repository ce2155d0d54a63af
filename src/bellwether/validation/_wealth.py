"""Wealth of a bettor against 'no skill': evidence that may be looked at whenever one likes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.validation._stored import decode, encode

STAKES = (0.02, 0.04, 0.07, 0.11, 0.16, 0.22)
PAYOFF_SCALE = 1.1
PAYOFF_LIMIT = 4.0
N_PAIRS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Wealth:
    """A betting e-process under each of the four centrings; the poorest of the four counts.

    Parameters
    ----------
    log_wealth : tuple of tuple of float
        For each pair of forecast and return score, the logarithm of what six bettors of growing
        boldness made of 1 each.
    n_bars : int
        Bars that were bet on.

    Notes
    -----
    Knows: the bars it was stepped over. Without skill its value exceeds x at any time
    with a probability of at most 1/x, however often one looks.

    References
    ----------
    Waudby-Smith & Ramdas (2024), Estimating means of bounded random variables by betting.

    Examples
    --------
    >>> wealth = Wealth.start()
    >>> wealth.value
    1.0
    >>> wealth.step((1.0, 0.9), (1.2, 1.1)).value > 1.0 > wealth.step((1.0, 0.9), (-1.0, 0.2)).value
    True
    """

    log_wealth: tuple[tuple[float, ...], ...]
    n_bars: int

    @classmethod
    def start(cls) -> Self:
        """Return the wealth before the first bet: 1."""
        return cls(log_wealth=((0.0,) * len(STAKES),) * N_PAIRS, n_bars=0)

    @property
    def value(self) -> float:
        """What the six of the poorest pair own together for each 1 they began with."""
        return float(np.exp(np.asarray(self.log_wealth)).mean(axis=1).min())

    def step(
        self, forecast_scores: tuple[float, float], return_scores: tuple[float, float]
    ) -> Self:
        """Return the wealth after one more bar.

        Parameters
        ----------
        forecast_scores : pair of float
            The forecast standardised by its whole past and by its recent past, known before
            the bar.
        return_scores : pair of float
            Score of the bar's return, and of the return less its running mean.

        Notes
        -----
        NaN: nothing is bet.
        """
        products = [one * other for one in forecast_scores for other in return_scores]
        return self.bet(np.array([products]))

    def bet(self, products: FloatArray) -> Self:
        """Return the wealth after several bars, the same as after that many steps.

        Parameters
        ----------
        products : float64 array of shape (n_bars, 4)
            Forecast score times return score of each bar, oldest first, in the order of the
            statistics of `SkillStatistic`, as `step` forms them. For a panel the sum over its
            symbols, over the root mean square of such sums before.
        """
        if not len(products):
            return self
        last = self._paths(products)[-1]
        log_wealth = tuple(tuple(bettors) for bettors in last.tolist())
        return type(self)(log_wealth=log_wealth, n_bars=self.n_bars + len(products))

    def values_over(self, products: FloatArray) -> FloatArray:
        """Return the value after each of several bars, float64 of shape (n_bars,)."""
        return np.asarray(np.exp(self._paths(products)).mean(axis=2).min(axis=1))

    def _paths(self, products: FloatArray) -> FloatArray:
        payoffs = np.nan_to_num(products, nan=0.0) / PAYOFF_SCALE
        bets = np.clip(payoffs, -PAYOFF_LIMIT, PAYOFF_LIMIT)[:, :, None] * np.array(STAKES)
        steps = np.concatenate([[self.log_wealth], np.log1p(bets)])
        return np.asarray(np.cumsum(steps, axis=0)[1:])

    def to_json(self) -> dict[str, Any]:
        """Return the wealth as JSON values."""
        encoded: dict[str, Any] = encode(self)
        return encoded

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Return the wealth that `to_json` came from.

        Raises
        ------
        UnreadableVerdict
            If a part is missing, unknown or of another type.
        """
        wealth: Self = decode(cls, content)
        return wealth
