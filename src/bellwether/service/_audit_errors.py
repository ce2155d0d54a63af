"""What can be wrong with forecasts that somebody brings to be audited."""

from collections.abc import Sequence

from bellwether.errors import ServiceError


class ForecastColumnsUnclear(ServiceError):
    """A table of forecasts lacks a column that is needed, or does not say what a column holds.

    Parameters
    ----------
    source : str
        What the table is called.
    expected, was, hint : str
    """

    http_status = 422

    def __init__(self, source: str, expected: str, was: str, hint: str) -> None:
        self.source = source
        super().__init__(f"{expected} in {source}", was, hint)


class KindUnclear(ServiceError):
    """The values of a column fit several kinds of forecasts, or none.

    Parameters
    ----------
    column : str
    fitting : sequence of str
        The kinds that fit.
    seen : str
        What the values look like.
    """

    http_status = 422

    def __init__(self, column: str, fitting: Sequence[str], seen: str) -> None:
        self.column = column
        self.fitting = tuple(fitting)
        self.seen = seen
        choices = " or ".join(f"--kind {kind}" for kind in self.fitting)
        every = "--kind return, price, direction, probability or score"
        hint = f"say what it is: {choices if fitting else every}"
        if set(self.fitting) == {"direction", "probability"}:
            hint += " (direction: 0 means no view; probability: 0 means down)"
        super().__init__(
            f"values of one kind of forecast in column {column!r}",
            f"{seen}, which fits {' and '.join(self.fitting) or 'none'}",
            hint,
        )


class ForecastsElsewhere(ServiceError):
    """The forecasts are not about these bars.

    Parameters
    ----------
    expected, was, hint : str
    """

    http_status = 422
