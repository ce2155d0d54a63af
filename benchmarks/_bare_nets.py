"""The contract's nets as anybody would write them in PyTorch, and the plainest loop."""

import time

import numpy as np
import torch
from torch import nn
from torch.nn.functional import relu

from bellwether.models import TrainingData

N_STEPS, N_FEATURES = 20, 15
BATCH_ROWS = 32


class BareLstm(nn.Module):
    """The contract's recurrent net, as anybody would write it."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.LSTM(N_FEATURES, 128, batch_first=True)
        self.second = nn.LSTM(128, 64, batch_first=True)
        self.third = nn.LSTM(64, 32, batch_first=True)
        self.dropout = nn.Dropout(0.2)
        self.dense, self.head = nn.Linear(32, 16), nn.Linear(16, 1)

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        """Return one forecast a window."""
        steps = self.dropout(self.first(windows)[0])
        steps = self.dropout(self.second(steps)[0])
        last = self.dropout(self.third(steps)[0][:, -1])
        forecast: torch.Tensor = self.head(relu(self.dense(last))).squeeze(1)
        return forecast


class BareTransformer(nn.Module):
    """The contract's attention net with PyTorch's own attention layer."""

    def __init__(self) -> None:
        super().__init__()
        self.into = nn.Linear(N_FEATURES, 128)
        self.attention = nn.MultiheadAttention(128, 4, batch_first=True)
        self.out = nn.Linear(128, N_FEATURES)
        self.norm_attended, self.norm_outer = nn.LayerNorm(N_FEATURES), nn.LayerNorm(N_FEATURES)
        self.inner, self.outer = nn.Linear(N_FEATURES, 128), nn.Linear(128, N_FEATURES)
        self.dropout = nn.Dropout(0.2)
        self.dense, self.head = nn.Linear(N_FEATURES, 32), nn.Linear(32, 1)

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        """Return one forecast a window."""
        inside = self.into(windows)
        mixed = self.attention(inside, inside, inside, need_weights=False)[0]
        steps = self.norm_attended(windows + self.out(mixed))
        steps = self.norm_outer(steps + self.dropout(self.outer(relu(self.inner(steps)))))
        forecast: torch.Tensor = self.head(relu(self.dense(steps.mean(dim=1)))).squeeze(1)
        return forecast


def make_data(n_rows: int, seed: int) -> TrainingData:
    """Return windows of noise with a faint signal in the last bar."""
    rng = np.random.default_rng(seed)
    windows = rng.standard_normal((n_rows, N_STEPS, N_FEATURES)).astype(np.float32)
    target = 0.1 * windows[:, -1, 0] + rng.standard_normal(n_rows)
    return TrainingData(windows=windows, target=target.astype(np.float32))


def time_bare(net: nn.Module, train: TrainingData, validation: TrainingData) -> float:
    """Return the seconds of one epoch with validation in the plainest loop."""
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True)
    windows, target = (torch.from_numpy(np.array(a)) for a in (train.windows, train.target))
    held_out, outcome = (
        torch.from_numpy(np.array(a)) for a in (validation.windows, validation.target)
    )
    started = time.perf_counter()
    net.train()
    order = torch.randperm(len(windows))
    for start in range(0, len(windows), BATCH_ROWS):
        rows = order[start : start + BATCH_ROWS]
        loss = (net(windows[rows]) - target[rows]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        (net(held_out) - outcome).square().mean().item()
    return time.perf_counter() - started
