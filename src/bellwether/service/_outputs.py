"""From what a graph gives to what a rung of the ladder has to say, or why it has nothing."""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bellwether.registry import REGIME_MEMBER_WEIGHT, Manifest
from bellwether.rules import Regime
from bellwether.service._facts import Direction, Interval, RegimeReading, Source
from bellwether.service._ladder import Answer, Fault, Outcome
from bellwether.service._reasons import FallbackReason
from bellwether.service._why import PastHits

COVERAGE = 0.90
RANGES_COVERED = 1.15
"""Average true ranges that held 90 % of the moves over a bar, either way.

Measured on 44 US stocks and funds up to 2017: 89.9 % over one bar, 89.6 % over 5, 89.3 % over
20 with the root of time; 86 to 93 % by market, 87 % on the S&P 500.
"""

_NORMAL = NormalDist()
_SIGNS = {1: Direction.BUY, -1: Direction.SELL, 0: Direction.HOLD}
_TREND_SIGNS = {Regime.TRENDING_UP.words: 1, Regime.TRENDING_DOWN.words: -1}
# The contract's placing of target and stop; for the rules' own direction their graph does it.
_LEAST_RANGE_FRAC, _MOST_RANGE_FRAC, _MOST_TARGET_FRAC = 0.02, 0.15, 0.30
_REACH, _REACH_WITH_TREND = 1.5, 2.5

Outputs = Mapping[str, NDArray[Any]]
# Read below; of the other outputs only it is asked whether they are finite.
_OF_MODELS = ("probability_up", "confidence", "expected_return", "quantiles", "volatility")
_OF_RULES = ("direction", "target_frac", "stop_frac", "atr_frac", "regime", "regime_confirmed")
_OF_MEMBERS = ("member_forecasts", REGIME_MEMBER_WEIGHT)
_READ = frozenset((*_OF_MODELS, *_OF_RULES, *_OF_MEMBERS, "reason"))


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputRow:
    """What a graph gave for one window.

    Parameters
    ----------
    numbers : mapping of str to float or list of float
    fault : Fault or None
        Why they must not be used.
    """

    numbers: Mapping[str, Any]
    fault: Fault | None


def split_rows(outputs: Outputs, n_rows: int) -> list[OutputRow]:
    """Return a graph's outputs window by window.

    Parameters
    ----------
    outputs : mapping of str to array
        First axis the window.
    n_rows : int
        Windows that were run.

    Raises
    ------
    ValueError
        If an output has not one row for each of several windows.
    """
    if n_rows > 1 and any(values.shape[0] != n_rows for values in outputs.values()):
        raise ValueError(f"an output has not {n_rows} rows")
    faults = _find_faults(outputs, n_rows)
    columns = {name: values.tolist() for name, values in outputs.items() if name in _READ}
    return [
        OutputRow(
            numbers={name: values[row] for name, values in columns.items()}, fault=faults[row]
        )
        for row in range(n_rows)
    ]


def _find_faults(outputs: Outputs, n_rows: int) -> list[Fault | None]:
    faults: list[Fault | None] = [None] * n_rows
    for name, values in outputs.items():
        finite = np.isfinite(values)
        if finite.all():
            continue
        for row in range(n_rows):
            if faults[row] is None and not finite[row].all():
                faults[row] = Fault(
                    reason=FallbackReason.OUTPUT_NOT_FINITE, detail=f"{name} is not finite"
                )
    ok = outputs["ok"].tolist()
    return [fault if ok[row] else _NOT_OK for row, fault in enumerate(faults)]


_NOT_OK = Fault(
    reason=FallbackReason.DATA_CONTRACT_BROKEN, detail="the graph's own check of the bars"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesReading:
    """What the rules' graph says about the last bar.

    Parameters
    ----------
    direction : Direction
    probability_up : float
        Calibrated on past outcomes of the same signal.
    confidence : float
        50 to 95.
    target_frac, stop_frac : float
        Signed fractions of the price; zero for HOLD.
    atr_frac : float
        Average true range over price.
    regime : RegimeReading
    reason : str
        In words.
    """

    direction: Direction
    probability_up: float
    confidence: float
    target_frac: float
    stop_frac: float
    atr_frac: float
    regime: RegimeReading
    reason: str

    @property
    def levels(self) -> tuple[float, float]:
        """Target and stop in the rules' own direction."""
        return self.target_frac, self.stop_frac

    def place_levels(self, direction: Direction) -> tuple[float, float]:
        """Return target and stop in any direction, by the rules' ratio.

        Parameters
        ----------
        direction : Direction

        Returns
        -------
        target_frac, stop_frac : float
            Signed fractions of the price; the target reaches further along a confirmed trend.
        """
        if direction is self.direction:
            return self.levels
        ratio = min(max(self.atr_frac, _LEAST_RANGE_FRAC), _MOST_RANGE_FRAC)
        along = direction.sign * _TREND_SIGNS.get(self.regime.confirmed, 0) > 0
        reach = min(ratio * (_REACH_WITH_TREND if along else _REACH), _MOST_TARGET_FRAC)
        return direction.sign * reach, -direction.sign * ratio


def read_rules(row: OutputRow, manifest: Manifest) -> RulesReading | Fault:
    """Return what the rules' graph says, or why it cannot be used.

    Parameters
    ----------
    row : OutputRow
    manifest : Manifest
        Holds the words for its codes.

    Returns
    -------
    reading : RulesReading or Fault
    """
    number = row.numbers
    fault = (
        row.fault
        or _outside("direction", abs(number["direction"]), 0.0, 1.0)
        or _outside("probability_up", number["probability_up"], 0.0, 1.0)
        or _outside("confidence", number["confidence"], 50.0, 95.0)
        or _outside("target_frac", abs(number["target_frac"]), 0.0, 0.99)
        or _outside("stop_frac", abs(number["stop_frac"]), 0.0, 0.99)
        or _outside("atr_frac", number["atr_frac"], 0.0, math.inf)
    )
    if fault is not None:
        return fault
    regimes, reasons = manifest.words["regime"], manifest.words["reason"]
    return RulesReading(
        direction=_SIGNS[round(number["direction"])],
        probability_up=number["probability_up"],
        confidence=number["confidence"],
        target_frac=number["target_frac"],
        stop_frac=number["stop_frac"],
        atr_frac=number["atr_frac"],
        regime=RegimeReading(
            current=regimes[str(round(number["regime"]))],
            confirmed=regimes[str(round(number["regime_confirmed"]))],
        ),
        reason=reasons[str(round(number["reason"]))],
    )


def rules_answer(reading: RulesReading, source: Source, horizon_bars: int) -> Answer:
    """Return the rules' reading as an answer.

    Parameters
    ----------
    reading : RulesReading
    source : Source
    horizon_bars : int

    Returns
    -------
    answer : Answer

    Notes
    -----
    The rules know a probability but no size. The size comes from the average true range, as
    measured (`RANGES_COVERED`), and grows with the root of the horizon. The expected return is
    that of the normal distribution with this width and the rules' probability of a rise.
    """
    reach = RANGES_COVERED * reading.atr_frac * math.sqrt(horizon_bars)
    deviation = reach / _NORMAL.inv_cdf(0.5 + COVERAGE / 2.0)
    likely = min(max(reading.probability_up, 0.001), 0.999)
    expected = deviation * _NORMAL.inv_cdf(likely)
    low, high = max(expected - reach, -0.999), expected + reach
    return Answer(
        direction=reading.direction,
        probability_up=reading.probability_up,
        expected_return=max(expected, -0.999),
        interval_return=Interval(low=low, high=high, coverage=COVERAGE),
        confidence=reading.confidence,
        target_frac=reading.target_frac,
        stop_frac=reading.stop_frac,
        reasons=(
            f"The rules say {reading.direction} ({reading.reason}).",
            *_tell_record(reading.direction, reading.probability_up),
        ),
        source=source,
    )


def _tell_record(direction: Direction, probability_up: float) -> tuple[str, ...]:
    """Return a warning where this signal's own past speaks against it."""
    if direction.sign * (probability_up - 0.5) >= 0.0:
        return ()
    told = f"Mind the record: after such signals the price rose {probability_up:.1%} of the time, "
    return (told + f"which does not support a {direction}.",)


def model_answer(
    row: OutputRow, manifest: Manifest, source: Source, rules: RulesReading | None
) -> Outcome:
    """Return a model's outputs as an answer, or why they cannot be one.

    Parameters
    ----------
    row : OutputRow
    manifest : Manifest
    source : Source
    rules : RulesReading or None
        What the rules say about the same bar: target and stop are placed by their ratio.

    Returns
    -------
    outcome : Answer or Fault
    """
    number = row.numbers
    fault = row.fault or _find_misfit(number)
    if fault is not None:
        return fault
    probability, confidence = number["probability_up"], number["confidence"]
    quantiles = number["quantiles"]
    direction = _SIGNS[(probability > 0.5) - (probability < 0.5)]
    target_frac, stop_frac = (0.0, 0.0) if rules is None else rules.place_levels(direction)
    hits = _past_hits(manifest, confidence)
    return Answer(
        direction=direction,
        probability_up=probability,
        expected_return=number["expected_return"],
        interval_return=Interval(low=quantiles[0], high=quantiles[-1], coverage=COVERAGE),
        confidence=confidence,
        past_hits=hits,
        target_frac=target_frac,
        stop_frac=stop_frac,
        reasons=_model_reasons(probability, confidence, manifest.horizon_bars, hits),
        source=source,
        numbers=number,
    )


def _model_reasons(
    probability: float, confidence: float, horizon_bars: int, hits: PastHits | None
) -> tuple[str, ...]:
    ahead = "the next bar" if horizon_bars == 1 else f"the next {horizon_bars} bars"
    weaker = (confidence - 50.0) / 45.0
    told = [
        f"The model gives a rise over {ahead} a chance of {probability:.1%}.",
        f"This forecast is stronger than {weaker:.0%} of the model's own past ones.",
    ]
    if hits is not None and hits.rate is not None:
        told.append(
            f"Of its {hits.n_settled} past forecasts about this strong, {hits.rate:.1%} got the "
            "direction right."
        )
    return tuple(told)


def _past_hits(manifest: Manifest, confidence: float) -> PastHits | None:
    buckets: Any = manifest.metrics.get("hits_by_confidence", ())
    for bucket in buckets:
        if bucket["least"] <= confidence < bucket["most"]:
            return PastHits(n_hits=int(bucket["n_hits"]), n_settled=int(bucket["n_settled"]))
    return None


def _find_misfit(number: Mapping[str, Any]) -> Fault | None:
    quantiles = number["quantiles"]
    if any(low > high for low, high in itertools.pairwise(quantiles)):
        return Fault(reason=FallbackReason.OUTPUT_OUT_OF_RANGE, detail="quantiles cross")
    return (
        _outside("probability_up", number["probability_up"], 0.0, 1.0)
        or _outside("confidence", number["confidence"], 50.0, 95.0)
        or _outside("expected_return", number["expected_return"], -1.0, 1.0)
        or _outside("the lowest quantile", quantiles[0], -1.0, 1.0)
        or _outside("the highest quantile", quantiles[-1], -1.0, 10.0)
        or _outside("volatility", number["volatility"], 0.0, 10.0)
    )


def _outside(name: str, value: float, low: float, high: float) -> Fault | None:
    if low <= value <= high:
        return None
    return Fault(
        reason=FallbackReason.OUTPUT_OUT_OF_RANGE,
        detail=f"{name} is {value:g}, possible are {low:g} to {high:g}",
    )
