"""What a leak is, and what a search for leaks comes back with."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

LeakKind: TypeAlias = Literal[
    "future_removed",
    "future_changed",
    "spans_meet",
    "rows_shared",
    "sees_ahead",
    "sees_sample",
    "sees_length",
    "sees_splits",
    "label_known",
    "not_repeatable",
    "equals_ahead",
    "follows_ahead",
    "scaled_whole",
    "interpolated",
    "chosen_late",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """Something known too early.

    Parameters
    ----------
    kind : LeakKind
        `future_removed`, `future_changed`: bars after a cut were removed, or changed, and a
        value at or before it moved. `spans_meet`: a label learned from is not known when
        testing starts. `rows_shared`: a row has two roles. `sees_ahead`: a value moves with
        bars a stated number ahead. `sees_sample`: with all that come, as where something was
        fitted to the whole history. `sees_length`: with how many bars come, or when, though
        not with what they hold. `sees_splits`: with the adjustment that a later split
        brings. `label_known`: a label says nothing that was not known when it was decided.
        `not_repeatable`: the same bars give other values. `equals_ahead`, `follows_ahead`:
        a column of values is a later bar's, or goes with it more closely than skill can.
        `scaled_whole`, `interpolated`: its numbers show that they were scaled, or filled
        in, with the whole of it at hand. `chosen_late`: a choice depends on bars after it
        was made.
    where : int
        Column of the computed values, or number of the fold, from 0.
    at : int
        Latest bar whose value moved, or first offending row.
    text : str
        The same in words.
    ahead_bars : int or None, default None
        Bars ahead of its own that a value was seen to know; None where that was not measured.
    moved_by : tuple of str, default ()
        What was done to later bars when the value moved.
    remedy : str, default ""
        What to do about it.
    """

    kind: LeakKind
    where: int
    at: int
    text: str
    ahead_bars: int | None = None
    moved_by: tuple[str, ...] = ()
    remedy: str = ""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakReport:
    """What a search for leaks found, and how far it looked.

    Parameters
    ----------
    leaks : tuple of Leak
        At most one a column or choice, by column; several for columns of values.
    n_evaluations : int
        How often the suspect was computed.
    n_cuts : int
        Bars at which exactly the later bars were altered, and nothing else.
    swept_frac : float
        Share of all bars at which a peek of 1 to 20 bars would have shown.
    still : tuple of str
        Columns that do not move with prices and volumes at all. Constants and calendars do so
        rightly; anything else was computed elsewhere, and only its values could be looked at.
    unprobed : tuple of str
        What could not be looked at, and why; empty where nothing was left out.

    Notes
    -----
    Knows: everything; that is its task.
    """

    leaks: tuple[Leak, ...]
    n_evaluations: int = 0
    n_cuts: int = 0
    swept_frac: float = 0.0
    still: tuple[str, ...] = ()
    unprobed: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether everything was looked at and nothing was found."""
        return not self.leaks and not self.unprobed

    @property
    def sentence(self) -> str:
        """The report in one sentence."""
        if self.leaks:
            more = f" (and {len(self.leaks) - 1} more)" if len(self.leaks) > 1 else ""
            return f"{self.leaks[0]}{more}"
        if self.unprobed:
            return f"no leak was found, but not all could be looked at: {self.unprobed[0]}"
        return "no leak was found"

    def __str__(self) -> str:
        lines = [f"{leak}\n  {leak.remedy}".rstrip() for leak in self.leaks]
        return "\n".join([*lines, *self.unprobed] or [self.sentence])
