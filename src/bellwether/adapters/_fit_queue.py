"""Which fit a process is given next."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from bellwether.service import estimate_fit_seconds
from bellwether.validation import FitTask

# What a process imports before it can fit such a family; the others need nothing that takes long.
LIBRARIES: Mapping[str, str] = MappingProxyType(
    {"gradient_boosting": "xgboost", "lstm": "torch", "transformer": "torch"}
)
# Each of these libraries takes about this to import on the machine of the estimates.
START_SECONDS = 1.5


class FitQueue:
    """Gives fits to processes so that they end together.

    What is expected to take longest is given first, and the first fit of a library counts the
    time of its start as well. A process does not load a library that another has ready if it
    would still be loading when the other is done. Only when a fit ends hangs on any of it.

    Parameters
    ----------
    tasks : sequence of FitTask
    """

    __slots__ = ("_begun", "_libraries", "_ready", "_seconds", "_waiting")

    def __init__(self, tasks: Sequence[FitTask]) -> None:
        self._seconds = [estimate_fit_seconds(task) for task in tasks]
        self._libraries = [LIBRARIES.get(task.family) for task in tasks]
        self._waiting = list(range(len(tasks)))
        self._begun: dict[str, set[int]] = {}
        self._ready: set[str] = set()

    def take(self, worker: int) -> int | None:
        """Return the number of the fit that a process is to begin; None to leave it idle.

        Notes
        -----
        Whoever gets none gets none later either: what it was spared is begun by a process that
        ended a fit of the same library, and comes back for the next.
        """
        spared = self._find_spared(worker)
        offered = [number for number in self._waiting if self._libraries[number] not in spared]
        if not offered:
            return None
        number = max(offered, key=self._weigh)
        self._waiting.remove(number)
        library = self._libraries[number]
        if library is not None:
            self._begun.setdefault(library, set()).add(worker)
        return number

    def end(self, number: int) -> None:
        """Note that a fit is done: its process has its library ready."""
        library = self._libraries[number]
        if library is not None:
            self._ready.add(library)

    def _find_spared(self, worker: int) -> set[str]:
        """Return the libraries that a process is not to load for what little is left."""
        foreign = {library for library in self._ready if worker not in self._begun[library]}
        left = dict.fromkeys(foreign, 0.0)
        for number in self._waiting:
            library = self._libraries[number]
            if library in left:
                left[library] += self._seconds[number]
        return {library for library, seconds in left.items() if seconds < START_SECONDS}

    def _weigh(self, number: int) -> float:
        library = self._libraries[number]
        is_first = library is not None and library not in self._begun
        return self._seconds[number] + START_SECONDS * is_first
