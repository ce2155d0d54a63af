"""Worlds in which something drawn per seed can be learned from the bars alone.

A world's next shock is `ic x signal + sqrt(1 - ic^2) x noise`, noise a unit-variance t5, volatility
the GARCH(1,1) of EVIDENCE.md; the signal is a function of the bars so far. What it is made of -
quantities, window, sign, lag, form - is drawn from the seed; none of it is a feature of a catalogue
as such. The constants that standardise it come from a longer world without any edge.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from scipy.special import ndtr, stdtrit

from bellwether.arrays import FloatArray
from bellwether.bars import Bars, Panel

Kind = Literal["reversal", "regime momentum", "interaction", "cross-section", "noise"]

YEAR, BURN_IN_BARS, DRIFT, VOLATILITY, FREEDOM = 252, 300, 0.08, 0.18, 5
REACTION, PERSISTENCE = 0.05, 0.93
SHOCK_CORRELATION = 0.3
MOST_SIGNAL = 3.0
FIRST_DAY = np.datetime64("2000-01-03", "D")
PILOT_SEED, PILOT_BARS, PILOT_SYMBOLS = 7, 1500, 40

# What a signal may be made of; each is a function of bars up to its own.
QUANTITIES = (
    "move 1",
    "move 5",
    "move 10",
    "move 20",
    "gap 20",
    "gap 50",
    "place",
    "volume",
    "unrest 20",
    "straightness 50",
)
REGIMES = ("unrest 20", "straightness 50", "gap 50")
FORMS = ("product", "sign of one times the other", "one while the other is high")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What was drawn for a world.

    Parameters
    ----------
    kind : str
    quantities : tuple of str
        One or two of `QUANTITIES`.
    form : str
        How two are joined; "alone" for one.
    sign : {1, -1}
    lag : int
        Bars between the quantities and the decision.
    """

    kind: Kind
    quantities: tuple[str, ...]
    form: str
    sign: int
    lag: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LearningWorld:
    """A panel with the truth behind it.

    Parameters
    ----------
    panel : Panel
    signal : float64 array of shape (n_bars, n_symbols)
        Standardised, known at each bar's close, of the next bar; zero where there is no edge.
    recipe : Recipe
    path : Path
        All that happened, the burn-in before the panel's first bar included.
    """

    panel: Panel
    signal: FloatArray
    recipe: Recipe
    path: "Path"


def draw_recipe(kind: Kind, random: np.random.Generator) -> Recipe:
    """Draw what a world's signal is made of."""
    sign = int(random.choice([-1, 1]))
    if kind == "reversal":
        return Recipe(
            kind=kind, quantities=("move 5",), form="alone", sign=sign, lag=int(random.integers(3))
        )
    if kind == "regime momentum":
        pair = (str(random.choice(["move 10", "move 20"])), str(random.choice(REGIMES)))
        form = str(random.choice(["while high", "while low"]))
        return Recipe(kind=kind, quantities=pair, form=form, sign=sign, lag=int(random.integers(2)))
    if kind == "interaction":
        first, second = (str(name) for name in random.choice(QUANTITIES, 2, replace=False))
        form = str(random.choice(FORMS))
        lag = int(random.integers(2))
        return Recipe(kind=kind, quantities=(first, second), form=form, sign=sign, lag=lag)
    name = str(random.choice(QUANTITIES))
    return Recipe(
        kind=kind, quantities=(name,), form="alone", sign=sign, lag=int(random.integers(3))
    )


def learning_world(
    kind: Kind, seed: int, *, n_bars: int, n_symbols: int = 1, ic: float = 0.1
) -> LearningWorld:
    """Simulate one world.

    Parameters
    ----------
    kind : str
        "noise" has no edge whatever `ic`; "cross-section" predicts what a symbol does beyond
        the mean of all.
    seed : int
    n_bars, n_symbols : int
    ic : float
        Correlation of the signal with the next bar's shock.
    """
    code = ["reversal", "regime momentum", "interaction", "cross-section", "noise"].index(kind)
    drawing, shocks, dress = (
        np.random.default_rng(child)
        for child in np.random.SeedSequence([seed, code, n_symbols]).spawn(3)
    )
    recipe = draw_recipe(kind, drawing)
    strength = 0.0 if kind == "noise" else ic
    if kind == "cross-section":
        # Of what a symbol does beyond the mean of all, which varies that much less.
        strength *= math.sqrt((1.0 - SHOCK_CORRELATION) * (1.0 - 1.0 / n_symbols))
    path = Path(BURN_IN_BARS + n_bars, n_symbols, shocks, dress)
    _walk(path, recipe, strength, moments_of(recipe))
    return LearningWorld(
        panel=path.panel(),
        signal=path.signal[BURN_IN_BARS:] * (strength > 0.0),
        recipe=recipe,
        path=path,
    )


@dataclass(frozen=True, slots=True)
class Moments:
    """What standardises a recipe: of each quantity, and of the signal made of them."""

    centre: tuple[float, ...]
    scale: tuple[float, ...]
    signal_mean: float = 0.0
    signal_scale: float = 1.0


class Path:
    """A market on its way: everything up to the bar that was walked last."""

    def __init__(
        self,
        n_bars: int,
        n_symbols: int,
        shocks: np.random.Generator,
        dress: np.random.Generator,
    ) -> None:
        shape = (n_bars, n_symbols)
        share = SHOCK_CORRELATION if n_symbols > 1 else 0.0
        normal = math.sqrt(share) * shocks.standard_normal((n_bars, 1))
        normal = normal + math.sqrt(1.0 - share) * shocks.standard_normal(shape)
        self.noise = stdtrit(FREEDOM, ndtr(normal)) * math.sqrt((FREEDOM - 2) / FREEDOM)
        self.above, self.below = np.abs(dress.standard_normal((2, *shape))) * 0.5
        self.volume = dress.standard_normal(shape)
        self.shock, self.signal = np.zeros(shape), np.zeros(shape)
        self.variance = np.ones((n_bars + 1, n_symbols))
        self.level = np.zeros((n_bars + 1, n_symbols))

    def step(self, bar: int, shock: FloatArray) -> None:
        """Close a bar with its shock."""
        self.shock[bar] = shock
        self.level[bar + 1] = self.level[bar] + shock
        reacted = REACTION * shock**2 + PERSISTENCE
        self.variance[bar + 1] = 1.0 - REACTION - PERSISTENCE + reacted * self.variance[bar]

    def quantity(self, name: str, bar: int) -> FloatArray:
        """Return one quantity as it stood at a bar's close, one number a symbol."""
        word, _, size = name.partition(" ")
        n = int(size or 1)
        if word == "move":
            return np.asarray((self.level[bar + 1] - self.level[bar + 1 - n]) / math.sqrt(n))
        if word == "gap":
            recent = self.level[bar + 2 - n : bar + 2]
            return np.asarray((recent[-1] - recent.mean(axis=0)) / math.sqrt(n))
        if word == "place":
            body, above, below = self.shock[bar], self.above[bar], self.below[bar]
            return np.asarray((np.maximum(body, 0.0) + below) / (np.abs(body) + above + below))
        if word == "volume":
            return np.asarray(self.volume[bar])
        recent = self.shock[bar + 1 - n : bar + 1]
        if word == "unrest":
            scaled = recent**2 * self.variance[bar + 1 - n : bar + 1]
            return np.asarray(np.log(scaled.mean(axis=0)))
        return np.asarray(np.abs(recent.sum(axis=0)) / np.abs(recent).sum(axis=0))

    def panel(self) -> Panel:
        """Return the bars after the burn-in."""
        kept = slice(BURN_IN_BARS, None)
        deviation = VOLATILITY / math.sqrt(YEAR) * np.sqrt(self.variance[:-1])
        returns = np.maximum(DRIFT / YEAR + deviation * self.shock, -0.5)[kept]
        growth: FloatArray = np.cumprod(1.0 + returns, axis=0, dtype=np.float64)
        close: FloatArray = np.multiply(100.0, growth)
        opened = np.concatenate([np.full((1, close.shape[1]), 100.0), close[:-1]])
        high = np.maximum(opened, close) * np.exp((self.above * deviation)[kept])
        low = np.minimum(opened, close) * np.exp(-(self.below * deviation)[kept])
        volume = np.rint(1e6 * np.exp(0.35 * self.volume[kept]))
        closed_at = np.busday_offset(FIRST_DAY, np.arange(len(close))).astype("datetime64[us]")
        return Panel(
            bars=[
                Bars(
                    symbol=f"S{i}",
                    closed_at=closed_at,
                    open=opened[:, i],
                    high=high[:, i],
                    low=low[:, i],
                    close=close[:, i],
                    volume=volume[:, i],
                )
                for i in range(close.shape[1])
            ]
        )


def _walk(path: Path, recipe: Recipe, ic: float, moments: Moments) -> None:
    for bar, noise in enumerate(path.noise):
        known = path.signal[bar - 1] if bar > YEAR else np.zeros_like(noise)
        strength = ic if bar > YEAR else 0.0
        path.step(bar, strength * known + math.sqrt(1.0 - strength**2) * noise)
        if bar >= YEAR:
            raw = _join(path, recipe, bar - recipe.lag, moments)
            raw = (raw - moments.signal_mean) / moments.signal_scale
            path.signal[bar] = np.clip(raw, -MOST_SIGNAL, MOST_SIGNAL)


def _join(path: Path, recipe: Recipe, bar: int, moments: Moments) -> FloatArray:
    return join([path.quantity(name, bar) for name in recipe.quantities], recipe, moments)


def join(values: Sequence[FloatArray], recipe: Recipe, moments: Moments) -> FloatArray:
    """Return a recipe's signal out of the values of its quantities, before it is standardised."""
    parts = [
        (value - centre) / scale
        for value, centre, scale in zip(values, moments.centre, moments.scale, strict=True)
    ]
    first, second = parts[0], parts[-1]
    joined = {
        "product": lambda: first * second,
        "sign of one times the other": lambda: np.sign(second) * first,
        "one while the other is high": lambda: first * (second > 0.0),
        "while high": lambda: first * (second > 0.0),
        "while low": lambda: first * (second < 0.0),
        "alone": lambda: first,
    }[recipe.form]()
    if recipe.kind == "cross-section" and len(joined) > 1:
        joined = joined - joined.mean()
    return np.asarray(recipe.sign * joined)


@cache
def _pilot() -> Path:
    generators = (np.random.default_rng([PILOT_SEED, part]) for part in range(2))
    path = Path(PILOT_BARS, PILOT_SYMBOLS, *generators)
    for bar, noise in enumerate(path.noise):
        path.step(bar, noise)
    return path


@cache
def _pilot_values(name: str) -> FloatArray:
    return np.array([_pilot().quantity(name, bar) for bar in range(YEAR, PILOT_BARS)])


@cache
def moments_of(recipe: Recipe) -> Moments:
    """Return what standardises a recipe, from a longer world without any edge."""
    values = [_pilot_values(name) for name in recipe.quantities]
    centre = tuple(float(np.median(one)) for one in values)
    scale = tuple(float(one.std()) for one in values)
    alone = Moments(centre=centre, scale=scale)
    raw = np.array([join(bar, recipe, alone) for bar in zip(*values, strict=True)])
    first = Moments(
        centre=centre, scale=scale, signal_mean=float(raw.mean()), signal_scale=float(raw.std())
    )
    clipped = np.clip((raw - first.signal_mean) / first.signal_scale, -MOST_SIGNAL, MOST_SIGNAL)
    # Clipping takes a little of the spread away.
    return Moments(
        centre=centre,
        scale=scale,
        signal_mean=first.signal_mean,
        signal_scale=first.signal_scale * float(clipped.std()),
    )
