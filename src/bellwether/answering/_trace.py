"""The trace: a few bytes of shared memory that say what the inference process is at.

The process writes before it touches a model; whoever watches reads it at any time, and after a
sudden death most of all: it tells which model the process died of.
"""

import mmap
import os
import struct
import tempfile
from dataclasses import dataclass
from enum import IntEnum

_HEAD = struct.Struct("<QBH")
_LANE_BYTES = 1024
_LANES = 2


class Lane(IntEnum):
    """Whose trace it is: of the thread that answers, or of the one that loads aside."""

    ANSWERING = 0
    WARMING = 1


class Phase(IntEnum):
    """What a thread of the process is at."""

    IDLE = 0
    LOADING = 1
    RUNNING = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What the trace said at a moment.

    Parameters
    ----------
    count : int
        Of changes so far: another count means that something went on.
    phase : Phase
    model_id, bundle_digest : str
        Empty where the thread is at no model.
    """

    count: int
    phase: Phase
    model_id: str = ""
    bundle_digest: str = ""


class Trace:
    """Shared memory with one lane a thread.

    Parameters
    ----------
    descriptor : int, optional
        File of the other side; by default a new one without a name.

    Notes
    -----
    A lane has one writer. A reader may see a lane half-written, and then sees an older count.
    """

    __slots__ = ("_counts", "_memory", "descriptor")

    def __init__(self, descriptor: int | None = None) -> None:
        if descriptor is None:
            with tempfile.TemporaryFile() as nameless:
                nameless.truncate(_LANES * _LANE_BYTES)
                descriptor = os.dup(nameless.fileno())
        self.descriptor = descriptor
        self._memory = mmap.mmap(descriptor, _LANES * _LANE_BYTES)
        self._counts = [0] * _LANES

    def note(self, lane: Lane, phase: Phase, model_id: str = "", bundle_digest: str = "") -> None:
        """Write down what a thread is about to do."""
        text = f"{bundle_digest}\n{model_id}".encode()[: _LANE_BYTES - _HEAD.size]
        start = lane * _LANE_BYTES
        place = start + _HEAD.size
        self._memory[place : place + len(text)] = text
        self._counts[lane] += 1
        self._memory[start:place] = _HEAD.pack(self._counts[lane], phase, len(text))

    def see(self, lane: Lane) -> Sight:
        """Return what a thread is at."""
        start = lane * _LANE_BYTES
        place = start + _HEAD.size
        count, phase, length = _HEAD.unpack(self._memory[start:place])
        text = self._memory[place : place + length].decode(errors="replace")
        digest, _, model_id = text.partition("\n")
        known = Phase(phase) if phase < len(Phase) else Phase.IDLE
        return Sight(count=count, phase=known, model_id=model_id, bundle_digest=digest)

    def close(self) -> None:
        """Let go of the memory."""
        self._memory.close()
        os.close(self.descriptor)
