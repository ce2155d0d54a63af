"""Folded attention beside the textbook's."""

import pytest
import torch
from torch import nn
from torch.nn.functional import relu, scaled_dot_product_attention

from bellwether.models._attention import attend, feed_forward

SHAPES = [(15, 4, 32), (1, 1, 3), (7, 2, 5), (8, 3, 4), (16, 1, 2), (40, 2, 8)]


def textbook(
    windows: torch.Tensor, projection: nn.Linear, output: nn.Linear, n_heads: int
) -> torch.Tensor:
    n_rows, n_steps, _ = windows.shape
    split = projection(windows).view(n_rows, n_steps, 3, n_heads, -1).permute(2, 0, 3, 1, 4)
    mixed = scaled_dot_product_attention(split[0], split[1], split[2])
    told: torch.Tensor = output(mixed.transpose(1, 2).flatten(2))
    return told


@pytest.mark.parametrize(("n_features", "n_heads", "key_units"), SHAPES)
def test_folded_attention_gives_numbers_and_gradients_of_the_textbook(
    n_features: int, n_heads: int, key_units: int
) -> None:
    torch.manual_seed(2)
    projection = nn.Linear(n_features, 3 * n_heads * key_units).double()
    output = nn.Linear(n_heads * key_units, n_features).double()
    windows = torch.randn(6, 5, n_features, dtype=torch.float64)
    weights = [*projection.parameters(), *output.parameters()]

    ours = attend(windows, projection, output, n_heads)
    theirs = textbook(windows, projection, output, n_heads)

    torch.testing.assert_close(ours, theirs, atol=1e-12, rtol=0)
    slopes = torch.autograd.grad(ours.square().sum(), weights)
    expected = torch.autograd.grad(theirs.square().sum(), weights)
    for slope, wanted in zip(slopes, expected, strict=True):
        torch.testing.assert_close(slope, wanted, atol=1e-11, rtol=1e-9)


@pytest.mark.parametrize("n_features", [1, 7, 8, 15, 16])
def test_wide_feed_forward_gives_numbers_and_gradients_of_the_plain_one(n_features: int) -> None:
    torch.manual_seed(3)
    inner, outer = nn.Linear(n_features, 9).double(), nn.Linear(9, n_features).double()
    steps = torch.randn(4, 5, n_features, dtype=torch.float64, requires_grad=True)
    weights = [steps, *inner.parameters(), *outer.parameters()]

    ours, theirs = feed_forward(steps, inner, outer), outer(relu(inner(steps)))

    torch.testing.assert_close(ours, theirs, atol=1e-12, rtol=0)
    slopes = torch.autograd.grad(ours.square().sum(), weights)
    expected = torch.autograd.grad(theirs.square().sum(), weights)
    for slope, wanted in zip(slopes, expected, strict=True):
        torch.testing.assert_close(slope, wanted, atol=1e-11, rtol=1e-9)
