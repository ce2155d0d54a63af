"""A process that makes runs of the gate: reads their numbers, writes whether it promoted.

Started as `python -m bellwether.adapters._calibration_worker FOLDER` by
`ProcessCalibrationRunner`. When the input closes - the parent is gone - it ends at once.
"""

import contextlib
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from bellwether.adapters._calibration_folder import read_calibration
from bellwether.adapters._fit_worker import listen, open_channel
from bellwether.validation import is_promoted


def serve(folder: Path, say: Callable[[dict[str, object]], None]) -> None:
    """Make the runs that are asked for until the input closes."""
    setting, runs = read_calibration(folder)
    worlds = setting.worlds
    say({"ready": True})
    for place in listen():
        world, number = runs[place]
        try:
            promoted = is_promoted(setting, worlds[world], number)
        except Exception as error:  # noqa: BLE001 - the door of this process: told to the parent
            say({"failed": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()})
        else:
            say({"run": place, "promoted": promoted})


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):  # the parent is gone: nobody to tell
        serve(Path(sys.argv[1]), open_channel())
