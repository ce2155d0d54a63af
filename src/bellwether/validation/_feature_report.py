"""What a look at features tells: values only, computed in `_feature_study`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


@dataclass(frozen=True, slots=True, kw_only=True)
class InformationCoefficient:
    """Rank correlation of a feature with what happened afterwards, and how sure that is.

    Parameters
    ----------
    coefficient : float
        Spearman's, within each symbol, pooled over symbols; NaN where the feature never varies.
    low, high : float
        Ends of a 95 % interval from resampled blocks of bars; NaN where the coefficient is.
    n_bars : int
        Bars at which both were known for some symbol.
    """

    coefficient: float
    low: float
    high: float
    n_bars: int

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero."""
        return self.low > 0.0 or self.high < 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureInformation:
    """One feature against one horizon, over all bars and year by year.

    Parameters
    ----------
    horizon_bars : int
    overall : InformationCoefficient
    years : mapping of int to InformationCoefficient
        Years with bars enough for an interval; ranks are those of the whole history.
    """

    horizon_bars: int
    overall: InformationCoefficient
    years: Mapping[int, InformationCoefficient]

    @property
    def n_years_agreeing(self) -> int:
        """Years whose coefficient has the sign of the one over all bars."""
        return sum(one.coefficient * self.overall.coefficient > 0.0 for one in self.years.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueShape:
    """How the finite values of a feature are spread; NaN where there are none.

    Parameters
    ----------
    mean, deviation : float
    quantiles : tuple of float
        At `QUANTILES`.
    tail_weight : float
        Spread of the middle 98 % over that of the middle 50 %, 1 for a normal distribution.
    farthest : float
        Largest distance from the mean, in standard deviations.
    """

    mean: float
    deviation: float
    quantiles: tuple[float, ...]
    tail_weight: float
    farthest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureFigures:
    """What one feature looks like on some bars.

    Parameters
    ----------
    name, definition : str
    lookback_bars : int
    missing_share : float
        Of the bars with a full lookback, those at which the value is not finite.
    shape : ValueShape
    memory_bars : float
        Integrated autocorrelation time: about so many bars hold one independent value. NaN
        where it never varies, infinite where the bars are too few to tell.
    cluster : int
        Which group of correlated features it belongs to, from 1, the largest.
    information : tuple of FeatureInformation
        One a horizon; empty where outcomes were not looked at.
    """

    name: str
    definition: str
    lookback_bars: int
    missing_share: float
    shape: ValueShape
    memory_bars: float
    cluster: int
    information: tuple[FeatureInformation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Luck:
    """What as many features without any information would show on these bars.

    Parameters
    ----------
    horizon_bars : int
    n_features : int
        Those that vary.
    n_found, n_by_chance : int, float
        Intervals that exclude zero, and how many would if no feature knew anything.
    largest : float
        The largest coefficient by size.
    largest_by_chance : float
        What the largest of so many worthless features exceeds in one case of twenty.
    chance : float
        How often the largest of so many worthless features is as large as the one found.
    n_beyond : int
        Features beyond `largest_by_chance`.
    """

    horizon_bars: int
    n_features: int
    n_found: int
    n_by_chance: float
    largest: float
    largest_by_chance: float
    chance: float
    n_beyond: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureCluster:
    """Features that tell much the same.

    Parameters
    ----------
    number : int
        From 1, the largest.
    representative : str
        The one that is most correlated with the others.
    names : tuple of str
    least_correlation : float
        Smallest size of a rank correlation between two of them; 1 where it is alone.
    """

    number: int
    representative: str
    names: tuple[str, ...]
    least_correlation: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureReport:
    """What a set of features looks like on the bars of some symbols.

    Parameters
    ----------
    name, version, digest : str
        Of the feature set.
    symbols : tuple of str
    interval : str
    first_at, last_at : str
        UTC instants of the first and the last bar, ISO 8601.
    n_bars : int
        Bars of all symbols.
    every_nth : int
        The distributions are of every n-th bar; 1 where all of them fit.
    features : tuple of FeatureFigures
        In the order of the set.
    clusters : tuple of FeatureCluster
        Largest first.
    luck : tuple of Luck
        One a horizon.
    """

    name: str
    version: str
    digest: str
    symbols: tuple[str, ...]
    interval: str
    first_at: str
    last_at: str
    n_bars: int
    every_nth: int
    features: tuple[FeatureFigures, ...]
    clusters: tuple[FeatureCluster, ...]
    luck: tuple[Luck, ...]

    @property
    def horizons(self) -> tuple[int, ...]:
        """Horizons whose outcomes were looked at; empty where none were."""
        return tuple(one.horizon_bars for one in self.luck)

    def to_json(self) -> dict[str, object]:
        """Return the report as plain JSON values; quantiles by their share."""
        content = asdict(self)
        for feature in content["features"]:
            shape = feature["shape"]
            pairs = zip(QUANTILES, shape["quantiles"], strict=True)
            shape["quantiles"] = {f"{share:g}": value for share, value in pairs}
            for one in feature["information"]:
                one["years"] = {str(year): found for year, found in one["years"].items()}
        return content
