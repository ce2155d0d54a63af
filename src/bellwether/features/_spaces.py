"""Spaces: working memory of programs, lent to one call at a time and kept for the next."""

from typing import NamedTuple

import numpy as np

from bellwether.arrays import FloatArray, IntArray
from bellwether.features._program import Program
from bellwether.features._stretches import new_stretches


class Space(NamedTuple):
    """Working memory as `_machine.run` takes it, and room for a stretch."""

    key: tuple[int, int, int]
    memory: FloatArray
    placed: tuple[IntArray, IntArray, IntArray, IntArray]
    stretch: IntArray


class Spaces:
    """Working memory that is warm: a thread that begins takes over what another has left.

    Notes
    -----
    Threads: any number; there are as many spaces as were lent at once.
    """

    __slots__ = ("_free",)

    def __init__(self) -> None:
        self._free: dict[tuple[int, int, int], list[Space]] = {}

    def take(self, program: Program, n_rows: int, width: int) -> Space:
        """Return the space for blocks of some rows of some symbols; to be given back.

        Parameters
        ----------
        program : Program
            Must stay alive as long as this.
        n_rows : int
            Rows in a block.
        width : int
            Symbols side by side.

        Returns
        -------
        space : Space
        """
        key = id(program), n_rows, width
        try:
            return self._free[key].pop()
        except (KeyError, IndexError):
            return _make_space(program, key)

    def give(self, space: Space) -> None:
        """Take a space back that nobody works in any more."""
        self._free.setdefault(space.key, []).append(space)


def _make_space(program: Program, key: tuple[int, int, int]) -> Space:
    _, n_rows, width = key
    places, memory = program.lay_out(n_rows, width)
    at = np.empty((2, len(places)), dtype=np.int64)
    known = np.zeros(3, dtype=np.int64)
    counts = np.empty(len(program.steps), dtype=np.int64)
    return Space(key, memory, (places, at, known, counts), new_stretches(1))
