"""Who should answer: a filter over how good the model may be by now."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from bellwether.monitor._errors import ForeignState, UnusableMonitorOption, UnusableObservation
from bellwether.monitor._scores import SCORE_CLIP, drift_of_accuracy


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """How likely each quality of the model is: a value, rebuilt from the journal at any time.

    Parameters
    ----------
    accuracies, weights : tuple of float
        The qualities, and how likely each is; the weights add to one.
    """

    accuracies: tuple[float, ...]
    weights: tuple[float, ...]

    @property
    def mean_accuracy(self) -> float:
        """Accuracy to be expected of the next prediction."""
        pairs = zip(self.weights, self.accuracies, strict=True)
        return math.fsum(weight * accuracy for weight, accuracy in pairs)

    def to_json(self) -> dict[str, Any]:
        """Return the belief as JSON values."""
        return {"accuracies": list(self.accuracies), "weights": list(self.weights)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Return the belief that `to_json` came from.

        Raises
        ------
        ForeignState
            If it is none.
        """
        try:
            accuracies = tuple(float(one) for one in content["accuracies"])
            weights = tuple(float(one) for one in content["weights"])
        except (KeyError, TypeError, ValueError) as error:
            raise ForeignState("a stored belief", repr(error)) from error
        is_sound = len(accuracies) == len(weights) and math.isclose(math.fsum(weights), 1.0)
        if not is_sound or min(weights) < 0.0:
            raise ForeignState("weights that add to one", f"{content}"[:200])
        return cls(accuracies=accuracies, weights=weights)


@dataclass(frozen=True, slots=True, kw_only=True)
class Router:
    """Decides from settled hits whether the model or its fallback should answer.

    Parameters
    ----------
    accuracies : tuple of float
        Qualities that the model may have, its own out of sample first.
    start : tuple of float
        How likely each is when it begins to serve; they add to one.
    renewal : tuple of float
        Where a model goes whose quality changes; they add to one.
    changes_a_bar : float
        How often it changes.

    Raises
    ------
    UnusableMonitorOption
        If an option is out of its range.

    Notes
    -----
    Knows: hits up to the bar given.
    A hidden Markov model filtered forward (Hamilton 1989, equation 4), whose every change goes to
    `renewal`. A model is never given up for good: the renewal lets the belief recover.

    Examples
    --------
    >>> router = Router()
    >>> belief = router.begin()
    >>> router.serves_model(belief, fallback_accuracy=0.51)
    True
    >>> for _ in range(15):
    ...     belief = router.step(belief, [0])
    >>> router.serves_model(belief, fallback_accuracy=0.51)
    False
    """

    accuracies: tuple[float, ...] = (0.55, 0.515, 0.48, 0.45)
    start: tuple[float, ...] = (0.85, 0.05, 0.05, 0.05)
    renewal: tuple[float, ...] = (0.7, 0.1, 0.1, 0.1)
    changes_a_bar: float = 1.0 / 252.0
    _drifts: tuple[float, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.accuracies or not all(0.0 < one < 1.0 for one in self.accuracies):
            raise UnusableMonitorOption("accuracies", "between 0 and 1", f"{self.accuracies}")
        for name in ("start", "renewal"):
            weights = getattr(self, name)
            is_sound = len(weights) == len(self.accuracies) and min(weights) >= 0.0
            if not is_sound or not math.isclose(math.fsum(weights), 1.0):
                expected = "one weight for each accuracy, which add to one"
                raise UnusableMonitorOption(name, expected, f"{weights}")
        if not 0.0 <= self.changes_a_bar < 1.0:
            expected = "from 0 to below 1"
            raise UnusableMonitorOption("changes_a_bar", expected, f"{self.changes_a_bar}")
        object.__setattr__(self, "_drifts", tuple(map(drift_of_accuracy, self.accuracies)))

    @classmethod
    def around(cls, accuracy: float) -> Self:
        """Return the router of a model of some accuracy out of sample, with losses to scale.

        Examples
        --------
        >>> Router.around(0.60).accuracies
        (0.6, 0.53, 0.46, 0.4)
        """
        edge = accuracy - 0.5
        shares = (1.0, 0.3, -0.4, -1.0)
        if not 0.5 < accuracy < 1.0:
            raise UnusableMonitorOption("accuracy", "above .5 and below 1", f"{accuracy}")
        return cls(accuracies=tuple(round(0.5 + share * edge, 12) for share in shares))

    def begin(self) -> Belief:
        """Return the belief before the first outcome."""
        return Belief(accuracies=self.accuracies, weights=self.start)

    def step(self, belief: Belief, settled: Sequence[float], design_effect: float = 1.0) -> Belief:
        """Return the belief after one more bar.

        Parameters
        ----------
        belief : Belief
        settled : sequence of float
            1 for each hit, 0 for each miss settled with this bar, over all symbols.
        design_effect : float, default 1.0
            By how much symbols of one bar say less than as many independent ones.

        Raises
        ------
        UnusableObservation
            If an outcome is neither hit nor miss, or the design effect is below 1.
        ForeignState
            If the belief is about other accuracies.
        """
        self._check(belief, design_effect)
        n_hits, n_misses = settled.count(1.0), settled.count(0.0)
        if n_hits + n_misses != len(settled):
            raise UnusableObservation("outcomes of 1 for a hit and 0 for a miss", f"{settled}")
        hits, misses = n_hits / design_effect, n_misses / design_effect
        return self._learn(
            belief, [good**hits * (1.0 - good) ** misses for good in self.accuracies]
        )

    def step_scores(
        self, belief: Belief, settled: Sequence[float], design_effect: float = 1.0
    ) -> Belief:
        """Return the belief after one more bar, from scores: they say more than hits.

        Parameters
        ----------
        belief : Belief
        settled : sequence of float
            Standardised returns in the direction predicted, as `settled_score` gives them without
            weights.
        design_effect : float, default 1.0

        Raises
        ------
        UnusableObservation
            If a score is not within +/-2.5, or the design effect is below 1.
        ForeignState
            If the belief is about other accuracies.

        Notes
        -----
        Scores are taken for a t5 of unit variance around a drift that makes each accuracy.
        """
        self._check(belief, design_effect)
        if not all(-SCORE_CLIP <= one <= SCORE_CLIP for one in settled):
            raise UnusableObservation(f"scores within +/-{SCORE_CLIP}", f"{settled}")
        logs = [
            math.fsum(-3.0 * math.log1p((one - drift) ** 2 / 3.0) for one in settled)
            for drift in self._drifts
        ]
        best = max(logs)
        return self._learn(belief, [math.exp((one - best) / design_effect) for one in logs])

    def _check(self, belief: Belief, design_effect: float) -> None:
        if belief.accuracies != self.accuracies:
            raise ForeignState(f"a belief about {self.accuracies}", f"{belief.accuracies}")
        if not design_effect >= 1.0:
            raise UnusableObservation("a design effect of at least 1", f"{design_effect}")

    def _learn(self, belief: Belief, likelihoods: Sequence[float]) -> Belief:
        seen = [a * b for a, b in zip(belief.weights, likelihoods, strict=True)]
        total = math.fsum(seen)
        # So many outcomes at once that nothing is left of any weight say nothing new here.
        known = [one / total for one in seen] if total > 0.0 else list(belief.weights)
        stays = 1.0 - self.changes_a_bar
        pairs = zip(known, self.renewal, strict=True)
        weights = tuple(stays * one + self.changes_a_bar * new for one, new in pairs)
        return Belief(accuracies=self.accuracies, weights=weights)

    def serves_model(self, belief: Belief, fallback_accuracy: float) -> bool:
        """Return whether the model may be expected to be at least as good as its fallback."""
        return belief.mean_accuracy >= fallback_accuracy
