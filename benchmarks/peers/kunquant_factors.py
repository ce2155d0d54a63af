# mypy: ignore-errors
# It runs in an environment of its own, whose libraries the checks of this one do not know.
"""KunQuant's Alpha158 on a panel, in double: CPU seconds of the batch and of a bar of its stream.

Asked with a folder that holds `bars.npy`, float64 of shape (n_symbols, n_bars, 5), and with how
many rounds; prints JSON. KunQuant wants a multiple of eight symbols.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from KunQuant.Driver import KunCompilerConfig
from KunQuant.jit import cfake
from KunQuant.Op import Builder, Input, Output
from KunQuant.predefined.Alpha158 import AllData
from KunQuant.runner import KunRunner
from KunQuant.Stage import Function

COLUMNS = ("open", "high", "low", "close", "volume", "amount")


def make(layout):
    """Compile the factors."""
    builder = Builder()
    with builder:
        data = AllData(**{name: Input(name) for name in COLUMNS})
        prices = [(name.upper(), getattr(data, name)) for name in ("open", "high", "low", "vwap")]
        config = {"kbar": {}, "price": {"windows": [0], "feature": prices}, "rolling": {}}
        factors, names = data.build(config)
        for factor, name in zip(factors, names, strict=True):
            Output(factor, name)
    settings = KunCompilerConfig(
        dtype="double", input_layout=layout, output_layout=layout, partition_factor=8
    )
    made = [("factors", Function(builder.ops), settings)]
    library = cfake.compileit(made, f"factors_{layout}", cfake.CppCompilerConfig())
    return library, library.getModule("factors"), names


def main():
    """Answer what was asked."""
    bars = np.load(Path(sys.argv[1]) / "bars.npy")
    n_symbols, n_bars, _ = bars.shape
    columns = {
        name: np.ascontiguousarray(bars[:, :, place].T) for place, name in enumerate(COLUMNS[:5])
    }
    columns["amount"] = (
        columns["volume"] * (columns["high"] + columns["low"] + columns["close"]) / 3
    )
    executor = KunRunner.createSingleThreadExecutor()
    began = time.perf_counter()
    batch, module, names = make("TS")
    told = {"compile": time.perf_counter() - began, "batch": [], "stream": []}
    outputs = {name: np.empty((n_bars, n_symbols)) for name in names}
    for _ in range(int(sys.argv[2])):
        began = time.process_time()
        KunRunner.runGraph(executor, module, columns, 0, n_bars, outputs)
        told["batch"].append(time.process_time() - began)
    live, module, names = make("STREAM")
    stream = KunRunner.StreamContext(executor, module, n_symbols)
    inputs = {name: stream.queryBufferHandle(name) for name in COLUMNS}
    handles = [stream.queryBufferHandle(name) for name in names]
    for bar in range(min(n_bars, 400)):
        began = time.process_time()
        for name, handle in inputs.items():
            stream.pushData(handle, columns[name][bar])
        stream.run()
        np.stack([stream.getCurrentBuffer(handle) for handle in handles])
        told["stream"].append((time.process_time() - began) / n_symbols)
    print(json.dumps(told))
    del batch, live


if __name__ == "__main__":
    main()
