"""Adam beside torch's own."""

import torch

from bellwether.models._adam import Adam


def test_every_step_is_that_of_torch_bit_for_bit() -> None:
    torch.manual_seed(1)
    ours, theirs = (torch.nn.Linear(7, 3) for _ in range(2))
    theirs.load_state_dict(ours.state_dict())
    optimizer = Adam(ours.parameters(), 3e-3)
    oracle = torch.optim.Adam(theirs.parameters(), lr=3e-3, fused=True)

    for _ in range(20):
        rows = torch.randn(5, 7)
        for net in (ours, theirs):
            net.zero_grad()
            net(rows).square().sum().backward()
        optimizer.step()
        oracle.step()

    assert torch.equal(ours.weight, theirs.weight)
    assert torch.equal(ours.bias, theirs.bias)


def test_gradients_are_forgotten_after_a_step() -> None:
    layer = torch.nn.Linear(2, 1)
    optimizer = Adam(layer.parameters(), 1e-3)

    layer(torch.ones(1, 2)).sum().backward()
    optimizer.step()

    assert layer.weight.grad is None
