"""What a net gains that begins from the weights of the fold before: a prototype.

Past only: the fold before was trained on rows that this fold's training rows hold as well. What
it stopped by, though, is among what this fold is fitted to; nothing lies after either's end.
"""

import time
from dataclasses import dataclass

import numpy as np
from torch import nn

from _keras_training import make_learnable
from bellwether.models import TrainingData, TransformerOptions
from bellwether.models._loop import forecast_net, one_quiet_thread, train_net
from bellwether.models._nets import transformer_family

N_FOLDS = 6


@dataclass(frozen=True, kw_only=True)
class Walk:
    """How an expanding walk-forward of the contract's attention net went.

    Parameters
    ----------
    seconds : float
    epochs : int
    loss : float
        Mean squared error out of sample, over all folds.
    """

    seconds: float
    epochs: int
    loss: float


def walk_nets(n_rows: int, seed: int, *, is_warm: bool) -> Walk:
    """Fit fold after fold on all rows before it, each anew or from the weights before."""
    family, rows = transformer_family(TransformerOptions()), make_learnable(n_rows, seed)
    bounds = np.linspace(0.3, 1.0, N_FOLDS + 1) * n_rows
    weights, n_epochs, losses, began = None, 0, [], time.perf_counter()
    for start, end in zip(bounds[:-1].astype(int), bounds[1:].astype(int), strict=True):
        split = int(0.85 * start)
        train, held, unseen = (_part(rows, *b) for b in ((0, split), (split, start), (start, end)))
        with one_quiet_thread(seed):
            net = family.build(rows.n_features)
            nn.init.constant_(net.head.bias, train.target_mean)
            if is_warm and weights is not None:
                net.load_state_dict(weights)
            n_epochs += train_net(net, train, held, family.options, seed).n_epochs
            weights = net.state_dict()
            losses.append((forecast_net(net, unseen.windows) - unseen.target) ** 2)
    seconds = time.perf_counter() - began
    return Walk(seconds=seconds, epochs=n_epochs, loss=float(np.concatenate(losses).mean()))


def _part(rows: TrainingData, start: int, end: int) -> TrainingData:
    return TrainingData(windows=rows.windows[start:end], target=rows.target[start:end])
