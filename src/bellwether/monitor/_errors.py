"""What can be wrong with what a monitor is given."""

from bellwether.errors import MonitorError


class UnusableMonitorOption(MonitorError):
    """An option of a detector is out of its range.

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


class UnusableObservation(MonitorError):
    """A settled outcome is no number that the detector can take.

    Parameters
    ----------
    expected, was : str
        What an observation is, and what was given.
    """

    def __init__(self, expected: str, was: str) -> None:
        super().__init__(expected, was, "leave out what has not been settled")


class ForeignState(MonitorError):
    """A stored state belongs to a detector of other options, or cannot be read.

    Parameters
    ----------
    expected, was : str
        What the detector's states look like, and what was given.
    """

    def __init__(self, expected: str, was: str) -> None:
        super().__init__(expected, was, "rebuild the state from the journal")
