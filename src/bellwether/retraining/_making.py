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
from bellwether.retraining._lineage import find_lineage_doubt
from bellwether.retraining._ports import TrainingOrder
from bellwether.retraining._run import Run
from bellwether.retraining._steps import ChainStep, Step
from bellwether.retraining._turn import Turn, find_champion_change
from bellwether.validation import Leg, Verdict
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
    kin = find_kin(records, turn.serving(run).champion)
    chosen = choose_challenger(verdicts)
    chosen = min(kin, default=None) if chosen is None else chosen
    shown = 0 if chosen is None else chosen
    facts = {
        "models": list(ids),
        "challenger": None if chosen is None else ids[chosen],
        "passed": chosen is not None and verdicts[chosen].promotes,
        "renews": chosen in kin,
        "evidence": verdicts[shown].evidence_digest,
        "doubt": find_verdict_doubt(verdicts[shown]),
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
    again = _find_repetition(run, turn, challenger, champion)
    if again is not None:
        return (turn.take(run, Step.REFUSED, again, {"by": "registry"}),)
    change = find_champion_change(run, serving)
    if change is not None:
        return (turn.take(run, Step.OVERTAKEN, f"overtaken during the training: {change}"),)
    if champion is None:
        words = f"nobody serves: {challenger.model_id} has passed the gate, which is enough"
        return (turn.take(run, Step.DECIDED, words, {"how": "alone"}),)
    if run.renews:
        return _hear_kin(run, turn)
    found = compare_out_of_sample(champion, challenger, turn)
    return (turn.take(run, Step.COMPARED, _tell_comparison(found), found.to_json()),)


def _hear_kin(run: Run, turn: Turn) -> tuple[ChainStep, ...]:
    """Let a later fit of the champion's pipeline go on, unless something speaks against it.

    On the past two walks of one pipeline would be compared, of which the later one has seen fewer
    bars before each: that says nothing of its last fit.
    """
    doubt = find_renewal_doubt(run, turn)
    if doubt is not None:
        reason = run.fact(Step.TRAINED, "reason")
        words = f"the gate lets it not pass: {reason}; nor can it renew the champion: {doubt}"
        return (turn.take(run, Step.REFUSED, words, {"by": "renewal"}),)
    words = "a later fit of the champion's own pipeline: the shadow tells whether it is worse"
    return (turn.take(run, Step.COMPARED, words),)


def _find_repetition(
    run: Run, turn: Turn, challenger: ModelRecord, champion: ModelRecord | None
) -> str | None:
    """Return in words how the very same model is known already, or None."""
    if champion is not None and champion.model_id == challenger.model_id:
        return "the champion is this very model: there is nothing newer to train on"
    if find_champion_change(run, turn.serving(run)) is not None:
        return None
    if challenger.stage is not Stage.CANDIDATE:
        return f"this very model was tried before, and is {challenger.stage}"
    if challenger.model_id in {other.challenger for other in turn.runs if other.is_in_shadow}:
        return "this very model is in the shadow already: there is nothing newer to train on"
    return None


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
    return max(passed, key=lambda number: skill_of(verdicts[number]) or -np.inf)


def find_kin(records: Sequence[ModelRecord], champion: ModelRecord | None) -> tuple[int, ...]:
    """Return which candidates are later fits of the champion's own pipeline."""
    pipeline = None if champion is None else champion.pipeline_digest
    return tuple(
        number
        for number, record in enumerate(records)
        if record.pipeline_digest == pipeline and record.stage is Stage.CANDIDATE
    )


def find_verdict_doubt(verdict: Verdict) -> str | None:
    """Return in words what of the newest evidence speaks against a pipeline that passed before."""
    for check in verdict.checks:
        if check.leg is Leg.CONSTRUCTION and not check.passed:
            return check.reason
    skill = skill_of(verdict)
    if skill is None or not skill > 0.0:
        return "the newest evidence shows no skill at all"
    return None


def find_renewal_doubt(run: Run, turn: Turn) -> str | None:
    """Return in words why the champion is not to be renewed on its old verdict, or None.

    None also for one that has passed the gate itself. Else the pipeline has passed it before and
    has answered since; what is asked now is that nothing speaks against it: neither the newest
    evidence nor what became of its forecasts.
    """
    if run.passed:
        return None
    doubt: str | None = run.fact(Step.TRAINED, "doubt")
    if doubt is not None:
        return doubt
    if turn.is_red(str(run.champion)):
        return f"{run.champion} is red"
    passed = [one for one in turn.runs if one.is_in_shadow and one.passed]
    if passed:
        return f"{passed[-1].challenger}, which has passed, is in the shadow"
    return find_lineage_doubt(run, turn)


def read_verdict(record: ModelRecord) -> Verdict:
    """Return the verdict that stands with a model that was trained here."""
    if record.verdict is None:
        raise AssertionError("every trained model was judged")
    return Verdict.from_json(record.verdict)


def skill_of(verdict: Verdict) -> float | None:
    """Return the smallest of the four statistics of skill; None where there is none."""
    return None if verdict.skill is None else verdict.skill.statistic.minimum


def _find_paired(champion: ModelRecord, challenger: ModelRecord, turn: Turn) -> Paired:
    """Return both on the bars of their evidence; nothing where one's is not kept."""
    if champion.verdict is None:
        return NOTHING
    try:
        found = [
            turn.ports.evidence.get(find_own_evidence(record, turn.runs))
            for record in (champion, challenger)
        ]
    except BellwetherError:
        return NOTHING  # of a model made elsewhere, or cleared away: the shadow will tell
    return pair_evidence(found[0], found[1], common_symbols(champion, challenger))


def find_own_evidence(record: ModelRecord, runs: Sequence[Run]) -> str:
    """Return the digest of a model's own evidence: a renewal serves on the verdict of another."""
    for run in runs:
        own: str | None = run.fact(Step.TRAINED, "evidence")
        if own is not None and run.challenger == record.model_id:
            return own
    return read_verdict(record).evidence_digest


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
