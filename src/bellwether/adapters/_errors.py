"""What can go wrong with the processes that train, and that try the gate."""

from bellwether.errors import ModelError, MonitorError, ValidationError
from bellwether.validation import FitTask


class FitFailed(ModelError):
    """A training process reported an error, or died.

    Parameters
    ----------
    expected, was, hint : str
    task : FitTask, optional
        The fit under way, where one was; kept as `family` and `fold`.
    cause : str
        Name of the error in the process, or how the process ended.
    """

    def __init__(
        self, expected: str, was: str, hint: str, *, task: FitTask | None = None, cause: str = ""
    ) -> None:
        self.family = task.family if task else None
        self.fold = task.fold if task else None
        self.cause = cause
        super().__init__(expected, was, hint)


class FitFolderUnreadable(ModelError):
    """The folder of a run lacks its samples or its rows."""


class CalibrationStopped(ValidationError):
    """A process that tried the gate reported an error, or died."""

    http_status = 500


class ChallengerFailed(MonitorError):
    """The process that trained a challenger reported an error, died, or took too long."""

    http_status = 500
