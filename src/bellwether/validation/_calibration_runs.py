"""The runs by which the gate is calibrated: worlds whose truth is known, judged like any other.

Nothing here knows how the gate decides: each run is an Evidence, and `examine` is asked.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from bellwether.arrays import FloatArray
from bellwether.bars import Panel, edge_world, noise_world
from bellwether.trials import TrialCount
from bellwether.validation._calibration import FigureKind
from bellwether.validation._errors import UnusableOptions
from bellwether.validation._evidence import Evidence
from bellwether.validation._gate import examine
from bellwether.validation._idle_forecasts import (
    PRICE_FORECASTS,
    draw_forecasts,
    forecast_from_prices,
)
from bellwether.validation._judged_market import JudgedMarket, first_judged_bar
from bellwether.validation._market_copies import (
    common_bars,
    flip_signs,
    permute_bars,
    plant_skill,
)
from bellwether.validation._options import GateOptions
from bellwether.validation._planner import best_power

Ground = Literal["garch", "gjr", "own", "flipped", "permuted"]
Source = Literal["unrelated", "prices", "signal"]

DRIFTS = (0.0, 0.08, 0.20)
PLANTED_ICS = (0.05, 0.10, 0.20)
GROUNDS = {
    "garch": "simulated noise",
    "gjr": "simulated noise shaken by falls",
    "own": "your bars",
    "flipped": "your bars with random signs",
    "permuted": "your bars in random order",
}
SOURCES = {
    "unrelated": "unrelated forecasts",
    "prices": "forecasts from past prices",
    "signal": "a planted skill",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationWorld:
    """One kind of world.

    Parameters
    ----------
    ground : str
        Where the bars come from: two simulated processes; the user's own bars, as they are,
        with random signs, or in random order.
    source : str
        Where the forecasts come from: drawn without a look at the bars, read off past prices,
        or the planted signal.
    information_coefficient : float
        Of the planted signal.
    """

    ground: Ground
    source: Source
    information_coefficient: float = 0.0

    @property
    def kind(self) -> FigureKind:
        """Whether a promotion is an error or a success."""
        return "power" if self.source == "signal" else "null"

    @property
    def name(self) -> str:
        """The world in words."""
        skill = f" of IC {self.information_coefficient:.2f}" if self.source == "signal" else ""
        return f"{GROUNDS[self.ground]}, {SOURCES[self.source]}{skill}"


@dataclass(frozen=True, kw_only=True, eq=False)
class CalibrationSetting:
    """What is calibrated, and on what.

    Parameters
    ----------
    options : GateOptions
        Of the gate that is asked.
    panel : Panel, optional
        The user's bars; without them only simulated worlds are run.
    n_configurations : int
        Configurations tried in each run and combined into one forecast.
    n_bars : int
        Bars of a simulated world; as many as the user has, where they are given.
    cost_bps, ic_worth_finding : float
        As in Evidence.
    seed : int
        The same setting, world and run number give the same run.

    Raises
    ------
    UnusableOptions
        If there is no configuration, there are fewer than 100 bars, or the symbols have fewer
        than 100 in common.
    """

    options: GateOptions = field(default_factory=GateOptions)
    panel: Panel | None = None
    n_configurations: int = 1
    n_bars: int = 2520
    cost_bps: float = 5.0
    ic_worth_finding: float = 0.10
    seed: int = 0

    def __post_init__(self) -> None:
        if self.n_configurations < 1:
            raise UnusableOptions("n_configurations", "at least 1", f"{self.n_configurations}")
        if self.common is not None:
            object.__setattr__(self, "n_bars", len(self.common.closed_at))
        if self.n_bars < 100:
            raise UnusableOptions("n_bars", "at least 100", f"{self.n_bars}")

    @cached_property
    def common(self) -> Panel | None:
        """The user's bars at the instants at which every symbol has one."""
        return None if self.panel is None else common_bars(self.panel)

    @property
    def n_judged_bars(self) -> int:
        """Bars out of sample in each run."""
        return self.n_bars - first_judged_bar(self.n_bars)

    @property
    def worlds(self) -> tuple[CalibrationWorld, ...]:
        """The worlds that are run, those without skill first."""
        simulated: tuple[Ground, ...] = ("garch", "gjr")
        copies: tuple[Ground, ...] = () if self.panel is None else ("flipped", "permuted")
        null = [
            CalibrationWorld(ground=ground, source=source)
            for ground in (*simulated, *copies)
            for source in ("unrelated", "prices")
        ]
        if copies:
            null.append(CalibrationWorld(ground="own", source="unrelated"))
        power = [
            CalibrationWorld(ground=ground, source="signal", information_coefficient=planted)
            for ground in ("garch", *copies[:1])
            for planted in PLANTED_ICS
        ]
        return (*null, *power)

    def limit(self, world: CalibrationWorld) -> float | None:
        """Return the power of the best test, which knows the law, the strength and which one."""
        if world.kind == "null" or world.ground != "garch":
            return None
        alpha = TrialCount(n_pipelines=1, n_looks=1).alpha(self.options.level)
        return best_power(world.information_coefficient, self.n_judged_bars, alpha)


def is_promoted(setting: CalibrationSetting, world: CalibrationWorld, number: int) -> bool:
    """Return whether the gate promotes in one run.

    Parameters
    ----------
    setting : CalibrationSetting
    world : CalibrationWorld
        One of the setting's.
    number : int
        Which run, from 0.
    """
    return examine(evidence_of_run(setting, world, number), setting.options).promotes


def evidence_of_run(setting: CalibrationSetting, world: CalibrationWorld, number: int) -> Evidence:
    """Return the evidence of one run: the world's bars and forecasts, as training brings them.

    Parameters
    ----------
    setting, world, number
        As `is_promoted`.
    """
    place = setting.worlds.index(world)
    random = np.random.default_rng(np.random.SeedSequence([setting.seed, place, number]))
    panel, members = _MAKERS[world.source](setting, world, number, random)
    market = JudgedMarket(panel=panel)
    return market.evidence(
        market.combine(members),
        cost_bps=setting.cost_bps,
        ic_worth_finding=setting.ic_worth_finding,
    )


_Made = tuple[Panel, FloatArray]


def _make_unrelated(
    setting: CalibrationSetting, world: CalibrationWorld, number: int, random: np.random.Generator
) -> _Made:
    panel = _make_ground(setting, world.ground, number, random)
    return panel, _draw_members(panel, setting.n_configurations, random)


def _make_from_prices(
    setting: CalibrationSetting, world: CalibrationWorld, number: int, random: np.random.Generator
) -> _Made:
    panel = _make_ground(setting, world.ground, number, random)
    names, closes = list(PRICE_FORECASTS), [bars.close for bars in panel.bars]
    members = []
    for member in range(setting.n_configurations):
        # The first of them in its usual form; runs go through kinds and drifts in turn.
        stretch = random.uniform(0.25, 1.0) if member else 1.0
        name = names[(number // len(DRIFTS) + member) % len(names)]
        said = [forecast_from_prices(name, close, stretch) for close in closes]
        members.append(np.column_stack(said))
    return panel, np.stack(members)


def _make_signal(
    setting: CalibrationSetting, world: CalibrationWorld, _: int, random: np.random.Generator
) -> _Made:
    strength = world.information_coefficient
    if world.ground == "garch":
        seed = int(random.integers(2**62))
        made = edge_world(
            seed, setting.n_bars, information_coefficient=strength, signal="exogenous"
        )
        panel, signal = Panel(bars=[made.bars]), np.append(np.nan, made.signal[:-1])[:, None]
    else:
        own = _own(setting)
        signal = draw_forecasts(random, setting.n_bars, len(own))
        panel = plant_skill(own, signal, strength, random)
    idle = _draw_members(panel, setting.n_configurations - 1, random)
    return panel, np.concatenate([signal[None], idle])


_MAKERS: dict[
    Source, Callable[[CalibrationSetting, CalibrationWorld, int, np.random.Generator], _Made]
] = {"unrelated": _make_unrelated, "prices": _make_from_prices, "signal": _make_signal}


def _make_ground(
    setting: CalibrationSetting, ground: Ground, number: int, random: np.random.Generator
) -> Panel:
    if ground in ("garch", "gjr"):
        drift = DRIFTS[number % len(DRIFTS)]
        seed = int(random.integers(2**62))
        process: Literal["garch", "gjr"] = "garch" if ground == "garch" else "gjr"
        return Panel(bars=[noise_world(seed, setting.n_bars, drift=drift, process=process).bars])
    own = _own(setting)
    if ground == "own":
        return own
    return flip_signs(own, random) if ground == "flipped" else permute_bars(own, random)


def _own(setting: CalibrationSetting) -> Panel:
    if setting.common is None:
        raise UnusableOptions("panel", "the user's bars, for a world made of them", "none")
    return setting.common


def _draw_members(panel: Panel, n_members: int, random: np.random.Generator) -> FloatArray:
    """Return unrelated forecasts, float64 of shape (n_members, n_bars, n_symbols)."""
    n_bars, n_symbols = len(panel.closed_at), len(panel)
    drawn = draw_forecasts(random, n_bars, n_members * n_symbols)
    return drawn.reshape(n_bars, n_members, n_symbols).transpose(1, 0, 2)
