"""What stands in for a registry that cannot be opened."""

from bellwether.errors import RegistryError
from bellwether.registry import Serving


class ClosedRegistry:
    """A registry that cannot be opened: it says so when asked, which the ladder understands."""

    def __init__(self, error: RegistryError) -> None:
        self._error = error

    def serving_symbol(self, *_: object) -> Serving:
        raise self._error
