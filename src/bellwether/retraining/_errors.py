"""Errors of retraining."""

from bellwether.errors import MonitorError


class UnreadableStep(MonitorError):
    """A note of the journal is no step of a retraining.

    Parameters
    ----------
    key : str
        Key of the note.
    fault : str
        What is wrong with it.
    """

    def __init__(self, key: str, fault: str) -> None:
        self.key = key
        self.fault = fault
        super().__init__(
            "a note of the journal that holds a step of a retraining",
            f"{key} ({fault})",
            "verify the journal; a later version of bellwether may have written it",
        )


class UnusableRetrainingOption(MonitorError):
    """An option of retraining is out of its range.

    Parameters
    ----------
    option : str
    expected : str
        What it may be.
    was : object
        What it is.
    """

    def __init__(self, option: str, expected: str, was: object) -> None:
        self.option = option
        super().__init__(f"{option} to be {expected}", f"{was}", f"set {option} within that range")


class UnknownMarket(MonitorError):
    """No model was ever trained for a universe of that name.

    Parameters
    ----------
    universe : str
    known : tuple of str
    """

    http_status = 404

    def __init__(self, universe: str, known: tuple[str, ...]) -> None:
        self.universe = universe
        self.known = known
        hint = f"known: {', '.join(known) or 'none'}; train once with `bellwether train`"
        super().__init__("a universe that models were trained for", repr(universe), hint)


class TrainingInterrupted(MonitorError):
    """A training was stopped before its end; the next run takes it up again."""

    http_status = 503
