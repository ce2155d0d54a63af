"""Many questions at once: each is told what it would be told alone, to the last bit."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto

from bellwether.bars import COLUMNS, Bars
from bellwether.clock import FixedClock
from bellwether.features import GraphBuilder
from bellwether.registry import Bundle, make_bundle
from bellwether.service import (
    FallbackReason,
    LadderOptions,
    Prediction,
    PredictOptions,
    Question,
    Rung,
    predict_columns,
    predict_many,
)

MakeModel = Callable[..., Bundle]
Home = Any  # the class lives in conftest, which is no module
DAY = np.timedelta64(1, "D")
N_BARS = 80
# A last close above one of these puts the model into a mood; the market's own is near 100.
UNSURE, OUT_OF_RANGE, NOT_FINITE, RAISES = 1e4, 1e6, 1e8, 1e10
SCALES = {"sound": 1.0, "unsure": 1e3, "out of range": 1e5, "not finite": 1e7, "raises": 1e9}


def moody_graph(*, rows_alone: bool) -> bytes:
    """Return a graph whose answer follows the last close: sound, doubtful, mad, or none."""
    graph = GraphBuilder()
    bars = graph.input("bars", np.float64, ("batch", N_BARS, 5))
    places = (graph.constant(np.array(one)) for one in (N_BARS - 1, 3))
    close = graph.node("Gather", bars, next(places), axis=1)
    close = graph.node("Gather", close, next(places), axis=1)

    def number(value: float) -> str:
        return graph.constant(np.array(value))

    def above(bound: float) -> str:
        return graph.node("Greater", close, number(bound))

    wild = graph.node("Cast", above(RAISES), to=TensorProto.INT64)
    nowhere = graph.node("Mul", wild, graph.constant(np.array(99)))
    nothing = graph.node("Gather", graph.constant(np.zeros(1)), nowhere, axis=0)
    part = graph.node("Sub", close, graph.node("Floor", close))
    probability = graph.node("Add", number(0.55), graph.node("Mul", part, number(0.3)))
    probability = graph.node("Where", above(OUT_OF_RANGE), number(1.5), probability)
    probability = graph.node("Where", above(NOT_FINITE), number(np.nan), probability)
    confidence = graph.node("Where", above(UNSURE), number(51.0), number(80.0))

    def put(name: str, tensor: str, width: int = 0) -> None:
        shape = ("batch", width) if width else ("batch",)
        graph.output(name, graph.node("Add", tensor, nothing), np.float64, shape)

    put("probability_up", probability)
    put("confidence", confidence)
    for name in ("expected_return", "score", "volatility"):
        put(name, number(0.01))
    column = graph.node("Unsqueeze", nothing, graph.constant(np.array([1])))
    for name, values in (("quantiles", [-0.02, 0.0, 0.02]), ("member_forecasts", [0.1, 0.2])):
        row = graph.node("Add", column, graph.constant(np.array([values])))
        graph.output(name, row, np.float64, ("batch", len(values)))
    graph.output("features", column, np.float64, ("batch", 1))
    graph.output("ok", graph.node("Equal", nothing, nothing), np.bool_, ("batch",))
    return graph.build(rows_alone=rows_alone)


@pytest.fixture(params=[True, False], ids=["rows together", "rows one by one"])
def moody(request: pytest.FixtureRequest, home: Home, make_model: MakeModel) -> Home:
    """Return a home with a moody champion, a sound one before it, and a damaged one elsewhere."""
    model = make_model("moody")
    home.promote(
        make_model("elder"), make_bundle(model.manifest, moody_graph(rows_alone=request.param))
    )
    home.promote(make_model("damaged"), symbol="DAMAGED")
    home.path("damaged").write_bytes(b"damaged")
    home.promote(make_model("elsewhere"), symbol="ELSEWHERE")
    return home


def columns_of(bars: Bars) -> dict[str, Any]:
    return {name: getattr(bars, name).copy() for name in ("closed_at", *COLUMNS)}


def scaled(bars: Bars, factor: float) -> dict[str, Any]:
    columns = columns_of(bars)
    for name in ("open", "high", "low", "close"):
        columns[name] *= factor
    return columns


def with_nan(columns: dict[str, Any]) -> dict[str, Any]:
    columns["close"][-2] = np.nan
    return columns


def without(columns: dict[str, Any], rows: Any) -> dict[str, Any]:
    return {name: np.delete(values, rows) for name, values in columns.items()}


def later(columns: dict[str, Any]) -> dict[str, Any]:
    columns["closed_at"] = columns["closed_at"] + DAY
    return columns


def uneven(columns: dict[str, Any]) -> dict[str, Any]:
    columns["volume"] = columns["volume"][1:]
    return columns


def overflowing(columns: dict[str, Any]) -> dict[str, Any]:
    return {**columns, "adjustment": np.full(len(columns["close"]), 1e308)}


FAULTS: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "none": lambda columns: columns,
    "no number": with_nan,
    "not closed": later,
    "a gap at the end": lambda columns: without(columns, [-2]),
    "a quarter missing": lambda columns: without(columns, slice(3, -5, 4)),
    "expired": lambda columns: without(columns, slice(-9, None)),
    "lengths differ": uneven,
    "prices overflow": overflowing,
    "another column": lambda columns: {**columns, "rumour": columns["close"]},
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a question is about, and what is wrong with it."""

    symbol: str = "WORLD"
    fault: str = "none"
    horizon_bars: int = 1
    n_bars: int = 500
    mood: str = "sound"
    knows_sessions: bool = True

    def of(self, home: Home) -> Question:
        """Return the question."""
        columns = FAULTS[self.fault](scaled(home.bars[-self.n_bars :], SCALES[self.mood]))
        return Question(
            symbol=self.symbol,
            interval="1d",
            horizon_bars=self.horizon_bars,
            columns=columns,
            calendar=home.calendar if self.knows_sessions else None,
        )


ASKED = st.builds(
    Asked,
    symbol=st.sampled_from(["WORLD", "WORLD", "WORLD", "DAMAGED", "ELSEWHERE", "NOBODY"]),
    fault=st.one_of(st.just("none"), st.sampled_from(sorted(FAULTS))),
    horizon_bars=st.sampled_from([1, 1, 1, 5, 0]),
    n_bars=st.sampled_from([59, 60, 79, 80, 81, 359, 360, 500, 600]),
    mood=st.sampled_from(sorted(SCALES)),
    knows_sessions=st.booleans(),
)


def ask_alone(home: Home, question: Question, options: PredictOptions) -> Prediction:
    if question.horizon_bars < 1:  # options refuse it; only a question can be that wrong
        [answer] = predict_many([question], ports=home.ports, options=options)
        return answer
    return predict_columns(
        question.columns,
        symbol=question.symbol,
        interval=question.interval,
        ports=home.ports,
        calendar=question.calendar,
        options=replace(options, horizon_bars=question.horizon_bars),
    )


OPTIONS = [
    PredictOptions(),
    PredictOptions(models_enabled=False),
    PredictOptions(ladder=LadderOptions(when_unsure="hold")),
    PredictOptions(ladder=LadderOptions(most_age_days=5.0)),
]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=st.lists(ASKED, max_size=12), options=st.sampled_from(OPTIONS))
def test_many_are_told_what_each_would_be_told_alone(
    moody: Home, drawn: list[Asked], options: PredictOptions
) -> None:
    with np.errstate(over="ignore"):
        questions = [one.of(moody) for one in drawn]
        together = predict_many(questions, ports=moody.ports, options=options)
        alone = [ask_alone(moody, question, options) for question in questions]
    assert [one.to_json() for one in together] == [one.to_json() for one in alone]
    assert [one.prediction_id for one in together] == [one.prediction_id for one in alone]


def test_every_mood_has_its_own_reason_beside_the_others(moody: Home) -> None:
    questions = [Asked(mood=mood).of(moody) for mood in SCALES]
    found = predict_many(questions, ports=moody.ports)
    assert [one.fallback_reason for one in found] == [
        None,
        FallbackReason.LOW_CONFIDENCE,
        FallbackReason.OUTPUT_OUT_OF_RANGE,
        FallbackReason.OUTPUT_NOT_FINITE,
        FallbackReason.INFERENCE_FAILED,
    ]
    # The one before raises on what the champion answers with nonsense.
    assert [one.rung for one in found] == [Rung.CHAMPION, Rung.PREVIOUS, *[Rung.RULES] * 3]


def test_nobody_asked_is_nobody_answered(home: Home) -> None:
    assert predict_many([], ports=home.ports) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"horizon_bars": 0},
        {"columns": {"close": np.ones(90)}},
        {"columns": {name: np.array(["x"]) for name in ("closed_at", *COLUMNS)}},
        {"calendar": "NYSE"},
    ],
    ids=["no horizon", "columns missing", "texts for numbers", "no calendar"],
)
def test_a_question_that_makes_no_sense_is_held_and_takes_no_other_along(
    moody: Home, wrong: dict[str, Any]
) -> None:
    sound = Asked().of(moody)
    found = predict_many([sound, replace(sound, **wrong), sound], ports=moody.ports)
    assert [one.rung for one in found] == [Rung.CHAMPION, Rung.HOLD, Rung.CHAMPION]
    assert found[1].fallback_reason is FallbackReason.SERVICE_FAILED
    assert found[0] == found[2]


class Counting:
    """Stands before a port and counts what it is asked."""

    def __init__(self, port: Any) -> None:
        self._port = port
        self.calls: Counter[object] = Counter()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)

        def ask(*args: Any, **named: Any) -> Any:
            self.calls[name, *(arg for arg in args if isinstance(arg, str | int))] += 1
            return found(*args, **named)

        return ask


def test_a_batch_reads_each_market_once_and_loads_each_bundle_once(moody: Home) -> None:
    names = ("registry", "bundles", "rules", "clock")
    counted = moody.with_ports(**{name: Counting(getattr(moody.ports, name)) for name in names})
    questions = [
        Asked(symbol=symbol, horizon_bars=horizon_bars, mood=mood).of(moody)
        for symbol in ("WORLD", "DAMAGED")
        for horizon_bars in (1, 5)
        for mood in ("sound", "unsure", "sound")
    ]
    predict_many(questions, ports=counted.ports)
    assert counted.ports.registry.calls == {
        ("serving_symbol", symbol, "1d", horizon_bars): 1
        for symbol in ("WORLD", "DAMAGED")
        for horizon_bars in (1, 5)
    }
    assert counted.ports.bundles.calls == {("load",): 3}  # the champion, the elder, the damaged
    assert counted.ports.rules.calls == {("load",): 1}
    assert counted.ports.clock.calls == {("now",): 1}


class CountingRuns:
    """Rules that say how many windows each of their runs was for."""

    def __init__(self, rules: Any) -> None:
        self._loaded = rules.load()
        self.manifest = self._loaded.manifest
        self.digest = self._loaded.digest
        self.state_digest = self._loaded.state_digest
        self.runs: list[int] = []
        self.wild_above = np.inf

    def load(self) -> "CountingRuns":
        return self

    def run(self, windows: Any) -> Any:
        self.runs.append(len(windows))
        if windows[:, -1, 3].max() > self.wild_above:
            raise RuntimeError("a wild bar")
        return self._loaded.run(windows)


def ask_scaled(home: Home, scales: Sequence[float]) -> list[Question]:
    return [
        Question(
            symbol="WORLD",
            interval="1d",
            horizon_bars=1,
            columns=scaled(home.bars[-400:], scale),
            calendar=home.calendar,
        )
        for scale in scales
    ]


def test_a_graph_is_run_once_for_a_batch_and_in_parts_for_a_great_one(home: Home) -> None:
    rules = CountingRuns(home.ports.rules)
    predict_many(ask_scaled(home, [1.0] * 32), ports=replace(home.ports, rules=rules))
    assert rules.runs == [32]
    predict_many(ask_scaled(home, [1.0] * 150), ports=replace(home.ports, rules=rules))
    assert max(rules.runs) < 150
    assert sum(rules.runs) == 32 + 150


def test_one_window_that_makes_a_graph_raise_costs_few_runs_and_only_its_own_answer(
    home: Home,
) -> None:
    rules = CountingRuns(home.ports.rules)
    rules.wild_above = 1e6
    scales = [1.0] * 32
    scales[19] = 1e6
    found = predict_many(ask_scaled(home, scales), ports=replace(home.ports, rules=rules))
    assert len(rules.runs) <= 11
    held = [place for place, one in enumerate(found) if one.rung is Rung.HOLD]
    assert held == [19]
    assert found[19].steps[-1].reason is FallbackReason.RULES_FAILED


class OneRow:
    """Rules whose graph forgets all windows but the first."""

    def __init__(self, rules: Any) -> None:
        self._loaded = rules.load()
        self.manifest = self._loaded.manifest
        self.digest = self._loaded.digest
        self.state_digest = self._loaded.state_digest

    def load(self) -> "OneRow":
        return self

    def run(self, windows: Any) -> Any:
        return self._loaded.run(windows[:1])


def test_a_graph_that_forgets_windows_answers_them_one_by_one(home: Home) -> None:
    questions = [
        replace(question, columns=columns_of(home.bars[-n_bars:]))
        for n_bars, question in zip((200, 300, 400), ask_scaled(home, [1.0] * 3), strict=True)
    ]
    found = predict_many(questions, ports=replace(home.ports, rules=OneRow(home.ports.rules)))
    assert found == predict_many(questions, ports=home.ports)


class Broken:
    """Stands for any port that fails."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("?")


def test_a_clock_that_fails_holds_all_but_what_needs_no_clock(moody: Home) -> None:
    sound = Asked().of(moody)
    broken = Asked(fault="no number").of(moody)
    found = predict_many([sound, broken], ports=replace(moody.ports, clock=Broken()))
    assert [one.fallback_reason for one in found] == [
        FallbackReason.SERVICE_FAILED,
        FallbackReason.DATA_CONTRACT_BROKEN,
    ]


@pytest.mark.parametrize("port", ["registry", "bundles"])
def test_a_port_that_fails_steps_down_for_everybody(moody: Home, port: str) -> None:
    questions = [Asked(symbol=symbol).of(moody) for symbol in ("WORLD", "ELSEWHERE")]
    found = predict_many(questions, ports=replace(moody.ports, **{port: Broken()}))
    assert [one.rung for one in found] == [Rung.RULES, Rung.RULES]


def test_all_are_asked_at_one_instant(moody: Home) -> None:
    class Running(FixedClock):
        __slots__ = ("n_readings",)

        def now(self) -> np.datetime64:
            self.n_readings = getattr(self, "n_readings", 0) + 1
            return super().now() + self.n_readings * DAY

    ports = replace(moody.ports, clock=Running(moody.now))
    questions = [Asked(n_bars=n_bars, knows_sessions=False).of(moody) for n_bars in (300, 400)]
    ages = {one.source.age_days for one in predict_many(questions, ports=ports)}
    assert len(ages) == 1
