"""Why there is no answer about evidence."""

from bellwether.errors import ServiceError


class EvidenceUnavailable(ServiceError):
    """The desk cannot answer: its process failed, or met what it cannot tell otherwise.

    Parameters
    ----------
    was : str
    """

    http_status = 503

    def __init__(self, was: str) -> None:
        super().__init__(
            "an answer about evidence", was, "ask again; the log of the service says more"
        )


class EvidenceTooSlow(ServiceError):
    """The desk did not answer in time.

    Parameters
    ----------
    seconds : float
        It was waited for.
    """

    http_status = 503

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(
            f"an answer about evidence within {seconds:g} s",
            "none",
            "ask again in a while: the first answers about a long journal take the longest",
        )
