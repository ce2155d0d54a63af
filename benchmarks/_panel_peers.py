"""The peers of the panel: each asked in its own environment, on the folds that ours are fitted on.

What a peer forecast is kept in `bellwether-bench` below the user's cache folder, by all that it
hangs on: its script, what is installed in its environment, the rows and the folds.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from _servers import CALM, PEERS, environment_of
from bellwether.adapters import WorkStore
from bellwether.arrays import FloatArray
from bellwether.bars import Panel
from bellwether.features import FeatureEngine, alpha158
from bellwether.hashing import digest_arrays, digest_bytes, digest_json
from bellwether.samples import Samples
from bellwether.validation import WalkForward

CLOSE = 3

AnyArray: TypeAlias = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelPeer:
    """A script that forecasts the panel, and what it needs.

    Parameters
    ----------
    environment : str
    script : str
    packages : tuple of str
    arrays : tuple of str
        Those of the rows that it is given.
    models : mapping of str to str
        What each of its files of forecasts is called in the table.
    """

    environment: str
    script: str
    packages: tuple[str, ...]
    arrays: tuple[str, ...]
    models: Mapping[str, str]


PANEL_PEERS = (
    PanelPeer(
        environment="panel",
        script="panel_models.py",
        packages=("lightgbm>=4.5,<5", "mlforecast>=1.0,<2", "pandas>=2.2,<3", "pyarrow"),
        arrays=("alpha158", "symbol", "bar", "instant", "returns", "target"),
        models={"lightgbm": "Qlib's LightGBM on Alpha158", "mlforecast": "mlforecast, LightGBM"},
    ),
    PanelPeer(
        environment="neuralforecast",
        script="neuralforecast_lstm.py",
        packages=(
            "neuralforecast==3.3.0",
            # Other wheels of torch bring gigabytes of CUDA.
            "torch==2.13.0",
            "pytorch-lightning==2.6.6",
            "ray==2.60.0",
            "pandas==3.1.1",
            "numpy==2.4.6",
        ),
        arrays=("symbol", "bar", "returns"),
        models={"neuralforecast": "neuralforecast, LSTM"},
    ),
)


def ask_peers(panel: Panel, samples: Samples, walk: WalkForward) -> dict[str, FloatArray]:
    """Return what the peers forecast on the same folds; of none that cannot be installed."""
    rows, folds = lay_rows(panel, samples), list_folds(walk)
    said: dict[str, FloatArray] = {}
    for peer in PANEL_PEERS:
        said |= ask_peer(peer, rows, folds)
    return said


def lay_rows(panel: Panel, samples: Samples) -> dict[str, AnyArray]:
    """Return what the peers may learn from, row by row as in the samples."""
    matrices = [bars.matrix for bars in panel.bars]
    close = np.concatenate([matrix[:, CLOSE] for matrix in matrices])
    returns = np.append(np.nan, close[1:] / close[:-1] - 1.0)
    returns[samples.bar == 0] = np.nan
    return {
        "alpha158": FeatureEngine(alpha158()).compute_panel(matrices).astype(np.float32),
        "symbol": samples.symbol,
        "bar": samples.bar,
        "instant": samples.decided_on,
        "returns": returns,
        "target": samples.forward_return,
    }


def list_folds(walk: WalkForward) -> list[list[list[int]]]:
    """Return each fold's rows to train on, to stop by and to forecast."""
    tasks = [task for task in walk.tasks if task.fold >= 0]
    first = [task for task in tasks if task.family == tasks[0].family]
    return [
        [task.train.tolist(), task.validation.tolist(), task.predict.tolist()] for task in first
    ]


def ask_peer(
    peer: PanelPeer, rows: Mapping[str, AnyArray], folds: list[list[list[int]]]
) -> dict[str, FloatArray]:
    """Return what a peer forecast by its words: kept from before, or made; nothing if it fails."""
    python = environment_of(peer.environment, peer.packages)
    if python is None:
        return {}
    given = {name: rows[name] for name in peer.arrays}
    installed = python.parents[1].glob("lib/python*/site-packages/*.dist-info")
    key = digest_json(
        {
            "script": digest_bytes((PEERS / peer.script).read_bytes()),
            "installed": sorted(folder.name for folder in installed),
            "rows": digest_arrays(given),
            "folds": folds,
        }
    )
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    store = WorkStore(cache / "bellwether-bench" / "panel-peers")
    kept = store.get(key)
    if kept is None:
        kept = _run(peer, python, given, folds)
        if kept is None:
            return {}
        store.put(key, kept)
    print(f"CPU seconds of {peer.environment}: {kept['told']}")
    return {words: kept[name] for name, words in peer.models.items()}


def _run(
    peer: PanelPeer, python: Path, given: Mapping[str, AnyArray], folds: list[list[list[int]]]
) -> dict[str, AnyArray] | None:
    with tempfile.TemporaryDirectory(prefix="bellwether-panel-") as name:
        folder = Path(name)
        np.savez(folder / "rows.npz", allow_pickle=False, **given)
        (folder / "folds.json").write_text(json.dumps(folds), encoding="utf-8")
        told = subprocess.run(
            [str(python), str(PEERS / peer.script), str(folder)],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": "/usr/bin:/bin", "HOME": name, **CALM},
        )
        if told.returncode:
            print(f"{peer.environment} failed: {told.stderr.strip().splitlines()[-3:]}")
            return None
        forecasts = {one: np.load(folder / f"{one}.npy") for one in peer.models}
        return {**forecasts, "told": np.array(told.stdout.strip().splitlines()[-1])}
