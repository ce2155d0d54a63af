"""Lineage: the fits that serve one after another on one verdict, watched as one model."""

from collections.abc import Sequence

from bellwether.monitor import SettledBet
from bellwether.registry import MarketKey, ModelRecord
from bellwether.retraining._ports import RetrainingPorts
from bellwether.retraining._run import Run
from bellwether.retraining._shadow import (
    Duelist,
    bar_text,
    find_forecast,
    find_voice,
    read_outcomes,
)
from bellwether.retraining._steps import Step
from bellwether.retraining._turn import Turn
from bellwether.watch import (
    Checkpoint,
    ModelWatch,
    PaperOutcome,
    SettledVoice,
    WatchOptions,
    begin_watch,
    find_benchmark,
    settled_bet,
    step_watch,
)

LINEAGES = "lineage/"

_Told = dict[str, dict[str, list[float]]]
"""By bar and symbol: outcome, volatility, direction of the rules, of the model, confidence."""


def find_lineage(champion: ModelRecord, turn: Turn) -> tuple[Duelist, ...]:
    """Return the fits that have served on the champion's verdict and since when, oldest first.

    The first speaks for the pipeline from the bars on that it had not seen, the others since they
    serve.
    """
    since = {
        one.challenger: promoted.at
        for one in turn.runs
        if one.renews and (promoted := one.taken(Step.PROMOTED)) is not None
    }
    served = [
        Duelist(model_id=record.model_id, trained_at=since.get(record.model_id, record.trained_at))
        for record in turn.ports.registry.records()
        if record.market == champion.market and record.verdict == champion.verdict
    ]
    return tuple(sorted(served, key=lambda fit: fit.trained_at))


def find_lineage_doubt(run: Run, turn: Turn) -> str | None:
    """Return in words how the champion's pipeline has lost what it had; None where it has not.

    Each fit is watched for some months only, which is too short to find a small loss. Therefore
    the first fit's promise is kept for all that follow on its verdict, and what became of their
    forecasts is counted on from one to the next.
    """
    lineage = find_lineage(turn.ports.registry.get(str(run.champion)), turn)
    watch = watch_lineage(lineage, run.market, turn.ports, turn.options.watch)
    if watch.condition != "red":
        return None
    return (
        f"its pipeline is red over the {watch.n_bars} bars since {lineage[0].model_id} was "
        f"trained, in {len(lineage)} fit{'s' if len(lineage) > 1 else ''}"
    )


def watch_lineage(
    lineage: Sequence[Duelist], market: MarketKey, ports: RetrainingPorts, options: WatchOptions
) -> ModelWatch:
    """Return what is known of some fits as of one model, held to the first one's promise.

    Notes
    -----
    Cost: the outcomes noted since the last time; all of them where the checkpoint is gone. The
    result is the same to the last bit.
    """
    first = lineage[0].model_id
    bars = _read(lineage, market, ports)
    watch = begin_watch(first, market.horizon_bars, find_benchmark(first, ports.registry))
    for as_of, told in sorted(bars.items()):
        settled = [_voice(symbol, *told[symbol]) for symbol in sorted(told)]
        watch = step_watch(watch, as_of, settled, options)
    return watch


def _read(lineage: Sequence[Duelist], market: MarketKey, ports: RetrainingPorts) -> _Told:
    first = lineage[0]
    name = LINEAGES + first.model_id
    kept = ports.checkpoints.load(name)
    before = 0 if kept is None else kept.number
    bars: _Told = {} if kept is None else dict(kept.content["bars"])
    number = before
    for note in read_outcomes(ports, before):
        number = note.number
        outcome = PaperOutcome.from_note(note)
        if outcome.realized_return is None or outcome.as_of < first.trained_at:
            continue
        forecast = find_forecast(ports, outcome, market)
        voice = None if forecast is None else find_voice(lineage, forecast)
        if forecast is None or voice is None:
            continue
        bet = settled_bet(forecast, outcome, voice.who)
        if bet is not None:
            said = [bet.outcome, bet.volatility, bet.rules, bet.model, voice.confidence]
            bars.setdefault(bar_text(outcome.as_of), {})[bet.symbol] = said
    if kept is None or number > before:
        ports.checkpoints.save([Checkpoint(name=name, number=number, content={"bars": bars})])
    return bars


def _voice(
    symbol: str, outcome: float, volatility: float, rules: float, model: float, confidence: float
) -> SettledVoice:
    bet = SettledBet(
        symbol=symbol,
        outcome=outcome,
        volatility=volatility,
        rules=int(rules),
        model=int(model),
    )
    return SettledVoice(bet=bet, confidence=confidence)
