"""Gradient-boosted trees by XGBoost."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray

from bellwether.arrays import Float32Array, FloatArray
from bellwether.features import GraphBuilder
from bellwether.models._errors import UnreadableModel
from bellwether.models._losses import make_lessons
from bellwether.models._model import ModelArrays, Progress, TrainingData, last_steps
from bellwether.models._options import BoostingOptions
from bellwether.models._steps import lower_last_steps
from bellwether.models._trees import lower_trees

_TRAIN, _VALIDATION = "train", "validation"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoostingFamily:
    """Squared-error trees on the features of the row's own bar, or of the last few.

    Parameters
    ----------
    options : BoostingOptions

    References
    ----------
    Chen, Guestrin 2016, "XGBoost: a scalable tree boosting system".
    """

    options: BoostingOptions
    name: str = "gradient_boosting"
    least_rows: int = 63

    @property
    def n_steps(self) -> int:
        """Bars whose features a tree may ask about."""
        return self.options.n_steps

    @property
    def stops_by_validation(self) -> bool:
        """Whether the rows held out say when to stop."""
        return self.options.keep == "best"

    def fit(
        self,
        train: TrainingData,
        validation: TrainingData,
        seed: int,
        progress: Progress | None = None,
    ) -> "BoostingModel":
        """Grow trees from the training mean until the validation loss stops falling.

        Notes
        -----
        The first tree is always kept, whatever the validation loss says of it: a forecast's
        size is settled later, by the ensemble's state, and a shrunken one may still rank.
        """
        data, held_out = make_lessons(
            train, validation, self.options.loss, tells_drift=self.options.tells_drift
        )
        matrix = _matrix(data, self.n_steps)
        history: dict[str, Any] = {}
        booster = xgboost.train(
            self._settings(data.target_mean, seed),
            matrix,
            num_boost_round=self.options.max_trees,
            evals=[(_matrix(held_out, self.n_steps, matrix), _VALIDATION)],
            evals_result=history,
            callbacks=[*self._stopping(), _Report(progress, self.options.max_trees)],
            verbose_eval=False,
        )
        return BoostingModel(
            booster_json=bytes(booster.save_raw("json")),
            n_features=train.n_features,
            n_epochs=len(history[_VALIDATION]["rmse"]),
            n_steps=self.n_steps,
        )

    def restore(self, arrays: ModelArrays) -> "BoostingModel":
        """Read a stored booster back.

        Raises
        ------
        UnreadableModel
            If an array is missing, or the booster is damaged.
        """
        missing = {"booster_json", "counts"} - set(arrays)
        if missing:
            raise UnreadableModel(self.name, "booster_json and counts", f"no {sorted(missing)}")
        n_features, n_epochs = (int(count) for count in arrays["counts"])
        return BoostingModel(
            booster_json=arrays["booster_json"].tobytes(),
            n_features=n_features,
            n_epochs=n_epochs,
            n_steps=self.n_steps,
        )

    def _stopping(self) -> list[Any]:
        if self.options.keep == "last":
            return []
        stopping = xgboost.callback.EarlyStopping(
            rounds=self.options.patience_rounds,
            data_name=_VALIDATION,
            metric_name="rmse",
            save_best=True,
        )
        return [stopping]

    def _settings(self, base_score: float, seed: int) -> dict[str, Any]:
        return {
            "objective": "reg:squarederror",
            "eval_metric": "rmse",
            "tree_method": "hist",
            "eta": self.options.learning_rate,
            "max_depth": self.options.max_depth,
            "subsample": self.options.row_frac,
            "colsample_bytree": self.options.column_frac,
            "num_parallel_tree": self.options.n_seeds,
            "min_child_weight": self.options.least_leaf_rows,
            "lambda": self.options.leaf_penalty_rows,
            "base_score": base_score,
            "seed": seed,
            "nthread": 1,
            "verbosity": 0,
        }


class BoostingModel:
    """Trees that were grown, kept as the booster's JSON.

    Parameters
    ----------
    booster_json : bytes
        `Booster.save_raw("json")`.
    n_features, n_epochs : int
    n_steps : int, default 1

    Raises
    ------
    UnreadableModel
        If XGBoost does not accept the JSON.
    """

    __slots__ = ("_booster", "_booster_json", "n_epochs", "n_features", "n_steps")

    family = "gradient_boosting"

    def __init__(
        self, *, booster_json: bytes, n_features: int, n_epochs: int, n_steps: int = 1
    ) -> None:
        self._booster_json = booster_json
        self.n_features = n_features
        self.n_epochs = n_epochs
        self.n_steps = n_steps
        try:
            self._booster = xgboost.Booster({"nthread": 1}, model_file=bytearray(booster_json))
        except xgboost.core.XGBoostError as error:
            raise UnreadableModel(self.family, "a booster's JSON", "something else") from error

    @property
    def best_epoch(self) -> int:
        """Trees that were kept."""
        return int(self._booster.num_boosted_rounds())

    def predict(self, windows: Float32Array) -> FloatArray:
        """Return the forecasts, float64 of shape (n_rows,), of the windows' last steps."""
        rows = _as_rows(last_steps(windows, self.n_steps, self.n_features))
        forecast = self._booster.inplace_predict(rows)
        return np.asarray(forecast, dtype=np.float64)

    def lower(self, graph: GraphBuilder, windows: str) -> str:
        """Append the trees to a graph and return their forecasts' tensor."""
        if self.n_steps == 1:
            last_step = graph.constant(np.array(-1, dtype=np.int64))
            rows = graph.node("Gather", windows, last_step, axis=1)
        else:
            rows = graph.node("Flatten", lower_last_steps(graph, windows, self.n_steps), axis=1)
        return lower_trees(graph, self._booster_json, rows)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the booster's JSON as bytes, and its counts."""
        return {
            "booster_json": np.frombuffer(self._booster_json, dtype=np.uint8),
            "counts": np.array([self.n_features, self.n_epochs], dtype=np.int64),
        }


def boosting_family(options: BoostingOptions) -> BoostingFamily:
    """Return the family of boosted trees with these options."""
    return BoostingFamily(options=options)


class _Report(xgboost.callback.TrainingCallback):  # type: ignore[misc]
    def __init__(self, progress: Progress | None, n_total: int) -> None:
        super().__init__()
        self._progress = progress
        self._n_total = n_total

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:  # noqa: ARG002
        if self._progress is not None:
            loss = evals_log[_VALIDATION]["rmse"][-1]
            self._progress(epoch + 1, self._n_total, f"validation rmse {loss:.5f}")
        return False


def _as_rows(windows: Float32Array) -> Float32Array:
    """Return the steps of each window side by side, the oldest first."""
    return np.ascontiguousarray(windows).reshape(len(windows), -1)


def _matrix(data: TrainingData, n_steps: int, reference: Any = None) -> Any:
    rows = _as_rows(last_steps(data.windows, n_steps, data.n_features))
    return xgboost.QuantileDMatrix(rows, data.target, weight=data.weight, ref=reference, nthread=1)
