"""Talks about what follows the last bar."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from bellwether.client._calls import Call, Pages, Talk, get, list_pages, read_json, segment
from bellwether.client._calls import write_json as write
from bellwether.client._columns import FRAMES, read_columns
from bellwether.client._errors import AnswerUnreadable, BarsUnusable
from bellwether.client._reading import read, told
from bellwether.client._record_values import BarsImport, Quality, Snapshot, StoredBars
from bellwether.client._values import Prediction

BINARY_FROM_BARS = 5000
MOST_A_BATCH = 1000
MOST_BATCH_BYTES = 15_000_000
_MEDIA_TYPES = {".csv": "text/csv", ".parquet": "application/vnd.apache.parquet"}
_IMPORT_SECONDS = 300.0


def predict(
    bars: Any,
    *,
    symbol: str | None = None,
    interval: str | None = None,
    calendar: str | None = None,
    horizon_bars: int | None = None,
    why: bool = False,
) -> Talk[Prediction]:
    """Predict what follows the last of some bars; there is always a valid answer.

    Parameters
    ----------
    bars : Bars, mapping of columns, or a frame of pandas or polars
        Oldest first; the last 504 are enough. Instants without an offset are UTC.
    symbol, interval : str, optional
        Where the bars do not name their own; an interval is "1d" where nothing says otherwise.
    calendar : str, optional
        What the bars are held against, such as "XNYS"; the service's own by default.
    horizon_bars : int, optional
        How many bars ahead; the service's own by default.
    why : bool, default False
        Whether to tell which features moved a model's answer: its `contributions`.

    Returns
    -------
    prediction : Prediction

    Raises
    ------
    BarsUnusable
        If they cannot be sent.
    ServiceProblem, ServiceUnreachable
    """
    columns = read_columns(bars, symbol, interval)
    asked = {"calendar": calendar, "horizon_bars": horizon_bars, "why": why or None}
    if columns.is_plain and len(columns.closed_at) >= BINARY_FROM_BARS:
        content, kind = columns.to_frame(calendar, horizon_bars, why=why), FRAMES
    else:
        content, kind = write({**columns.to_json(), **told(asked)}), "application/json"
    response = yield Call(method="POST", path="/v1/predict", content=content, media_type=kind)
    return read(Prediction, read_json(response))


def predict_batch(
    bars: Mapping[str, Any] | Iterable[Any],
    *,
    interval: str | None = None,
    calendar: str | None = None,
    horizon_bars: int | None = None,
    why: bool = False,
) -> Talk[tuple[Prediction, ...]]:
    """Predict several markets from their bars, in the order given.

    Parameters
    ----------
    bars : mapping of symbol to bars, or bars that name their own symbols
        Each as `predict` takes them. As many as you like: they are sent in several requests
        where one would be too large, and in binary where there are many of them.
    interval, calendar : str, optional
    horizon_bars : int, optional
    why : bool, default False
        Whether to tell which features moved each answer, of as many as there is time for: the
        `explanation` of the others says so.

    Returns
    -------
    predictions : tuple of Prediction

    Raises
    ------
    BarsUnusable
        If they cannot be sent; nothing was, then.
    ServiceProblem, ServiceUnreachable
    """
    if isinstance(bars, Mapping):
        if "closed_at" in bars:
            hint = "give a mapping of symbol to bars, or use predict"
            raise BarsUnusable("bars of several markets", "the columns of one", hint)
        every = [read_columns(one, symbol, interval) for symbol, one in bars.items()]
    else:
        every = [read_columns(one, None, interval) for one in bars]
    is_large = sum(len(one.closed_at) for one in every) >= BINARY_FROM_BARS
    is_binary = is_large and all(one.is_plain for one in every)
    asked = {"calendar": calendar, "horizon_bars": horizon_bars, "why": why or None}
    parts = [
        one.to_frame(calendar, horizon_bars, why=why)
        if is_binary
        else write({**one.to_json(), **told(asked)})
        for one in every
    ]
    answers: list[Prediction] = []
    for part in _split(parts):
        content = b"".join(part) if is_binary else b'{"questions":[%b]}' % b",".join(part)
        response = yield Call(
            method="POST",
            path="/v1/predict/batch",
            content=content,
            media_type=FRAMES if is_binary else "application/json",
        )
        answers += _read_answers(response, len(part))
    return tuple(answers)


def _split(parts: Sequence[bytes]) -> Iterable[list[bytes]]:
    some: list[bytes] = []
    n_bytes = 0
    for part in parts:
        if some and (len(some) == MOST_A_BATCH or n_bytes + len(part) > MOST_BATCH_BYTES):
            yield some
            some, n_bytes = [], 0
        some.append(part)
        n_bytes += len(part) + 1
    if some:
        yield some


def _read_answers(response: httpx.Response, n_asked: int) -> list[Prediction]:
    found = read_json(response)
    answers = found.get("answers") if isinstance(found, dict) else None
    if not isinstance(answers, list) or len(answers) != n_asked:
        raise AnswerUnreadable(f"{n_asked} answers", repr(found)[:80])
    return [read(Prediction, one) for one in answers]


def predict_symbol(
    symbol: str,
    *,
    interval: str | None = None,
    horizon_bars: int | None = None,
    why: bool = False,
) -> Talk[Prediction]:
    """Predict what follows the last stored bar of a symbol; with `why` also what moved it.

    Raises
    ------
    ServiceProblem
        404 where no bars of it are stored.
    ServiceUnreachable
    """
    path = f"/v1/predict/{segment(symbol)}"
    told_why = "true" if why else None
    return get(path, Prediction, interval=interval, horizon_bars=horizon_bars, why=told_why)


def predict_symbols(
    symbols: Iterable[str],
    *,
    interval: str | None = None,
    horizon_bars: int | None = None,
    why: bool = False,
) -> Talk[tuple[Prediction | None, ...]]:
    """Predict several stored symbols in the order asked; None for one that is not stored.

    With `why` also what moved each, of as many as there is time for.
    """
    asked = {"interval": interval, "horizon_bars": horizon_bars, "why": why or None}
    body = {"symbols": list(symbols), **told(asked)}
    response = yield Call(method="POST", path="/v1/predict/symbols", content=write(body))
    found = read_json(response)
    answers = found.get("answers") if isinstance(found, dict) else None
    if not isinstance(answers, list):
        raise AnswerUnreadable("a list of answers", repr(found)[:80])
    return tuple(None if one is None else read(Prediction, one) for one in answers)


def import_bars(
    source: Any,
    *,
    symbol: str | None = None,
    interval: str | None = None,
    calendar: str | None = None,
    extend: bool = False,
) -> Talk[BarsImport]:
    """Store bars as the latest snapshot of their market.

    Parameters
    ----------
    source : path of a CSV or Parquet file, or bars as `predict` takes them
    symbol, interval, calendar : str, optional
    extend : bool, default False
        Whether stored bars before the first of these are kept; else these are the whole history.

    Returns
    -------
    imported : BarsImport
        With the quality report, and what changed against the snapshot before.

    Raises
    ------
    BarsUnusable
        If they cannot be sent.
    ServiceProblem, ServiceUnreachable
    """
    query: dict[str, object] = {"calendar": calendar, "extend": extend or None}
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        kind = _MEDIA_TYPES.get(path.suffix.lower(), "text/csv")
        content = path.read_bytes()
        query |= {"symbol": symbol or path.stem, "interval": interval}
    else:
        kind, content = "application/json", write(read_columns(source, symbol, interval).to_json())
    response = yield Call(
        method="POST",
        path="/v1/data/import",
        query=query,
        content=content,
        media_type=kind,
        change_key=True,
        seconds=_IMPORT_SECONDS,
    )
    return read(BarsImport, read_json(response))


def symbols(*, limit: int | None = None) -> Pages[Snapshot]:
    """Iterate over every stored market with its latest snapshot, by symbol and interval.

    Parameters
    ----------
    limit : int, optional
        How many are fetched at a time.
    """
    return list_pages("/v1/data/symbols", "symbols", Snapshot, "after", {"limit": limit})


def snapshots(
    *, symbol: str | None = None, interval: str | None = None, limit: int | None = None
) -> Pages[Snapshot]:
    """Iterate over every import ever stored, market by market, the oldest of each first."""
    query = {"symbol": symbol, "interval": interval, "limit": limit}
    return list_pages("/v1/data/snapshots", "snapshots", Snapshot, "after", query)


def snapshot(digest: str) -> Talk[Snapshot]:
    """Return what is known about some stored bars."""
    return get(f"/v1/data/snapshots/{segment(digest)}", Snapshot)


def quality(digest: str) -> Talk[Quality]:
    """Return the quality report of a snapshot, as it was when it was read."""
    return get(f"/v1/data/snapshots/{segment(digest)}/quality", Quality)


def bars(symbol: str, *, interval: str | None = None, last: int | None = None) -> Talk[StoredBars]:
    """Return the last stored bars of a symbol."""
    return get(f"/v1/data/bars/{segment(symbol)}", StoredBars, interval=interval, last=last)
