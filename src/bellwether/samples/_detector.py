"""The leak detector: change what comes later, bar by bar, and see whether what is known moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from bellwether.arrays import BoolArray, IntArray
from bellwether.bars import Bars
from bellwether.samples._alterations import ALTERATIONS, CHANGES
from bellwether.samples._errors import TooLittleHistory
from bellwether.samples._leaks import Leak, LeakReport
from bellwether.samples._suspect import Compute, LeakOptions, Suspect, lay_out, name_columns
from bellwether.samples._sweep import find_suspicious_cuts
from bellwether.samples._value_leaks import LEAST_BARS, detect_column_leaks, explain_label
from bellwether.samples._wording import Peek, word_label, word_peek, word_unrepeatable

MOST_MEASURED = 12


@dataclass(slots=True, kw_only=True)
class _Sighting:
    """Where a column was first seen to move, and by what."""

    cut: int
    row: int
    how: list[str] = field(default_factory=list)


def detect_leaks(
    compute: Compute,
    bars: Bars,
    *,
    imported: Mapping[str, ArrayLike] | None = None,
    names: Sequence[str] = (),
    horizon_bars: int = 0,
    options: LeakOptions | None = None,
) -> LeakReport:
    """Look for values that depend on bars they cannot know.

    Anything that can be computed again may be asked: a feature in pandas, a label, a scaler, a
    whole pipeline that selects, tunes, fits and forecasts. What was computed for a bar must not
    move when later bars are removed, replaced, mirrored, scaled, put in another order, halted,
    traded otherwise, thinned out, or adjusted for a later split.

    Parameters
    ----------
    compute : callable from Bars to an array of shape (n_bars,) or (n_bars, n_columns)
        What is under suspicion; must give the same values for the same bars. Where columns
        are imported it is called with the bars and a dict of these columns.
    bars : Bars
        History to compute on.
    imported : mapping of str to array-like of shape (n_bars,), optional
        Columns laid beside the bars that are altered with them.
    names : sequence of str, optional
        What the computed columns are called.
    horizon_bars : int, default 0
        Bars ahead a value may know: 0 for a feature used at its bar's close, -1 for one used
        before its bar begins, the horizon for a label. A label is also asked whether it says
        anything that was not known before.
    options : LeakOptions, optional

    Returns
    -------
    report : LeakReport
        At most one leak a column.

    Raises
    ------
    TooLittleHistory
        If there is no bar with a future beyond the horizon.
    SampleShapeMismatch
        If values or columns do not have one row for each bar.

    Notes
    -----
    Knows: everything; that is its task.
    Cost: some 400 computations of cheap columns, never more than `options.max_evaluations`.
    A peek of 1 to 20 bars shows in the sweep wherever it sits, even at a single bar; a column
    already found is not asked again. Columns are also looked at as `detect_column_leaks`
    does: what was fitted elsewhere and is only looked up does not move with the bars.

    Examples
    --------
    >>> from bellwether.bars import noise_world
    >>> bars = noise_world(1, 120).bars
    >>> detect_leaks(lambda bars: bars.close / bars.open, bars).is_clean
    True
    >>> peek = detect_leaks(lambda bars: np.append(bars.close[1:], np.nan), bars, names=["next"])
    >>> print(peek.leaks[0])
    next sees 1 bar ahead: its value at bar 2 moves when bars after it are removed
    """
    options = options or LeakOptions()
    least = max(horizon_bars, 0) + 3
    if len(bars) < least:
        raise TooLittleHistory("the leak detector", least, len(bars))
    suspect = Suspect(compute, lay_out(bars, imported), options, horizon_bars)
    titles = name_columns(names, suspect.n_columns)
    unsteady = _find_unrepeatable(suspect)
    found: dict[int, _Sighting] = {}
    _alter_at_cuts(suspect, found)
    _remove_the_tail(suspect, found)
    n_swept = _sweep(suspect, found)
    leaks = [
        word_unrepeatable(titles[column], column) for column in np.flatnonzero(unsteady).tolist()
    ]
    steady = {column: sight for column, sight in found.items() if not unsteady[column]}
    for place, (column, sight) in enumerate(sorted(steady.items())):
        ahead = None
        if place < MOST_MEASURED:
            _ask_every_way(suspect, column, sight)
            ahead = _measure_reach(suspect, column, sight)
        peek = Peek(
            title=titles[column], column=column, row=sight.row, ahead=ahead, how=tuple(sight.how)
        )
        leaks.append(word_peek(peek, len(bars), horizon_bars))
    if horizon_bars > 0:
        leaks += _question_labels(suspect, titles, set(steady))
    else:
        leaks += _look_at_values(suspect, titles, {leak.where for leak in leaks})
    return LeakReport(
        leaks=tuple(sorted(leaks, key=lambda leak: leak.where)),
        n_evaluations=suspect.n_evaluations,
        n_cuts=len(suspect.cuts),
        swept_frac=n_swept / max(len(bars) - 1, 1),
        still=tuple(titles[column] for column in _find_still(suspect)),
        unprobed=tuple(_list_unprobed(suspect)),
    )


def _find_unrepeatable(suspect: Suspect) -> BoolArray:
    again = suspect.compute_again(suspect.history)
    if again is None:
        return np.ones(suspect.n_columns, dtype=np.bool_)
    return np.asarray(suspect.differs(again, slice(None)).any(axis=0))


def _alter_at_cuts(suspect: Suspect, found: dict[int, _Sighting]) -> None:
    """Alter all that comes after each of some cuts, in every way."""
    for cut in _spread_cuts(suspect).tolist():
        if len(found) == suspect.n_columns:
            return
        for how in ALTERATIONS:
            _note(found, suspect.find_moved(how, cut), cut, how)


def _spread_cuts(suspect: Suspect) -> IntArray:
    """Return cuts over the part of the history in which something is computed."""
    n_bars = len(suspect.truth)
    known = np.flatnonzero(np.isfinite(suspect.truth).any(axis=1))
    first = int(known[0]) if known.size else 0
    first = min(max(first + suspect.horizon_bars, 1), n_bars - 2)
    even = np.linspace(first, n_bars - 2, suspect.options.n_cuts)
    jitter = np.random.default_rng(suspect.options.seed).uniform(-0.5, 0.5, len(even))
    step = (n_bars - 2 - first) / max(len(even) - 1, 1)
    return np.unique(np.clip(np.rint(even + step * jitter), first, n_bars - 2).astype(np.int64))


def _remove_the_tail(suspect: Suspect, found: dict[int, _Sighting]) -> None:
    last = len(suspect.truth) - 2
    for cut in range(last, max(last - suspect.options.n_tail_cuts, 0), -1):
        if len(found) == suspect.n_columns:
            return
        _note(found, suspect.find_moved("removed", cut), cut, "removed")


def _sweep(suspect: Suspect, found: dict[int, _Sighting]) -> int:
    """Look at every bar for a peek of a few, and return how many bars were looked at."""
    n_cuts = len(suspect.truth) - 1
    if len(found) == suspect.n_columns or not suspect.options.sweep_spacing_bars:
        return len(suspect.cuts)
    cuts, n_swept = find_suspicious_cuts(suspect, found)
    for cut in cuts:
        if len(found) == suspect.n_columns:
            break
        for how in ("replaced", "mirrored", "removed"):
            _note(found, suspect.find_moved(how, cut), cut, how)
    return min(max(n_swept, len(suspect.cuts)), n_cuts)


def _note(found: dict[int, _Sighting], moved: BoolArray | None, cut: int, how: str) -> None:
    if moved is None:
        return
    for column in np.flatnonzero(moved.any(axis=0)).tolist():
        first = int(np.flatnonzero(moved[:, column])[0])
        sight = found.setdefault(column, _Sighting(cut=cut, row=first))
        if how not in sight.how:
            sight.how.append(how)


def _ask_every_way(suspect: Suspect, column: int, sight: _Sighting) -> None:
    """Alter in the ways not tried yet, where all that is known is that removal moved it."""
    if set(sight.how) & set(CHANGES):
        return
    for how in ALTERATIONS:
        moved = suspect.find_moved(how, sight.cut) if how not in sight.how else None
        if moved is not None and moved[:, column].any():
            sight.how.append(how)


def _measure_reach(suspect: Suspect, column: int, sight: _Sighting) -> int:
    """Return how many bars ahead the value at a row is seen to depend on.

    All bars from so many ahead on are altered; the farthest that still moves it counts, found
    by doubling and then halving.
    """
    ways = [how for how in sight.how if how in CHANGES] or sight.how
    row, most = sight.row, len(suspect.truth) - 1 - sight.row
    least = max(sight.cut + 1 - row, min(suspect.horizon_bars + 1, 1))

    def moves(ahead: int) -> bool:
        for how in ways[:3]:
            moved = _moved_row(suspect, how, row, ahead)
            if moved is not None and moved[column]:
                return True
        return False

    steps = [*(2**power for power in range(most.bit_length()) if least < 2**power < most), most]
    low = max([ahead for ahead in steps if moves(ahead)], default=least)
    high = next((ahead for ahead in steps if ahead > low), low + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if moves(middle) else (low, middle)
    return low


def _moved_row(suspect: Suspect, how: str, row: int, ahead: int) -> BoolArray | None:
    cut = row + ahead - 1
    values = suspect.compute_again(ALTERATIONS[how](suspect.history, cut, suspect.options.seed))
    if values is None or len(values) <= row:
        return None
    return np.asarray(suspect.differs(values, slice(row, row + 1))[0])


def _question_labels(suspect: Suspect, titles: Sequence[str], found: set[int]) -> list[Leak]:
    """Ask labels whether what they say comes after their bar."""
    moves = np.zeros(suspect.n_columns, dtype=np.bool_)
    for cut in _spread_cuts(suspect).tolist():
        for how in ("replaced", "mirrored"):
            values = suspect.compute_again(
                ALTERATIONS[how](suspect.history, cut, suspect.options.seed)
            )
            if values is not None:
                own = slice(max(cut - suspect.horizon_bars + 1, 0), cut + 1)
                moves |= suspect.differs(values, own).any(axis=0)
    leaks = []
    for column in range(suspect.n_columns):
        if column in found:
            continue
        share = 1.0
        if moves[column]:
            share = explain_label(suspect.truth[:, column], suspect.history.bars)
        if share > 0.0:
            leaks.append(word_label(titles[column], column, share))
    return leaks


def _look_at_values(suspect: Suspect, titles: Sequence[str], found: set[int]) -> list[Leak]:
    bars = suspect.history.bars
    if len(bars) < LEAST_BARS:
        return []
    told = detect_column_leaks(suspect.truth, bars, names=titles).leaks
    return [leak for leak in told if leak.where not in found]


def _find_still(suspect: Suspect) -> list[int]:
    """Return the columns that do not move with the bars at all."""
    values = suspect.compute_again(ALTERATIONS["replaced"](suspect.history, 0, 1))
    if values is None:
        return []
    return np.flatnonzero(~suspect.differs(values, slice(None)).any(axis=0)).tolist()


def _list_unprobed(suspect: Suspect) -> list[str]:
    spent, refused = suspect.is_spent, suspect.n_refused
    lines = []
    if spent:
        most = suspect.options.max_evaluations
        lines.append(f"the search stopped after {most} computations; allow more to go on")
    if refused * 2 > suspect.n_evaluations:
        lines.append(
            f"{refused} of {suspect.n_evaluations} altered histories were refused by the "
            "computation, which raised an error or gave another number of rows"
        )
    return lines
