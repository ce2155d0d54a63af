"""What a tuner may try: a range for each option worth searching, family by family."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bellwether.models._catalog import make_options
from bellwether.models._options import OptionValue


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRange:
    """Values that one option may take while it is tuned.

    Parameters
    ----------
    least, most : int or float
        Both included; whole numbers where both are.
    logarithmic : bool, default False
        Whether equal ratios count as equal steps.
    """

    least: float
    most: float
    logarithmic: bool = False

    @property
    def whole(self) -> bool:
        """Whether only whole numbers are in it."""
        return isinstance(self.least, int) and isinstance(self.most, int)

    def holds(self, value: OptionValue) -> bool:
        """Return whether a value lies in it."""
        return not isinstance(value, tuple | str) and self.least <= value <= self.most


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSpace:
    """What is searched of one family.

    Parameters
    ----------
    ranges : mapping of str to SearchRange
        By option.
    effort : str or None
        Option that says how long a fit lasts, in epochs or trees: a tuner gives a configuration a
        share of it before it pays for the whole. None where a fit is solved at once.
    """

    ranges: Mapping[str, SearchRange]
    effort: str | None = None


_SHRINKAGE = SearchRange(least=0.02, most=0.3, logarithmic=True)
_NET: Mapping[str, SearchRange] = MappingProxyType(
    {
        "learning_rate": SearchRange(least=1e-4, most=1e-2, logarithmic=True),
        "dropout_frac": SearchRange(least=0.0, most=0.5),
        "batch_rows": SearchRange(least=16, most=512, logarithmic=True),
    }
)
SEARCH_SPACES: Mapping[str, SearchSpace] = MappingProxyType(
    {
        "gradient_boosting": SearchSpace(
            ranges=MappingProxyType(
                {
                    "learning_rate": SearchRange(least=0.005, most=0.3, logarithmic=True),
                    "max_depth": SearchRange(least=1, most=6),
                    "row_frac": SearchRange(least=0.4, most=1.0),
                    "column_frac": SearchRange(least=0.3, most=1.0),
                }
            ),
            effort="max_trees",
        ),
        "logistic": SearchSpace(ranges={"prior_information_coefficient": _SHRINKAGE}),
        "lstm": SearchSpace(ranges=_NET, effort="max_epochs"),
        "quadratic": SearchSpace(
            ranges={
                "prior_information_coefficient": SearchRange(
                    least=0.01, most=0.2, logarithmic=True
                ),
                "n_steps": SearchRange(least=2, most=20, logarithmic=True),
            }
        ),
        "ridge": SearchSpace(ranges={"prior_information_coefficient": _SHRINKAGE}),
        "transformer": SearchSpace(ranges=_NET, effort="max_epochs"),
    }
)


def find_search_space(
    name: str, *, preset: str, changes: Mapping[str, OptionValue]
) -> tuple[SearchSpace, dict[str, OptionValue]]:
    """Return what of a family is searched, and the point where the search starts.

    Parameters
    ----------
    name, preset : str
    changes : mapping of str to number
        Options that somebody has set: they are not searched.

    Returns
    -------
    space : SearchSpace
        Without ranges where nothing is to be searched.
    start : dict of str to number
        The preset's own values of what is searched, moved into the ranges.

    Raises
    ------
    UnknownFamily, UnknownPreset, UnknownOption, UnusableOption
        As `make_options`.

    Examples
    --------
    >>> space, start = find_search_space("ridge", preset="contract", changes={})
    >>> sorted(space.ranges), start
    (['prior_information_coefficient'], {'prior_information_coefficient': 0.1})
    """
    options = make_options(name, preset=preset, changes=changes)
    whole = SEARCH_SPACES.get(name, SearchSpace(ranges={}))
    ranges = {option: whole.ranges[option] for option in whole.ranges if option not in changes}
    start = {
        option: min(max(getattr(options, option), one.least), one.most)
        for option, one in ranges.items()
    }
    return SearchSpace(ranges=ranges, effort=whole.effort), start
