"""Talks about answers of the past, and the chain that holds them."""

import datetime as dt
from typing import Any, TypedDict, Unpack

from bellwether.client._calls import Pages, Talk, get, list_pages, post, segment
from bellwether.client._columns import read_columns
from bellwether.client._reading import told
from bellwether.client._values import ChainCheck, Entry, JournalHead, Replay, Settling


class EntryFilter(TypedDict, total=False):
    """Which answers of the past are wanted; all by default.

    Parameters
    ----------
    symbol, interval : str
    horizon_bars : int
    direction : {"BUY", "SELL", "HOLD"}
    source : {"model", "rules", "none"}
    rung : str
        Step of the ladder that answered.
    reason : str
        Why it was not the champion's answer.
    settled : {"pending", "hit", "miss", "neither"}
    as_of_from, as_of_to : datetime, date or str
        First and last close of the last bar, both included; a date is the whole day in UTC.
    order : {"newest", "oldest"}
    limit : int
        How many are fetched at a time.
    """

    symbol: str
    interval: str
    horizon_bars: int
    direction: str
    source: str
    rung: str
    reason: str
    settled: str
    as_of_from: dt.date | str
    as_of_to: dt.date | str
    order: str
    limit: int


def predictions(**wanted: Unpack[EntryFilter]) -> Pages[Entry]:
    """Iterate over answers of the past, the latest first, fetching pages as they are needed.

    Parameters
    ----------
    **wanted
        As `EntryFilter` has them, such as ``symbol="SPY", settled="miss"``.
    """
    return list_pages("/v1/predictions", "predictions", Entry, "cursor", dict(wanted))


def prediction(prediction_id: str) -> Talk[Entry]:
    """Return one answer of the past, with its place in the chain and what became of it."""
    return get(f"/v1/predictions/{segment(prediction_id)}", Entry)


def replay(
    prediction_id: str, bars: Any = None, *, symbol: str | None = None, interval: str | None = None
) -> Talk[Replay]:
    """Have an answer of the past computed again, and compared.

    Parameters
    ----------
    prediction_id : str
    bars : Bars, mapping of columns, or a frame, optional
        The market's history, as far back as then, where the service did not keep it: the
        outcome says so.
    symbol, interval : str, optional
        Where the bars do not name their own.
    """
    body = {} if bars is None else {"bars": read_columns(bars, symbol, interval).to_json()}
    return post(f"/v1/predictions/{segment(prediction_id)}/replay", body, Replay)


def settle(
    bars: Any = None, *, symbol: str | None = None, interval: str | None = None
) -> Talk[Settling]:
    """Have it recorded what became of the answers about a market; again changes nothing.

    Parameters
    ----------
    bars : Bars, mapping of columns, or a frame, optional
        The market's history up to now; what is stored of the symbol by default.
    symbol, interval : str, optional
        Where the bars do not name their own.
    """
    body = told({"symbol": symbol, "interval": interval})
    if bars is not None:
        body = {"bars": read_columns(bars, symbol, interval).to_json()}
    return post("/v1/settle", body, Settling)


def journal_head() -> Talk[JournalHead]:
    """Return the end of the journal's chain, to be kept elsewhere."""
    return get("/v1/journal/head", JournalHead)


def verify_journal(head: str | None = None) -> Talk[ChainCheck]:
    """Have every record of the journal checked, and held against a head noted down earlier.

    Raises
    ------
    ServiceProblem
        503 where it takes longer than a request may: ask again for its result.
    ServiceUnreachable
    """
    return post("/v1/journal/verify", {} if head is None else {"head": head}, ChainCheck)
