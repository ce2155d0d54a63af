"""The folder through which samples and tasks reach the training processes: plain arrays."""

import json
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from bellwether.adapters._errors import FitFolderUnreadable
from bellwether.adapters._work_store import WorkStore
from bellwether.samples import Samples
from bellwether.validation import FitTask, LearningPlan

ROWS = ("train", "validation", "predict")
FACTS = ("family", "preset", "seed", "fold", "key", "changes", "importance")
HEAD = "tasks.json"


def write_fit_folder(
    folder: Path, samples: Samples, tasks: Sequence[FitTask], store_folder: Path
) -> None:
    """Write samples and tasks for the workers of one run.

    Raises
    ------
    OSError
        If the disk is full or the folder cannot be written.
    """
    content = {item.name: getattr(samples, item.name) for item in fields(samples)}
    arrays = {name: value for name, value in content.items() if isinstance(value, np.ndarray)}
    plain = {name: value for name, value in content.items() if name not in arrays}
    rows = {f"{i}/{name}": getattr(t, name) for i, t in enumerate(tasks) for name in ROWS}
    store = WorkStore(folder)
    store.write("samples", arrays)
    store.write("rows", rows)
    facts = [
        {**{name: getattr(task, name) for name in FACTS}, "learning": task.learning.to_json()}
        for task in tasks
    ]
    head = {
        "samples": plain,
        "tasks": facts,
        "store": str(store_folder.resolve()),
        # A family of somebody's own is imported from where this process would find it.
        "import_path": [str(Path(place).resolve()) for place in sys.path],
    }
    (folder / HEAD).write_text(json.dumps(head), encoding="utf-8")


def find_import_path(folder: Path) -> tuple[str, ...]:
    """Return where the process that asked for the fits looks for modules."""
    head = json.loads((folder / HEAD).read_text(encoding="utf-8"))
    return tuple(head["import_path"])


def read_fit_folder(folder: Path) -> tuple[Samples, tuple[FitTask, ...], Path]:
    """Read what `write_fit_folder` wrote: samples, tasks and the folder of the work store.

    Raises
    ------
    FitFolderUnreadable
        If the samples or the rows are missing or damaged.
    """
    head = json.loads((folder / HEAD).read_text(encoding="utf-8"))
    store = WorkStore(folder)
    arrays, rows = store.get("samples"), store.get("rows")
    if arrays is None or rows is None:
        raise FitFolderUnreadable(
            f"samples and rows in {folder}", "none", "free some space and run the command again"
        )
    content: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in head["samples"].items()
    }
    tasks = []
    for number, facts in enumerate(head["tasks"]):
        own: dict[str, Any] = {name: rows[f"{number}/{name}"] for name in ROWS}
        learning = LearningPlan(**facts.pop("learning"))
        tasks.append(FitTask(**facts, **own, learning=learning))
    content |= arrays
    return Samples(**content), tuple(tasks), Path(head["store"])
