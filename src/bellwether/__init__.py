"""bellwether: models that predict a market's next move, and that must earn their place."""

from bellwether._version import __version__

__all__ = ["__version__"]
