"""Errors of rehearsing."""

from collections.abc import Sequence

from bellwether.errors import MonitorError


class UnusableRehearsalOption(MonitorError):
    """An option of a rehearsal is out of its range."""

    def __init__(self, option: str, expected: str, was: object) -> None:
        self.option = option
        super().__init__(f"{option} to be {expected}", f"{was}", f"set {option} within that range")


class UnknownFault(MonitorError):
    """No fault that can be injected has that name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name = name
        self.known = tuple(known)
        super().__init__("a fault that is known", repr(name), f"choose from {', '.join(known)}")


class NothingToRehearse(MonitorError):
    """The bars leave no day to live through, or no history before the first."""
