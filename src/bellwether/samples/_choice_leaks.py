"""Choices that know too much: survivors, today's largest, the option that did best in all."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from bellwether.bars import Bars
from bellwether.samples._alterations import ALTERATIONS, CHANGES, History
from bellwether.samples._errors import TooLittleHistory
from bellwether.samples._leaks import Leak, LeakReport
from bellwether.samples._suspect import LeakOptions, lay_out

N_DRAWS = 6
NO_SPLITS = ("removed", "thinned", *CHANGES)


def probe_selection(
    choose: Callable[[Sequence[Bars]], Any],
    bars: Sequence[Bars],
    *,
    decided_at: np.datetime64,
    options: LeakOptions | None = None,
) -> LeakReport:
    """Look for a choice that depends on what came after it was made.

    Symbols picked for a study, features kept, options tuned, epochs stopped at: whatever is
    used from an instant on must be the same when every bar after that instant is removed,
    replaced, mirrored, or ends because the symbol is delisted.

    Parameters
    ----------
    choose : callable from a sequence of Bars to anything that can be compared
        Makes the choice: names, numbers, arrays, or dicts and sequences of these.
    bars : sequence of Bars
        One a symbol.
    decided_at : datetime64
        From when on the choice is used.
    options : LeakOptions, optional

    Returns
    -------
    report : LeakReport
        At most one leak.

    Raises
    ------
    TooLittleHistory
        If no symbol has a bar before and one after the instant.

    Notes
    -----
    Knows: everything; that is its task.
    Cost: some 60 choices.

    Examples
    --------
    >>> from bellwether.bars import noise_world
    >>> several = [noise_world(seed, 200).bars for seed in range(6)]
    >>> def best(several):
    ...     return max(several, key=lambda one: one.close[-1] / one.close[0]).symbol
    >>> report = probe_selection(best, several, decided_at=several[0].closed_at[100])
    >>> report.leaks[0].kind
    'chosen_late'
    """
    options = options or LeakOptions()
    cuts = [int(np.searchsorted(one.closed_at, decided_at, side="right")) - 1 for one in bars]
    if not any(0 <= cut < len(one) - 1 for cut, one in zip(cuts, bars, strict=True)):
        raise TooLittleHistory("the probe of a choice", 2, 0)
    truth = choose(tuple(bars))
    moved_by: list[str] = []
    n_evaluations, n_refused = 1, 0
    for how in (*NO_SPLITS, "delisted"):
        for draw in range(N_DRAWS):
            seeds = np.random.default_rng([options.seed, draw]).integers(2**31, size=len(bars))
            altered = [
                _alter(one, cut, how, int(seed))
                for one, cut, seed in zip(bars, cuts, seeds, strict=True)
            ]
            n_evaluations += 1
            try:
                with np.errstate(all="ignore"):
                    again = choose(tuple(altered))
            except Exception:  # noqa: BLE001 - a user's code raises what it likes; counted, reported
                n_refused += 1
                continue
            if not _is_same(truth, again):
                moved_by.append(how)
                break
    refused = f"{n_refused} of {n_evaluations} altered histories were refused by the choice"
    return LeakReport(
        leaks=(_word(moved_by, decided_at),) if moved_by else (),
        n_evaluations=n_evaluations,
        n_cuts=1,
        unprobed=(refused,) if n_refused * 2 > n_evaluations else (),
    )


def _alter(bars: Bars, cut: int, how: str, seed: int) -> Bars:
    """Alter one symbol, each draw in another share of them: a choice is between symbols."""
    if cut < 0 or cut >= len(bars) - 1:
        return bars
    history = lay_out(bars, None)
    if how == "removed":
        return history.upto(cut).bars
    if seed % 2:
        return bars
    if how == "delisted":
        return history.upto(cut).bars
    altered: History = ALTERATIONS[how](history, cut, seed)
    return altered.bars


def _is_same(first: Any, second: Any) -> bool:
    """Compare choices; sets and names exactly, numbers up to rounding."""
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return first.keys() == second.keys() and all(
            _is_same(first[key], second[key]) for key in first
        )
    if isinstance(first, set | frozenset | str | bytes) or first is None:
        return bool(first == second)
    try:
        one, other = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    except (TypeError, ValueError):
        return _is_same_sequence(first, second)
    return one.shape == other.shape and bool(
        np.allclose(one, other, rtol=1e-9, atol=0.0, equal_nan=True)
    )


def _is_same_sequence(first: Any, second: Any) -> bool:
    if isinstance(first, Sequence) and isinstance(second, Sequence):
        return len(first) == len(second) and all(map(_is_same, first, second))
    return bool(np.all(np.asarray(first == second)))


def _word(moved_by: Sequence[str], decided_at: np.datetime64) -> Leak:
    when = np.datetime_as_string(decided_at, unit="m")
    return Leak(
        kind="chosen_late",
        where=0,
        at=0,
        text=f"the choice used from {when} on is another when bars after it are {moved_by[0]}",
        moved_by=tuple(moved_by),
        remedy=(
            "choose with what was known then: the constituents of that day, and a validation "
            "stretch that ends before the choice is used"
        ),
    )
