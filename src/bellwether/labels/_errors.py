"""What can be wrong with a label."""

from bellwether.errors import LabelError


class HorizonOutOfRange(LabelError):
    """A horizon is no whole number of bars from 1 on.

    Parameters
    ----------
    horizon_bars : object
        What was asked for.
    """

    def __init__(self, horizon_bars: object) -> None:
        self.horizon_bars = horizon_bars
        super().__init__(
            "a horizon of 1 or more whole bars",
            repr(horizon_bars),
            "choose how many bars ahead to predict; 1 and 5 are usual",
        )


class LabelShapeMismatch(LabelError):
    """Arrays that describe the same bars have different lengths.

    Parameters
    ----------
    name : str
        The array that does not fit.
    expected_shape, was_shape : tuple of int
    """

    def __init__(
        self, name: str, expected_shape: tuple[int, ...], was_shape: tuple[int, ...]
    ) -> None:
        self.name = name
        self.expected_shape = expected_shape
        self.was_shape = was_shape
        super().__init__(
            f"{name} of shape {expected_shape}",
            f"of shape {was_shape}",
            "give one value for each bar",
        )


class LabelStillOpen(LabelError):
    """A label was asked for its outcome before it has one.

    Parameters
    ----------
    row : int
        The first row without an outcome.
    """

    def __init__(self, row: int) -> None:
        self.row = row
        super().__init__(
            "a finite return in every row",
            f"none in row {row}",
            "leave out the rows whose label is not closed yet",
        )


class UnusableHalfLife(LabelError):
    """A half-life is no time at all.

    Parameters
    ----------
    half_life_bars : float
    """

    def __init__(self, half_life_bars: float) -> None:
        self.half_life_bars = half_life_bars
        super().__init__(
            "a half-life above 0 bars", f"{half_life_bars:g}", "two years are 504 daily bars"
        )
