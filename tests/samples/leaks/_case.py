"""What a case of the corpus is: something to look at, what is wrong with it, who reported it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from bellwether.arrays import FloatArray
from bellwether.bars import Bars
from bellwether.samples import Fold, Samples

Compute: TypeAlias = Callable[..., Any]
Beside: TypeAlias = Callable[[Bars, np.random.Generator], Mapping[str, FloatArray]]


@dataclass(frozen=True, kw_only=True)
class Computed:
    """A feature, a label or a whole pipeline that can be computed again on other bars.

    `reach_bars` is what it may know: 0 up to its own bar, -1 only bars before its own, the
    horizon for a label. `imported` makes columns that are laid beside the bars.
    """

    compute: Compute
    reach_bars: int = 0
    n_bars: int = 500
    imported: Beside | None = None


@dataclass(frozen=True, kw_only=True)
class Imported:
    """Columns of which there is nothing but the values, laid onto the bars."""

    values: Callable[[Bars, np.random.Generator], FloatArray]
    n_bars: int = 750


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A choice (symbols, features, options) made for use from one third of the history on."""

    choose: Callable[[Sequence[Bars]], Any]
    n_symbols: int = 1
    n_bars: int = 500


@dataclass(frozen=True, kw_only=True)
class Split:
    """Rows of samples dealt into training and test."""

    split: Callable[[Samples, np.random.Generator], tuple[Fold, ...]]
    horizon_bars: int = 1


Subject: TypeAlias = Computed | Imported | Chosen | Split


@dataclass(frozen=True, kw_only=True)
class Case:
    """One entry of the corpus.

    `kind` is the kind of mistake, in the words of the corpus and not of the detector;
    `reference` names the report it was rebuilt from; `one_bar` marks what knows exactly one
    bar too many; `is_leak` is False for the clean look-alikes.
    """

    name: str
    kind: str
    subject: Subject
    reference: str = ""
    one_bar: bool = False
    is_leak: bool = True


def frame(bars: Bars) -> Any:
    """Return the bars as the frame most indicator libraries work on."""
    columns = {name: getattr(bars, name) for name in ("open", "high", "low", "close", "volume")}
    return pd.DataFrame(columns, index=pd.DatetimeIndex(bars.closed_at))


def rsi(close: Any, n: int = 14) -> Any:
    """Return the relative strength index by Wilder's smoothing."""
    move = close.diff()
    up = move.clip(lower=0).ewm(alpha=1 / n, adjust=False).mean()
    down = (-move).clip(lower=0).ewm(alpha=1 / n, adjust=False).mean()
    return 100 - 100 / (1 + up / down)


def log_returns(close: Any) -> FloatArray:
    """Return each bar's log return, 0 on the first."""
    logs = np.log(np.asarray(close, dtype=np.float64))
    return np.diff(logs, prepend=logs[0])


def feature(compute: Compute, *, reach_bars: int = 0, n_bars: int = 500) -> Computed:
    """Return a feature as a subject."""
    return Computed(compute=compute, reach_bars=reach_bars, n_bars=n_bars)


def label(compute: Compute, horizon_bars: int) -> Computed:
    """Return a label as a subject."""
    return Computed(compute=compute, reach_bars=horizon_bars)
