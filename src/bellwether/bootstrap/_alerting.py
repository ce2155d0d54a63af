"""Whom a home folder's alerts are told, and where they are remembered."""

import contextlib

from bellwether import adapters
from bellwether.bootstrap._home import Home
from bellwether.errors import RegistryError
from bellwether.monitor import EpisodeOptions
from bellwether.watch import AlertPorts, Checkpoints, Notifier, tell_directly

_HOUR, _DAY = 3600.0, 86_400.0
_GONE = "the journal cannot be read or written: models are not watched, and alerts are not noted"


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
    return AlertPorts(
        journal=home.journal,
        notifiers=_open_notifiers(home),
        checkpoints=home.checkpoints,
        owner=adapters.name_holder(),
        check_seconds=settings.monitor_interval_hours * _HOUR,
        episodes=EpisodeOptions(
            cooling_seconds=settings.alert_cooling_hours * _HOUR,
            remind_seconds=settings.alert_reminder_days * _DAY,
        ),
    )


def tell_journal_gone(home: Home) -> tuple[str, ...]:
    """Tell every receiver that watching stands still, since the journal is not to be had.

    At most once in six hours, with whoever serves; see `tell_directly`.

    Returns
    -------
    failed : tuple of str
        Why some receivers did not take it.
    """
    checkpoints: Checkpoints | None = None
    with contextlib.suppress(RegistryError):
        checkpoints = home.checkpoints
    ports = AlertPorts(
        journal=adapters.MemoryJournal(),  # nothing of this can be noted
        notifiers=_open_notifiers(home),
        checkpoints=checkpoints,
        owner=adapters.name_holder(),
    )
    return tell_directly(_GONE, ports, home.clock.now())


def _open_notifiers(home: Home) -> tuple[Notifier, ...]:
    settings = home.settings
    key = settings.alert_signing_key
    return tuple(
        adapters.open_notifiers(
            {name: url.get_secret_value() for name, url in settings.alert_receivers.items()},
            clock=home.clock,
            signing_key=None if key is None else key.get_secret_value(),
        )
    )
