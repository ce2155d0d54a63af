"""Options of the rules and of the regimes they ask for, the contract's numbers by default."""

from dataclasses import asdict, dataclass, field, fields
from typing import Literal, TypeAlias, get_args

from bellwether.hashing import digest_json
from bellwether.rules._errors import RuleOptionOutOfRange

LEAST_BARS = 60
"""Bars below which the rules hold, with confidence 0."""

Detector: TypeAlias = Literal["contract", "jump"]
"""How regimes are told: by thresholds, or by jump models over the same readings."""

_MOST_WINDOW_BARS = 500
_MOST_PENALTY = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeOptions:
    """Where one regime ends and another begins.

    Parameters
    ----------
    adx_bars, atr_bars : int, default 14
        Wilder's smoothing of the directional index and of the true range.
    change_bars : int, default 20
        Bars over which a trend shows its direction.
    fit_bars : int, default 50
        Bars through which a line is laid.
    trending_adx, ranging_adx : float, default 25 and 20
        Above the first a market trends, below the second it ranges; 0 to 100.
    change_frac : float, default 0.03
        Change over `change_bars` that a trend must exceed either way.
    volatile_frac, quiet_frac : float, default 0.03 and 0.01
        Average true range over price above which a market is volatile, below which it may be
        quiet.
    quiet_r2 : float, default 0.2
        R^2 of the line below which a calm market is quiet; 0 to 1.
    confirm_bars : int, default 3
        Equal bars in a row that confirm a regime.
    memory_bars : int, default 60
        Bars over which a previous regime is remembered; before them the market ranged.
    detector : {"contract", "jump"}, default "contract"
        "jump" weighs how far readings are from the same thresholds, bar after bar, against
        `jump_penalty`; `confirm_bars` then counts for nothing. See `detect_regime`.
    jump_penalty : float, default 3
        What a change of regime costs the jump detector, in bars whose readings lie one unit
        beyond a threshold; 0 to 1000.
    jump_range_bars : int, default 2
        Wilder's smoothing of the true range that jumps are told from, in place of `atr_bars`:
        the penalty smooths already. Neither of the two counts with "contract".

    Raises
    ------
    RuleOptionOutOfRange
        If an option is out of its range.
    """

    adx_bars: int = 14
    atr_bars: int = 14
    change_bars: int = 20
    fit_bars: int = 50
    trending_adx: float = 25.0
    ranging_adx: float = 20.0
    change_frac: float = 0.03
    volatile_frac: float = 0.03
    quiet_frac: float = 0.01
    quiet_r2: float = 0.2
    confirm_bars: int = 3
    memory_bars: int = 60
    detector: Detector = "contract"
    jump_penalty: float = 3.0
    jump_range_bars: int = 2

    def __post_init__(self) -> None:
        for name in ("adx_bars", "atr_bars", "change_bars", "fit_bars", "jump_range_bars"):
            _check_bars(name, getattr(self, name), 2)
        for name in ("confirm_bars", "memory_bars"):
            _check_bars(name, getattr(self, name), 1)
        _check_order("ranging_adx", 0.0, self.ranging_adx, self.trending_adx)
        _check_order("trending_adx", self.ranging_adx, self.trending_adx, 100.0)
        _check_order("quiet_frac", 0.0, self.quiet_frac, self.volatile_frac)
        _check_order("volatile_frac", self.quiet_frac, self.volatile_frac, 1.0)
        _check_order("change_frac", 0.0, self.change_frac, 1.0)
        _check_order("quiet_r2", 0.0, self.quiet_r2, 1.0)
        _check_order("jump_penalty", 0.0, self.jump_penalty, _MOST_PENALTY)
        if self.detector not in get_args(Detector):
            raise RuleOptionOutOfRange("detector", "'contract' or 'jump'", self.detector)
        if self.detector == "jump":
            self._check_units()

    def to_json(self) -> dict[str, object]:
        """Return what tells these regimes from others: "contract" leaves the jumps' options out."""
        told = asdict(self)
        if self.detector == "contract":
            del told["detector"], told["jump_penalty"], told["jump_range_bars"]
        return told

    def _check_units(self) -> None:
        """Check that two thresholds have a distance, and one has one from zero: both are units."""
        least = {
            "trending_adx": self.ranging_adx,
            "volatile_frac": self.quiet_frac,
            "change_frac": 0.0,
            "quiet_r2": 0.0,
        }
        for name, value in least.items():
            if not getattr(self, name) > value:
                expected = f"above {value:g} where jumps are weighed in units of it"
                raise RuleOptionOutOfRange(name, expected, getattr(self, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOptions:
    """What the rules look at.

    Parameters
    ----------
    rsi_bars : int, default 14
        Wilder's smoothing of gains and losses.
    sma_bars : int, default 50
        Bars of the moving average that the price is above or below.
    regimes : RegimeOptions

    Raises
    ------
    RuleOptionOutOfRange
        If an option is out of its range.

    Examples
    --------
    >>> RuleOptions(rsi_bars=20).digest == RuleOptions().digest
    False
    """

    rsi_bars: int = 14
    sma_bars: int = 50
    regimes: RegimeOptions = field(default_factory=RegimeOptions)

    def __post_init__(self) -> None:
        for one in fields(self):
            if one.name != "regimes":
                _check_bars(one.name, getattr(self, one.name), 2)

    @property
    def digest(self) -> str:
        """SHA-256 of every option that counts."""
        return digest_json({**asdict(self), "regimes": self.regimes.to_json()})


def _check_bars(name: str, value: object, least: int) -> None:
    if type(value) is not int or not least <= value <= _MOST_WINDOW_BARS:
        raise RuleOptionOutOfRange(
            name, f"a whole number from {least} to {_MOST_WINDOW_BARS}", value
        )


def _check_order(name: str, least: float, value: float, most: float) -> None:
    if not least <= value <= most:
        raise RuleOptionOutOfRange(name, f"from {least:g} to {most:g}", value)
