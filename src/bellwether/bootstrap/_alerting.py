"""Whom a home folder's alerts are told, and where they are remembered."""

import os
import socket

from bellwether import adapters
from bellwether.bootstrap._home import Home
from bellwether.monitor import EpisodeOptions
from bellwether.watch import AlertPorts

_HOUR, _DAY = 3600.0, 86_400.0


def open_alerts(home: Home) -> AlertPorts:
    """Return what telling people needs, as the settings of a home have it.

    Parameters
    ----------
    home : Home

    Returns
    -------
    ports : AlertPorts
        Nobody is asked yet: a receiver whose address is wrong is told of when it is sent to.
    """
    settings = home.settings
    key = settings.alert_signing_key
    notifiers = adapters.open_notifiers(
        {name: url.get_secret_value() for name, url in settings.alert_receivers.items()},
        clock=home.clock,
        signing_key=None if key is None else key.get_secret_value(),
    )
    return AlertPorts(
        journal=home.journal,
        notifiers=notifiers,
        checkpoints=home.checkpoints,
        owner=f"{socket.gethostname()[:80]} {os.getpid()}",
        check_seconds=settings.monitor_interval_hours * _HOUR,
        episodes=EpisodeOptions(
            cooling_seconds=settings.alert_cooling_hours * _HOUR,
            remind_seconds=settings.alert_reminder_days * _DAY,
        ),
    )
