"""What telling people needs from outside."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bellwether.monitor import EpisodeOptions
from bellwether.service import Journal
from bellwether.watch._alert_book import AlertBook
from bellwether.watch._alert_values import Notice
from bellwether.watch._checkpoints import Checkpoints


class Notifier(Protocol):
    """Takes notices to one receiver.

    Treaty. May be used from any thread. `send` blocks, within bounds on time that the adapter
    sets, and returns when the receiver has taken the notice. The same notice may be sent more
    than once, always with the same id: whoever was killed between sending and writing it down
    sends again. No part of an address or of a key may stand in a name, an error or a log.
    """

    @property
    def name(self) -> str:
        """Which receiver it is, in up to 40 characters, as the journal and people know it."""
        ...

    def send(self, notice: Notice) -> None:
        """Hand over a notice.

        Raises
        ------
        NoticeNotDelivered
            If the receiver cannot be reached, does not answer in time, or refuses.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxOptions:
    """How often a receiver that fails is tried again.

    Parameters
    ----------
    first_wait_seconds : float, default 300
        After the first failure; doubled by each further one.
    longest_wait_seconds : float, default 21600
    give_up_seconds : float, default 604800
        A notice that old is not sent any more.
    most_at_once : int, default 20
        Notices sent to one receiver by one tick.
    lease_seconds : float, default 300
        How long one process sends alone.
    """

    first_wait_seconds: float = 300.0
    longest_wait_seconds: float = 21_600.0
    give_up_seconds: float = 604_800.0
    most_at_once: int = 20
    lease_seconds: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPorts:
    """Everything that telling people uses.

    Parameters
    ----------
    journal : Journal
        Where episodes, notices and deliveries are noted.
    notifiers : sequence of Notifier
        Whom it is told; their names differ. None: episodes are noted only.
    checkpoints : Checkpoints or None
        Lends who sends; without it several processes may send the same notice at once.
    owner : str
        Of the lease: another for each process.
    check_seconds : float
        How often the watched markets are to be checked; half as long again is silence.
    episodes : EpisodeOptions
    outbox : OutboxOptions

    Attributes
    ----------
    book : AlertBook
        What the journal says of alerts, read on at each use.
    """

    journal: Journal
    notifiers: Sequence[Notifier] = ()
    checkpoints: Checkpoints | None = None
    owner: str = "alerts"
    check_seconds: float = 86_400.0
    episodes: EpisodeOptions = field(default_factory=EpisodeOptions)
    outbox: OutboxOptions = field(default_factory=OutboxOptions)
    book: AlertBook = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "book", AlertBook(self.journal, self.checkpoints))
