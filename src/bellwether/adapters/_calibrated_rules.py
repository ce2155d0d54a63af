"""The rules with the record they have on some markets' own past."""

from collections.abc import Sequence

import numpy as np

from bellwether.bars import Bars
from bellwether.labels import forward_return
from bellwether.registry import Bundle, LoadedBundle, make_rules_bundle, open_bundle, pack_bundle
from bellwether.rules import calibrate_rules, rule_signals

CLOSE = 3


def calibrated_rules(bars: Sequence[Bars], horizon_bars: int) -> Bundle:
    """Return the rules' bundle with probabilities from the past of some bars.

    Parameters
    ----------
    bars : sequence of Bars
        Histories up to the last closed bar, pooled.
    horizon_bars : int
        Bars after which a signal's outcome is known.

    Returns
    -------
    bundle : Bundle

    Notes
    -----
    Knows: outcomes that had closed at each history's last bar.
    """
    directions = [rule_signals(one.matrix).direction for one in bars]
    outcomes = [forward_return(one.matrix[:, CLOSE], horizon_bars) for one in bars]
    return make_rules_bundle(calibrate_rules(np.concatenate(directions), np.concatenate(outcomes)))


class CalibratedRules:
    """Gives the rules' bundle, calibrated on the bars in hand; depends on no disk.

    Parameters
    ----------
    bars : sequence of Bars
    horizon_bars : int
        As for `calibrated_rules`.
    """

    __slots__ = ("_bars", "_horizon_bars", "_loaded")

    def __init__(self, bars: Sequence[Bars], horizon_bars: int) -> None:
        self._bars = bars
        self._horizon_bars = horizon_bars
        self._loaded: LoadedBundle | None = None

    def load(self) -> LoadedBundle:
        """Return the bundle of the rules."""
        if self._loaded is None:
            content = pack_bundle(calibrated_rules(self._bars, self._horizon_bars))
            self._loaded = open_bundle(content, "the rules")
        return self._loaded
