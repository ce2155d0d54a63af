"""What an answer says of itself: its features' part in it, and what became of its like."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PastHits:
    """How often past out-of-sample forecasts about as strong as this one were right.

    Parameters
    ----------
    n_hits, n_settled : int
        Forecasts that got the direction right, and all of them.
    """

    n_hits: int
    n_settled: int

    @property
    def rate(self) -> float | None:
        """Share of hits; None where there was no such forecast."""
        return self.n_hits / self.n_settled if self.n_settled else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """How much one feature moved the answer.

    Parameters
    ----------
    feature : str
    amount : float
        By how much it moved the model's own chance of a rise: .01 is one point of a hundred.
    """

    feature: str
    amount: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What an answer's contributions add up to, or why there are none.

    Parameters
    ----------
    baseline, value : float or None
        The model's own chance of a rise with every feature at its training mean, and as it
        was: the contributions add up to the distance. What is thought of the model may have
        moved the answer's chance since.
    trouble : str
        Why there are none, in words; empty where there are.
    """

    baseline: float | None
    value: float | None
    trouble: str = ""
