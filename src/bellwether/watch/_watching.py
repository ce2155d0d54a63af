"""The daily tick: everything that watching does, once."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bellwether.monitor import Channel, Standing, instant_text
from bellwether.registry import MarketKey, ModelRecord
from bellwether.service import JournalNote
from bellwether.watch._alert_ports import AlertPorts
from bellwether.watch._alert_values import Finding
from bellwether.watch._alerts import RaisedAlerts, raise_findings
from bellwether.watch._asking import AskedPaper, ask_paper
from bellwether.watch._benchmarks import find_benchmark
from bellwether.watch._checkpoints import Checkpoint
from bellwether.watch._findings import find_findings
from bellwether.watch._folding import Fold
from bellwether.watch._health import ModelWatch, StandingChange
from bellwether.watch._input_checks import check_all_inputs
from bellwether.watch._options import WatchOptions
from bellwether.watch._ports import WatchPorts
from bellwether.watch._seen import SeenMarkets
from bellwether.watch._served import SettledServed, settle_served
from bellwether.watch._settling import SettledPaper, settle_paper
from bellwether.watch._silence import LAST_CHECK
from bellwether.watch._telling import make_standing
from bellwether.watch._watch_notes import BatchClose, Begin, InputsChecked, change_note

LEASE = "watch/tick"
LEASE_SECONDS = 900.0
# What a tick itself checks; how retraining goes is told by whoever does it.
CHANNELS: tuple[Channel, ...] = ("performance", "inputs", "data", "monitor")


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOutcome:
    """What one tick came to.

    Parameters
    ----------
    at : numpy.datetime64
        UTC instant at which it began.
    asked : AskedPaper
    settled : SettledPaper
    served : SettledServed
    watches : tuple of ModelWatch
        State of every model that was ever watched, by its id.
    standings : tuple of Standing
        What follows for who may answer, one for each of the watches.
    changes : tuple of StandingChange
        What this tick changed, in order of the bars.
    inputs : tuple of InputsChecked
        Last check of inputs of each model that is watched now; one whose `drifted` is not empty
        asks for a challenger.
    findings : tuple of Finding
        What was handed to the alerts.
    alerts : RaisedAlerts
    """

    at: np.datetime64
    asked: AskedPaper
    settled: SettledPaper
    served: SettledServed
    watches: tuple[ModelWatch, ...]
    standings: tuple[Standing, ...]
    changes: tuple[StandingChange, ...]
    inputs: tuple[InputsChecked, ...]
    findings: tuple[Finding, ...]
    alerts: RaisedAlerts = field(default_factory=RaisedAlerts)


def watch(
    markets: Sequence[MarketKey],
    ports: WatchPorts,
    *,
    shadows: Sequence[str] = (),
    options: WatchOptions | None = None,
    alerts: AlertPorts | None = None,
    owner: str = "watch",
) -> WatchOutcome | None:
    """Ask, settle, fold, decide and tell, once.

    Parameters
    ----------
    markets : sequence of MarketKey
        Whose champion and previous champion are watched; see `find_watched`.
    ports : WatchPorts
    shadows : sequence of str, optional
        Ids of challengers, which are watched and answer nobody.
    options : WatchOptions, optional
    alerts : AlertPorts, optional
        Who is told; nobody by default.
    owner : str, default "watch"
        Of the lease: another for each process.

    Returns
    -------
    outcome : WatchOutcome or None
        None where another process is at it.

    Raises
    ------
    JournalUnavailable, RegistryUnavailable, BarStoreUnavailable
        If one of them cannot be reached; what was done until then stays, and is gone on with by
        the next tick.

    Notes
    -----
    Knows: bars that have closed by the clock.
    May be killed anywhere and run again: it comes to the same states, and the same run again
    changes nothing but the time of the last check.
    """
    now = ports.clock.now()
    if not ports.checkpoints.lease(LEASE, owner, now=now, seconds=LEASE_SECONDS):
        return None
    try:
        tick = _Tick(ports=ports, now=now, options=options or WatchOptions(), owner=owner)
        return tick.run(markets, shadows, alerts)
    finally:
        ports.checkpoints.release(LEASE, owner)


def fold_outcomes(
    ports: WatchPorts,
    options: WatchOptions,
    now: np.datetime64,
    new: Sequence[JournalNote] = (),
) -> tuple[Fold, tuple[StandingChange, ...]]:
    """Fold what was settled since the last time, and note what it changed.

    Parameters
    ----------
    ports : WatchPorts
    options : WatchOptions
    now : numpy.datetime64
    new : sequence of JournalNote, optional
        Forecasts and outcomes recorded just now, in their order, which need not be read again.

    Returns
    -------
    fold : Fold
        Not saved yet.
    changes : tuple of StandingChange
        Noted now.
    """
    fold = Fold.load(ports.journal, ports.checkpoints)
    fold.read(new)
    if fold.pending:
        begins = [
            Begin(
                model_id=model_id,
                horizon_bars=forecast.horizon_bars,
                benchmark=find_benchmark(model_id, ports.registry),
            ).to_note(now)
            for model_id, forecast in fold.unbegun().items()
        ]
        close = BatchClose(until=fold.pending[-1][0], options=options).to_note(now)
        ports.journal.note([*begins, close])
        fold.read()
    notes = {change_note(change, now).key: change for change in fold.changes}
    new = ports.journal.note([change_note(change, now) for change in fold.changes])
    return fold, tuple(notes[note.key] for note in new)


@dataclass(slots=True, kw_only=True, eq=False)
class _Tick:
    """One tick, step by step."""

    ports: WatchPorts
    now: np.datetime64
    options: WatchOptions
    owner: str

    def run(
        self, markets: Sequence[MarketKey], shadows: Sequence[str], alerts: AlertPorts | None
    ) -> WatchOutcome:
        seen = SeenMarkets(now=self.now)
        asked = ask_paper(markets, self.ports, shadows=shadows, seen=seen)
        self._renew()
        settled = settle_paper(self.ports, self.now, seen=seen)
        served = settle_served(self.ports, seen=seen)
        self._renew()
        fold, changes = fold_outcomes(self.ports, self.options, self.now, seen.noted)
        seen.noted.clear()
        self._check_inputs(fold, self._watched(markets, shadows))
        fold.save(self.ports.checkpoints)
        seats = {one.model_id for one in self._watched(markets, shadows)}
        watches = tuple(fold.watches[model_id] for model_id in sorted(fold.watches))
        inputs = tuple(fold.inputs[model_id] for model_id in sorted(fold.inputs.keys() & seats))
        present = [one for one in watches if one.model_id in seats]
        findings = find_findings(present, inputs, asked, settled, fold.options)
        raised = RaisedAlerts()
        if alerts is not None:
            raised = raise_findings(findings, alerts, self.now, channels=CHANNELS)
        self._remember(fold, seats)
        return WatchOutcome(
            at=self.now,
            asked=asked,
            settled=settled,
            served=served,
            watches=watches,
            standings=tuple(make_standing(one, fold.options) for one in watches),
            changes=changes,
            inputs=inputs,
            findings=findings,
            alerts=raised,
        )

    def _renew(self) -> None:
        now = self.ports.clock.now()
        self.ports.checkpoints.lease(LEASE, self.owner, now=now, seconds=LEASE_SECONDS)

    def _watched(
        self, markets: Sequence[MarketKey], shadows: Sequence[str]
    ) -> tuple[ModelRecord, ...]:
        found = {one: self.ports.registry.get(one) for one in shadows}
        for market in markets:
            serving = self.ports.registry.serving(market)
            for record in (serving.champion, serving.previous):
                if record is not None:
                    found[record.model_id] = record
        return tuple(found[model_id] for model_id in sorted(found))

    def _check_inputs(self, fold: Fold, watched: Sequence[ModelRecord]) -> None:
        level = self.options.input_level
        checks = check_all_inputs(watched, fold.inputs, self.ports, now=self.now, level=level)
        if checks:
            self.ports.journal.note([check.to_note(self.now) for check in checks])
            fold.read()

    def _remember(self, fold: Fold, seats: set[str]) -> None:
        content = {"at": f"{instant_text(self.now)}Z", "models": sorted(seats)}
        last = Checkpoint(name=LAST_CHECK, number=fold.until, content=content)
        self.ports.checkpoints.save([last])
