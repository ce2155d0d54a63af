"""What watching writes into the journal: when a model's watch began, batches, changes, inputs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from bellwether.hashing import digest_json
from bellwether.monitor import Benchmark, ForeignState
from bellwether.service import JournalNote, NoteKind
from bellwether.watch._errors import UnreadableNote
from bellwether.watch._health import StandingChange
from bellwether.watch._options import WatchOptions

WATCHED, FOLDED, STANDING, INPUTS = "watched", "folded", "standing", "inputs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """The watch of a model begins: what it is held to from then on.

    Parameters
    ----------
    model_id : str
    horizon_bars : int
    benchmark : Benchmark
    """

    model_id: str
    horizon_bars: int
    benchmark: Benchmark

    def to_note(self, at: np.datetime64) -> JournalNote:
        """Return the note that keeps it."""
        data = {"model_id": self.model_id, "horizon_bars": self.horizon_bars}
        data |= {"benchmark": self.benchmark.to_json()}
        return _note(WATCHED, [self.model_id], data, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchClose:
    """Outcomes up to a record are folded together, with the options of that time.

    Parameters
    ----------
    until : int
    options : WatchOptions
    """

    until: int
    options: WatchOptions

    def to_note(self, at: np.datetime64) -> JournalNote:
        """Return the note that keeps it."""
        data = {"until": self.until, "options": self.options.to_json()}
        return _note(FOLDED, [self.until], data, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputsChecked:
    """A weekly check of what a model is fed with; it may ask for a challenger, and no more.

    Parameters
    ----------
    model_id : str
    week : int
        Weeks since the Monday after 1970 began.
    at : str
        When it was made, ISO 8601, UTC.
    n_symbols, n_bars : int
        Symbols that were looked at, and bars of each.
    drifted : tuple of str
        Features that have changed, "volatility level" among them; the most surprising first.
    features : tuple of mapping
        The most surprising five as JSON values: name, distance, p, share, n_effective, psi,
        psi_high; of volatility `times` for the distance, and no psi.
    """

    model_id: str
    week: int
    at: str
    n_symbols: int
    n_bars: int
    drifted: tuple[str, ...]
    features: tuple[Mapping[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        """Return the check as JSON values."""
        return {**asdict(self), "drifted": list(self.drifted), "features": list(self.features)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Return the check that `to_json` came from.

        Raises
        ------
        ForeignState
            If it is none.
        """
        try:
            lists = {name: tuple(content[name]) for name in ("drifted", "features")}
            return cls(**{**content, **lists})
        except (KeyError, TypeError) as error:
            raise ForeignState("a stored check of inputs", repr(error)) from error

    def to_note(self, at: np.datetime64) -> JournalNote:
        """Return the note that keeps it."""
        return _note(INPUTS, [self.model_id, self.week], self.to_json(), at)


def change_note(change: StandingChange, at: np.datetime64) -> JournalNote:
    """Return the note that keeps a change of a standing."""
    return _note(STANDING, [change.model_id, change.number], change.to_json(), at)


def read_watch_note(
    note: JournalNote,
) -> Begin | BatchClose | StandingChange | InputsChecked | None:
    """Return what a WATCH note keeps, or None where it is about something else.

    Raises
    ------
    UnreadableNote
        If it cannot be read.
    """
    content = {name: value for name, value in note.data.items() if name != "what"}
    try:
        match note.data.get("what"):
            case "watched":
                benchmark = Benchmark.from_json(content["benchmark"])
                return Begin(**{**content, "benchmark": benchmark})
            case "folded":
                options = WatchOptions.from_json(content["options"])
                return BatchClose(until=int(content["until"]), options=options)
            case "standing":
                return StandingChange.from_json(content)
            case "inputs":
                return InputsChecked.from_json(content)
    except (ForeignState, KeyError, TypeError, ValueError) as error:
        raise UnreadableNote("what watching came to", note.kind, note.key) from error
    return None


def _note(what: str, about: list[Any], data: Mapping[str, Any], at: np.datetime64) -> JournalNote:
    return JournalNote(
        kind=NoteKind.WATCH, key=digest_json([what, *about]), at=at, data={"what": what, **data}
    )
