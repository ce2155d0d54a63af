"""The workspace: every use case on one home folder."""

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np

from bellwether import adapters, service
from bellwether.adapters import CalibratedRules, calibrated_rules
from bellwether.bars import Bars, BarsImport, Panel, SessionCalendar
from bellwether.bootstrap._closed_registry import ClosedRegistry
from bellwether.bootstrap._home import Home
from bellwether.clock import Clock, FixedClock, SystemClock
from bellwether.errors import BellwetherError, RegistryError
from bellwether.registry import Registry, find_origin
from bellwether.service import (
    LadderOptions,
    Ledger,
    Prediction,
    PredictOptions,
    PredictPorts,
    Replay,
    ReplayPorts,
    Settling,
    SourceKind,
    cut_window,
    predict,
    read_ledger,
    replay,
    settle,
)
from bellwether.trials import TrialHead, count_trials

if TYPE_CHECKING:
    from bellwether.service import (
        CalibrationProgress,
        CalibrationRequest,
        LedgerCheck,
        TrainingRequest,
        TrainingResult,
        TrainingWatcher,
    )
    from bellwether.validation import (
        EvidencePlan,
        GateCalibration,
        GateOptions,
        MarketPlan,
        PlannedMarket,
        TrainingPlan,
        Verdict,
    )

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, eq=False)
class Workspace(Home):
    """A home folder, and the use cases on what is in it; parameters as `Home`."""

    @property
    def predict_options(self) -> PredictOptions:
        """What is asked of the ladder."""
        settings = self.settings
        return PredictOptions(
            horizon_bars=settings.horizon_bars,
            models_enabled=settings.models_enabled,
            ladder=LadderOptions(
                least_confidence=settings.confidence_threshold,
                when_unsure="hold" if settings.low_confidence == "hold" else "step_down",
                most_age_days=settings.model_max_age_days,
            ),
        )

    @property
    def gate(self) -> "GateOptions":
        """Which gate binds, and how strictly."""
        from bellwether.validation import GateOptions  # noqa: PLC0415 - brings scipy along

        return GateOptions(
            level=self.settings.promotion_level,
            binding=self.settings.promotion_gate,
            panel=self.settings.promotion_panel,
        )

    def request(
        self,
        panel: Panel,
        *,
        plan: "TrainingPlan | None" = None,
        budget_seconds: float = 300.0,
        universe: str | None = None,
        short_history: bool = False,
    ) -> "TrainingRequest":
        """Return a request on some bars, by a plan or by what a time budget allows.

        Raises
        ------
        HistoryTooShort
            If a symbol has less than two years or 500 bars, unless `short_history` allows it.
        """
        from bellwether.labels import LabelSpec  # noqa: PLC0415 - for training only

        if not short_history:
            service.check_history_length(panel)
        n_rows = sum(len(bars) for bars in panel.bars)
        return service.TrainingRequest(
            panel=panel,
            universe=universe or "+".join(panel.symbols),
            plan=plan or service.choose_plan(n_rows, budget_seconds, self.settings.workers),
            label=LabelSpec(horizon_bars=self.settings.horizon_bars),
            gate=self.gate,
            cost_bps=self.settings.cost_bps,
            ic_worth_finding=self.settings.information_coefficient_worth_finding,
        )

    def plan_evidence(self, request: "TrainingRequest") -> "EvidencePlan":
        """Say before training what the gate will be able to see, this run's looks included."""
        return self.plan_market(request).decisive

    def plan_market(
        self,
        request: "TrainingRequest",
        *,
        market: "PlannedMarket | None" = None,
        persistence: float | None = None,
    ) -> "MarketPlan":
        """Say the same of one symbol alone and of all together, by what the ledger has counted.

        Parameters
        ----------
        request : TrainingRequest
        market : PlannedMarket, optional
            Another than the request's bars, which are measured by default.
        persistence : float, optional
            Assumed autocorrelation of the forecasts.
        """
        from bellwether.validation import (  # noqa: PLC0415 - brings scipy along
            PlannerOptions,
            measure_market,
            plan_market,
        )

        panel = request.panel
        together = [request.pipeline(members) for members in request.line_up.values()]
        options = PlannerOptions(
            level=self.settings.promotion_level,
            ic_worth_finding=request.ic_worth_finding,
            out_of_sample_frac=1.0 - request.plan.out_of_sample_from_frac,
            cost_bps=request.cost_bps,
            horizon_bars=request.label.horizon_bars,
        )
        return plan_market(
            market or measure_market(panel),
            options=options if persistence is None else replace(options, persistence=persistence),
            trials=count_trials(
                self.trials.entries(), together[0], panel.digest, panel.lineage, together
            ),
            skill=request.gate.panel,
        )

    def train(
        self,
        request: "TrainingRequest",
        watcher: "TrainingWatcher | None" = None,
        *,
        promotes: bool = True,
    ) -> "TrainingResult":
        """Train, judge, bundle and register, and promote what passed; export the rules too.

        Raises
        ------
        HomeUnusable
            If the disk is full, or may no longer be written. Finished fits are kept.
        TrialsForgotten
            If models were trained here, and the trial log that counted them is gone.
        """
        ports = service.TrainingPorts(
            runner=adapters.ProcessFitRunner(self.work, self.settings.workers),
            trials=self.trials,
            registry=self.registry,
            bundles=self.bundles,
            evidence=self.evidence,
            clock=self.clock,
            calibrations=self.calibrations,
        )
        with self.usable():
            self.check_room()
            if self.settings.database is None:
                service.check_remembered(self.registry.records(), self.trials.entries())
            result = service.train(request, ports, watcher, promotes=promotes)
            self.rules.put(calibrated_rules(request.panel.bars, request.label.horizon_bars))
        return result

    def calibrate_gate(
        self, request: "CalibrationRequest", progress: "CalibrationProgress | None" = None
    ) -> "GateCalibration":
        """Measure how often this gate errs; later verdicts on the same bars say so.

        Raises
        ------
        HomeUnusable
            If the disk is full, or may no longer be written.
        """
        ports = service.CalibrationPorts(
            clock=self.clock,
            runner=adapters.ProcessCalibrationRunner(self.settings.workers),
            store=self.calibrations,
        )
        with self.usable():
            self.check_room()
            return service.calibrate_gate(request, ports, progress)

    def with_calibration(self, verdict: "Verdict") -> "Verdict":
        """Return a verdict with the gate's rate of error as it has been measured by now."""
        found = service.find_calibration(
            self.calibrations, verdict.snapshot, verdict.options_digest
        )
        return replace(verdict, calibration=found)

    def read_ledger(self) -> Ledger:
        """Return who tried what on which bars, and the level left for the next look."""
        trained = [one for one in self.registry.records() if find_origin(one) is None]
        markets = {record.snapshot_digest: f"{record.market}" for record in trained}
        level = self.settings.promotion_level
        return read_ledger(self.trials.entries(), level=level, markets=markets)

    def verify_ledger(self, head: TrialHead | None = None) -> "LedgerCheck":
        """Find what was changed in the ledger, cut off it, put back, or never written."""
        ports = service.LedgerPorts(
            trials=self.trials,
            registry=self.registry,
            kept=adapters.KeptFolders(self.evidence, self.work),
            is_registry_shared=self.settings.database is not None,
        )
        return service.verify_ledger(ports, head)

    def predict(
        self,
        bars: Bars,
        calendar: SessionCalendar | None,
        *,
        clock: Clock | None = None,
        broken: str | None = None,
        why: bool = False,
    ) -> Prediction:
        """Answer about the bars after the last one, by the ladder; the clock may be another."""
        ports = PredictPorts(
            registry=self._find_registry(),
            bundles=self.bundles,
            rules=CalibratedRules([bars], self.settings.horizon_bars),
            clock=clock or self.clock,
            standings=self.standings,
            choices=self.standings,
        )
        answer = predict(
            bars,
            ports=ports,
            calendar=calendar,
            options=self.predict_options,
            broken=broken,
            why_seconds=np.inf if why else None,  # nobody else waits here
        )
        self._write_down(answer.without_why, ports)
        return answer

    def settle(self, bars: Bars, calendar: SessionCalendar | None = None) -> Settling:
        """Record what became of the answers about a market whose horizon has closed."""
        return settle(bars, self.journal, clock=self.clock, calendar=calendar)

    def replay(self, prediction_id: str, bars: Bars | None = None) -> Replay:
        """Compute an answer of the past again, from the bars handed back or stored, and compare."""
        entry = self.journal.get(prediction_id)
        past = None if bars is None or entry.as_of is None else cut_window(bars, entry.as_of)
        rules = self.rules if past is None else CalibratedRules([past], entry.horizon_bars)
        ports = ReplayPorts(
            journal=self.journal,
            registry=self.registry,
            bundles=self.bundles,
            rules=rules,
            bars=self.bars,
        )
        return replay(prediction_id, ports=ports, bars=bars)

    def _write_down(self, answer: Prediction, ports: PredictPorts) -> None:
        """Append an answer to the journal; a journal that fails must not take the answer along."""
        try:
            by_rules = answer.source.kind is SourceKind.RULES
            state = ports.rules.load().manifest.state if by_rules else None
            self.journal.append(answer, ports.clock.now(), state=state)
        except (BellwetherError, OSError) as error:
            _log.warning("reason=journal_unavailable: the answer is not in the journal: %s", error)

    def _find_registry(self) -> Registry:
        try:
            return self.registry
        except RegistryError as error:
            return cast("Registry", ClosedRegistry(error))

    def predict_import(
        self, imported: BarsImport, *, clock: Clock | None = None, why: bool = False
    ) -> Prediction:
        """Answer about bars that were read: those closed by the clock's time.

        HOLD where a row that was refused stands behind the last of them: an answer would rest
        on bars older than the source has.
        """
        present = clock or self.clock
        now = present.now()
        n_closed = int(np.searchsorted(imported.bars.closed_at, now, side="right"))
        bars = imported.bars[:n_closed]
        last = bars.closed_at[-1] if n_closed else now
        refused = imported.quality.find_refused(last, now)
        broken = f"line {refused[-1].line}: {refused[-1].reason}" if refused else None
        return self.predict(bars, imported.calendar, clock=FixedClock(now), broken=broken, why=why)


def open_workspace(
    flags: dict[str, object] | None = None,
    *,
    clock: Clock | None = None,
    opens_late: bool = False,
) -> Workspace:
    """Read the settings and open their home folder.

    Parameters
    ----------
    flags : dict, optional
        Settings given by hand; they beat environment and file.
    clock : Clock, optional
        The machine's own by default.
    opens_late : bool, default False
        As `Workspace`.

    Returns
    -------
    workspace : Workspace

    Raises
    ------
    UnknownSetting, UnusableSetting
        If a setting is wrong.
    HomeUnusable
        If the home folder cannot be made.
    """
    from bellwether.settings import load_settings  # noqa: PLC0415 - brings pydantic along

    return Workspace(
        settings=load_settings(flags), clock=clock or SystemClock(), opens_late=opens_late
    )
