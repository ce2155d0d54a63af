"""The first moves of a retraining: train, hear the gate, compare with the champion."""

from collections.abc import Sequence

import numpy as np

from bellwether.errors import BellwetherError
from bellwether.registry import ModelRecord, Stage
from bellwether.retraining._comparison import (
    NOTHING,
    Comparison,
    Paired,
    common_symbols,
    compare,
    pair_evidence,
)
from bellwether.retraining._errors import TrainingInterrupted
from bellwether.retraining._ports import TrainingOrder
from bellwether.retraining._run import Run
from bellwether.retraining._steps import ChainStep, Step
from bellwether.retraining._turn import Turn, find_champion_change
from bellwether.validation import Verdict
from bellwether.watch import Checkpoint

TRIES = "retraining-tries/"


def train_challenger(run: Run, turn: Turn) -> tuple[ChainStep, ...]:
    """Train, and note what the gate said of it.

    Raises
    ------
    TrainingInterrupted
        If it was stopped; the run stays where it is.
    """
    n_tries = _count_try(run, turn)
    if n_tries > turn.options.most_tries:
        words = f"the training was interrupted {n_tries - 1} times and is given up"
        return (turn.take(run, Step.FAILED, words, {"n_tries": n_tries - 1}),)
    order = TrainingOrder(
        run_id=run.run_id,
        market=run.market,
        snapshots=tuple(run.fact(Step.DUE, "snapshots")),
        scale=run.fact(Step.DUE, "scale"),
        like=run.champion,
    )
    try:
        ids = turn.ports.trainer.train(order, turn.still_held)
    except TrainingInterrupted:
        raise
    except BellwetherError as error:
        return (turn.take(run, Step.FAILED, f"the training failed: {error}", _tell(error)),)
    records = [turn.ports.registry.get(model_id) for model_id in ids]
    verdicts = [read_verdict(record) for record in records]
    chosen = choose_challenger(verdicts)
    shown = 0 if chosen is None else chosen
    facts = {
        "models": list(ids),
        "challenger": None if chosen is None else ids[chosen],
        "decision": str(verdicts[shown].decision),
        "reason": verdicts[shown].reason,
        "pipeline": records[shown].pipeline_digest,
        "trained_at": str(records[shown].trained_at),
        "n_tries": n_tries,
    }
    words = f"{ids[shown]} was trained; the gate says {verdicts[shown].headline}"
    return (turn.take(run, Step.TRAINED, words, facts),)


def hear_gate(run: Run, turn: Turn) -> tuple[ChainStep, ...]:
    """End with what the gate refused; else compare with the champion, where there is one."""
    if run.challenger is None:
        reason = run.fact(Step.TRAINED, "reason")
        words = f"the gate lets none of the new models pass: {reason}; all stays as it is"
        return (turn.take(run, Step.REFUSED, words, {"by": "gate"}),)
    challenger, serving = turn.challenger(run), turn.serving(run)
    champion = serving.champion
    if champion is not None and champion.model_id == challenger.model_id:
        words = "the champion is this very model: there is nothing newer to train on"
        return (turn.take(run, Step.REFUSED, words, {"by": "registry"}),)
    change = find_champion_change(run, serving)
    if change is not None:
        return (turn.take(run, Step.OVERTAKEN, f"overtaken during the training: {change}"),)
    if challenger.stage is not Stage.CANDIDATE:
        words = f"this very model was tried before, and is {challenger.stage}"
        return (turn.take(run, Step.REFUSED, words, {"by": "registry"}),)
    waiting = {other.challenger for other in turn.runs if other.is_in_shadow}
    if challenger.model_id in waiting:
        words = "this very model is in the shadow already: there is nothing newer to train on"
        return (turn.take(run, Step.REFUSED, words, {"by": "registry"}),)
    if champion is None:
        words = f"nobody serves: {challenger.model_id} has passed the gate, which is enough"
        return (turn.take(run, Step.DECIDED, words, {"how": "alone"}),)
    found = compare_out_of_sample(champion, challenger, turn)
    return (turn.take(run, Step.COMPARED, _tell_comparison(found), found.to_json()),)


def compare_out_of_sample(
    champion: ModelRecord, challenger: ModelRecord, turn: Turn, shadow: Paired = NOTHING
) -> Comparison:
    """Return whether a challenger is no worse on all bars neither of them had seen."""
    paired = _find_paired(champion, challenger, turn).then(shadow)
    return compare(paired, turn.options, champion.market.horizon_bars)


def choose_challenger(verdicts: Sequence[Verdict]) -> int | None:
    """Return which model goes on: the ensemble, which comes first, else the most evidence."""
    passed = [number for number, verdict in enumerate(verdicts) if verdict.promotes]
    if not passed or passed[0] == 0:
        return passed[0] if passed else None
    return max(passed, key=lambda number: _skill(verdicts[number]))


def read_verdict(record: ModelRecord) -> Verdict:
    """Return the verdict that stands with a model that was trained here."""
    if record.verdict is None:
        raise AssertionError("every trained model was judged")
    return Verdict.from_json(record.verdict)


def _skill(verdict: Verdict) -> float:
    return -np.inf if verdict.skill is None else verdict.skill.statistic.minimum


def _find_paired(champion: ModelRecord, challenger: ModelRecord, turn: Turn) -> Paired:
    """Return both on the bars of their evidence; nothing where one's is not kept."""
    if champion.verdict is None:
        return NOTHING
    try:
        found = [
            turn.ports.evidence.get(read_verdict(record).evidence_digest)
            for record in (champion, challenger)
        ]
    except BellwetherError:
        return NOTHING  # of a model made elsewhere, or cleared away: the shadow will tell
    return pair_evidence(found[0], found[1], common_symbols(champion, challenger))


def _tell_comparison(found: Comparison) -> str:
    if found.low is None:
        return (
            f"on {found.n_bars} common bars out of sample nothing can be told of champion and "
            "challenger: the shadow will"
        )
    is_no_worse = "is" if found.is_no_worse else "is not shown to be"
    return (
        f"on {found.n_bars} common bars out of sample the challenger {is_no_worse} no worse than "
        f"the champion: mean difference of scores {found.mean_difference:+.4f}, lower bound "
        f"{found.low:+.4f}, allowed {-found.margin:+.4f}"
    )


def _tell(error: BellwetherError) -> dict[str, str]:
    return {
        "kind": type(error).__name__,
        "expected": error.expected,
        "was": error.was,
        "hint": error.hint,
    }


def _count_try(run: Run, turn: Turn) -> int:
    """Count a training before it begins: one that takes the process along leaves no note."""
    kept = turn.ports.checkpoints.load(TRIES + run.run_id)
    n_tries = 1 if kept is None else int(kept.content["n_tries"]) + 1
    tried = Checkpoint(name=TRIES + run.run_id, number=0, content={"n_tries": n_tries})
    turn.ports.checkpoints.save([tried])
    return n_tries
