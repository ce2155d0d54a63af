"""Questions of every kind that the service takes, about sound bars and about wrong ones."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from _crafted import CALENDAR, SYMBOL
from bellwether.bars import COLUMNS, Bars
from bellwether.http import FrameHead, pack_frame

FRAMES = "application/vnd.bellwether.bars"
JSON = "application/json"
BATCH = 4
BY_BARS, BY_FRAME, BY_BATCH, BY_FRAMES, BY_SYMBOL, BY_SYMBOLS = (
    "bars", "frame", "batch", "frames", "symbol", "symbols",
)  # fmt: skip
KINDS = (BY_BARS, BY_FRAME, BY_BATCH, BY_FRAMES, BY_SYMBOL, BY_SYMBOLS)

# Numbers and instants, unchecked.
Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, kw_only=True)
class Question:
    """One request, and what its answers must be about.

    Parameters
    ----------
    kind : str
    path : str
    body : bytes
        Empty for GET.
    media_type : str
    n_answers : int
    price : float or None
        Close of the last bar that is asked about; None where it is not to be checked.
    is_wrong : bool
        Whether its bars break the data contract, or are otherwise the fault itself.
    """

    kind: str
    path: str
    body: bytes = field(default=b"", repr=False)
    media_type: str = JSON
    n_answers: int = 1
    price: float | None = None
    is_wrong: bool = False

    def wire(self, port: int) -> bytes:
        """Return the bytes to send."""
        method = "POST" if self.body else "GET"
        lines = [f"{method} {self.path} HTTP/1.1", f"host: 127.0.0.1:{port}"]
        if self.body:
            lines += [f"content-type: {self.media_type}", f"content-length: {len(self.body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


def columns_of(bars: Bars) -> Columns:
    """Return bars as unchecked columns."""
    return {"closed_at": bars.closed_at, **{name: getattr(bars, name) for name in COLUMNS}}


def ask_every_way(
    columns: Columns, *, calendar: str | None = CALENDAR, is_wrong: bool = False
) -> tuple[Question, ...]:
    """Return a question about some bars in each form that carries bars."""
    close = columns["close"]
    price = float(close[-1]) if len(close) and not is_wrong else None
    about: dict[str, Any] = {"price": price, "is_wrong": is_wrong}
    one, frame = _json(columns, calendar), _frame(columns, calendar)
    many = b'{"questions":[' + b",".join([one] * BATCH) + b"]}"
    paths = "/v1/predict", "/v1/predict/batch"
    framed = {**about, "media_type": FRAMES}
    return (
        Question(kind=BY_BARS, path=paths[0], body=one, **about),
        Question(kind=BY_FRAME, path=paths[0], body=frame, **framed),
        Question(kind=BY_BATCH, path=paths[1], body=many, n_answers=BATCH, **about),
        Question(kind=BY_FRAMES, path=paths[1], body=frame * BATCH, n_answers=BATCH, **framed),
    )


def ask_by_symbol(price: float | None) -> tuple[Question, ...]:
    """Return the questions about the stored market."""
    body = json.dumps({"symbols": [SYMBOL, SYMBOL]}).encode()
    return (
        Question(kind=BY_SYMBOL, path=f"/v1/predict/{SYMBOL}", price=price),
        Question(kind=BY_SYMBOLS, path="/v1/predict/symbols", body=body, n_answers=2, price=price),
    )


def ask_all(bars: Bars) -> tuple[Question, ...]:
    """Return a question of every kind, all about sound bars."""
    return (*ask_every_way(columns_of(bars)), *ask_by_symbol(float(bars.close[-1])))


def change(columns: Columns, name: str, places: Sequence[int], value: float) -> Columns:
    """Return columns with some entries of one of them replaced."""
    changed = columns[name].astype(np.float64)
    changed[list(places)] = value
    return {**columns, name: changed}


def choose(columns: Columns, places: Any) -> Columns:
    """Return some rows of columns, in that order."""
    return {name: values[places] for name, values in columns.items()}


def move(columns: Columns, days: float) -> Columns:
    """Return columns dated otherwise."""
    shift = np.timedelta64(round(days * 86_400), "s")
    return {**columns, "closed_at": columns["closed_at"] + shift}


def _json(columns: Columns, calendar: str | None) -> bytes:
    numbers = {
        name: [float(one) if np.isfinite(one) else None for one in columns[name]]
        for name in COLUMNS
    }
    times = columns["closed_at"].astype("datetime64[us]").astype(np.int64).tolist()
    asked = {"symbol": SYMBOL, "interval": "1d", "closed_at": times, **numbers}
    if calendar is not None:
        asked["calendar"] = calendar
    return json.dumps(asked, separators=(",", ":")).encode()


def _frame(columns: Columns, calendar: str | None) -> bytes:
    matrix = np.column_stack([columns[name].astype(np.float64) for name in COLUMNS])
    head = FrameHead(symbol=SYMBOL, calendar=calendar, n_bars=len(matrix))
    return pack_frame(head, columns["closed_at"].astype("datetime64[us]"), matrix)
