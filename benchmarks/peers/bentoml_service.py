# mypy: ignore-errors
# It runs in an environment of its own, whose libraries the checks of this one do not know.
"""The same graph behind BentoML: one worker, the request's columns as arguments."""

import os

import bentoml
import numpy as np
import onnxruntime

WANTED = ["probability_up", "expected_return", "quantiles", "confidence"]


@bentoml.service(workers=1, traffic={"timeout": 30}, logging={"access": {"enabled": False}})
class Predictor:
    """Answers with the graph's numbers."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            os.environ["BENCH_GRAPH"], options, providers=["CPUExecutionProvider"]
        )
        self.n_bars = self.session.get_inputs()[0].shape[1]

    @bentoml.api
    def predict(  # noqa: PLR0913, PLR0917 - arguments are the fields of the request
        self,
        symbol: str,
        interval: str,  # noqa: ARG002
        closed_at: list[int],  # noqa: ARG002
        open: list[float],  # noqa: A002
        high: list[float],
        low: list[float],
        close: list[float],
        volume: list[float],
    ) -> dict:
        """Answer about one symbol."""
        window = np.array((open, high, low, close, volume)).T[None, -self.n_bars :]
        outputs = self.session.run(WANTED, {"bars": window})
        answer = {name: found[0].tolist() for name, found in zip(WANTED, outputs, strict=True)}
        return {"symbol": symbol, **answer}
