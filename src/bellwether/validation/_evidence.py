"""Evidence: one pipeline's out-of-sample forecasts and all that is needed to judge them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from bellwether.arrays import FloatArray, TimeArray, frozen_floats, frozen_times
from bellwether.hashing import digest_arrays, digest_json
from bellwether.trials import TrialCount
from bellwether.validation._errors import MalformedEvidence

PER_SYMBOL = (
    "close",
    "returns",
    "forecast",
    "direction",
    "rule_direction",
    "target",
    "probability_up",
    "expected_return",
)
OPTIONAL = ("probability_up", "expected_return")
# What came later is told only where it is there, so that older evidence keeps its digest.
INTERVAL = ("interval_low", "interval_high")
LATER = ("candidate_forecasts", *INTERVAL)
HEAD = (
    "name",
    "pipeline",
    "snapshot",
    "horizon_bars",
    "out_of_sample_from",
    "warm_from",
    "cost_bps",
    "ic_worth_finding",
    "leaks_probed",
)


def _absent() -> FloatArray:
    return np.empty(0)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Evidence:
    """What a walk-forward brings before the gate.

    Every per-symbol array is aligned to the bar it is scored on: row i of a forecast or a
    direction was decided at the close of bar i-1 or before, row i of the returns is what bar i
    then did. Arrays of shape (n_bars,) are taken as one symbol.

    Parameters
    ----------
    name : str
        What a person calls the pipeline.
    pipeline, snapshot : str
        Digests of the pipeline and of the bars, as in the trial log.
    horizon_bars : int
        Bars a signal is made for; at least 1.
    closed_at : datetime64[us] array of shape (n_bars,)
        Instant of each bar's close, UTC.
    close : float64 array of shape (n_bars, n_symbols)
        Adjusted closes, above zero, NaN where a symbol has no bar.
    returns : float64 array of shape (n_bars, n_symbols)
        Close-to-close returns, NaN on a symbol's first bar and where it has none.
    forecast : float64 array of shape (n_bars, n_symbols)
        Forecast known before each bar, in any unit: for horizon h the mean of the last h
        forecasts. NaN where there is none.
    direction, rule_direction : float64 arrays of shape (n_bars, n_symbols)
        The pipeline's and the rules' signal decided just before each bar: 1 BUY, 0 HOLD,
        -1 SELL, held for `horizon_bars` bars from that bar on.
    target : float64 array of shape (n_bars, n_symbols)
        The label values trained on, in any alignment; NaN where there is none.
    out_of_sample_from : int
        First row whose forecast was made without its outcome having been seen.
    warm_from : int
        First row with an honest forecast; rows from here on warm the standardisation.
    trials : TrialCount
        What the trial log counts for this pipeline on these bars.
    cost_bps : float
        Cost of trading the whole capital once, in basis points.
    ic_worth_finding : float
        Skill worth finding, declared before training, as an information coefficient.
    fold_spans : tuple of (datetime64, datetime64)
        For each fold, when its last training label closed and when its first test decision
        was made.
    leaks : tuple of str
        Leaks that the probes found, in words.
    leaks_probed : bool
        Whether the probes ran at all.
    probability_up, expected_return : float64 arrays of shape (n_bars, n_symbols), optional
        Forecasts of the next `horizon_bars` bars made just before each bar; reported only.
    candidate_forecasts : float64 array of shape (n_candidates, n_bars, n_symbols), optional
        What each configuration that the forecast was chosen or combined from said of each
        bar, as `forecast` does; reported only.
    interval_low, interval_high : float64 arrays of shape (n_bars, n_symbols), optional
        Interval forecasts of the return over the next `horizon_bars` bars; reported only.
    interval_coverage : float
        Share of returns that the intervals claim to hold.

    Raises
    ------
    MalformedEvidence
        If shapes differ, an index or number is out of its range, a direction is not one of
        the three, a return is infinite or a loss of everything, or a close is not above zero.

    Notes
    -----
    Knows: everything; it is the gate that looks at each bar with what was known before it.
    Disordered or repeated times are accepted here and refused by the gate.
    """

    name: str
    pipeline: str
    snapshot: str
    horizon_bars: int = 1
    closed_at: TimeArray
    close: FloatArray
    returns: FloatArray
    forecast: FloatArray
    direction: FloatArray
    rule_direction: FloatArray
    target: FloatArray
    out_of_sample_from: int
    warm_from: int
    trials: TrialCount
    cost_bps: float = 5.0
    ic_worth_finding: float = 0.10
    fold_spans: tuple[tuple[np.datetime64, np.datetime64], ...] = ()
    leaks: tuple[str, ...] = ()
    leaks_probed: bool = False
    probability_up: FloatArray = field(default_factory=_absent)
    expected_return: FloatArray = field(default_factory=_absent)
    candidate_forecasts: FloatArray = field(default_factory=_absent)
    interval_low: FloatArray = field(default_factory=_absent)
    interval_high: FloatArray = field(default_factory=_absent)
    interval_coverage: float = 0.9

    def __post_init__(self) -> None:
        object.__setattr__(self, "closed_at", frozen_times(self.closed_at))
        for name in PER_SYMBOL:
            array = frozen_floats(getattr(self, name))
            if name in OPTIONAL and not array.size:
                array = frozen_floats(np.full(np.shape(self.returns), np.nan))
            object.__setattr__(self, name, array.reshape(-1, 1) if array.ndim == 1 else array)
        for name in LATER:
            object.__setattr__(self, name, _frozen_later(name, getattr(self, name)))
        spans = tuple((_instant(closed), _instant(decided)) for closed, decided in self.fold_spans)
        object.__setattr__(self, "fold_spans", spans)
        object.__setattr__(self, "leaks", tuple(self.leaks))
        _check_shapes(self)
        _check_numbers(self)
        _check_values(self)

    def __repr__(self) -> str:
        size = f"{self.n_bars} bars, {self.n_symbols} symbols"
        return f"Evidence({self.name!r}, {size}, out of sample from {self.out_of_sample_from})"

    @property
    def n_bars(self) -> int:
        """Number of rows, whether out of sample or not."""
        return len(self.closed_at)

    @property
    def n_symbols(self) -> int:
        """Number of symbols."""
        return int(self.returns.shape[1])

    @property
    def out_of_sample(self) -> slice:
        """The rows that are judged."""
        return slice(self.out_of_sample_from, None)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over every value: the name a verdict refers to."""
        return digest_json([digest_json(self.to_json()), digest_arrays(self.to_arrays())])

    def to_json(self) -> dict[str, Any]:
        """Return everything but the arrays, as JSON values; `from_parts` reads it back."""
        head: dict[str, Any] = {name: getattr(self, name) for name in HEAD}
        head["trials"] = [self.trials.n_pipelines, self.trials.n_looks]
        head["fold_spans"] = [[str(closed), str(decided)] for closed, decided in self.fold_spans]
        head["leaks"] = list(self.leaks)
        if self.interval_low.size:
            head["interval_coverage"] = self.interval_coverage
        return head

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return every array by its name; times as int64 microseconds since 1970."""
        arrays: dict[str, NDArray[Any]] = {name: getattr(self, name) for name in PER_SYMBOL}
        arrays |= {name: getattr(self, name) for name in LATER if getattr(self, name).size}
        return {"closed_at": self.closed_at.astype(np.int64), **arrays}

    @classmethod
    def from_parts(cls, head: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Return the evidence that `to_json` and `to_arrays` came from.

        Raises
        ------
        MalformedEvidence
            If a part is missing or cannot be read.
        """
        try:
            n_pipelines, n_looks = head["trials"]
            spans = tuple((_instant(a), _instant(b)) for a, b in head["fold_spans"])
            parts: dict[str, Any] = {name: head[name] for name in HEAD}
            parts |= {name: arrays[name] for name in PER_SYMBOL}
            parts |= {name: arrays[name] for name in LATER if name in arrays}
            parts |= {name: head[name] for name in ("interval_coverage",) if name in head}
            return cls(
                **parts,
                closed_at=arrays["closed_at"].astype("datetime64[us]"),
                trials=TrialCount(n_pipelines=n_pipelines, n_looks=n_looks),
                fold_spans=spans,
                leaks=tuple(head["leaks"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise MalformedEvidence("stored parts", "every part, readable", repr(error)) from error


def _instant(value: np.datetime64 | str) -> np.datetime64:
    return cast("np.datetime64", np.asarray(value, dtype="datetime64[us]")[()])


def _frozen_later(name: str, values: FloatArray) -> FloatArray:
    array = frozen_floats(values)
    n_axes = 2 if name in INTERVAL else 3
    return array[..., None] if array.size and array.ndim == n_axes - 1 else array


def _check_shapes(evidence: Evidence) -> None:
    n_bars = len(evidence.closed_at)
    if evidence.closed_at.ndim != 1 or n_bars < 2:
        raise MalformedEvidence("closed_at", "at least two bars", f"{evidence.closed_at.shape}")
    if np.isnat(evidence.closed_at).any():
        raise MalformedEvidence("closed_at", "an instant for each bar", "one without")
    wanted = (n_bars, evidence.n_symbols)
    for name in PER_SYMBOL:
        if (shape := getattr(evidence, name).shape) != wanted:
            raise MalformedEvidence(name, f"an array of shape {wanted}", f"{shape}")
    for name in LATER:
        shape = getattr(evidence, name).shape
        n_axes = 2 if name in INTERVAL else 3
        if shape != (0,) and (len(shape) != n_axes or shape[-2:] != wanted):
            raise MalformedEvidence(name, f"arrays of shape {wanted}", f"{shape}")
    if evidence.interval_low.shape != evidence.interval_high.shape:
        raise MalformedEvidence("interval_high", "both ends of the intervals", "one of them")


def _check_numbers(evidence: Evidence) -> None:
    start, warm = evidence.out_of_sample_from, evidence.warm_from
    last = evidence.n_bars - 1
    ranges = (
        ("horizon_bars", evidence.horizon_bars >= 1, "at least 1"),
        (
            "out_of_sample_from",
            1 <= start <= last,
            f"a row from 1 to {last}",
        ),
        ("warm_from", 0 <= warm <= start, f"a row from 0 to {start}"),
        ("cost_bps", 0.0 <= evidence.cost_bps < np.inf, "at least 0, and finite"),
        ("interval_coverage", 0.0 < evidence.interval_coverage < 1.0, "between 0 and 1"),
        ("ic_worth_finding", 0.0 < evidence.ic_worth_finding < 1.0, "between 0 and 1"),
        ("trials", min(evidence.trials.n_pipelines, evidence.trials.n_looks) >= 1, "at least 1"),
    )
    for name, holds, expected in ranges:
        if not holds:
            raise MalformedEvidence(name, expected, f"{getattr(evidence, name)}")
    if any(np.isnat(instant) for span in evidence.fold_spans for instant in span):
        raise MalformedEvidence("fold_spans", "two instants for each fold", "a fold without")


def _check_values(evidence: Evidence) -> None:
    for name in ("direction", "rule_direction"):
        values = getattr(evidence, name)
        strange = ~np.isnan(values) & ~np.isin(values, (-1.0, 0.0, 1.0))
        if strange.any():
            raise MalformedEvidence(name, "-1, 0 or 1", f"{values[strange][0]}")
    returns, close = evidence.returns, evidence.close
    wrong = np.isinf(returns) | (returns <= -1.0)
    if wrong.any():
        raise MalformedEvidence("returns", "finite returns above -1", f"{returns[wrong][0]}")
    wrong = np.isinf(close) | (close <= 0.0)
    if wrong.any():
        raise MalformedEvidence("close", "finite prices above zero", f"{close[wrong][0]}")
