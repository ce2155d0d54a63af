"""What can go wrong between a program and the service.

::

    ClientError
    ├── AnswerUnreadable     what came back is no answer of this service
    ├── BarsUnusable         bars that cannot be sent
    ├── DownloadDamaged      a file that is not what was registered
    ├── ServiceProblem       the service refused, and said why
    └── ServiceUnreachable   no answer came
"""

from bellwether.errors import ClientError


class AnswerUnreadable(ClientError):
    """What came back is no answer of this service, or of a much later version.

    Parameters
    ----------
    expected, was : str
    """

    def __init__(self, expected: str, was: str) -> None:
        super().__init__(
            expected, was, "check the address, and that client and service are of like versions"
        )


class BarsUnusable(ClientError):
    """Bars cannot be sent as they are.

    Parameters
    ----------
    expected, was, hint : str
    """

    http_status = 422


class DownloadDamaged(ClientError):
    """A file that was downloaded is not the one that was registered.

    Parameters
    ----------
    part : str
        Which part of it differs.
    """

    def __init__(self, part: str) -> None:
        self.part = part
        super().__init__(
            "the bundle with the digest that the registry names",
            f"another {part}",
            "download it again; if that does not help, the file of the service is damaged",
        )


class ServiceProblem(ClientError):
    """The service refused, and said why.

    Parameters
    ----------
    expected, was, hint : str
        As the service put it.
    status : int
        Of the response.
    kind : str
        What kind of problem, such as "unknown-model"; empty where somebody else answered.
    request_id : str
        Names the request in the log of the service.
    """

    def __init__(
        self, expected: str, was: str, hint: str, *, status: int, kind: str, request_id: str
    ) -> None:
        self.status = status
        self.kind = kind
        self.request_id = request_id
        super().__init__(expected, was, hint)


class ServiceUnreachable(ClientError):
    """No answer came.

    Parameters
    ----------
    address : str
    why : str
    """

    def __init__(self, address: str, why: str) -> None:
        self.address = address
        super().__init__(
            f"an answer from {address}", why, "check the address, and that the service runs"
        )
