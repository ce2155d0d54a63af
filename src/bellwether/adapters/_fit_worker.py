"""A training process: reads task numbers on its input, writes progress on its output.

Started as `python -m bellwether.adapters._fit_worker FOLDER` by `ProcessFitRunner`. Each line
in is the number of a task in the folder; each line out is one JSON object. The outcome goes
into the work store the moment it exists, so that killing anything loses at most the fits
under way. When the input closes - the parent is gone - the process ends at once.
"""

import contextlib
import json
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from bellwether.adapters._atomic_file import write_all
from bellwether.adapters._fit_folder import find_import_path, read_fit_folder
from bellwether.adapters._work_store import WorkStore
from bellwether.errors import BellwetherError
from bellwether.validation import run_fit

REPORT_EVERY_SECONDS = 0.2


def serve(folder: Path, say: Callable[[dict[str, object]], None]) -> None:
    """Fit what is asked for until the input closes."""
    sys.path += [place for place in find_import_path(folder) if place not in sys.path]
    samples, tasks, store_folder = read_fit_folder(folder)
    store = WorkStore(store_folder)
    say({"ready": True})
    for number in listen():
        reported_at = [0.0]

        def report(share: float, number: int = number, last: list[float] = reported_at) -> None:
            if time.monotonic() - last[0] >= REPORT_EVERY_SECONDS:
                last[0] = time.monotonic()
                say({"task": number, "share": share})

        try:
            store.put(tasks[number].key, run_fit(samples, tasks[number], report))
        except BellwetherError as error:
            facts = {"expected": error.expected, "was": error.was, "hint": error.hint}
            say({"task": number, "failed": type(error).__name__, **facts})
        except Exception as error:  # noqa: BLE001 - the door of this process: told to the parent
            trace = traceback.format_exc()
            say({"task": number, "failed": type(error).__name__, "trace": trace})
        else:
            say({"task": number, "done": True})


def listen() -> Iterator[int]:
    """Yield the numbers of the tasks asked for; end the process when the input closes."""
    asked: queue.SimpleQueue[int] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            asked.put(int(line))
        # Nobody is left to hand a result to, and a fit may go on for minutes.
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    while True:
        yield asked.get()


def open_channel() -> Callable[[dict[str, object]], None]:
    """Return a function that writes one JSON line to the parent.

    Whatever a library prints goes to the error output from now on: it is no message.
    """
    channel = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def say(message: dict[str, object]) -> None:
        write_all(channel, f"{json.dumps(message)}\n".encode("ascii"))

    return say


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):  # the parent is gone: nobody to tell
        serve(Path(sys.argv[1]), open_channel())
