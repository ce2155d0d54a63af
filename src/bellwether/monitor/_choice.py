"""Choice: in which kinds of market the previous champion is to answer before the champion."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from bellwether.monitor._errors import ForeignState


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenRegime:
    """A kind of market in which one of two models was shown to forecast better.

    Parameters
    ----------
    regime : str
        As the rules call it, such as "trending up".
    n_bars : int
        Bars out of sample for both that it rests on; 1 or more.
    t, p : float
        Statistic of the difference, and how often luck reaches it.
    """

    regime: str
    n_bars: int
    t: float
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeChoice:
    """Which of a market's two promoted models answers first, by kind of market: stored as JSON.

    Parameters
    ----------
    champion : str
        Id of the champion, who answers first wherever nothing was shown.
    chosen : str
        Id of the previous champion, who was shown to be better in the regimes told.
    regimes : tuple of ChosenRegime
        Empty where nothing was shown.
    rests_on : str
        Digest of what it was computed from.

    Notes
    -----
    It is about these two models in these two places. Whatever changes one of them - a promotion,
    a rollback, a retirement - leaves a pair that it is not about.

    Examples
    --------
    >>> found = ChosenRegime(regime="ranging", n_bars=420, t=3.4, p=0.0003)
    >>> choice = RegimeChoice(champion="b", chosen="a", regimes=(found,), rests_on="")
    >>> [choice.names("b", "a", regime) for regime in ("ranging", "volatile")]
    [True, False]
    >>> choice.names("a", "b", "ranging")
    False
    """

    champion: str
    chosen: str
    regimes: tuple[ChosenRegime, ...]
    rests_on: str

    def is_about(self, champion: str, previous: str) -> bool:
        """Whether it is about these two models in these places."""
        return (self.champion, self.chosen) == (champion, previous)

    def names(self, champion: str, previous: str, regime: str) -> bool:
        """Whether the previous champion is to answer first in a regime."""
        known = any(one.regime == regime for one in self.regimes)
        return known and self.is_about(champion, previous)

    def to_json(self) -> dict[str, Any]:
        """Return the choice as JSON values."""
        return {**asdict(self), "regimes": [asdict(one) for one in self.regimes]}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Return the choice that `to_json` came from.

        Raises
        ------
        ForeignState
            If it is none.
        """
        try:
            regimes = tuple(ChosenRegime(**one) for one in content["regimes"])
            found = cls(**{**content, "regimes": regimes})
            is_sound = all(0.0 <= one.p <= 1.0 and one.n_bars > 0 for one in regimes)
        except (KeyError, TypeError) as error:
            raise ForeignState("a stored choice by regime", repr(error)) from error
        texts = (found.champion, found.chosen, found.rests_on, *(one.regime for one in regimes))
        if not is_sound or not all(isinstance(one, str) for one in texts):
            raise ForeignState("a stored choice by regime", f"{content}"[:200])
        return found
