"""Stages a model goes through, and the moves between them that are legal."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from bellwether.registry._move_errors import IllegalMove


class Stage(StrEnum):
    """Where a model stands."""

    CANDIDATE = "candidate"
    REFUSED = "refused"
    CHAMPION = "champion"
    PREVIOUS = "previous"
    RETIRED = "retired"


LEGAL_MOVES: Mapping[Stage, frozenset[Stage]] = MappingProxyType(
    {
        Stage.CANDIDATE: frozenset({Stage.CHAMPION, Stage.REFUSED, Stage.RETIRED}),
        Stage.REFUSED: frozenset({Stage.RETIRED}),
        Stage.CHAMPION: frozenset({Stage.PREVIOUS, Stage.RETIRED}),
        Stage.PREVIOUS: frozenset({Stage.CHAMPION, Stage.RETIRED}),
        Stage.RETIRED: frozenset(),
    }
)


def check_move(model_id: str, before: Stage, after: Stage) -> None:
    """Refuse a move that no model may make.

    Parameters
    ----------
    model_id : str
    before, after : Stage

    Raises
    ------
    IllegalMove
        If a model in `before` cannot go to `after`.

    Notes
    -----
    A move to CHAMPION also needs a Verdict, or one given earlier: see `plan_promotion`,
    `plan_renewal` and `plan_rollback`, which are the only ways there.

    Examples
    --------
    >>> check_move("m1", Stage.CANDIDATE, Stage.CHAMPION)
    >>> check_move("m1", Stage.REFUSED, Stage.CHAMPION)
    Traceback (most recent call last):
    ...
    bellwether.registry._move_errors.IllegalMove: expected a legal move of 'm1' from refused, was a
    move to champion; it can go to: retired
    """
    legal = LEGAL_MOVES[before]
    if after not in legal:
        raise IllegalMove(model_id, before, after, sorted(legal))
