"""TrialBook: what a training run writes into the trial log, and when."""

from collections.abc import Iterable, Mapping, Sequence

from bellwether.clock import Clock
from bellwether.service._request import TrainingRequest
from bellwether.trials import (
    Relations,
    Trial,
    TrialCount,
    TrialKind,
    TrialLog,
    count_trials,
)
from bellwether.validation import FINAL_FOLD, FitTask


class TrialBook:
    """Writes the trials of one training request, each before what it tells of.

    Whatever is stopped, wherever, then leaves at most an entry without its result behind, and
    never a result without its entry.

    Parameters
    ----------
    request : TrainingRequest
    log : TrialLog
    clock : Clock

    Raises
    ------
    TrialLogTampered, TrialLogUnavailable
        By any method; what was to be tried must not be tried then.

    Notes
    -----
    What is in the log already is not written again, so that the same request leaves the same
    log, however often it was interrupted.
    """

    __slots__ = ("_clock", "_log", "_request", "_told")

    def __init__(self, request: TrainingRequest, log: TrialLog, clock: Clock) -> None:
        self._request = request
        self._log = log
        self._clock = clock
        self._told: set[TrialKind] = set()

    def record_start(self) -> None:
        """Record what is new about this request: its features, or nothing but its seed."""
        features, seen = self._request.feature_set, self._find_related()
        if features.digest not in {trial.features for trial in seen}:
            whole = self._request.pipeline(self._request.members)
            self._append("feature_edit", whole, f"features {features.name}, {self._market()}")
        pipelines = {trial.pipeline for trial in seen}
        recipes = {trial.recipe for trial in seen}
        for name, members in self._request.line_up.items():
            pipeline, recipe = self._request.pipeline(members), self._request.recipe(members)
            if recipe in recipes and pipeline not in pipelines:
                self._append("seed", pipeline, f"{name} with seed {self._seed}", recipe=recipe)

    def record_fits(self, tasks: Iterable[FitTask]) -> None:
        """Record every fit that will be made or found again.

        Parameters
        ----------
        tasks : iterable of FitTask
        """
        known = {trial.fit for trial in self._read() if trial.kind == "fit"}
        for task in tasks:
            if task.key not in known:
                self._append(
                    "fit",
                    self._request.pipeline([task.family]),
                    f"{task.family} {_place(task)} {task.key[:16]}",
                    recipe=self._request.recipe([task.family]),
                    fit=task.key,
                )

    def record_trials(self, tasks: Iterable[FitTask]) -> None:
        """Record every configuration that a tuner is about to try inside a training stretch.

        Parameters
        ----------
        tasks : iterable of FitTask
        """
        known = {trial.fit for trial in self._read() if trial.kind == "tuning"}
        for task in tasks:
            if task.key not in known:
                options = ", ".join(f"{name} {value:.4g}" for name, value in task.changes)
                self._append(
                    "tuning",
                    self._request.pipeline([task.family]),
                    f"{task.family} {_place(task)} with {options or 'its preset'}",
                    fit=task.key,
                )

    def record_looks(self, line_up: Mapping[str, Sequence[str]]) -> None:
        """Record every look that is new; the snapshot's fingerprints stand with the first.

        Parameters
        ----------
        line_up : mapping of str to sequence of str
            Members of each candidate whose out-of-sample result is about to be revealed.
        """
        snapshot = self._request.panel.digest
        looks = [trial for trial in self._read() if trial.kind == "look"]
        known = {trial.pipeline for trial in looks if trial.snapshot == snapshot}
        for name, members in line_up.items():
            pipeline = self._request.pipeline(members)
            if pipeline not in known:
                note = f"verdict on {name}, {self._market()}"
                self._append("look", pipeline, note, recipe=self._request.recipe(members))

    def count(self, pipelines: Iterable[str]) -> dict[str, TrialCount]:
        """Return what the log counts for some pipelines on these bars, by pipeline."""
        trials, panel = self._log.entries(), self._request.panel
        return {
            pipeline: count_trials(trials, pipeline, panel.digest, panel.lineage)
            for pipeline in pipelines
        }

    @property
    def _seed(self) -> int:
        return self._request.plan.seed

    def _market(self) -> str:
        panel = self._request.panel
        symbols = panel.symbols if len(panel.symbols) <= 3 else (*panel.symbols[:3], "...")
        last = str(panel.closed_at[-1])[:10]
        return f"{', '.join(symbols)}, {len(panel.closed_at)} {panel.interval} bars to {last}"

    def _find_related(self) -> list[Trial]:
        """Return every entry on related bars, whatever its kind."""
        trials, panel = self._read(), self._request.panel
        related = Relations(trials).find(panel.digest, panel.lineage)
        return [trial for trial in trials if trial.snapshot in related]

    def _append(
        self, kind: TrialKind, pipeline: str, note: str, *, recipe: str = "", fit: str = ""
    ) -> None:
        panel = self._request.panel
        # Looks alone relate snapshots for the gate's count: they hold a copy of their own.
        told = "look" in self._told if kind == "look" else bool(self._told)
        self._log.append(
            Trial(
                kind=kind,
                pipeline=pipeline,
                snapshot=panel.digest,
                lineage=() if told else panel.lineage,
                recorded_at=str(self._clock.now()),
                note=note,
                features=self._request.feature_set.digest,
                recipe=recipe,
                fit=fit,
            )
        )
        self._told.add(kind)

    def _read(self) -> Sequence[Trial]:
        """Return the log, and take note of the kinds of entry that hold these fingerprints."""
        trials, snapshot = self._log.entries(), self._request.panel.digest
        self._told |= {one.kind for one in trials if one.lineage and one.snapshot == snapshot}
        return trials


def _place(task: FitTask) -> str:
    return "final fit" if task.fold == FINAL_FOLD else f"fold {task.fold}"
