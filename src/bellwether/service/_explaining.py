"""Explaining: which features and members moved a model's answer, within the time there is."""

import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.clock import Clock
from bellwether.registry import CannotExplain, LoadedBundle
from bellwether.service._facts import SourceKind
from bellwether.service._ladder import Answer, Fault
from bellwether.service._members import tell_members
from bellwether.service._why import Contribution, Explanation, MemberPart

_log = logging.getLogger(__name__)
_SECOND = np.timedelta64(1, "s")
NO_MODEL = "no model answered, and only a model's answer is made of features"
LATE = "there was no time left for it; ask again"
FAILED = "it could not be computed; see the log"


class Explained(NamedTuple):
    """What is said of an answer to whoever asks why, by the names of a prediction's fields."""

    contributions: tuple[Contribution, ...]
    explanation: Explanation
    members: tuple[MemberPart, ...] = ()


def explain_nothing(trouble: str = NO_MODEL) -> Explained:
    """Return what is said where an answer is not explained, with the reason in words."""
    return Explained((), Explanation(baseline=None, value=None, trouble=trouble))


def watch_time(clock: Clock) -> Callable[[], float]:
    """Return what tells how many seconds have passed since now."""
    started = clock.now()
    return lambda: float((clock.now() - started) / _SECOND)


def explain_answer(
    answer: Answer | None,
    loaded: LoadedBundle | Fault,
    window: FloatArray,
    *,
    clock: Clock,
    seconds: float,
) -> Explained:
    """Return which features and members moved a model's answer, and by how much.

    Parameters
    ----------
    answer : Answer or None
        Where the climb ended.
    loaded : LoadedBundle or Fault
        The model's bundle.
    window : float64 array of shape (lookback_bars, 5)
    clock : Clock
    seconds : float
        How long it may take; whoever is late says so and gives nothing. Nothing is begun where
        none is left.

    Returns
    -------
    explained : Explained
        Contributions the largest first by size; empty where there are none, and the explanation
        says why. Members' parts cost nothing and are there whenever a model answered.

    Notes
    -----
    The ladder's edge: the answer stands, whatever becomes of its explanation.
    """
    if answer is None or answer.source.kind is not SourceKind.MODEL or isinstance(loaded, Fault):
        return explain_nothing()
    members = tell_members(answer, loaded.manifest)
    return _explain_features(loaded, window, clock, seconds)._replace(members=members)


def _explain_features(
    loaded: LoadedBundle, window: FloatArray, clock: Clock, seconds: float
) -> Explained:
    if seconds <= 0:
        return explain_nothing(LATE)
    passed = watch_time(clock)

    def is_over() -> bool:
        return passed() > seconds

    try:
        found = loaded.explain(window, is_over)
    except CannotExplain as error:
        return explain_nothing(f"this model's file cannot tell: {error.was}")
    except Exception as error:  # noqa: BLE001 - the ladder's edge: the answer stands without it
        _log.warning("source=%s cannot be explained: %s", loaded.manifest.model_id, error)
        return explain_nothing(FAILED)
    if found is None:
        return explain_nothing(LATE)
    explanation = Explanation(baseline=found.baseline, value=found.value)
    return Explained(_order(loaded.manifest.feature_names, found.amounts.tolist()), explanation)


def _order(names: Sequence[str], amounts: Sequence[float]) -> tuple[Contribution, ...]:
    told = [
        Contribution(feature=name, amount=amount)
        for name, amount in zip(names, amounts, strict=True)
    ]
    return tuple(sorted(told, key=lambda one: -abs(one.amount)))
