"""Dropout by lots of 16 bits."""

import pytest
import torch

from bellwether.models._dropout import Dropout


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5, 0.9])
def test_a_share_of_the_units_falls_silent_and_the_mean_stays(share: float) -> None:
    torch.manual_seed(5)
    units = Dropout(share)(torch.ones(1_000, 400))

    silent = (units == 0).float().mean().item()
    assert silent == pytest.approx(share, abs=0.004)
    assert units.mean().item() == pytest.approx(1.0, abs=0.02)
    assert len(units.unique()) == 2


@pytest.mark.parametrize("n_units", [1, 3, 5, 31])
def test_any_number_of_units_can_be_drawn_for(n_units: int) -> None:
    assert Dropout(0.2)(torch.ones(n_units)).shape == (n_units,)


def test_neighbours_fall_silent_independently() -> None:
    torch.manual_seed(6)
    silent = (Dropout(0.3)(torch.ones(100_000, 4)) == 0).double()

    assert torch.corrcoef(silent.T).fill_diagonal_(0.0).abs().max().item() < 0.02


def test_only_the_units_that_spoke_are_taught() -> None:
    torch.manual_seed(7)
    units = torch.ones(200, requires_grad=True)
    told = Dropout(0.5)(units)
    told.sum().backward()

    assert units.grad is not None
    assert torch.equal(units.grad, told)


def test_no_unit_falls_silent_outside_training_or_without_a_share() -> None:
    units = torch.ones(500)

    assert torch.equal(Dropout(0.5).eval()(units), units)
    assert torch.equal(Dropout(0.0)(units), units)


def test_the_same_seed_silences_the_same_units() -> None:
    found = []
    for _ in range(2):
        torch.manual_seed(8)
        found.append(Dropout(0.4)(torch.ones(300)))

    assert torch.equal(*found)
