"""What can be wrong with bars."""

from bellwether.errors import BarsError


class BarsContractBroken(BarsError):
    """A bar is not within the data contract.

    Parameters
    ----------
    symbol : str
    row : int or None
        Index of the first offending bar; None where the arrays as a whole do not fit.
    expected, was : str
        What the contract asks for, and what the bar holds.
    """

    def __init__(self, symbol: str, row: int | None, expected: str, was: str) -> None:
        self.symbol = symbol
        self.row = row
        place = f"in {symbol}" if row is None else f"in {symbol}, bar {row}"
        super().__init__(f"{expected} {place}", was, "correct or drop the bar")
