"""Deciding: which markets' turn it is, and whether a challenger is due."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from bellwether.errors import BellwetherError
from bellwether.monitor import RetrainDecision, RetrainFacts, decide_retraining
from bellwether.registry import MarketKey, ModelRecord, Registry, Stage
from bellwether.retraining._errors import UnknownMarket
from bellwether.retraining._ports import RetrainingPorts
from bellwether.retraining._run import Run
from bellwether.retraining._steps import ChainStep, Step, market_name, run_name
from bellwether.retraining._turn import Turn
from bellwether.service import BarStore
from bellwether.watch import Checkpoint

CHECKS = "retraining/"
_SEATED = (Stage.CHAMPION, Stage.PREVIOUS)
_DRIFT, _INPUTS = "drift", "inputs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who wants a challenger besides the calendar.

    Parameters
    ----------
    inputs_ask : collection of str
        Ids of champions whose inputs have changed.
    person_asks : bool
    """

    inputs_ask: Collection[str] = ()
    person_asks: bool = False


def find_markets(registry: Registry, universe: str | None = None) -> tuple[MarketKey, ...]:
    """Return the markets that something was ever trained for, sorted.

    Parameters
    ----------
    registry : Registry
    universe : str, optional
        Only those of it.

    Raises
    ------
    UnknownMarket
        If nothing was trained for that universe.
    """
    every = sorted({record.market for record in registry.records()})
    if universe is None:
        return tuple(every)
    found = tuple(market for market in every if market.universe == universe)
    if not found:
        raise UnknownMarket(universe, tuple(sorted({market.universe for market in every})))
    return found


def find_due_markets(
    ports: RetrainingPorts, runs: Sequence[Run], person_asks: Collection[MarketKey]
) -> tuple[MarketKey, ...]:
    """Return the markets to look at.

    Those that serve, that were retrained, or are asked for; and those whose training the gate
    refused, as long as their bars are stored: a refusal says that nothing was found until then.
    """
    records = ports.registry.records()
    seated = {record.market for record in records if record.stage in _SEATED}
    known = seated | {run.market for run in runs} | set(person_asks)
    refused = [one for one in records if one.stage is Stage.REFUSED and one.market not in known]
    hopeful = {one.market for one in refused if _are_stored(one, ports.bars)}
    return tuple(sorted(known | hopeful))


def _are_stored(record: ModelRecord, bars: BarStore) -> bool:
    try:
        find_snapshots(bars, record.symbols, record.market.interval)
    except BellwetherError:
        return False  # of files that were tried and never imported: there is nothing newer
    return True


def take_wishes(
    turn: Turn, market: MarketKey, asking: Asking, steps: Sequence[ChainStep]
) -> tuple[ChainStep, ...]:
    """Return what asks for a challenger and is not noted yet: it is not forgotten by recovering."""
    champion = turn.ports.registry.serving(market).champion
    run_id = run_name(market, len(turn.runs) + 1)
    if champion is None or any(one.run_id == run_id for one in steps):
        return ()
    standing = turn.standing(champion.model_id)
    why, words = "", ""
    if standing is not None and standing.condition != "ok":
        why, words = _DRIFT, f"{champion.model_id} is {standing.condition}: {standing.words}"
    elif champion.model_id in asking.inputs_ask:
        why, words = _INPUTS, f"the inputs of {champion.model_id} are not those of its training"
    if not why:
        return ()
    wish = ChainStep(
        market=market,
        run_id=run_id,
        step=Step.ASKED,
        at=turn.now,
        words=words,
        facts={"why": why, "champion": champion.model_id},
    )
    return (wish,)


def decide(
    turn: Turn, market: MarketKey, asking: Asking, steps: Sequence[ChainStep]
) -> RetrainDecision:
    """Return whether a challenger is due for a market."""
    facts = find_facts(turn, market, asking, steps)
    return decide_retraining(facts, turn.now, turn.options.policy)


def find_facts(
    turn: Turn, market: MarketKey, asking: Asking, steps: Sequence[ChainStep]
) -> RetrainFacts:
    """Return what is known of a market when a challenger might be due."""
    champion = turn.ports.registry.serving(market).champion
    wishes = {
        one.facts.get("why")
        for one in steps
        if one.step is Step.ASKED and one.run_id == run_name(market, len(turn.runs) + 1)
    }
    kept = turn.ports.checkpoints.load(CHECKS + market_name(market))
    return RetrainFacts(
        checked_at=None if kept is None else np.datetime64(kept.content["checked_at"], "us"),
        fitted_at=_find_last_fit(turn, market),
        champion_trained_at=_find_newest(turn, champion),
        has_drifted=_DRIFT in wishes,
        inputs_ask=_INPUTS in wishes,
        person_asks=asking.person_asks,
    )


def remember_check(turn: Turn, market: MarketKey) -> None:
    """Remember that it was looked whether anything is due."""
    checked = {"checked_at": str(turn.now.astype("datetime64[us]"))}
    name = CHECKS + market_name(market)
    turn.ports.checkpoints.save([Checkpoint(name=name, number=0, content=checked)])


def begin(
    turn: Turn, market: MarketKey, decision: RetrainDecision, asking: Asking
) -> ChainStep | None:
    """Return the first step of a retraining; None where there are no newer bars to train on.

    Raises
    ------
    UnknownSymbol, SnapshotDamaged, BarStoreUnavailable
        If bars of the market cannot be had.
    """
    symbols = _find_symbols(turn, market)
    snapshots = find_snapshots(turn.ports.bars, symbols, market.interval)
    known = [run.fact(Step.DUE, "snapshots") for run in turn.runs if run.step is not Step.FAILED]
    if not asking.person_asks and snapshots in known[-1:]:
        return None
    champion = turn.ports.registry.serving(market).champion
    facts = {
        "trigger": decision.trigger,
        "scale": decision.scale,
        "champion": None if champion is None else champion.model_id,
        "snapshots": snapshots,
        "symbols": list(symbols),
    }
    return ChainStep(
        market=market,
        run_id=run_name(market, len(turn.runs) + 1),
        step=Step.DUE,
        at=turn.now,
        words=decision.words,
        facts=facts,
    )


def find_snapshots(bars: BarStore, symbols: Sequence[str], interval: str) -> list[str]:
    """Return the digests of the latest bars of some symbols; raises as `begin`."""
    return [bars.latest(symbol, interval).digest for symbol in symbols]


def _find_symbols(turn: Turn, market: MarketKey) -> tuple[str, ...]:
    """Return the symbols of the champion, else of what was last trained for the market."""
    champion = turn.ports.registry.serving(market).champion
    return (_records(turn, market)[-1] if champion is None else champion).symbols


def _find_newest(turn: Turn, champion: ModelRecord | None) -> np.datetime64 | None:
    """Return up to when the champion, or who waits for its place, was trained."""
    if champion is None:
        return None
    waiting = [turn.challenger(run).trained_at for run in turn.runs if run.is_in_shadow]
    return max([champion.trained_at, *waiting])


def _find_last_fit(turn: Turn, market: MarketKey) -> np.datetime64 | None:
    begun = [run.begun_at for run in turn.runs if run.step is not Step.FAILED]
    registered = [record.registered_at for record in _records(turn, market)]
    return max([*begun, *registered], default=None)


def _records(turn: Turn, market: MarketKey) -> list[ModelRecord]:
    return [record for record in turn.ports.registry.records() if record.market == market]


def tell_trouble(error: BellwetherError) -> str:
    """Return in words why nothing goes on."""
    return f"{type(error).__name__}: {error}"
