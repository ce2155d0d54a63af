"""Where nets are trained: the one place that chooses."""

import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch

from bellwether.arrays import Float32Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What computes a net's training steps.

    Parameters
    ----------
    name : str
        As torch calls it.
    is_half : bool
        Whether products are taken in bfloat16; weights, sums and the loss stay float32.
    """

    name: str
    is_half: bool

    def precision(self) -> AbstractContextManager[object]:
        """Return the context in which a net's forward pass runs."""
        return torch.autocast(self.name, torch.bfloat16) if self.is_half else nullcontext()

    def tensor(self, gathered: Float32Array) -> torch.Tensor:
        """Return rows where the net is; without a copy where that is here."""
        return torch.from_numpy(gathered).to(self.name)


def choose_device() -> Device:
    """Return the CUDA device where there is one, with bfloat16, else this processor."""
    if not torch.cuda.is_available():
        return Device(name="cpu", is_half=False)
    # Read when CUDA's linear algebra starts: without it the same seed gives other weights.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    return Device(name="cuda", is_half=True)
