"""What a promotion, a rollback, a refusal and a retirement do, as lists of legal moves."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from bellwether.hashing import canonical_json
from bellwether.registry._move_errors import IllegalMove, NotPromotable, NotRenewable
from bellwether.registry._record import ModelRecord, Move, Serving
from bellwether.registry._stages import LEGAL_MOVES, Stage, check_move

if TYPE_CHECKING:
    # A service that only reads the registry must not pay for the gate's libraries.
    from bellwether.validation import Verdict


def plan_promotion(
    record: ModelRecord, serving: Serving, verdict: "Verdict", *, at: np.datetime64, reason: str
) -> tuple[Move, ...]:
    """Return the moves that make a candidate the champion of its market.

    Parameters
    ----------
    record : ModelRecord
        The candidate.
    serving : Serving
        Who serves its market now.
    verdict : Verdict
        The gate's verdict on the candidate's own evidence.
    at : numpy.datetime64
        UTC instant of the move.
    reason : str
        Why, in words.

    Returns
    -------
    moves : tuple of Move
        The previous champion retires, the champion becomes the previous one, the candidate
        the champion, in this order: at no point are there two of a kind.

    Raises
    ------
    NotPromotable
        If the verdict is no Verdict, does not promote, is on another pipeline or other bars
        than the candidate's, or is not the one stored with it.
    IllegalMove
        If the record is not a candidate.
    """
    if record.stage is not Stage.CANDIDATE:
        others = sorted(LEGAL_MOVES[record.stage] - {Stage.CHAMPION})
        raise IllegalMove(record.model_id, record.stage, Stage.CHAMPION, others)
    return _succession(record, serving, _proof(record, verdict), at=at, reason=reason)


def plan_renewal(
    record: ModelRecord, serving: Serving, *, at: np.datetime64, reason: str
) -> tuple[Move, ...]:
    """Return the moves that let a later fit of the champion's own pipeline take its place.

    Parameters
    ----------
    record : ModelRecord
        The candidate.
    serving : Serving
        Who serves its market now.
    at : numpy.datetime64
        UTC instant of the move.
    reason : str
        Why, in words.

    Returns
    -------
    moves : tuple of Move
        As for a promotion. The verdict is the champion's: what was judged by walk-forward is a
        pipeline that is fitted again and again, not one of its fits.

    Raises
    ------
    NotRenewable
        If nobody serves, or the champion was never promoted by a Verdict, or is of another
        pipeline, of other symbols, or not older than the candidate.
    IllegalMove
        If the record is not a candidate.
    """
    if record.stage is not Stage.CANDIDATE:
        others = sorted(LEGAL_MOVES[record.stage] - {Stage.CHAMPION})
        raise IllegalMove(record.model_id, record.stage, Stage.CHAMPION, others)
    verdict = _covering_verdict(record, serving.champion)
    return _succession(record, serving, verdict, at=at, reason=reason)


def plan_rollback(serving: Serving, *, at: np.datetime64, reason: str) -> tuple[Move, ...]:
    """Return the moves that take a bad champion out and bring the previous one back.

    Parameters
    ----------
    serving : Serving
        Who serves the market now.
    at : numpy.datetime64
        UTC instant.
    reason : str
        What is wrong with the champion, in words.

    Returns
    -------
    moves : tuple of Move
        The champion retires for good, the previous one, if any, becomes champion again on
        the verdict it once had. Empty where nobody serves.
    """
    moves = []
    if serving.champion is not None:
        moves.append(_move(serving.champion, Stage.RETIRED, at, f"rolled back: {reason}"))
    if serving.previous is not None:
        moves.append(_move(serving.previous, Stage.CHAMPION, at, f"brought back: {reason}"))
    return tuple(moves)


def plan_registration(record: ModelRecord, *, at: np.datetime64) -> Move:
    """Return the move that brings a new model in.

    Parameters
    ----------
    record : ModelRecord
    at : numpy.datetime64
        UTC instant.

    Raises
    ------
    IllegalMove
        If the record is in another stage than CANDIDATE or REFUSED.
    """
    entries = (Stage.CANDIDATE, Stage.REFUSED)
    if record.stage not in entries:
        raise IllegalMove(record.model_id, "nowhere", record.stage, entries)
    return Move(
        model_id=record.model_id,
        before=None,
        after=record.stage,
        at=at,
        reason="registered",
        verdict=record.verdict,
    )


def plan_exit(record: ModelRecord, stage: Stage, *, at: np.datetime64, reason: str) -> Move:
    """Return the move that refuses or retires a model.

    Parameters
    ----------
    record : ModelRecord
    stage : {Stage.REFUSED, Stage.RETIRED}
    at : numpy.datetime64
        UTC instant.
    reason : str
        Why, in words.

    Raises
    ------
    IllegalMove
        If the model cannot go there from its stage.
    """
    return _move(record, stage, at, reason)


def verdict_data(verdict: "Verdict | None") -> Mapping[str, object] | None:
    """Return a verdict as JSON data, the form in which records and bundles hold it."""
    if verdict is None:
        return None
    data: Mapping[str, object] = json.loads(canonical_json(verdict.to_json()))
    return data


def _move(record: ModelRecord, after: Stage, at: np.datetime64, reason: str) -> Move:
    check_move(record.model_id, record.stage, after)
    return Move(model_id=record.model_id, before=record.stage, after=after, at=at, reason=reason)


def _succession(
    record: ModelRecord,
    serving: Serving,
    verdict: Mapping[str, object] | None,
    *,
    at: np.datetime64,
    reason: str,
) -> tuple[Move, ...]:
    moves = []
    if serving.previous is not None:
        moves.append(_move(serving.previous, Stage.RETIRED, at, f"displaced: {reason}"))
    if serving.champion is not None:
        moves.append(_move(serving.champion, Stage.PREVIOUS, at, f"succeeded: {reason}"))
    promotion = Move(
        model_id=record.model_id,
        before=record.stage,
        after=Stage.CHAMPION,
        at=at,
        reason=reason,
        verdict=verdict,
    )
    return (*moves, promotion)


def _covering_verdict(record: ModelRecord, champion: ModelRecord | None) -> Mapping[str, object]:
    if champion is None:
        raise NotRenewable(record.model_id, "a market where nobody serves")
    verdict = champion.verdict or {}
    if verdict.get("decision") != "PROMOTE":
        raise NotRenewable(record.model_id, f"{champion.model_id!r}, which no verdict promoted")
    kin = (champion.pipeline_digest, champion.symbols, champion.market)
    if kin != (record.pipeline_digest, record.symbols, record.market):
        raise NotRenewable(record.model_id, f"{champion.model_id!r} of another pipeline or market")
    if verdict.get("pipeline") != champion.pipeline_digest:
        raise NotRenewable(record.model_id, f"{champion.model_id!r} on another pipeline's verdict")
    if champion.trained_at >= record.trained_at:
        raise NotRenewable(record.model_id, f"{champion.model_id!r}, which is not older")
    return verdict


def _proof(record: ModelRecord, verdict: "Verdict") -> Mapping[str, object] | None:
    from bellwether.validation import Verdict  # noqa: PLC0415 - see the note on imports above

    if not isinstance(verdict, Verdict):
        raise NotPromotable(record.model_id, f"a {type(verdict).__name__}, which is no Verdict")
    if not verdict.promotes:
        raise NotPromotable(record.model_id, f"the decision {verdict.decision}")
    if (verdict.pipeline, verdict.snapshot) != (record.pipeline_digest, record.snapshot_digest):
        raise NotPromotable(record.model_id, "a verdict on another pipeline or on other bars")
    offered = verdict_data(verdict)
    if record.verdict is None:
        return offered
    # What an older version stored lacks what came later, and is the same verdict read again.
    if verdict_data(Verdict.from_json(record.verdict)) != offered:
        raise NotPromotable(record.model_id, "another verdict than the one stored with the model")
    return record.verdict
