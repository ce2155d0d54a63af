"""What is asked about stored bars and cannot be.

::

    RequestRefused
    ├── IntervalDiffers     the bars sent have another interval than was said
    └── SymbolMissing       neither the request nor the bars say of which market they are
"""

from bellwether.http._errors import RequestRefused


class IntervalDiffers(RequestRefused):
    """The bars sent have another interval than was said.

    Parameters
    ----------
    said, found : str
    """

    http_status = 422

    def __init__(self, said: str, found: str) -> None:
        self.said = said
        self.found = found
        super().__init__(
            f"bars with interval {said}",
            f"bars whose closes are {found} apart",
            "correct the interval, or leave it out; nothing was stored",
        )


class SymbolMissing(RequestRefused):
    """Neither the request nor the bars say of which market they are."""

    http_status = 422

    def __init__(self) -> None:
        super().__init__(
            "a symbol",
            "a table without one",
            "name the market in the query: ?symbol=NAME; nothing was stored",
        )
