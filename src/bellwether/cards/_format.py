"""How numbers, instants and names are written for a person, on a page and in a terminal."""

import math
import unicodedata
from collections.abc import Callable, Sequence

import numpy as np

from bellwether.models import family_words

DASH = "–"
MINUS = "−"
_NAMES = {"lstm": "LSTM", "transformer": "Transformer", "always_up": "Always up (buy and hold)"}
_UNITS = {"m": "minute", "h": "hour", "d": "day", "w": "week"}
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def write_percent(value: float | None, places: int = 1, *, signed: bool = False) -> str:
    """Return a fraction as a percentage.

    Parameters
    ----------
    value : float or None
        Fraction; None and NaN are unknown and become a dash.
    places : int
        Digits after the point.
    signed : bool
        Whether a gain shows its plus.

    Returns
    -------
    text : str

    Examples
    --------
    >>> write_percent(0.5312), write_percent(-0.02, signed=True), write_percent(None)
    ('53.1%', '−2.0%', '–')
    """
    text = write_number(None if value is None else 100.0 * value, places, signed=signed)
    return text if text in (DASH, "infinite") else f"{text}%"


def write_number(value: float | None, places: int = 2, *, signed: bool = False) -> str:
    """Return a number with thousands apart; None and NaN become a dash.

    Examples
    --------
    >>> write_number(1234.5), write_number(float("inf")), write_number(-0.001)
    ('1,234.50', 'infinite', '0.00')
    """
    if value is None or math.isnan(value):
        return DASH
    if math.isinf(value):
        return "infinite" if value > 0 else f"{MINUS}infinite"
    # Adding zero turns a rounded -0 into 0.
    rounded = round(value, places) + 0.0
    sign = MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
    return f"{sign}{abs(rounded):,.{places}f}"


def write_count(value: float | None) -> str:
    """Return a whole number with thousands apart.

    Examples
    --------
    >>> write_count(12345)
    '12,345'
    """
    return write_number(value, 0)


def write_chance(value: float | None) -> str:
    """Return a probability as a percentage that never claims to be certain.

    Examples
    --------
    >>> write_chance(0.0312), write_chance(1e-9), write_chance(0.99999)
    ('3.1%', 'below 0.1%', 'above 99.9%')
    """
    if value is not None and value < 0.001:
        return "below 0.1%"
    if value is not None and value > 0.999:
        return "above 99.9%"
    return write_percent(value)


def write_price(value: float | None) -> str:
    """Return a price with the digits its size asks for.

    Examples
    --------
    >>> write_price(2506.85), write_price(1.08345), write_price(0.000012345)
    ('2,506.85', '1.0835', '0.00001234')
    """
    if value is None or not math.isfinite(value) or value == 0.0:
        return write_number(value)
    size = math.floor(math.log10(abs(value)))
    return write_number(value, 2 if size >= 1 else max(4, 3 - size))


def write_any(value: float | None) -> str:
    """Return a number of unknown size, with about four digits that matter.

    Examples
    --------
    >>> write_any(1764.0), write_any(2.8070), write_any(3e-17)
    ('1,764', '2.807', 'below 0.000001')
    """
    if value is None or not math.isfinite(value):
        return write_number(value)
    if value == round(value) and abs(value) < 1e15:
        return write_count(value)
    if abs(value) < 1e-6:
        return "below 0.000001"
    return write_number(value, max(0, 3 - math.floor(math.log10(abs(value)))))


def write_range(low: float | None, high: float | None, write: Callable[[float], str]) -> str:
    """Return both ends of an interval, or a dash where one is unknown.

    Examples
    --------
    >>> write_range(0.51, 0.55, write_percent)
    '51.0% to 55.0%'
    """
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return DASH
    return f"{write(low)} to {write(high)}"


def write_day(instant: np.datetime64 | None) -> str:
    """Return the UTC day of an instant.

    Examples
    --------
    >>> write_day(np.datetime64("2018-12-31T21:00"))
    '2018-12-31'
    """
    if instant is None or np.isnat(instant):
        return DASH
    return str(np.datetime_as_string(instant, unit="D"))


def write_instant(instant: np.datetime64 | None) -> str:
    """Return an instant to the minute.

    Examples
    --------
    >>> write_instant(np.datetime64("2018-12-31T21:00"))
    '2018-12-31 21:00 UTC'
    """
    if instant is None or np.isnat(instant):
        return DASH
    return f"{np.datetime_as_string(instant, unit='m')}".replace("T", " ") + " UTC"


def write_bars(interval: str) -> str:
    """Return the kind of bars an interval stands for.

    Examples
    --------
    >>> write_bars("1d"), write_bars("15m")
    ('1-day bars', '15-minute bars')
    """
    count, unit = interval[:-1], _UNITS.get(interval[-1:])
    return f"{count}-{unit} bars" if count.isdigit() and unit else f"{printable(interval)} bars"


def write_horizon(horizon_bars: int) -> str:
    """Return how far ahead a forecast looks.

    Examples
    --------
    >>> write_horizon(1), write_horizon(5)
    ('the next bar', 'the next 5 bars')
    """
    return "the next bar" if horizon_bars == 1 else f"the next {horizon_bars} bars"


def write_name(name: str) -> str:
    """Return the name of a pipeline, floor or check as people say it.

    Examples
    --------
    >>> write_name("gradient_boosting"), write_name("lstm")
    ('Gradient boosting', 'LSTM')
    """
    words = family_words(printable(name))
    return words if ":" in name else _NAMES.get(name, words[:1].upper() + words[1:])


def write_list(names: Sequence[str], most: int = 6) -> str:
    """Return names with commas, the last ones of many only counted.

    Examples
    --------
    >>> write_list(["A", "B", "C", "D"], most=2)
    'A, B and 2 more'
    """
    shown = ", ".join(printable(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def write_digest(digest: str) -> str:
    """Return the start of a digest: enough to compare by eye."""
    return printable(digest)[:12]


def as_sentence(clause: str) -> str:
    """Return a clause with a capital at its start and a full stop at its end.

    Examples
    --------
    >>> as_sentence("the forecast varies")
    'The forecast varies.'
    """
    text = printable(clause).strip()
    ended = text if text.endswith((".", "!", "?")) else f"{text}."
    return ended[:1].upper() + ended[1:]


def printable(text: str) -> str:
    r"""Return a text without characters that steer a terminal or reverse a line.

    Examples
    --------
    >>> printable("A\x1b[31mB")
    'A [31mB'
    """
    return "".join(" " if unicodedata.category(sign) in _UNPRINTABLE else sign for sign in text)
