"""Makers of ports for inference processes that are to come to harm; the tests name them.

What goes wrong is read from a file in the home folder at each use, so that a test can have it
begin and end: one line a fault, "model_id place kind".
"""

import ctypes
import mmap
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from bellwether.adapters import open_predict_ports
from bellwether.clock import FixedClock
from bellwether.registry import Bundle, LoadedBundle, ModelRecord
from bellwether.service import BundleStore, PredictPorts

FAULTS = "faults"
STARTS = "starts"
_kept: list[object] = []


def open_ports(home: str, now: str) -> PredictPorts:
    """Return the ports of a home folder at an instant, with the faults that its file names."""
    _note_start(home)
    ports = open_predict_ports(home=home)
    bundles = SabotagedBundles(ports.bundles, Path(home) / FAULTS)
    return replace(ports, bundles=bundles, clock=FixedClock(np.datetime64(now)))


def open_slowly(home: str, now: str, seconds: float) -> PredictPorts:
    """Return the same after a while."""
    time.sleep(seconds)
    return open_ports(home, now)


def open_never(home: str) -> PredictPorts:
    """End instead."""
    _note_start(home)
    os._exit(3)


class SabotagedBundles:
    """A store that does harm as its file says."""

    def __init__(self, inner: BundleStore, faults: Path) -> None:
        self._inner = inner
        self._faults = faults

    def put(self, bundle: Bundle) -> str:
        return self._inner.put(bundle)

    def load(self, record: ModelRecord) -> LoadedBundle:
        self._harm(record.model_id, "load")
        loaded = self._inner.load(record)
        return cast("LoadedBundle", _Sabotaged(loaded, lambda: self._harm(record.model_id, "run")))

    def _harm(self, model_id: str, place: str) -> None:
        if not self._faults.exists():
            return
        for line in self._faults.read_text(encoding="utf-8").splitlines():
            if line.split()[:2] == [model_id, place]:
                self._faults.with_suffix(".begun").touch()
                HARMS[line.split()[2]]()


class _Sabotaged:
    def __init__(self, inner: LoadedBundle, harm: Callable[[], None]) -> None:
        self._inner = inner
        self._harm = harm

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def run(self, *arguments: Any) -> Any:
        self._harm()
        return self._inner.run(*arguments)


def _note_start(home: str) -> None:
    with (Path(home) / STARTS).open("a", encoding="utf-8") as starts:
        starts.write(f"{os.getpid()}\n")


def _hang_in_python() -> None:
    while True:
        pass


def _hang_in_c() -> None:
    ctypes.PyDLL(None).sleep(3600)  # a PyDLL keeps the interpreter's lock


def _take_much() -> None:
    _kept.append(np.ones(1 << 28))  # 2 GiB, beyond what the process may allocate


def _take_more_than_is_seen() -> None:
    # Shared memory does not count against what a process may allocate.
    shared = mmap.mmap(-1, 1 << 29)
    _kept.append(shared)
    for place in range(0, len(shared), mmap.PAGESIZE):
        shared[place] = 1
    time.sleep(3600)


def _crash() -> None:
    ctypes.string_at(0)


def _talk_rubbish() -> None:
    os.write(int(sys.argv[1]), b"\xff" * 64)
    time.sleep(3600)


def _answer_out_of_turn() -> None:
    os.write(int(sys.argv[1]), b"\x0a\x00\x00\x00\x93\xa7answers\x63\x90"[:14])
    time.sleep(3600)


HARMS = {
    "hang_in_python": _hang_in_python,
    "hang_in_c": _hang_in_c,
    "take_much": _take_much,
    "take_more_than_is_seen": _take_more_than_is_seen,
    "crash": _crash,
    "exit": lambda: os._exit(7),
    "talk_rubbish": _talk_rubbish,
    "answer_out_of_turn": _answer_out_of_turn,
}
