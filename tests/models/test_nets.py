"""The nets: their shapes, their loop and their lowering."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from bellwether.arrays import Float32Array, FloatArray
from bellwether.models import (
    FittedModel,
    LstmOptions,
    TrainingData,
    TransformerOptions,
    UnreadableModel,
)
from bellwether.models._loop import one_quiet_thread, train_net
from bellwether.models._nets import (
    LstmNet,
    NetFamily,
    TransformerNet,
    lstm_family,
    transformer_family,
)
from bellwether.models._options import NetOptions

MakeRows = Callable[[int, int], TrainingData]
RunLowered = Callable[[FittedModel, Float32Array], FloatArray]


def test_lstm_of_the_contract_has_its_number_of_weights() -> None:
    net = LstmNet(15, LstmOptions())

    layers = [
        4 * (n_in * n_out + n_out * n_out + 2 * n_out)
        for n_in, n_out in ((15, 128), (128, 64), (64, 32))
    ]
    assert _n_weights(net) == sum(layers) + (32 * 16 + 16) + (16 + 1)


def test_transformer_of_the_contract_has_its_number_of_weights() -> None:
    net = TransformerNet(15, TransformerOptions())

    attention = 3 * (15 * 4 * 32 + 4 * 32) + (4 * 32 * 15 + 15)
    feed_forward = (15 * 128 + 128) + (128 * 15 + 15)
    assert _n_weights(net) == attention + feed_forward + 2 * 30 + (15 * 32 + 32) + (32 + 1)


def test_transformer_attends_as_torch_does() -> None:
    torch.manual_seed(3)
    net = TransformerNet(15, TransformerOptions(dropout_frac=0.0))
    oracle = torch.nn.functional.scaled_dot_product_attention
    windows = torch.randn(4, 20, 15)

    split = net.projection(windows).view(4, 20, 3, 4, 32).permute(2, 0, 3, 1, 4)
    mixed = oracle(split[0], split[1], split[2]).transpose(1, 2).reshape(4, 20, 128)
    steps = net.norm_attended(windows + net.attended(mixed))
    steps = net.norm_outer(steps + net.outer(torch.relu(net.inner(steps))))
    expected = net.head(torch.relu(net.dense(steps.mean(1))))[:, 0]

    torch.testing.assert_close(net(windows), expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    "family",
    [
        lstm_family(LstmOptions()),
        lstm_family(LstmOptions(units=(3,), dense_units=1)),
        lstm_family(LstmOptions(units=(7, 5), n_steps=4)),
        transformer_family(TransformerOptions()),
        transformer_family(TransformerOptions(n_heads=1, key_units=3, n_steps=4)),
    ],
)
@pytest.mark.parametrize("spread", [1.0, 3.0])
def test_lowering_follows_any_shape_and_any_weights(
    family: NetFamily, spread: float, make_rows: MakeRows, run_lowered: RunLowered
) -> None:
    with one_quiet_thread(4):
        weights = family.build(15).state_dict()
    arrays = {name: value.numpy() * np.float32(spread) for name, value in weights.items()}
    model = family.restore({**arrays, "counts": np.array([15, 1, 1])})
    windows = make_rows(64, 8).windows[:, -family.n_steps :, :]

    forecast = model.predict(windows)

    scale = np.abs(forecast).max()
    np.testing.assert_allclose(run_lowered(model, windows), forecast, atol=2e-6 * max(scale, 0.5))


@pytest.mark.parametrize(
    "family",
    [
        lstm_family(LstmOptions(units=(16,), max_epochs=12, learning_rate=5e-3)),
        transformer_family(TransformerOptions(max_epochs=12, learning_rate=3e-3)),
    ],
)
def test_nets_find_a_planted_signal(family: NetFamily, make_rows: MakeRows) -> None:
    def planted(n_rows: int, seed: int) -> TrainingData:
        rows = make_rows(n_rows, seed)
        return TrainingData(windows=rows.windows, target=3.0 * rows.windows[:, :, 0].mean(axis=1))

    model = family.fit(planted(800, 1), planted(200, 2), 3)

    unseen = planted(500, 5)
    assert np.corrcoef(model.predict(unseen.windows), unseen.target)[0, 1] > 0.8


def test_training_stops_after_its_patience_and_keeps_the_best_epoch(make_rows: MakeRows) -> None:
    losses: list[float] = []

    def note(n_done: int, n_total: int, text: str) -> None:
        losses.append(float(text.rpartition(" ")[2]))

    options = LstmOptions(
        units=(32,), learning_rate=0.02, batch_rows=32, patience_epochs=3, max_epochs=60
    )
    validation = make_rows(80, 2)
    model = lstm_family(options).fit(make_rows(200, 1), validation, 3, note)

    assert len(losses) == model.n_epochs == model.best_epoch + 3
    assert model.best_epoch == int(np.argmin(losses)) + 1
    kept_loss = np.mean((model.predict(validation.windows) - validation.target) ** 2)
    assert kept_loss == pytest.approx(min(losses), abs=1e-5)


def test_a_net_that_never_gives_a_finite_loss_keeps_its_first_weights(make_rows: MakeRows) -> None:
    class Broken(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(1))

        def forward(self, windows: torch.Tensor) -> torch.Tensor:
            return windows.mean((1, 2)) * self.weight * float("nan")

    net = Broken()
    rows = make_rows(50, 1)
    with one_quiet_thread(1):
        course = train_net(net, rows, rows, NetOptions(patience_epochs=2), seed=1)

    assert (course.best_epoch, course.n_epochs) == (0, 2)
    assert net.weight.item() == 1.0


def test_every_row_is_learned_from_once_an_epoch(make_rows: MakeRows) -> None:
    class Counting(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(1))
            self.seen: list[float] = []

        def forward(self, windows: torch.Tensor) -> torch.Tensor:
            if self.training:
                self.seen += windows[:, 0, 0].tolist()
            return windows[:, 0, 0] * self.weight

    net, rows = Counting(), make_rows(70, 1)
    with one_quiet_thread(1):
        train_net(net, rows, make_rows(10, 2), NetOptions(max_epochs=1), seed=1)

    assert sorted(net.seen) == sorted(rows.windows[:, 0, 0].tolist())
    assert net.seen != rows.windows[:, 0, 0].tolist()


def test_heavier_rows_pull_harder() -> None:
    windows = np.zeros((200, 20, 2), np.float32)
    target = np.repeat(np.array([0.0, 1.0], np.float32), 100)
    weight = np.repeat(np.array([1.0, 3.0], np.float32), 100)
    rows = TrainingData(windows=windows, target=target, weight=weight)
    options = LstmOptions(units=(4,), dropout_frac=0.0, max_epochs=30, learning_rate=0.01)

    model = lstm_family(options).fit(rows, rows, 1)

    assert model.predict(windows[:1])[0] == pytest.approx(0.75, abs=0.05)


def test_weights_of_another_shape_are_refused(make_rows: MakeRows) -> None:
    small = lstm_family(LstmOptions(units=(4,), max_epochs=1))
    arrays = small.fit(make_rows(40, 1), make_rows(40, 2), 1).arrays()

    with pytest.raises(UnreadableModel):
        lstm_family(LstmOptions(units=(5,))).restore(arrays)
    with pytest.raises(UnreadableModel):
        transformer_family(TransformerOptions()).restore(arrays)


def _n_weights(net: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in net.parameters())
