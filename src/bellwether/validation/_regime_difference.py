"""Whether one model forecasts better than another in one kind of market."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from bellwether.arrays import BoolArray, FloatArray, IntArray
from bellwether.rules import Regime
from bellwether.validation._evidence import Evidence
from bellwether.validation._metrics import information_coefficient
from bellwether.validation._workings import Workings

LEAST_REGIME_BARS = 126
LASTING_BARS = 20
EVERY_REGIME = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeDifference:
    """What two models showed on the bars of one regime that are out of sample for both.

    Parameters
    ----------
    regime : str
        As the rules call it; "all" for every bar.
    n_bars : int
        Bars on which some symbol counts.
    champion_ic, previous_ic : float or None
        Information coefficient of each there; None where undefined.
    t, p : float or None
        Smallest of the four t-statistics of the previous champion's products less the
        champion's, and how often luck reaches it; None where it is undefined.
    needed_p : float or None
        What p must be below; None where nothing is tested.
    """

    regime: str
    n_bars: int
    champion_ic: float | None
    previous_ic: float | None
    t: float | None
    p: float | None
    needed_p: float | None

    @property
    def passes(self) -> bool:
        """Whether the previous champion is shown to forecast better."""
        return self.p is not None and self.needed_p is not None and self.p < self.needed_p

    def to_json(self) -> dict[str, Any]:
        """Return the difference as JSON values."""
        return {**asdict(self), "passes": self.passes}


def differ_by_regime(
    champion: Evidence,
    previous: Evidence,
    columns: Mapping[str, tuple[int, int]],
    regimes: FloatArray,
    level: float = 0.01,
) -> tuple[RegimeDifference, ...]:
    """Test in each regime whether the previous champion forecasts better than the champion.

    Parameters
    ----------
    champion, previous : Evidence
    columns : mapping of str to (int, int)
        Column of each common symbol in the champion's and in the previous one's evidence.
    regimes : float64 array of shape (n_bars of the champion, n_common_symbols)
        Code of the regime confirmed before each bar; NaN where it is not known.
    level : float, default 0.01
        Of the tests of all regimes together.

    Returns
    -------
    differences : tuple of RegimeDifference
        Of every bar first, which is reported and not tested, then by regime. A regime with fewer
        than 126 bars is not tested.

    Notes
    -----
    Knows: everything; each product, what was known before its bar and the bar itself.
    The statistic is the gate's own, on a difference: each forecast standardised by its past, less
    the other's, times the score of the return, summed over the symbols of a bar that are in the
    regime, under the gate's four centrings. Each bar is scored on its own, by the mean of the last
    h forecasts, and symbols of one bar count once: nothing overlaps. Bars of a regime are told by
    their past, so picking them leaves it there. The standard error is Newey and West's over 20
    bars where that is the larger one: of equally skilled models on a signal that lasts, the plain
    one takes 1.5 % for different at 1 %, and this one .6 % (`make study-regime-choice`).

    References
    ----------
    Newey and West (1987), A simple, positive semi-definite, heteroskedasticity and autocorrelation
    consistent covariance matrix.
    """
    pair = _Pair.of(champion, previous, columns)
    codes = regimes[pair.rows]
    parts = [(one.words, pair.known & (codes == float(one))) for one in Regime]
    n_tested = sum(_count(inside) >= LEAST_REGIME_BARS for _, inside in parts)
    found = [pair.compare(EVERY_REGIME, pair.known, None)]
    for words, inside in parts:
        is_tested = _count(inside) >= LEAST_REGIME_BARS
        found.append(pair.compare(words, inside, level / n_tested if is_tested else None))
    return tuple(found)


def _count(inside: BoolArray) -> int:
    return int(inside.any(axis=1).sum())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Pair:
    """Two models' standardised forecasts and the same scores, on their common bars."""

    rows: IntArray
    ours: tuple[FloatArray, FloatArray]
    theirs: tuple[FloatArray, FloatArray]
    scores: tuple[FloatArray, FloatArray]
    moves: FloatArray
    known: BoolArray

    @classmethod
    def of(
        cls, champion: Evidence, previous: Evidence, columns: Mapping[str, tuple[int, int]]
    ) -> "_Pair":
        _, rows, other_rows = np.intersect1d(
            champion.closed_at, previous.closed_at, assume_unique=True, return_indices=True
        )
        judged = (rows >= champion.out_of_sample_from) & (other_rows >= previous.out_of_sample_from)
        rows, other_rows = rows[judged], other_rows[judged]
        own, other = np.array(list(columns.values()), dtype=np.intp).reshape(-1, 2).T
        places, other_places = np.ix_(rows, own), np.ix_(other_rows, other)
        work, other_work = (Workings(one, level=0.01) for one in (champion, previous))
        ours = (work.expanding[places], work.exponential[places])
        theirs = (other_work.expanding[other_places], other_work.exponential[other_places])
        raw, centred = work.judged_scores
        scores = (raw[places], centred[places])
        return cls(
            rows=rows,
            ours=ours,
            theirs=theirs,
            scores=scores,
            moves=champion.returns[places] / work.volatility[places],
            known=np.isfinite(ours[0]) & np.isfinite(theirs[0]) & np.isfinite(scores[0]),
        )

    def compare(self, regime: str, inside: BoolArray, needed_p: float | None) -> RegimeDifference:
        """Return what both showed on some entries."""
        t = self._differ(inside)
        return RegimeDifference(
            regime=regime,
            n_bars=_count(inside),
            champion_ic=self._skill(self.ours[0], inside),
            previous_ic=self._skill(self.theirs[0], inside),
            t=t,
            p=None if t is None else NormalDist().cdf(-t),
            needed_p=needed_p,
        )

    def _differ(self, inside: BoolArray) -> float | None:
        spoken = np.asarray(inside.any(axis=1))
        four = [
            _t_of_differences(np.where(inside, (other - own) * score, 0.0).sum(axis=1), spoken)
            for own, other in zip(self.ours, self.theirs, strict=True)
            for score in self.scores
        ]
        smallest = float(np.min(four))
        return None if np.isnan(smallest) else smallest

    def _skill(self, forecast: FloatArray, inside: BoolArray) -> float | None:
        found = information_coefficient(np.where(inside, forecast, np.nan), self.moves)
        return None if found is None else found.value


def _t_of_differences(differences: FloatArray, spoken: BoolArray) -> float:
    """Return the sum over its standard error, which lasting luck makes larger and never smaller.

    Two models that know as much of a signal that lasts are right by turns: unlike the products of
    one forecast without skill, their differences hang together.
    """
    plain = float(np.sum(differences**2))
    if not plain > 0.0:
        return float("nan")
    apart = np.where(spoken, differences - differences[spoken].mean(), 0.0)
    lasting = sum(
        2.0 * (1.0 - lag / (LASTING_BARS + 1.0)) * float(apart[lag:] @ apart[:-lag])
        for lag in range(1, min(LASTING_BARS, len(apart) - 1) + 1)
    )
    return float(np.sum(differences)) / math.sqrt(max(plain, plain + lasting))
