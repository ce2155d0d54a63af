"""What the door needs from outside, as treaties."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bellwether.answering import Answerer
from bellwether.bars import SessionCalendar
from bellwether.service import Journal, PredictPorts


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
