"""A service whose clock can be moved: what `bellwether serve` serves, on another clock.

usage: python _clocked_service.py HOME PORT
"""

import os
import sys
from pathlib import Path

import numpy as np

from bellwether.bootstrap import open_workspace
from bellwether.clock import SystemClock
from bellwether.http import (
    FixedCalendars,
    HttpOptions,
    HttpPorts,
    Presence,
    ServeOptions,
    make_app,
    open_sockets,
    serve,
)
from bellwether.service import PredictPorts
from bellwether.sources import find_sessions

CALENDAR, DAY = "24/7", np.timedelta64(1, "D")


class MovedClock:
    """The machine's clock, so many seconds off as a file says at the moment."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._clock = SystemClock()
        self._mark: tuple[int, int] | None = None
        self._offset = np.timedelta64(0, "us")

    def now(self) -> np.datetime64:
        """Return the instant that the moved clock shows, UTC."""
        try:
            look = os.stat(self._path)  # noqa: PTH116 - asked for each question
            mark = look.st_ino, look.st_mtime_ns
            if mark != self._mark:
                seconds = float(self._path.read_text(encoding="ascii"))
                self._offset = np.timedelta64(round(seconds * 1e6), "us")
                self._mark = mark
        except (OSError, ValueError):
            pass  # being written: as it was
        return self._clock.now() + self._offset


def main() -> int:
    """Serve until told to end."""
    home, port = Path(sys.argv[1]), int(sys.argv[2])
    workspace = open_workspace(
        {"home": home}, clock=MovedClock(home / "clock.txt"), opens_late=True
    )
    today = SystemClock().now().astype("datetime64[D]")
    sessions = find_sessions(CALENDAR, today - 1100 * DAY, today + 800 * DAY)
    ports = HttpPorts(
        predict=PredictPorts(
            registry=workspace.registry,
            bundles=workspace.bundles,
            rules=workspace.rules,
            clock=workspace.clock,
        ),
        files=workspace.bundles,
        calendars=FixedCalendars({CALENDAR: sessions.calendar("1d")}),
        journal=workspace.journal,
        bars=workspace.bars,
    )
    app = make_app(ports, HttpOptions(predict=workspace.predict_options))
    return serve(app, open_sockets("127.0.0.1", port), ServeOptions(), Presence())


if __name__ == "__main__":
    sys.exit(main())
