"""How long the inference process may take, and how much memory."""

from dataclasses import asdict, dataclass

from bellwether.hashing import digest_json
from bellwether.service import OptionOutOfRange


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildOptions:
    """Limits of the inference process.

    Parameters
    ----------
    budget_seconds : float, default 0.25
        Within it every question is answered, by whoever is ready.
    hang_seconds : float, default 1
        The process is killed where it is at one piece of work for longer.
    load_seconds : float, default 5
        The same while it loads a model.
    start_seconds : float, default 30
        The same while it starts.
    beat_seconds : float, default 1
        After so much silence it is asked for a sign of life.
    memory_bytes : int, default 1 GiB
        Most that it may allocate, and most that may be resident; beyond, it is killed.
    batch_questions : int, default 32
        Most questions that cross together.
    deaths : int, default 3
        A model that the process dies of so many times within ten minutes is left alone.
    quarantine_seconds : float, default 300
        How long; if it goes on so afterwards, twice as long, up to an hour.
    backoff_seconds : float, default 0.25
        Wait before the second start in a row; each after it doubles, up to half a minute. The
        first start after a steady time is not waited for.
    steady_seconds : float, default 10
        Life after which a start counts as the first again.

    Raises
    ------
    OptionOutOfRange
        If a number is not above zero.
    """

    budget_seconds: float = 0.25
    hang_seconds: float = 1.0
    load_seconds: float = 5.0
    start_seconds: float = 30.0
    beat_seconds: float = 1.0
    memory_bytes: int = 1 << 30
    batch_questions: int = 32
    deaths: int = 3
    quarantine_seconds: float = 300.0
    backoff_seconds: float = 0.25
    steady_seconds: float = 10.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not getattr(self, name) > 0:
                raise OptionOutOfRange(name, "above 0", getattr(self, name))

    @property
    def digest(self) -> str:
        """SHA-256 of every option."""
        return digest_json(asdict(self))
