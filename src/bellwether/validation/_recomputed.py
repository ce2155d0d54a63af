"""A stored verdict against its evidence: whether the gate would say the same again."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from bellwether.validation._evidence import Evidence
from bellwether.validation._gate import judge
from bellwether.validation._options import GateOptions
from bellwether.validation._verdict import Verdict

# Another processor may sum in another order: the last digits of a figure are not its meaning.
RELATIVE_TOLERANCE, ABSOLUTE_TOLERANCE = 1e-7, 1e-10


def recompute_verdict(
    stored: Verdict, evidence: Evidence, options: GateOptions | None = None
) -> tuple[str, ...]:
    """Judge stored evidence once more and tell where the stored verdict differs.

    Parameters
    ----------
    stored : Verdict
    evidence : Evidence
        What the verdict refers to by its digest.
    options : GateOptions, optional
        Those it was judged with.

    Returns
    -------
    differences : tuple of str
        One line for each part that differs: where, what was stored, what came out. Empty where
        the verdict is the same.

    Notes
    -----
    Knows: nothing beyond the evidence. The gate's rate of error is measured and not judged, so
    it is left out; so are parts that the stored verdict is too old to have.
    """
    again = replace(judge(evidence, options), calibration=None).to_json()
    told = replace(stored, calibration=None).to_json()
    # What has a default came later: older verdicts were written without it.
    later = {part.name for part in fields(Verdict) if part.default is None}
    kept = [name for name in again if told[name] is not None or name not in later]
    return tuple(_find({n: again[n] for n in kept}, {n: told[n] for n in kept}, ""))


def _find(again: Any, told: Any, path: str) -> Iterator[str]:
    if isinstance(again, Mapping) and isinstance(told, Mapping):
        for name in sorted(again.keys() | told.keys()):
            inner = f"{path}.{name}" if path else name
            yield from _find(again.get(name), told.get(name), inner)
    elif isinstance(again, list) and isinstance(told, list) and len(again) == len(told):
        for place, (one, other) in enumerate(zip(again, told, strict=True)):
            yield from _find(one, other, f"{path}[{place}]")
    elif not _is_same(again, told):
        yield f"{path}: stored {told!r}, now {again!r}"


def _is_same(again: Any, told: Any) -> bool:
    # A number that is whole may have been stored as either; a truth is no number.
    if isinstance(again, bool) or isinstance(told, bool):
        return again is told
    if isinstance(again, int | float) and isinstance(told, int | float):
        return math.isclose(again, told, rel_tol=RELATIVE_TOLERANCE, abs_tol=ABSOLUTE_TOLERANCE)
    return bool(again == told)
