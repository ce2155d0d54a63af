"""The last moves: promote, watch on probation, confirm or roll back."""

import numpy as np

from bellwether.registry import Stage
from bellwether.retraining._making import read_verdict
from bellwether.retraining._proving import tell_score
from bellwether.retraining._run import Run
from bellwether.retraining._shadow import Duel, Duelist, Score, keep_score
from bellwether.retraining._steps import ChainStep, Step
from bellwether.retraining._turn import Turn, find_champion_change

_DAY = np.timedelta64(1, "D")
# Calendar days in which as many bars surely close, if any do: four a week.
_DAYS_A_BAR = 7.0 / 4.0


def promote(run: Run, turn: Turn) -> tuple[ChainStep, ...]:
    """Make the challenger champion."""
    challenger, serving = turn.challenger(run), turn.serving(run)
    if challenger.stage is not Stage.CHAMPION:
        change = find_champion_change(run, serving)
        if change is not None or challenger.stage is not Stage.CANDIDATE:
            words = change or f"{challenger.model_id} is {challenger.stage}"
            return (turn.take(run, Step.OVERTAKEN, f"overtaken before the promotion: {words}"),)
        reason = f"retraining {run.run_id}: {run.last.words}"
        if run.renews and not run.passed:
            turn.ports.registry.renew(challenger.model_id, reason=reason)
        else:
            verdict = read_verdict(challenger)
            turn.ports.registry.promote(challenger.model_id, verdict, reason=reason)
    words = f"{challenger.model_id} serves, on probation"
    return (turn.take(run, Step.PROMOTED, words, {"previous": run.champion}),)


def watch_probation(run: Run, turn: Turn) -> tuple[ChainStep, ...]:
    """Take back what turns out bad; confirm what has been good for long enough."""
    challenger, serving = turn.challenger(run), turn.serving(run)
    if challenger.stage is not Stage.CHAMPION:
        words = f"overtaken on probation: {challenger.model_id} is {challenger.stage}"
        return (turn.take(run, Step.OVERTAKEN, words),)
    standing = turn.standing(challenger.model_id)
    if standing is not None and standing.condition == "red":
        words = f"red on probation: {standing.words}"
        return (turn.take(run, Step.CONDEMNED, words, {"standing": standing.to_json()}),)
    score = None
    if serving.previous is not None and serving.previous.model_id == run.champion:
        score = keep_score(_find_duel(run, turn, serving.previous.trained_at), turn.ports)
        if score.evidence >= turn.options.enough_evidence:
            words = f"behind the model it succeeded: {tell_score(score)} for the previous one"
            return (turn.take(run, Step.CONDEMNED, words, score.to_json()),)
    if not _is_over(run, turn, score):
        return ()
    facts = {} if score is None else score.to_json()
    words = f"{challenger.model_id} has proven itself; it stays"
    return (turn.take(run, Step.CONFIRMED, words, facts),)


def roll_back(run: Run, turn: Turn) -> tuple[ChainStep, ...]:
    """Bring the previous champion back, or the rules."""
    serving = turn.serving(run)
    if serving.champion is not None and serving.champion.model_id == run.challenger:
        reason = f"retraining {run.run_id}: {run.last.words}"
        serving = turn.ports.registry.roll_back(run.market, reason=reason)
    now = None if serving.champion is None else serving.champion.model_id
    words = f"{run.challenger} is taken back; {now or 'the rules'} answer{'s' if now else ''} again"
    return (turn.take(run, Step.ROLLED_BACK, words, {"champion": now}),)


def _find_duel(run: Run, turn: Turn, trained_at: np.datetime64) -> Duel:
    """Return the duel of the previous champion against the new one, since that serves."""
    promoted = run.taken(Step.PROMOTED)
    since = turn.now if promoted is None else promoted.at
    return Duel(
        name=f"{run.run_id}/probation",
        market=run.market,
        challengers=(Duelist(model_id=str(run.champion), trained_at=trained_at),),
        champion=Duelist(model_id=str(run.challenger), trained_at=since),
    )


def _is_over(run: Run, turn: Turn, score: Score | None) -> bool:
    """Whether enough bars were settled, or so much time has passed that nobody watches."""
    n_bars = 0 if score is None else len(score.paired)
    days = float((turn.now - run.last.at) / _DAY)
    return (
        n_bars >= turn.options.probation_bars or days >= turn.options.probation_bars * _DAYS_A_BAR
    )
