"""Errors of telling people."""

from collections.abc import Sequence

from bellwether.errors import MonitorError

_AGAIN = "it is sent again by later ticks; `bellwether alerts test` tries at once"


class UnusableFinding(MonitorError):
    """A finding is none that an episode can be made of."""

    def __init__(self, expected: str, was: str) -> None:
        super().__init__(expected, was, "mend the check that found it")


class NoticeNotDelivered(MonitorError):
    """A receiver did not take a notice. No part of its address stands in the message.

    Parameters
    ----------
    receiver : str
        Its name.
    reason : str
        What happened, without any part of the address.
    hint : str
    """

    http_status = 502

    def __init__(self, receiver: str, reason: str, hint: str = _AGAIN) -> None:
        self.receiver = receiver
        self.reason = reason
        super().__init__(f"the receiver {receiver!r} to take a notice", reason, hint)


class NoticeRefused(NoticeNotDelivered):
    """A receiver is there and does not want this notice; it may take another."""


class UnknownEpisode(MonitorError):
    """No episode has that id."""

    http_status = 404

    def __init__(self, episode_id: str, known: Sequence[str]) -> None:
        self.episode_id = episode_id
        self.known = tuple(known)
        hint = f"open now: {', '.join(known) or 'none'}"
        super().__init__("the id of an episode", repr(episode_id)[:100], hint)


class EmptyAcknowledgement(MonitorError):
    """An acknowledgement does not say who, or what."""

    def __init__(self, part: str) -> None:
        self.part = part
        expected = f"{part} of 1 to 500 characters"
        super().__init__(expected, "none, or too many", "say who knows of it, and what is done")
