"""bellwether: models that predict a market's next move, and that must earn their place.

::

    import bellwether
    result = bellwether.train("bars.csv", budget="2m")
    result.leaderboard, result.verdict, result.predict("bars.csv")

Names are loaded when they are first asked for: `import bellwether` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from bellwether._version import __version__

if TYPE_CHECKING:
    from bellwether._api import Trained, train
    from bellwether.adapters import read_bars, sample_market

_HOMES = {
    "Trained": "bellwether._api",
    "read_bars": "bellwether.adapters",
    "sample_market": "bellwether.adapters",
    "train": "bellwether._api",
}

__all__ = ["Trained", "__version__", "read_bars", "sample_market", "train"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'bellwether' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
