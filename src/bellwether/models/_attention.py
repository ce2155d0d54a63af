"""Attention over few features: the same numbers with half the arithmetic.

A head scores two bars by `(x Wq)(y Wk)^T`. With fewer features than key units it is cheaper to
multiply the weights first: `x (Wq Wk^T) y^T`, and likewise values and output projection. A column
of ones beside the features carries the biases. What is left are a few products without a copy:
bars and heads share an axis, and the softmax runs along the first of two, where it is vectorised.
"""

import torch
from torch import nn
from torch.nn.functional import pad

# Matrix products whose width is one short of a multiple of eight take three times as long.
_WIDTH = 8


def attend(
    windows: torch.Tensor, projection: nn.Linear, output: nn.Linear, n_heads: int
) -> torch.Tensor:
    """Return multi-head self-attention with its output projection.

    Parameters
    ----------
    windows : float32 tensor of shape (n_rows, n_steps, n_features)
    projection : torch.nn.Linear
        From the features to queries, keys and values of all heads, in this order.
    output : torch.nn.Linear
        From the heads' values, side by side, to the features.
    n_heads : int

    Returns
    -------
    mixed : float32 tensor of shape (n_rows, n_steps, n_features)

    References
    ----------
    Vaswani et al. 2017, "Attention is all you need", section 3.2.
    """
    n_rows, n_steps, n_features = windows.shape
    bars = _with_one(windows)
    width = bars.shape[2]
    scoring, mixing = _fold(projection, output, n_heads, width)
    asked = (bars.view(-1, width) @ scoring).view(n_rows, n_steps * n_heads, width)
    shares = torch.softmax(bars @ asked.transpose(1, 2), dim=1)
    seen = (shares.transpose(1, 2) @ bars).view(n_rows * n_steps, n_heads * width)
    return (seen @ mixing)[:, :n_features].view(windows.shape) + output.bias


def feed_forward(steps: torch.Tensor, inner: nn.Linear, outer: nn.Linear) -> torch.Tensor:
    """Return `outer(relu(inner(steps)))`, in products of even width.

    Parameters
    ----------
    steps : float32 tensor of shape (n_rows, n_steps, n_features)
    inner, outer : torch.nn.Linear
        From the features to the hidden units and back.

    Returns
    -------
    fed : float32 tensor of shape (n_rows, n_steps, n_features)
    """
    n_features = steps.shape[2]
    wide = _with_one(steps).flatten(0, 1)
    hidden = torch.relu(wide @ _matrix(inner, wide.shape[1]).t())
    back = pad(outer.weight, (0, 0, 0, wide.shape[1] - n_features))
    return (hidden @ back.t())[:, :n_features].view(steps.shape) + outer.bias


def _fold(
    projection: nn.Linear, output: nn.Linear, n_heads: int, width: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the matrices that score and that mix, of shape (width, heads * width) and back."""
    n_features = output.out_features
    by_head = _matrix(projection, width).view(3, n_heads, -1, width)
    query, key, value = by_head.unbind(0)
    key_units = query.shape[1]
    scores = (query * key_units**-0.5).transpose(1, 2) @ key
    returned = output.weight.view(n_features, n_heads, key_units).permute(1, 2, 0)
    values = (value.transpose(1, 2) @ returned).view(n_heads * width, n_features)
    return (
        scores.permute(1, 0, 2).reshape(width, n_heads * width),
        pad(values, (0, width - n_features)),
    )


def _matrix(layer: nn.Linear, width: int) -> torch.Tensor:
    """Return weights and bias as one matrix for rows that `_with_one` widened."""
    matrix = torch.cat([layer.weight, layer.bias[:, None]], dim=1)
    return _filled(matrix, width)


def _with_one(rows: torch.Tensor) -> torch.Tensor:
    """Return rows with a one after the last feature, and zeros up to an even width."""
    width = -(-(rows.shape[-1] + 1) // _WIDTH) * _WIDTH
    return _filled(pad(rows, (0, 1), value=1.0), width)


def _filled(matrix: torch.Tensor, width: int) -> torch.Tensor:
    short = width - matrix.shape[-1]
    return pad(matrix, (0, short)) if short else matrix
