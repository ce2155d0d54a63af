"""The kinds of jobs there are: each a command of bellwether's own."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bellwether.adapters._job_limits import JobKind

PROGRAM = (sys.executable, "-m", "bellwether")
# What of a training's outcome is told; it holds paths of this machine besides.
_OUTCOME = (
    "universe",
    "symbols",
    "evidence_plan",
    "leaderboard",
    "verdict",
    "reasons",
    "model_id",
    "champion",
)
_TRAINING = "training"
_TRAINING_OPTIONS = {
    "budget": "budget",
    "plan": "plan",
    "universe": "universe",
    "horizon_bars": "horizon",
    "cost_bps": "cost-bps",
}


def job_kinds(home: Path, n_workers: int) -> dict[str, JobKind]:
    """Return the kinds of jobs that can be done in a home folder.

    Parameters
    ----------
    home : pathlib.Path
    n_workers : int
        Processes of a training.

    Returns
    -------
    kinds : dict of str to JobKind
        "train" on stored snapshots, "verify-journal", "monitor" and "retrain". Trainings wait
        for each other and hold up nothing else: what "monitor" finds due "retrain" does.
    """
    place = f"--home={home.resolve()}"

    def train(asked: Mapping[str, Any]) -> Sequence[str]:
        # A value is never taken for an option: it stands behind the equals sign of its own.
        options = [
            f"--{flag}={asked[name]}" for name, flag in _TRAINING_OPTIONS.items() if name in asked
        ]
        options += ["--short-history"] if asked.get("short_history") else []
        options += [f"--workers={n_workers}", place, "--json"]
        return [*PROGRAM, "train-snapshots", *options, "--", *asked["snapshots"]]

    def verify(asked: Mapping[str, Any]) -> Sequence[str]:
        head = [f"--head={asked['head']}"] if "head" in asked else []
        return [*PROGRAM, "journal", "--verify", *head, place, "--json"]

    def monitor(_: Mapping[str, Any]) -> Sequence[str]:
        return [*PROGRAM, "monitor", "--once", "--leave-training", place, "--json"]

    def retrain(asked: Mapping[str, Any]) -> Sequence[str]:
        options = [f"--universe={asked['universe']}"] if "universe" in asked else []
        options += ["--now"] if asked.get("now", True) else []
        options += [f"--workers={n_workers}", "--progress"]
        return [*PROGRAM, "retrain", *options, place, "--json"]

    return {
        "monitor": JobKind(command=monitor, summarize=dict, follow=_ask_training),
        "retrain": JobKind(command=retrain, summarize=dict, slot=_TRAINING),
        "train": JobKind(command=train, summarize=_summarize_training, slot=_TRAINING),
        "verify-journal": JobKind(
            command=verify, summarize=lambda answer: {"head": answer.get("head")}
        ),
    }


def _ask_training(answer: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    """Return the job that trains what a tick found due and left."""
    tick = answer.get("tick") or {}
    return ("retrain", {"now": False}) if tick.get("untrained") else None


def _summarize_training(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: answer.get(name) for name in _OUTCOME}
