"""Apprise: notices to mail, chat and telephones, wherever its library knows the way."""

import logging
from collections.abc import Mapping

from bellwether.adapters._bounded_call import attempt_within
from bellwether.watch import Notice, NoticeNotDelivered

APPRISE_MISSING = "an installation without Apprise"
_INSTALL = "pip install 'bellwether[alerts]', and it is sent by the next tick"
_KINDS: Mapping[str, str] = {
    "ok": "success",
    "recovering": "info",
    "amber": "warning",
    "red": "failure",
}


class AppriseNotifier:
    """Sends notices by an Apprise URL; treaty as `Notifier`.

    Parameters
    ----------
    name : str
    url : str
        As Apprise reads it, such as mailto://, slack:// or tgram://.
    total_seconds : float, default 20
        Within which it must be sent.

    Notes
    -----
    Apprise itself tells no more than whether it could; and its own log, which repeats addresses
    it cannot read, is switched off.
    """

    __slots__ = ("_name", "_total_seconds", "_url")

    def __init__(self, name: str, url: str, *, total_seconds: float = 20.0) -> None:
        self._name = name
        self._url = url
        self._total_seconds = total_seconds

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._name!r})"

    @property
    def name(self) -> str:
        """Which receiver it is."""
        return self._name

    def send(self, notice: Notice) -> None:
        """Send a notice.

        Raises
        ------
        NoticeNotDelivered
            If Apprise is not installed, cannot read the URL, or did not get it there in time.
        """
        reasons: list[str] = []
        error = attempt_within(self._total_seconds, lambda: reasons.append(self._notify(notice)))
        if isinstance(error, ImportError):
            raise NoticeNotDelivered(self._name, APPRISE_MISSING, hint=_INSTALL)
        if isinstance(error, TimeoutError):
            reasons = ["no answer in time"]
        elif error is not None:
            reasons = [f"a failure of the kind {type(error).__name__}"]
        if reasons[0]:
            raise NoticeNotDelivered(self._name, reasons[0])

    def _notify(self, notice: Notice) -> str:
        """Return why it was not sent, or nothing."""
        import apprise  # noqa: PLC0415 - an extra

        logging.getLogger("apprise").disabled = True
        # Without a limit of its own: its threads would be waited for when the process ends.
        asset = apprise.AppriseAsset(async_mode=False, http_redirects=False, service_timeout=0)
        service = apprise.Apprise.instantiate(self._url, asset=asset)
        if service is None:
            return "an address that Apprise cannot read"
        sender = apprise.Apprise(asset=asset)
        sender.add(service)
        is_sent = sender.notify(
            title=notice.title,
            body=notice.text,
            notify_type=apprise.NotifyType(_KINDS[notice.condition]),
            body_format=apprise.NotifyFormat.TEXT,
        )
        return "" if is_sent else "a service that Apprise could not deliver to"
