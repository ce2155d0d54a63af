"""Adam, bit for bit as torch's own, without the compiler that torch imports along with it."""

from collections.abc import Iterable

import torch
from torch import nn

_BETAS = (0.9, 0.999)
_EPSILON = 1e-8


class Adam:
    """Steps down the gradient, each weight by its own measure.

    `torch.optim` imports torch's compiler when the first optimiser is made: more than a second
    in every process that fits. The arithmetic below is the same kernel.

    Parameters
    ----------
    weights : iterable of torch.nn.Parameter
    learning_rate : float

    References
    ----------
    Kingma, Ba 2015, "Adam: a method for stochastic optimization".
    """

    def __init__(self, weights: Iterable[nn.Parameter], learning_rate: float) -> None:
        self._weights = list(weights)
        self._values = [weight.detach() for weight in self._weights]
        self._means = [torch.zeros_like(value) for value in self._values]
        self._squares = [torch.zeros_like(value) for value in self._values]
        self._n_steps = [torch.zeros((), device=value.device) for value in self._values]
        self._learning_rate = learning_rate

    def step(self) -> None:
        """Take one step by the gradients that are there, and forget them.

        Every weight must have one.
        """
        slopes = [weight.grad for weight in self._weights if weight.grad is not None]
        torch._foreach_add_(self._n_steps, 1)
        # The kernel behind torch.optim: private, but torch is pinned and a test compares.
        torch._fused_adam_(
            self._values,
            slopes,
            self._means,
            self._squares,
            [],
            self._n_steps,
            lr=self._learning_rate,
            beta1=_BETAS[0],
            beta2=_BETAS[1],
            weight_decay=0.0,
            eps=_EPSILON,
            amsgrad=False,
            maximize=False,
        )
        for weight in self._weights:
            weight.grad = None
