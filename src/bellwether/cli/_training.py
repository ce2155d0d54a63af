"""One training run as a person sees it: quality, what is possible, progress, outcome, card."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bellwether.adapters import write_atomically
from bellwether.bars import BarsImport, Panel
from bellwether.bootstrap import Workspace
from bellwether.cards import CardContent, render_card, tell_importance
from bellwether.cli._hints import explain_hold
from bellwether.cli._terminal import (
    leaderboard_table,
    plan_text,
    prediction_panel,
    quality_table,
    verdict_panel,
)
from bellwether.models import family_words
from bellwether.progress import ProgressLines, TrainingProgress, prepare_features
from bellwether.service import (
    Prediction,
    TrainingRequest,
    TrainingResult,
    estimate_seconds,
    make_leaderboard,
)
from bellwether.validation import EvidencePlan, Leg, Verdict


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """What a training run showed.

    Parameters
    ----------
    imports : tuple of BarsImport
    evidence_plan : EvidencePlan
    result : TrainingResult
    prediction : Prediction
    card : Path
    """

    imports: tuple[BarsImport, ...]
    evidence_plan: EvidencePlan
    result: TrainingResult
    prediction: Prediction
    card: Path

    def to_json(self) -> dict[str, object]:
        """Return what a program wants to know."""
        request = self.result.request
        return {
            "universe": request.universe,
            "symbols": list(request.panel.symbols),
            "quality": [one.quality.to_json() for one in self.imports],
            "evidence_plan": self.evidence_plan.sentence,
            "plan": request.plan.to_json(),
            "leaderboard": [row.to_json() for row in make_leaderboard(self.result)],
            "verdict": str(self.result.verdict.decision),
            "reasons": _reasons(self.result.verdict),
            "verdict_detail": self.result.verdict.to_json(),
            "importance": {
                one.name: [feature.to_json() for feature in one.importance]
                for one in self.result.candidates
            },
            "model_id": self.result.proposal.record.model_id,
            "champion": self.result.champion.model_id if self.result.champion else None,
            "prediction": self.prediction.to_json(),
            "card": str(self.card),
        }


def run_training(
    console: Console,
    workspace: Workspace,
    request: TrainingRequest,
    imports: Sequence[BarsImport],
    *,
    title: str,
    lines: ProgressLines | None = None,
) -> Outcome:
    """Train, judge and show it all; the prediction is for the first symbol's next bar.

    Progress goes to a bar on the console, or as lines to a program that watches.
    """
    console.print(quality_table([one.quality for one in imports]))
    evidence_plan = workspace.plan_evidence(request)
    console.print(plan_text(evidence_plan))
    console.print(_announce(request, workspace.settings.workers))
    prepare_features(console, request.feature_set)
    with lines or TrainingProgress(console) as progress:
        result = workspace.train(request, progress)
    console.print(leaderboard_table(make_leaderboard(result)))
    first = imports[0]
    prediction = workspace.predict_import(first)
    serving = _tell_serving(workspace, result)
    level = workspace.settings.promotion_level
    console.print(verdict_panel(result.verdict, serving=serving, level=level))
    if result.proposal.importance:
        console.print(tell_importance(result.proposal.importance), markup=False)
    show_prediction(console, prediction)
    content = CardContent(
        title=title,
        result=result,
        quality=tuple(one.quality for one in imports),
        evidence_plan=evidence_plan,
        prediction=prediction,
        made_at=workspace.clock.now(),
    )
    card = save_card(workspace, content)
    console.print(f"Model card: {card}", soft_wrap=True, markup=False)
    return Outcome(
        imports=tuple(imports),
        evidence_plan=evidence_plan,
        result=result,
        prediction=prediction,
        card=card,
    )


def show_prediction(console: Console, prediction: Prediction) -> None:
    """Print the signal card and, where the bars are at fault, what helps."""
    console.print(prediction_panel(prediction))
    hint = explain_hold(prediction)
    if hint is not None:
        console.print(hint, soft_wrap=True, markup=False)


def save_card(workspace: Workspace, content: CardContent) -> Path:
    """Write the card of a run into the home folder and return its path."""
    name = content.result.proposal.record.model_id
    path = workspace.settings.home / "cards" / f"{name}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, render_card(content).encode("utf-8"))
    return path


def count_bars(imports: Sequence[BarsImport]) -> int:
    """Return the bars of several imports together."""
    return sum(len(one.bars) for one in imports)


def panel_of(imports: Sequence[BarsImport]) -> Panel:
    """Return the bars of several imports as one panel."""
    return Panel(bars=[one.bars for one in imports])


def _tell_serving(workspace: Workspace, result: TrainingResult) -> str:
    """Return who serves now, as a clause: by the registry, whatever the age of the bars."""
    if result.champion is not None:
        return "serves now"
    serving = workspace.registry.serving(result.proposal.record.market)
    if serving.champion is not None:
        return "the model that was promoted earlier keeps serving"
    return "the rules keep serving"


def _announce(request: TrainingRequest, n_workers: int) -> str:
    n_rows = sum(len(bars) for bars in request.panel.bars)
    seconds = estimate_seconds(request.plan, n_rows, n_workers)
    families = ", ".join(family_words(item.family) for item in request.plan.families)
    about = f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
    n_trials = max(item.n_trials for item in request.plan.families)
    tuning = f", {n_trials} configurations tried before each fit" if n_trials else ""
    return (
        f"Training by nested walk-forward, plan '{request.plan.name}' ({families}){tuning}, "
        f"about {about} on {n_workers} processes. Ctrl-C is safe: the next run goes on from there."
    )


def _reasons(verdict: Verdict) -> list[str]:
    """Return why: what decided first, then whatever else the binding gate found wanting."""
    shown_only = {
        "evidence": {Leg.CONTRACT},
        "contract": {Leg.SKILL, Leg.VALUE},
        "both": set[Leg](),
    }[verdict.binding]
    wanting = [check.reason for check in verdict.failed if check.leg not in shown_only]
    return [verdict.reason, *(reason for reason in wanting if reason != verdict.reason)]
