"""FeatureSet: named expressions in a fixed order, with a version and a digest."""

from dataclasses import dataclass
from functools import cached_property

from bellwether.features._errors import InvalidFeatureSet
from bellwether.features._expression import Expression
from bellwether.hashing import digest_json


@dataclass(frozen=True, kw_only=True)
class FeatureSet:
    """The features of a model, in the order in which it takes them.

    Parameters
    ----------
    name : str
    version : str
    features : tuple of (str, Expression)
        At least one; each name once.

    Raises
    ------
    InvalidFeatureSet
        If there are no features, or two of one name.

    Examples
    --------
    >>> from bellwether.features import close, mean
    >>> deviation = close / mean(close, 20) - 1
    >>> FeatureSet(name="mine", version="1", features=(("deviation", deviation),)).names
    ('deviation',)
    """

    name: str
    version: str
    features: tuple[tuple[str, Expression], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", tuple((name, one) for name, one in self.features))
        if not self.features:
            raise InvalidFeatureSet(self.name, "at least one feature", "none")
        twice = [name for name in self.names if self.names.count(name) > 1]
        if twice:
            raise InvalidFeatureSet(self.name, "each name once", f"{twice[0]} twice")

    def __len__(self) -> int:
        return len(self.features)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features, in order."""
        return tuple(name for name, _ in self.features)

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Expressions of the features, in order."""
        return tuple(expression for _, expression in self.features)

    @property
    def lookback_bars(self) -> int:
        """Bars that the features of one bar are a function of, its own the last of them."""
        return max(one.lookback_bars for one in self.expressions)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of name, version, feature names and canonical texts."""
        texts = [[name, str(one)] for name, one in self.features]
        return digest_json({"name": self.name, "version": self.version, "features": texts})
