"""Who takes part in the serving benchmark: how each is started, and what it is asked."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from _load import Request
from _servers import PEERS, environment_of
from _serving_home import (
    SYMBOLS,
    fill_home,
    fit_transformer,
    lookback_of,
    make_bundles,
    recent_bars,
    write_bare_graph,
)
from bellwether.bars import COLUMNS, Bars
from bellwether.http import FrameHead, pack_frame

FRAMES = "application/vnd.bellwether.bars"
BELLWETHER, BARE, BENTOML, MLFLOW = "bellwether", "bare ASGI", "BentoML", "MLflow"


_BARS_TO_SPARE = 80


def columns_of(bars: Bars) -> dict[str, list[Any]]:
    """Return bars as the columns of a request."""
    times = bars.closed_at.astype(np.int64).tolist()
    return {"closed_at": times, **{name: getattr(bars, name).tolist() for name in COLUMNS}}


def _send_json(path: str, content: object) -> Request:
    return Request(path=path, body=json.dumps(content, separators=(",", ":")).encode())


@dataclass(frozen=True, kw_only=True)
class Contest:
    """What everybody is asked, and the model they answer with.

    Parameters
    ----------
    folder, home, graph : pathlib.Path
    history : Bars
        More than the model reads, the last closed at midnight.
    bars : Bars
        As many as it reads.
    """

    folder: Path
    home: Path
    graph: Path
    history: Bars
    bars: Bars

    def question(self, path: str = "/v1/predict") -> Request:
        """Return a question about one symbol in JSON."""
        return _send_json(path, {"symbol": SYMBOLS[0], "interval": "1d", **columns_of(self.bars)})

    def bars_to_store(self) -> Request:
        """Return what stores the history of a symbol."""
        path = f"/v1/data/import?symbol={SYMBOLS[0]}&calendar=24%2F7"
        asked = {"symbol": SYMBOLS[0], "interval": "1d", **columns_of(self.history)}
        return _send_json(path, asked)

    def frames(self, symbols: Sequence[str], path: str) -> Request:
        """Return questions about some symbols in the binary form."""
        bars = self.bars
        frames = (
            pack_frame(FrameHead(symbol=symbol, n_bars=len(bars)), bars.closed_at, bars.matrix)
            for symbol in symbols
        )
        return Request(path=path, body=b"".join(frames), media_type=FRAMES)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One who takes part.

    Parameters
    ----------
    name : str
    command : sequence of str
    request : Request
        The same question, in the words of this server.
    environment : mapping of str to str
    """

    name: str
    command: Sequence[str]
    request: Request
    environment: Mapping[str, str] = field(default_factory=dict)


def prepare(folder: Path, seed: int) -> Contest:
    """Train the model and write what each server is to serve."""
    bundles = make_bundles(fit_transformer(seed))
    desk = bundles["desk"]
    fill_home(folder / "home", bundles)
    n_bars = lookback_of(desk)
    history = recent_bars(n_bars + _BARS_TO_SPARE)
    return Contest(
        folder=folder,
        home=folder / "home",
        graph=write_bare_graph(desk, folder / "model.onnx"),
        history=history,
        bars=history[-n_bars:],
    )


def enter_bellwether(contest: Contest) -> Entry:
    """Enter bellwether with one worker and every default, but that no answer is too weak."""
    return Entry(
        name=BELLWETHER,
        command=[
            *(sys.executable, "-m", "bellwether", "serve", "--port", "{port}"),
            *("--home", str(contest.home)),
        ],
        request=contest.question(),
        environment={"BELLWETHER_CONFIDENCE_THRESHOLD": "50"},
    )


def enter_bare(contest: Contest) -> Entry:
    """Enter the bare endpoint."""
    command = [sys.executable, str(PEERS / "bare_asgi.py"), str(contest.graph), "{port}"]
    return Entry(name=BARE, command=command, request=contest.question("/"))


def enter_bentoml(contest: Contest) -> Entry | None:
    """Enter BentoML, where it can be installed."""
    python = environment_of("bentoml", ["bentoml", "onnxruntime", "numpy"])
    if python is None:
        return None
    return Entry(
        name=BENTOML,
        command=[
            *(str(python), "-m", "bentoml", "serve", "bentoml_service:Predictor"),
            *("--working-dir", str(PEERS), "--host", "127.0.0.1", "--port", "{port}"),
        ],
        request=contest.question("/predict"),
        environment={"BENCH_GRAPH": str(contest.graph), "BENTOML_DO_NOT_TRACK": "True"},
    )


def enter_mlflow(contest: Contest) -> Entry | None:
    """Enter MLflow's own server, where it can be installed."""
    python = environment_of("mlflow", ["mlflow", "onnxruntime", "numpy"])
    if python is None:
        return None
    model = contest.folder / "mlflow-model"
    write = [str(python), str(PEERS / "mlflow_model.py"), str(model), str(contest.graph)]
    written = subprocess.run(write, capture_output=True, text=True, check=False)
    if written.returncode:
        print(f"MLflow cannot write its model and is left out: {written.stderr[-500:]}")
        return None
    columns = columns_of(contest.bars)
    inputs = {name: columns[name] for name in COLUMNS}
    return Entry(
        name=MLFLOW,
        command=[
            *(str(python), "-m", "mlflow", "models", "serve", "--model-uri", str(model)),
            *("--env-manager", "local", "--workers", "1", "--host", "127.0.0.1"),
            *("--port", "{port}"),
        ],
        request=_send_json("/invocations", {"inputs": inputs}),
        environment={"PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"},
    )
