"""Keras 3 beside our own fits: the contract's nets to the same validation loss.

Each net is trained on the same windows with the same batch and step size, until its validation
loss has fallen to one that all of them reach; the clock stops in between two epochs, where the
loss would have been reached on a straight line. One core, in turn, a seed a turn.
"""

import contextlib
import json
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self, TypeAlias

import numpy as np

from _servers import CALM, PEERS, environment_of
from bellwether.models import TrainingData, make_family

PACKAGES = ["keras==3.15.1", "jax==0.10.2", "torch==2.13.0", "numpy"]
MOST_EPOCHS = 25

Course: TypeAlias = list[tuple[float, float]]


def make_learnable(n_rows: int, seed: int) -> TrainingData:
    """Return windows whose target, half of it noise, takes several epochs to learn."""
    rng = np.random.default_rng(seed)
    windows = rng.standard_normal((n_rows, 20, 15)).astype(np.float32)
    product = windows[:, :, 1] * windows[:, :, 2]
    signal = np.sqrt(10.0) * (windows[:, :, 0].mean(axis=1) + product.mean(axis=1))
    target = signal + rng.standard_normal(n_rows)
    return TrainingData(windows=windows, target=target.astype(np.float32))


class KerasPeer:
    """A process that trains with Keras when it is asked to.

    Parameters
    ----------
    backend : {"torch", "jax"}
    python : pathlib.Path
        That of the environment with Keras.
    folder : pathlib.Path
        Where `write_windows` left the windows.
    """

    def __init__(self, backend: str, python: Path, folder: Path) -> None:
        home = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "KERAS_BACKEND": backend}
        self._process = subprocess.Popen(
            [str(python), str(PEERS / "keras_training.py"), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**home, **CALM},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def train(self, net: str, seed: int, loss: float) -> Course:
        """Return seconds and validation loss of each epoch until a loss is reached."""
        asked = {"net": net, "seed": seed, "epochs": MOST_EPOCHS, "loss": loss}
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the process was started without pipes")
        self._process.stdin.write(f"{json.dumps(asked)}\n")
        self._process.stdin.flush()
        return [(seconds, found) for seconds, found in json.loads(self._process.stdout.readline())]


class _Reached(Exception):
    """Ends one of our fits."""


def train_ours(
    net: str, train: TrainingData, validation: TrainingData, seed: int, loss: float
) -> Course:
    """Return seconds and validation loss of each epoch until a loss is reached."""
    changes = {"max_epochs": MOST_EPOCHS, "patience_epochs": MOST_EPOCHS}
    family = make_family(net, changes=changes)
    course: Course = []
    began = time.perf_counter()

    def note(_done: int, _all: int, words: str) -> None:
        course.append((time.perf_counter() - began, float(words.rpartition(" ")[2])))
        if course[-1][1] <= loss:
            raise _Reached

    with contextlib.suppress(_Reached):
        family.fit(train, validation, seed, note)
    return course


def seconds_until(course: Course, loss: float) -> float:
    """Return when a loss was reached, on the line between two epochs; all of it if never.

    Examples
    --------
    >>> seconds_until([(1.0, 1.6), (2.0, 1.4), (3.0, 1.0)], 1.2)
    2.5
    """
    before, least = 0.0, np.inf
    for seconds, found in course:
        if found <= loss:
            share = (least - loss) / (least - found) if np.isfinite(least) else 1.0
            return before + share * (seconds - before)
        before, least = (seconds, found) if found < least else (seconds, least)
    return before


def write_windows(folder: Path, train: TrainingData, validation: TrainingData) -> None:
    """Leave the windows where a peer reads them."""
    for name, values in (
        ("windows", train.windows),
        ("target", train.target),
        ("held_windows", validation.windows),
        ("held_target", validation.target),
    ):
        np.save(folder / f"{name}.npy", values)


def find_keras() -> Path | None:
    """Return the Python of the environment with Keras, made if need be; None if it cannot be."""
    return environment_of("keras", PACKAGES)


def rows_a_second(courses: Sequence[Course], n_rows: int) -> float:
    """Return the median over all epochs."""
    spent = [np.diff([0.0, *(seconds for seconds, _ in course)]) for course in courses]
    return float(n_rows / np.median(np.concatenate(spent)))
