"""Hear: what a source says about bars, whether or not it would be let answer."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bellwether.bars import Bars
from bellwether.registry import Manifest, ModelRecord
from bellwether.service._facts import SourceKind
from bellwether.service._ladder import Answer, Fault
from bellwether.service._members import standardise
from bellwether.service._outputs import OutputRow, RulesReading, rules_answer
from bellwether.service._ports import RulesSource
from bellwether.service._predict_options import PredictPorts
from bellwether.service._reasons import FallbackReason
from bellwether.service._rungs import Shelf, ask_rules, describe_source, read_model, run_windows


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What one source said about the last of some bars.

    Parameters
    ----------
    answer : Answer
        As it would be given, whatever is thought of the source and however sure it is.
    members : mapping of str to float
        Probability of a rise by each member of an ensemble: what the ensemble would say if all
        of its weight were that member's. Empty for the rules.
    """

    answer: Answer
    members: Mapping[str, float]


def hear_rules(asked: Sequence[Bars], horizon_bars: int, rules: RulesSource) -> list[Heard | Fault]:
    """Return what the rules say about the last of each of some bars.

    Parameters
    ----------
    asked : sequence of Bars
    horizon_bars : int
    rules : RulesSource

    Returns
    -------
    heard : list of Heard or Fault
        One for each, in their order.
    """
    if not asked:
        return []
    readings, source = ask_rules(asked, rules)
    return [
        Heard(answer=rules_answer(reading, source, horizon_bars), members={})
        if isinstance(reading, RulesReading)
        else reading
        for reading in readings
    ]


def hear_model(
    asked: Sequence[Bars], record: ModelRecord, ports: PredictPorts
) -> list[Heard | Fault]:
    """Return what a model says about the last of each of some bars, its graph run once for all.

    Parameters
    ----------
    asked : sequence of Bars
    record : ModelRecord
    ports : PredictPorts
        What is thought of the model does not count here.

    Returns
    -------
    heard : list of Heard or Fault
        One for each, in their order; why there is none where it fails.
    """
    loaded = Shelf(ports.registry, ports.bundles).load(record)
    if isinstance(loaded, Fault):
        return [loaded] * len(asked)
    manifest = loaded.manifest
    n_bars = manifest.lookback_bars
    windows = [bars.matrix[-n_bars:] for bars in asked if len(bars) >= n_bars]
    rows = iter(run_windows(loaded, windows))
    source = describe_source(loaded, SourceKind.MODEL, None)
    heard: list[Heard | Fault] = []
    for bars in asked:
        if len(bars) < n_bars:
            detail = f"{len(bars)} bars where it needs {n_bars}"
            heard.append(Fault(reason=FallbackReason.TOO_FEW_BARS, detail=detail))
            continue
        row = next(rows)
        said = read_model(row, loaded, source, None)
        if isinstance(said, Fault):
            heard.append(said)
        else:
            heard.append(Heard(answer=said, members=_hear_members(row, manifest)))
    return heard


def _hear_members(row: OutputRow | Exception, manifest: Manifest) -> dict[str, float]:
    """Return each member's probability of a rise by the ensemble's own calibration."""
    numbers = row.numbers if isinstance(row, OutputRow) else {}
    told = standardise(numbers.get("member_forecasts", ()), manifest)
    calibration = manifest.state.get("calibration", ())
    if not told or len(calibration) != 2:
        return {}
    intercept, slope = calibration
    return {
        name: 0.5 * (1.0 + math.tanh(0.5 * (intercept + slope * score)))
        for name, score in zip(manifest.families, told, strict=True)
    }
