"""What can be asked about watching and has no answer.

::

    RequestRefused
    └── ModelNotWatched   no outcome of the model has been looked at yet
"""

from bellwether.http._errors import RequestRefused


class ModelNotWatched(RequestRefused):
    """Nothing is known of a model by watching it.

    Parameters
    ----------
    model_id : str
    """

    http_status = 404

    def __init__(self, model_id: str) -> None:
        self.model_id = model_id
        super().__init__(
            "a model that is watched",
            repr(model_id),
            "models that serve are watched from the next check on: bellwether monitor --once",
        )
