"""The training loop of the nets: one loop, read from top to bottom."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from bellwether.arrays import Float32Array, FloatArray
from bellwether.models._adam import Adam
from bellwether.models._device import choose_device
from bellwether.models._model import Progress, TrainingData
from bellwether.models._options import NetOptions

_ROWS_AT_ONCE = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingCourse:
    """How a training went.

    Parameters
    ----------
    n_epochs : int
        Epochs trained, those after the best included.
    best_epoch : int
        Epoch whose weights the net was left with, from 1; 0 where the best was to be kept and no
        epoch gave a finite validation loss.
    validation_loss : float
        Weighted mean squared error at the best epoch.
    """

    n_epochs: int
    best_epoch: int
    validation_loss: float


@contextmanager
def one_quiet_thread(seed: int) -> Iterator[None]:
    """Run torch on one thread, deterministically and from a seed, and leave no trace of it.

    Two threads on the few cores of a shared machine are several times slower than one.
    """
    n_threads = torch.get_num_threads()
    deterministic = torch.are_deterministic_algorithms_enabled()
    memory: Any = torch.utils.deterministic
    fills = memory.fill_uninitialized_memory
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        try:
            torch.set_num_threads(1)
            torch.use_deterministic_algorithms(True)
            # No net here reads memory that nobody wrote, and filling it costs a tenth of a step.
            memory.fill_uninitialized_memory = False
            torch.manual_seed(seed)
            yield
        finally:
            memory.fill_uninitialized_memory = fills
            torch.use_deterministic_algorithms(deterministic)
            torch.set_num_threads(n_threads)


def train_net(
    net: nn.Module,
    train: TrainingData,
    validation: TrainingData,
    options: NetOptions,
    seed: int,
    progress: Progress | None = None,
) -> TrainingCourse:
    """Fit a net by Adam on squared error, and leave it with the weights of its best epoch.

    Where the options keep the last epoch, it is left with those, and nothing stops it early.

    Parameters
    ----------
    net : torch module
        Takes float32 windows of shape (rows, n_steps, n_features), gives shape (rows,).
    train, validation : TrainingData
        What is learned from, and what decides when to stop.
    options : NetOptions
    seed : int
        Seed of the order of the minibatches.
    progress : Progress, optional
        Called after every epoch.

    Notes
    -----
    Call inside `one_quiet_thread`. Cost: rows are gathered into minibatches one at a time, so
    that windows which overlap in memory are never copied as a whole.

    References
    ----------
    Kingma, Ba 2015, "Adam: a method for stochastic optimization".
    """
    order = torch.Generator().manual_seed(seed)
    device = choose_device()
    optimizer = Adam(net.to(device.name).parameters(), options.learning_rate)
    weight = train.weight / train.weight.mean(dtype=np.float64).astype(np.float32)
    best = {name: value.clone() for name, value in net.state_dict().items()}
    best_epoch, best_loss, epoch = 0, float("inf"), 0

    for epoch in range(1, options.max_epochs + 1):
        net.train()
        shuffled = torch.randperm(len(train), generator=order).numpy()
        for start in range(0, len(train), options.batch_rows):
            rows = shuffled[start : start + options.batch_rows]
            target, share = device.tensor(train.target[rows]), device.tensor(weight[rows])
            with device.precision():
                forecast = net(device.tensor(train.windows[rows]))
            loss = (share * (forecast.float() - target).square()).mean()
            loss.backward()
            optimizer.step()
            if options.weight_decay_frac:
                _decay(net, options.weight_decay_frac)

        validation_loss = _weighted_loss(forecast_net(net, validation.windows), validation)
        if validation_loss < best_loss or options.keep == "last":
            best_epoch, best_loss = epoch, validation_loss
            best = {name: value.clone() for name, value in net.state_dict().items()}
        if progress is not None:
            progress(epoch, options.max_epochs, f"validation loss {validation_loss:.5f}")
        if epoch - best_epoch >= options.patience_epochs:
            break

    net.load_state_dict(best)
    net.cpu()
    return TrainingCourse(n_epochs=epoch, best_epoch=best_epoch, validation_loss=best_loss)


def forecast_net(net: nn.Module, windows: Float32Array) -> FloatArray:
    """Return a net's forecasts, float64 of shape (n_rows,), without dropout."""
    net.eval()
    forecast, device = np.empty(len(windows)), next(net.parameters()).device
    with torch.inference_mode():
        for start in range(0, len(windows), _ROWS_AT_ONCE):
            part = np.array(windows[start : start + _ROWS_AT_ONCE])
            forecast[start : start + len(part)] = net(torch.from_numpy(part).to(device)).cpu()
    return forecast


def _decay(net: nn.Module, share: float) -> None:
    """Take a share of every matrix of weights away; biases and norms keep theirs."""
    with torch.no_grad():
        for weight in net.parameters():
            if weight.ndim > 1:
                weight.mul_(1.0 - share)


def _weighted_loss(forecast: FloatArray, data: TrainingData) -> float:
    return float(np.average((forecast - data.target) ** 2, weights=data.weight))
