"""Golden answers: what a bundle said when it was written, so that it can be held to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bellwether.arrays import FloatArray
from bellwether.registry._errors import GoldenMismatch

Tensors: TypeAlias = Mapping[str, NDArray[Any]]
TOLERANCE = 1e-6
_SCORE, _MEMBER_SCALE = "score", "member_scale"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Golden:
    """Inputs a bundle was shown when it was written, and its answers.

    Parameters
    ----------
    inputs, outputs : mapping of str to array
        One entry for each input and output of the graph, first axis the window.
    """

    inputs: Tensors
    outputs: Tensors


def golden_windows(lookback_bars: int) -> FloatArray:
    """Return a few windows that take a graph through its moods.

    Parameters
    ----------
    lookback_bars : int
        Bars a window, at least 1.

    Returns
    -------
    windows : float64 array of shape (5, lookback_bars, 5)
        A calm, a falling, a wild and a motionless market, and one with a bar that breaks the
        data contract. The same on every machine.
    """
    random = np.random.default_rng(20181231)
    moods = ((0.0003, 0.004), (-0.004, 0.01), (0.001, 0.04), (0.0, 0.0))
    windows = []
    for drift, spread in moods:
        moves = drift + spread * random.standard_normal((lookback_bars, 3))
        close = 100.0 * np.exp(np.cumsum(moves[:, 0]))
        opened = np.concatenate([[100.0], close[:-1]])
        high = np.maximum(opened, close) * (1.0 + np.abs(moves[:, 1]) / 2)
        low = np.minimum(opened, close) * np.exp(-np.abs(moves[:, 2]) / 2)
        volume = 1e6 * np.exp(10.0 * moves[:, 1])
        windows.append(np.column_stack([opened, high, low, close, volume]))
    broken = windows[0].copy()
    broken[-1, 1] = np.nan
    return np.stack([*windows, broken])


def check_golden(name: str, golden: Golden, outputs: Tensors) -> None:
    """Refuse a bundle that answers otherwise than when it was written.

    Parameters
    ----------
    name : str
        What to call the bundle in errors.
    golden : Golden
    outputs : mapping of str to array
        Its answers now.

    Raises
    ------
    GoldenMismatch
        If an output is missing, has another shape or other missing values, or differs by more
        than 1e-6, relative for numbers above one; the score, which counts in spreads of members'
        forecasts, by more than 1e-6 of a forecast makes of it.
    """
    for output, stored in sorted(golden.outputs.items()):
        found = outputs.get(output)
        tolerance = TOLERANCE * (_score_unit(golden.inputs) if output == _SCORE else 1.0)
        if found is None or found.shape != stored.shape:
            raise GoldenMismatch(name, output, np.inf, tolerance)
        difference = _difference(stored.astype(np.float64), found.astype(np.float64))
        if not difference <= tolerance:
            raise GoldenMismatch(name, output, difference, tolerance)


def _score_unit(inputs: Tensors) -> float:
    """Return the most by which the score moves where each member's forecast moves by one.

    A net that says almost the same of every bar has a spread of a hundredth: in its score the last
    digits of its float32 forecasts are a hundred times as large.
    """
    scale = np.asarray(inputs.get(_MEMBER_SCALE, np.ones(1)), dtype=np.float64)
    return max(1.0, float(np.max(1.0 / scale[scale > 0.0], initial=1.0)))


def _difference(stored: FloatArray, found: FloatArray) -> float:
    same = (stored == found) | (np.isnan(stored) & np.isnan(found))
    if same.all():
        return 0.0
    stored, found = stored[~same], found[~same]
    if not (np.isfinite(stored) & np.isfinite(found)).all():
        return np.inf
    return float(np.max(np.abs(stored - found) / np.maximum(1.0, np.abs(stored))))
