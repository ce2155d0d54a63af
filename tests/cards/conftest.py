"""Small training results whose verdicts the gate really gave."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bellwether.arrays import FloatArray
from bellwether.bars import Bars, Panel, SessionCalendar, assess
from bellwether.cards import CardContent
from bellwether.models import fit_state
from bellwether.registry import MarketKey, ModelRecord, Stage
from bellwether.service import (
    Baseline,
    Candidate,
    Direction,
    FallbackReason,
    Interval,
    Prediction,
    RegimeReading,
    Rung,
    Source,
    SourceKind,
    Step,
    TrainingRequest,
    TrainingResult,
)
from bellwether.trials import TrialCount
from bellwether.validation import (
    Evidence,
    FamilyPlan,
    ForecastStream,
    GateOptions,
    ScoredForecasts,
    TrainingPlan,
    Verdict,
    WeightsAt,
    judge,
    plan_evidence,
)

MEMBERS = ("ridge", "gradient_boosting")
BEGIN_FRAC = 0.3


@pytest.fixture(scope="session")
def make_content() -> Callable[..., CardContent]:
    """Return a maker of card contents; see `build_content`."""
    return build_content


def build_content(
    *, ic: float = 0.35, n_bars: int = 1300, symbol: str = "PLANTED", **changes: Any
) -> CardContent:
    """Return what a card tells of a world with a planted skill; keywords replace fields.

    `binding`, `evidence_changes` and `members` change what is judged and how.
    """
    gate = GateOptions(binding=changes.pop("binding", "evidence"))
    members = changes.pop("members", MEMBERS)
    evidence = replace(make_evidence(ic, n_bars), **changes.pop("evidence_changes", {}))
    bars = make_bars(evidence, symbol)
    verdict = judge(evidence, gate)
    families = tuple(FamilyPlan(family=name, preset="contract", n_refits=2) for name in members)
    request = TrainingRequest(
        panel=Panel(bars=[bars]),
        universe=symbol,
        plan=TrainingPlan(name="test", families=families),
        gate=gate,
    )
    record = make_record(symbol, evidence, verdict)
    candidate = Candidate(
        name="ensemble",
        members=members,
        scored=make_scored(evidence, members),
        evidence=evidence,
        verdict=verdict,
        record=record,
    )
    still = replace(evidence, name="always_up", forecast=np.ones_like(evidence.forecast))
    rules = replace(evidence, name="rules", forecast=evidence.rule_direction)
    result = TrainingResult(
        request=request,
        candidates=(candidate,),
        baselines=tuple(
            Baseline(name=one.name, evidence=one, verdict=judge(one, gate))
            for one in (still, rules)
        ),
        champion=record if verdict.promotes else None,
    )
    calendar = SessionCalendar(name="weekdays", closes_at=bars.closed_at)
    content = CardContent(
        title=f"{symbol}, daily",
        result=result,
        quality=(assess(bars, calendar, now=bars.closed_at[-1]),),
        evidence_plan=plan_evidence(n_bars, last_closed_at=bars.closed_at[-1]),
        prediction=make_prediction(bars, record if verdict.promotes else None),
        made_at=bars.closed_at[-1],
    )
    return replace(content, **changes)


def make_evidence(ic: float, n_bars: int) -> Evidence:
    """Return sound evidence: forecasts of a known correlation with t5 returns."""
    random = np.random.default_rng(1)
    forecast = random.standard_normal(n_bars)
    shocks = random.standard_t(5, n_bars) * np.sqrt(3.0 / 5.0)
    returns = 0.011 * (ic * forecast + np.sqrt(1.0 - ic**2) * shocks)
    close = 100.0 * np.cumprod(1.0 + returns)
    begin = int(BEGIN_FRAC * n_bars)
    days = np.busday_offset(np.datetime64("2000-01-03"), np.arange(n_bars))
    closed_at = np.add(days.astype("datetime64[us]"), np.timedelta64(21, "h"))
    return Evidence(
        name="ensemble",
        pipeline="p" * 64,
        snapshot="s" * 64,
        closed_at=closed_at,
        close=close,
        returns=np.append(np.nan, close[1:] / close[:-1] - 1.0),
        forecast=forecast,
        direction=np.sign(forecast),
        rule_direction=np.where(np.arange(n_bars) % 40 < 20, 1.0, -1.0),
        target=np.append(returns[1:], np.nan) / 0.011,
        out_of_sample_from=begin,
        warm_from=60,
        trials=TrialCount(n_pipelines=3, n_looks=1),
        fold_spans=((closed_at[begin - 2], closed_at[begin - 1]),),
        leaks_probed=True,
        probability_up=0.5 + 0.05 * np.tanh(forecast),
    )


def make_bars(evidence: Evidence, symbol: str) -> Bars:
    """Return bars with the closes of the evidence."""
    close = evidence.close[:, 0]
    return Bars(
        symbol=symbol,
        closed_at=evidence.closed_at,
        open=close,
        high=close * 1.01,
        low=close * 0.99,
        close=close,
        volume=np.full(len(close), 1000.0),
    )


def make_scored(evidence: Evidence, members: tuple[str, ...]) -> ScoredForecasts:
    """Return the stream of the evidence, with weights that move from equal to the first."""
    score = evidence.forecast[:, 0]
    equal: FloatArray = np.full(len(members), 1.0 / len(members))
    last = equal if len(members) == 1 else np.array([0.75, *equal[1:] / 2])
    begin = evidence.out_of_sample_from
    places = (begin, begin + 63)
    silent = np.full(len(score), np.nan)
    tested = np.arange(len(score)) >= begin
    return ScoredForecasts(
        members=members,
        stream=ForecastStream(
            score=score,
            direction=np.sign(score),
            probability_up=evidence.probability_up[:, 0],
            expected_return=silent,
            confidence=silent,
            warm=~tested,
            out_of_sample=tested,
        ),
        weights=tuple(
            WeightsAt(decided_at=evidence.closed_at[place], weight=weight)
            for place, weight in zip(places, (equal, last), strict=True)
        ),
        state=fit_state(
            members,
            np.column_stack([score[:-1]] * len(members)),
            evidence.target[:-1, 0],
            weight=last,
            horizon_bars=1,
        ),
        hits_by_confidence=(),
    )


def make_record(symbol: str, evidence: Evidence, verdict: Verdict) -> ModelRecord:
    """Return the registry's entry of the candidate."""
    at = evidence.closed_at[-1]
    return ModelRecord(
        model_id="planted-ensemble",
        market=MarketKey(universe=symbol, interval="1d", horizon_bars=1),
        symbols=(symbol,),
        bundle_digest="b" * 64,
        pipeline_digest=evidence.pipeline,
        snapshot_digest=evidence.snapshot,
        bellwether_version="0.1.0",
        trained_at=at,
        registered_at=at,
        changed_at=at,
        stage=Stage.CHAMPION if verdict.promotes else Stage.REFUSED,
        verdict=verdict.to_json(),
        metrics={},
    )


def make_prediction(bars: Bars, champion: ModelRecord | None) -> Prediction:
    """Return the champion's answer, or the rules' where there is none."""
    price, promoted = float(bars.close[-1]), champion is not None
    return Prediction(
        symbol=bars.symbol,
        interval=bars.interval,
        as_of=bars.closed_at[-1],
        horizon_bars=1,
        direction=Direction.BUY,
        probability_up=0.583,
        expected_return=0.0031,
        interval_return=Interval(low=-0.017, high=0.023, coverage=0.9),
        confidence=86.0,
        price=price,
        target=price * 1.03,
        stop=price * 0.98,
        regime=RegimeReading(current="ranging", confirmed="trending up"),
        reasons=("the price is above its average",),
        source=Source(kind=SourceKind.MODEL, model_id="planted-ensemble", age_days=0.0)
        if promoted
        else Source(kind=SourceKind.RULES),
        rung=Rung.CHAMPION if promoted else Rung.RULES,
        fallback_reason=None if promoted else FallbackReason.NO_MODEL_PROMOTED,
        steps=()
        if promoted
        else (Step(rung=Rung.CHAMPION, reason=FallbackReason.NO_MODEL_PROMOTED),),
        bars_digest=bars.digest,
    )
