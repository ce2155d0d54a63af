"""What kind of forecast a column holds, and what it says of the bars after it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.bars import Bars
from bellwether.service._audit_errors import ForecastsElsewhere, KindUnclear
from bellwether.service._audit_findings import AuditFinding, FindingKind
from bellwether.service._audit_options import AuditOptions, ForecastKind
from bellwether.service._audit_places import PlacedForecasts

PRICE_TOLERANCE, PRICE_RESEMBLANCE = 0.10, 0.90
CHANCE_RANGE = (0.2, 0.8)
SMALL_RETURN = 0.2
# Expected returns are smaller than returns; what is much larger is in another unit.
MOST_SIZE = 3.0
NAMED: dict[ForecastKind, tuple[str, ...]] = {
    "direction": ("direction", "signal", "side", "action", "position"),
    "price": ("price", "close", "level", "target"),
    "probability": ("probability", "prob", "chance", "p_up", "pup"),
    "return": ("return", "ret"),
    "score": ("score", "rank", "alpha"),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class ReadForecasts:
    """One configuration's forecasts, as numbers whose sign is the direction.

    Parameters
    ----------
    name : str
    kind : str
    recognised : bool
        Whether the values told the kind; else it was said.
    forecast : one float64 array of shape (n_bars,) a symbol
        Above zero for a rise: expected return, probability less a half, direction or score.
    levels : one float64 array of shape (n_bars,) a symbol
        For prices, the forecast price in adjusted terms; else empty.
    has_unit : bool
        Whether `forecast` is an expected return over the horizon, as a fraction.
    finding : AuditFinding
        How the column was read.

    Notes
    -----
    Knows: each row the mark (close or open) of its own bar and those before it.
    """

    name: str
    kind: ForecastKind
    recognised: bool
    forecast: tuple[FloatArray, ...]
    levels: tuple[FloatArray, ...] = ()
    has_unit: bool = False
    finding: AuditFinding


def mark_prices(bars: Bars, options: AuditOptions) -> FloatArray:
    """Return the adjusted price at which each bar is marked: its open or its close."""
    return np.asarray(bars.matrix[:, 0 if options.known_at == "open" else 3])


def traded_prices(bars: Bars, options: AuditOptions) -> FloatArray:
    """Return the same price as it was traded, before any adjustment."""
    return bars.open if options.known_at == "open" else bars.close


def read_kinds(placed: PlacedForecasts, options: AuditOptions) -> tuple[ReadForecasts, ...]:
    """Recognise what each configuration holds and turn it into forecasts of a rise.

    Parameters
    ----------
    placed : PlacedForecasts
    options : AuditOptions

    Returns
    -------
    read : tuple of ReadForecasts

    Raises
    ------
    KindUnclear
        If values fit several kinds, or none, and nobody said which.
    ForecastsElsewhere
        If prices are not those of these bars.
    """
    return tuple(_read(placed, number, options) for number in range(len(placed.names)))


def _read(placed: PlacedForecasts, number: int, options: AuditOptions) -> ReadForecasts:
    name, bars = placed.names[number], placed.panel.bars
    values = [part[number] for part in placed.values]
    seen = _Seen(values, bars, options)
    said = options.kind_of(name)
    kind = said or _recognise(name, seen, in_words=placed.in_words[number])
    levels: list[FloatArray] = []
    forecast, words = values, _WORDS[kind]
    if kind == "price":
        levels, adjusted = _adjust_levels(name, values, seen)
        forecast = [level / mark - 1.0 for level, mark in zip(levels, seen.marks, strict=True)]
        words = words.format(mark="open" if options.known_at == "open" else "close")
        words += ", both as traded" if not adjusted and seen.is_adjusted else ""
    elif kind == "probability":
        scale = 100.0 if seen.highest > 1.0 else 1.0
        forecast = [part / scale - 0.5 for part in values]
        words += " in per cent" if scale > 1.0 else ""
    elif kind == "direction":
        forecast = [np.sign(part) for part in values]
    told = "as you said" if said else f"its values are {seen.words}"
    return ReadForecasts(
        name=name,
        kind=kind,
        recognised=said is None,
        forecast=tuple(forecast),
        levels=tuple(levels),
        has_unit=kind in ("price", "return"),
        finding=AuditFinding(kind=FindingKind.READ_AS, sentence=f"{words} ({told})", column=name),
    )


_WORDS: dict[ForecastKind, str] = {
    "return": "taken as expected returns",
    "price": "taken as prices, each turned into a return against the {mark} known then",
    "direction": "taken as directions: 1 up, 0 no view, -1 down",
    "probability": "taken as probabilities of a rise, one half being no view",
    "score": "taken as scores without a unit, above zero for a rise",
}


class _Seen:
    """What the values of one configuration look like."""

    def __init__(
        self, values: Sequence[FloatArray], bars: Sequence[Bars], options: AuditOptions
    ) -> None:
        self.marks = [mark_prices(one, options) for one in bars]
        self.traded = [traded_prices(one, options) for one in bars]
        self.is_adjusted = any(bool(np.any(one.adjustment != 1.0)) for one in bars)
        known = np.concatenate([part[np.isfinite(part)] for part in values])
        self.known = known
        self.distinct = np.unique(known)[:4]
        self.lowest = float(known.min()) if known.size else 0.0
        self.highest = float(known.max()) if known.size else 0.0
        self.median = float(np.median(known)) if known.size else 0.0
        self.from_marks = _distance(values, self.marks)
        self.from_traded = _distance(values, self.traded)
        self.follows = _resemblance(values, self.marks)
        moves = [
            part[options.horizon_bars :] / part[: -options.horizon_bars] - 1.0
            for part in self.marks
        ]
        usual = float(np.median(np.abs(np.concatenate(moves)))) if moves else 0.0
        size = float(np.median(np.abs(known))) if known.size else 0.0
        self.size = size / usual if usual > 0.0 else 0.0

    @property
    def words(self) -> str:
        """The range of the values, for a person."""
        if len(self.distinct) < 4:
            return "only " + ", ".join(f"{value:g}" for value in self.distinct)
        return f"from {self.lowest:.4g} to {self.highest:.4g}, the middle one {self.median:.4g}"


def _distance(values: Sequence[FloatArray], prices: Sequence[FloatArray]) -> float:
    """Return the median distance of values from prices as a log ratio."""
    gaps = []
    for part, price in zip(values, prices, strict=True):
        rows = np.isfinite(part) & (part > 0.0)
        gaps.append(np.abs(np.log(part[rows] / price[rows])))
    every = np.concatenate(gaps)
    return float(np.median(every)) if every.size else np.inf


def _resemblance(values: Sequence[FloatArray], prices: Sequence[FloatArray]) -> float:
    """Return the least correlation of a symbol's values with its prices."""
    found = []
    for part, price in zip(values, prices, strict=True):
        rows = np.isfinite(part)
        moves = rows.any() and float(np.ptp(part[rows])) > 0.0 and float(np.ptp(price[rows])) > 0.0
        found.append(float(np.corrcoef(part[rows], price[rows])[0, 1]) if moves else 0.0)
    return min(found, default=0.0)


def _recognise(name: str, seen: _Seen, *, in_words: bool) -> ForecastKind:
    if in_words:
        return "direction"
    fitting = _find_fitting(seen)
    if len(fitting) > 1:
        plain = name.strip().lower()
        by_name = [kind for kind in fitting if any(word in plain for word in NAMED[kind])]
        fitting = by_name if len(by_name) == 1 else fitting
    if len(fitting) != 1:
        raise KindUnclear(name, fitting, f"values {seen.words}")
    return fitting[0]


def _find_fitting(seen: _Seen) -> list[ForecastKind]:
    if not seen.known.size:
        return []
    if np.isin(seen.distinct, (-1.0, 0.0, 1.0)).all():
        both = len(seen.distinct) == 2 and seen.lowest == 0.0
        return ["direction", "probability"] if both else ["direction"]
    fitting: list[ForecastKind] = []
    if seen.lowest > 0.0 and min(seen.from_marks, seen.from_traded) <= PRICE_TOLERANCE:
        if seen.follows >= PRICE_RESEMBLANCE:
            return ["price"]
        fitting.append("price")
    low, high = CHANCE_RANGE
    share = seen.median if seen.highest <= 1.0 else seen.median / 100.0
    if seen.lowest >= 0.0 and seen.highest <= 100.0 and low <= share <= high:
        fitting.append("probability")
    signed = seen.lowest < 0.0 < seen.highest
    if signed or max(abs(seen.lowest), abs(seen.highest)) < SMALL_RETURN:
        fitting.append("return" if seen.size <= MOST_SIZE else "score")
    return fitting


def _adjust_levels(
    name: str, values: Sequence[FloatArray], seen: _Seen
) -> tuple[list[FloatArray], bool]:
    """Return prices in adjusted terms, and whether they were that already."""
    if min(seen.from_marks, seen.from_traded) > 1.0:
        raise ForecastsElsewhere(
            f"prices of these bars in column {name!r}",
            f"values {seen.words}",
            "say with --kind what the column holds, or bring the bars it is about",
        )
    if seen.from_marks <= seen.from_traded:
        return list(values), True
    triples = zip(values, seen.marks, seen.traded, strict=True)
    return [part * mark / traded for part, mark, traded in triples], False
