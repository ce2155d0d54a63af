"""What a newcomer can do next, as a command to copy."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bellwether.service import FallbackReason, Prediction


def write_command(command: str, *parts: object, home: Path | None = None) -> str:
    """Return a command line that can be copied into a shell.

    Examples
    --------
    >>> write_command("predict", "my bars.csv", home=Path("models"))
    "bellwether predict 'my bars.csv' --home models"
    """
    where = () if home is None else ("--home", home)
    return shlex.join(["bellwether", command, *map(str, parts), *map(str, where)])


def explain_hold(prediction: Prediction) -> str | None:
    """Return what stands behind a HOLD on bars at fault, and what helps; None for any other."""
    reason = prediction.fallback_reason
    if reason is None or not reason.is_about_data:
        return None
    detail = prediction.steps[-1].detail
    if reason is FallbackReason.EXPIRED_DATA and prediction.as_of is not None:
        day = np.datetime_as_string(prediction.as_of, unit="D")
        return f"The bars end on {day}. Add newer ones, or ask about that day: --as-of last"
    if reason is FallbackReason.DATA_CONTRACT_BROKEN:
        return f"Found in {detail}. Correct the bar, or ask about a day before it: --as-of DATE"
    return f"Found: {detail}." if detail else None


def next_commands(
    prediction: Prediction, paths: Sequence[Path], home: Path | None
) -> tuple[str, str]:
    """Return the commands that follow a training run."""
    late = prediction.fallback_reason is FallbackReason.EXPIRED_DATA
    as_of = ("--as-of", "last") if late else ()
    return write_command("predict", paths[0], *as_of, home=home), write_command(
        "verdict", home=home
    )
