"""What the door needs from outside, as treaties."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bellwether.bars import SessionCalendar
from bellwether.service import Journal, Prediction, PredictPorts


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Question:
    """Bars that nobody has checked yet, and what is asked about them.

    Parameters
    ----------
    symbol, interval : str
    horizon_bars : int
    columns : mapping of str to array
        `closed_at` as datetime64[us], the prices and volumes as float64; NaN where there was
        no number. Lengths may differ: the data contract is the ladder's affair.
    calendar : SessionCalendar or None

    Notes
    -----
    Plain arrays and texts, so that it can cross to another process.
    """

    symbol: str
    interval: str
    horizon_bars: int
    columns: Mapping[str, NDArray[Any]]
    calendar: SessionCalendar | None

    @property
    def as_of(self) -> np.datetime64 | None:
        """Close of the last bar, where it has one."""
        times = self.columns["closed_at"]
        return None if not times.size or np.isnat(times[-1]) else times[-1]


class Answerer(Protocol):
    """Answers questions off the event loop, each within a time budget.

    Treaty. `answer` may be awaited by any number of tasks at once and on any event loop. It
    returns a valid answer within the budget and a few milliseconds, whatever the models do:
    where they are late the rules' answer if it is ready, else HOLD, with the reason
    TIME_BUDGET_EXCEEDED. It raises nothing of its own. Answers to questions that were
    overtaken are dropped. A thread keeps this treaty as long as what hangs lets go of the
    interpreter; a supervised process keeps it always.
    """

    async def answer(self, question: Question) -> Prediction:
        """Return the answer to one question."""
        ...

    def find_trouble(self) -> str | None:
        """Return in words why models do not answer at the moment, or None."""
        ...

    def close(self) -> None:
        """Take no more questions. Those under way are answered or dropped."""
        ...


class Calendars(Protocol):
    """Gives the sessions of markets by name, as plain arrays.

    Treaty. May be used from any thread, and answers from memory.
    """

    def find(self, name: str, interval: str) -> SessionCalendar:
        """Return the sessions that bars of an interval are held against.

        Raises
        ------
        UnknownCalendar
            If there is none of that name.
        """
        ...


class BundleFiles(Protocol):
    """Says where the files of bundles are, for downloads. Treaty: may be used from any thread."""

    def path(self, model_id: str) -> Path:
        """Return where a model's bundle is, or would be."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpPorts:
    """Everything the door uses.

    Parameters
    ----------
    predict : PredictPorts
        Registry, bundles, rules and the clock.
    files : BundleFiles
    calendars : Calendars
    answerer : Answerer or None
        By default a `ThreadAnswerer` over `predict`.
    journal : Journal or None
        Where every answer is written down before it is sent; nowhere by default.
    """

    predict: PredictPorts
    files: BundleFiles
    calendars: Calendars
    answerer: Answerer | None = None
    journal: Journal | None = None
