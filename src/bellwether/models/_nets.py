"""The nets of the contract in PyTorch, and the families that train them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.functional import relu

from bellwether.arrays import Float32Array, FloatArray
from bellwether.features import GraphBuilder
from bellwether.models._attention import attend, feed_forward
from bellwether.models._dropout import Dropout
from bellwether.models._errors import UnreadableModel
from bellwether.models._loop import forecast_net, one_quiet_thread, train_net
from bellwether.models._losses import make_lessons
from bellwether.models._model import ModelArrays, Progress, TrainingData, last_steps
from bellwether.models._net_graph import lower_lstm, lower_transformer
from bellwether.models._options import LstmOptions, NetOptions, TransformerOptions

_COUNTS = "counts"


class ForecastNet(nn.Module):
    """A net that ends in a linear head."""

    head: nn.Linear


class LstmNet(ForecastNet):
    """Stacked recurrent layers with dropout, a dense layer and a linear head.

    References
    ----------
    Hochreiter, Schmidhuber 1997, "Long short-term memory".
    """

    def __init__(self, n_features: int, options: LstmOptions) -> None:
        super().__init__()
        sizes = (n_features, *options.units)
        self.recurrent = nn.ModuleList(nn.LSTM(size, units) for size, units in pairwise(sizes))
        self.dropout = Dropout(options.dropout_frac)
        self.dense = nn.Linear(options.units[-1], options.dense_units)
        self.head = nn.Linear(options.dense_units, 1)

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        """Return one forecast a window."""
        steps = windows.transpose(0, 1)
        for layer in self.recurrent[:-1]:
            steps = self.dropout(layer(steps)[0])
        last = self.dropout(self.recurrent[-1](steps)[0][-1])
        forecast: torch.Tensor = self.head(relu(self.dense(last))).squeeze(1)
        return forecast


class TransformerNet(ForecastNet):
    """One attention block, one feed-forward block, the mean over time, dense layer and head.

    The contract's block has no position code: it sees the window as a set of bars, and time
    only through the features themselves.

    References
    ----------
    Vaswani et al. 2017, "Attention is all you need".
    """

    def __init__(self, n_features: int, options: TransformerOptions) -> None:
        super().__init__()
        self.n_heads = options.n_heads
        inner = options.n_heads * options.key_units
        self.projection = nn.Linear(n_features, 3 * inner)
        self.attended = nn.Linear(inner, n_features)
        self.norm_attended = nn.LayerNorm(n_features)
        self.inner = nn.Linear(n_features, options.feed_forward_units)
        self.outer = nn.Linear(options.feed_forward_units, n_features)
        self.dropout = Dropout(options.dropout_frac)
        self.norm_outer = nn.LayerNorm(n_features)
        self.dense = nn.Linear(n_features, options.dense_units)
        self.head = nn.Linear(options.dense_units, 1)

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        """Return one forecast a window."""
        mixed = attend(windows, self.projection, self.attended, self.n_heads)
        steps = self.norm_attended(windows + mixed)
        fed = self.dropout(feed_forward(steps, self.inner, self.outer))
        mean = self.norm_outer(steps + fed).mean(dim=1)
        forecast: torch.Tensor = self.head(relu(self.dense(mean))).squeeze(1)
        return forecast


@dataclass(frozen=True, slots=True, kw_only=True)
class NetFamily:
    """A kind of net: how it is built, trained, stored and lowered.

    Parameters
    ----------
    name : str
    options : NetOptions
    least_rows : int
    build : callable
        Takes the number of features, gives the net with fresh weights.
    lowering : callable
        Takes graph, weights and windows tensor, gives the forecasts' tensor.
    """

    name: str
    options: NetOptions
    least_rows: int
    build: Callable[[int], ForecastNet]
    lowering: Callable[[GraphBuilder, ModelArrays, str], str]

    @property
    def n_steps(self) -> int:
        """Steps of each window."""
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
    ) -> "NetModel":
        """Train a fresh net and return it with the weights of its best epoch, or its last."""
        options = self.options
        data, held_out = make_lessons(
            train, validation, options.loss, tells_drift=options.tells_drift
        )
        with one_quiet_thread(seed):
            net = self.build(train.n_features)
            nn.init.constant_(net.head.bias, data.target_mean)
            course = train_net(net, data, held_out, options, seed, progress)
        weights = {name: value.numpy() for name, value in net.state_dict().items()}
        counts = np.array([train.n_features, course.n_epochs, course.best_epoch])
        return NetModel(self, {**weights, _COUNTS: counts})

    def restore(self, arrays: ModelArrays) -> "NetModel":
        """Read a stored net back.

        Raises
        ------
        UnreadableModel
            If a weight is missing, not wanted or of another shape.
        """
        if _COUNTS not in arrays or np.shape(arrays[_COUNTS]) != (3,):
            raise UnreadableModel(self.name, "three counts", "none")
        return NetModel(self, arrays)


class NetModel:
    """A net that was trained, kept as plain arrays.

    Parameters
    ----------
    kind : NetFamily
    arrays : mapping of str to array
        Weights by their names in the net, and the counts.

    Raises
    ------
    UnreadableModel
        If the weights are not those of such a net.
    """

    __slots__ = ("_arrays", "_kind", "_net", "best_epoch", "n_epochs", "n_features")

    def __init__(self, kind: NetFamily, arrays: ModelArrays) -> None:
        self._kind = kind
        self._arrays = {name: _frozen(array) for name, array in arrays.items()}
        counts = self._arrays[_COUNTS]
        self.n_features, self.n_epochs, self.best_epoch = (int(count) for count in counts)
        self._net = _net_of(kind, self._weights(), self.n_features)

    @property
    def family(self) -> str:
        """Name of the family."""
        return self._kind.name

    @property
    def n_steps(self) -> int:
        """Steps of each window."""
        return self._kind.n_steps

    def predict(self, windows: Float32Array) -> FloatArray:
        """Return the forecasts, float64 of shape (n_rows,), of scaled windows."""
        with one_quiet_thread(0):
            return forecast_net(self._net, last_steps(windows, self.n_steps, self.n_features))

    def lower(self, graph: GraphBuilder, windows: str) -> str:
        """Append the net to a graph and return its forecasts' tensor."""
        return self._kind.lowering(graph, self._weights(), windows)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the weights by their names in the net, and the counts."""
        return dict(self._arrays)

    def _weights(self) -> dict[str, NDArray[Any]]:
        return {name: array for name, array in self._arrays.items() if name != _COUNTS}


def lstm_family(options: LstmOptions) -> NetFamily:
    """Return the family of recurrent nets with these options."""
    return NetFamily(
        name=LstmOptions.FAMILY,
        options=options,
        least_rows=252,
        build=partial(LstmNet, options=options),
        lowering=lower_lstm,
    )


def transformer_family(options: TransformerOptions) -> NetFamily:
    """Return the family of attention nets with these options."""
    return NetFamily(
        name=TransformerOptions.FAMILY,
        options=options,
        least_rows=126,
        build=partial(TransformerNet, options=options),
        lowering=partial(lower_transformer, n_heads=options.n_heads, n_steps=options.n_steps),
    )


def _net_of(kind: NetFamily, weights: Mapping[str, NDArray[Any]], n_features: int) -> nn.Module:
    with one_quiet_thread(0):
        net = kind.build(n_features)
    try:
        net.load_state_dict({name: torch.tensor(value) for name, value in weights.items()})
    except RuntimeError as error:
        raise UnreadableModel(kind.name, "the weights of its net", "others") from error
    return net.eval().requires_grad_(False)


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    copy = np.array(array, order="C")
    copy.flags.writeable = False
    return copy
