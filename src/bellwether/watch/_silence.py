"""Silence: a monitor that stopped says nothing, and that must be noticed by somebody else."""

from dataclasses import dataclass

import numpy as np

from bellwether.monitor import Condition, Sighting, instant_text
from bellwether.watch._alert_ports import AlertPorts
from bellwether.watch._alerts import RaisedAlerts, take_sightings

LAST_CHECK = "watch/last"
"""Name of the checkpoint that each tick leaves last; its content has the instant under "at"."""

SILENT_SUBJECT = "monitor"
LATE_INTERVALS, SILENT_INTERVALS = 1.5, 3.0
_SECOND = np.timedelta64(1_000_000, "us")


@dataclass(frozen=True, slots=True, kw_only=True)
class LastCheck:
    """When the watched markets were last checked, and what its age means.

    Parameters
    ----------
    at : numpy.datetime64 or None
        UTC; None where there was no check yet.
    age_seconds : float or None
    condition : {"ok", "amber", "red"}
        Amber from one and a half intervals, red from three.
    """

    at: np.datetime64 | None
    age_seconds: float | None
    condition: Condition


def find_last_check(ports: AlertPorts, now: np.datetime64) -> LastCheck:
    """Return when the watched markets were last checked.

    Raises
    ------
    RegistryUnavailable
        If the memory of it cannot be read.
    """
    found = None if ports.checkpoints is None else ports.checkpoints.load(LAST_CHECK)
    if found is None:
        return LastCheck(at=None, age_seconds=None, condition="ok")
    at = np.datetime64(str(found.content["at"]).removesuffix("Z"), "us")
    age = float((now - at) / _SECOND)
    condition: Condition = "ok"
    if age > LATE_INTERVALS * ports.check_seconds:
        condition = "red" if age > SILENT_INTERVALS * ports.check_seconds else "amber"
    return LastCheck(at=at, age_seconds=age, condition=condition)


def check_silence(ports: AlertPorts, now: np.datetime64) -> RaisedAlerts:
    """Raise an alert where the monitor has stopped; for whoever serves, or asks for its state.

    Raises
    ------
    RegistryUnavailable, JournalUnavailable
        If the last check cannot be read, or the episode not written down.

    Notes
    -----
    Where there was no check yet nobody is told: a service that was never watched is none whose
    watching stopped. What waits for a receiver is sent, too.
    """
    last = find_last_check(ports, now)
    ports.book.refresh()
    seen = Sighting(
        subject=SILENT_SUBJECT,
        channel="monitor",
        condition=last.condition,
        words=_tell(last, ports.check_seconds),
        facts={} if last.at is None else {"last_check": f"{instant_text(last.at)}Z"},
        at=now,
    )
    return take_sightings([seen], ports, now)


def _tell(last: LastCheck, check_seconds: float) -> str:
    if last.age_seconds is None or last.condition == "ok":
        return ""
    hours, due = last.age_seconds / 3600.0, check_seconds / 3600.0
    return f"nobody has checked the models for {hours:,.1f} hours; every {due:g} it is due"
