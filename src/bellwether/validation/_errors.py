"""What can be wrong with what the gate is given."""

from bellwether.errors import ValidationError


class MalformedEvidence(ValidationError):
    """Evidence does not hold together, so that there is nothing to judge.

    Parameters
    ----------
    field : str
        The part of the evidence that is wrong.
    expected, was : str
        What it should be, and what it is.
    """

    def __init__(self, field: str, expected: str, was: str) -> None:
        self.field = field
        super().__init__(
            f"{expected} in the evidence's {field}", was, "make the evidence with the walk-forward"
        )


class UnusableOptions(ValidationError):
    """An option of the gate, the planner or a metric is out of its range.

    Parameters
    ----------
    option : str
        Name of the option.
    expected, was : str
        What it may be, and what it is.
    """

    def __init__(self, option: str, expected: str, was: str) -> None:
        self.option = option
        super().__init__(f"{option} to be {expected}", was, f"set {option} within that range")


class ArraysDiffer(ValidationError):
    """Two arrays that describe the same bars have different shapes.

    Parameters
    ----------
    first, second : str
        Names of the arrays with their shapes.
    """

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"the shape of {first}", second, "align both to the same bars")


class UnreadableVerdict(ValidationError):
    """A stored verdict lacks a part, or holds one that nobody knows.

    Parameters
    ----------
    kind : str
        The value that was being read.
    was : str
        What was found.
    """

    def __init__(self, kind: str, was: str) -> None:
        self.kind = kind
        super().__init__(f"a stored {kind}", was, "judge the evidence again")


class MalformedPlan(ValidationError):
    """A training plan asks for what cannot be trained.

    Parameters
    ----------
    expected, was : str
        What the plan should hold, and what it holds.
    """

    def __init__(self, expected: str, was: str) -> None:
        super().__init__(f"{expected} in the training plan", was, "correct the plan")
