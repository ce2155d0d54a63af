"""Recovery: the proof that a model in the shadow is better than the rules again.

References
----------
Waudby-Smith and Ramdas 2024, section 4, for the bets; Ramdas and others 2023, "Game-theoretic
statistics and safe anytime-valid inference", section 2, for wealth that is partly kept in cash.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Self, TypeVar

from bellwether.monitor._errors import ForeignState, UnusableMonitorOption, UnusableObservation
from bellwether.monitor._scores import SCORE_CLIP

ACCURACY_GAINS = (0.02, 0.035, 0.05, 0.075)
SCORE_BETS = (0.05, 0.10, 0.18, 0.30)
# A recovery may begin long after the alarm: what is kept in cash is put in little by little.
FIRST_SHARE, LATER_SHARE = 0.5, 1.0 / 126.0
_LARGEST = 1e300
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryState:
    """All that the proof of a recovery remembers: a value.

    Parameters
    ----------
    hits, scores : tuple of tuple of float
        Wealth put in by phase of the horizon and by bet.
    cash : tuple of float
        Wealth by phase that is not put in yet.
    n_bars : int
        Bars taken since the alarm.
    """

    hits: tuple[tuple[float, ...], ...]
    scores: tuple[tuple[float, ...], ...]
    cash: tuple[float, ...]
    n_bars: int = 0

    @property
    def e_value(self) -> float:
        """Evidence that the model is better than the rules: 1 at the alarm."""
        pairs = zip(self.hits, self.scores, self.cash, strict=True)
        wealth = [
            math.fsum((*hits, *scores)) / (2 * len(hits)) + cash for hits, scores, cash in pairs
        ]
        return math.fsum(wealth) / len(wealth)

    def to_json(self) -> dict[str, Any]:
        """Return the state as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Return the state that `to_json` came from.

        Raises
        ------
        ForeignState
            If it is none.
        """
        try:
            hits, scores = (
                tuple(tuple(float(one) for one in phase) for phase in content[name])
                for name in ("hits", "scores")
            )
            cash = tuple(float(one) for one in content["cash"])
            n_bars = int(content["n_bars"])
        except (KeyError, TypeError, ValueError) as error:
            raise ForeignState("the state of a recovery", repr(error)) from error
        sizes = {len(phase) for phase in (*hits, *scores)}
        if not len(hits) == len(scores) == len(cash) > 0 or len(sizes) != 1 or 0 in sizes:
            raise ForeignState("the state of a recovery", f"{content}"[:200])
        return cls(hits=hits, scores=scores, cash=cash, n_bars=n_bars)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryTest:
    """An e-process against "no better than the rules", begun at the alarm.

    Parameters
    ----------
    accuracy, score : float
        Of the rules: what the model must have exceeded, in hits and in mean score.
    horizon_bars : int, default 1
        As in `HitDetector`.

    Raises
    ------
    UnusableMonitorOption
        If an option is out of its range.

    Attributes
    ----------
    shares : (float, float)
        How much of the cash is put in with the first bar, and with each later one.

    Notes
    -----
    Knows: outcomes since the alarm.
    With one phase and one symbol the chance that a model no better than the rules ever comes to
    20 is at most 1/20 (Ville); for pooled symbols and several phases it is measured
    (`make study-response`).

    Examples
    --------
    >>> test = RecoveryTest(accuracy=0.5, score=0.0)
    >>> state = test.start()
    >>> for _ in range(40):
    ...     state = test.step(state, [1.0], [0.8])
    >>> state.e_value > 20
    True
    """

    shares: ClassVar[tuple[float, float]] = (FIRST_SHARE, LATER_SHARE)

    accuracy: float
    score: float
    horizon_bars: int = 1
    _factors: tuple[tuple[float, float], ...] = field(init=False, repr=False)
    _bets: tuple[float, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not 0.05 <= self.accuracy <= 0.9:
            raise UnusableMonitorOption("accuracy", "from .05 to .9", f"{self.accuracy}")
        if not -SCORE_CLIP < self.score < SCORE_CLIP:
            expected = f"between -{SCORE_CLIP} and {SCORE_CLIP}"
            raise UnusableMonitorOption("score", expected, f"{self.score}")
        if self.horizon_bars < 1:
            raise UnusableMonitorOption("horizon_bars", "at least 1", f"{self.horizon_bars}")
        goals = [self.accuracy + gain for gain in ACCURACY_GAINS]
        factors = tuple((p / self.accuracy, (1.0 - p) / (1.0 - self.accuracy)) for p in goals)
        object.__setattr__(self, "_factors", factors)
        largest = 1.0 / (SCORE_CLIP + self.score)
        object.__setattr__(self, "_bets", tuple(share * largest for share in SCORE_BETS))

    @property
    def factors(self) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
        """What a hit and a miss multiply each bet on hits by, and the bets on scores."""
        of_hits, of_misses = zip(*self._factors, strict=True)
        return of_hits, of_misses, self._bets

    def start(self) -> RecoveryState:
        """Return the state at the alarm."""
        n = self.horizon_bars
        return RecoveryState(
            hits=((0.0,) * len(ACCURACY_GAINS),) * n,
            scores=((0.0,) * len(SCORE_BETS),) * n,
            cash=(1.0,) * n,
        )

    def step(
        self,
        state: RecoveryState,
        hits: Sequence[float],
        scores: Sequence[float],
        design_effects: tuple[float, float] = (1.0, 1.0),
    ) -> RecoveryState:
        """Return the state after one more bar.

        Parameters
        ----------
        state : RecoveryState
        hits : sequence of float
            1 for each hit, 0 for each miss.
        scores : sequence of float
            Standardised returns in the direction predicted, without weights.
        design_effects : (float, float)
            Of hits and of scores.

        Raises
        ------
        UnusableObservation
            If a score is not within +/-2.5, or a design effect is below 1.
        ForeignState
            If the state belongs to another horizon.
        """
        if len(state.cash) != self.horizon_bars:
            raise ForeignState(f"{self.horizon_bars} phases", f"{len(state.cash)}")
        if min(design_effects) < 1.0 or any(abs(one) > SCORE_CLIP for one in scores):
            raise UnusableObservation(f"scores within +/-{SCORE_CLIP}", f"{scores}"[:200])
        phase = state.n_bars % self.horizon_bars
        put_in = state.cash[phase] * (
            FIRST_SHARE if state.n_bars < self.horizon_bars else LATER_SHARE
        )
        by_hits = _grow(state.hits[phase], put_in, self._of_hits(hits, design_effects[0]))
        by_scores = _grow(state.scores[phase], put_in, self._of_scores(scores, design_effects[1]))
        return RecoveryState(
            hits=_put(state.hits, phase, by_hits),
            scores=_put(state.scores, phase, by_scores),
            cash=_put(state.cash, phase, state.cash[phase] - put_in),
            n_bars=state.n_bars + 1,
        )

    def _of_hits(self, hits: Sequence[float], effect: float) -> list[float]:
        won, lost = hits.count(1.0) / effect, hits.count(0.0) / effect
        return [up**won * down**lost for up, down in self._factors]

    def _of_scores(self, scores: Sequence[float], effect: float) -> list[float]:
        over = [one - self.score for one in scores]
        return [
            math.exp(math.fsum(math.log1p(bet * one) for one in over) / effect)
            for bet in self._bets
        ]


def _grow(wealth: Sequence[float], put_in: float, factors: Sequence[float]) -> tuple[float, ...]:
    pairs = zip(wealth, factors, strict=True)
    return tuple(min((own + put_in) * factor, _LARGEST) for own, factor in pairs)


def _put(items: tuple[_Item, ...], place: int, item: _Item) -> tuple[_Item, ...]:
    return (*items[:place], item, *items[place + 1 :])
