"""How jobs of a kind are done, and how much jobs may take."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind:
    """How jobs of one kind are done.

    Parameters
    ----------
    command : callable
        Returns the command line for what is asked.
    summarize : callable
        Returns what of the process's answer is the job's result.
    slot : str, default ""
        Jobs of one slot wait for each other; those of others are done beside them.
    follow : callable, optional
        Returns kind and wishes of the job that the process's answer asks for, or None. One that
        waits or runs already is enough.
    """

    command: Callable[[Mapping[str, Any]], Sequence[str]]
    summarize: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    slot: str = ""
    follow: Callable[[Mapping[str, Any]], tuple[str, Mapping[str, Any]] | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLimits:
    """How much jobs may take.

    Parameters
    ----------
    most_at_once : int, default 1
        Processes at once in each slot.
    most_waiting : int, default 100
        Jobs that wait; more are refused.
    most_kept : int, default 500
        Jobs that are remembered; the oldest that ended are forgotten.
    most_bytes : int
        Memory that each process of a job may have; half of the machine's by default.
    """

    most_at_once: int = 1
    most_waiting: int = 100
    most_kept: int = 500
    most_bytes: int = field(default_factory=lambda: _measure_memory() // 2)


def _measure_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
