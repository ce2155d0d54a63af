"""Where nets are trained; there is no CUDA device here, so its precision is tried on this one."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from bellwether.models import LstmOptions, TrainingData, TransformerOptions
from bellwether.models import _loop as loop
from bellwether.models._device import Device, choose_device
from bellwether.models._nets import NetFamily, lstm_family, transformer_family

MakeRows = Callable[[int, int], TrainingData]


@pytest.mark.skipif(torch.cuda.is_available(), reason="says what holds without one")
def test_without_cuda_nets_are_trained_here_in_full_precision() -> None:
    assert choose_device() == Device(name="cpu", is_half=False)


def test_half_precision_is_that_of_products_alone() -> None:
    layer, rows = torch.nn.Linear(3, 2), torch.ones(1, 3)

    with Device(name="cpu", is_half=True).precision():
        assert layer(rows).dtype == torch.bfloat16
    with Device(name="cpu", is_half=False).precision():
        assert layer(rows).dtype == torch.float32
    assert layer.weight.dtype == torch.float32


@pytest.mark.parametrize(
    "family",
    [
        lstm_family(LstmOptions(units=(8,), max_epochs=3)),
        transformer_family(TransformerOptions(max_epochs=3)),
    ],
)
def test_half_precision_gives_float32_weights_and_the_same_ones_again(
    family: NetFamily, make_rows: MakeRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = family.fit(make_rows(160, 1), make_rows(60, 2), 3)
    monkeypatch.setattr(loop, "choose_device", lambda: Device(name="cpu", is_half=True))

    one, other = (family.fit(make_rows(160, 1), make_rows(60, 2), 3).arrays() for _ in range(2))

    for name, weights in full.arrays().items():
        assert one[name].dtype == weights.dtype
        np.testing.assert_array_equal(one[name], other[name])
    assert not np.array_equal(one["head.weight"], full.arrays()["head.weight"])
    np.testing.assert_allclose(one["head.weight"], full.arrays()["head.weight"], atol=0.05)
