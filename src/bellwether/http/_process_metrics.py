"""What the processes cost, and how the one that runs models fares."""

import contextlib
import os
from pathlib import Path
from typing import Protocol, runtime_checkable

from prometheus_client import CollectorRegistry, Counter, Gauge

_PROC = Path("/proc")


@runtime_checkable
class Overseen(Protocol):
    """An answerer that tells how its process fares. Treaty: from memory, on the event loop."""

    @property
    def pid(self) -> int | None:
        """Number of the process that runs models, where there is one at the moment."""
        ...

    @property
    def n_waiting(self) -> int:
        """Questions in line for it or under way."""
        ...

    @property
    def n_restarts(self) -> int:
        """How often it had to be replaced."""
        ...


class ProcessMetrics:
    """Processor time, memory and open files of this process; of all workers, added up.

    Parameters
    ----------
    shelf : CollectorRegistry
    """

    __slots__ = (
        "_counted_restarts",
        "_counted_seconds",
        "_files",
        "_model_resident",
        "_model_restarts",
        "_resident",
        "_seconds",
        "_waiting",
    )

    def __init__(self, shelf: CollectorRegistry) -> None:
        self._counted_seconds = 0.0
        self._counted_restarts = 0
        self._seconds = Counter(
            "process_cpu_seconds", "Processor time of the processes that answer.", registry=shelf
        )
        self._resident = _gauge(
            "process_resident_memory_bytes",
            "Resident memory of the processes that answer; pages they share count in each.",
            shelf,
        )
        self._files = _gauge(
            "process_open_fds", "Open files and sockets of the processes that answer.", shelf
        )
        self._model_resident = _gauge(
            "bellwether_model_process_resident_bytes",
            "Resident memory of the processes that run models.",
            shelf,
        )
        self._waiting = _gauge(
            "bellwether_questions_waiting",
            "Questions in line for the process that runs models, or under way there.",
            shelf,
        )
        self._model_restarts = Counter(
            "bellwether_model_process_restarts",
            "Times that the process that runs models had to be replaced.",
            registry=shelf,
        )

    def measure(self) -> None:
        """Look at this process; to be called every second or so."""
        used = os.times()
        spent = used.user + used.system
        self._seconds.inc(max(spent - self._counted_seconds, 0.0))
        self._counted_seconds = spent
        self._resident.set(_resident_bytes("self"))
        with contextlib.suppress(OSError):  # where there is no /proc
            self._files.set(sum(1 for _ in (_PROC / "self" / "fd").iterdir()) - 1)

    def measure_models(self, answerer: Overseen) -> None:
        """Look at the process that runs models."""
        self._waiting.set(answerer.n_waiting)
        self._model_restarts.inc(max(answerer.n_restarts - self._counted_restarts, 0))
        self._counted_restarts = answerer.n_restarts
        self._model_resident.set(0 if answerer.pid is None else _resident_bytes(str(answerer.pid)))


def _gauge(name: str, words: str, shelf: CollectorRegistry) -> Gauge:
    """Return a gauge that is added up over the workers that live."""
    return Gauge(name, words, registry=shelf, multiprocess_mode="livesum")


def _resident_bytes(pid: str) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):  # it has ended, or no /proc
        pages = int((_PROC / pid / "statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    return 0
