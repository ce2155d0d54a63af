"""A board that processes share: each worker writes in its own place how it is, all can read."""

import mmap
import os
import struct
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

# Where workers share their counts, in files of the Prometheus library; set by their parent.
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
BOARD_FILE = "board"
_HEAD = struct.Struct("<QQ")
_PLACE = struct.Struct("<dQ")


class Condition(IntEnum):
    """How a worker is."""

    ABSENT = 0
    STARTING = 1
    READY = 2
    UNREADY = 3
    LEAVING = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """What a worker last said.

    Parameters
    ----------
    at : float
        On the machine's steady clock, in seconds.
    condition : Condition
    """

    at: float
    condition: Condition


class Board:
    """Places for workers in a file that all of them map.

    Parameters
    ----------
    path : pathlib.Path
        The file, as `make_board` made it.

    Notes
    -----
    Treaty. Each place has one writer, its worker, but for a worker that has ended, whose place
    the parent clears; the count of restarts is the parent's. Readers never wait. A beat is
    sixteen bytes, written at once.
    """

    __slots__ = ("_memory", "n_places")

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0)
        self.n_places = (len(self._memory) - _HEAD.size) // _PLACE.size

    def write(self, place: int, condition: Condition, at: float) -> None:
        """Say how the worker of a place is."""
        _PLACE.pack_into(self._memory, _HEAD.size + place * _PLACE.size, at, condition)

    def read(self, place: int) -> Beat:
        """Return what the worker of a place last said."""
        at, condition = _PLACE.unpack_from(self._memory, _HEAD.size + place * _PLACE.size)
        return Beat(at=at, condition=Condition(condition))

    def count(self, condition: Condition) -> int:
        """Return how many workers are in a condition."""
        return sum(self.read(place).condition is condition for place in range(self.n_places))

    @property
    def n_workers(self) -> int:
        """How many workers there should be."""
        return int(_HEAD.unpack_from(self._memory)[0])

    @property
    def n_restarts(self) -> int:
        """How often a worker had to be replaced because it had ended or hung."""
        return int(_HEAD.unpack_from(self._memory)[1])

    def count_restart(self) -> None:
        """Count one more replacement."""
        _HEAD.pack_into(self._memory, 0, self.n_workers, self.n_restarts + 1)


def make_board(folder: Path, n_workers: int, n_places: int) -> Board:
    """Make a board in a folder.

    Parameters
    ----------
    folder : pathlib.Path
    n_workers : int
        How many there should be.
    n_places : int
        At least one more, for the successor that starts before its predecessor ends.
    """
    path = folder / BOARD_FILE
    head = _HEAD.pack(n_workers, 0)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(head + bytes(n_places * _PLACE.size))
    return Board(path)


def join_board() -> Board:
    """Return the board of the parent that started this worker."""
    return Board(Path(os.environ[SHARED_FOLDER]) / BOARD_FILE)
