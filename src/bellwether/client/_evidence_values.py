"""Values that tell what became of forecasts."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeVoice:
    """What one source said about a bar, and what became of that.

    Parameters
    ----------
    source : str
        Id of a model, or "rules".
    kind : {"rules", "model"}
    direction : {"BUY", "SELL", "HOLD"}
    probability_up, expected_return, confidence : float
    outcome : {"pending", "hit", "miss", "neither", "void"}
    """

    source: str
    kind: str
    direction: str
    probability_up: float
    expected_return: float
    confidence: float
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What every watched source said about one bar, and what the market did.

    Parameters
    ----------
    key : str
    number : int
        Of its record in the journal.
    symbol, interval : str
    horizon_bars : int
    made_at, as_of, closes_at : datetime
        When it was said; closes of the last bar known and of the one it is about.
    price, exit_price : float or None
        Adjusted closes.
    volatility : float
    realized_return : float or None
    settled_at : datetime or None
    state : {"pending", "settled", "void"}
    words : str
        Why it is void.
    voices : tuple of OutcomeVoice
    """

    key: str
    number: int
    symbol: str
    interval: str
    horizon_bars: int
    made_at: dt.datetime
    as_of: dt.datetime
    closes_at: dt.datetime
    price: float
    volatility: float
    state: str
    voices: tuple[OutcomeVoice, ...]
    exit_price: float | None = None
    realized_return: float | None = None
    settled_at: dt.datetime | None = None
    words: str = ""
