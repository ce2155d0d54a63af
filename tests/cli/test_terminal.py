"""What the terminal shows: whole at 80 columns, the same without colour, safe from names."""

from dataclasses import replace
from io import StringIO
from typing import Any

import numpy as np
import pytest
from rich.console import Console, RenderableType

from bellwether.bars import Finding, Panel, QualityReport, SessionCalendar, assess, noise_world
from bellwether.cli._terminal import (
    leaderboard_table,
    models_table,
    plan_text,
    prediction_panel,
    quality_table,
    verdict_panel,
)
from bellwether.registry import MarketKey, ModelRecord, Stage
from bellwether.service import (
    Direction,
    FallbackReason,
    Interval,
    LeaderboardRow,
    PastHits,
    Prediction,
    RegimeReading,
    Rung,
    Source,
    SourceKind,
)
from bellwether.trials import TrialCount
from bellwether.validation import Decision, Evidence, GateOptions, Verdict, judge, plan_evidence

HOSTILE = "[bold]X[/bold][/]\x1b[31m"
WORLD = noise_world(1, 300).bars


def shown(content: RenderableType, width: int = 80, *, colour: bool = False) -> str:
    stream = StringIO()
    system = "truecolor" if colour else None
    console = Console(file=stream, width=width, force_terminal=colour, color_system=system)  # type: ignore[arg-type]
    console.print(content)
    return stream.getvalue()


def squeezed(text: str) -> str:
    """Return a text without frames and line breaks."""
    return " ".join(text.replace("│", " ").split())


def make_verdict(ic: float, n_bars: int = 1300, **changes: Any) -> Verdict:
    random = np.random.default_rng(2)
    forecast = random.standard_normal(n_bars)
    shocks = random.standard_t(5, n_bars) * np.sqrt(3.0 / 5.0)
    close = 100.0 * np.cumprod(1.0 + 0.011 * (ic * forecast + np.sqrt(1 - ic**2) * shocks))
    returns = np.append(np.nan, close[1:] / close[:-1] - 1.0)
    days = np.busday_offset(np.datetime64("2000-01-03"), np.arange(n_bars))
    closed_at, begin = days.astype("datetime64[us]"), int(0.3 * n_bars)
    evidence = Evidence(
        name="ensemble",
        pipeline="p" * 64,
        snapshot="s" * 64,
        closed_at=closed_at,
        close=close,
        returns=returns,
        forecast=forecast,
        direction=np.sign(forecast),
        rule_direction=np.where(np.arange(n_bars) % 40 < 20, 1.0, -1.0),
        target=np.append(returns[1:], np.nan),
        out_of_sample_from=begin,
        warm_from=60,
        trials=TrialCount(n_pipelines=1, n_looks=1),
        fold_spans=((closed_at[begin - 2], closed_at[begin - 1]),),
        leaks_probed=True,
    )
    return judge(replace(evidence, **changes.pop("evidence", {})), GateOptions(**changes))


def make_row(**changes: Any) -> LeaderboardRow:
    row = LeaderboardRow(
        name="gradient_boosting",
        kind="model",
        decision="NOT ENOUGH DATA",
        contract_passed=False,
        skill_t=-11.25,
        needed_t=3.09,
        information_coefficient=0.01,
        accuracy=0.531,
        profit_factor=float("inf"),
        maximum_drawdown=1.0,
        net_return=123.456,
        model_id="m",
        reason="too few bars",
    )
    return replace(row, **changes)


def make_prediction(**changes: Any) -> Prediction:
    fields: dict[str, Any] = {
        "symbol": "SPX",
        "interval": "1d",
        "as_of": np.datetime64("2018-12-31T21:00", "us"),
        "horizon_bars": 1,
        "direction": Direction.SELL,
        "probability_up": 0.521,
        "expected_return": -0.0007,
        "interval_return": Interval(low=-0.031, high=0.029, coverage=0.9),
        "confidence": 63.0,
        "price": 2506.85,
        "target": 2356.0,
        "stop": 2582.0,
        "regime": RegimeReading(current="volatile", confirmed="trending down"),
        "reasons": ("the price is below its average", "momentum is falling"),
        "source": Source(kind=SourceKind.RULES),
        "rung": Rung.RULES,
        "fallback_reason": FallbackReason.NO_MODEL_PROMOTED,
        "bars_digest": "d",
    }
    return Prediction(**(fields | changes))


def make_record(**changes: Any) -> ModelRecord:
    at = np.datetime64("2018-12-31T21:00", "us")
    record = ModelRecord(
        model_id="s-p-500-gradient-boosting-0123456789",
        market=MarketKey(universe="S&P 500", interval="1d", horizon_bars=1),
        symbols=("SPX",),
        bundle_digest="b",
        pipeline_digest="p",
        snapshot_digest="s",
        bellwether_version="0.1.0",
        trained_at=at,
        registered_at=at,
        changed_at=at,
        stage=Stage.REFUSED,
        verdict={"decision": "NOT ENOUGH DATA"},
        metrics={},
    )
    return replace(record, **changes)


def make_report(**changes: Any) -> QualityReport:
    calendar = SessionCalendar(name="weekdays", closes_at=WORLD.closed_at)
    return replace(assess(WORLD, calendar, now=WORLD.closed_at[-1]), **changes)


def everything() -> list[RenderableType]:
    return [
        quality_table([make_report()]),
        plan_text(plan_evidence(2520)),
        leaderboard_table([make_row(), make_row(name="rules", kind="rules", decision=None)]),
        verdict_panel(make_verdict(0.0)),
        verdict_panel(make_verdict(0.35)),
        verdict_panel(make_verdict(0.0, n_bars=400)),
        prediction_panel(make_prediction()),
        models_table([make_record(), make_record(model_id="m2", stage=Stage.CHAMPION)]),
    ]


@pytest.mark.parametrize("width", [80, 120])
def test_nothing_is_cut_or_wider_than_the_terminal(width: int) -> None:
    for content in everything():
        text = shown(content, width)
        assert "…" not in text
        assert max(map(len, text.splitlines())) <= width


def test_without_colour_there_is_no_escape_and_the_words_are_the_same() -> None:
    for content in everything():
        plain = shown(content)
        assert "\x1b" not in plain
        assert len(shown(content, colour=True)) > len(plain)


def test_leaderboard_keeps_its_last_column_at_80_columns() -> None:
    text = shown(leaderboard_table([make_row()]))
    assert "+12,345.6%" in text
    assert "infinite" in text
    assert "NOT ENOUGH DATA" in text
    assert "more than 3.09 is needed" in squeezed(text)


def test_refusal_says_what_serves_and_the_cheapest_step() -> None:
    text = squeezed(shown(verdict_panel(make_verdict(0.0))))
    assert "No model has earned its place, so the rules keep serving." in text
    assert "Cheapest next step:" in text
    assert "This is a normal and good outcome." in text


def test_promotion_names_who_earned_its_place() -> None:
    verdict = make_verdict(0.35)
    assert verdict.decision is Decision.PROMOTE
    text = squeezed(shown(verdict_panel(verdict, serving="serves now")))
    assert "The ensemble has earned its place and serves now." in text


def test_contract_gate_does_not_borrow_the_evidence_gates_promise() -> None:
    text = squeezed(shown(verdict_panel(make_verdict(0.0, binding="contract"))))
    assert "at most 1%" not in text
    assert "The contract gate decided" in text
    assert "they decide too" not in text


def test_prediction_by_rules_says_why_no_model_answered() -> None:
    text = squeezed(shown(prediction_panel(make_prediction())))
    assert "SELL for the next bar, confidence 63 of 95 (fair)" in text
    assert "The rules, because no model has proven itself on this market yet." in text
    assert "90% interval −3.1% to +2.9%" in text
    assert "Volatile, not confirmed yet; before: trending down" in text
    assert "not investment advice" in text


def test_prediction_by_a_model_shows_its_past_hits() -> None:
    source = Source(kind=SourceKind.MODEL, model_id="m1", age_days=12.0)
    hits = PastHits(n_hits=233, n_settled=402)
    answer = make_prediction(
        source=source, rung=Rung.CHAMPION, fallback_reason=None, past_hits=hits, confidence=86.0
    )
    text = squeezed(shown(prediction_panel(answer)))
    assert "Model m1, 12 days old." in text
    assert "past forecasts this strong: 58.0% of 402 right" in text
    assert "confidence 86 of 95 (strong)" in text


def test_hold_on_bad_bars_is_a_whole_answer() -> None:
    answer = make_prediction(
        direction=Direction.HOLD,
        as_of=None,
        probability_up=None,
        expected_return=None,
        interval_return=None,
        confidence=0.0,
        price=None,
        target=None,
        stop=None,
        regime=None,
        reasons=("insufficient data",),
        source=Source(kind=SourceKind.NONE),
        rung=Rung.HOLD,
        fallback_reason=FallbackReason.INSUFFICIENT_DATA,
    )
    text = squeezed(shown(prediction_panel(answer)))
    assert "HOLD" in text
    assert "Nobody, because insufficient data" in text
    assert "None" not in text


def test_quality_tells_the_first_oddities_and_counts_the_others() -> None:
    findings = tuple(
        Finding(code="gap", where=f"2001-01-0{day}", what="a gap") for day in range(1, 6)
    )
    text = squeezed(shown(quality_table([make_report(findings=findings)])))
    assert "2001-01-03: a gap" in text
    assert "2001-01-04" not in text
    assert "and 2 more" in text


def test_no_models_yet_says_what_to_do() -> None:
    assert "bellwether train" in shown(models_table([]))


def test_hostile_names_are_shown_as_they_are_and_steer_nothing() -> None:
    bars = replace(WORLD, symbol=HOSTILE)
    assert Panel(bars=[bars]).symbols == (HOSTILE,)
    market = MarketKey(universe=HOSTILE, interval="1d", horizon_bars=1)
    contents = (
        quality_table([make_report(symbol=HOSTILE)]),
        prediction_panel(make_prediction(symbol=HOSTILE, reasons=(HOSTILE,))),
        models_table([make_record(market=market)]),
        leaderboard_table([make_row(name=HOSTILE)]),
        verdict_panel(make_verdict(0.0, evidence={"name": HOSTILE})),
    )
    for content in contents[:4]:
        text = shown(content, 120)
        assert "[bold]X[/bold][/]" in text
        assert "\x1b" not in text
    assert "\x1b" not in shown(contents[4])
