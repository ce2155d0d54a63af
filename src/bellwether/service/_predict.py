"""Predict: the use case that always answers."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bellwether.bars import Bars, SessionCalendar
from bellwether.errors import BarsError
from bellwether.service._announce import announce
from bellwether.service._data_check import find_data_fault
from bellwether.service._errors import OptionOutOfRange
from bellwether.service._explaining import explain_nothing
from bellwether.service._facts import Prediction, Rung, Source, SourceKind
from bellwether.service._ladder import Climb, Fault
from bellwether.service._outputs import RulesReading, rules_answer
from bellwether.service._ports import RulesSource
from bellwether.service._predict_options import PredictOptions, PredictPorts
from bellwether.service._question import Question
from bellwether.service._reasons import FallbackReason
from bellwether.service._rungs import ask_rules
from bellwether.service._seats import Case, Ways, hear_models

_log = logging.getLogger(__name__)


def predict(
    bars: Bars,
    *,
    ports: PredictPorts,
    calendar: SessionCalendar | None,
    options: PredictOptions | None = None,
    broken: str | None = None,
    why_seconds: float | None = None,
) -> Prediction:
    """Return a valid answer about the bars that come after the last one, whatever goes wrong.

    Parameters
    ----------
    bars : Bars
        One symbol's history up to the last closed bar.
    ports : PredictPorts
    calendar : SessionCalendar or None
        Sessions of the market; without it neither the age of the bars nor gaps can be told,
        and neither is held against them.
    options : PredictOptions, optional
    broken : str, optional
        What breaks the data contract at the end of the bars, where their reader left it out:
        then nobody may answer.
    why_seconds : float, optional
        How long telling what moved the answer may take; it is not told by default.

    Returns
    -------
    prediction : Prediction
        By the champion, or else by the first rung of the ladder that may answer, with the
        reason; HOLD where the bars are at fault or no rung is left.

    Notes
    -----
    Knows: the bars it is given, all closed by the clock's time.
    Broad excepts are at this edge and nowhere deeper: whatever a file, a graph or a database
    does, becomes a reason.
    """
    options = PredictOptions() if options is None else options
    case = Case(
        bars=bars, horizon_bars=options.horizon_bars, calendar=calendar, why_seconds=why_seconds
    )
    if broken is not None:
        case.fault = Fault(reason=FallbackReason.DATA_CONTRACT_BROKEN, detail=broken)
    [answer] = _answer([case], ports, options)
    return answer


def predict_columns(
    columns: Mapping[str, object],
    *,
    symbol: str,
    ports: PredictPorts,
    calendar: SessionCalendar | None,
    interval: str = "1d",
    options: PredictOptions | None = None,
) -> Prediction:
    """Return a valid answer on bars that nobody has checked yet.

    Parameters
    ----------
    columns : mapping of str to array-like of numbers
        `closed_at`, `open`, `high`, `low`, `close`, `volume`, and `adjustment` if need be.
    symbol : str
    ports : PredictPorts
    calendar : SessionCalendar or None
    interval : str, default "1d"
    options : PredictOptions, optional

    Returns
    -------
    prediction : Prediction
        As `predict`; HOLD with the reason where the bars break the data contract (a missing
        number, a high below its low, times out of order).
    """
    options = PredictOptions() if options is None else options
    question = Question(
        symbol=symbol,
        interval=interval,
        horizon_bars=options.horizon_bars,
        columns=columns,  # type: ignore[arg-type]
        calendar=calendar,
    )
    [answer] = predict_many([question], ports=ports, options=options)
    return answer


def predict_many(
    questions: Sequence[Question], *, ports: PredictPorts, options: PredictOptions | None = None
) -> tuple[Prediction, ...]:
    """Return a valid answer to each of many questions, each model's graph run once for all.

    Parameters
    ----------
    questions : sequence of Question
        Each with its own market, horizon and calendar.
    ports : PredictPorts
    options : PredictOptions, optional
        The horizon is each question's own.

    Returns
    -------
    predictions : tuple of Prediction
        One for each question, in their order: what `predict_columns` says to it alone, to the
        last bit, as long as clock, registry and standings say the same.

    Notes
    -----
    The clock is read once, the registry once for each market, each bundle loaded once. A graph
    that raises is run again on fewer windows, down to those that make it raise: one bad question
    takes no other along.

    Cost: besides the graphs about 0.1 ms a question.
    """
    options = PredictOptions() if options is None else options
    return tuple(_answer([_open(question) for question in questions], ports, options))


def _open(question: Question) -> Case:
    columns: Mapping[str, Any] = question.columns
    fault = None
    try:
        bars = Bars(symbol=question.symbol, interval=question.interval, **columns)
    except BarsError as error:
        reason = FallbackReason.DATA_CONTRACT_BROKEN
        _log.warning("reason=%s symbol=%s: %s", reason, question.symbol, error)
        bars, fault = _nothing(question), Fault(reason=reason, detail=str(error))
    except Exception:  # noqa: BLE001 - the caller is owed an answer, whatever happened
        bars, fault = _nothing(question), _failed(question.symbol)
    if question.horizon_bars < 1:
        wrong = OptionOutOfRange("horizon_bars", "at least 1", question.horizon_bars)
        fault = Fault(reason=FallbackReason.SERVICE_FAILED, detail=str(wrong))
    return Case(
        bars=bars,
        horizon_bars=question.horizon_bars,
        calendar=question.calendar,
        fault=fault,
        why_seconds=question.why_seconds,
    )


def _answer(
    cases: Sequence[Case], ports: PredictPorts, options: PredictOptions
) -> list[Prediction]:
    try:
        return _descend(cases, ports, options)
    except Exception:  # noqa: BLE001 - the caller is owed an answer, whatever happened
        if len(cases) > 1:
            # Whose fault it was is not known; alone, each has its own.
            return [answer for case in cases for answer in _answer([case], ports, options)]
        [case] = cases
        return [_hold(case, _failed(case.bars.symbol), options)]


def _descend(
    cases: Sequence[Case], ports: PredictPorts, options: PredictOptions
) -> list[Prediction]:
    """Take all questions down the ladder together, rung by rung."""
    climbs = [Climb(options.ladder) for _ in cases]
    ways = list(zip(cases, climbs, strict=True))
    for case, climb in ways:
        if case.fault is not None:
            _stop(climb, case.fault)
    if _waiting(ways):
        now = ports.clock.now()
        _check_bars(_waiting(ways), now)
        source = _hear_rules(_waiting(ways), ports.rules)
        hear_models(_waiting(ways), ports, options, now)
        _offer_rules(_waiting(ways), source)
    return [_announce(case, climb) for case, climb in ways]


def _announce(case: Case, climb: Climb) -> Prediction:
    landing = climb.land()
    said = announce(case.bars, case.horizon_bars, landing, case.reading)
    if case.why_seconds is None:
        return said
    return replace(said, **(case.why or explain_nothing())._asdict())


def _waiting(ways: Ways) -> Ways:
    return [(case, climb) for case, climb in ways if not climb.is_over]


def _check_bars(ways: Ways, now: np.datetime64) -> None:
    for case, climb in ways:
        fault = find_data_fault(case.bars, case.calendar, now)
        if fault is not None:
            _stop(climb, fault)


def _hear_rules(ways: Ways, rules: RulesSource) -> Source:
    if not ways:
        return Source(kind=SourceKind.RULES)
    readings, source = ask_rules([case.bars for case, _ in ways], rules)
    for (case, climb), reading in zip(ways, readings, strict=True):
        case.rules = reading
        if isinstance(reading, Fault) and reading.reason.is_about_data:
            _stop(climb, reading)
    return source


def _offer_rules(ways: Ways, source: Source) -> None:
    for case, climb in ways:
        said = case.rules
        if isinstance(said, RulesReading):
            climb.offer(Rung.RULES, rules_answer(said, source, case.horizon_bars))
        elif said is not None:
            climb.offer(Rung.RULES, said)


def _hold(case: Case, fault: Fault, options: PredictOptions) -> Prediction:
    climb = Climb(options.ladder)
    _stop(climb, fault)
    return _announce(case, climb)


def _stop(climb: Climb, fault: Fault) -> None:
    climb.offer(Rung.HOLD, fault)
    climb.land()


def _failed(symbol: str) -> Fault:
    _log.exception("reason=%s symbol=%s", FallbackReason.SERVICE_FAILED, symbol)
    return Fault(reason=FallbackReason.SERVICE_FAILED, detail="see the log")


def _nothing(question: Question) -> Bars:
    none = np.empty(0)
    return Bars(
        symbol=question.symbol,
        interval=question.interval,
        closed_at=none.astype("datetime64[us]"),
        open=none,
        high=none,
        low=none,
        close=none,
        volume=none,
    )
