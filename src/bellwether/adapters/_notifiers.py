"""Notifiers: the receivers that the settings name, and the log, which is always told."""

import logging
from collections.abc import Mapping

from bellwether.adapters._apprise import AppriseNotifier
from bellwether.adapters._webhook import WebhookNotifier
from bellwether.clock import Clock
from bellwether.watch import Notice, Notifier

LOG_RECEIVER = "log"
_WEBHOOK_SCHEMES = frozenset({"http", "https"})
_LEVELS: Mapping[str, int] = {
    "ok": logging.INFO,
    "recovering": logging.WARNING,
    "amber": logging.WARNING,
    "red": logging.ERROR,
}
_log = logging.getLogger("bellwether.alerts")


class LogNotifier:
    """Writes notices to the log of the process, one line an episode; treaty as `Notifier`."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The log's name among the receivers."""
        return LOG_RECEIVER

    def send(self, notice: Notice) -> None:
        """Write a notice down."""
        level = _LEVELS[notice.condition]
        for line in notice.text.splitlines() or [notice.title]:
            _log.log(level, "reason=alert: %s", line)


def open_notifiers(
    receivers: Mapping[str, str], *, clock: Clock, signing_key: str | None = None
) -> tuple[Notifier, ...]:
    """Return who is told: the log, and each receiver by its URL.

    Parameters
    ----------
    receivers : mapping of str to str
        URL by name: http and https are webhooks, everything else is Apprise's.
    clock : Clock
    signing_key : str, optional
        Signs what webhooks get.

    Notes
    -----
    Nothing is opened and nobody is asked: an address that is wrong is told by who sends to it.
    """
    found: list[Notifier] = [LogNotifier()]
    for name, url in receivers.items():
        if url.partition("://")[0].lower() in _WEBHOOK_SCHEMES:
            found.append(WebhookNotifier(name, url, clock=clock, signing_key=signing_key))
        else:
            found.append(AppriseNotifier(name, url))
    return tuple(found)
