"""How fast training is, beside a plain PyTorch loop, Keras 3, XGBoost alone and the bare fits.

Six bars in one run, each over several turns in which both sides come one after the other:

1. a fit of each contract net beside a bare PyTorch loop: at least .95 times its rows a second;
2. the same nets to the same validation loss as Keras 3 on torch: at least 2.5 times as fast;
3. the attention net to the same validation loss as Keras 3 on JAX: at least as fast;
4. a whole nested walk-forward on two processes: at least 1.8 times as fast as on one;
5. a walk-forward of boosted trees over a panel: at most 1.15 times its bare fits;
6. a fit of boosted trees: at most 1.05 times XGBoost alone, and no copy of the matrix more.

All but the fourth run on one core. Also printed: what nets would gain that begin from the weights
of the fold before; and rows a second of a whole fit of each family and preset, which
`service/_plans.py` chooses plans by.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import torch

from _bare_nets import BareLstm, BareTransformer, make_data, time_bare
from _keras_training import (
    Course,
    KerasPeer,
    find_keras,
    make_learnable,
    rows_a_second,
    seconds_until,
    train_ours,
    write_windows,
)
from _report import Report, parse_arguments
from _training_walks import (
    make_panel_samples,
    time_processes,
    time_walk,
    time_wrapper,
    weigh_wrapper,
)
from _warm_start import walk_nets
from bellwether.arrays import FloatArray
from bellwether.models import PRESETS, TrainingData, make_family

BAR_BARE, BAR_TORCH, BAR_JAX, BAR_PROCESSES, BAR_WALK, BAR_WRAPPER = 0.95, 2.5, 1.0, 1.8, 1.15, 1.05
# A quarter of what there is to learn of `make_learnable`, above the noise of 1.
LOSSES = {"lstm": 1.35, "transformer": 1.25}
MOST_GROWTH = 0.05
NOT_TIMED = {("lstm", "contract"), ("transformer", "contract")}


def ratio_of(over: Sequence[float], under: Sequence[float]) -> tuple[float, float, float]:
    """Return the ratio of two medians, and its 95 % interval over turns drawn anew."""
    pairs = np.array([over, under])
    drawn = np.random.default_rng(0).integers(pairs.shape[1], size=(2_000, pairs.shape[1]))
    medians: FloatArray = np.median(pairs[:, drawn], axis=2)
    low, high = np.quantile(medians[0] / medians[1], [0.025, 0.975])
    return float(np.median(pairs[0]) / np.median(pairs[1])), float(low), float(high)


def add_ratio(
    report: Report, name: str, pair: tuple[Sequence[float], Sequence[float]], bar: float
) -> float:
    """Add the seconds of a peer over ours to the table, and return their ratio.

    Parameters
    ----------
    report : Report
    name : str
    pair : (sequence of float, sequence of float)
        Seconds of the peer and of ours, a turn each.
    bar : float
    """
    theirs, ours = pair
    ratio, low, high = ratio_of(theirs, ours)
    report.add(name, float(np.median(ours)), float(np.median(theirs)), ratio,
               f"{low:.3g} to {high:.3g}", bar)  # fmt: skip
    report.figures[name] = {"ratio": ratio, "lowest": low, "highest": high, "bar": bar}
    return ratio


def time_ours(name: str, train: TrainingData, validation: TrainingData, seed: int) -> float:
    """Return the seconds of a fit of one epoch."""
    family = make_family(name, changes={"max_epochs": 1})
    started = time.perf_counter()
    family.fit(train, validation, seed)
    return time.perf_counter() - started


def beside_a_plain_loop(report: Report, arguments: argparse.Namespace) -> dict[str, bool]:
    """Time an epoch of each net, ours and the plainest."""
    train = make_data(arguments.rows, arguments.seed)
    validation = make_data(arguments.rows // 8, arguments.seed + 1)
    also = {}
    for name, bare in (("lstm", BareLstm), ("transformer", BareTransformer)):
        time_ours(name, validation, validation, 0)
        pairs = [
            (time_bare(bare(), train, validation), time_ours(name, train, validation, turn))
            for turn in range(arguments.turns)
        ]
        theirs, ours = zip(*pairs, strict=True)
        ratio = add_ratio(report, f"{name}: PyTorch's plain loop", (theirs, ours), BAR_BARE)
        report.figures[f"{name}: rows a second"] = arguments.rows / float(np.median(ours))
        also[f"{name} at least {BAR_BARE} x a plain loop"] = ratio >= BAR_BARE
    return also


def beside_keras(report: Report, arguments: argparse.Namespace) -> dict[str, bool]:
    """Time both nets until a loss is reached; nothing where Keras cannot be installed."""
    python = find_keras()
    if python is None:
        return {"Keras 3 was there to compare": False}
    train, held = make_learnable(3_072, arguments.seed), make_learnable(1_024, arguments.seed + 1)
    courses: dict[tuple[str, str], list[Course]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        write_windows(folder, train, held)
        peers = {name: stack.enter_context(KerasPeer(name, python, folder))
                 for name in ("torch", "jax")}  # fmt: skip
        for turn in range(arguments.turns):
            for net, loss in LOSSES.items():
                ours = train_ours(net, train, held, turn, loss)
                courses.setdefault((net, "ours"), []).append(ours)
                for name, peer in peers.items():
                    if (net, name) != ("lstm", "jax"):
                        told = peer.train(net, turn, loss)
                        courses.setdefault((net, name), []).append(told)
    also = {}
    for net, peer_name, bar in (
        ("lstm", "torch", BAR_TORCH),
        ("transformer", "torch", BAR_TORCH),
        ("transformer", "jax", BAR_JAX),
    ):
        pair = [
            [seconds_until(course, LOSSES[net]) for course in courses[net, side]]
            for side in (peer_name, "ours")
        ]
        ratio = add_ratio(report, f"{net}: Keras 3 on {peer_name}", (pair[0], pair[1]), bar)
        also[f"{net} at least {bar} x Keras 3 on {peer_name}"] = ratio >= bar
    for (net, side), found in courses.items():
        rate = rows_a_second(found, len(train))
        epochs = float(np.mean([len(course) for course in found]))
        n_reached = sum(course[-1][1] <= LOSSES[net] for course in found)
        report.figures[f"{net} to the loss, {side}"] = {
            "rows_a_second": rate, "epochs": epochs, "reached": n_reached}  # fmt: skip
        words = f"{net} to the loss, {side}: rows a second; epochs; reached"
        report.add(words, round(rate), round(epochs, 1), f"{n_reached} of {len(found)}", "", "")
    return also


def beside_bare_fits(report: Report, arguments: argparse.Namespace) -> dict[str, bool]:
    """Time boosted trees: a fit beside the library, and a walk-forward beside its fits."""
    panel = make_panel_samples(arguments.symbols, arguments.bars, 158, arguments.seed)
    walks = [time_walk(panel) for _ in range(arguments.walks)]
    fits = [time_wrapper(len(panel), turn) for turn in range(arguments.turns)]
    also = {}
    for name, pairs, bar in (
        ("walk-forward of trees: its bare fits", walks, BAR_WALK),
        ("a fit of trees: XGBoost alone", fits, BAR_WRAPPER),
    ):
        ours, theirs = zip(*pairs, strict=True)
        ratio = add_ratio(report, name, (theirs, ours), 1.0 / bar)
        also[f"{name}, at most {bar} x"] = 1.0 / ratio <= bar
    grown, bare = weigh_wrapper(150_000)
    report.add("peak memory of a fit, in matrices", grown, bare, "", "", bare + MOST_GROWTH)
    report.figures["memory"] = {"ours": grown, "library": bare}
    also["no copy of the matrix more than XGBoost"] = grown <= bare + MOST_GROWTH
    return also


def on_two_processes(report: Report, arguments: argparse.Namespace) -> dict[str, bool]:
    """Time a whole nested walk-forward of all families on one process and on two."""
    samples = make_panel_samples(3, arguments.walk_bars, 15, arguments.seed)
    turns = [time_processes(samples, (1, 2)) for _ in range(arguments.walks)]
    one, two = zip(*turns, strict=True)
    ratio = add_ratio(report, "whole walk-forward: one process, two", (one, two), BAR_PROCESSES)
    return {f"two processes at least {BAR_PROCESSES} x one": ratio >= BAR_PROCESSES}


def from_the_fold_before(report: Report, arguments: argparse.Namespace) -> None:
    """Time a walk-forward of nets that begin anew and of nets that begin where one ended."""
    anew, warm = (
        [walk_nets(arguments.rows, turn, is_warm=is_warm) for turn in range(arguments.walks)]
        for is_warm in (False, True)
    )
    for name, walks in (("anew", anew), ("from the fold before", warm)):
        told = {what: float(np.mean([getattr(walk, what) for walk in walks]))
                for what in ("seconds", "epochs", "loss")}  # fmt: skip
        report.figures[f"walk of nets, {name}"] = told
        report.add(f"walk of nets, {name}: seconds; epochs; loss", *told.values(), "", "")


def whole_fits(report: Report, arguments: argparse.Namespace) -> None:
    """Time a whole fit of each family and preset but the slowest, which follow from an epoch."""
    train = make_data(arguments.rows, arguments.seed)
    validation = make_data(arguments.rows // 8, arguments.seed + 1)
    for name, presets in PRESETS.items():
        for preset in presets:
            changes = {"max_epochs": 11} if (name, preset) in NOT_TIMED else {}
            started = time.perf_counter()
            model = make_family(name, preset=preset, changes=changes).fit(train, validation, 1)
            rate = arguments.rows / (time.perf_counter() - started)
            report.add(f"{name}, {preset}: rows a second of a whole fit; epochs", round(rate),
                       model.n_epochs, "", "", "")  # fmt: skip
            report.figures[f"{name}, {preset}"] = {"rows_a_second": rate, "epochs": model.n_epochs}


def main() -> int:
    """Run the benchmark and return its exit code."""
    arguments = parse_arguments(
        __doc__ or "", seed=3, rows=4_096, turns=7, symbols=40, bars=600, walks=2, walk_bars=1_500
    )
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    report = Report(
        name="bench-training",
        title="Training: seconds, ours beside others; one core, but for the two processes",
        seed=arguments.seed,
        columns=("beside", "ours", "theirs", "ratio", "95 % of it", "bar"),
    )
    cores = os.sched_getaffinity(0)
    also = on_two_processes(report, arguments)
    os.sched_setaffinity(0, {max(cores)})
    also |= beside_a_plain_loop(report, arguments)
    also |= beside_keras(report, arguments)
    also |= beside_bare_fits(report, arguments)
    from_the_fold_before(report, arguments)
    whole_fits(report, arguments)
    name = "transformer: Keras 3 on jax"
    if name not in report.figures:
        name = "transformer: PyTorch's plain loop"
    found = report.figures[name]
    if not isinstance(found, dict):
        raise TypeError(found)
    interval = found["lowest"], found["highest"]
    return report.close(found["ratio"], interval, found["bar"], at_most=False, also=also)


if __name__ == "__main__":
    sys.exit(main())
