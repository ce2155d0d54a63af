"""Catalogues: the feature sets that have a name."""

from collections.abc import Callable

from bellwether.features import _functions as f
from bellwether.features import _indicators as indicators
from bellwether.features._alpha import alpha158, alpha360
from bellwether.features._errors import UnknownCatalogue
from bellwether.features._feature_set import FeatureSet
from bellwether.features._technical import technical35


def core15() -> FeatureSet:
    """Return the fifteen features that the models of the contract take.

    All are stationary, known at the bar's close and finite on any bars within the data
    contract. Units: RSI in points; macd_signal and atr_14 in percent of the close;
    volatility_20 a fraction a year; bollinger_position_20, trend_r2_50 and close_location
    shares of one; the others fractions.

    Examples
    --------
    >>> len(core15()), core15().lookback_bars
    (15, 155)
    """
    relative_strength = indicators.rsi(14)
    return FeatureSet(
        name="core15",
        version="1",
        features=(
            ("rsi_14", relative_strength),
            ("rsi_14_change_1", f.delta(relative_strength, 1)),
            ("sma_dev_5", indicators.average_deviation(5)),
            ("sma_dev_20", indicators.average_deviation(20)),
            ("sma_dev_50", indicators.average_deviation(50)),
            ("momentum_10", indicators.simple_return(10)),
            ("volume_ratio_20", indicators.volume_ratio(20)),
            ("volatility_20", indicators.annual_volatility(20)),
            ("macd_signal", indicators.macd_signal()),
            ("bollinger_position_20", indicators.bollinger_position(20)),
            ("atr_14", 100 * indicators.atr(14) / f.close),
            ("return_1", indicators.simple_return(1)),
            ("return_5", indicators.simple_return(5)),
            ("trend_r2_50", f.r2(f.close, 50)),
            ("close_location", indicators.close_location()),
        ),
    )


def core14() -> FeatureSet:
    """Return `core15` without volume_ratio_20, for markets that have no volume."""
    kept = tuple(pair for pair in core15().features if pair[0] != "volume_ratio_20")
    return FeatureSet(name="core14", version="1", features=kept)


CATALOGUES: dict[str, Callable[[], FeatureSet]] = {
    "core14": core14,
    "core15": core15,
    "technical35": technical35,
    "alpha158": alpha158,
    "alpha360": alpha360,
}


def find_catalogue(name: str) -> FeatureSet:
    """Return the feature set of that name.

    Raises
    ------
    UnknownCatalogue
        If there is none.
    """
    if name not in CATALOGUES:
        raise UnknownCatalogue(name, tuple(CATALOGUES))
    return CATALOGUES[name]()
