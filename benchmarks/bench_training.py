"""How fast the nets train: the training loop against a bare PyTorch loop on the same windows.

Both run in turn, several times over, one thread, the contract's nets and batch of 32; the figure is
the smaller of the two nets' ratios of rows a second (median over the turns). Also printed: rows a
second of a whole fit of each family and preset, which `service/_plans.py` chooses plans by.
"""

import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn.functional import relu

from _report import Report, parse_arguments
from bellwether.models import TrainingData, make_family

BAR = 0.95
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


def time_ours(name: str, train: TrainingData, validation: TrainingData, seed: int) -> float:
    """Return the seconds of a fit of one epoch."""
    family = make_family(name, changes={"max_epochs": 1})
    started = time.perf_counter()
    family.fit(train, validation, seed)
    return time.perf_counter() - started


def main() -> int:
    """Run the benchmark and return its exit code."""
    arguments = parse_arguments(__doc__ or "", seed=3, rows=4096, turns=7)
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    report = Report(
        name="bench-training",
        title=f"Training on one thread, {arguments.rows} windows of {N_STEPS} x {N_FEATURES}",
        seed=arguments.seed,
        columns=("what", "rows a second", "bare PyTorch", "ratio", "lowest", "highest"),
    )
    train = make_data(arguments.rows, arguments.seed)
    validation = make_data(arguments.rows // 8, arguments.seed + 1)
    ratios = {}
    for name, bare in (("lstm", BareLstm), ("transformer", BareTransformer)):
        pairs = [
            (time_ours(name, train, validation, turn), time_bare(bare(), train, validation))
            for turn in range(arguments.turns)
        ]
        found = np.array([theirs / ours for ours, theirs in pairs])
        ours, theirs = (arguments.rows / np.median(column) for column in zip(*pairs, strict=True))
        ratios[name] = (float(np.median(found)), float(found.min()), float(found.max()))
        report.add(f"{name}, batch {BATCH_ROWS}", round(ours), round(theirs), *ratios[name])
    for name, preset in (
        ("gradient_boosting", "contract"),
        ("ridge", "contract"),
        ("lstm", "demo"),
        ("transformer", "demo"),
    ):
        started = time.perf_counter()
        make_family(name, preset=preset).fit(train, validation, arguments.seed)
        rate = arguments.rows / (time.perf_counter() - started)
        report.add(f"{name}, whole fit, preset {preset}", round(rate), "", "", "", "")
    worst = min(ratios, key=lambda name: ratios[name][0])
    report.figures = {name: {"ratio": ratio} for name, (ratio, _, _) in ratios.items()}
    return report.close(ratios[worst][0], ratios[worst][1:], BAR, at_most=False)


if __name__ == "__main__":
    sys.exit(main())
