from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bellwether.adapters import MemoryRegistry
from bellwether.bars import COLUMNS, Bars, Panel, SessionCalendar, noise_world
from bellwether.clock import FixedClock
from bellwether.labels import LabelSpec
from bellwether.registry import LoadedBundle, Stage, make_rules_bundle, open_bundle, pack_bundle
from bellwether.samples import Fold, Samples, TooLittleHistory, build_samples
from bellwether.service import (
    Candidate,
    LadderOptions,
    MemoryEvidence,
    PredictOptions,
    PredictPorts,
    Rung,
    SourceKind,
    TrainingRequest,
    TrainingResult,
    predict,
    train,
)
from bellwether.service._train import _promote, find_leaks
from bellwether.trials import MemoryTrialLog, Trial
from bellwether.validation import (
    Arrays,
    Decision,
    Evidence,
    FitProgress,
    FitTask,
    GateOptions,
    InlineFitRunner,
    Leg,
    Outcomes,
    SkillStatistic,
    TrainingPlan,
    judge,
    plan_fits,
)

Desk = Any  # the class lives in conftest, which is no module
MakePlan = Callable[..., TrainingPlan]


@pytest.fixture(scope="module")
def bars() -> Bars:
    return noise_world(1, 700).bars


def part_of(bars: Bars, rows: NDArray[np.bool_] | slice, symbol: str = "PART") -> Bars:
    columns = {name: getattr(bars, name)[rows] for name in COLUMNS}
    return Bars(symbol=symbol, closed_at=bars.closed_at[rows], **columns)


def check_of(candidate: Candidate, name: str) -> bool:
    return next(check.passed for check in candidate.verdict.checks if check.name == name)


def is_sound(candidate: Candidate) -> bool:
    """Whether nothing was wrong with how the evidence was made."""
    return all(check.passed for check in candidate.verdict.checks if check.leg is Leg.CONSTRUCTION)


def test_noise_is_refused_and_nobody_serves(desk: Desk, make_plan: MakePlan) -> None:
    result = desk.train(noise_world(5, 1600).bars, make_plan("ridge", "gradient_boosting"))
    assert result.champion is None
    assert result.verdict.decision is Decision.REFUSE
    assert [one.record.stage for one in result.candidates] == [Stage.REFUSED] * 3
    assert all(is_sound(one) for one in result.candidates)
    assert result.proposal is result.candidates[0]


def test_a_refused_challenger_of_the_champions_own_pipeline_stays_a_candidate(
    desk: Desk, make_plan: MakePlan
) -> None:
    bars, plan = noise_world(5, 1600).bars, make_plan("ridge", "gradient_boosting")
    first = desk.train(bars[:1500], plan).candidates[0]
    judged = replace(first.verdict, decision=Decision.PROMOTE)
    desk.registry = MemoryRegistry(desk.clock)
    desk.registry.register(replace(first.record, stage=Stage.CANDIDATE, verdict=None))
    desk.registry.promote(first.record.model_id, judged, reason="it passed")
    request = TrainingRequest(panel=Panel(bars=[bars]), universe="world", plan=plan)
    result = train(request, desk.ports, promotes=False)
    assert result.verdict.decision is Decision.REFUSE
    stages = {one.name: one.record.stage for one in result.candidates}
    refused = dict.fromkeys(("ridge", "gradient_boosting"), Stage.REFUSED)
    assert stages == {"ensemble": Stage.CANDIDATE, **refused}
    renewed = desk.registry.renew(result.candidates[0].record.model_id, reason="it is no worse")
    assert renewed.is_renewal
    assert desk.registry.serving(renewed.market).champion == renewed


def test_an_edge_is_promoted_and_serves(
    edge_desk: tuple[Desk, TrainingResult], edge_bars: Bars
) -> None:
    desk, result = edge_desk
    assert result.verdict.decision is Decision.PROMOTE
    assert [one.name for one in result.candidates] == ["ensemble", "ridge", "gradient_boosting"]
    assert result.champion == result.candidates[0].record
    assert result.champion is not None
    assert result.champion.stage is Stage.CHAMPION
    later = edge_bars.closed_at[-1] + np.arange(1, 5) * np.timedelta64(1, "D")

    class Rules:
        def load(self) -> LoadedBundle:
            return open_bundle(pack_bundle(make_rules_bundle()), "rules")

    said = predict(
        edge_bars,
        ports=PredictPorts(
            registry=desk.registry,
            bundles=desk.bundles,
            rules=Rules(),
            clock=FixedClock(edge_bars.closed_at[-1]),
        ),
        calendar=SessionCalendar(
            name="days", closes_at=np.concatenate([edge_bars.closed_at, later])
        ),
        options=PredictOptions(ladder=LadderOptions(least_confidence=50.0)),
    )
    assert (said.source.kind, said.rung) == (SourceKind.MODEL, Rung.CHAMPION)
    assert said.source.model_id == result.champion.model_id
    assert said.past_hits is not None


def test_what_is_registered_is_what_was_judged(edge_desk: tuple[Desk, TrainingResult]) -> None:
    desk, result = edge_desk
    for candidate in result.candidates:
        assert judge(candidate.evidence) == candidate.verdict
        assert desk.evidence.get(candidate.verdict.evidence_digest) is candidate.evidence
        record = desk.registry.get(candidate.record.model_id)
        assert record == candidate.record
        assert record.verdict is not None
        assert record.verdict["decision"] == candidate.verdict.decision
        assert desk.bundles.load(record).digest == record.bundle_digest
        assert record.pipeline_digest == result.request.pipeline(candidate.members)


def test_baselines_are_judged_on_the_same_rows_and_never_registered(
    edge_desk: tuple[Desk, TrainingResult],
) -> None:
    desk, result = edge_desk
    names = [one.name for one in result.baselines]
    assert names[-1] == "rules"
    assert {"always_up", "last_sign", "autoregression"} <= set(names)
    first = result.candidates[0].evidence
    for baseline in result.baselines:
        assert baseline.evidence.out_of_sample_from == first.out_of_sample_from
        assert baseline.evidence.warm_from == first.warm_from
        judged = first.out_of_sample
        assert np.isfinite(baseline.evidence.forecast[judged]).all()
    assert len(desk.registry.records()) == len(result.candidates)


def test_a_second_identical_run_changes_nothing(
    desk: Desk, make_plan: MakePlan, edge_bars: Bars
) -> None:
    plan = make_plan("ridge", "gradient_boosting")
    first = desk.train(edge_bars, plan)
    trials, history = desk.trials.entries(), desk.registry.history()
    kept = dict(desk.bundles.kept)
    second = desk.train(edge_bars, replace(plan, name="the same by another name"))
    assert desk.trials.entries() == trials
    assert desk.registry.history() == history
    assert desk.bundles.kept == kept
    assert second.champion == first.champion
    assert [c.verdict for c in second.candidates] == [c.verdict for c in first.candidates]


def test_a_better_pipeline_makes_the_champion_the_previous_one(
    desk: Desk, make_plan: MakePlan, edge_bars: Bars
) -> None:
    first = desk.train(edge_bars, make_plan("ridge")).champion
    second = desk.train(edge_bars, make_plan("ridge", n_refits=4)).champion
    assert first is not None
    assert second is not None
    serving = desk.registry.serving(second.market)
    assert serving.champion is not None
    assert serving.champion.model_id == second.model_id != first.model_id
    assert serving.previous is not None
    assert serving.previous.model_id == first.model_id


def test_a_champion_judged_again_does_not_push_the_previous_one_out(
    desk: Desk, make_plan: MakePlan, edge_bars: Bars
) -> None:
    """After two more pipelines the same one gets another verdict, and so another bundle."""
    desk.train(edge_bars, make_plan("ridge"))
    desk.train(edge_bars, make_plan("ridge", n_refits=4))
    desk.train(noise_world(5, 700).bars, make_plan("ridge", n_refits=3))
    before = desk.registry.serving(desk.registry.records()[0].market)
    assert before.previous is not None
    desk.train(edge_bars, make_plan("ridge", n_refits=4), gate=GateOptions(level=0.005))
    assert desk.registry.serving(before.previous.market) == before


def test_plans_that_share_a_member_live_side_by_side(
    desk: Desk, make_plan: MakePlan, bars: Bars
) -> None:
    """A, B, A: the members they share are judged alike and must not collide."""
    some, more = ("ridge", "gradient_boosting"), ("ridge", "gradient_boosting", "logistic")
    desk.train(bars, make_plan(*some))
    wide = desk.train(bars, make_plan(*more))
    again = desk.train(bars, make_plan(*some))
    ids = [{c.name: c.record.model_id for c in run.candidates} for run in (wide, again)]
    assert ids[0]["ridge"] == ids[1]["ridge"]
    assert ids[0]["ensemble"] != ids[1]["ensemble"]
    assert [c.verdict.n_pipelines for c in again.candidates] == [5, 5, 5]


@pytest.mark.parametrize(
    "gate", [GateOptions(binding="contract"), GateOptions(level=0.05)], ids=["contract", "level"]
)
def test_the_same_pipeline_may_be_judged_by_another_gate(
    desk: Desk, make_plan: MakePlan, bars: Bars, gate: GateOptions
) -> None:
    first = desk.train(bars, make_plan("ridge"))
    other = desk.train(bars, make_plan("ridge"), gate=gate)
    assert first.candidates[0].record.model_id != other.candidates[0].record.model_id
    assert len(desk.looks) == 1


def test_universes_whose_names_look_alike_do_not_collide(
    desk: Desk, make_plan: MakePlan, bars: Bars
) -> None:
    ids = set()
    for universe in ("S&P", "s p", "S-P", "тест"):
        request = TrainingRequest(
            panel=Panel(bars=[bars]), universe=universe, plan=make_plan("ridge")
        )
        ids.add(train(request, desk.ports).candidates[0].record.model_id)
    assert len(ids) == 4


def test_a_single_family_is_its_own_ensemble(desk: Desk, make_plan: MakePlan, bars: Bars) -> None:
    result = desk.train(bars, make_plan("ridge"))
    assert [(c.name, c.members) for c in result.candidates] == [("ridge", ("ridge",))]
    assert result.verdict.n_pipelines == 1


def crafted(
    result: TrainingResult, passes: Sequence[bool], t: Sequence[float]
) -> tuple[MemoryRegistry, tuple[Candidate, ...]]:
    """Return a registry of candidates that passed or not, with these t-statistics."""
    registry = MemoryRegistry(FixedClock(np.datetime64("2030-01-01")))
    candidates = []
    for number, (passed, value) in enumerate(zip(passes, t, strict=True)):
        model = result.candidates[min(number, 2)]
        assert model.verdict.skill is not None
        statistic = SkillStatistic(
            raw_expanding=value,
            centred_expanding=value,
            raw_exponential=value,
            centred_exponential=value,
        )
        verdict = replace(
            model.verdict,
            decision=Decision.PROMOTE if passed else Decision.REFUSE,
            skill=replace(model.verdict.skill, statistic=statistic),
        )
        record = replace(
            model.record, model_id=f"model-{number}", stage=Stage.CANDIDATE, verdict=None
        )
        candidates.append(replace(model, verdict=verdict, record=registry.register(record)))
    return registry, tuple(candidates)


@pytest.mark.parametrize(
    ("passes", "t", "chosen"),
    [
        ((True, True, True), (3.0, 9.0, 5.0), "model-0"),
        ((False, True, True), (9.0, 3.0, 5.0), "model-2"),
        ((False, True, True), (9.0, 5.0, 3.0), "model-1"),
        ((False, True, False, True), (9.0, 3.0, float("nan"), 5.0), "model-3"),
        ((False, False, False), (9.0, 9.0, 9.0), None),
    ],
)
def test_the_ensemble_serves_else_the_member_with_the_most_evidence(
    edge_desk: tuple[Desk, TrainingResult],
    passes: Sequence[bool],
    t: Sequence[float],
    chosen: str | None,
) -> None:
    registry, candidates = crafted(edge_desk[1], passes, t)
    champion = _promote(registry, candidates)
    assert (champion and champion.model_id) == chosen
    assert sum(record.stage is Stage.CHAMPION for record in registry.records()) == bool(chosen)


def test_what_was_retired_is_not_brought_back_by_training_again(
    desk: Desk, make_plan: MakePlan, edge_bars: Bars
) -> None:
    first = desk.train(edge_bars, make_plan("ridge")).champion
    assert first is not None
    desk.registry.retire(first.model_id, reason="its market changed")
    again = desk.train(edge_bars, make_plan("ridge"))
    assert again.champion is None
    assert desk.registry.get(first.model_id).stage is Stage.RETIRED


class WatchingEvidence(MemoryEvidence):
    """Remembers how many looks were on the log when each evidence came."""

    def __init__(self, trials: MemoryTrialLog) -> None:
        super().__init__()
        self._trials = trials
        self.n_looks: list[int] = []

    def put(self, evidence: Evidence) -> str:
        self.n_looks.append(sum(trial.kind == "look" for trial in self._trials.entries()))
        return super().put(evidence)


class Watcher:
    """Remembers what it was told, and the fits on the log when judging began."""

    def __init__(self, trials: MemoryTrialLog) -> None:
        self._trials = trials
        self.tasks: tuple[FitTask, ...] = ()
        self.shares: dict[str, float] = {}
        self.n_fits = -1
        self.n_tried = (0, 0)

    def planned(self, tasks: Sequence[FitTask]) -> None:
        assert not any(trial.kind == "fit" for trial in self._trials.entries())
        self.tasks = tuple(tasks)

    def tuned(self, n_done: int, n_total: int) -> None:
        self.n_tried = (n_done, n_total)

    def fitting(self, task: FitTask, share: float) -> None:
        self.shares[task.key] = share

    def judging(self) -> None:
        self.n_fits = sum(trial.kind == "fit" for trial in self._trials.entries())


def test_every_fit_and_every_look_is_on_the_log_before_its_result_is_used(
    desk: Desk, make_plan: MakePlan, bars: Bars
) -> None:
    desk.evidence = WatchingEvidence(desk.trials)
    watcher = Watcher(desk.trials)
    desk.train(bars, make_plan("ridge", "gradient_boosting"), watcher)
    assert desk.evidence.n_looks == [3, 3, 3]
    assert watcher.n_fits == len(watcher.tasks) == 6
    assert watcher.shares == {task.key: 1.0 for task in watcher.tasks}


def test_the_ensemble_and_each_member_count_as_pipelines(
    desk: Desk, make_plan: MakePlan, bars: Bars
) -> None:
    result = desk.train(bars, make_plan("ridge", "gradient_boosting"))
    assert [(c.verdict.n_pipelines, c.verdict.n_looks) for c in result.candidates] == [(3, 1)] * 3
    assert len({trial.pipeline for trial in desk.looks}) == 3
    assert {trial.snapshot for trial in desk.looks} == {result.request.panel.digest}
    first, *others = desk.looks
    assert first.lineage == result.request.panel.lineage
    assert all(trial.lineage == () for trial in others)


def test_a_rerun_adds_nothing_and_another_seed_three_pipelines(
    desk: Desk, make_plan: MakePlan, bars: Bars
) -> None:
    plan = make_plan("ridge", "gradient_boosting")
    first = desk.train(bars, plan)
    again = desk.train(bars, plan)
    other = desk.train(bars, replace(plan, seed=7))
    assert [run.verdict.n_pipelines for run in (first, again, other)] == [3, 3, 6]
    needed = [run.verdict.skill.needed for run in (first, again, other) if run.verdict.skill]
    assert needed[0] == needed[1] < needed[2]


def test_grown_bars_are_a_second_look_and_foreign_bars_a_first(
    desk: Desk, make_plan: MakePlan, bars: Bars
) -> None:
    plan = make_plan("ridge")
    first = desk.train(part_of(bars, slice(0, 640), "X"), plan)
    grown = desk.train(part_of(bars, slice(0, 700), "X"), plan)
    shrunk = desk.train(part_of(bars, slice(60, 700), "Y"), plan)
    foreign = desk.train(noise_world(77, 700).bars, plan)
    counts = [(run.verdict.n_looks, run.verdict.n_pipelines) for run in (first, grown, shrunk)]
    assert counts == [(1, 1), (2, 1), (3, 1)]
    assert (foreign.verdict.n_looks, foreign.verdict.n_pipelines) == (1, 1)


class FragileRunner:
    """Remembers outcomes, and is interrupted after some fits until none is left to break."""

    def __init__(self, breaks_after: int) -> None:
        self.kept: dict[str, Arrays] = {}
        self.breaks_after = breaks_after
        self.closed = 0

    def run(self, samples: Samples, tasks: Sequence[FitTask], progress: FitProgress) -> Outcomes:
        n_done = 0
        try:
            for task in tasks:
                if task.key not in self.kept:
                    if n_done == self.breaks_after:
                        raise KeyboardInterrupt
                    n_done += 1
                    [(_, outcome)] = InlineFitRunner().run(samples, [task], progress)
                    self.kept[task.key] = outcome
                yield task, self.kept[task.key]
        finally:
            self.closed += 1


def test_an_interrupted_run_that_goes_on_equals_one_that_was_not(
    desk: Desk, make_plan: MakePlan, bars: Bars, edge_desk: tuple[Desk, TrainingResult]
) -> None:
    plan = make_plan("ridge", "gradient_boosting")
    runner = FragileRunner(breaks_after=2)
    ports = replace(desk.ports, runner=runner)
    request = TrainingRequest(panel=Panel(bars=[bars]), universe="world", plan=plan)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            train(request, ports)
        assert not desk.looks
        assert not desk.registry.records()
    resumed = train(request, ports)
    whole = type(desk)(
        clock=desk.clock,
        trials=MemoryTrialLog(),
        registry=MemoryRegistry(desk.clock),
        bundles=type(desk.bundles)(),
        evidence=MemoryEvidence(),
    )
    uninterrupted = whole.train(bars, plan)
    assert whole.bundles.kept == desk.bundles.kept
    assert [c.verdict for c in resumed.candidates] == [c.verdict for c in uninterrupted.candidates]
    notes = [trial.note for trial in desk.trials.entries()]
    assert len(notes) == len(set(notes))
    assert set(notes) == {trial.note for trial in whole.trials.entries()}


class FullLog(MemoryTrialLog):
    def append(self, trial: Trial) -> None:
        raise OSError(28, "No space left on device", trial.note)


def test_work_stops_at_once_when_the_log_cannot_be_written(
    desk: Desk, make_plan: MakePlan, bars: Bars
) -> None:
    desk.trials = FullLog()
    runner = FragileRunner(breaks_after=99)
    request = TrainingRequest(
        panel=Panel(bars=[bars]), universe="world", plan=make_plan("ridge", n_refits=3)
    )
    with pytest.raises(OSError, match="No space") as caught:
        train(request, replace(desk.ports, runner=runner))
    assert caught.tb is not None  # the trace, and the frames in it, are alive
    assert (runner.closed, len(runner.kept)) == (0, 0)  # not one fit was begun
    assert not desk.registry.records()


def test_the_same_plan_on_the_same_bars_gives_the_same_bytes(
    desk: Desk, make_plan: MakePlan, edge_bars: Bars, edge_desk: tuple[Desk, TrainingResult]
) -> None:
    desk.clock = FixedClock(np.datetime64("2040-05-05"))
    desk.train(edge_bars, make_plan("ridge", "gradient_boosting"))
    assert desk.bundles.kept == edge_desk[0].bundles.kept


@pytest.mark.parametrize("horizon_bars", [1, 5])
@pytest.mark.parametrize("shape", ["one", "missing days", "listed late", "ended early"])
def test_every_shape_of_market_runs_from_end_to_end(
    desk: Desk, make_plan: MakePlan, bars: Bars, shape: str, horizon_bars: int
) -> None:
    other, rows = noise_world(2, 700).bars, np.arange(700)
    holes = ~np.isin(rows, np.random.default_rng(4).permutation(700)[:60])
    kept = {"missing days": holes, "listed late": rows >= 420, "ended early": rows < 420}
    panel = [bars, part_of(other, kept[shape])] if shape in kept else [bars]
    label = LabelSpec(horizon_bars=horizon_bars)
    result = desk.train(Panel(bars=panel), make_plan("ridge"), label=label)
    [candidate] = result.candidates
    assert is_sound(candidate), candidate.verdict.headline
    assert candidate.evidence.horizon_bars == horizon_bars
    assert candidate.verdict.contract is not None
    assert candidate.verdict.value is not None
    assert candidate.record.symbols == tuple(one.symbol for one in panel)
    assert candidate.record.market.horizon_bars == horizon_bars
    loaded = desk.bundles.load(candidate.record)
    answer = loaded.run(bars.matrix[None, -loaded.manifest.lookback_bars :])
    assert np.isfinite(answer["probability_up"]).all()


def test_a_market_without_volume_runs_on_fourteen_features(
    desk: Desk, make_plan: MakePlan, bars: Bars
) -> None:
    prices = {name: getattr(bars, name) for name in ("open", "high", "low", "close")}
    silent = Bars(symbol="FX", closed_at=bars.closed_at, **prices, volume=np.zeros(len(bars)))
    [candidate] = desk.train(silent, make_plan("ridge")).candidates
    manifest = desk.bundles.load(candidate.record).manifest
    assert manifest.feature_set["name"] == "core14"
    assert len(manifest.feature_names) == 14
    assert is_sound(candidate)


@pytest.mark.parametrize("n_bars", [40, 100, 300])
def test_too_little_history_says_who_needs_how_much_and_leaves_no_trace(
    desk: Desk, make_plan: MakePlan, n_bars: int
) -> None:
    with pytest.raises(TooLittleHistory, match="usable rows for lstm") as caught:
        desk.train(noise_world(1, n_bars).bars, make_plan("lstm"))
    assert (caught.value.family, caught.value.least) == ("lstm", 252)
    assert caught.value.missing > 0
    assert not desk.trials.entries()
    assert not desk.registry.records()
    assert not desk.bundles.kept


def test_a_constant_price_is_refused_not_stumbled_over(desk: Desk, make_plan: MakePlan) -> None:
    bars, still = noise_world(1, 700).bars, np.full(700, 10.0)
    flat = Bars(
        symbol="FLAT",
        closed_at=bars.closed_at,
        open=still,
        high=still,
        low=still,
        close=still,
        volume=still,
    )
    result = desk.train(flat, make_plan("ridge", "gradient_boosting"))
    assert {c.verdict.decision for c in result.candidates} == {Decision.REFUSE}
    assert {c.record.stage for c in result.candidates} == {Stage.REFUSED}


class LyingRunner:
    """Fits, then changes what the fits said."""

    def __init__(self, change: Callable[[Mapping[str, NDArray[Any]]], None]) -> None:
        self._change = change

    def run(self, samples: Samples, tasks: Sequence[FitTask], progress: FitProgress) -> Outcomes:
        for task, outcome in InlineFitRunner().run(samples, tasks, progress):
            if task.fold == 0:
                self._change(outcome)
            yield task, outcome


def silence_some(outcome: Mapping[str, NDArray[Any]]) -> None:
    outcome["forecast"][:30] = np.nan


def silence_all(outcome: Mapping[str, NDArray[Any]]) -> None:
    outcome["forecast"][:] = np.nan
    outcome["warm"][:] = np.nan


@pytest.mark.parametrize("change", [silence_some, silence_all])
def test_forecasts_that_are_no_numbers_are_refused_not_left_out(
    desk: Desk,
    make_plan: MakePlan,
    bars: Bars,
    change: Callable[[Mapping[str, NDArray[Any]]], None],
) -> None:
    sound = desk.train(bars, make_plan("ridge")).candidates[0]
    request = TrainingRequest(panel=Panel(bars=[bars]), universe="w", plan=make_plan("ridge"))
    [candidate] = train(request, replace(desk.ports, runner=LyingRunner(change))).candidates
    assert candidate.evidence.out_of_sample_from == sound.evidence.out_of_sample_from
    assert candidate.verdict.decision is Decision.REFUSE
    assert not check_of(candidate, "forecast_is_complete")


def test_a_fold_that_learns_from_its_future_is_found(make_plan: MakePlan, bars: Bars) -> None:
    request = TrainingRequest(panel=Panel(bars=[bars]), universe="w", plan=make_plan("ridge"))
    samples = build_samples(request.panel, request.feature_set, request.label)
    walk = plan_fits(samples, request.plan)
    assert find_leaks(request, samples, walk) == ()
    first, second = walk.folds["ridge"]
    peeking = Fold(
        train=np.concatenate([first.train, second.test[:5]]),
        validation=first.validation,
        test=first.test,
        train_closes_at_max=first.train_closes_at_max,
        test_decided_at_min=first.test_decided_at_min,
    )
    leaks = find_leaks(request, samples, replace(walk, folds={"ridge": (peeking, second)}))
    assert {leak.kind for leak in leaks} == {"spans_meet"}
