"""What the door may be told: limits, times, and what counts as ready."""

from dataclasses import asdict, dataclass, field

from bellwether.hashing import digest_json
from bellwether.http._access_options import AccessOptions
from bellwether.service import OptionOutOfRange, PredictOptions

ANY_HOST = "*"
WHY_FRAC = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """Limits and times of the HTTP service.

    Parameters
    ----------
    predict : PredictOptions
        What is asked of the ladder; its horizon is the default of a request.
    models_required : bool, default False
        Whether the service is ready only while a champion can answer.
    access : AccessOptions
        What needs no key, how often one may ask, and from whose pages.
    hosts : tuple of str
        Names a request may be addressed to; "*" for any. A page in a browser can make another
        name point here, and is refused by this.
    default_calendar : str or None
        For requests that name none; without a calendar the age of bars cannot be told.
    time_budget_seconds : float, default 0.25
        Within it every answer is given, by whoever is ready.
    body_bytes, batch_body_bytes : int
        Largest body of a single question and of a batch.
    import_body_bytes : int
        Largest file of bars that is taken in.
    import_body_seconds : float, default 120
        Time it may take to arrive.
    symbol_seconds : float, default 1
        How long an answer about a stored market is given again before it is computed anew:
        within it a promotion, an import or bars that have grown old show.
    symbols_in_memory : int, default 1000
        Markets whose bars and answers are held; the least recently asked about goes first.
    body_seconds : float, default 10
        Time a body may take to arrive.
    json_levels : int, default 16
        Deepest nesting of a body.
    batch_symbols : int, default 1000
        Most questions in a batch.
    most_requests : int, default 512
        Requests under way at once; more are told to come back.
    check_seconds : float, default 5
        How long a check of the models holds, and how long it may take.

    Raises
    ------
    OptionOutOfRange
        If a number is not above zero, there is no host, or models are required and switched off.
    """

    predict: PredictOptions = field(default_factory=PredictOptions)
    models_required: bool = False
    access: AccessOptions = field(default_factory=AccessOptions)
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")
    default_calendar: str | None = None
    time_budget_seconds: float = 0.25
    body_bytes: int = 1 << 20
    batch_body_bytes: int = 1 << 24
    body_seconds: float = 10.0
    import_body_bytes: int = 1 << 26
    import_body_seconds: float = 120.0
    symbol_seconds: float = 1.0
    symbols_in_memory: int = 1000
    json_levels: int = 16
    batch_symbols: int = 1000
    most_requests: int = 512
    check_seconds: float = 5.0

    def __post_init__(self) -> None:
        for name in (
            "time_budget_seconds",
            "body_bytes",
            "batch_body_bytes",
            "body_seconds",
            "import_body_bytes",
            "import_body_seconds",
            "symbol_seconds",
            "symbols_in_memory",
            "json_levels",
            "batch_symbols",
            "most_requests",
            "check_seconds",
        ):
            if not getattr(self, name) > 0:
                raise OptionOutOfRange(name, "above 0", getattr(self, name))
        if not self.hosts:
            raise OptionOutOfRange("hosts", "at least one name", self.hosts)
        if self.models_required and not self.predict.models_enabled:
            raise OptionOutOfRange("models_required", "false while models are disabled", True)

    @property
    def why_seconds(self) -> float:
        """How long telling why may take: a part of the budget that leaves the answer its own."""
        return WHY_FRAC * self.time_budget_seconds

    @property
    def digest(self) -> str:
        """SHA-256 of every option."""
        return digest_json(asdict(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """How a process that serves begins and ends.

    Parameters
    ----------
    drain_seconds : float, default 0
        Time between readiness turning 503 and the last connection accepted: as long as whoever
        sends requests takes to notice.
    grace_seconds : float, default 10
        Time that requests under way have to be finished.
    head_seconds : float, default 10
        Time that the head of a request may take to arrive.

    Raises
    ------
    OptionOutOfRange
        If a time is below zero, or the head's is not above it.
    """

    drain_seconds: float = 0.0
    grace_seconds: float = 10.0
    head_seconds: float = 10.0

    def __post_init__(self) -> None:
        for name in ("drain_seconds", "grace_seconds"):
            if not getattr(self, name) >= 0:
                raise OptionOutOfRange(name, "at least 0", getattr(self, name))
        if not self.head_seconds > 0:
            raise OptionOutOfRange("head_seconds", "above 0", self.head_seconds)
