"""Questions that take the ladder to every one of its ends, and the service's answers to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import numpy as np

from bellwether.bars import Bars, SessionCalendar, noise_world
from bellwether.clock import Clock
from bellwether.monitor import Standing
from bellwether.registry import (
    LoadedBundle,
    MarketKey,
    ModelRecord,
    Registry,
    Serving,
    Stage,
    open_bundle,
)
from bellwether.service import (
    LadderOptions,
    Prediction,
    PredictOptions,
    PredictPorts,
    Question,
    predict_many,
)

N_BARS = 320
WHY_SECONDS = 60.0
_DAY = np.timedelta64(1, "D")
_COLUMNS = ("open", "high", "low", "close", "volume", "adjustment")


@dataclass(frozen=True, kw_only=True, eq=False)
class Base:
    """The market that all cases are about: its last bars, and a longer history to learn from."""

    history: Bars
    recent: Bars

    def columns(self) -> dict[str, list[float]]:
        """Return the last bars as JSON values, times in microseconds."""
        numbers = {name: getattr(self.recent, name).tolist() for name in _COLUMNS}
        return {"closed_at": self.recent.closed_at.view(np.int64).tolist(), **numbers}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One question: the base's bars with some changes, and who may answer.

    Parameters
    ----------
    name : str
    first, last : int
        Rows of the base, the second left out.
    changes : tuple of (column, row, number or None)
        Within those rows.
    without : tuple of int
        Rows left out of them.
    hours : float
        How long after the last bar it is asked.
    horizon_bars : int
    interval, symbol : str
    calendar : bool
        Whether the bars are held against the base's own sessions.
    models : bool
    standing : mapping or None
        What is thought of the model.
    ladder : mapping
        Options other than the contract's.
    why : bool
        Whether it is asked which features moved the answer.
    """

    name: str
    first: int = 0
    last: int = N_BARS
    changes: tuple[tuple[str, int, float | None], ...] = ()
    without: tuple[int, ...] = ()
    hours: float = 12.0
    horizon_bars: int = 1
    interval: str = "1d"
    symbol: str = "WORLD"
    calendar: bool = True
    models: bool = True
    standing: Mapping[str, Any] | None = None
    ladder: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    why: bool = False

    @property
    def rows(self) -> list[int]:
        """Rows of the base that are sent."""
        return [row for row in range(self.first, self.last) if row not in self.without]

    @property
    def now(self) -> np.datetime64:
        """When it is asked."""
        last: np.datetime64 = make_base().recent.closed_at[self.rows[-1]]
        return last + np.timedelta64(round(self.hours * 3600), "s")

    def to_json(self) -> dict[str, Any]:
        """Return the case as JSON values."""
        content = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**content, "ladder": dict(self.ladder), "now": int(self.now.astype(np.int64))}


@lru_cache(maxsize=1)
def make_base() -> Base:
    """Return the market, the same on every machine: prices to the cent, sessions on weekdays."""
    found = noise_world(20181231, 1100).bars
    days = np.busday_offset(np.datetime64("2014-06-02"), np.arange(len(found)))
    rounded = {name: np.round(getattr(found, name), 2) for name in ("open", "close")}
    top = np.maximum(rounded["open"], rounded["close"])
    bottom = np.minimum(rounded["open"], rounded["close"])
    history = Bars(
        symbol="WORLD",
        closed_at=np.add(days.astype("datetime64[us]"), np.timedelta64(21, "h")),
        high=np.maximum(np.round(found.high, 2), top),
        low=np.minimum(np.round(found.low, 2), bottom),
        volume=np.round(found.volume),
        **rounded,
    )
    return Base(history=history[:-60], recent=history[-N_BARS:])


def make_question(case: Case) -> Question:
    """Return the question of a case."""
    base = make_base().recent
    columns: dict[str, Any] = {name: getattr(base, name)[case.rows] for name in _COLUMNS}
    columns["closed_at"] = base.closed_at[case.rows].view(np.int64).astype(np.float64)
    for name, row, value in case.changes:
        columns[name][row] = np.nan if value is None else value
    columns["closed_at"] = columns["closed_at"].astype(np.int64).view("datetime64[us]")
    sessions = SessionCalendar(name="world", closes_at=base.closed_at)
    return Question(
        symbol=case.symbol,
        interval=case.interval,
        horizon_bars=case.horizon_bars,
        columns=columns,
        calendar=sessions if case.calendar else None,
        why_seconds=WHY_SECONDS if case.why else None,
    )


def answer_case(case: Case, folder: Path, clock: Clock) -> Prediction:
    """Return what the service answers to a case, by the bundles in a folder."""
    standing = None if case.standing is None else Standing(**case.standing)
    shelf = _Folder(folder, standing)
    ports = PredictPorts(
        registry=cast("Registry", shelf), bundles=shelf, rules=shelf, clock=clock, standings=shelf
    )
    options = PredictOptions(models_enabled=case.models, ladder=LadderOptions(**case.ladder))
    [answer] = predict_many([make_question(case)], ports=ports, options=options)
    return answer


class _Folder:
    """Two bundles in a folder, in the places of registry, bundles, rules and standings."""

    def __init__(self, folder: Path, standing: Standing | None) -> None:
        self._model = open_bundle((folder / "model.bundle").read_bytes(), "model")
        self._rules = open_bundle((folder / "rules.bundle").read_bytes(), "rules")
        self._standing = standing

    def serving_symbol(self, symbol: str, interval: str, horizon_bars: int) -> Serving:
        manifest = self._model.manifest
        about = manifest.symbols[0], manifest.interval, manifest.horizon_bars
        if (symbol, interval, horizon_bars) != about:
            return Serving()
        trained_at = cast("np.datetime64", manifest.trained_at)
        champion = ModelRecord(
            model_id=manifest.model_id,
            market=MarketKey(universe="world", interval="1d", horizon_bars=1),
            symbols=manifest.symbols,
            bundle_digest=self._model.digest,
            pipeline_digest="p",
            snapshot_digest="s",
            stage=Stage.CHAMPION,
            trained_at=trained_at,
            registered_at=trained_at,
            changed_at=trained_at,
            bellwether_version=manifest.bellwether_version,
            metrics={},
            verdict=None,
        )
        return Serving(champion=champion)

    def load(self, record: ModelRecord | None = None) -> LoadedBundle:
        return self._rules if record is None else self._model

    def find(self, _model_id: str) -> Standing | None:
        return self._standing

    def put(self, _bundle: object) -> str:
        raise NotImplementedError


def _standing(**said: Any) -> dict[str, Any]:
    return {
        "model_id": "world-1d-h1-2018",
        "condition": "ok",
        "answers": True,
        "accuracy": 0.53,
        "fallback_accuracy": 0.51,
        "confidence_factor": 1.0,
        "edge_factor": 1.0,
        "as_of": "2018-07-02T21:00:00.000000",
        "words": "",
        **said,
    }


def _repeat(name: str, rows: range, value: float) -> tuple[tuple[str, int, float], ...]:
    return tuple((name, row, value) for row in rows)


def list_cases() -> list[Case]:
    """Return the cases: every end of the ladder, and every rule about data."""
    end = N_BARS - 1
    any_strength = {"least_confidence": 0.0}
    flat = tuple(
        (name, end - back, 90.0)
        for name in ("open", "high", "low", "close", "volume")
        for back in range(5)
    )
    motionless = tuple(
        (name, row, 200.0) for name in ("open", "high", "low", "close") for row in range(200)
    )
    still = tuple(("volume", end - back, 1000.0) for back in range(5))
    scaled = tuple(
        (name, row, value * 10.0)
        for name, column in make_base().columns().items()
        if name in ("open", "high", "low", "close")
        for row, value in enumerate(column)
        if row > 250
    )
    return [
        *(
            Case(name=f"the champion, bar {last}", last=last, ladder=any_strength)
            for last in range(N_BARS - 24, N_BARS + 1, 3)
        ),
        *(Case(name=f"as is, bar {last}", last=last) for last in range(N_BARS - 30, N_BARS, 7)),
        Case(name="no calendar", calendar=False, ladder=any_strength),
        Case(name="hold when unsure", ladder={"least_confidence": 95.0, "when_unsure": "hold"}),
        Case(name="too old", ladder={"most_age_days": 1.0, **any_strength}),
        Case(name="models off", models=False),
        Case(name="another horizon", horizon_bars=5),
        Case(name="another symbol", symbol="\u00dcBER\U0001f40f"),
        Case(name="too few bars for the model", first=N_BARS - 70),
        Case(name="few bars", first=N_BARS - 59),
        Case(name="one bar", first=N_BARS - 1),
        Case(name="standing ok", standing=_standing(), ladder=any_strength),
        Case(
            name="amber",
            standing=_standing(condition="amber", confidence_factor=0.85, edge_factor=0.6),
            ladder=any_strength,
        ),
        Case(
            name="amber and too weak",
            standing=_standing(condition="amber", confidence_factor=0.1, edge_factor=0.6),
        ),
        Case(
            name="no edge left",
            standing=_standing(condition="recovering", edge_factor=0.0, confidence_factor=0.7),
            ladder=any_strength,
        ),
        Case(name="red", standing=_standing(condition="red", answers=False, words="it lost.")),
        Case(name="behind the rules", standing=_standing(answers=False, accuracy=0.4875)),
        Case(name="a number is missing", changes=(("close", 7, None),)),
        Case(name="high below low", changes=(("high", 11, 1.0),)),
        Case(name="low above high", changes=(("low", 11, 1e6),)),
        Case(name="a price of nothing", changes=(("open", 300, 0.0),)),
        Case(name="a negative volume", changes=(("volume", 300, -1.5),)),
        Case(name="times out of order", changes=(("closed_at", 5, 0.0),)),
        Case(name="an adjustment that overflows", changes=(("adjustment", 9, 1e308),)),
        Case(name="adjusted", changes=tuple(("adjustment", row, 0.97) for row in range(100))),
        Case(name="not closed", hours=-3.0),
        Case(name="a gap at the end", without=(end - 1,)),
        Case(name="a gap before", without=(end - 9, end - 30)),
        Case(name="poor", without=tuple(range(20, 110))),
        Case(name="expired", hours=24.0 * 15),
        Case(name="stale", hours=24.0 * 6, ladder=any_strength),
        Case(name="frozen", changes=flat),
        Case(name="a frozen column", changes=still),
        Case(name="a volume that never changes", changes=_repeat("volume", range(N_BARS), 7.0)),
        Case(name="a volume of nothing", changes=_repeat("volume", range(N_BARS - 8, N_BARS), 0.0)),
        Case(name="mostly still", changes=motionless),
        Case(name="another unit", changes=scaled),
        *(
            Case(name=f"why, bar {last}", last=last, ladder=any_strength, why=True)
            for last in (N_BARS - 40, N_BARS - 1, N_BARS)
        ),
        Case(
            name="why, amber",
            standing=_standing(condition="amber", confidence_factor=0.85, edge_factor=0.6),
            ladder=any_strength,
            why=True,
        ),
        Case(name="why, where the rules answer", models=False, why=True),
        Case(name="why, where nobody answers", first=N_BARS - 1, why=True),
    ]
