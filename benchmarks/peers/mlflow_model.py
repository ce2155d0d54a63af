# mypy: ignore-errors
# It runs in an environment of its own, whose libraries the checks of this one do not know.
"""The same graph behind `mlflow models serve`: the request's columns as named inputs.

Run with a folder and a graph it writes the model; MLflow loads this file from there ("models from
code"), so nothing is pickled.
"""

import sys

import mlflow
import numpy as np
import onnxruntime

COLUMNS = ("open", "high", "low", "close", "volume")
WANTED = ["probability_up", "expected_return", "quantiles", "confidence"]


class Predictor(mlflow.pyfunc.PythonModel):
    """Answers with the graph's numbers."""

    def load_context(self, context):
        """Load the graph."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            context.artifacts["graph"], options, providers=["CPUExecutionProvider"]
        )
        self.n_bars = self.session.get_inputs()[0].shape[1]

    def predict(self, context, model_input, params=None):  # noqa: ARG002 - MLflow's signature
        """Answer about one symbol."""
        columns = [np.asarray(model_input[name]) for name in COLUMNS]
        window = np.array(columns, dtype=np.float64).reshape(5, -1).T[None, -self.n_bars :]
        outputs = self.session.run(WANTED, {"bars": window})
        return {name: found[0].tolist() for name, found in zip(WANTED, outputs, strict=True)}


if __name__ == "__main__":
    mlflow.pyfunc.save_model(sys.argv[1], python_model=__file__, artifacts={"graph": sys.argv[2]})
else:
    mlflow.models.set_model(Predictor())
