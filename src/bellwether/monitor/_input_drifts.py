"""What a check of inputs found: each thing that was compared, and all of them together."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureDrift:
    """How far one feature is from its reference.

    Parameters
    ----------
    name : str
    distance : float
        Largest difference between the two distributions, from 0 to 1.
    p : float
        Chance of so large a difference where nothing has changed.
    share : float
        Part of a check's level that it is held to.
    n_effective : float
        Independent looks that the recent bars hold.
    psi, psi_high : float
        Population stability index, and its 95 % limit where nothing has changed.
    """

    name: str
    distance: float
    p: float
    share: float
    n_effective: float
    psi: float
    psi_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VolatilityDrift:
    """How far the level of volatility is from that of training.

    Parameters
    ----------
    name : str
        "volatility level".
    times : float
        Recent true range over the usual one, as a ratio of geometric means; 1 is as in training.
    p : float
        Chance of so large a difference, up or down, where nothing has changed.
    share : float
        Part of a check's level that it is held to.
    n_effective : float
        Independent looks that sixty bars hold.
    """

    name: str
    times: float
    p: float
    share: float
    n_effective: float


@dataclass(frozen=True, slots=True, kw_only=True)
class InputCheck:
    """All features, and volatility where it is known, against their reference.

    Parameters
    ----------
    features : tuple of FeatureDrift or VolatilityDrift
        The most surprising first, each for its share of the level.
    level : float
        Wanted chance of one false alarm in a check of everything together.
    """

    features: tuple[FeatureDrift | VolatilityDrift, ...]
    level: float

    @property
    def drifted(self) -> tuple[FeatureDrift | VolatilityDrift, ...]:
        """What has changed, by Bonferroni's bound over everything."""
        return tuple(one for one in self.features if one.p < self.level * one.share)

    @property
    def p(self) -> float:
        """Level from which on something has changed, at most 1."""
        return min(self.features[0].p / self.features[0].share, 1.0)
