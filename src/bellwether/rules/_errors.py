"""What can be wrong with the rules' options and inputs."""

from bellwether.errors import RuleError


class RuleOptionOutOfRange(RuleError):
    """An option of the rules or of the regimes is out of its range.

    Parameters
    ----------
    option : str
        Name of the option.
    expected : str
        What it may be.
    value : object
        What it was.
    """

    def __init__(self, option: str, expected: str, value: object) -> None:
        self.option = option
        self.value = value
        super().__init__(f"{option} to be {expected}", repr(value), "change the option")


class RuleInputMismatch(RuleError):
    """Arrays given to the rules do not fit together.

    Parameters
    ----------
    name : str
        The array that does not fit.
    expected, was : str
    """

    def __init__(self, name: str, expected: str, was: str) -> None:
        self.name = name
        super().__init__(f"{name} of {expected}", was, "give one row for each bar")
