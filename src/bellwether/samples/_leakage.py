"""Leak probes: change the future and see whether the past moves."""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import TypeAlias

import numpy as np

from bellwether.arrays import BoolArray, FloatArray, IntArray
from bellwether.samples._errors import TooLittleHistory
from bellwether.samples._leaks import Leak, LeakKind
from bellwether.samples._samples import Samples
from bellwether.samples._splits import Fold

ColumnsOf: TypeAlias = Callable[[FloatArray], FloatArray]

# Other lengths may group a sum otherwise, so cut histories agree to rounding only.
ROUNDING = 1e-9


def probe_future(
    compute: ColumnsOf, matrix: FloatArray, *, seed: int, n_cuts: int = 16, reach_bars: int = 0
) -> tuple[Leak, ...]:
    """Look for computed values that depend on bars they cannot know.

    At each of some bars, drawn at random and the last but one always among them, every later
    bar is removed, then replaced by another valid bar. What was computed for bars up to the
    cut must not move.

    Parameters
    ----------
    compute : callable from (n, 5) to (n, n_columns) float64 arrays
        What is under suspicion, for any number of bars n.
    matrix : float64 array of shape (n_bars, 5)
        Valid bars: open, high, low, close, volume; oldest first.
    seed : int
        Draws the cuts and the bars put in place of the future.
    n_cuts : int, default 16
        Cuts to try; each computes twice.
    reach_bars : int, default 0
        Bars ahead a value may know: 0 for features, the horizon for labels.

    Returns
    -------
    leaks : tuple of Leak
        At most one of each kind for a column; empty where none was found.

    Raises
    ------
    TooLittleHistory
        If there is no bar with a future beyond its reach.

    Notes
    -----
    Knows: everything; that is its task.
    Cost: `2 n_cuts + 1` computations.

    Examples
    --------
    >>> bars = np.tile([10.0, 12.0, 9.0, 11.0, 5.0], (30, 1)) * np.linspace(1, 2, 30)[:, None]
    >>> probe_future(lambda m: m[:, 3:4] / m[:, 0:1], bars, seed=1)
    ()
    >>> peek = probe_future(lambda m: m[:, 3:4] / m[:, 3].max(), bars, seed=1)
    >>> [leak.kind for leak in peek]
    ['future_removed', 'future_changed']
    """
    if len(matrix) < reach_bars + 2:
        raise TooLittleHistory("the leak probe", reach_bars + 2, len(matrix))
    rng = np.random.default_rng(seed)
    truth = compute(matrix)
    found: dict[tuple[LeakKind, int], Leak] = {}
    for cut in _draw_cuts(truth, n_cuts, reach_bars, rng):
        last = cut - reach_bars
        removed = compute(matrix[: cut + 1])
        changed = compute(_with_another_future(matrix, cut, rng))
        past = truth[: last + 1]
        for leak in (
            *_find_moved("future_removed", past, removed[: last + 1], cut),
            *_find_moved("future_changed", past, changed[: last + 1], cut),
        ):
            found.setdefault((leak.kind, leak.where), leak)
    return tuple(
        sorted(found.values(), key=lambda leak: (leak.where, leak.kind != "future_removed"))
    )


def probe_folds(samples: Samples, folds: Sequence[Fold]) -> tuple[Leak, ...]:
    """Look for folds that learn from labels not yet known, or use a row twice.

    Parameters
    ----------
    samples : Samples
        What the folds were cut from: label spans are read from here, not from the folds.
    folds : sequence of Fold

    Returns
    -------
    leaks : tuple of Leak
        Empty where none was found.
    """
    leaks = [leak for place, fold in enumerate(folds) for leak in _probe_fold(samples, fold, place)]
    tested: set[int] = set()
    for place, fold in enumerate(folds):
        again = sorted(tested.intersection(fold.test.tolist()))
        if again:
            text = f"fold {place + 1} tests row {again[0]}, which an earlier fold tested already"
            leaks.append(Leak(kind="rows_shared", where=place, at=again[0], text=text))
        tested.update(fold.test.tolist())
    return tuple(leaks)


def _draw_cuts(
    truth: FloatArray, n_cuts: int, reach_bars: int, rng: np.random.Generator
) -> IntArray:
    """Prefer bars for which something is computed: a NaN cannot move."""
    last = len(truth) - 2
    places = np.flatnonzero(np.isfinite(truth).any(axis=1)) + reach_bars
    places = places[places < last]
    drawn = rng.permutation(places)[: max(n_cuts - 1, 0)]
    return np.append(np.sort(drawn), last)


def _with_another_future(matrix: FloatArray, cut: int, rng: np.random.Generator) -> FloatArray:
    other = matrix.copy()
    future = other[cut + 1 :]
    n = len(future)
    low = future[:, 2] * np.exp(rng.normal(0.0, 0.3, n) - 0.05)
    spread = 1.0 + rng.uniform(0.01, 0.2, n)
    future[:, 0] = low * (1.0 + (spread - 1.0) * rng.uniform(size=n))
    future[:, 1] = low * spread
    future[:, 2] = low
    future[:, 3] = low * (1.0 + (spread - 1.0) * rng.uniform(size=n))
    future[:, 4] = (future[:, 4] + 1.0) * np.exp(rng.normal(0.0, 0.5, n))
    return other


def _find_moved(kind: LeakKind, before: FloatArray, after: FloatArray, cut: int) -> Iterator[Leak]:
    tolerance = ROUNDING if kind == "future_removed" else 0.0
    size = np.abs(np.where(np.isfinite(before), before, 0.0)).max(axis=0, initial=0.0)
    same = (before == after) | (np.isnan(before) & np.isnan(after))
    with np.errstate(invalid="ignore"):
        moved: BoolArray = ~(same | (np.abs(before - after) <= tolerance * size))
    verb = kind.removeprefix("future_")
    for column in np.flatnonzero(moved.any(axis=0)):
        at = int(np.flatnonzero(moved[:, column])[-1])
        text = f"column {column} at bar {at} moves when the bars after {cut} are {verb}"
        yield Leak(kind=kind, where=int(column), at=at, text=text)


def _probe_fold(samples: Samples, fold: Fold, place: int) -> Iterator[Leak]:
    parts = {"training": fold.train, "validation": fold.validation, "test": fold.test}
    for early_name, late_name in combinations(parts, 2):
        early, late = parts[early_name], parts[late_name]
        if not early.size or not late.size:
            continue
        starts_at = samples.decided_at[late].min()
        # NaT is at or before nothing: a label still open is as bad as one that closes late.
        open_rows = early[~(samples.closes_at[early] <= starts_at)]
        if open_rows.size:
            at = int(open_rows[0])
            text = (
                f"fold {place + 1}: the {early_name} label of row {at} closes after "
                f"the {late_name} starts at {starts_at}"
            )
            yield Leak(kind="spans_meet", where=place, at=at, text=text)
        shared = np.intersect1d(early, late)
        if shared.size:
            text = f"fold {place + 1}: row {shared[0]} is in both {early_name} and {late_name}"
            yield Leak(kind="rows_shared", where=place, at=int(shared[0]), text=text)
