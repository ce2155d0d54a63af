"""ProcessTrainer: each challenger is trained in a process of its own, within a time."""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bellwether.adapters._errors import ChallengerFailed
from bellwether.adapters._job_child import explain_end
from bellwether.retraining import StillHeld, TrainingInterrupted, TrainingOrder

COMMAND = (sys.executable, "-m", "bellwether", "train-challenger")
GRACE_SECONDS = 10.0
_ASK_EVERY_SECONDS = 5.0
_PROGRESS = b'{"progress"'
_KEPT_BACK = ("BELLWETHER_API_KEY",)


class ProcessTrainer:
    """Trains in processes; treaty as `Trainer`.

    Parameters
    ----------
    options : sequence of str
        For every training: the home folder, the workers, the budget.
    most_seconds : float
        After which a training is given up.
    heard : callable, optional
        Told the progress, as ``{"share": ..., "words": ...}``, on a thread of its own.
    command : sequence of str
        The program, without options.

    Notes
    -----
    The process ends with the one that waits for it, however that ends: its input is a pipe from
    there, and it reads the end of it.
    """

    __slots__ = ("_command", "_heard", "_most_seconds", "_options")

    def __init__(
        self,
        options: Sequence[str],
        *,
        most_seconds: float,
        heard: Callable[[Mapping[str, Any]], None] | None = None,
        command: Sequence[str] = COMMAND,
    ) -> None:
        self._options = tuple(options)
        self._most_seconds = most_seconds
        self._heard = heard
        self._command = tuple(command)

    def train(self, order: TrainingOrder, still_held: StillHeld) -> Sequence[str]:
        """Train, and return the ids of the models, the ensemble first."""
        environment = {k: v for k, v in os.environ.items() if k not in _KEPT_BACK}
        process = subprocess.Popen(  # noqa: S603 - our own module, and checked options
            [*self._command, *self._options, *describe_order(order)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**environment, "PYTHONUNBUFFERED": "1"},
        )
        answer = bytearray()
        listener = threading.Thread(target=self._listen, args=(process, answer), daemon=True)
        listener.start()
        try:
            self._wait(process, listener, still_held)
        finally:
            _end(process)
            listener.join(GRACE_SECONDS)
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    if pipe is not None:
                        pipe.close()
        return _read_answer(process.returncode, bytes(answer))

    def _wait(
        self, process: "subprocess.Popen[bytes]", listener: threading.Thread, still_held: StillHeld
    ) -> None:
        """Wait for the end of the process, or end the waiting."""
        left_seconds = self._most_seconds
        while process.poll() is None:
            waited_seconds = min(_ASK_EVERY_SECONDS, left_seconds)
            listener.join(waited_seconds)
            left_seconds -= waited_seconds
            if not listener.is_alive():
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(GRACE_SECONDS)
                return
            if not still_held():
                raise TrainingInterrupted(
                    "to hold the lease until the end of the training",
                    "one that another process has taken",
                    "nothing is lost: whoever has it goes on",
                )
            if left_seconds <= 0.0:
                raise ChallengerFailed(
                    f"a training of at most {self._most_seconds:.0f} s",
                    "one that took longer",
                    "raise BELLWETHER_RETRAIN_BUDGET_SECONDS, or give it more workers",
                )

    def _listen(self, process: "subprocess.Popen[bytes]", answer: bytearray) -> None:
        for line in process.stdout or ():
            if not line.startswith(_PROGRESS):
                answer += line
            elif self._heard is not None:
                # The last line of a process that was killed may be cut.
                with contextlib.suppress(ValueError, KeyError):
                    self._heard(json.loads(line)["progress"])


def describe_order(order: TrainingOrder) -> list[str]:
    """Return the options that say what is to be trained."""
    # A value is never taken for an option: it stands behind the equals sign of its own.
    like = [f"--like={order.like}"] if order.like and order.scale == "challenger" else []
    market = [f"--universe={order.market.universe}", f"--horizon={order.market.horizon_bars}"]
    return [*market, *like, "--tied", "--json", "--", *order.snapshots]


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _read_answer(code: int, answer: bytes) -> tuple[str, ...]:
    try:
        told = json.loads(answer)
    except ValueError:
        told = None
    if code == 0 and isinstance(told, dict) and told.get("models"):
        return tuple(str(one) for one in told["models"])
    failure = explain_end(code, told)
    raise ChallengerFailed(failure.expected, f"{failure.kind}: {failure.was}", failure.hint)
