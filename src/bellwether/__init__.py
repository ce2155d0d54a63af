"""bellwether: models that predict a market's next move, and that must earn their place.

::

    import bellwether
    result = bellwether.train("bars.csv", budget="2m")
    result.leaderboard, result.verdict, result.predict("bars.csv")

Names are loaded when they are first asked for: `import bellwether` costs nothing.
"""

from typing import TYPE_CHECKING

from bellwether._lazy import lend
from bellwether._version import __version__

if TYPE_CHECKING:
    from bellwether._api import Trained, train
    from bellwether.sources import read_all_bars, read_bars, sample_market
else:
    __getattr__, __dir__ = lend(
        __name__,
        {
            "bellwether._api": ("Trained", "train"),
            "bellwether.sources": ("read_all_bars", "read_bars", "sample_market"),
        },
    )

__all__ = ["Trained", "__version__", "read_all_bars", "read_bars", "sample_market", "train"]
