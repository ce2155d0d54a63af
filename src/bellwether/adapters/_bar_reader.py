"""Reading what strangers send, in a process of its own that may not take much."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import bellwether.bars
from bellwether.adapters._bar_bytes import unpack_import
from bellwether.adapters._reading_errors import ReadingStopped
from bellwether.bars import BarsImport, UnreadableBars
from bellwether.errors import BarsError, BellwetherError
from bellwether.hashing import digest_bytes

SENT, READ = "upload", "bars"
"""Names of the file to be read and of what is made of it, in the folder of a reading."""

COMMAND = (sys.executable, "-m", "bellwether.adapters._bar_reading")


class ProcessBarsReader:
    """Reads files of bars in short-lived processes.

    Parameters
    ----------
    memory_bytes : int, default 4 GiB
        Address space of a reading; a small part of it is ever used.
    seconds : int, default 60
        Time of a reading, on the clock and on the processor.

    Notes
    -----
    The serving process imports no table library, and nothing that a file does to one can harm
    it. May be used from any thread; a reading takes half a second and more.
    """

    __slots__ = ("_memory_bytes", "_seconds")

    def __init__(self, memory_bytes: int = 4 << 30, seconds: int = 60) -> None:
        self._memory_bytes = memory_bytes
        self._seconds = seconds

    def read(
        self,
        folder: Path,
        kind: str,
        *,
        symbol: str | None,
        calendar: str | None,
        now: np.datetime64,
    ) -> BarsImport:
        """Return the bars of the file `upload` in a folder.

        Parameters
        ----------
        folder : pathlib.Path
            The bars are left there, too; whoever made it removes it.
        kind : str
            Media type: JSON columns for application/json, else CSV or Parquet.
        symbol, calendar : str or None
            As in `read_bars`.
        now : datetime64
            Bars that close later are refused.

        Raises
        ------
        BarsError
            If there are no bars in it; ReadingStopped if it takes too much.
        """
        asked = {
            "kind": kind,
            "symbol": symbol,
            "calendar": calendar,
            "now": int(now.astype("datetime64[us]").astype(np.int64)),
            "digest": digest_bytes((folder / SENT).read_bytes()),
            "memory_bytes": self._memory_bytes,
            "seconds": self._seconds,
        }
        told = self._run(folder, asked)
        if "failed" in told:
            raise _revive(told)
        return unpack_import((folder / READ).read_bytes())[0]

    def _run(self, folder: Path, asked: Mapping[str, object]) -> Mapping[str, Any]:
        environment = {**os.environ, "POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
        try:
            done = subprocess.run(  # noqa: S603 - this interpreter and a module of ours
                COMMAND,
                input=json.dumps(asked),
                capture_output=True,
                text=True,
                cwd=folder,
                env=environment,
                timeout=self._seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ReadingStopped(f"more than {self._seconds} s") from error
        with contextlib.suppress(ValueError, IndexError):
            told: Mapping[str, Any] = json.loads(done.stdout.splitlines()[-1])
            return told
        raise ReadingStopped(_tell_end(done.returncode))


def _tell_end(code: int) -> str:
    if code >= 0:
        return f"an end with code {code}"
    with contextlib.suppress(ValueError):
        return f"an end by {signal.Signals(-code).name}"
    return f"an end by signal {-code}"


def _revive(told: Mapping[str, Any]) -> BarsError:
    """Return the error that the reading process met."""
    if "expected" not in told:
        return ReadingStopped("more memory than is granted")
    kind: Any = getattr(bellwether.bars, told["failed"], UnreadableBars)
    error: BarsError = kind.__new__(kind)
    BellwetherError.__init__(error, told["expected"], told["was"], told["hint"])
    return error
