"""Rehearse: years replayed day by day, and what users would have been served."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from bellwether.bars import Bars, BarsImport
from bellwether.monitor import Account, AccountReport, SettledBet, instant_text
from bellwether.rehearsal._explaining import Explainer
from bellwether.rehearsal._living import Life
from bellwether.rehearsal._options import (
    RehearsalOptions,
    RehearsalPorts,
    RehearsalWatcher,
    SilentRehearsalWatcher,
)
from bellwether.rehearsal._served import ServedBook
from bellwether.rehearsal._values import Happening, RehearsalReport, RetrainRow
from bellwether.rehearsal._world import World, make_world
from bellwether.retraining import Run, Step
from bellwether.service import EntryFilter, Journal, SettlementOutcome
from bellwether.watch import RULES

_PAGE = 1000


def rehearse(
    histories: Sequence[BarsImport],
    ports: RehearsalPorts,
    options: RehearsalOptions | None = None,
    watcher: RehearsalWatcher | None = None,
) -> RehearsalReport:
    """Replay years day by day through import, answer, watch, retrain and settle.

    Parameters
    ----------
    histories : sequence of BarsImport
        The true bars, one symbol each, of one interval.
    ports : RehearsalPorts
        Empty memory, and the simulated clock.
    options : RehearsalOptions, optional
    watcher : RehearsalWatcher, optional

    Returns
    -------
    report : RehearsalReport
        What users would have been served.

    Raises
    ------
    NothingToRehearse
        If the bars leave no day to live through, or no history before the first.
    UnusableRehearsalOption
        If the symbols are of several intervals.

    Notes
    -----
    Knows: on each day the bars closed by then, as they were known by then. The report compares
    with the true bars. Everything is done by the use cases that serve people; only the memory
    and the clock are others. The same bars and options give the same report.
    """
    options = options or RehearsalOptions()
    watcher = watcher or SilentRehearsalWatcher()
    world = make_world(histories, ports, options)
    served = ServedBook(horizon_bars=options.horizon_bars, cost_bps=options.cost_bps)
    life = Life(world=world, options=options, served=served)
    n_sessions = len(world.sessions)
    for session in range(n_sessions):
        life.live(session)
        watcher.lived(session + 1, n_sessions, ports.clock)
    return _report(life)


def _report(life: Life) -> RehearsalReport:
    world, options, served = life.world, life.options, life.served
    truth = {feed.symbol: feed.history.bars for feed in world.feeds}
    account = Account(horizon_bars=options.horizon_bars, cost_bps=options.cost_bps)
    explainer = Explainer(sessions=world.sessions, faults=world.faults, known=options.known_changes)
    book = world.alerting.book
    book.refresh()
    n_settled = _count(world.journal, EntryFilter(settled=True))
    n_void = _count(world.journal, EntryFilter(outcome=SettlementOutcome.VOID))
    runs = () if life.retrained is None else life.retrained.runs
    first_at, last_at = instant_text(world.sessions[0]), instant_text(world.sessions[-1])
    return RehearsalReport(
        universe=world.market.universe,
        symbols=tuple(truth),
        first_at=first_at,
        last_at=last_at,
        n_sessions=len(world.sessions),
        n_questions=len(served.answers) + served.n_unanswered,
        n_unanswered=served.n_unanswered,
        days_down=tuple(instant_text(world.sessions[one])[:10] for one in served.sessions_down),
        n_not_journalled=served.n_not_journalled,
        n_ticks_failed=life.n_ticks_failed,
        n_settled=n_settled - n_void,
        n_void=n_void,
        n_revised=len(life.revised),
        sources=served.rows(truth),
        quarters=served.quarters(world.sessions),
        reasons=served.reasons(),
        service_account=_account_served(life, account, truth),
        model_accounts={one.model_id: account.report(one.account) for one in life.watches},
        alarms=tuple(
            explainer.explain(one, book.changes(one.episode_id)) for one in book.episodes()
        ),
        retrains=tuple(map(_tell_run, runs)),
        timeline=_timeline(life),
        n_faults=len(world.faults),
        options=_describe(options, world),
    )


def _account_served(life: Life, account: Account, truth: Mapping[str, Bars]) -> AccountReport:
    """Return what was served against what the rules said about the same bars, by the true ones."""
    said = {(one.symbol, one.as_of): one.direction for one in reversed(life.served.answers)}
    bars: dict[np.datetime64, list[SettledBet]] = {}
    for forecast in life.forecasts.values():
        symbol, rules = forecast.symbol, forecast.voice(RULES)
        served = said.get((symbol, forecast.as_of))
        outcome = life.served.true_return(truth[symbol], forecast.as_of)
        if rules is None or served is None or np.isnan(outcome):
            continue
        bet = SettledBet(
            symbol=symbol,
            outcome=outcome,
            volatility=forecast.volatility,
            rules=rules.direction,
            model=served,
        )
        bars.setdefault(forecast.as_of, []).append(bet)
    state = account.start()
    for _, settled in sorted(bars.items()):
        state = account.step(state, settled)
    return account.report(state)


def _count(journal: Journal, wanted: EntryFilter) -> int:
    """Return how many answers of the journal are wanted."""
    total, cursor = 0, None
    while True:
        page = journal.entries(wanted, cursor, _PAGE)
        total, cursor = total + len(page.entries), page.cursor
        if cursor is None:
            return total


def _tell_run(run: Run) -> RetrainRow:
    return RetrainRow(
        run_id=run.run_id,
        trigger=str(run.fact(Step.DUE, "trigger")),
        begun_at=instant_text(run.begun_at),
        ended_at="" if run.is_open else instant_text(run.last.at),
        outcome=run.step.value,
        champion=run.champion,
        challenger=run.challenger,
        words=run.last.words,
    )


def _timeline(life: Life) -> tuple[Happening, ...]:
    """Return everything that happened, in its order; what is known of the market among it."""
    known = [
        Happening(at=instant_text(one.at), kind="known", subject="market", words=one.words)
        for one in life.options.known_changes
    ]
    return tuple(sorted([*known, *life.timeline], key=lambda one: one.at))


def _describe(options: RehearsalOptions, world: World) -> Mapping[str, Any]:
    return {
        "universe": world.market.universe,
        "interval": world.market.interval,
        "horizon_bars": options.horizon_bars,
        "plan": options.plan.name,
        "families": [one.family for one in options.plan.families],
        "train_bars": options.train_bars,
        "history_bars": options.history_bars,
        "cost_bps": options.cost_bps,
        "faults": [str(kind) for kind in options.faults],
        "seed": options.seed,
        "watch": options.watch.to_json(),
        "retraining": asdict(options.retraining),
        "gate": asdict(options.gate),
    }
