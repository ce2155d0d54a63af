"""The schedule as it stands: when each market's next challenger is due, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bellwether.monitor import (
    DueDate,
    RetrainDecision,
    RetrainFacts,
    decide_retraining,
    list_due_dates,
)
from bellwether.registry import MarketKey
from bellwether.retraining._deciding import Asking, find_due_markets, find_facts, take_wishes
from bellwether.retraining._options import RetrainingOptions
from bellwether.retraining._ports import RetrainingPorts
from bellwether.retraining._run import fold_runs, read_steps
from bellwether.retraining._steps import ChainStep
from bellwether.retraining._turn import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSchedule:
    """When a market's next challenger is due, as it stands now.

    Parameters
    ----------
    market : MarketKey
    champion : str or None
        Id of the model that serves.
    facts : RetrainFacts
    decision : RetrainDecision
        What the next look would decide if it were now.
    dates : tuple of DueDate
        The earliest first.
    waits_for : str or None
        Id of a retraining under way: none begins before its challenger is in the shadow.
    """

    market: MarketKey
    champion: str | None
    facts: RetrainFacts
    decision: RetrainDecision
    dates: tuple[DueDate, ...]
    waits_for: str | None

    def to_json(self) -> dict[str, Any]:
        """Return the schedule as JSON values."""
        facts, decision = self.facts, self.decision
        return {
            "universe": self.market.universe,
            "interval": self.market.interval,
            "horizon_bars": self.market.horizon_bars,
            "champion": self.champion,
            "is_due": decision.is_due,
            "scale": decision.scale,
            "trigger": decision.trigger,
            "words": decision.words,
            "next_at": _write(decision.next_at),
            "checked_at": _write(facts.checked_at),
            "fitted_at": _write(facts.fitted_at),
            "champion_trained_at": _write(facts.champion_trained_at),
            "waits_for": self.waits_for,
            "dates": [_show_date(one) for one in self.dates],
        }


def find_schedule(
    ports: RetrainingPorts, now: np.datetime64, options: RetrainingOptions | None = None
) -> tuple[MarketSchedule, ...]:
    """Return when the next challenger of each market is due; nothing is noted or begun.

    Parameters
    ----------
    ports : RetrainingPorts
        Of which journal, registry and checkpoints are read.
    now : numpy.datetime64
        UTC.
    options : RetrainingOptions, optional

    Raises
    ------
    JournalUnavailable, RegistryUnavailable
        If the journal or the registry cannot be read.
    UnreadableStep
        If a note of the journal is no step.
    """
    steps = read_steps(ports.journal)
    options = options or RetrainingOptions()
    found = []
    for market in find_due_markets(ports, fold_runs(steps), ()):
        own = tuple(one for one in steps if one.market == market)
        turn = Turn(
            ports=ports, options=options, now=now, runs=fold_runs(own), still_held=lambda: False
        )
        found.append(_look(turn, market, own))
    return tuple(found)


def _look(turn: Turn, market: MarketKey, steps: tuple[ChainStep, ...]) -> MarketSchedule:
    champion = turn.ports.registry.serving(market).champion
    # What would be noted at the next look counts as if it were.
    asked = take_wishes(turn, market, Asking(), steps)
    facts = find_facts(turn, market, Asking(), (*steps, *asked))
    waits = [run.run_id for run in turn.runs if run.is_open and not run.is_in_shadow]
    return MarketSchedule(
        market=market,
        champion=None if champion is None else champion.model_id,
        facts=facts,
        decision=decide_retraining(facts, turn.now, turn.options.policy),
        dates=list_due_dates(facts, turn.now, turn.options.policy),
        waits_for=waits[-1] if waits else None,
    )


def _show_date(date: DueDate) -> Mapping[str, Any]:
    return {
        "trigger": date.reason,
        "at": _write(date.at),
        "words": date.words,
        "holds": date.holds,
    }


def _write(instant: np.datetime64 | None) -> str | None:
    return None if instant is None else f"{instant.astype('datetime64[us]')}Z"
