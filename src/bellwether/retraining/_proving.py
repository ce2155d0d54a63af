"""The moves of a challenger in the shadow."""

from collections.abc import Sequence

import numpy as np

from bellwether.registry import ModelRecord, Stage
from bellwether.retraining._making import compare_out_of_sample, find_renewal_doubt
from bellwether.retraining._run import Run
from bellwether.retraining._shadow import Duel, Duelist, Score, keep_score
from bellwether.retraining._steps import ChainStep, Step
from bellwether.retraining._turn import Turn, find_champion_change
from bellwether.watch import Checkpoint

LOOKS = "retraining-looks/"
LOOK_EVERY_BARS = 5


def enter_shadow(run: Run, turn: Turn) -> tuple[ChainStep, ...]:
    """Refuse a challenger that may be worse; else let it forecast beside the champion.

    One that waits in the shadow already makes room. Where it came from the same pipeline and
    was held against the same champion, its evidence is the newcomer's too.
    """
    is_open = run.renews or run.fact(Step.COMPARED, "low") is None
    if not is_open and not run.fact(Step.COMPARED, "is_no_worse"):
        return _refuse(run, turn, f"not shown to be no worse: {run.last.words}", "comparison")
    challenger = turn.challenger(run)
    own = [[challenger.model_id, str(challenger.trained_at)]]
    waiting = [other for other in turn.runs if other.is_in_shadow]
    inherited = [one for other in waiting if _is_kin(other, run) for one in _lineage(other)]
    steps = []
    for other in waiting:
        words = f"{challenger.model_id} takes its place in the shadow"
        steps.append(turn.take(other, Step.SUPERSEDED, words, {"by": run.run_id}))
    words = f"{challenger.model_id} forecasts beside {run.champion} and answers nobody"
    return (*steps, turn.take(run, Step.SHADOWED, words, {"lineage": [*inherited, *own]}))


def watch_shadow(run: Run, turn: Turn) -> tuple[ChainStep, ...]:
    """Promote what is better, or no worse where it is needed; give up what never gets there."""
    challenger, serving = turn.challenger(run), turn.serving(run)
    change = find_champion_change(run, serving)
    if change is not None or challenger.stage is not Stage.CANDIDATE or serving.champion is None:
        words = change or f"{challenger.model_id} is {challenger.stage}"
        return (turn.take(run, Step.OVERTAKEN, f"overtaken in the shadow: {words}"),)
    champion = serving.champion
    score = keep_score(find_duel(run, turn), turn.ports)
    if run.renews:
        return _watch_renewal(run, turn, score, champion)
    may_serve = _may_serve(run, turn)
    if may_serve and score.evidence >= turn.options.enough_evidence:
        words = f"the challenger is better than the champion: {tell_score(score)}"
        return (turn.take(run, Step.DECIDED, words, {"how": "better", **score.to_json()}),)
    n_bars = len(score.paired)
    needed = turn.is_red(champion.model_id) or turn.is_aged(champion)
    if may_serve and needed and n_bars >= _next_look(run, turn):
        found = compare_out_of_sample(champion, challenger, turn, score.paired)
        if found.is_no_worse:
            why = "is red" if turn.is_red(champion.model_id) else "is too old to answer"
            words = f"the champion {why}, and the challenger is no worse: {tell_score(score)}"
            facts = {"how": "no worse", **score.to_json(), "comparison": found.to_json()}
            return (turn.take(run, Step.DECIDED, words, facts),)
        _put_off(run, turn, n_bars)
    if n_bars >= turn.options.most_bars:
        return _refuse(run, turn, f"never shown to be better: {tell_score(score)}", "shadow")
    return ()


def _watch_renewal(
    run: Run, turn: Turn, score: Score, champion: ModelRecord
) -> tuple[ChainStep, ...]:
    """Let a later fit succeed the champion once that is old, if nothing speaks against it.

    What passed the gate is the pipeline, fitted again and again: the burden of proof is turned.
    """
    if turn.is_red(champion.model_id) and not run.passed:
        words = f"the champion's pipeline is not renewed: {champion.model_id} is red"
        return _refuse(run, turn, words, "renewal")
    if score.against >= turn.options.enough_evidence:
        words = f"shown to be worse in the shadow, with evidence {score.against:.1f}"
        return _refuse(run, turn, f"{words}: {tell_score(score)}", "shadow")
    is_better = score.evidence >= turn.options.enough_evidence
    is_needed = turn.is_ageing(champion) or turn.is_red(champion.model_id)
    is_time = is_better or (is_needed and len(score.paired) >= turn.options.decide_bars)
    if not is_time or not _may_serve(run, turn):
        return ()
    doubt = find_renewal_doubt(run, turn)
    if doubt is not None:
        return _refuse(run, turn, f"the champion's pipeline is not renewed: {doubt}", "renewal")
    said = "better than the champion" if is_better else "not shown to be worse"
    words = f"a later fit of the champion's pipeline, {said}: {tell_score(score)}"
    how = "better" if is_better else "renewal"
    return (turn.take(run, Step.DECIDED, words, {"how": how, **score.to_json()}),)


def _may_serve(run: Run, turn: Turn) -> bool:
    challenger = turn.challenger(run)
    return not turn.is_aged(challenger) and not turn.is_red(challenger.model_id)


def find_duel(run: Run, turn: Turn) -> Duel:
    """Return the duel of a run in the shadow."""
    champion = turn.ports.registry.get(str(run.champion))
    return Duel(
        name=run.run_id,
        market=run.market,
        challengers=tuple(
            Duelist(model_id=model_id, trained_at=np.datetime64(trained_at, "us"))
            for model_id, trained_at in _lineage(run)
        ),
        champion=Duelist(model_id=champion.model_id, trained_at=champion.trained_at),
    )


def tell_score(score: Score) -> str:
    """Return how a duel stands, in words."""
    figures = score.to_json()
    return (
        f"evidence {figures['evidence']:.1f} over {figures['n_bars']} bars, mean difference of "
        f"scores {figures['mean_difference']:+.4f}"
    )


def _next_look(run: Run, turn: Turn) -> int:
    """Return at how many bars it is looked whether a challenger is no worse."""
    kept = turn.ports.checkpoints.load(LOOKS + run.run_id)
    return turn.options.decide_bars if kept is None else int(kept.content["next_look"])


def _put_off(run: Run, turn: Turn, n_bars: int) -> None:
    content = {"next_look": n_bars + LOOK_EVERY_BARS}
    turn.ports.checkpoints.save([Checkpoint(name=LOOKS + run.run_id, number=0, content=content)])


def _is_kin(other: Run, run: Run) -> bool:
    return other.champion == run.champion and (
        other.fact(Step.TRAINED, "pipeline") == run.fact(Step.TRAINED, "pipeline")
    )


def _lineage(run: Run) -> Sequence[Sequence[str]]:
    lineage: Sequence[Sequence[str]] = run.fact(Step.SHADOWED, "lineage") or ()
    return lineage


def _refuse(run: Run, turn: Turn, words: str, by: str) -> tuple[ChainStep, ...]:
    return (turn.take(run, Step.REFUSED, words, {"by": by}),)
