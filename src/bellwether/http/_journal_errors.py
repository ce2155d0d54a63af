"""What can be asked of the journal and not be answered in time.

::

    RequestRefused
    └── CheckUnderway   the journal is being verified and that takes longer than a request may
"""

from bellwether.http._errors import RequestRefused


class CheckUnderway(RequestRefused):
    """A check of the whole journal goes on longer than a request may.

    Parameters
    ----------
    patience_seconds : float
    """

    http_status = 503

    def __init__(self, patience_seconds: float) -> None:
        self.patience_seconds = patience_seconds
        super().__init__(
            f"a check of the journal within {patience_seconds:g} s",
            "one that still runs",
            "ask again later for its result, or run bellwether journal --verify",
        )

    @property
    def headers(self) -> dict[str, str]:
        """When to come back."""
        return {"retry-after": "10"}
