"""Detectors of lost performance: Shiryaev-Roberts mixtures of e-processes.

The null hypothesis is that the model is still at least as good as its own floor. Evidence against
it is collected for every bar on which the loss might have begun, so that the threshold is the
wanted average run length itself: at threshold A a model that is as good as its floor is accused
once in A bars or less often, whatever the floor and whatever the loss.

References
----------
Shin, Ramdas and Rinaldo 2024, "E-detectors: a nonparametric framework for sequential change
detection", definition 2.1 and theorem 2.4; Waudby-Smith and Ramdas 2024 for the bets on a bounded
mean.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from bellwether.monitor._errors import ForeignState, UnusableMonitorOption, UnusableObservation
from bellwether.monitor._scores import SCORE_CLIP

# Losses of accuracy below the floor that are looked for.
ACCURACY_GAPS = (0.25, 0.20, 0.15, 0.125, 0.10, 0.075, 0.05, 0.035)
# A pool of symbols sees a small loss long before the large ones would help.
POOLED_GAPS = (0.075, 0.05, 0.035)
# Bets on a lower mean, as shares of the largest bet that cannot lose everything.
BET_SHARES = (0.03, 0.06, 0.10, 0.15, 0.22, 0.30, 0.40, 0.50)
_LARGEST = 1e300


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorState:
    """All that a detector remembers: a value, rebuilt from the journal at any time.

    Parameters
    ----------
    sums : tuple of tuple of float
        Evidence by phase of the horizon and by alternative.
    n_bars : int
        Bars taken so far; they decide whose phase is next.
    """

    sums: tuple[tuple[float, ...], ...]
    n_bars: int = 0

    @property
    def e_value(self) -> float:
        """Evidence that the model is below its floor; an alarm at the wanted run length."""
        return math.fsum(math.fsum(phase) / len(phase) for phase in self.sums)

    @property
    def e_value_per_bar(self) -> float:
        """Evidence whose expectation is at most one where nothing is wrong."""
        return self.e_value / max(self.n_bars, 1)

    def to_json(self) -> dict[str, Any]:
        """Return the state as JSON values."""
        return {"sums": [list(phase) for phase in self.sums], "n_bars": self.n_bars}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Return the state that `to_json` came from.

        Raises
        ------
        ForeignState
            If it is none.
        """
        try:
            sums = tuple(tuple(float(one) for one in phase) for phase in content["sums"])
            n_bars = int(content["n_bars"])
        except (KeyError, TypeError, ValueError) as error:
            raise ForeignState("the state of a detector", repr(error)) from error
        sizes = {len(phase) for phase in sums}
        if not sums or len(sizes) != 1 or 0 in sizes or n_bars < 0:
            raise ForeignState("as many sums in each phase", f"{content}"[:200])
        return cls(sums=sums, n_bars=n_bars)


class Detector(Protocol):
    """Says how strongly settled outcomes speak against a model.

    Treaty: states are values and `step` leaves the one it is given as it was; the same outcomes
    in the same order give the same state, to the last bit; `start` gives a state whose e-value
    is zero; an outcome is taken once, when it is settled, in the order of the bars.
    """

    def start(self) -> DetectorState:
        """Return the state before the first bar, and after an alarm was dealt with."""
        ...

    def step(
        self, state: DetectorState, settled: Sequence[float], design_effect: float = 1.0
    ) -> DetectorState:
        """Return the state after one more bar.

        Parameters
        ----------
        state : DetectorState
        settled : sequence of float
            Outcomes that were settled with this bar, one a symbol; none is a bar of its own.
        design_effect : float, default 1.0
            By how much symbols of one bar say less than as many independent ones; known before
            the bar. See `design_effect`.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HitDetector:
    """Watches hits and misses: the detector one can explain; treaty as `Detector`.

    Parameters
    ----------
    floor : float
        Accuracy that the model is to keep, above .25 and below 1: the lower 90 % bound of what it
        had out of sample, and not below its fallback's.
    horizon_bars : int, default 1
        Bars a prediction is made for. Overlapping outcomes are dealt to as many phases, each of
        outcomes that do not overlap.
    gaps : tuple of float
        Losses below the floor that are looked for; `POOLED_GAPS` for many symbols together.

    Raises
    ------
    UnusableMonitorOption
        If an option is out of its range.

    Notes
    -----
    Knows: outcomes up to the bar given.
    Each alternative p has its sum M <- (1 + M) x likelihood ratio of p to the floor; the evidence
    is the mean of M over alternatives, added up over phases. With one phase an average run length
    of at least the threshold is proven where each hit has a probability of at least the floor given
    the past; over several phases, and for pooled symbols, it is measured (`make study-alarms`).

    Examples
    --------
    >>> detector = HitDetector(floor=0.53)
    >>> state = detector.start()
    >>> for hit in (1, 0, 0, 1, 0, 0, 0, 0):
    ...     state = detector.step(state, [hit])
    >>> round(state.e_value, 2)
    17.88
    """

    floor: float
    horizon_bars: int = 1
    gaps: tuple[float, ...] = ACCURACY_GAPS
    _ratios: tuple[tuple[float, ...], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not 0.25 < self.floor < 1.0:
            raise UnusableMonitorOption("floor", "above .25 and below 1", f"{self.floor}")
        if not self.gaps or not all(0.0 < gap < self.floor for gap in self.gaps):
            expected = "losses above 0 and below the floor"
            raise UnusableMonitorOption("gaps", expected, f"{self.gaps}")
        _check_horizon(self.horizon_bars)
        ratios = [_likelihood_ratios(one, self.floor) for one in self.alternatives]
        object.__setattr__(self, "_ratios", tuple(zip(*ratios, strict=True)))

    @property
    def alternatives(self) -> tuple[float, ...]:
        """Accuracies below the floor that are looked for."""
        return tuple(self.floor - gap for gap in self.gaps)

    def start(self) -> DetectorState:
        """Return the state before the first bar."""
        return _start(self.horizon_bars, len(self.gaps))

    def step(
        self, state: DetectorState, settled: Sequence[float], design_effect: float = 1.0
    ) -> DetectorState:
        """Return the state after one more bar; an outcome is 1 for a hit and 0 for a miss.

        Raises
        ------
        UnusableObservation
            If an outcome is neither, or the design effect is below 1.
        ForeignState
            If the state belongs to a detector of other options.
        """
        n_hits, n_misses = settled.count(1.0), settled.count(0.0)
        if n_hits + n_misses != len(settled):
            raise UnusableObservation("outcomes of 1 for a hit and 0 for a miss", f"{settled}")
        of_hits, of_misses = self._ratios
        hits, misses = _thinned(n_hits, design_effect), _thinned(n_misses, design_effect)
        if hits + misses == 1.0 and 1.0 in (hits, misses):
            return _advance(state, self.horizon_bars, of_hits if hits else of_misses)
        pairs = zip(of_hits, of_misses, strict=True)
        factors = [up**hits * down**misses for up, down in pairs]
        return _advance(state, self.horizon_bars, factors)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreDetector:
    """Watches standardised scores: faster than hits, since a large miss says more.

    Treaty as `Detector`.

    Parameters
    ----------
    floor : float
        Mean score that the model is to keep: the lower 90 % bound of its mean out of sample;
        above -2.5 and below 2.5.
    horizon_bars : int, default 1
        As in `HitDetector`.
    bet_shares : tuple of float
        Bets on a lower mean, as shares of the largest that cannot lose everything.

    Raises
    ------
    UnusableMonitorOption
        If an option is out of its range.

    Notes
    -----
    Knows: outcomes up to the bar given.
    The sum of each bet is M <- (1 + M) x (1 + bet x (floor - score)), whose expectation a mean
    score at the floor or above does not raise (Waudby-Smith and Ramdas 2024, section 4).
    """

    floor: float
    horizon_bars: int = 1
    bet_shares: tuple[float, ...] = BET_SHARES
    _bets: tuple[float, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not -SCORE_CLIP < self.floor < SCORE_CLIP:
            expected = f"between -{SCORE_CLIP} and {SCORE_CLIP}"
            raise UnusableMonitorOption("floor", expected, f"{self.floor}")
        if not self.bet_shares or not all(0.0 < share < 1.0 for share in self.bet_shares):
            expected = "shares above 0 and below 1"
            raise UnusableMonitorOption("bet_shares", expected, f"{self.bet_shares}")
        _check_horizon(self.horizon_bars)
        object.__setattr__(self, "_bets", self.bets)

    @property
    def bets(self) -> tuple[float, ...]:
        """What is put on a mean below the floor."""
        largest = 1.0 / (SCORE_CLIP - self.floor)
        return tuple(share * largest for share in self.bet_shares)

    def start(self) -> DetectorState:
        """Return the state before the first bar."""
        return _start(self.horizon_bars, len(self.bet_shares))

    def step(
        self, state: DetectorState, settled: Sequence[float], design_effect: float = 1.0
    ) -> DetectorState:
        """Return the state after one more bar; scores are as `settled_score` gives them.

        Raises
        ------
        UnusableObservation
            If a score is not within +/-2.5, or the design effect is below 1.
        ForeignState
            If the state belongs to a detector of other options.
        """
        if not all(-SCORE_CLIP <= one <= SCORE_CLIP for one in settled):
            raise UnusableObservation(f"scores within +/-{SCORE_CLIP}", f"{settled}")
        share = _thinned(1.0, design_effect)
        short = [self.floor - one for one in settled]
        if len(short) == 1 and share == 1.0:
            factors = [1.0 + bet * short[0] for bet in self._bets]
        else:
            logs = (math.fsum(math.log1p(bet * one) for one in short) for bet in self._bets)
            factors = [math.exp(share * log) for log in logs]
        return _advance(state, self.horizon_bars, factors)


def _check_horizon(horizon_bars: int) -> None:
    if horizon_bars < 1:
        raise UnusableMonitorOption("horizon_bars", "at least 1", f"{horizon_bars}")


def _likelihood_ratios(alternative: float, floor: float) -> tuple[float, float]:
    """Return by how much a hit and a miss are likelier under an alternative than at the floor."""
    return alternative / floor, (1.0 - alternative) / (1.0 - floor)


def _thinned(amount: float, design_effect: float) -> float:
    if not design_effect >= 1.0:
        raise UnusableObservation("a design effect of at least 1", f"{design_effect}")
    return amount / design_effect


def _start(n_phases: int, n_alternatives: int) -> DetectorState:
    return DetectorState(sums=((0.0,) * n_alternatives,) * n_phases)


def _advance(state: DetectorState, n_phases: int, factors: Sequence[float]) -> DetectorState:
    if len(state.sums) != n_phases or len(state.sums[0]) != len(factors):
        expected = f"{n_phases} phases of {len(factors)} sums"
        raise ForeignState(expected, f"{len(state.sums)} of {len(state.sums[0])}")
    phase = state.n_bars % n_phases
    own = tuple(map(_grow, state.sums[phase], factors))
    sums = (*state.sums[:phase], own, *state.sums[phase + 1 :])
    return DetectorState(sums=sums, n_bars=state.n_bars + 1)


def _grow(total: float, factor: float) -> float:
    return min((1.0 + total) * factor, _LARGEST)
