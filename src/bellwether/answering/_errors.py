"""What goes wrong between the front and the inference process."""

from bellwether.errors import ServiceError


class Rubbish(Exception):
    """What came over the pipe is no message. It never leaves this package.

    Parameters
    ----------
    was : str
        What came instead.
    """


class InferenceProcessDown(ServiceError):
    """The process that computes models does not do what it was asked to.

    Parameters
    ----------
    was : str
        How it is instead.
    """

    http_status = 503

    def __init__(self, was: str) -> None:
        hint = "ask again in a moment: it is started anew by itself; the log says what happened"
        super().__init__("an inference process that answers", was, hint)
