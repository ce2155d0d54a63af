"""What exactly an answer's digest of bars covers, and how bars handed back are known again."""

import numpy as np

from bellwether.bars import Bars
from bellwether.errors import BarsError
from bellwether.hashing import digest_arrays
from bellwether.service._data_check import QUALITY_BARS
from bellwether.service._facts import Prediction
from bellwether.service._question import Question

WINDOW_BARS = QUALITY_BARS
"""Bars that the digest covers: those whose quality decides whether anybody may answer."""

SERVED_BARS = 600
"""Bars of a market that answers are computed from: the window of the digest, and room."""


def digest_window(bars: Bars) -> str:
    """Return the digest that a prediction on these bars carries.

    Parameters
    ----------
    bars : Bars
        Up to the bar that was answered on.

    Returns
    -------
    digest : str
        SHA-256 of the closing times and the adjusted open, high, low, close and volume of the
        last 504 bars, or of all where there are fewer.

    Notes
    -----
    It covers neither symbol and interval, which the prediction's id covers beside it, nor how
    prices as traded and adjustment share in their product, nor older bars: those move an answer
    only through the rules' calibration, which the state's digest covers.

    Bars read again after a dividend have other adjusted prices, so another digest.
    """
    recent = slice(-WINDOW_BARS, None)
    times = bars.closed_at[recent].view(np.int64)
    return digest_arrays({"closed_at": times, "bars": bars.matrix[recent]})


def cut_window(bars: Bars, as_of: np.datetime64) -> Bars | None:
    """Return the bars up to the one that closed at an instant; None where no bar did."""
    row = int(np.searchsorted(bars.closed_at, as_of))
    if row == len(bars) or bars.closed_at[row] != as_of:
        return None
    return bars[: row + 1]


def find_window(question: Question, prediction: Prediction) -> Bars | None:
    """Return the bars to be kept with an answer, where that is asked and there are any.

    Parameters
    ----------
    question : Question
    prediction : Prediction
        The answer to it.

    Returns
    -------
    bars : Bars or None
        The last 600; None where they break the data contract, so that nobody answered on them.
    """
    if not question.store_bars:
        return None
    try:
        bars = Bars(symbol=question.symbol, interval=question.interval, **question.columns)
    except BarsError:
        return None
    kept = bars[-SERVED_BARS:]
    return kept if digest_window(kept) == prediction.bars_digest else None
