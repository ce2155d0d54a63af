# mypy: ignore-errors
# It runs in an environment of its own, whose libraries the checks of this one do not know.
"""The contract's nets in Keras 3, trained on the windows of a folder as anybody would.

Asked with a folder that holds `windows.npy`, `target.npy`, `held_windows.npy` and
`held_target.npy`; the backend is that of KERAS_BACKEND. Each line in is JSON: `net`, `seed`,
`epochs` at most, and the validation `loss` to stop at. Each line out has, epoch by epoch, the
seconds since the fit began and the validation loss. What is compiled is compiled before the clock
starts.
"""

import json
import os
import sys
import time
from pathlib import Path

import keras
import numpy as np
from keras import layers

CHANNEL = os.dup(sys.stdout.fileno())
os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
BATCH_ROWS, HELD_ROWS = 32, 256


def make_lstm(shape):
    """Return the contract's recurrent net."""
    windows = layers.Input(shape)
    steps = layers.Dropout(0.2)(layers.LSTM(128, return_sequences=True)(windows))
    steps = layers.Dropout(0.2)(layers.LSTM(64, return_sequences=True)(steps))
    last = layers.Dropout(0.2)(layers.LSTM(32)(steps))
    return keras.Model(windows, layers.Dense(1)(layers.Dense(16, activation="relu")(last)))


def make_transformer(shape):
    """Return the contract's attention net."""
    windows = layers.Input(shape)
    mixed = layers.MultiHeadAttention(num_heads=4, key_dim=32)(windows, windows)
    steps = layers.LayerNormalization(epsilon=1e-5)(layers.Add()([windows, mixed]))
    fed = layers.Dense(shape[1])(layers.Dense(128, activation="relu")(steps))
    fed = layers.Dropout(0.2)(fed)
    steps = layers.LayerNormalization(epsilon=1e-5)(layers.Add()([steps, fed]))
    dense = layers.Dense(32, activation="relu")(layers.GlobalAveragePooling1D()(steps))
    return keras.Model(windows, layers.Dense(1)(dense))


class Clock(keras.callbacks.Callback):
    """Notes when each epoch ended and its validation loss, and ends at a loss."""

    def __init__(self, loss):
        super().__init__()
        self.loss, self.course = loss, []

    def on_train_begin(self, logs=None):  # noqa: ARG002 - the library's signature
        """Start the clock."""
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):  # noqa: ARG002 - the library's signature
        """Note time and loss."""
        self.course.append((time.perf_counter() - self.began, float(logs["val_loss"])))
        self.model.stop_training = self.course[-1][1] <= self.loss


def fit(data, net, seed, epochs, loss):
    """Return the course of one fit."""
    keras.utils.set_random_seed(seed)
    windows, target, held_windows, held_target = data
    model = {"lstm": make_lstm, "transformer": make_transformer}[net](windows.shape[1:])
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
    model.optimizer.build(model.trainable_variables)
    at_rest = [keras.ops.convert_to_numpy(one) for one in model.optimizer.variables]
    fresh, clock = model.get_weights(), Clock(loss)
    options = {
        "batch_size": BATCH_ROWS,
        "validation_data": (held_windows, held_target),
        "validation_batch_size": HELD_ROWS,
        "verbose": 0,
    }
    model.fit(windows[: 2 * BATCH_ROWS], target[: 2 * BATCH_ROWS], epochs=1, **options)
    model.set_weights(fresh)
    for variable, value in zip(model.optimizer.variables, at_rest, strict=True):
        variable.assign(value)
    model.fit(windows, target, epochs=epochs, callbacks=[clock], **options)
    return clock.course


def main():
    """Answer line by line."""
    folder = Path(sys.argv[1])
    names = ("windows", "target", "held_windows", "held_target")
    data = [np.load(folder / f"{name}.npy") for name in names]
    for line in sys.stdin:
        course = fit(data, **json.loads(line))
        os.write(CHANNEL, f"{json.dumps(course)}\n".encode())


if __name__ == "__main__":
    main()
