"""What an answer says of itself: its features' and members' parts, what became of its like."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPart:
    """What one member of an ensemble had to do with the answer.

    Parameters
    ----------
    name : str
        Its family: each takes part once.
    weight : float
        Its share of the say on this bar; they sum to one.
    standardised : float
        Its forecast in units of its own past ones, cut off at +/-3.
    contribution : float
        Weight x standardised: they add up to the ensemble's score.
    expected_return : float
        What of the answer's expected return it accounts for. What is left over is the drift of
        the market, the same whatever the members say.
    """

    name: str
    weight: float
    standardised: float
    contribution: float
    expected_return: float
