"""Dropout whose lots are drawn four at a time."""

import torch
from torch import nn

_LOTS = 1 << 16
_LOTS_A_DRAW = 4


class Dropout(nn.Module):
    """Silence a share of units while training, and scale the others up by as much.

    As `torch.nn.Dropout`, which draws a 64-bit number for every unit and spends a sixth of the
    recurrent net's step on it: one such number is lots for four units here. The share is kept to
    1/65536.

    Parameters
    ----------
    share : float
        Share of units silenced, from 0 up to but not 1.

    References
    ----------
    Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting".
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self._n_silent = min(round(share * _LOTS), _LOTS - 1)

    def forward(self, units: torch.Tensor) -> torch.Tensor:
        """Return the units, some of them zero while training."""
        if not self.training or not self._n_silent:
            return units
        n_draws = -(-units.numel() // _LOTS_A_DRAW)
        draws = torch.empty(n_draws, dtype=torch.int64, device=units.device)
        lots = draws.random_(-(2**63), None).view(torch.int16)[: units.numel()]
        loud = lots >= self._n_silent - _LOTS // 2
        return units * loud.to(units.dtype).mul_(_LOTS / (_LOTS - self._n_silent)).view_as(units)
