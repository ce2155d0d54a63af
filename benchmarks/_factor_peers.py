"""Panels of bars for the benchmarks of features, and the peers that are asked about them."""

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

from _servers import CALM, PEERS, environment_of
from bellwether.arrays import FloatArray

PACKAGES = {"qlib": ["pyqlib==0.9.7"], "kunquant": ["KunQuant==0.1.12", "numpy"]}
_MOST_SECONDS = 3_000.0


def make_panel(n_symbols: int, n_bars: int, seed: int) -> FloatArray:
    """Return bars whose numbers float32 holds, float64 of shape (n_symbols, n_bars, 5)."""
    generator = np.random.default_rng(seed)
    shape = n_symbols, n_bars
    close = 100 * np.exp(np.cumsum(generator.normal(0, 0.02, shape), axis=1))
    opened = close * np.exp(generator.normal(0, 0.005, shape))
    high = np.maximum(opened, close) * np.exp(np.abs(generator.normal(0, 0.01, shape)))
    low = np.minimum(opened, close) * np.exp(-np.abs(generator.normal(0, 0.01, shape)))
    volume = np.round(1e6 * generator.lognormal(0, 1, shape))
    bars = np.stack([opened, high, low, close, volume], axis=2).astype(np.float32)
    return bars.astype(np.float64)


def ask_peer(peer: str, bars: FloatArray, folder: Path, *words: str) -> dict[str, Any] | None:
    """Return what a peer tells about a panel; None where it cannot be had.

    Parameters
    ----------
    peer : {"qlib", "kunquant"}
    bars : float64 array of shape (n_symbols, n_bars, 5)
    folder : pathlib.Path
        For the bars and what the peer makes of them.
    *words : str
        Further arguments.
    """
    python = environment_of(peer, PACKAGES[peer])
    if python is None:
        return None
    np.save(folder / "bars.npy", bars)
    command = [str(python), str(PEERS / f"{peer}_factors.py"), str(folder), *words]
    told = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=_MOST_SECONDS,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), **CALM},
    )
    if told.returncode:
        print(f"{peer} failed and is left out: {told.stderr.strip().splitlines()[-1:]}")
        return None
    answer: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return answer
