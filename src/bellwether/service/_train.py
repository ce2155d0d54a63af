"""Train: from bars to candidates that were judged, bundled, registered and perhaps promoted."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.features import (
    check_one_symbol,
    compute,
    ewma_volatility,
    interval_variances,
)
from bellwether.models import FLOORS
from bellwether.registry import ModelRecord, Registry, Stage
from bellwether.rules import confirmed_regimes, rule_signals
from bellwether.samples import Leak, Samples, build_samples, probe_folds, probe_future
from bellwether.service._benchmarks import (
    describe_balance,
    describe_importance,
    describe_inputs,
    describe_monitoring,
)
from bellwether.service._calibrate import find_calibration
from bellwether.service._candidates import FinalFit, make_candidate_bundle, make_record
from bellwether.service._plans import estimate_fit_seconds
from bellwether.service._request import (
    SilentWatcher,
    TrainingPorts,
    TrainingRequest,
    TrainingWatcher,
    check_usable_rows,
)
from bellwether.service._results import Baseline, Candidate, TrainingResult
from bellwether.service._trial_book import TrialBook
from bellwether.trials import TrialCount
from bellwether.validation import (
    FINAL_FOLD,
    Arrays,
    Decision,
    Dossier,
    Evidence,
    FitProgress,
    FitTask,
    ForecastStream,
    MemberForecasts,
    Verdict,
    WalkForward,
    collect_evidence,
    floor_stream,
    gather_forecasts,
    judge,
    measure_importance,
    plan_fits,
    score_forecasts,
    tune_walk,
)

CLOSE = 3
PROBE_CUTS = 6


def train(
    request: TrainingRequest,
    ports: TrainingPorts,
    watcher: TrainingWatcher | None = None,
    *,
    promotes: bool = True,
) -> TrainingResult:
    """Train by nested walk-forward, judge, bundle, register, and promote what passed.

    Parameters
    ----------
    request : TrainingRequest
    ports : TrainingPorts
    watcher : TrainingWatcher, optional
    promotes : bool, default True
        Without it what passed stays a candidate: a challenger has more to show than that. So does
        what the gate refused of the champion's own pipeline: it may renew it.

    Returns
    -------
    result : TrainingResult
        "No model deserves promotion" is a normal result.

    Raises
    ------
    NeedsPanel
        If a feature looks across symbols: no bundle could hold the model.
    TooLittleHistory
        If there are fewer usable rows than a family or a fold needs.
    ModelError
        If a fit fails.

    Notes
    -----
    Every fit and every look is in the trial log before it takes place. The same request on the
    same bars gives the same models, bit for bit on one machine. An interrupted run leaves its
    trials in the log and its finished fits with the runner, and is otherwise as if it had not
    been.
    """
    check_one_symbol(request.feature_set)
    check_usable_rows(request)
    watch = watcher or SilentWatcher()
    samples = build_samples(request.panel, request.feature_set, request.label)
    walk = plan_fits(samples, request.plan)
    leaks = find_leaks(request, samples, walk)
    book = TrialBook(request, ports.trials, ports.clock)
    book.record_start()
    walk = tune_walk(samples, walk, request.plan, ports.runner, _Tuning(book, watch))
    watch.planned(walk.tasks)
    book.record_fits(walk.tasks)
    outcomes = _run_fits(ports, samples, walk, watch.fitting)
    watch.judging()
    rules = [rule_signals(b.matrix).direction.astype(np.float64) for b in request.panel.bars]
    judging = _Judging(request, ports, book, samples, walk, outcomes, leaks, rules, not promotes)
    candidates = tuple(judging.candidates())
    champion = _promote(ports.registry, candidates) if promotes else None
    baselines = tuple(judging.baselines(candidates[0]))
    calibration = find_calibration(ports.calibrations, request.panel.digest, request.gate.digest)
    final = tuple(
        replace(
            candidate,
            record=ports.registry.get(candidate.record.model_id),
            verdict=replace(candidate.verdict, calibration=calibration),
        )
        for candidate in candidates
    )
    return TrainingResult(request=request, candidates=final, baselines=baselines, champion=champion)


def find_leaks(request: TrainingRequest, samples: Samples, walk: WalkForward) -> tuple[Leak, ...]:
    """Return whatever in features or folds knows the future; nothing may."""
    found: list[Leak] = []
    stated = (ewma_volatility(), *interval_variances())
    everything = [*request.feature_set.expressions, *stated]
    for bars in request.panel.bars:
        found += probe_future(
            lambda matrix: compute(everything, matrix),
            bars.matrix,
            seed=request.plan.seed,
            n_cuts=PROBE_CUTS,
        )
    for folds in walk.folds.values():
        found += probe_folds(samples, folds)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Tuning:
    """Writes every trial of a tuner into the log, and tells how far it is."""

    book: TrialBook
    watch: TrainingWatcher

    def trying(self, tasks: Sequence[FitTask]) -> None:
        self.book.record_trials(tasks)

    def tuned(self, n_done: int, n_total: int) -> None:
        self.watch.tuned(n_done, n_total)


def _run_fits(
    ports: TrainingPorts, samples: Samples, walk: WalkForward, progress: FitProgress
) -> dict[str, Arrays]:
    outcomes: dict[str, Arrays] = {}
    longest_first = sorted(walk.tasks, key=estimate_fit_seconds, reverse=True)
    with closing(ports.runner.run(samples, longest_first, progress)) as finished:
        for task, outcome in finished:
            outcomes[task.key] = outcome
    return outcomes


def _promote(registry: Registry, candidates: Sequence[Candidate]) -> ModelRecord | None:
    """Promote the first that passed - the ensemble, else the member with the most evidence."""
    passed = [candidate for candidate in candidates if candidate.verdict.promotes]
    if not passed:
        return None
    best = passed[0] if passed[0] is candidates[0] else max(passed, key=_skill_of)
    record, champion = best.record, registry.serving(best.record.market).champion
    if champion is not None and _same_pipeline(champion, record):
        # Judged again with more trials on the log: succeeding itself would only push out the
        # previous champion, which is there to fall back on.
        return champion
    if record.stage is not Stage.CANDIDATE:
        return None
    return registry.promote(record.model_id, best.verdict, reason=f"{best.name} passed the gate")


def _skill_of(candidate: Candidate) -> float:
    skill = candidate.verdict.skill
    return -np.inf if skill is None else skill.statistic.minimum


def _same_pipeline(one: ModelRecord, other: ModelRecord) -> bool:
    return (one.pipeline_digest, one.snapshot_digest, one.bellwether_version) == (
        other.pipeline_digest,
        other.snapshot_digest,
        other.bellwether_version,
    )


@dataclass(frozen=True, slots=True)
class _Judging:
    """The part of a run after its fits: streams, looks, verdicts, bundles."""

    request: TrainingRequest
    ports: TrainingPorts
    book: TrialBook
    samples: Samples
    walk: WalkForward
    outcomes: Mapping[str, Arrays]
    leaks: tuple[Leak, ...]
    rule_direction: Sequence[FloatArray]
    may_renew: bool

    def candidates(self) -> Iterator[Candidate]:
        """Yield the ensemble, then each family, judged and registered.

        Every look is in the log before the first verdict: all that this run reveals counts
        against each of its candidates.
        """
        forecasts = self._gather()
        judged = forecasts.out_of_sample
        inputs = describe_inputs(self.request.panel, self.samples)
        inputs |= describe_balance(self.request.panel, self.samples, judged)
        counts, plan = self._reveal(), self.request.plan
        refit_bars, weighing = plan.state_refit_bars, plan.member_weights
        streams = {
            members: score_forecasts(self.samples, forecasts.only(members), refit_bars, weighing)
            for members in self.request.line_up.values()
        }
        for name, members in self.request.line_up.items():
            scored = streams[members]
            alone = [streams[member,].stream for member in members if len(members) > 1]
            evidence = self._evidence(name, members, scored.stream, counts, alone)
            self.ports.evidence.put(evidence)
            verdict = judge(evidence, self.request.gate)
            finals = {member: self._final(member) for member in members}
            told = describe_monitoring(self.samples, scored.stream, self.rule_direction, verdict)
            importance = measure_importance(
                self.samples, self.walk, self.outcomes, scored, seed=self.request.plan.seed
            )
            told |= describe_importance(importance)
            bundle = make_candidate_bundle(self.request, scored, finals, verdict, told | inputs)
            self.ports.bundles.put(bundle)
            record = self.ports.registry.register(
                make_record(bundle, verdict, self.ports.clock.now())
            )
            if self._is_refused(record, verdict):
                record = self.ports.registry.refuse(record.model_id, verdict, reason=verdict.reason)
            yield Candidate(
                name=name,
                members=members,
                scored=scored,
                evidence=evidence,
                verdict=verdict,
                record=record,
                importance=importance,
            )

    def _gather(self) -> MemberForecasts:
        forecasts = gather_forecasts(self.samples, self.walk, self.outcomes)
        if not self.request.plan.regime_weights:
            return forecasts
        codes = [confirmed_regimes(bars.matrix) for bars in self.request.panel.bars]
        return replace(forecasts, regime=np.concatenate(codes))

    def _is_refused(self, record: ModelRecord, verdict: Verdict) -> bool:
        if verdict.decision is not Decision.REFUSE or record.stage is not Stage.CANDIDATE:
            return False
        champion = self.ports.registry.serving(record.market).champion
        is_kin = champion is not None and champion.pipeline_digest == record.pipeline_digest
        return not (self.may_renew and is_kin)

    def baselines(self, first: Candidate) -> Iterator[Baseline]:
        """Yield the floors and the rules on the rows on which the first candidate spoke."""
        closes = [bars.matrix[:, CLOSE] for bars in self.request.panel.bars]
        returns = [np.append(np.nan, close[1:] / close[:-1] - 1.0) for close in closes]
        said = {name: [floor(part) for part in returns] for name, floor in FLOORS.items()}
        said["rules"] = list(self.rule_direction)
        counts = {first.evidence.pipeline: first.evidence.trials}
        for name, forecasts in said.items():
            stream = floor_stream(self.samples, forecasts, first.scored.stream)
            evidence = self._evidence(name, first.members, stream, counts)
            verdict = judge(evidence, self.request.gate)
            yield Baseline(name=name, evidence=evidence, verdict=verdict)

    def _reveal(self) -> dict[str, TrialCount]:
        """Record every look of this run, and return what each pipeline is charged for."""
        line_up = self.request.line_up
        self.book.record_looks(line_up)
        return self.book.count(self.request.pipeline(members) for members in line_up.values())

    def _final(self, member: str) -> FinalFit:
        [task] = [t for t in self.walk.tasks if t.family == member and t.fold == FINAL_FOLD]
        return FinalFit(task=task, outcome=self.outcomes[task.key])

    def _evidence(
        self,
        name: str,
        members: Sequence[str],
        stream: ForecastStream,
        counts: Mapping[str, TrialCount],
        alone: Sequence[ForecastStream] = (),
    ) -> Evidence:
        request = self.request
        pipeline = request.pipeline(members)
        dossier = Dossier(
            name=name,
            pipeline=pipeline,
            trials=counts[pipeline],
            rule_direction=self.rule_direction,
            folds=[fold for member in members for fold in self.walk.folds[member]],
            leaks=self.leaks,
            cost_bps=request.cost_bps,
            ic_worth_finding=request.ic_worth_finding,
            candidate_scores=[one.score for one in alone],
        )
        return collect_evidence(request.panel, self.samples, stream, dossier)
